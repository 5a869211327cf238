//! What others sign and the service pays for: an outbox that the relayer empties.

use bson::{doc, to_document};
use futures::TryStreamExt as _;

use super::{
    Intake,
    documents::{Submission, SubmissionState},
    is_duplicate_key,
};
use crate::StoreError;

impl Intake {
    /// Takes a submission in, durably; false where it is there already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_submission(&self, submission: &Submission) -> Result<bool, StoreError> {
        let inserted = self.submissions_collection().insert_one(submission).await;
        match inserted {
            Ok(_) => Ok(true),
            Err(error) if is_duplicate_key(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// One submission.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn submission(&self, id: &str) -> Result<Option<Submission>, StoreError> {
        Ok(self.submissions_collection().find_one(doc! { "_id": id }).await?)
    }

    /// All that an account signed. No index serves this: it is for the operator's own commands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn submissions_of(&self, signer: &str) -> Result<Vec<Submission>, StoreError> {
        Ok(self.submissions_collection().find(doc! { "signer": signer }).await?.try_collect().await?)
    }

    /// Forgets what was signed, of a submission that is over.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it is not.
    pub async fn erase_payload(&self, id: &str) -> Result<(), StoreError> {
        let over = [SubmissionState::Final, SubmissionState::Refused];
        let over: Vec<_> = over.iter().map(|state| bson::to_bson(state).unwrap_or_default()).collect();
        let filter = doc! { "_id": id, "state": { "$in": over } };
        let erased = self.submissions_collection().update_one(filter, doc! { "$set": { "payload": "" } }).await?;
        if erased.matched_count == 1 { Ok(()) } else { Err(StoreError::Conflict("a submission")) }
    }

    /// Whether a filing that was taken in names this text.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_submitted_text(&self, digest: &str) -> Result<bool, StoreError> {
        Ok(self.submissions_collection().find_one(doc! { "text": digest }).await?.is_some())
    }

    /// Whether a filing that was taken in names this evidence.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_submitted_evidence(&self, digest: &str) -> Result<bool, StoreError> {
        Ok(self.submissions_collection().find_one(doc! { "evidence": digest }).await?.is_some())
    }

    /// Those in these states in the order in which they were taken in, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn submissions_in(&self, states: &[SubmissionState], limit: i64) -> Result<Vec<Submission>, StoreError> {
        let states: Vec<_> = states.iter().map(|state| bson::to_bson(state).unwrap_or_default()).collect();
        let filter = doc! { "state": { "$in": states } };
        let order = doc! { "received_unix_ms": 1, "_id": 1 };
        Ok(self.submissions_collection().find(filter).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Those in a state, the latest taken in first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_submissions_in(
        &self,
        state: SubmissionState,
        limit: i64,
    ) -> Result<Vec<Submission>, StoreError> {
        let filter = doc! { "state": bson::to_bson(&state).unwrap_or_default() };
        let order = doc! { "received_unix_ms": -1, "_id": -1 };
        Ok(self.submissions_collection().find(filter).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Moves a submission on, durably, from the state that it was read in.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it has moved already.
    pub async fn move_submission(&self, from: SubmissionState, to: &Submission) -> Result<(), StoreError> {
        let unreadable =
            |e: bson::ser::Error| StoreError::Unreadable { collection: "submissions", reason: e.to_string() };
        let mut set = to_document(to).map_err(unreadable)?;
        set.remove("_id");
        let filter = doc! { "_id": &to.id, "state": bson::to_bson(&from).map_err(unreadable)? };
        let update = doc! { "$set": set };
        let moved = self.submissions_collection().update_one(filter, update).await?;
        if moved.matched_count == 1 { Ok(()) } else { Err(StoreError::Conflict("a submission")) }
    }
}
