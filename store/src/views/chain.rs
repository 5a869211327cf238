//! Following the chain: anchored batches come in with the cursor, become final, or are rolled back.

use std::collections::{BTreeSet, HashMap, HashSet};

use bson::doc;
use futures::TryStreamExt as _;

use super::{
    Views,
    accountability::{self, Chronicle},
    documents::{Batch, BatchStatus, ChainCursor, Testimony},
    sheets, timeline,
    transaction::Transaction,
};
use crate::StoreError;

/// Batches that become final in one transaction.
const MAX_SETTLED_AT_ONCE: i64 = 64;

impl Views {
    /// Moves the cursor on, together with the batches and the chronicle found on the way. `before` is the cursor as this process knows
    /// it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the stored cursor is another: someone else writes these views.
    pub async fn advance(
        &self,
        before: Option<&ChainCursor>,
        cursor: &ChainCursor,
        batches: &[Batch],
        chronicle: &Chronicle,
    ) -> Result<(), StoreError> {
        let complaints = self.touched(chronicle).await?;
        let mut transaction = Transaction::begin(self).await?;
        move_cursor(&mut transaction, before, cursor).await?;
        transaction.replace("batches", batches).await?;
        accountability::write(&mut transaction, chronicle, &complaints).await?;
        let empty = batches.iter().filter(|batch| batch.status == BatchStatus::Empty);
        let ends = empty.map(|batch| (batch.area_id.as_str(), batch.period_end_unix_s));
        sheets::account(&mut transaction, ends).await?;
        transaction.commit().await
    }

    /// Removes all that came from blocks above the cursor's new place, and moves it there. No batch of them may be
    /// final.
    ///
    /// # Errors
    /// As [`Views::advance`].
    pub async fn roll_back(
        &self,
        before: &ChainCursor,
        cursor: &ChainCursor,
        utc_offsets_s: &HashMap<String, i32>,
    ) -> Result<u64, StoreError> {
        let filter = doc! { "block_number": { "$gt": int(cursor.block_number) }, "finalized": false };
        let dropped: Vec<Batch> = self.batches().find(filter.clone()).await?.try_collect().await?;
        let unsaid: Vec<Testimony> = self.testimonies().find(filter).await?.try_collect().await?;
        let devices = devices_of(&dropped, &unsaid);
        let (mut drafts, kinds) = self.drafts(&devices, |area_id| offset(utc_offsets_s, area_id)).await?;
        let (by_area, testimonies) = (by_area(&dropped), ids(&unsaid));
        let none = HashSet::new();
        for draft in drafts.values_mut() {
            let of_area = by_area.iter().find(|(area_id, _)| draft.is_of(area_id));
            draft.roll_back(of_area.map_or(&none, |(_, numbers)| numbers), &testimonies);
        }
        let area_ids: BTreeSet<&str> = dropped.iter().map(|batch| batch.area_id.as_str()).collect();
        let unsaid_areas = unsaid.iter().map(|testimony| testimony.area_id.as_str());
        let sheets = self.sheets_of(area_ids.iter().copied().chain(unsaid_areas)).await?;
        let mut ends = Vec::new();
        for area_id in &area_ids {
            ends.extend(self.last_accounted(area_id, Some(cursor.block_number)).await?.map(|end| (*area_id, end)));
        }
        let (standing, lost) = self.untouched(cursor.block_number).await?;
        let mut transaction = Transaction::begin(self).await?;
        move_cursor(&mut transaction, Some(before), cursor).await?;
        accountability::roll_back(&mut transaction, cursor.block_number, &standing, &lost).await?;
        timeline::write(&mut transaction, &drafts, &kinds, &sheets).await?;
        transaction.delete("progress", area_ids.iter().map(|area_id| doc! { "_id": *area_id })).await?;
        sheets::account(&mut transaction, ends.into_iter()).await?;
        transaction.delete("batches", dropped.iter().map(|batch| doc! { "_id": &batch.id })).await?;
        transaction.commit().await?;
        Ok(dropped.len() as u64)
    }

    /// Marks batches and testimonies in blocks up to `finalized_number` as final and settles their readings, a bounded
    /// number at a time; gives how many. Call again until it is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle(&self, finalized_number: u64, utc_offsets_s: &HashMap<String, i32>) -> Result<u64, StoreError> {
        let filter = doc! { "finalized": false, "block_number": { "$lte": int(finalized_number) } };
        let order = doc! { "block_number": 1, "_id": 1 };
        let batches = self.batches().find(filter.clone()).sort(order.clone()).limit(MAX_SETTLED_AT_ONCE).await?;
        let batches: Vec<Batch> = batches.try_collect().await?;
        let said = self.testimonies().find(filter).sort(order).limit(MAX_SETTLED_AT_ONCE).await?;
        let said: Vec<Testimony> = said.try_collect().await?;
        if batches.is_empty() && said.is_empty() {
            return Ok(0);
        }
        let devices = devices_of(&batches, &said);
        let (mut drafts, kinds) = self.drafts(&devices, |area_id| offset(utc_offsets_s, area_id)).await?;
        let testimonies = ids(&said);
        for (area_id, numbers) in by_area(&batches) {
            for draft in drafts.values_mut().filter(|draft| draft.is_of(area_id)) {
                draft.settle(&numbers);
            }
        }
        drafts.values_mut().for_each(|draft| draft.settle_testimonies(&testimonies));
        let area_ids = batches.iter().map(|batch| batch.area_id.as_str());
        let sheets = self.sheets_of(area_ids.chain(said.iter().map(|testimony| testimony.area_id.as_str()))).await?;
        let mut transaction = Transaction::begin(self).await?;
        timeline::write(&mut transaction, &drafts, &kinds, &sheets).await?;
        let settle = |id: &str| doc! { "q": { "_id": id }, "u": { "$set": { "finalized": true } } };
        transaction.update("batches", batches.iter().map(|batch| settle(&batch.id)).collect()).await?;
        transaction.update("testimonies", said.iter().map(|testimony| settle(&testimony.id)).collect()).await?;
        transaction.commit().await?;
        Ok((batches.len() + said.len()) as u64)
    }

    /// Digest of an area's last batch below `number` that is not empty, hex; none where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn digest_before(&self, area_id: &str, number: u64) -> Result<Option<String>, StoreError> {
        let filter = doc! {
            "area_id": area_id,
            "number": { "$lt": int(number) },
            "count": { "$gt": 0 },
        };
        let batch = self.batches().find_one(filter).sort(doc! { "number": -1 }).await?;
        Ok(batch.map(|batch| batch.digest))
    }
}

async fn move_cursor(
    transaction: &mut Transaction,
    before: Option<&ChainCursor>,
    cursor: &ChainCursor,
) -> Result<(), StoreError> {
    let Some(before) = before else {
        // The first one: another process that begins at the same moment makes one of both fail on the `_id`.
        return transaction.replace("cursors", [cursor]).await;
    };
    let unmoved = doc! { "_id": "chain", "block_hash": &before.block_hash, "contract": &before.contract };
    if transaction.replace_where("cursors", unmoved, cursor).await? {
        Ok(())
    } else {
        Err(StoreError::Conflict("the cursor: another process writes these views"))
    }
}

fn devices_of(batches: &[Batch], testimonies: &[Testimony]) -> Vec<String> {
    let verified = batches.iter().filter(|batch| batch.status == BatchStatus::Verified);
    let in_batches = verified.flat_map(|b| &b.spans).map(|span| span.device_id.as_str());
    let testified = testimonies.iter().flat_map(|testimony| &testimony.devices).map(String::as_str);
    let devices: BTreeSet<&str> = in_batches.chain(testified).collect();
    devices.into_iter().map(str::to_owned).collect()
}

fn ids(testimonies: &[Testimony]) -> HashSet<&str> {
    testimonies.iter().map(|testimony| testimony.id.as_str()).collect()
}

fn offset(utc_offsets_s: &HashMap<String, i32>, area_id: &str) -> i32 {
    utc_offsets_s.get(area_id).copied().unwrap_or_default()
}

fn by_area(batches: &[Batch]) -> HashMap<&str, HashSet<u64>> {
    let mut areas: HashMap<&str, HashSet<u64>> = HashMap::new();
    for batch in batches {
        areas.entry(&batch.area_id).or_default().insert(batch.number);
    }
    areas
}

/// BSON has no unsigned integers; ours are all below 2^53.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
