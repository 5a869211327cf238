//! How far everything is, in numbers.

use bson::{Document, doc};
use futures::TryStreamExt;
use serde::Deserialize;

use super::Intake;
use crate::StoreError;

/// What the intake holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that are durable, public and houses'.
    pub records: u64,
    /// How many of them are of houses.
    pub house_records: u64,
    /// Pages that are on the chain, confirmed or finalized.
    pub pages_confirmed: u64,
    /// Public records in those.
    pub public_confirmed: u64,
    /// Sealed leaves in those.
    pub sealed_confirmed: u64,
}

#[derive(Deserialize)]
struct LeafCounts {
    leaves: i64,
    public: i64,
}

#[derive(Deserialize)]
struct ChunkCounts {
    records: i64,
    houses: i64,
}

impl Intake {
    /// Counts everything, on the server.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let sum = doc! { "_id": null, "records": { "$sum": "$count" }, "houses": { "$sum": "$house_count" } };
        let small = doc! { "count": 1, "house_count": 1 };
        let pipeline = vec![doc! { "$project": small }, doc! { "$group": sum }];
        let mut chunks = self.chunks_collection().aggregate(pipeline).with_type::<ChunkCounts>().await?;
        let chunks = chunks.try_next().await?.unwrap_or(ChunkCounts { records: 0, houses: 0 });

        let confirmed: Document = doc! { "state": { "$in": ["confirmed", "finalized"] } };
        let pages_confirmed = self.pages_collection().count_documents(confirmed.clone()).await?;
        let sum = doc! {
            "_id": null,
            "leaves": { "$sum": "$entries.count" },
            "public": { "$sum": "$entries.public_count" },
        };
        let pipeline = vec![doc! { "$match": confirmed }, doc! { "$unwind": "$entries" }, doc! { "$group": sum }];
        let mut leaves = self.pages_collection().aggregate(pipeline).with_type::<LeafCounts>().await?;
        let leaves = leaves.try_next().await?.unwrap_or(LeafCounts { leaves: 0, public: 0 });
        Ok(Counts {
            records: chunks.records.unsigned_abs(),
            house_records: chunks.houses.unsigned_abs(),
            pages_confirmed,
            public_confirmed: leaves.public.unsigned_abs(),
            sealed_confirmed: (leaves.leaves - leaves.public).unsigned_abs(),
        })
    }
}
