//! Words whose digests are on the chain: kept apart from everything, so that they can be erased.

use bson::{Binary, doc, spec::BinarySubtype};
use futures::TryStreamExt as _;

use super::{
    Intake,
    documents::{StoredText, TextKind},
    is_duplicate_key,
};
use crate::StoreError;

impl Intake {
    /// Keeps words by their digest, durably. What was erased stays erased.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_text(
        &self,
        digest: &str,
        kind: TextKind,
        block: &[u8],
        now_unix_s: u64,
    ) -> Result<(), StoreError> {
        let block = Binary { subtype: BinarySubtype::Generic, bytes: block.to_vec() };
        let text = StoredText { digest: digest.to_owned(), kind, block: Some(block), received_unix_s: now_unix_s };
        match self.texts_collection().insert_one(text).await {
            Ok(_) => Ok(()),
            Err(error) if is_duplicate_key(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Those of these digests that are or were kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn texts(&self, digests: &[String]) -> Result<Vec<StoredText>, StoreError> {
        Ok(self.texts_collection().find(doc! { "_id": { "$in": digests } }).await?.try_collect().await?)
    }

    /// Erases words; their digest stays, so that pages can say so. False where they were never kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erase_text(&self, digest: &str) -> Result<bool, StoreError> {
        let erased = doc! { "$set": { "block": null } };
        let filter = doc! { "_id": digest };
        Ok(self.texts_collection().update_one(filter, erased).await?.matched_count == 1)
    }
}
