//! The sites that are made up: the size of a state, a fifth of them in four dense cities. The same number of sites
//! gives the same places; the same time gives the same readings.

use std::f64::consts::TAU;

use protocol::{
    MAX_INTEGER,
    record::PowerStatus,
    supply::{Reading, Timeline, local_day},
};
use store::{
    intake::documents::Live,
    views::{
        bulk::Bulk,
        documents::{Area, Batch, BatchStatus, DeviceTimeline, Parts, Point, RecentReading, Site, Span, StoredReading},
    },
};

/// Sites of an area.
pub const SITES_AN_AREA: usize = 1_000;
/// Sites of a feeder.
const SITES_A_FEEDER: usize = 100;
/// Sites of a place with a name.
const SITES_A_LOCALITY: usize = 20;
/// Lower latitude and longitude, height and width of the state in degrees.
const STATE: (f64, f64, f64, f64) = (28.0, 75.0, 2.0, 2.2);
/// Latitudes and longitudes of the cities.
const CITIES: [(f64, f64); 4] = [(28.45, 77.02), (28.40, 77.10), (29.0, 76.0), (29.6, 76.5)];
/// One area in so many lies in a city.
const CITY_EVERY: usize = 5;
/// Radius of a city in degrees.
const CITY_DEG: f64 = 0.06;
/// Radius of an area in degrees.
const AREA_DEG: f64 = 0.035;
/// Seconds between heartbeats.
const HEARTBEAT_S: u64 = 900;
/// How far back readings go.
const HISTORY_S: u64 = 5 * 86_400;
/// Batches of each area.
const BATCHES: u64 = 2;
/// Seconds of a batch period.
const PERIOD_S: u64 = 900;
/// India's offset from UTC.
const UTC_OFFSET_S: i32 = 19_800;

/// All sites.
#[derive(Clone, Copy, Debug)]
pub struct World {
    sites: usize,
}

impl World {
    /// A world of so many sites.
    pub fn new(sites: usize) -> Self {
        Self { sites }
    }

    /// How many areas.
    pub fn areas(&self) -> usize {
        self.sites.div_ceil(SITES_AN_AREA)
    }

    /// The whole state: west, south, east, north.
    pub fn bounds(&self) -> [f64; 4] {
        let (south, west, height, width) = STATE;
        [west - 0.1, south - 0.1, west + width + 0.1, south + height + 0.1]
    }

    /// Latitude and longitude of where the sites are densest.
    pub fn densest(&self) -> (f64, f64) {
        CITIES[0]
    }

    /// Latitude and longitude of an area's middle.
    pub fn middle(&self, area: usize) -> (f64, f64) {
        let (south, west, height, width) = STATE;
        if area.is_multiple_of(CITY_EVERY) {
            let (latitude, longitude) = CITIES[area / CITY_EVERY % CITIES.len()];
            let (angle, far) = (unit(area as u64, 1) * TAU, unit(area as u64, 2).sqrt() * CITY_DEG);
            return (latitude + far * angle.sin(), longitude + far * angle.cos());
        }
        (south + height * unit(area as u64, 3), west + width * unit(area as u64, 4))
    }

    fn position(&self, area: usize, site: usize) -> (f64, f64) {
        let (latitude, longitude) = self.middle(area);
        let feeder = (site / SITES_A_FEEDER) as u64;
        let spread = |seed: u64, way: u64, deg: f64| (unit(seed, way) - 0.5) * 2.0 * deg;
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        (
            round(latitude + spread(feeder, 5, AREA_DEG) + spread(site as u64, 6, AREA_DEG / 4.0)),
            round(longitude + spread(feeder, 7, AREA_DEG) + spread(site as u64, 8, AREA_DEG / 4.0)),
        )
    }

    fn area_id(area: usize) -> String {
        format!("made-up-{area:04}")
    }

    /// One area with all that the views hold of it, as of a time.
    pub fn area(&self, area: usize, now_unix_s: u64) -> Bulk {
        let first = area * SITES_AN_AREA;
        let numbers = first..(first + SITES_AN_AREA).min(self.sites);
        let sites: Vec<Site> = numbers.map(|site| self.site(area, site, now_unix_s)).collect();
        let timelines: Vec<DeviceTimeline> =
            sites.iter().enumerate().map(|(i, site)| timeline(site, first + i, now_unix_s)).collect();
        let customers = sites.iter().map(|site| site.customers).sum();
        let area_id = Self::area_id(area);
        Bulk {
            batches: (0..BATCHES).map(|number| batch(&area_id, number, &timelines, now_unix_s)).collect(),
            area: Area {
                name: format!("Made Up {area}"),
                area_id,
                lane: 0,
                since: 0,
                utc_offset_s: UTC_OFFSET_S,
                provenance: "generated".into(),
                roster_version: 1,
                roster_digest: "00".repeat(32),
                roster_effective_from_unix_s: now_unix_s - HISTORY_S,
                customers,
                devices: sites.len() as u64,
                cells: Vec::new(),
            },
            sites,
            timelines,
        }
    }

    fn site(&self, area: usize, number: usize, now_unix_s: u64) -> Site {
        let (latitude, longitude) = self.position(area, number);
        let feeder = number / SITES_A_FEEDER;
        // A transformer, and four streets below it.
        let transformer = number - number % 5;
        Site {
            device_id: device_id(number),
            site_id: site_id(number),
            area_id: Self::area_id(area),
            kind: if number == transformer { "transformer" } else { "street" }.into(),
            feeder_id: format!("f-{feeder:05}"),
            feeder_name: format!("11KV FEEDER {feeder}"),
            station_id: format!("st-{:04}", area),
            locality: format!("Locality {}", number / SITES_A_LOCALITY),
            parent: (number != transformer).then(|| site_id(transformer)),
            customers: 5 + hash(number as u64, 9) % 60,
            heartbeat_s: HEARTBEAT_S,
            first_sequence: 0,
            last_sequence: MAX_INTEGER,
            provenance: "generated".into(),
            public_key: format!("04{:0128x}", hash(number as u64, 10)),
            removed: None,
            enrolled_unix_s: now_unix_s - HISTORY_S,
            location: Point { kind: "Point".into(), coordinates: [longitude, latitude] },
        }
    }

    /// The live readings of an area: the heartbeat or edge after the last one that is anchored. Silent devices have
    /// none.
    pub fn live(&self, bulk: &Bulk, now_unix_s: u64) -> Vec<Live> {
        let reading = |timeline: &DeviceTimeline| {
            let last = timeline.current.segments.last()?;
            let at = last.last_unix_s + HEARTBEAT_S;
            (last.on && at < now_unix_s && at + HEARTBEAT_S > now_unix_s).then(|| Live {
                device_id: timeline.device_id.clone(),
                area_id: timeline.area_id.clone(),
                power_status: "ON".into(),
                sequence: last.last_sequence + 1,
                timestamp_unix_s: at,
                since_unix_s: last.first_unix_s,
                arrived_unix_s: at + 2,
                lane: 0,
                number: BATCHES,
            })
        };
        bulk.timelines.iter().filter_map(reading).collect()
    }
}

fn device_id(number: usize) -> String {
    format!("mu-{number:07}")
}

fn site_id(number: usize) -> String {
    format!("mu-site-{number:07}")
}

/// When a feeder was OFF, from and to: about once a day.
fn outages(feeder: u64, now_unix_s: u64) -> Vec<(u64, u64)> {
    let begin = now_unix_s - HISTORY_S;
    let days = 0..HISTORY_S / 86_400;
    let outage = |day: u64| {
        let seed = feeder * 31 + day;
        let from = begin + day * 86_400 + hash(seed, 11) % 70_000;
        (unit(seed, 12) < 0.9).then(|| (from, from + 1_200 + hash(seed, 13) % 12_000))
    };
    days.filter_map(outage).collect()
}

/// What a device stated: heartbeats, the outages of its feeder, and silence from some time on of one in twenty.
fn timeline(site: &Site, number: usize, now_unix_s: u64) -> DeviceTimeline {
    let mut timeline = Timeline::default();
    let mut sequence = 0;
    // Anchored up to the end of the last period.
    let anchored = now_unix_s - now_unix_s % PERIOD_S;
    let silence = hash(number as u64, 14) % HISTORY_S;
    let until = if unit(number as u64, 15) < 0.05 { now_unix_s - silence } else { anchored };
    let mut state = |timeline: &mut Timeline, on: bool, at: u64| {
        if at < until {
            let power_status = if on { PowerStatus::On } else { PowerStatus::Off };
            let predecessor = u64::checked_sub(sequence, 1);
            let reading = Reading {
                sequence,
                predecessor,
                power_status,
                timestamp_unix_s: at,
                heartbeat_s: HEARTBEAT_S,
                is_bound: false,
                phases: None,
            };
            timeline.insert(reading, UTC_OFFSET_S);
            sequence += 1;
        }
    };
    let mut at = now_unix_s - HISTORY_S + hash(number as u64, 16) % HEARTBEAT_S;
    let feeder = (number / SITES_A_FEEDER) as u64;
    for (from, to) in outages(feeder, now_unix_s).into_iter().chain([(u64::MAX, 0)]) {
        while at < from.min(until) {
            state(&mut timeline, true, at);
            at += HEARTBEAT_S;
        }
        if from < until {
            state(&mut timeline, false, from + hash(number as u64, 17) % 5);
            at = to + hash(number as u64, 18) % 20;
        }
    }
    let current = Parts::from(&timeline);
    let recent = timeline.last().filter(|last| last.timestamp_unix_s + PERIOD_S > anchored).map(|last| RecentReading {
        batch_number: BATCHES - 1,
        reading: StoredReading {
            sequence: last.sequence,
            predecessor: last.sequence.checked_sub(1),
            on: last.power_status == PowerStatus::On,
            timestamp_unix_s: last.timestamp_unix_s,
            heartbeat_s: HEARTBEAT_S,
            is_bound: false,
            phases: None,
        },
    });
    debug_assert!(current.days.iter().all(|(day, _)| *day <= local_day(now_unix_s, UTC_OFFSET_S)));
    DeviceTimeline {
        device_id: site.device_id.clone(),
        area_id: site.area_id.clone(),
        feeder_id: site.feeder_id.clone(),
        settled: current.clone(),
        recent: recent.into_iter().collect(),
        testified: Vec::new(),
        current,
    }
}

fn batch(area_id: &str, number: u64, timelines: &[DeviceTimeline], now_unix_s: u64) -> Batch {
    let end = now_unix_s - now_unix_s % PERIOD_S - (BATCHES - 1 - number) * PERIOD_S;
    let span = |timeline: &DeviceTimeline| {
        let last = timeline.current.segments.last()?.last_sequence.saturating_sub(BATCHES - 1 - number);
        Some(Span { device_id: timeline.device_id.clone(), first: last, last })
    };
    let spans: Vec<Span> = timelines.iter().filter_map(span).collect();
    Batch {
        id: format!("{area_id}/{number}"),
        area_id: area_id.to_owned(),
        number,
        lane: 0,
        status: BatchStatus::Verified,
        reason: None,
        root: "11".repeat(32),
        digest: "12".repeat(32),
        previous_digest: "13".repeat(32),
        count: spans.len() as u64,
        public_count: spans.len() as u64,
        sealed_count: 0,
        period_start_unix_s: end - PERIOD_S,
        period_end_unix_s: end,
        anchored_at_unix_s: end + 5,
        block_number: 100 + number,
        block_hash: format!("0x{}", "14".repeat(32)),
        transaction_hash: format!("0x{}", "15".repeat(32)),
        finalized: number + 1 < BATCHES,
        roster_version: 1,
        blocks: vec!["16".repeat(32)],
        bytes: 250_000,
        cells: Vec::new(),
        spans,
        flags: Vec::new(),
        off_records: 0,
    }
}

/// A number that a seed gives, another for each way (splitmix64).
pub fn hash(seed: u64, way: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(way.wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// As [`hash`], from 0 to 1.
pub fn unit(seed: u64, way: u64) -> f64 {
    (hash(seed, way) >> 11) as f64 / (1_u64 << 53) as f64
}
