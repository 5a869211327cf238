//! Devices' timelines as they are stored: what is final, what may be rolled back, and both together.

use std::collections::{BTreeMap, HashMap, HashSet};

use bson::{Document, doc};
use protocol::{
    record::PowerStatus,
    supply::{self, Reading, Timeline},
};

use super::{
    Views,
    documents::{DeviceTimeline, Outage, Parts, RecentReading, Segment, Sheet},
    sheets::{self, Stated},
    transaction::Transaction,
};
use crate::StoreError;

impl From<&Timeline> for Parts {
    fn from(timeline: &Timeline) -> Self {
        let segment = |s: &supply::Segment| Segment {
            on: s.power_status == PowerStatus::On,
            first_sequence: s.first_sequence,
            predecessor: s.predecessor,
            first_unix_s: s.first_unix_s,
            last_sequence: s.last_sequence,
            last_unix_s: s.last_unix_s,
            heartbeat_s: s.heartbeat_s,
        };
        Self { segments: timeline.segments().iter().map(segment).collect(), days: timeline.days().to_vec() }
    }
}

impl From<&Parts> for Timeline {
    fn from(parts: &Parts) -> Self {
        let segment = |s: &Segment| supply::Segment {
            power_status: status(s.on),
            first_sequence: s.first_sequence,
            predecessor: s.predecessor,
            first_unix_s: s.first_unix_s,
            last_sequence: s.last_sequence,
            last_unix_s: s.last_unix_s,
            heartbeat_s: s.heartbeat_s,
        };
        Self::from_parts(parts.segments.iter().map(segment).collect(), parts.days.clone())
    }
}

impl From<&RecentReading> for Reading {
    fn from(recent: &RecentReading) -> Self {
        Self {
            sequence: recent.sequence,
            predecessor: recent.predecessor,
            power_status: status(recent.on),
            timestamp_unix_s: recent.timestamp_unix_s,
            heartbeat_s: recent.heartbeat_s,
        }
    }
}

fn status(on: bool) -> PowerStatus {
    if on { PowerStatus::On } else { PowerStatus::Off }
}

/// One device's timeline while it is worked on.
pub(super) struct Draft {
    device_id: String,
    area_id: String,
    feeder_id: String,
    settled: Timeline,
    recent: Vec<RecentReading>,
    current: Timeline,
    before: Vec<supply::Outage>,
}

impl Draft {
    pub(super) fn new(device_id: &str, area_id: &str, feeder_id: &str) -> Self {
        Self {
            device_id: device_id.to_owned(),
            area_id: area_id.to_owned(),
            feeder_id: feeder_id.to_owned(),
            settled: Timeline::default(),
            recent: Vec::new(),
            current: Timeline::default(),
            before: Vec::new(),
        }
    }

    pub(super) fn of(stored: DeviceTimeline) -> Self {
        let current = Timeline::from(&stored.current);
        Self {
            settled: (&stored.settled).into(),
            before: current.outages(),
            current,
            recent: stored.recent,
            device_id: stored.device_id,
            area_id: stored.area_id,
            feeder_id: stored.feeder_id,
        }
    }

    pub(super) fn is_of(&self, area_id: &str) -> bool {
        self.area_id == area_id
    }

    /// Takes a reading of a batch in; false where its sequence is accounted for already, which changes nothing.
    pub(super) fn insert(&mut self, reading: Reading, batch: (u64, bool), utc_offset_s: i32) -> bool {
        let (batch_number, finalized) = batch;
        if !self.current.insert(reading, utc_offset_s) {
            return false;
        }
        if finalized {
            self.settled.insert(reading, utc_offset_s);
        } else {
            self.recent.push(RecentReading {
                batch_number,
                sequence: reading.sequence,
                predecessor: reading.predecessor,
                on: reading.power_status == PowerStatus::On,
                timestamp_unix_s: reading.timestamp_unix_s,
                heartbeat_s: reading.heartbeat_s,
            });
        }
        true
    }

    /// Forgets all readings, to take them in anew.
    pub(super) fn clear(&mut self) {
        self.settled = Timeline::default();
        self.current = Timeline::default();
        self.recent.clear();
    }

    /// Moves the readings of batches that became final from recent to settled.
    pub(super) fn settle(&mut self, numbers: &HashSet<u64>, utc_offset_s: i32) {
        let settled = self.recent.extract_if(.., |reading| numbers.contains(&reading.batch_number));
        for reading in settled {
            self.settled.insert((&reading).into(), utc_offset_s);
        }
    }

    /// Drops the readings of batches that the chain no longer has.
    pub(super) fn roll_back(&mut self, numbers: &HashSet<u64>, utc_offset_s: i32) {
        self.recent.retain(|reading| !numbers.contains(&reading.batch_number));
        self.current = self.settled.clone();
        for reading in &self.recent {
            self.current.insert(reading.into(), utc_offset_s);
        }
    }

    /// What a sheet says of the device.
    pub(super) fn stated(&self) -> Stated {
        Stated::new(&self.current, &self.recent)
    }

    fn to_document(&self) -> DeviceTimeline {
        let mut recent = self.recent.clone();
        // The same content whatever the order in which batches could be had.
        recent.sort_by_key(|reading| (reading.batch_number, reading.sequence));
        DeviceTimeline {
            device_id: self.device_id.clone(),
            area_id: self.area_id.clone(),
            feeder_id: self.feeder_id.clone(),
            settled: (&self.settled).into(),
            recent,
            current: (&self.current).into(),
        }
    }

    fn outage(&self, outage: &supply::Outage, kind: &str) -> Outage {
        Outage {
            id: outage_id(&self.device_id, outage),
            device_id: self.device_id.clone(),
            area_id: self.area_id.clone(),
            feeder_id: self.feeder_id.clone(),
            kind: kind.to_owned(),
            start_unix_s: outage.start_unix_s,
            start_sequence: outage.start_sequence,
            end_unix_s: outage.end.map(|(unix_s, _)| unix_s),
            end_sequence: outage.end.map(|(_, sequence)| sequence),
            start_uncertain: outage.start_uncertain,
            end_uncertain: outage.end_uncertain,
        }
    }
}

fn outage_id(device_id: &str, outage: &supply::Outage) -> String {
    format!("{device_id}/{}", outage.start_sequence)
}

impl Views {
    /// The stored timelines of these devices, and empty ones for those that have none, with the kinds of their sites.
    pub(super) async fn drafts(&self, device_ids: &[String]) -> Result<(BTreeMap<String, Draft>, Kinds), StoreError> {
        let mut stored = self.timelines_of(device_ids).await?;
        let mut drafts = BTreeMap::new();
        let mut kinds = Kinds::new();
        for site in self.sites_of_devices(device_ids).await? {
            let draft = match stored.remove(&site.device_id) {
                Some(timeline) => Draft::of(timeline),
                None => Draft::new(&site.device_id, &site.area_id, &site.feeder_id),
            };
            kinds.insert(site.device_id.clone(), site.kind);
            drafts.insert(site.device_id, draft);
        }
        Ok((drafts, kinds))
    }
}

/// The kind of each device's site.
pub(super) type Kinds = HashMap<String, String>;

/// Writes timelines and what follows from them, outages and the sheets of the areas; a device that has stated nothing
/// any more has neither timeline nor outages.
pub(super) async fn write(
    transaction: &mut Transaction,
    drafts: &BTreeMap<String, Draft>,
    kinds: &Kinds,
    sheets: &[Sheet],
) -> Result<(), StoreError> {
    let mut timelines = Vec::new();
    let (mut outages, mut gone) = (Vec::new(), Vec::new());
    let mut silent: Vec<Document> = Vec::new();
    for (device_id, draft) in drafts {
        let document = draft.to_document();
        if document.current.segments.is_empty() {
            silent.push(doc! { "_id": device_id });
        } else {
            timelines.push(document);
        }
        let after = draft.current.outages();
        let kind = kinds.get(device_id).map_or("", String::as_str);
        outages.extend(after.iter().filter(|o| !draft.before.contains(o)).map(|o| draft.outage(o, kind)));
        let starts: HashSet<u64> = after.iter().map(|outage| outage.start_sequence).collect();
        let vanished = draft.before.iter().filter(|outage| !starts.contains(&outage.start_sequence));
        gone.extend(vanished.map(|outage| doc! { "_id": outage_id(device_id, outage) }));
    }
    transaction.replace("timelines", &timelines).await?;
    transaction.delete("timelines", silent).await?;
    transaction.replace("outages", &outages).await?;
    transaction.delete("outages", gone).await?;
    sheets::write(transaction, sheets, drafts).await
}
