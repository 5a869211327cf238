//! How much of each day's share is taken: of what the service pays for, by area and kind.

use bson::{Document, doc};
use mongodb::Collection;

use super::{Intake, documents::SubmissionKind, int, is_duplicate_key};
use crate::StoreError;

/// A share: so much of a kind for an area on a day.
#[derive(Clone, Debug)]
pub struct Share<'a> {
    /// The area.
    pub area_id: &'a str,
    /// Of what.
    pub kind: SubmissionKind,
    /// Days since 1970-01-01, UTC.
    pub day: u64,
}

impl Share<'_> {
    fn id(&self) -> String {
        let kind = match self.kind {
            SubmissionKind::Filing => "filing",
            SubmissionKind::Actions => "actions",
            SubmissionKind::Remark => "remark",
            SubmissionKind::Notice => "notice",
        };
        format!("{}/{kind}/{}", self.area_id, self.day)
    }
}

impl Intake {
    /// Takes one of a share, whoever else takes at the same time; false where `limit` are taken already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_share(&self, share: &Share<'_>, limit: u64) -> Result<bool, StoreError> {
        if limit == 0 {
            return Ok(false);
        }
        let filter = doc! { "_id": share.id(), "taken": { "$lt": int(limit) } };
        let taken = self.shares().update_one(filter, doc! { "$inc": { "taken": 1_i64 } }).upsert(true).await;
        match taken {
            Ok(_) => Ok(true),
            // The upsert found a share that is used up, or one that somebody else has just begun.
            Err(error) if is_duplicate_key(&error) => self.take_of_there(share, limit).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn take_of_there(&self, share: &Share<'_>, limit: u64) -> Result<bool, StoreError> {
        let filter = doc! { "_id": share.id(), "taken": { "$lt": int(limit) } };
        let taken = self.shares().update_one(filter, doc! { "$inc": { "taken": 1_i64 } }).await?;
        Ok(taken.matched_count == 1)
    }

    /// Gives back what was taken for nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn give_share_back(&self, share: &Share<'_>) -> Result<(), StoreError> {
        let filter = doc! { "_id": share.id(), "taken": { "$gt": 0_i64 } };
        self.shares().update_one(filter, doc! { "$inc": { "taken": -1_i64 } }).await?;
        Ok(())
    }

    /// How many are taken.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn taken_of(&self, share: &Share<'_>) -> Result<u64, StoreError> {
        let found = self.shares().find_one(doc! { "_id": share.id() }).await?;
        let taken = found.and_then(|share| share.get_i64("taken").ok()).unwrap_or_default();
        Ok(taken.try_into().unwrap_or_default())
    }

    fn shares(&self) -> Collection<Document> {
        self.database.collection("shares")
    }
}
