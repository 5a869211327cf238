//! What was said of complaints, by other ways than the complaint: by the digest of the words, which is asked before words are
//! taken in or erased, and the newest of an area.

use bson::doc;
use futures::TryStreamExt as _;

use super::{
    super::Views,
    documents::{Announcement, Complaint, Entry},
};
use crate::StoreError;

impl Views {
    /// Actions and remarks with this note, in the order of the chain, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn entries_with_note(&self, digest: &str, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let order = doc! { "block_number": 1, "log_index": 1 };
        Ok(self.actions().find(doc! { "note": digest }).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// A planned outage with this reason.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_with_reason(&self, digest: &str) -> Result<Option<Announcement>, StoreError> {
        Ok(self.notices().find_one(doc! { "reason": digest }).await?)
    }

    /// What was filed, done, and said by officials in an area, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_of_area(&self, area_id: &str, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let told = [doc! { "kind": { "$ne": "remark" } }, doc! { "signer_level": { "$ne": null } }];
        let filter = doc! { "area_id": area_id, "$or": told.to_vec() };
        let order = doc! { "block_number": -1, "log_index": -1 };
        Ok(self.actions().find(filter).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Those complaints of these ids that there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn complaints_by_id(&self, ids: &[String]) -> Result<Vec<Complaint>, StoreError> {
        Ok(self.complaints().find(doc! { "_id": { "$in": ids } }).await?.try_collect().await?)
    }
}
