//! Reading everything there is about sites, in no order: for whoever keeps it in memory. Only the fields that the map
//! needs are sent.

use bson::{Document, doc};
use futures::{Stream, TryStreamExt as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Views,
    documents::{Area, Batch, DeviceTimeline, Parts, Point, RecentReading},
};
use crate::{StoreError, watch::Watch};

/// Documents in one answer of the server.
const BATCH_SIZE: u32 = 5_000;

/// What the map needs of a site; as [`super::documents::Site`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The device that watches it.
    #[serde(rename = "_id")]
    pub device_id: String,
    /// The site.
    pub site_id: String,
    /// Its area.
    pub area_id: String,
    /// `transformer` or `street`.
    pub kind: String,
    /// What it hangs on.
    pub feeder_id: String,
    /// The feeder's name.
    pub feeder_name: String,
    /// The place as people call it.
    pub locality: String,
    /// Customers counted here and nowhere else.
    pub customers: u64,
    /// Seconds between heartbeats.
    pub heartbeat_s: u64,
    /// Why it was removed.
    pub removed: Option<String>,
    /// When the first roster that names it took effect.
    pub enrolled_unix_s: u64,
    /// Where it is.
    pub location: Point,
}

/// What the map needs of a timeline; as [`DeviceTimeline`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The device.
    #[serde(rename = "_id")]
    pub device_id: String,
    /// Its area.
    pub area_id: String,
    /// Readings of batches in blocks that are not final yet.
    pub recent: Vec<RecentReading>,
    /// Settled and recent together.
    pub current: Parts,
}

impl From<DeviceTimeline> for Stated {
    fn from(timeline: DeviceTimeline) -> Self {
        let DeviceTimeline { device_id, area_id, recent, current, .. } = timeline;
        Self { device_id, area_id, recent, current }
    }
}

impl Views {
    /// All sites, or those of one area; removed ones are among them.
    ///
    /// # Errors
    /// [`StoreError`], from the call and from the stream.
    pub async fn scan_places(
        &self,
        area_id: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Place, StoreError>> + Send + Unpin + use<>, StoreError> {
        let fields = doc! {
            "site_id": 1, "area_id": 1, "kind": 1, "feeder_id": 1, "feeder_name": 1, "locality": 1, "customers": 1,
            "heartbeat_s": 1, "removed": 1, "enrolled_unix_s": 1, "location": 1,
        };
        self.scan("sites", area_id, fields).await
    }

    /// All timelines, or those of one area.
    ///
    /// # Errors
    /// [`StoreError`], from the call and from the stream.
    pub async fn scan_stated(
        &self,
        area_id: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Stated, StoreError>> + Send + Unpin + use<>, StoreError> {
        self.scan("timelines", area_id, doc! { "area_id": 1, "recent": 1, "current": 1 }).await
    }

    async fn scan<T: DeserializeOwned + Send + Sync + Unpin + 'static>(
        &self,
        collection: &str,
        area_id: Option<&str>,
        fields: Document,
    ) -> Result<impl Stream<Item = Result<T, StoreError>> + Send + Unpin + use<T>, StoreError> {
        let filter = area_id.map(|area_id| doc! { "area_id": area_id }).unwrap_or_default();
        let collection = self.database.collection::<T>(collection);
        let found = collection.find(filter).projection(fields).batch_size(BATCH_SIZE).await?;
        Ok(found.map_err(StoreError::from))
    }

    /// Changes of areas from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watch_areas(&self) -> Result<Watch<Area>, StoreError> {
        Watch::open(&self.areas()).await
    }

    /// Changes of timelines from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watch_timelines(&self) -> Result<Watch<DeviceTimeline>, StoreError> {
        Watch::open(&self.timelines()).await
    }

    /// Changes of batches from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watch_batches(&self) -> Result<Watch<Batch>, StoreError> {
        Watch::open(&self.batches()).await
    }
}
