//! Devices' timelines as they are stored: what is final, what may be rolled back, and both together.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
};

use bson::{Document, doc};
use protocol::{
    record::{Phases, PowerStatus},
    supply::{self, Reading, Timeline},
};

use super::{
    Views,
    documents::{DeviceTimeline, Outage, Parts, RecentReading, Segment, Sheet, StoredReading, TestifiedReading},
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
            first_is_bound: s.first_is_bound,
            phases: text(s.phases),
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
            first_is_bound: s.first_is_bound,
            phases: phases(s.phases.as_deref()),
        };
        Self::from_parts(parts.segments.iter().map(segment).collect(), parts.days.clone())
    }
}

impl From<&StoredReading> for Reading {
    fn from(stored: &StoredReading) -> Self {
        Self {
            sequence: stored.sequence,
            predecessor: stored.predecessor,
            power_status: status(stored.on),
            timestamp_unix_s: stored.timestamp_unix_s,
            heartbeat_s: stored.heartbeat_s,
            is_bound: stored.is_bound,
            phases: phases(stored.phases.as_deref()),
        }
    }
}

impl From<Reading> for StoredReading {
    fn from(reading: Reading) -> Self {
        Self {
            sequence: reading.sequence,
            predecessor: reading.predecessor,
            on: reading.power_status == PowerStatus::On,
            timestamp_unix_s: reading.timestamp_unix_s,
            heartbeat_s: reading.heartbeat_s,
            is_bound: reading.is_bound,
            phases: text(reading.phases),
        }
    }
}

fn text(phases: Option<Phases>) -> Option<String> {
    phases.map(|phases| phases.as_str().to_owned())
}

fn phases(text: Option<&str>) -> Option<Phases> {
    text.and_then(Phases::from_text)
}

fn status(on: bool) -> PowerStatus {
    if on { PowerStatus::On } else { PowerStatus::Off }
}

/// One device's timeline while it is worked on.
pub(super) struct Draft {
    device_id: String,
    area_id: String,
    feeder_id: String,
    utc_offset_s: i32,
    settled: Timeline,
    recent: Vec<RecentReading>,
    /// Settled and recent together.
    batched: Timeline,
    testified: Vec<TestifiedReading>,
    before: Vec<supply::Outage>,
}

impl Draft {
    pub(super) fn new(device_id: &str, area_id: &str, feeder_id: &str, utc_offset_s: i32) -> Self {
        Self {
            device_id: device_id.to_owned(),
            area_id: area_id.to_owned(),
            feeder_id: feeder_id.to_owned(),
            utc_offset_s,
            settled: Timeline::default(),
            recent: Vec::new(),
            batched: Timeline::default(),
            testified: Vec::new(),
            before: Vec::new(),
        }
    }

    pub(super) fn of(stored: DeviceTimeline, utc_offset_s: i32) -> Self {
        let current = Timeline::from(&stored.current);
        let mut draft = Self {
            settled: (&stored.settled).into(),
            before: current.outages(),
            batched: current,
            recent: stored.recent,
            testified: stored.testified,
            device_id: stored.device_id,
            area_id: stored.area_id,
            feeder_id: stored.feeder_id,
            utc_offset_s,
        };
        if !draft.testified.is_empty() {
            draft.make_batched();
        }
        draft
    }

    fn make_batched(&mut self) {
        self.batched = self.settled.clone();
        for recent in &self.recent {
            self.batched.insert((&recent.reading).into(), self.utc_offset_s);
        }
    }

    pub(super) fn is_of(&self, area_id: &str) -> bool {
        self.area_id == area_id
    }

    /// Takes a reading of a batch in; false where a batch accounts for its sequence already, which changes nothing.
    pub(super) fn insert(&mut self, reading: Reading, batch: (u64, bool)) -> bool {
        let (batch_number, finalized) = batch;
        if !self.batched.insert(reading, self.utc_offset_s) {
            return false;
        }
        if finalized {
            self.settled.insert(reading, self.utc_offset_s);
        } else {
            self.recent.push(RecentReading { batch_number, reading: reading.into() });
        }
        true
    }

    /// Takes a reading of a testimony in.
    pub(super) fn testify(&mut self, testified: TestifiedReading) {
        self.testified.retain(|known| known.place != testified.place);
        self.testified.push(testified);
    }

    /// Forgets all readings of batches, to take them in anew.
    pub(super) fn clear(&mut self) {
        self.settled = Timeline::default();
        self.batched = Timeline::default();
        self.recent.clear();
    }

    /// Moves the readings of batches that became final from recent to settled.
    pub(super) fn settle(&mut self, numbers: &HashSet<u64>) {
        let settled = self.recent.extract_if(.., |recent| numbers.contains(&recent.batch_number));
        for recent in settled {
            self.settled.insert((&recent.reading).into(), self.utc_offset_s);
        }
    }

    /// Notes that testimonies became final.
    pub(super) fn settle_testimonies(&mut self, testimonies: &HashSet<&str>) {
        let final_ones = self.testified.iter_mut().filter(|known| testimonies.contains(known.testimony.as_str()));
        final_ones.for_each(|known| known.finalized = true);
    }

    /// Drops the readings of batches and testimonies that the chain no longer has.
    pub(super) fn roll_back(&mut self, numbers: &HashSet<u64>, testimonies: &HashSet<&str>) {
        self.recent.retain(|recent| !numbers.contains(&recent.batch_number));
        self.testified.retain(|known| !testimonies.contains(known.testimony.as_str()));
        self.make_batched();
    }

    /// Everything together: what batches hold goes before what testimonies do, and those in the order of the chain. So
    /// the result does not depend on what could be had first.
    fn current(&self) -> Cow<'_, Timeline> {
        let mut current = Cow::Borrowed(&self.batched);
        for testified in self.testified() {
            current.to_mut().insert((&testified.reading).into(), self.utc_offset_s);
        }
        current
    }

    /// The readings of testimonies that count or may come to count: not those for which a final batch accounts, nor
    /// those behind a final testimony of the same sequence.
    fn testified(&self) -> Vec<TestifiedReading> {
        let mut testified = self.testified.clone();
        testified.sort_by(|a, b| a.place.cmp(&b.place));
        let mut certain = HashSet::new();
        testified.retain(|known| {
            let sequence = known.reading.sequence;
            let may_count = !self.settled.accounts_for(sequence) && !certain.contains(&sequence);
            if known.finalized {
                certain.insert(sequence);
            }
            may_count
        });
        testified
    }

    /// What a sheet says of the device.
    pub(super) fn stated(&self) -> Stated {
        Stated::new(&self.current(), &self.recent, &self.testified())
    }

    fn to_document(&self, current: &Timeline) -> DeviceTimeline {
        let mut recent = self.recent.clone();
        // The same content whatever the order in which batches could be had.
        recent.sort_by_key(|recent| (recent.batch_number, recent.reading.sequence));
        DeviceTimeline {
            device_id: self.device_id.clone(),
            area_id: self.area_id.clone(),
            feeder_id: self.feeder_id.clone(),
            settled: (&self.settled).into(),
            recent,
            testified: self.testified(),
            current: current.into(),
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
    /// `utc_offset_s` gives an area's offset from UTC.
    pub(super) async fn drafts(
        &self,
        device_ids: &[String],
        utc_offset_s: impl Fn(&str) -> i32,
    ) -> Result<(BTreeMap<String, Draft>, Kinds), StoreError> {
        let mut stored = self.timelines_of(device_ids).await?;
        let mut drafts = BTreeMap::new();
        let mut kinds = Kinds::new();
        for site in self.sites_of_devices(device_ids).await? {
            let utc_offset_s = utc_offset_s(&site.area_id);
            let draft = match stored.remove(&site.device_id) {
                Some(timeline) => Draft::of(timeline, utc_offset_s),
                None => Draft::new(&site.device_id, &site.area_id, &site.feeder_id, utc_offset_s),
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
        let current = draft.current();
        if current.segments().is_empty() {
            silent.push(doc! { "_id": device_id });
        } else {
            timelines.push(draft.to_document(&current));
        }
        let after = current.outages();
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
