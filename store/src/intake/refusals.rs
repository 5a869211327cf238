//! How often records were refused.

use bson::{Document, doc};
use futures::TryStreamExt;

use super::{Intake, documents::Refusal, int};
use crate::StoreError;

impl Intake {
    /// Adds to the counts. Given again after an answer that was lost, it counts twice: a refusal is at least counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_refusals(&self, refusals: &[Refusal]) -> Result<(), StoreError> {
        if refusals.is_empty() {
            return Ok(());
        }
        let updates: Vec<Document> = refusals
            .iter()
            .map(|refusal| {
                let set = doc! {
                    "area_id": &refusal.area_id,
                    "reason": &refusal.reason,
                    "hour_unix_s": int(refusal.hour_unix_s),
                };
                let update = doc! { "$inc": { "count": int(refusal.count) }, "$setOnInsert": set };
                doc! { "q": { "_id": &refusal.id }, "u": update, "upsert": true }
            })
            .collect();
        let concern = doc! { "w": "majority", "j": true };
        let command = doc! { "update": "refusals", "updates": updates, "writeConcern": concern };
        let answer = self.database.run_command(command).await?;
        match answer.get("writeErrors").or_else(|| answer.get("writeConcernError")) {
            Some(reason) => Err(StoreError::Unavailable(mongodb::error::Error::custom(reason.to_string()))),
            None => Ok(()),
        }
    }

    /// All counts, the newest hour first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refusals(&self) -> Result<Vec<Refusal>, StoreError> {
        let found = self.refusals_collection().find(doc! {}).sort(doc! { "hour_unix_s": -1, "_id": 1 }).await?;
        Ok(found.try_collect().await?)
    }
}
