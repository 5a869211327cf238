//! The newest reading of each device.

use bson::{Document, doc, to_document};
use futures::{Stream, TryStreamExt};
use mongodb::options::FullDocumentType;

use super::{Intake, documents::Live};
use crate::StoreError;

/// Most readings written by one command.
const READINGS_PER_COMMAND: usize = 1000;

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

    /// Readings as they change, from now on. Ends with an error when the server goes away: read all, then watch
    /// again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watch_live(
        &self,
    ) -> Result<impl Stream<Item = Result<Live, StoreError>> + Send + Unpin + use<>, StoreError> {
        let changes = self.live_collection().watch().full_document(FullDocumentType::UpdateLookup).await?;
        Ok(Box::pin(
            changes.try_filter_map(|change| std::future::ready(Ok(change.full_document))).map_err(StoreError::from),
        ))
    }
}
