//! Views that are made up: what the indexer writes in many transactions, written at once into a database that holds
//! nothing of the area. For measuring over more sites than can be anchored in the time; no service calls it.

use mongodb::Collection;
use serde::Serialize;

use super::{
    Views,
    documents::{Area, Batch, BatchStatus, DeviceTimeline, Progress, Site},
    sheets::{self, Stated},
};
use crate::StoreError;

/// Documents in one write command.
const DOCUMENTS_A_COMMAND: usize = 1_000;

/// An area with all that the views hold of it but outages.
#[derive(Clone, Debug)]
pub struct Bulk {
    /// The area.
    pub area: Area,
    /// Its sites.
    pub sites: Vec<Site>,
    /// What they stated.
    pub timelines: Vec<DeviceTimeline>,
    /// Its batches.
    pub batches: Vec<Batch>,
}

impl Views {
    /// Writes an area that is made up, not in one transaction; the timelines only if asked for: the sheets are made
    /// from them in any case.
    ///
    /// # Errors
    /// [`StoreError`], also where some of it is there.
    pub async fn fill(&self, bulk: &Bulk, with_timelines: bool) -> Result<(), StoreError> {
        let mut stated =
            bulk.timelines.iter().map(|timeline| (timeline.device_id.clone(), Stated::from(timeline))).collect();
        insert(&self.sheets(), &sheets::lay(&bulk.area.area_id, &bulk.sites, &mut stated)?).await?;
        insert(&self.sites(), &bulk.sites).await?;
        if with_timelines {
            insert(&self.timelines(), &bulk.timelines).await?;
        }
        insert(&self.batches(), &bulk.batches).await?;
        let accounted = bulk.batches.iter().filter(|b| matches!(b.status, BatchStatus::Verified | BatchStatus::Empty));
        let progress = accounted
            .map(|batch| batch.period_end_unix_s)
            .max()
            .map(|accounted_unix_s| Progress { area_id: bulk.area.area_id.clone(), accounted_unix_s });
        insert(&self.progress(), progress.as_slice()).await?;
        insert(&self.areas(), std::slice::from_ref(&bulk.area)).await
    }
}

async fn insert<T: Serialize + Send + Sync>(collection: &Collection<T>, documents: &[T]) -> Result<(), StoreError> {
    for some in documents.chunks(DOCUMENTS_A_COMMAND) {
        collection.insert_many(some).ordered(false).await?;
    }
    Ok(())
}
