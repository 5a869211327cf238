//! What the devices of an area have stated, from verified batches and testimonies: their outages, and what a complaint
//! of a site or feeder is compared with.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use protocol::{
    batch::PublicRecord,
    complaint::Supply,
    roster::{Device, Roster},
    supply::{Reading, Timeline},
    to_hex,
};
use serde::Serialize;

use crate::{CheckedTestimony, Error, Verifier, anchor_of};

/// Batches fetched and verified at one time.
const MAX_CONCURRENT_BATCHES: usize = 4;

/// The outages of an area, as anyone can compute them from chain and IPFS.
#[derive(Clone, Debug, Serialize)]
pub struct OutagesReport {
    /// The area.
    pub area_id: String,
    /// Batches that were verified.
    pub batches: u64,
    /// Testimonies that were checked.
    pub testimonies: u64,
    /// Batches and testimonies that failed or could not be had: what they hold does not count.
    pub left_out: Vec<String>,
    /// By device, then in the order of their starts' sequences.
    pub outages: Vec<DeviceOutage>,
}

/// An interval without supply, as a device stated it.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceOutage {
    /// The device.
    pub device_id: String,
    /// Its site.
    pub site_id: String,
    /// Its feeder.
    pub feeder_id: String,
    /// Timestamp of the first OFF.
    pub start_unix_s: u64,
    /// Its sequence.
    pub start_sequence: u64,
    /// Timestamp of the ON after it; none while it lasts.
    pub end_unix_s: Option<u64>,
    /// Its sequence.
    pub end_sequence: Option<u64>,
    /// Records before the first OFF are missing, or its time is an upper bound: it may have begun earlier.
    pub start_uncertain: bool,
    /// Records within it or before its end are missing, or the time of that is an upper bound: supply may have returned in
    /// between or earlier.
    pub end_uncertain: bool,
}

impl OutagesReport {
    /// Whether everything that was published could be used.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.left_out.is_empty()
    }
}

impl Verifier {
    /// The outages of an area's transformers and streets, of one device where it is named. Houses publish no records.
    ///
    /// # Errors
    /// [`Error`] where the chain cannot be read. What is wrong with a batch is in the report.
    pub async fn outages(&self, area_id: &str, device_id: Option<&str>) -> Result<OutagesReport, Error> {
        let supplies = AreaSupplies::read(self, area_id).await?;
        let asked = supplies.devices.values().filter(|device| device_id.is_none_or(|id| device.device_id == id));
        let outages = asked.flat_map(|device| supplies.outages_of(device)).collect();
        Ok(OutagesReport {
            area_id: area_id.into(),
            batches: supplies.verified,
            testimonies: supplies.testimonies,
            left_out: supplies.left_out.clone(),
            outages,
        })
    }
}

/// What an area's transformers and streets have stated in its batches and testimonies as of some block.
#[derive(Debug, Default)]
pub(crate) struct AreaSupplies {
    timelines: BTreeMap<String, Timeline>,
    devices: BTreeMap<String, Device>,
    /// Batches and testimonies that failed or could not be had: what they hold does not count.
    pub(crate) left_out: Vec<String>,
    /// How many were verified.
    pub(crate) verified: u64,
    /// Testimonies of which the block was had.
    pub(crate) testimonies: u64,
}

impl AreaSupplies {
    /// From all batches and testimonies of an area.
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
            all.take(&checked.roster.roster, checked.batch.records().iter());
        }
        // Where a batch accounts for a sequence, its statement counts: so testimonies come after all batches.
        for (named, checked) in verifier.testimonies(area_id).await? {
            match checked {
                Ok(CheckedTestimony { testified, roster }) => {
                    all.testimonies += 1;
                    all.take(&roster.roster, testified.records.iter().map(|(_, public)| public));
                }
                Err(error) => all.left_out.push(format!("testimony {}: {error}", to_hex(&named.digest))),
            }
        }
        Ok(all)
    }

    fn take<'a>(&mut self, roster: &Roster, records: impl Iterator<Item = &'a PublicRecord>) {
        for public in records {
            let statement = &public.record.statement;
            let timeline = self.timelines.entry(statement.device_id.clone()).or_default();
            let heartbeat_s = roster.device(&statement.device_id).map_or(0, |device| device.heartbeat_s);
            timeline.insert(Reading::new(statement, heartbeat_s), roster.utc_offset_s);
        }
        for device in roster.devices().iter().filter(|device| device.cell.is_none()) {
            self.devices.insert(device.device_id.clone(), device.clone());
        }
    }

    fn outages_of<'a>(&'a self, device: &'a Device) -> impl Iterator<Item = DeviceOutage> + 'a {
        let outages = self.timelines.get(&device.device_id).map(Timeline::outages).unwrap_or_default();
        outages.into_iter().map(|outage| DeviceOutage {
            device_id: device.device_id.clone(),
            site_id: device.site_id.clone(),
            feeder_id: device.feeder_id.clone(),
            start_unix_s: outage.start_unix_s,
            start_sequence: outage.start_sequence,
            end_unix_s: outage.end.map(|(unix_s, _)| unix_s),
            end_sequence: outage.end.map(|(_, sequence)| sequence),
            start_uncertain: outage.start_uncertain,
            end_uncertain: outage.end_uncertain,
        })
    }

    /// Whether a complaint of this site and feeder is of a substation: by its site or, where that is not, by its feeder. The
    /// newest roster that was read says so.
    pub(crate) fn is_of_station(&self, station: &str, site: &str, feeder: &str) -> bool {
        let of_station = || self.devices.values().filter(|device| device.station_id == station);
        let has_site = !site.is_empty() && of_station().any(|device| device.site_id == site);
        has_site || (!feeder.is_empty() && of_station().any(|device| device.feeder_id == feeder))
    }

    /// Whether a roster has this substation.
    pub(crate) fn has_station(&self, station: &str) -> bool {
        self.devices.values().any(|device| device.station_id == station)
    }

    /// The feeder of a site; none where no roster has it.
    pub(crate) fn feeder_of(&self, site: &str) -> Option<&str> {
        self.devices.values().find(|device| device.site_id == site).map(|device| device.feeder_id.as_str())
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
