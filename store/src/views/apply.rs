//! What became of a batch: verified and counted, failed, or not to be had so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bson::doc;
use futures::TryStreamExt as _;
use protocol::{
    Hash,
    batch::{PublicRecord, VerifiedBatch},
    cells::{OffCount, Reporting},
    flag::Flag,
    record::PowerStatus,
    roster::Roster,
    supply::Reading,
    to_hex,
};

use super::{
    Views,
    documents::{Batch, BatchStatus, CellCount, Flagged, Span},
    sheets,
    timeline::{self, Draft},
    transaction::Transaction,
};
use crate::StoreError;

/// What a record is whose sequence its device has used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The same statement again: it counts once.
    Same,
    /// Another statement: kept, flagged, and without effect.
    Contradiction,
}

/// All that a device has stated, anew: for a batch that comes in after later ones and contradicts what they said, since
/// the statement in the earlier batch counts.
#[derive(Clone, Debug)]
pub struct Restated {
    /// The device.
    pub device_id: String,
    /// Every batch that holds a record of it, the one that is applied included.
    pub batches: Vec<u64>,
    /// The statements that count, each with its batch.
    pub readings: Vec<(u64, Reading)>,
    /// Those that contradict them, each with its batch.
    pub contradictions: Vec<(u64, Flagged)>,
}

/// A verified batch on its way into the views.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    /// What was verified.
    pub batch: &'a VerifiedBatch,
    /// The hash of the block that anchored it, as the views have it: a batch that was rolled back in the meantime is
    /// not written.
    pub block_hash: &'a str,
    /// Bytes of header and blocks.
    pub bytes: u64,
    /// The roster in force at the beginning of its period.
    pub roster: &'a Roster,
    /// The area's offset from UTC: which local day a record counts in.
    pub utc_offset_s: i32,
    /// Flags that records have by their time.
    pub flags: &'a [Flagged],
    /// What is known of records whose sequence was used before, by leaf.
    pub repeats: &'a HashMap<Hash, Repeat>,
    /// Devices whose statements in later batches do not count any more; for a batch that is applied alone.
    pub restated: &'a [Restated],
}

/// What [`Views::apply`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// All is written.
    Written,
    /// Nothing is written: the sequences of these records (by leaf) are used already. Say what they are, and call
    /// again with that batch alone.
    Unanswered(Vec<Hash>),
    /// Nothing is written: the views have no such batch waiting any more.
    Gone,
    /// Nothing is written: the views have no site of this device, so its roster is not in them yet.
    UnknownSite(String),
}

impl Views {
    /// Batches that wait for their blocks, by number, at most `limit`: pending and unavailable ones but those in
    /// `not_now`, and those in `also`, which failed for a reason that may pass.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_batches(
        &self,
        not_now: &[String],
        also: &[String],
        limit: i64,
    ) -> Result<Vec<Batch>, StoreError> {
        let waits = doc! { "status": { "$in": ["pending", "unavailable"] }, "_id": { "$nin": not_now } };
        let again = doc! { "status": "failed", "_id": { "$in": also } };
        let order = doc! { "number": 1, "_id": 1 };
        let found = self.batches().find(doc! { "$or": [waits, again] }).sort(order).limit(limit).await?;
        Ok(found.try_collect().await?)
    }

    /// Ids of the batches that failed, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn failed_batches(&self, limit: i64) -> Result<Vec<String>, StoreError> {
        let found = self.batches().find(doc! { "status": "failed" }).sort(doc! { "number": -1 }).limit(limit).await?;
        Ok(found.map_ok(|batch| batch.id).try_collect().await?)
    }

    /// Writes verified batches of one area, in this order: their summaries, the timelines of their devices, and the
    /// outages that follow, in one transaction. Several at once cost the store little more than one.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is written.
    pub async fn apply(&self, applications: &[Application<'_>]) -> Result<Applied, StoreError> {
        let Some(waiting) = self.waiting(applications).await? else { return Ok(Applied::Gone) };
        let spans: Vec<Vec<Span>> = applications.iter().map(|application| spans(application.batch)).collect();
        let devices: BTreeSet<&String> = spans.iter().flatten().map(|span| &span.device_id).collect();
        let devices: Vec<String> = devices.into_iter().cloned().collect();
        let utc_offset_s = applications.first().map_or(0, |application| application.utc_offset_s);
        let (mut drafts, kinds) = self.drafts(&devices, |_| utc_offset_s).await?;
        let (mut written, mut unanswered) = (Vec::new(), Vec::new());
        for ((application, stored), spans) in applications.iter().zip(waiting).zip(spans) {
            let mut flags = application.flags.to_vec();
            let Some(corrected) = self.restate(application, &stored, &mut drafts, &mut flags).await? else {
                return Ok(Applied::Gone);
            };
            written.extend(corrected);
            match count(application, &stored, &mut drafts, &mut flags) {
                Ok(leaves) => unanswered.extend(leaves),
                Err(device_id) => return Ok(Applied::UnknownSite(device_id)),
            }
            written.push(summary(stored, application, spans, flags));
        }
        if !unanswered.is_empty() {
            return Ok(Applied::Unanswered(unanswered));
        }
        let area_ids = applications.iter().map(|application| application.batch.header().area_id.as_str());
        let sheets = self.sheets_of(area_ids.clone()).await?;
        let mut transaction = Transaction::begin(self).await?;
        transaction.replace("batches", &written).await?;
        timeline::write(&mut transaction, &drafts, &kinds, &sheets).await?;
        let ends = applications.iter().map(|application| application.batch.header().period_end_unix_s);
        sheets::account(&mut transaction, area_ids.zip(ends)).await?;
        transaction.commit().await?;
        Ok(Applied::Written)
    }

    /// Verified batches that hold a record of a device, by number, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn batches_of(&self, device_id: &str, limit: i64) -> Result<Vec<Batch>, StoreError> {
        let filter = doc! { "status": "verified", "spans.device_id": device_id };
        Ok(self.batches().find(filter).sort(doc! { "number": 1 }).limit(limit).await?.try_collect().await?)
    }

    /// Gives restated devices their statements, and the other batches that hold some of them the flags that follow.
    /// `None` where one of those batches is gone.
    async fn restate(
        &self,
        application: &Application<'_>,
        stored: &Batch,
        drafts: &mut BTreeMap<String, Draft>,
        flags: &mut Vec<Flagged>,
    ) -> Result<Option<Vec<Batch>>, StoreError> {
        let mut others: BTreeMap<u64, (Batch, bool)> = BTreeMap::new();
        for restated in application.restated {
            let Some(draft) = drafts.get_mut(&restated.device_id) else { continue };
            for number in restated.batches.iter().filter(|number| **number != stored.number) {
                if others.contains_key(number) {
                    continue;
                }
                let batch = self.batch(&stored.area_id, *number).await?;
                let Some(batch) = batch.filter(|b| b.status == BatchStatus::Verified) else { return Ok(None) };
                others.insert(*number, (batch, false));
            }
            draft.clear();
            for (number, reading) in &restated.readings {
                let finalized = others.get(number).map_or(stored.finalized, |(batch, _)| batch.finalized);
                draft.insert(*reading, (*number, finalized));
            }
            for (number, (batch, changed)) in &mut others {
                let before = batch.flags.clone();
                let equivocation = Flag::Equivocation.as_str();
                batch.flags.retain(|f| f.device_id != restated.device_id || f.flag != equivocation);
                let contradictions = restated.contradictions.iter().filter(|(at, _)| at == number);
                batch.flags.extend(contradictions.map(|(_, flag)| flag.clone()));
                sort(&mut batch.flags);
                *changed |= batch.flags != before;
            }
            let here = restated.contradictions.iter().filter(|(number, _)| *number == stored.number);
            flags.extend(here.map(|(_, flag)| flag.clone()));
        }
        Ok(Some(others.into_values().filter_map(|(batch, changed)| changed.then_some(batch)).collect()))
    }

    /// Notes why a batch that waits could not be had, or why it fails. Nothing of it counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_aside(&self, batch: &Batch, status: BatchStatus, reason: &str) -> Result<(), StoreError> {
        let status = match status {
            BatchStatus::Failed => "failed",
            _ => "unavailable",
        };
        let filter = doc! {
            "_id": &batch.id,
            "block_hash": &batch.block_hash,
            "status": { "$in": ["pending", "unavailable", "failed"] },
        };
        let update = doc! { "$set": { "status": status, "reason": reason } };
        self.batches().update_one(filter, update).await?;
        Ok(())
    }

    /// What the views have of these batches, in their order, if all of them still wait.
    async fn waiting(&self, applications: &[Application<'_>]) -> Result<Option<Vec<Batch>>, StoreError> {
        let id = |application: &Application<'_>| {
            let header = application.batch.header();
            format!("{}/{}", header.area_id, header.batch_number)
        };
        let ids: Vec<String> = applications.iter().map(id).collect();
        let found: Vec<Batch> = self.batches().find(doc! { "_id": { "$in": ids } }).await?.try_collect().await?;
        let mut found: HashMap<String, Batch> = found.into_iter().map(|batch| (batch.id.clone(), batch)).collect();
        let waits = |application: &Application<'_>, batch: &Batch| {
            let counted = matches!(batch.status, BatchStatus::Verified | BatchStatus::Empty);
            batch.block_hash == application.block_hash && !counted
        };
        let in_order = applications
            .iter()
            .map(|application| found.remove(&id(application)).filter(|batch| waits(application, batch)));
        Ok(in_order.collect())
    }
}

/// Takes a batch's records into the timelines of its devices; gives the leaves of those whose sequence is used and of
/// which nothing is known, or the device that has no site.
fn count(
    application: &Application<'_>,
    stored: &Batch,
    drafts: &mut BTreeMap<String, Draft>,
    flags: &mut Vec<Flagged>,
) -> Result<Vec<Hash>, String> {
    let mut unanswered = Vec::new();
    for public in application.batch.records() {
        let statement = &public.record.statement;
        if application.restated.iter().any(|restated| restated.device_id == statement.device_id) {
            continue;
        }
        let draft = drafts.get_mut(&statement.device_id).ok_or_else(|| statement.device_id.clone())?;
        let heartbeat_s = application.roster.device(&statement.device_id).map_or(0, |device| device.heartbeat_s);
        if draft.insert(Reading::new(statement, heartbeat_s), (stored.number, stored.finalized)) {
            continue;
        }
        match application.repeats.get(&public.leaf) {
            None => unanswered.push(public.leaf),
            Some(Repeat::Same) => {}
            Some(Repeat::Contradiction) => flags.push(flagged(public, Flag::Equivocation)),
        }
    }
    Ok(unanswered)
}

/// A record with an oddity.
#[must_use]
pub fn flagged(public: &PublicRecord, flag: Flag) -> Flagged {
    Flagged {
        device_id: public.record.statement.device_id.clone(),
        sequence: public.record.statement.sequence,
        leaf: to_hex(&public.leaf),
        flag: flag.as_str().to_owned(),
    }
}

fn summary(stored: Batch, application: &Application<'_>, spans: Vec<Span>, mut flags: Vec<Flagged>) -> Batch {
    let batch = application.batch;
    let header = batch.header();
    sort(&mut flags);
    let is_off = |public: &&PublicRecord| public.record.statement.power_status == PowerStatus::Off;
    Batch {
        status: BatchStatus::Verified,
        reason: None,
        public_count: header.public_count,
        sealed_count: header.sealed_count,
        roster_version: header.roster.version,
        blocks: header.blocks.iter().map(|hash| to_hex(hash)).collect(),
        bytes: application.bytes,
        cells: header.cells.iter().map(cell).collect(),
        spans,
        flags,
        off_records: batch.records().iter().filter(is_off).count() as u64,
        ..stored
    }
}

fn sort(flags: &mut [Flagged]) {
    flags.sort_by(|a, b| {
        (&a.device_id, a.sequence, &a.leaf, &a.flag).cmp(&(&b.device_id, b.sequence, &b.leaf, &b.flag))
    });
}

fn spans(batch: &VerifiedBatch) -> Vec<Span> {
    let mut spans: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for public in batch.records() {
        let sequence = public.record.statement.sequence;
        let span = spans.entry(&public.record.statement.device_id).or_insert((sequence, sequence));
        *span = (span.0.min(sequence), span.1.max(sequence));
    }
    let span = |(device_id, (first, last)): (&str, _)| Span { device_id: device_id.to_owned(), first, last };
    spans.into_iter().map(span).collect()
}

fn cell(count: &protocol::cells::CellCount) -> CellCount {
    let (off, off_text) = match count.off {
        OffCount::Count(off) => (Some(off), None),
        OffCount::FewOff => (None, Some("few-off")),
        OffCount::FewOn => (None, Some("few-on")),
        OffCount::Withheld => (None, Some("withheld")),
    };
    let reporting = match count.reporting {
        Reporting::Count(reporting) => Some(reporting),
        Reporting::Few => None,
    };
    CellCount {
        cell: count.cell.clone(),
        expected: count.expected,
        reporting,
        off,
        off_text: off_text.map(str::to_owned),
    }
}
