//! What the devices of a site or feeder have stated, from verified batches.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use protocol::{
    complaint::Supply,
    roster::Device,
    supply::{Reading, Timeline},
};

use crate::{Error, Verifier, anchor_of};

/// Batches fetched and verified at one time.
const MAX_CONCURRENT_BATCHES: usize = 4;

/// What an area's transformers and streets have stated in its batches as of some block.
#[derive(Debug, Default)]
pub(crate) struct AreaSupplies {
    timelines: BTreeMap<String, Timeline>,
    devices: BTreeMap<String, Device>,
    /// Batches that failed or could not be had: what they hold does not count.
    pub(crate) left_out: Vec<String>,
    /// How many were verified.
    pub(crate) verified: u64,
}

impl AreaSupplies {
    /// From all batches of an area.
    ///
    /// # Errors
    /// [`Error`] where the chain cannot be read.
    pub(crate) async fn read(verifier: &Verifier, area_id: &str) -> Result<Self, Error> {
        let mut all = Self::default();
        let numbers = verifier.batch_numbers(area_id).await?;
        let mut previous = [0; 32];
        let mut checks = Vec::new();
        for batch in verifier.anchored(area_id, numbers).await? {
            if batch.is_empty() {
                continue;
            }
            let anchor = anchor_of(&batch, previous);
            previous = batch.digest;
            checks.push(async move { (anchor.batch_number, verifier.verify_anchor(&anchor).await) });
        }
        let mut checks = stream::iter(checks).buffered(MAX_CONCURRENT_BATCHES);
        while let Some((number, outcome)) = checks.next().await {
            let checked = match outcome {
                Ok(checked) => checked,
                Err(error) => {
                    all.left_out.push(format!("batch {number}: {error}"));
                    continue;
                }
            };
            all.verified += 1;
            let roster = &checked.roster.roster;
            for public in checked.batch.records() {
                let statement = &public.record.statement;
                let timeline = all.timelines.entry(statement.device_id.clone()).or_default();
                let heartbeat_s = roster.device(&statement.device_id).map_or(0, |device| device.heartbeat_s);
                timeline.insert(Reading::new(statement, heartbeat_s), roster.utc_offset_s);
            }
            for device in roster.devices().iter().filter(|device| device.cell.is_none()) {
                all.devices.insert(device.device_id.clone(), device.clone());
            }
        }
        Ok(all)
    }

    /// Those of a site, or of a feeder where no site is named; none where neither is.
    pub(crate) fn of(&self, site: &str, feeder: &str) -> Vec<Supply> {
        let is_of = |device: &&Device| match (site, feeder) {
            ("", "") => false,
            ("", feeder) => device.feeder_id == feeder,
            (site, _) => device.site_id == site,
        };
        let supply = |device: &Device| Supply {
            device_id: device.device_id.clone(),
            heartbeat_s: device.heartbeat_s,
            segments: self
                .timelines
                .get(&device.device_id)
                .map(|timeline| timeline.segments().to_vec())
                .unwrap_or_default(),
        };
        self.devices.values().filter(is_of).map(supply).collect()
    }
}
