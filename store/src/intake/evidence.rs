//! Blocks of evidence: taken in with a filing, put on IPFS by the relayer.

use bson::{Binary, doc, spec::BinarySubtype};
use futures::TryStreamExt as _;

use super::{Intake, documents::EvidenceBlock, is_duplicate_key};
use crate::StoreError;

impl Intake {
    /// Takes a block in, durably. The same again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_evidence(&self, digest: &str, block: &[u8], now_unix_s: u64) -> Result<(), StoreError> {
        let block = Binary { subtype: BinarySubtype::Generic, bytes: block.to_vec() };
        let evidence =
            EvidenceBlock { digest: digest.to_owned(), block, published: false, received_unix_s: now_unix_s };
        match self.evidence_collection().insert_one(evidence).await {
            Ok(_) => Ok(()),
            Err(error) if is_duplicate_key(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Blocks that are not on IPFS yet, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unpublished_evidence(&self, limit: i64) -> Result<Vec<EvidenceBlock>, StoreError> {
        let filter = doc! { "published": false };
        let order = doc! { "received_unix_s": 1 };
        Ok(self.evidence_collection().find(filter).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Notes that a block is on IPFS.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn evidence_published(&self, digest: &str) -> Result<(), StoreError> {
        let update = doc! { "$set": { "published": true } };
        self.evidence_collection().update_one(doc! { "_id": digest }, update).await?;
        Ok(())
    }
}
