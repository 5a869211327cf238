//! The audit of an area: every batch of a range, and what only shows across batches.

use std::collections::{BTreeMap, HashMap};

use bindings::Anchored;
use futures::{StreamExt as _, stream};
use protocol::{
    Hash,
    batch::{PublicRecord, VerifiedBatch},
    chain::DeviceChain,
    digest,
    roster::Roster,
    to_hex,
};
use serde::Serialize;

use crate::{
    CheckedBatch, Error, Verifier, anchor_of,
    batch::BatchReport,
    list::{LeafList, ListReport},
    testimony::TestimonyReport,
};

/// Batches fetched and verified at one time.
const MAX_CONCURRENT_BATCHES: usize = 4;

/// What an audit of an area found.
#[derive(Clone, Debug, Serialize)]
pub struct AreaReport {
    /// The area.
    pub area_id: String,
    /// First and last batch number looked at, inclusive; none where there is no batch.
    pub batches: Option<[u64; 2]>,
    /// Batches in which nothing arrived.
    pub empty: u64,
    /// Batches of which everything agrees.
    pub verified: u64,
    /// Batches that fail, with the reason. Nothing of them counts.
    pub failed: Vec<BatchReport>,
    /// Batches that could not be had.
    pub unavailable: Vec<BatchReport>,
    /// Periods that do not begin where the one before ended.
    pub breaks: Vec<String>,
    /// Published records in verified batches.
    pub records: u64,
    /// Houses' leaves in verified batches.
    pub sealed: u64,
    /// Devices heard from by published records.
    pub devices: u64,
    /// What devices' own counters say is missing, as of the last batch.
    pub omissions: Vec<Omission>,
    /// Sequences under which a device stated different things.
    pub equivocations: Vec<Repeat>,
    /// Statements and leaves that stand in more than one place.
    pub duplicates: Vec<Repeat>,
    /// What was testified past the relayers, in the order of the chain; none where not all batches were looked at, or where
    /// testimonies are was not said.
    pub testimonies: Option<Vec<TestimonyReport>>,
    /// What became of a list of leaves.
    pub list: Option<ListReport>,
}

/// Sequences of a device that no batch or testimony accounts for.
#[derive(Clone, Debug, Serialize)]
pub struct Omission {
    /// The device.
    pub device_id: String,
    /// The first one missing.
    pub from: u64,
    /// The last one missing.
    pub to: u64,
}

/// Something that stands more than once.
#[derive(Clone, Debug, Serialize)]
pub struct Repeat {
    /// The device; none for a sealed leaf.
    pub device_id: Option<String>,
    /// The sequence; none for a sealed leaf.
    pub sequence: Option<u64>,
    /// The leaves, each with the batch that holds it.
    pub leaves: Vec<(u64, String)>,
}

impl AreaReport {
    /// Whether what was published is whole: every batch verifies, periods join, nothing stands twice, and all that
    /// the list names is there. Omissions and contradictions are the devices' and do not count here.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed.is_empty()
            && self.unavailable.is_empty()
            && self.breaks.is_empty()
            && self.duplicates.is_empty()
            && self.list.as_ref().is_none_or(ListReport::is_good)
    }
}

/// Where something stands: batch number, leaf, and SHA-256 of the statement.
type Seen = (u64, Hash, Hash);

#[derive(Default)]
struct Audit {
    statements: HashMap<(String, u64), Vec<Seen>>,
    sealed: HashMap<Hash, Vec<u64>>,
    chains: BTreeMap<String, (DeviceChain, u64)>,
}

impl Verifier {
    /// Audits batches `from` to `to` of an area, both inclusive and by default all as of now.
    ///
    /// # Errors
    /// [`Error::NoBatches`] where the area has batches but none of these; [`Error`] where the chain cannot be read. What
    /// is wrong with a batch is in the report.
    pub async fn audit_area(
        &self,
        area_id: &str,
        from: Option<u64>,
        to: Option<u64>,
        list: Option<LeafList>,
    ) -> Result<AreaReport, Error> {
        let all = self.batch_numbers(area_id).await?;
        let start = from.unwrap_or(all.start).max(all.start);
        let end = to.map_or(all.end, |to| to.saturating_add(1).min(all.end)).max(start);
        // An audit of nothing would find nothing wrong.
        if start >= end && !all.is_empty() {
            return Err(Error::NoBatches { area_id: area_id.to_owned(), first: all.start, last: all.end - 1 });
        }
        let anchored = self.anchored(area_id, start..end).await?;
        let mut report = empty_report(area_id, &anchored);
        let mut previous = if start == all.start { [0; 32] } else { self.previous_digest(area_id, start).await? };
        let mut checks = Vec::new();
        for batch in anchored {
            let anchor = anchor_of(&batch, previous);
            if !batch.is_empty() {
                previous = batch.digest;
            }
            checks.push(async move {
                let outcome = if batch.is_empty() { None } else { Some(self.verify_anchor(&anchor).await) };
                (batch, outcome)
            });
        }
        let mut audit = Audit::default();
        let mut checks = stream::iter(checks).buffered(MAX_CONCURRENT_BATCHES);
        while let Some((batch, outcome)) = checks.next().await {
            match outcome {
                None => report.empty += 1,
                Some(Ok(checked)) => {
                    report.verified += 1;
                    report.records += checked.batch.header().public_count;
                    report.sealed += checked.batch.header().sealed_count;
                    audit.take(&checked);
                }
                Some(Err(error)) if error.is_retryable() => {
                    report.unavailable.push(BatchReport::without(&batch, &error));
                }
                Some(Err(error)) => report.failed.push(BatchReport::without(&batch, &error)),
            }
        }
        if self.reads_testimonies() && (start..end) == all {
            report.testimonies = Some(self.audit_testimonies(area_id, &mut audit).await?);
        }
        audit.conclude(&mut report, start == all.start);
        if let Some(list) = list {
            report.list = Some(self.check_list(area_id, list, &audit).await?);
        }
        Ok(report)
    }

    /// What testimonies hold beside the batches; their records account for sequences as those of batches do.
    async fn audit_testimonies(&self, area_id: &str, audit: &mut Audit) -> Result<Vec<TestimonyReport>, Error> {
        let mut reports = Vec::new();
        let mut testified: HashMap<(String, u64), Hash> = HashMap::new();
        for (named, checked) in self.testimonies(area_id).await? {
            let mut report = named.report(&checked);
            for (_, public) in checked.iter().flat_map(|checked| &checked.testified.records) {
                let statement = &public.record.statement;
                let (key, said) = ((statement.device_id.clone(), statement.sequence), digest(&statement.to_bytes()));
                let before = audit.statements.get(&key).and_then(|seen| seen.first()).map(|(_, _, said)| *said);
                match before.or(testified.get(&key).copied()) {
                    Some(before) if before != said => report.contradicted.push(key),
                    Some(_) => {}
                    None => {
                        testified.insert(key.clone(), said);
                        report.only_here.push(key);
                    }
                }
            }
            if let Ok(checked) = &checked {
                audit.take_chains(&checked.roster.roster, checked.testified.records.iter().map(|(_, public)| public));
            }
            reports.push(report);
        }
        Ok(reports)
    }

    async fn check_list(&self, area_id: &str, list: LeafList, audit: &Audit) -> Result<ListReport, Error> {
        let mut rosters = Vec::new();
        for anchor in self.contracts().rosters(area_id).await? {
            rosters.push(self.roster(area_id, &anchor).await?);
        }
        let is_ours = |device_id: &str| rosters.iter().any(|checked| checked.roster.device(device_id).is_some());
        let mut places: HashMap<Hash, u64> = HashMap::new();
        for (_, leaf, _) in audit.statements.values().flatten() {
            *places.entry(*leaf).or_default() += 1;
        }
        for (leaf, batches) in &audit.sealed {
            *places.entry(*leaf).or_default() += batches.len() as u64;
        }
        Ok(list.check(is_ours, |leaf| places.get(leaf).copied().unwrap_or_default()))
    }
}

fn empty_report(area_id: &str, anchored: &[Anchored]) -> AreaReport {
    let joins = anchored.windows(2).filter(|pair| pair[0].period_end_unix_s != pair[1].period_start_unix_s);
    AreaReport {
        area_id: area_id.to_owned(),
        batches: anchored.first().zip(anchored.last()).map(|(a, b)| [a.batch_number, b.batch_number]),
        empty: 0,
        verified: 0,
        failed: Vec::new(),
        unavailable: Vec::new(),
        breaks: joins
            .map(|pair| {
                format!(
                    "batch {} begins at {}, the one before ended at {}",
                    pair[1].batch_number, pair[1].period_start_unix_s, pair[0].period_end_unix_s
                )
            })
            .collect(),
        records: 0,
        sealed: 0,
        devices: 0,
        omissions: Vec::new(),
        equivocations: Vec::new(),
        duplicates: Vec::new(),
        testimonies: None,
        list: None,
    }
}

impl Audit {
    fn take(&mut self, checked: &CheckedBatch) {
        let batch: &VerifiedBatch = &checked.batch;
        let number = batch.header().batch_number;
        for public in batch.records() {
            let statement = &public.record.statement;
            let seen = (number, public.leaf, digest(&statement.to_bytes()));
            self.statements.entry((statement.device_id.clone(), statement.sequence)).or_default().push(seen);
        }
        self.take_chains(&checked.roster.roster, batch.records().iter());
        for leaf in batch.sealed() {
            self.sealed.entry(*leaf).or_default().push(number);
        }
    }

    fn take_chains<'a>(&mut self, roster: &Roster, records: impl Iterator<Item = &'a PublicRecord>) {
        for public in records {
            let statement = &public.record.statement;
            let first = roster.device(&statement.device_id).map_or(0, |device| device.first_sequence);
            let (chain, _) =
                self.chains.entry(statement.device_id.clone()).or_insert_with(|| (DeviceChain::default(), first));
            chain.insert(statement);
        }
    }

    /// What only shows when all batches are through. Where the range leaves out the first batches, what is missing
    /// before the first record of a device is not known.
    fn conclude(&self, report: &mut AreaReport, from_the_first: bool) {
        report.devices = self.chains.len() as u64;
        for (device_id, (chain, first_sequence)) in &self.chains {
            for (from, to) in chain.omissions(*first_sequence) {
                if from_the_first || from != *first_sequence {
                    report.omissions.push(Omission { device_id: device_id.clone(), from, to });
                }
            }
        }
        for ((device_id, sequence), seen) in &self.statements {
            let mut by_statement: BTreeMap<Hash, Vec<&Seen>> = BTreeMap::new();
            for one in seen {
                by_statement.entry(one.2).or_default().push(one);
            }
            let repeat = |seen: &[&Seen]| Repeat {
                device_id: Some(device_id.clone()),
                sequence: Some(*sequence),
                leaves: seen.iter().map(|(number, leaf, _)| (*number, to_hex(leaf))).collect(),
            };
            if by_statement.len() > 1 {
                report.equivocations.push(repeat(&seen.iter().collect::<Vec<_>>()));
            }
            report.duplicates.extend(by_statement.values().filter(|same| same.len() > 1).map(|same| repeat(same)));
        }
        let sealed = self.sealed.iter().filter(|(_, numbers)| numbers.len() > 1);
        report.duplicates.extend(sealed.map(|(leaf, numbers)| Repeat {
            device_id: None,
            sequence: None,
            leaves: numbers.iter().map(|number| (*number, to_hex(leaf))).collect(),
        }));
        let key = |repeat: &Repeat| (repeat.device_id.clone(), repeat.sequence, repeat.leaves.clone());
        report.equivocations.sort_by_key(key);
        report.duplicates.sort_by_key(key);
    }
}
