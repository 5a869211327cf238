//! Reports as text: each step of a check with the values that went into it.

use std::fmt::{Display, Formatter, Result};

use protocol::complaint::Counts;

use crate::{
    AreaReport, BatchReport, ComplaintReport, DeviceOutage, NoticeReport, NoticesReport, OutagesReport, RecordProof,
    RecordReport, Repeat, ScorecardReport, TestifiedRecord, TestimonyReport, Verdict,
};

/// Omissions, contradictions and the like that are printed one by one; `--json` has them all.
const MAX_PRINTED: usize = 20;

impl Display for RecordReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for failed in &self.not_searched {
            writeln!(f, "does not count: {failed}")?;
        }
        if self.proofs.len() > 1 {
            writeln!(f, "{} records stand under this device and sequence:", self.proofs.len())?;
        }
        for proof in &self.proofs {
            write!(f, "{proof}")?;
        }
        for testified in &self.testified {
            write!(f, "{testified}")?;
        }
        let found = match (self.proofs.is_empty(), self.testified.is_empty()) {
            (false, _) => "PROVEN",
            (true, false) => "TESTIFIED",
            (true, true) => "NOT FOUND",
        };
        writeln!(
            f,
            "{found}: device {}, sequence {}, {} batches searched",
            self.device_id, self.sequence, self.batches_searched
        )
    }
}

/// What a device states, with what it states only at times.
fn statement(
    f: &mut Formatter<'_>,
    (status, phases): (&str, Option<&str>),
    (unix_s, quality): (u64, Option<&str>),
) -> Result {
    write!(f, "statement   {status} at {unix_s}")?;
    if let Some(phases) = phases {
        write!(f, ", phases {phases} (L1 L2 L3, 1 live)")?;
    }
    match quality {
        Some("upper-bound") => writeln!(f, ", time upper-bound: then or earlier"),
        Some("counted-back") => writeln!(f, ", time counted-back over the device's own clock"),
        Some(quality) => writeln!(f, ", time {quality}"),
        None => writeln!(f),
    }
}

impl Display for RecordProof {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let [start, end] = self.period_unix_s;
        writeln!(f, "record      {}", self.record)?;
        writeln!(f, "leaf        {}  SHA-256(0x00 || record)", self.leaf)?;
        writeln!(f, "place       leaf {} of {} (index from 0)", self.leaf_index, self.tree_size)?;
        for sibling in &self.path {
            writeln!(f, "path        {sibling}")?;
        }
        writeln!(f, "root        {}  reached by the path, and the chain's", self.root)?;
        writeln!(f, "batch       {} {}, anchored at {}", self.area_id, self.batch_number, self.anchored_at_unix_s)?;
        writeln!(f, "header      {}  its SHA-256, and the chain's digest", self.header_digest)?;
        writeln!(f, "cid         {}", self.cid)?;
        writeln!(f, "roster      version {}, {}", self.roster_version, self.roster_digest)?;
        writeln!(f, "key         {}", self.public_key)?;
        writeln!(f, "signature   {}  verifies with the key", self.device_signature)?;
        writeln!(f, "site        {} ({}), provenance {}", self.site_id, self.kind, self.provenance)?;
        statement(f, (self.power_status, self.phases), (self.timestamp_unix_s, self.time_quality))?;
        writeln!(
            f,
            "arrival     between {start} and {end}: at most {} s after its timestamp",
            self.arrival_delay_at_most_s
        )?;
        writeln!(f, "flags       {}", if self.flags.is_empty() { "none".into() } else { self.flags.join(", ") })?;
        let counts = match self.counts {
            Some(true) => "yes",
            Some(false) => "no, an earlier one does",
            None => "not established: a batch before could not be had",
        };
        writeln!(f, "counts      {counts}\n")
    }
}

impl Display for TestifiedRecord {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "record      {}", self.record)?;
        writeln!(f, "testimony   {}  SHA-256 of the block, and the chain's", self.digest)?;
        writeln!(f, "cid         {}, line {}", self.cid, self.line)?;
        writeln!(f, "testified   {} at {} by {}", self.area_id, self.testified_at_unix_s, self.by)?;
        writeln!(f, "            block {}, transaction {}", self.block_number, self.transaction_hash)?;
        writeln!(f, "roster      version {}", self.roster_version)?;
        writeln!(f, "key         {}  the record's signature verifies with it", self.public_key)?;
        statement(f, (self.power_status, self.phases), (self.timestamp_unix_s, self.time_quality))?;
        if self.is_contradicted {
            writeln!(f, "flags       {}", protocol::flag::Flag::Equivocation.as_str())?;
        }
        let counts = match self.counts {
            Some(true) => "yes: no batch holds it",
            Some(false) => "no, a batch or an earlier testimony does",
            None => "not established: a batch could not be had",
        };
        writeln!(f, "counts      {counts}\n")
    }
}

impl Display for BatchReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let [start, end] = self.period_unix_s;
        writeln!(f, "batch       {} {}", self.area_id, self.batch_number)?;
        writeln!(f, "period      {start} to {end}, anchored at {}", self.anchored_at_unix_s)?;
        if let Some(cid) = &self.cid {
            writeln!(f, "root        {}", self.root)?;
            writeln!(f, "header      {}", self.header_digest)?;
            writeln!(f, "cid         {cid}")?;
            writeln!(f, "leaves      {}", self.count)?;
        }
        if let Some(contents) = &self.contents {
            writeln!(f, "records     {}, every signature verifies", contents.records)?;
            writeln!(f, "sealed      {}", contents.sealed)?;
            writeln!(f, "blocks      {}, {} bytes with the header", contents.blocks, contents.bytes)?;
            writeln!(f, "roster      version {}, {}", contents.roster_version, contents.roster_digest)?;
            writeln!(f, "previous    {}", contents.previous_digest)?;
            writeln!(f, "provenance  {}", contents.provenance)?;
        }
        match (self.verdict, &self.reason) {
            (Verdict::Empty, _) => writeln!(f, "EMPTY: nothing arrived in the period"),
            (Verdict::Verified, _) => writeln!(f, "VERIFIED"),
            (Verdict::Failed, reason) => writeln!(f, "FAILED: {}", reason.as_deref().unwrap_or_default()),
            (Verdict::Unavailable, reason) => writeln!(f, "UNAVAILABLE: {}", reason.as_deref().unwrap_or_default()),
        }
    }
}

impl Display for AreaReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "area        {}", self.area_id)?;
        match self.batches {
            Some([first, last]) => writeln!(f, "batches     {first} to {last}")?,
            None => writeln!(f, "batches     none")?,
        }
        writeln!(
            f,
            "            {} verified, {} empty, {} failed, {} unavailable",
            self.verified,
            self.empty,
            self.failed.len(),
            self.unavailable.len()
        )?;
        some(f, "failed", &self.failed, |b| format!("batch {}: {}", b.batch_number, reason(b)))?;
        some(f, "unavailable", &self.unavailable, |b| format!("batch {}: {}", b.batch_number, reason(b)))?;
        some(f, "period", &self.breaks, Clone::clone)?;
        writeln!(f, "records     {} of {} devices", self.records, self.devices)?;
        writeln!(f, "sealed      {}", self.sealed)?;
        writeln!(f, "omissions   {}", self.omissions.len())?;
        some(f, "omission", &self.omissions, |o| format!("{}: sequences {} to {}", o.device_id, o.from, o.to))?;
        writeln!(f, "contradicted {}", self.equivocations.len())?;
        some(f, "contradiction", &self.equivocations, repeat)?;
        writeln!(f, "duplicates  {}", self.duplicates.len())?;
        some(f, "duplicate", &self.duplicates, repeat)?;
        for testimony in self.testimonies.iter().flatten() {
            let TestimonyReport { digest, by, at_unix_s, records, refused, only_here, contradicted, .. } = testimony;
            writeln!(f, "testimony   {digest} at {at_unix_s} by {by}")?;
            if let Some(reason) = &testimony.unavailable {
                writeln!(f, "  not had: {reason}")?;
                continue;
            }
            let (here, other) = (only_here.len(), contradicted.len());
            writeln!(
                f,
                "  {records} records: {here} in no batch, {other} contradicted; {} lines refused",
                refused.len()
            )?;
            some(f, "in no batch", only_here, |(device, sequence)| format!("{device} {sequence}"))?;
            some(f, "contradicted", contradicted, |(device, sequence)| format!("{device} {sequence}"))?;
            some(f, "refused", refused, Clone::clone)?;
        }
        if let Some(list) = &self.list {
            writeln!(
                f,
                "list        {} of {} leaves anchored exactly once, {} missing, {} more than once ({} not receipted, {} of \
                 other areas)",
                list.anchored_once,
                list.listed,
                list.missing_count,
                list.repeated_count,
                list.unreceipted,
                list.of_other_areas
            )?;
            some(f, "missing", &list.missing, |l| format!("{} {}", l.device_id, l.sequence))?;
            some(f, "more than once", &list.repeated, |l| format!("{} {}", l.device_id, l.sequence))?;
        }
        writeln!(f, "{}", if self.is_good() { "GOOD" } else { "NOT GOOD" })
    }
}

fn reason(batch: &BatchReport) -> &str {
    batch.reason.as_deref().unwrap_or_default()
}

fn repeat(repeat: &Repeat) -> String {
    let leaves: Vec<String> = repeat.leaves.iter().map(|(number, leaf)| format!("{leaf} in batch {number}")).collect();
    match (&repeat.device_id, repeat.sequence) {
        (Some(device_id), Some(sequence)) => format!("{device_id} {sequence}: {}", leaves.join(", ")),
        _ => leaves.join(", "),
    }
}

fn some<T>(f: &mut Formatter<'_>, what: &str, all: &[T], line: impl Fn(&T) -> String) -> Result {
    for one in all.iter().take(MAX_PRINTED) {
        writeln!(f, "  {what}: {}", line(one))?;
    }
    if all.len() > MAX_PRINTED {
        writeln!(f, "  and {} more; --json names them", all.len() - MAX_PRINTED)?;
    }
    Ok(())
}

impl Display for ComplaintReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "complaint   {}", self.complaint)?;
        writeln!(
            f,
            "place       {} site {:?} feeder {:?}, class {}",
            self.area_id, self.site, self.feeder, self.class
        )?;
        writeln!(f, "text        {}", self.text)?;
        writeln!(f, "evidence    {}", self.evidence.as_deref().unwrap_or("none"))?;
        for entry in &self.history {
            let level = entry.signer_level.map_or("citizen".into(), |level| format!("official of level {level}"));
            writeln!(f, "{}  {} by {} ({level})", entry.at_unix_s, entry.what, entry.signer)?;
            writeln!(f, "            block {}, transaction {}", entry.block_number, entry.transaction_hash)?;
            if let Some(grant) = &entry.grant {
                writeln!(f, "            grant: {grant}")?;
            }
            if let Some(note) = entry.note {
                writeln!(f, "            note {note}")?;
            }
        }
        for opening in &self.openings {
            let closed = opening.closed.as_deref().zip(opening.closed_at_unix_s);
            let closed = closed.map_or("open".into(), |(how, at)| format!("{how} at {at}"));
            let clock = opening.clock_s;
            writeln!(f, "opened      {}, clock {clock} s, due {}: {closed}", opening.at_unix_s, opening.due_at_unix_s)?;
            let backed = if opening.is_sensor_backed { "a signed OFF" } else { "no signed OFF" };
            writeln!(f, "sensors     {backed} in the 24 hours before")?;
            if let Some(contradiction) = &opening.contradiction {
                writeln!(f, "CONTRADICTED by the sensors: {contradiction}")?;
            }
        }
        for notice in &self.planned {
            write!(f, "{notice}")?;
        }
        for left_out in &self.left_out {
            writeln!(f, "does not count: {left_out}")?;
        }
        checks(f, &self.checks)?;
        let verdict = if self.is_good() { "VERIFIED" } else { "NOT VERIFIED" };
        writeln!(
            f,
            "{verdict}: stands as {:?}, level {}, as of block {}, {} batches and {} testimonies verified",
            self.stands, self.level, self.block_number, self.batches_verified, self.testimonies
        )
    }
}

impl Display for NoticeReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let place = self.feeder.as_deref().unwrap_or("all feeders");
        let kind = match (self.withdrawn, self.changes) {
            (true, _) => "withdrawn",
            (false, Some(_)) => "changed",
            (false, None) => "planned",
        };
        let when = if self.late { "ANNOUNCED LATE" } else { "announced" };
        writeln!(
            f,
            "{kind:<12}{place}, {} to {}, supply back {}",
            self.start_unix_s, self.end_unix_s, self.restoration_unix_s
        )?;
        writeln!(f, "            {when} at {} by {} (level {})", self.at_unix_s, self.signer, self.signer_level)?;
        writeln!(f, "            notice {}", self.notice)?;
        if let Some(changes) = self.changes {
            writeln!(f, "            changes {changes}")?;
        }
        if let Some(changed_by) = self.changed_by {
            writeln!(f, "            changed by {changed_by}")?;
        }
        writeln!(f, "            block {}, transaction {}", self.block_number, self.transaction_hash)
    }
}

impl Display for NoticesReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for notice in &self.notices {
            write!(f, "{notice}")?;
            checks(f, &notice.checks)?;
        }
        let verdict = if self.is_good() { "VERIFIED" } else { "NOT VERIFIED" };
        writeln!(f, "{verdict}: {} notices of {}, as of block {}", self.notices.len(), self.area_id, self.block_number)
    }
}

impl Display for OutagesReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for outage in &self.outages {
            write!(f, "{outage}")?;
        }
        for left_out in &self.left_out {
            writeln!(f, "does not count: {left_out}")?;
        }
        let verdict = if self.is_good() { "VERIFIED" } else { "NOT VERIFIED" };
        let Self { area_id, batches, testimonies, outages, .. } = self;
        writeln!(f, "{verdict}: {} outages of {area_id}, {batches} batches, {testimonies} testimonies", outages.len())
    }
}

impl Display for DeviceOutage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let uncertain = |uncertain: bool| if uncertain { " (uncertain: records are missing)" } else { "" };
        write!(f, "{}  {}{}", self.device_id, self.start_unix_s, uncertain(self.start_uncertain))?;
        match self.end_unix_s {
            Some(end) => {
                let seconds = end.saturating_sub(self.start_unix_s);
                writeln!(f, " to {end}{}, {seconds} s", uncertain(self.end_uncertain))
            }
            None => writeln!(f, " and lasts{}", uncertain(self.end_uncertain)),
        }
    }
}

impl Display for ScorecardReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let of = self.official.map_or("all officials".into(), |official| official.to_string());
        writeln!(f, "scorecard   {}, {of}, {} to {}", self.area_id, self.from_unix_s, self.to_unix_s)?;
        if let Some(station) = &self.station {
            writeln!(f, "substation  {station}")?;
        }
        writeln!(f, "                  backed by sensors   others")?;
        for (name, of) in COUNTS {
            writeln!(f, "{name:<16} {:>18} {:>8}", of(&self.sensor_backed), of(&self.others))?;
        }
        for left_out in &self.left_out {
            writeln!(f, "does not count: {left_out}")?;
        }
        checks(f, &self.checks)?;
        let verdict = if self.is_good() { "VERIFIED" } else { "NOT VERIFIED" };
        writeln!(f, "{verdict}: {} complaints, as of block {}", self.complaints, self.block_number)
    }
}

type CountOf = fn(&Counts) -> u64;

const COUNTS: [(&str, CountOf); 12] = [
    ("pending before", |counts| counts.pending_before),
    ("received", |counts| counts.received),
    ("  reopened", |counts| counts.reopened),
    ("redressed", |counts| counts.redressed),
    ("  within 50 %", |counts| counts.within_50),
    ("  within 100 %", |counts| counts.within_100),
    ("  within 200 %", |counts| counts.within_200),
    ("  over 200 %", |counts| counts.over_200),
    ("  fixed", |counts| counts.fixed),
    ("  not fixed", |counts| counts.not_fixed),
    ("  contradicted", |counts| counts.contradicted),
    ("pending", |counts| counts.pending),
];

fn checks(f: &mut Formatter<'_>, checks: &[crate::Check]) -> Result {
    for check in checks {
        writeln!(f, "{}  {}", if check.holds { "ok   " } else { "FAILS" }, check.what)?;
    }
    Ok(())
}
