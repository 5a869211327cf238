//! Testimonies: records that anybody named on the chain past a relayer count where no batch holds them.

use std::collections::BTreeSet;

use bson::{Document, doc};
use futures::TryStreamExt as _;
use protocol::{roster::Roster, supply::Reading, testimony::Testified};

use super::{
    Applied, Views,
    documents::{Flagged, TestifiedReading, Testimony, TestimonyStatus},
    timeline,
    transaction::Transaction,
};
use crate::StoreError;

/// A testimony's block, checked, on its way into the views.
#[derive(Clone, Copy, Debug)]
pub struct TestimonyApplication<'a> {
    /// The testimony as the views have it.
    pub testimony: &'a Testimony,
    /// What its block holds.
    pub testified: &'a Testified,
    /// The roster in force at its time.
    pub roster: &'a Roster,
    /// The area's offset from UTC.
    pub utc_offset_s: i32,
    /// Flags that records have by their time.
    pub flags: &'a [Flagged],
}

impl Views {
    /// Testimonies whose blocks have not been had, the newest first, at most `limit`; without those in `not_now`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_testimonies(&self, not_now: &[String], limit: i64) -> Result<Vec<Testimony>, StoreError> {
        let filter = doc! { "status": { "$in": ["pending", "unavailable"] }, "_id": { "$nin": not_now } };
        let order = doc! { "block_number": -1, "_id": 1 };
        Ok(self.testimonies().find(filter).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Testimonies of an area or of all, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn testimonies_of(&self, area_id: Option<&str>, limit: i64) -> Result<Vec<Testimony>, StoreError> {
        let filter = area_id.map(|area_id| doc! { "area_id": area_id }).unwrap_or_default();
        let order = doc! { "block_number": -1, "log_index": -1 };
        Ok(self.testimonies().find(filter).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Testimonies that hold records of a device and were counted, in the order of the chain, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn testimonies_with(&self, device_id: &str, limit: i64) -> Result<Vec<Testimony>, StoreError> {
        let order = doc! { "block_number": 1, "log_index": 1 };
        let found = self.testimonies().find(doc! { "devices": device_id }).sort(order).limit(limit).await?;
        Ok(found.try_collect().await?)
    }

    /// Writes what a testimony's block holds: the testimony, the timelines of its devices and the outages that follow, in
    /// one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is written.
    pub async fn apply_testimony(&self, application: &TestimonyApplication<'_>) -> Result<Applied, StoreError> {
        let Some(stored) = self.still_waits(application.testimony).await? else { return Ok(Applied::Gone) };
        let records = &application.testified.records;
        let devices: BTreeSet<&String> = records.iter().map(|(_, public)| &public.record.statement.device_id).collect();
        let devices: Vec<String> = devices.into_iter().cloned().collect();
        let (mut drafts, kinds) = self.drafts(&devices, |_| application.utc_offset_s).await?;
        for (line, public) in records {
            let statement = &public.record.statement;
            let Some(draft) = drafts.get_mut(&statement.device_id) else {
                return Ok(Applied::UnknownSite(statement.device_id.clone()));
            };
            let heartbeat_s = application.roster.device(&statement.device_id).map_or(0, |device| device.heartbeat_s);
            draft.testify(TestifiedReading {
                testimony: stored.id.clone(),
                place: format!("{:012}/{:06}/{line:06}", stored.block_number, stored.log_index),
                finalized: stored.finalized,
                reading: Reading::new(statement, heartbeat_s).into(),
            });
        }
        let counted = Testimony {
            status: TestimonyStatus::Counted,
            reason: None,
            roster_version: application.roster.version,
            records: records.len() as u64,
            refused: application.testified.refused.len() as u64,
            devices,
            flags: application.flags.to_vec(),
            ..stored
        };
        let sheets = self.sheets_of([counted.area_id.as_str()]).await?;
        let mut transaction = Transaction::begin(self).await?;
        transaction.replace("testimonies", [&counted]).await?;
        timeline::write(&mut transaction, &drafts, &kinds, &sheets).await?;
        transaction.commit().await?;
        Ok(Applied::Written)
    }

    /// Notes why a testimony's block could not be had.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_testimony_aside(&self, testimony: &Testimony, reason: &str) -> Result<(), StoreError> {
        let update = doc! { "$set": { "status": "unavailable", "reason": reason } };
        self.testimonies().update_one(waits(testimony), update).await?;
        Ok(())
    }

    async fn still_waits(&self, testimony: &Testimony) -> Result<Option<Testimony>, StoreError> {
        Ok(self.testimonies().find_one(waits(testimony)).await?)
    }
}

/// The testimony as long as the chain has it where it was, and its block has not been had.
fn waits(testimony: &Testimony) -> Document {
    doc! {
        "_id": &testimony.id,
        "transaction_hash": &testimony.transaction_hash,
        "block_number": i64::try_from(testimony.block_number).unwrap_or(i64::MAX),
        "status": { "$in": ["pending", "unavailable"] },
    }
}
