//! Reading the views: what GraphQL asks. Every answer is bounded by the limit that the caller names; lists have an
//! order that a cursor can go on from.

use std::collections::HashMap;

use bson::{Document, doc};
use futures::TryStreamExt as _;

use super::{
    Views,
    documents::{Area, Batch, BatchStatus, ChainCursor, DeviceTimeline, Outage, Site},
};
use crate::{StoreError, watch::Watch};

/// Most areas that one read gives.
pub const MAX_AREAS: i64 = 2_000;
/// Most sites of one area that one read gives.
pub const MAX_SITES: i64 = 20_000;

/// Which outages.
#[derive(Clone, Debug, Default)]
pub struct OutageFilter {
    /// Of one area.
    pub area_id: Option<String>,
    /// Of one feeder.
    pub feeder_id: Option<String>,
    /// Of one device.
    pub device_id: Option<String>,
    /// Lasting after this.
    pub from_unix_s: Option<u64>,
    /// Begun before this.
    pub to_unix_s: Option<u64>,
}

/// A place in a list that is ordered by time, the newest first, then by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The time of the last item that was read.
    pub unix_s: u64,
    /// Its id.
    pub id: String,
}

/// Sums over the batches of all areas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Anchored batches that are not empty.
    pub anchored: u64,
    /// Of these, verified.
    pub verified: u64,
    /// Of these, failed.
    pub failed: u64,
    /// Of these, not yet fetched, or not to be had so far.
    pub waiting: u64,
    /// Public records in anchored batches; of a batch that is not verified, all leaves.
    pub records_anchored: u64,
    /// Public records in verified batches.
    pub records_verified: u64,
    /// Houses' leaves in verified batches.
    pub sealed_verified: u64,
}

impl Views {
    /// All areas by id, at most [`MAX_AREAS`].
    pub async fn all_areas(&self) -> Result<Vec<Area>, StoreError> {
        Ok(self.areas().find(doc! {}).sort(doc! { "_id": 1 }).limit(MAX_AREAS).await?.try_collect().await?)
    }

    /// One area.
    pub async fn area(&self, area_id: &str) -> Result<Option<Area>, StoreError> {
        Ok(self.areas().find_one(doc! { "_id": area_id }).await?)
    }

    /// The site that a device watches. A house's device has none.
    pub async fn site(&self, device_id: &str) -> Result<Option<Site>, StoreError> {
        Ok(self.sites().find_one(doc! { "_id": device_id }).await?)
    }

    /// The sites that these devices watch; a device without one is missing.
    pub async fn sites_of_devices(&self, device_ids: &[String]) -> Result<Vec<Site>, StoreError> {
        self.sites_where(doc! { "_id": { "$in": device_ids } }).await
    }

    /// The site by its own id; of several devices that took each other's place, one that was not removed.
    pub async fn site_by_id(&self, site_id: &str) -> Result<Option<Site>, StoreError> {
        let sites = self.sites_where(doc! { "site_id": site_id }).await?;
        Ok(sites.iter().find(|site| site.removed.is_none()).or(sites.last()).cloned())
    }

    /// The sites with an id: devices that took each other's place have the same.
    pub async fn sites_by_id(&self, site_id: &str) -> Result<Vec<Site>, StoreError> {
        self.sites_where(doc! { "site_id": site_id }).await
    }

    /// The sites of an area by device id, at most [`MAX_SITES`].
    pub async fn sites_of_area(&self, area_id: &str) -> Result<Vec<Site>, StoreError> {
        self.sites_where(doc! { "area_id": area_id }).await
    }

    /// The sites of a feeder as far as it lies in an area, by device id, at most [`MAX_SITES`].
    pub async fn sites_of_feeder(&self, area_id: &str, feeder_id: &str) -> Result<Vec<Site>, StoreError> {
        self.sites_where(doc! { "area_id": area_id, "feeder_id": feeder_id }).await
    }

    /// The sites right below another, by device id.
    pub async fn children(&self, site_id: &str) -> Result<Vec<Site>, StoreError> {
        self.sites_where(doc! { "parent": site_id }).await
    }

    async fn sites_where(&self, filter: Document) -> Result<Vec<Site>, StoreError> {
        Ok(self.sites().find(filter).sort(doc! { "_id": 1 }).limit(MAX_SITES).await?.try_collect().await?)
    }

    /// Sites of an area, or all, by device id, going on behind `after`.
    pub async fn sites_behind(
        &self,
        area_id: Option<&str>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Site>, StoreError> {
        let mut filter = Document::new();
        if let Some(area_id) = area_id {
            filter.insert("area_id", area_id);
        }
        if let Some(after) = after {
            filter.insert("_id", doc! { "$gt": after });
        }
        Ok(self.sites().find(filter).sort(doc! { "_id": 1 }).limit(limit).await?.try_collect().await?)
    }

    /// What these devices have stated, by device; those that were never heard of in a verified batch are missing.
    pub async fn timelines_of(&self, device_ids: &[String]) -> Result<HashMap<String, DeviceTimeline>, StoreError> {
        let timelines = self.timelines().find(doc! { "_id": { "$in": device_ids } }).await?;
        timelines.map_ok(|timeline| (timeline.device_id.clone(), timeline)).try_collect().await.map_err(Into::into)
    }

    /// Outages that overlap the filter's time, the latest begun first.
    pub async fn outages_where(
        &self,
        filter: &OutageFilter,
        after: Option<&Position>,
        limit: i64,
    ) -> Result<Vec<Outage>, StoreError> {
        let mut all = Vec::new();
        let equal = [("area_id", &filter.area_id), ("feeder_id", &filter.feeder_id), ("device_id", &filter.device_id)];
        all.extend(equal.into_iter().filter_map(|(field, value)| value.as_ref().map(|value| doc! { field: value })));
        if let Some(from) = filter.from_unix_s {
            all.push(doc! { "$or": [{ "end_unix_s": null }, { "end_unix_s": { "$gt": from as i64 } }] });
        }
        if let Some(to) = filter.to_unix_s {
            all.push(doc! { "start_unix_s": { "$lt": to as i64 } });
        }
        all.extend(after.map(|position| behind("start_unix_s", position)));
        let order = doc! { "start_unix_s": -1, "_id": -1 };
        Ok(self.outages().find(every(all)).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Batches by the end of their period, the latest first.
    pub async fn batches_where(
        &self,
        area_id: Option<&str>,
        status: Option<BatchStatus>,
        after: Option<&Position>,
        limit: i64,
    ) -> Result<Vec<Batch>, StoreError> {
        let mut all = Vec::new();
        all.extend(area_id.map(|area_id| doc! { "area_id": area_id }));
        all.extend(status.map(|status| doc! { "status": status_text(status) }));
        all.extend(after.map(|position| behind("period_end_unix_s", position)));
        let order = doc! { "period_end_unix_s": -1, "_id": -1 };
        Ok(self.batches().find(every(all)).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// One batch.
    pub async fn batch(&self, area_id: &str, number: u64) -> Result<Option<Batch>, StoreError> {
        Ok(self.batches().find_one(doc! { "_id": format!("{area_id}/{number}") }).await?)
    }

    /// Verified batches that may hold a device's record with a sequence, in the order of their numbers: the spans
    /// say so, the blocks decide.
    pub async fn batches_with(&self, device_id: &str, sequence: u64, limit: i64) -> Result<Vec<Batch>, StoreError> {
        let sequence = sequence as i64;
        let span = doc! { "device_id": device_id, "first": { "$lte": sequence }, "last": { "$gte": sequence } };
        let filter = doc! { "status": status_text(BatchStatus::Verified), "spans": { "$elemMatch": span } };
        Ok(self.batches().find(filter).sort(doc! { "number": 1 }).limit(limit).await?.try_collect().await?)
    }

    /// The newest verified batch that holds a record of a device.
    pub async fn last_batch_of(&self, device_id: &str) -> Result<Option<Batch>, StoreError> {
        let filter = doc! { "status": status_text(BatchStatus::Verified), "spans.device_id": device_id };
        Ok(self.batches().find_one(filter).sort(doc! { "number": -1 }).await?)
    }

    /// Sums over all batches.
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        let group = doc! {
            "_id": "$status",
            "batches": { "$sum": 1 },
            "public": { "$sum": "$public_count" },
            "sealed": { "$sum": "$sealed_count" },
        };
        let mut rows = self.batches().aggregate([doc! { "$group": group }]).await?;
        let mut totals = Totals::default();
        while let Some(row) = rows.try_next().await? {
            let [batches, public, sealed] = ["batches", "public", "sealed"].map(|field| number(&row, field));
            match row.get_str("_id") {
                Ok("verified") => {
                    totals.verified += batches;
                    totals.records_verified += public;
                    totals.sealed_verified += sealed;
                }
                Ok("failed") => totals.failed += batches,
                Ok("pending" | "unavailable") => totals.waiting += batches,
                _ => continue,
            }
            totals.anchored += batches;
            totals.records_anchored += public;
        }
        Ok(totals)
    }

    /// Changes of batches from now on.
    pub async fn watch_batches(&self) -> Result<Watch<Batch>, StoreError> {
        Watch::open(&self.batches()).await
    }

    /// How far the indexer has followed the chain; none before its first block.
    pub async fn cursor(&self) -> Result<Option<ChainCursor>, StoreError> {
        Ok(self.cursors().find_one(doc! { "_id": "chain" }).await?)
    }
}

/// What comes behind a position where `field` falls.
fn behind(field: &str, position: &Position) -> Document {
    let time = position.unix_s as i64;
    doc! { "$or": [{ field: { "$lt": time } }, { field: time, "_id": { "$lt": &position.id } }] }
}

fn every(all: Vec<Document>) -> Document {
    if all.is_empty() {
        Document::new()
    } else {
        doc! { "$and": all }
    }
}

/// As serde writes it.
fn status_text(status: BatchStatus) -> &'static str {
    match status {
        BatchStatus::Empty => "empty",
        BatchStatus::Pending => "pending",
        BatchStatus::Unavailable => "unavailable",
        BatchStatus::Verified => "verified",
        BatchStatus::Failed => "failed",
    }
}

/// A sum, whichever number the server answers with.
fn number(row: &Document, field: &str) -> u64 {
    let value = row.get(field);
    let value = value.and_then(|v| v.as_i64().or(v.as_i32().map(i64::from)).or(v.as_f64().map(|v| v as i64)));
    value.and_then(|v| u64::try_from(v).ok()).unwrap_or_default()
}
