//! Who works on something: one process at a time.

use bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;

use super::{Intake, int, is_duplicate_key};
use crate::StoreError;

/// What is worked on by one process at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A lane.
    Lane(u32),
    /// What others signed and the service pays for.
    Submissions,
}

impl From<u32> for Work {
    fn from(lane: u32) -> Self {
        Self::Lane(lane)
    }
}

impl Work {
    fn id(self) -> Bson {
        match self {
            Self::Lane(lane) => i64::from(lane).into(),
            Self::Submissions => "submissions".into(),
        }
    }
}

impl Intake {
    /// Takes or renews the lease of some work until `now + ttl_s`; false while another holder's lasts. Clocks of the
    /// machines that compete must agree to well within `ttl_s`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_lease(
        &self,
        work: impl Into<Work>,
        holder: &str,
        now_unix_s: u64,
        ttl_s: u64,
    ) -> Result<bool, StoreError> {
        let leases = self.database.collection::<Document>("leases");
        let free = [doc! { "holder": holder }, doc! { "expires_unix_s": { "$lte": int(now_unix_s) } }];
        let filter = doc! { "_id": work.into().id(), "$or": free.to_vec() };
        let update = doc! { "$set": { "holder": holder, "expires_unix_s": int(now_unix_s.saturating_add(ttl_s)) } };
        let taken =
            leases.find_one_and_update(filter, update).upsert(true).return_document(ReturnDocument::After).await;
        match taken {
            Ok(document) => Ok(document.is_some()),
            // The upsert found the lease held by somebody else.
            Err(error) if is_taken(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the lease back, if it is this holder's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_lease(&self, work: impl Into<Work>, holder: &str) -> Result<(), StoreError> {
        let leases = self.database.collection::<Document>("leases");
        leases.delete_one(doc! { "_id": work.into().id(), "holder": holder }).await?;
        Ok(())
    }
}

fn is_taken(error: &mongodb::error::Error) -> bool {
    use mongodb::error::ErrorKind;
    matches!(&*error.kind, ErrorKind::Command(e) if e.code == 11_000) || is_duplicate_key(error)
}
