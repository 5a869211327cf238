//! The newest reading of each device.

use bson::{Document, doc, to_document};
use futures::{Stream, TryStreamExt};

use super::{Intake, documents::Live};
use crate::{StoreError, watch::Watch};

/// Most readings written by one command.
const READINGS_PER_COMMAND: usize = 1000;
/// Readings in one answer of the server.
const BATCH_SIZE: u32 = 5_000;

impl Intake {
    /// Puts readings in place of older ones of the same devices.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_live(&self, readings: &[Live]) -> Result<(), StoreError> {
        let unreadable = |e: bson::ser::Error| StoreError::Unreadable { collection: "live", reason: e.to_string() };
        for some in readings.chunks(READINGS_PER_COMMAND) {
            let updates: Result<Vec<Document>, _> = some
                .iter()
                .map(|live| Ok(doc! { "q": { "_id": &live.device_id }, "u": to_document(live)?, "upsert": true }))
                .collect();
            // One command for all: `bulkWrite` is only in servers from version 8 on.
            let command = doc! {
                "update": "live",
                "updates": updates.map_err(unreadable)?,
                "ordered": false,
                "writeConcern": { "w": "majority", "j": true },
            };
            let answer = self.database.run_command(command).await?;
            if let Some(reason) = answer.get("writeErrors").or_else(|| answer.get("writeConcernError")) {
                return Err(StoreError::Unavailable(mongodb::error::Error::custom(reason.to_string())));
            }
        }
        Ok(())
    }

    /// All readings.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_all(&self) -> Result<Vec<Live>, StoreError> {
        self.live_where(doc! {}).await
    }

    /// The readings of some areas.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_of_areas(&self, area_ids: &[String]) -> Result<Vec<Live>, StoreError> {
        self.live_where(doc! { "area_id": { "$in": area_ids } }).await
    }

    /// The readings of some devices.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_of_devices(&self, device_ids: &[String]) -> Result<Vec<Live>, StoreError> {
        self.live_where(doc! { "_id": { "$in": device_ids } }).await
    }

    async fn live_where(&self, filter: Document) -> Result<Vec<Live>, StoreError> {
        Ok(self.live_collection().find(filter).await?.try_collect().await?)
    }

    /// All readings, in no order.
    ///
    /// # Errors
    /// [`StoreError`], from the call and from the stream.
    pub async fn scan_live(
        &self,
    ) -> Result<impl Stream<Item = Result<Live, StoreError>> + Send + Unpin + use<>, StoreError> {
        Ok(self.live_collection().find(doc! {}).batch_size(BATCH_SIZE).await?.map_err(StoreError::from))
    }

    /// Changes of readings from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watch_live(&self) -> Result<Watch<Live>, StoreError> {
        Watch::open(&self.live_collection()).await
    }
}
