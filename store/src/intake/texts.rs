//! Words whose digests are on the chain: kept apart from everything, so that they can be erased.

use bson::{Binary, doc, spec::BinarySubtype};
use futures::TryStreamExt as _;

use super::{
    Intake,
    documents::{Erasure, StoredText, TextKind},
    int, is_duplicate_key,
};
use crate::StoreError;

impl Intake {
    /// Keeps words by their digest, durably, and which photo they name. What was erased stays erased.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_text(
        &self,
        digest: &str,
        kind: TextKind,
        block: &[u8],
        photo: Option<String>,
        now_unix_s: u64,
    ) -> Result<(), StoreError> {
        let block = Some(Binary { subtype: BinarySubtype::Generic, bytes: block.to_vec() });
        let digest = digest.to_owned();
        let text = StoredText { digest, kind, block, photo, received_unix_s: now_unix_s, erasure: None };
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

    /// Whether a text that is kept names this photo.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_named_photo(&self, digest: &str) -> Result<bool, StoreError> {
        Ok(self.texts_collection().find_one(doc! { "photo": digest }).await?.is_some())
    }

    /// Erases words, and which photo they named; their digest stays, so that pages can say so. False where they were never
    /// kept, or are erased already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erase_text(&self, digest: &str, erasure: &Erasure) -> Result<bool, StoreError> {
        let said = doc! { "at_unix_s": int(erasure.at_unix_s), "reason": &erasure.reason };
        let erased = doc! { "$set": { "block": null, "photo": null, "erasure": said } };
        let filter = doc! { "_id": digest, "block": { "$ne": null } };
        Ok(self.texts_collection().update_one(filter, erased).await?.matched_count == 1)
    }
}
