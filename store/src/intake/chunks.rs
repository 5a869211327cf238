//! Records as they arrived.

use std::collections::BTreeMap;

use bson::doc;
use futures::{Stream, TryStreamExt};
use serde::Deserialize;

use super::{Intake, documents::Chunk, int, is_duplicate_key};
use crate::StoreError;

/// Most devices asked for in one query of [`Intake::stored_records`].
const DEVICES_PER_QUERY: usize = 200;

#[derive(Deserialize)]
struct Extent {
    chunks: i64,
    records: i64,
}

impl Intake {
    /// Adds a chunk. Given again with the same content, as after a write of which the answer was lost, it is `Ok`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a chunk of this id holds something else: another process writes to the lane.
    pub async fn append(&self, chunk: &Chunk) -> Result<(), StoreError> {
        match self.chunks_collection().insert_one(chunk).await {
            Ok(_) => Ok(()),
            Err(error) if is_duplicate_key(&error) => {
                let stored = self.chunks_collection().find_one(doc! { "_id": &chunk.id }).await?;
                if stored.is_some_and(|stored| stored == *chunk) { Ok(()) } else { Err(StoreError::Conflict("chunks")) }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The chunks of a lane's pages `from..=to`, in the order in which they were added.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn chunks(
        &self,
        lane: u32,
        from: u64,
        to: u64,
    ) -> Result<impl Stream<Item = Result<Chunk, StoreError>> + Send + Unpin + use<>, StoreError> {
        // `$lt`, not `$lte`: SecantusDB 0.7.0b3 leaves the upper end out where the index goes on after the field.
        let below = int(to.saturating_add(1));
        let filter = doc! { "lane": i64::from(lane), "number": { "$gte": int(from), "$lt": below } };
        let cursor = self.chunks_collection().find(filter).sort(doc! { "number": 1, "position": 1 }).await?;
        Ok(cursor.map_err(StoreError::from))
    }

    /// How many chunks and records a page has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn extent(&self, lane: u32, number: u64) -> Result<(u64, u64), StoreError> {
        let of_page = doc! { "lane": i64::from(lane), "number": int(number) };
        let small = doc! { "count": 1 };
        let sums = doc! { "_id": null, "chunks": { "$sum": 1_i64 }, "records": { "$sum": "$count" } };
        let pipeline = vec![doc! { "$match": of_page }, doc! { "$project": small }, doc! { "$group": sums }];
        let mut extents = self.chunks_collection().aggregate(pipeline).with_type::<Extent>().await?;
        Ok(extents.try_next().await?.map_or((0, 0), |e| (e.chunks.unsigned_abs(), e.records.unsigned_abs())))
    }

    /// The stored records of a lane with any of these sequences, by device: lines of canonical bytes. May hold
    /// others of the same devices.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stored_records(
        &self,
        lane: u32,
        wanted: &BTreeMap<String, (u64, u64)>,
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), StoreError> {
        let wanted: Vec<_> = wanted.iter().collect();
        for some in wanted.chunks(DEVICES_PER_QUERY) {
            let spans: Vec<_> = some
                .iter()
                .map(|(device_id, (first, last))| {
                    doc! { "spans": { "$elemMatch": {
                        "device_id": device_id.as_str(),
                        "first": { "$lte": int(*last) },
                        "last": { "$gte": int(*first) },
                    } } }
                })
                .collect();
            let filter = doc! { "lane": i64::from(lane), "$or": spans };
            let mut found = self.chunks_collection().find(filter).await?;
            while let Some(chunk) = found.try_next().await? {
                chunk.lines().for_each(&mut each);
            }
        }
        Ok(())
    }
}
