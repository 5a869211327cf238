//! What a device said under a sequence that it uses again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::{
    Hash,
    batch::{PublicRecord, VerifiedBatch},
    block::MAX_BLOCK_BYTES,
    flag::Flag,
    from_hex,
    record::Record,
    supply::Reading,
};
use store::views::{Repeat, Restated, documents::Batch, flagged};

use crate::{Error, Shared};

/// Batches looked through for one sequence at most: their spans hold it, but only one or two records can.
const MAX_BATCHES: i64 = 64;
/// Batches of one device read to restate it at most: years of them.
const MAX_HISTORY: i64 = 100_000;
/// Blocks kept while records of one batch are looked up; one is 256 KiB at most.
const MAX_KEPT_BLOCKS: usize = 256;

/// What is known of records whose sequence was used before.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// By leaf.
    pub(crate) repeats: HashMap<Hash, Repeat>,
    /// Devices for which a later batch was applied before, with another statement.
    pub(crate) restated: Vec<Restated>,
}

/// Looks up these leaves of a batch that is about to be applied.
pub(crate) async fn look_up(shared: &Shared, batch: &VerifiedBatch, leaves: &[Hash]) -> Result<Known, Error> {
    let mut blocks = Blocks { shared, kept: HashMap::new() };
    let mut known = Known::default();
    let mut overtaken = BTreeSet::new();
    for public in batch.records().iter().filter(|public| leaves.contains(&public.leaf)) {
        let statement = &public.record.statement;
        let (earlier, later) = match blocks.stated(public).await? {
            Some((stored, record)) => {
                let is_later = stored.area_id == batch.header().area_id && stored.number > batch.header().batch_number;
                (record, is_later)
            }
            // Within one batch the first in its order counts. Where that is this one, the device had said that it
            // skips the sequence.
            None => match first_in(batch, public) {
                Some(record) => (record, false),
                None => {
                    known.repeats.insert(public.leaf, Repeat::Contradiction);
                    continue;
                }
            },
        };
        let same = earlier.statement == *statement;
        if later && !same {
            overtaken.insert(statement.device_id.clone());
        }
        known.repeats.insert(public.leaf, if same { Repeat::Same } else { Repeat::Contradiction });
    }
    for device_id in overtaken {
        let restated = blocks.restate(batch, &device_id).await?;
        known.restated.push(restated);
    }
    Ok(known)
}

fn first_in(batch: &VerifiedBatch, public: &PublicRecord) -> Option<Record> {
    let statement = &public.record.statement;
    let (_, first) = batch.find(&statement.device_id, statement.sequence).next()?;
    (first.leaf != public.leaf).then(|| first.record.clone())
}

/// Blocks of batches that are verified already, fetched when they are asked for.
struct Blocks<'a> {
    shared: &'a Shared,
    kept: HashMap<Hash, Vec<u8>>,
}

impl Blocks<'_> {
    /// The record that counts under the same sequence, with its batch.
    async fn stated(&mut self, public: &PublicRecord) -> Result<Option<(Batch, Record)>, Error> {
        let statement = &public.record.statement;
        let views = &self.shared.views;
        let found = views.batches_with(&statement.device_id, statement.sequence, MAX_BATCHES).await?;
        for batch in found {
            let records = self.records_of(&batch, &statement.device_id).await?;
            let mut records = records.into_iter().map(|(record, _)| record);
            if let Some(record) = records.find(|record| record.statement.sequence == statement.sequence) {
                return Ok(Some((batch, record)));
            }
        }
        Ok(None)
    }

    /// All that a device has stated in verified batches and in this one, the earliest statement of each sequence
    /// first.
    async fn restate(&mut self, batch: &VerifiedBatch, device_id: &str) -> Result<Restated, Error> {
        let mut by_number: BTreeMap<u64, (u64, Vec<(Record, Hash)>)> = BTreeMap::new();
        let area_id = &batch.header().area_id;
        let stored = self.shared.views.batches_of(device_id, MAX_HISTORY).await?;
        for stored in stored.into_iter().filter(|stored| stored.area_id == *area_id) {
            let records = self.records_of(&stored, device_id).await?;
            let heartbeat_s = self.heartbeat_s(area_id, stored.period_start_unix_s, device_id).await?;
            by_number.insert(stored.number, (heartbeat_s, records));
        }
        let of_device = |public: &&PublicRecord| public.record.statement.device_id == device_id;
        let here = batch.records().iter().filter(of_device).map(|public| (public.record.clone(), public.leaf));
        let heartbeat_s = self.heartbeat_s(area_id, batch.header().period_start_unix_s, device_id).await?;
        by_number.insert(batch.header().batch_number, (heartbeat_s, here.collect()));

        let mut restated = Restated {
            device_id: device_id.to_owned(),
            batches: by_number.keys().copied().collect(),
            readings: Vec::new(),
            contradictions: Vec::new(),
        };
        let mut counted = HashMap::new();
        for (number, (heartbeat_s, records)) in by_number {
            for (record, leaf) in records {
                let first = counted.entry(record.statement.sequence).or_insert_with(|| {
                    restated.readings.push((number, Reading::new(&record.statement, heartbeat_s)));
                    record.statement.clone()
                });
                if *first != record.statement {
                    let flag = flagged(&PublicRecord { record, leaf }, Flag::Equivocation);
                    restated.contradictions.push((number, flag));
                }
            }
        }
        Ok(restated)
    }

    /// Seconds between a device's heartbeats by the roster that a batch used.
    async fn heartbeat_s(&self, area_id: &str, period_start_unix_s: u64, device_id: &str) -> Result<u64, Error> {
        let checked = self.shared.verifier.roster_in_force(area_id, period_start_unix_s).await?;
        Ok(checked.roster.device(device_id).map_or(0, |device| device.heartbeat_s))
    }

    /// A device's records in a verified batch, in their order.
    async fn records_of(&mut self, batch: &Batch, device_id: &str) -> Result<Vec<(Record, Hash)>, Error> {
        let prefix = format!("{{\"device_id\":\"{device_id}\",");
        let mut records = Vec::new();
        for digest in batch.blocks.iter().filter_map(|hex| from_hex(hex)) {
            let block = self.block(digest).await?;
            let lines = block.split(|b| *b == b'\n').filter(|line| line.starts_with(prefix.as_bytes()));
            records
                .extend(lines.filter_map(|line| Some((Record::parse(line).ok()?, protocol::merkle::leaf_hash(line)))));
        }
        Ok(records)
    }

    async fn block(&mut self, digest: Hash) -> Result<&[u8], Error> {
        if !self.kept.contains_key(&digest) {
            if self.kept.len() >= MAX_KEPT_BLOCKS {
                self.kept.clear();
            }
            let block = self.shared.verifier.ipfs().block(&digest, MAX_BLOCK_BYTES).await;
            self.kept.insert(digest, block.map_err(verifier::Error::from)?);
        }
        Ok(self.kept.get(&digest).map(Vec::as_slice).unwrap_or_default())
    }
}
