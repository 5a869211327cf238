//! From pages of lanes to batches of areas, as the views have them before anything is fetched.

use std::collections::HashMap;

use protocol::to_hex;
use store::views::documents::{Batch, BatchStatus};

use crate::{
    Error, Shared,
    chain::{AnchoredPage, Said},
};

/// What is remembered between pages only to save questions; made anew after a reorg.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// Areas by lane, as far as pages asked for them.
    lanes: HashMap<u32, Vec<String>>,
    /// Digest of each area's last batch that was not empty, hex.
    latest: HashMap<String, String>,
}

impl Pages {
    /// The batches of the pages, one an area, with the digest of each area's batch before.
    pub(crate) async fn batches(
        &mut self,
        shared: &Shared,
        said: &Said,
        finalized_number: u64,
    ) -> Result<Vec<Batch>, Error> {
        let mut batches = Vec::new();
        for anchored in &said.pages {
            let areas = self.areas(shared, anchored.page.lane, anchored.page.entries.len()).await?;
            for (area_id, entry) in areas.into_iter().zip(&anchored.page.entries) {
                let previous = self.previous(shared, &area_id, anchored.page.number).await?;
                let digest = to_hex(&entry.digest);
                if !entry.is_empty() {
                    self.latest.insert(area_id.clone(), digest.clone());
                }
                batches.push(pending(area_id, anchored, entry, previous, finalized_number));
            }
        }
        Ok(batches)
    }

    async fn areas(&mut self, shared: &Shared, lane: u32, at_least: usize) -> Result<Vec<String>, Error> {
        if self.lanes.get(&lane).is_none_or(|areas| areas.len() < at_least) {
            let areas = shared.verifier.contracts().areas(lane).await?;
            self.lanes.insert(lane, areas);
        }
        let areas = self.lanes.get(&lane).filter(|areas| areas.len() >= at_least).cloned();
        areas.ok_or_else(|| Error::Inconsistent(format!("lane {lane} has fewer areas than its page")))
    }

    async fn previous(&mut self, shared: &Shared, area_id: &str, number: u64) -> Result<String, Error> {
        if let Some(digest) = self.latest.get(area_id) {
            return Ok(digest.clone());
        }
        let stored = shared.views.digest_before(area_id, number).await?;
        let digest = stored.unwrap_or_else(|| to_hex(&[0; 32]));
        self.latest.insert(area_id.to_owned(), digest.clone());
        Ok(digest)
    }
}

fn pending(
    area_id: String,
    anchored: &AnchoredPage,
    entry: &bindings::Entry,
    previous_digest: String,
    finalized_number: u64,
) -> Batch {
    let page = &anchored.page;
    Batch {
        id: format!("{area_id}/{}", page.number),
        area_id,
        number: page.number,
        lane: page.lane,
        status: if entry.is_empty() { BatchStatus::Empty } else { BatchStatus::Pending },
        reason: None,
        root: to_hex(&entry.root),
        digest: to_hex(&entry.digest),
        previous_digest,
        count: entry.count.into(),
        public_count: entry.count.into(),
        sealed_count: 0,
        period_start_unix_s: page.period_start_unix_s,
        period_end_unix_s: page.period_end_unix_s,
        anchored_at_unix_s: anchored.block_time_unix_s,
        block_number: anchored.block_number,
        block_hash: anchored.block_hash.to_string(),
        transaction_hash: anchored.transaction_hash.to_string(),
        finalized: anchored.block_number <= finalized_number,
        roster_version: 0,
        blocks: Vec::new(),
        bytes: 0,
        cells: Vec::new(),
        spans: Vec::new(),
        flags: Vec::new(),
        off_records: 0,
    }
}
