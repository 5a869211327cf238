//! Finding one record and proving it: from the record's bytes up to the root that the chain holds.

use std::collections::HashMap;

use bindings::Anchored;
use futures::{StreamExt as _, stream};
use protocol::{
    Hash, cid, flag,
    record::{Phases, Record, TimeQuality},
    roster::SiteKind,
    to_hex,
};

use crate::{CheckedBatch, Error, Verifier, anchor_of};

mod report;

pub use report::{RecordProof, RecordReport, TestifiedRecord};

/// Batches looked through at one time.
const MAX_CONCURRENT_SEARCHES: usize = 4;

/// Which record, and where to begin.
#[derive(Clone, Debug)]
pub struct RecordQuery {
    /// The device.
    pub device_id: String,
    /// The record's sequence.
    pub sequence: u64,
    /// Its area, if known: else the rosters of all areas are read.
    pub area_id: Option<String>,
    /// A batch to look at first. What is found does not depend on it.
    pub batch_hint: Option<u64>,
}

impl Verifier {
    /// Finds and proves every record of a device with a sequence, in all its area's batches as of now.
    ///
    /// # Errors
    /// [`Error`] where the chain cannot be read or no area has the device; a batch that fails is a line in the report.
    pub async fn find_record(&self, query: &RecordQuery) -> Result<RecordReport, Error> {
        let mut report = RecordReport {
            device_id: query.device_id.clone(),
            sequence: query.sequence,
            proofs: Vec::new(),
            batches_searched: 0,
            not_searched: Vec::new(),
            testified: Vec::new(),
            notes: Vec::new(),
        };
        if !self.reads_testimonies() {
            report
                .notes
                .push("testimonies were not looked through: --endpoints with all contracts says where they are".into());
        }
        let mut missing = HashMap::new();
        for area_id in self.areas_of(query, &mut report).await? {
            if let Some(first) = self.search_area(&area_id, query, &mut report).await? {
                missing.insert(area_id.clone(), first);
            }
            self.search_testimonies(&area_id, query, &mut report).await?;
        }
        mark_contradictions(&mut report.proofs);
        for proof in &mut report.proofs {
            if missing.get(&proof.area_id).is_some_and(|first| *first < proof.batch_number) {
                proof.counts = proof.counts.filter(|counts| !counts);
            }
        }
        mark_testified(&report.proofs, !missing.is_empty(), &mut report.testified);
        Ok(report)
    }

    /// Adds what an area's testimonies hold.
    async fn search_testimonies(
        &self,
        area_id: &str,
        query: &RecordQuery,
        report: &mut RecordReport,
    ) -> Result<(), Error> {
        for (named, checked) in self.testimonies(area_id).await? {
            let told = named.report(&checked);
            let checked = match checked {
                Ok(checked) => checked,
                Err(error) => {
                    report.not_searched.push(format!("testimony {area_id}/{}: {error}", told.digest));
                    continue;
                }
            };
            let roster = &checked.roster;
            for (line, public) in &checked.testified.records {
                let statement = &public.record.statement;
                let device = roster.roster.device(&query.device_id);
                let is_it = statement.device_id == query.device_id && statement.sequence == query.sequence;
                let Some(device) = device.filter(|_| is_it) else { continue };
                report.testified.push(TestifiedRecord {
                    area_id: area_id.to_owned(),
                    digest: told.digest.clone(),
                    cid: told.cid.clone(),
                    line: line + 1,
                    record: String::from_utf8_lossy(&public.record.to_bytes()).into_owned(),
                    by: told.by,
                    testified_at_unix_s: told.at_unix_s,
                    block_number: told.block_number,
                    transaction_hash: told.transaction_hash,
                    roster_version: roster.anchor.version,
                    public_key: device.public_key.to_hex(),
                    power_status: statement.power_status.as_str(),
                    phases: statement.phases.map(Phases::as_str),
                    timestamp_unix_s: statement.timestamp_unix_s,
                    time_quality: statement.time_quality.map(TimeQuality::as_str),
                    is_contradicted: false,
                    counts: Some(false),
                });
            }
        }
        Ok(())
    }

    /// The areas whose rosters name the device; where IPFS does not give a roster, its area stays in the search.
    async fn areas_of(&self, query: &RecordQuery, report: &mut RecordReport) -> Result<Vec<String>, Error> {
        let candidates = match &query.area_id {
            Some(area_id) => {
                self.place(area_id).await?;
                vec![area_id.clone()]
            }
            None => self.areas().await?,
        };
        let mut areas = Vec::new();
        for area_id in candidates {
            let mut named = false;
            for anchor in self.contracts().rosters(&area_id).await?.iter().rev() {
                match self.roster(&area_id, anchor).await {
                    Ok(checked) => match checked.roster.device(&query.device_id) {
                        Some(device) if device.kind == SiteKind::House => {
                            report.notes.push(format!(
                                "{} watches a house of {area_id}: its records are sealed, only their leaves are \
                                 published; whoever has the record checks its leaf with `verifier area {area_id} --list`",
                                query.device_id
                            ));
                        }
                        Some(_) => named = true,
                        None => {}
                    },
                    Err(error) => {
                        report.notes.push(error.to_string());
                        named = true;
                    }
                }
                if named {
                    areas.push(area_id.clone());
                    break;
                }
            }
        }
        if areas.is_empty() {
            report.notes.push(format!("no roster has a transformer or street with device {}", query.device_id));
        }
        Ok(areas)
    }

    /// Adds what an area holds; says which of its batches is the first that could not be had.
    async fn search_area(
        &self,
        area_id: &str,
        query: &RecordQuery,
        report: &mut RecordReport,
    ) -> Result<Option<u64>, Error> {
        let numbers = self.batch_numbers(area_id).await?;
        let anchored = self.anchored(area_id, numbers).await?;
        let mut previous_digest = [0; 32];
        let mut batches = Vec::new();
        for batch in anchored.into_iter().filter(|batch| !batch.is_empty()) {
            let digest = batch.digest;
            batches.push((batch, previous_digest));
            previous_digest = digest;
        }
        if let Some(at) = batches.iter().position(|(batch, _)| Some(batch.batch_number) == query.batch_hint) {
            batches[..=at].rotate_right(1);
        }
        let searches = batches.into_iter().map(|(batch, previous)| async move {
            let found = self.search_batch(&batch, previous, query).await;
            (batch.batch_number, found)
        });
        let mut searches = stream::iter(searches).buffered(MAX_CONCURRENT_SEARCHES);
        let mut missing: Option<u64> = None;
        while let Some((number, found)) = searches.next().await {
            match found {
                Ok(proofs) => {
                    report.batches_searched += 1;
                    report.proofs.extend(proofs);
                }
                Err(Error::Chain(error)) => return Err(error.into()),
                Err(error) => {
                    if matches!(error, Error::Ipfs(_)) {
                        missing = Some(missing.map_or(number, |first| first.min(number)));
                    }
                    report.not_searched.push(format!("batch {area_id}/{number}: {error}"));
                }
            }
        }
        Ok(missing)
    }

    /// Verifies a batch only where its blocks name the record: the blocks are those of the anchored digest already.
    async fn search_batch(
        &self,
        anchored: &Anchored,
        previous_digest: Hash,
        query: &RecordQuery,
    ) -> Result<Vec<RecordProof>, Error> {
        let (_, blocks) = self.fetch(&anchored.digest).await?;
        if !blocks.iter().any(|block| names(block, query)) {
            return Ok(Vec::new());
        }
        let checked = self.verify_anchor(&anchor_of(anchored, previous_digest)).await?;
        let version = checked.roster.anchor.version;
        let enrolled = self.enrolled_unix_s(&anchored.area_id, &query.device_id, version).await?;
        Ok(prove(&checked, anchored, query, enrolled.unwrap_or_default()))
    }
}

fn names(block: &[u8], query: &RecordQuery) -> bool {
    let prefix = format!("{{\"device_id\":\"{}\",", query.device_id);
    block
        .split(|b| *b == b'\n')
        .filter(|line| line.starts_with(prefix.as_bytes()))
        .any(|line| Record::parse(line).is_ok_and(|record| record.statement.sequence == query.sequence))
}

/// The records of a verified batch under a device and sequence, each with its proof.
fn prove(checked: &CheckedBatch, anchored: &Anchored, query: &RecordQuery, enrolled_unix_s: u64) -> Vec<RecordProof> {
    let CheckedBatch { batch, roster, .. } = checked;
    let Some(device) = roster.roster.device(&query.device_id) else { return Vec::new() };
    let prove_one = |(leaf_index, public): (usize, &protocol::batch::PublicRecord)| {
        let proof = batch.proof(leaf_index)?;
        // Verified with the batch already; this is the proof that is printed.
        proof.verify(&public.leaf, &anchored.root).ok()?;
        let statement = &public.record.statement;
        let flags = flag::by_time(statement, anchored.period_end_unix_s, enrolled_unix_s, device.provenance);
        let delay = i128::from(anchored.period_end_unix_s) - i128::from(statement.timestamp_unix_s);
        Some(RecordProof {
            area_id: anchored.area_id.clone(),
            batch_number: anchored.batch_number,
            record: String::from_utf8_lossy(&public.record.to_bytes()).into_owned(),
            leaf: to_hex(&public.leaf),
            leaf_index: proof.leaf_index,
            tree_size: proof.tree_size,
            path: proof.path.iter().map(|hash| to_hex(hash)).collect(),
            root: to_hex(&anchored.root),
            header_digest: to_hex(&anchored.digest),
            cid: cid::from_digest(&anchored.digest),
            roster_version: roster.anchor.version,
            roster_digest: to_hex(&roster.anchor.digest),
            public_key: device.public_key.to_hex(),
            site_id: device.site_id.clone(),
            kind: device.kind.as_str(),
            device_signature: public.record.device_signature.to_base64url(),
            power_status: statement.power_status.as_str(),
            phases: statement.phases.map(Phases::as_str),
            timestamp_unix_s: statement.timestamp_unix_s,
            time_quality: statement.time_quality.map(TimeQuality::as_str),
            period_unix_s: [anchored.period_start_unix_s, anchored.period_end_unix_s],
            anchored_at_unix_s: anchored.anchored_at_unix_s,
            arrival_delay_at_most_s: i64::try_from(delay).unwrap_or(i64::MIN),
            provenance: device.provenance.as_str(),
            flags: flags.map(flag::Flag::as_str).collect(),
            counts: Some(false),
        })
    };
    batch.find(&query.device_id, query.sequence).filter_map(prove_one).collect()
}

/// Says which testified record counts: the first, where no batch holds one.
fn mark_testified(proofs: &[RecordProof], is_incomplete: bool, testified: &mut [TestifiedRecord]) {
    let first = proofs.first().map(|proof| &proof.record).or(testified.first().map(|first| &first.record));
    let Some(first) = first.map(|record| statement(record)) else { return };
    for (i, record) in testified.iter_mut().enumerate() {
        record.is_contradicted = statement(&record.record) != first;
        record.counts = match proofs.is_empty() && i == 0 {
            true if is_incomplete => None,
            counts => Some(counts),
        };
    }
}

/// What a device signed, without the signature.
fn statement(record: &str) -> Vec<u8> {
    Record::parse(record.as_bytes()).map(|record| record.statement.to_bytes()).unwrap_or_default()
}

/// Puts the proofs in order, says which one counts, and flags statements that differ from it.
fn mark_contradictions(proofs: &mut [RecordProof]) {
    proofs.sort_by_key(|proof| (proof.batch_number, proof.leaf_index));
    let Some(first) = proofs.first().map(|proof| statement(&proof.record)) else { return };
    let contradicted = proofs.iter().any(|proof| statement(&proof.record) != first);
    for (i, proof) in proofs.iter_mut().enumerate() {
        proof.counts = Some(i == 0);
        if contradicted && (i == 0 || statement(&proof.record) != first) {
            proof.flags.push(flag::Flag::Equivocation.as_str());
        }
    }
}
