//! The indexes that the reads need.

use bson::{Bson, Document, doc};
use mongodb::{Collection, IndexModel, error::ErrorKind, options::IndexOptions};

use super::Views;
use crate::StoreError;

impl Views {
    /// Makes what indexes are missing, and with them the collections.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ensure_indexes(&self) -> Result<(), StoreError> {
        make(&self.areas(), [doc! { "lane": 1 }]).await?;
        make(&self.sites(), [doc! { "area_id": 1 }, doc! { "site_id": 1 }, doc! { "parent": 1 }]).await?;
        make(&self.timelines(), [doc! { "area_id": 1 }]).await?;
        make(
            &self.outages(),
            [
                doc! { "area_id": 1, "start_unix_s": -1, "_id": -1 },
                doc! { "feeder_id": 1, "start_unix_s": -1, "_id": -1 },
                doc! { "device_id": 1, "start_unix_s": -1, "_id": -1 },
                doc! { "start_unix_s": -1, "_id": -1 },
            ],
        )
        .await?;
        make(
            &self.batches(),
            [
                doc! { "area_id": 1, "number": 1 },
                doc! { "area_id": 1, "period_end_unix_s": -1, "_id": -1 },
                doc! { "period_end_unix_s": -1, "_id": -1 },
                doc! { "spans.device_id": 1, "number": 1 },
                doc! { "status": 1, "number": 1 },
                doc! { "finalized": 1, "block_number": 1 },
            ],
        )
        .await?;
        make(&self.actions(), [doc! { "complaint": 1, "block_number": 1, "log_index": 1 }, doc! { "block_number": 1 }])
            .await?;
        // What was said, by digest and by area (`accountability/said.rs`).
        make(&self.actions(), [doc! { "note": 1 }, doc! { "area_id": 1, "block_number": -1, "log_index": -1 }]).await?;
        make(&self.notices(), [doc! { "reason": 1 }]).await?;
        make(
            &self.complaints(),
            [
                doc! { "area_id": 1, "filed_at_unix_s": -1, "_id": -1 },
                doc! { "area_id": 1, "stage": 1, "due_at_unix_s": 1, "_id": 1 },
                doc! { "feeder_id": 1, "filed_at_unix_s": -1, "_id": -1 },
                doc! { "site_id": 1, "filed_at_unix_s": -1, "_id": -1 },
                doc! { "text": 1 },
                doc! { "evidence": 1 },
                doc! { "stage": 1, "filed_at_unix_s": -1, "_id": -1 },
            ],
        )
        .await?;
        make(&self.officials(), [doc! { "area_id": 1, "level": 1 }, doc! { "revoked_block": 1 }]).await?;
        make(&self.clocks(), [doc! { "block_number": 1, "log_index": 1 }]).await?;
        make(
            &self.notices(),
            [doc! { "area_id": 1, "at_unix_s": -1 }, doc! { "feeder_id": 1, "at_unix_s": -1 }, doc! { "changes": 1 }],
        )
        .await?;
        make(
            &self.testimonies(),
            [
                doc! { "area_id": 1, "block_number": 1 },
                doc! { "status": 1, "block_number": -1 },
                doc! { "finalized": 1, "block_number": 1 },
                doc! { "devices": 1, "block_number": 1 },
            ],
        )
        .await?;
        make(&self.sheets(), [doc! { "area_id": 1 }]).await?;
        make(&self.progress(), [doc! { "accounted_unix_s": 1 }]).await?;
        make(&self.cursors(), [doc! { "contract": 1 }]).await
    }
}

/// Makes the indexes that are not there by name.
async fn make<T: Send + Sync>(
    collection: &Collection<T>,
    keys: impl IntoIterator<Item = Document>,
) -> Result<(), StoreError> {
    let there = match collection.list_index_names().await {
        Ok(names) => names,
        Err(error) if is_missing_collection(&error) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let named = keys.into_iter().map(|keys| (name(&keys), keys));
    let missing: Vec<IndexModel> = named
        .filter(|(name, _)| !there.contains(name))
        .map(|(name, keys)| {
            IndexModel::builder().keys(keys).options(IndexOptions::builder().name(name).build()).build()
        })
        .collect();
    if !missing.is_empty() {
        collection.create_indexes(missing).await?;
    }
    Ok(())
}

/// The name that servers give by themselves: `area_id_1_number_1`.
fn name(keys: &Document) -> String {
    let parts = keys.iter().map(|(field, order)| match order {
        Bson::String(order) => format!("{field}_{order}"),
        order => format!("{field}_{order}"),
    });
    parts.collect::<Vec<_>>().join("_")
}

fn is_missing_collection(error: &mongodb::error::Error) -> bool {
    // NamespaceNotFound.
    matches!(*error.kind, ErrorKind::Command(ref error) if error.code == 26)
}
