//! Photos that texts name: kept apart from everything, so that they can be erased.

use bson::doc;

use super::{
    Intake,
    documents::{Erasure, Photo},
    int, is_duplicate_key,
};
use crate::StoreError;

impl Intake {
    /// Keeps a photo, durably. What was erased stays erased.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_photo(&self, photo: &Photo) -> Result<(), StoreError> {
        match self.photos_collection().insert_one(photo).await {
            Ok(_) => Ok(()),
            Err(error) if is_duplicate_key(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A photo that is or was kept, with its bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn photo(&self, digest: &str) -> Result<Option<Photo>, StoreError> {
        Ok(self.photos_collection().find_one(doc! { "_id": digest }).await?)
    }

    /// The same without its bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn photo_without_bytes(&self, digest: &str) -> Result<Option<Photo>, StoreError> {
        Ok(self.photos_collection().find_one(doc! { "_id": digest }).projection(doc! { "bytes": 0 }).await?)
    }

    /// Erases a photo; its digest stays, so that pages can say so. False where it was never kept, or is erased already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erase_photo(&self, digest: &str, erasure: &Erasure) -> Result<bool, StoreError> {
        let said = doc! { "at_unix_s": int(erasure.at_unix_s), "reason": &erasure.reason };
        let filter = doc! { "_id": digest, "bytes": { "$ne": null } };
        let erased = doc! { "$set": { "bytes": null, "erasure": said } };
        Ok(self.photos_collection().update_one(filter, erased).await?.matched_count == 1)
    }
}
