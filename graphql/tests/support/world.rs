//! Two areas as the indexer and the relayer leave them in the store.

#![allow(dead_code, reason = "each test file uses its part")]

use store::{
    intake::documents::{Live, Refusal},
    views::documents::*,
};

use super::servers::Mongo;

/// Houses of the area `ambala`; nothing about one of them may be in any answer.
pub const HOUSES: [&str; 7] = ["house-1", "house-2", "house-3", "house-4", "house-5", "house-6", "house-7"];

pub fn now() -> u64 {
    graphql::now::unix_s()
}

pub fn area(area_id: &str, cells: Vec<Cell>) -> Area {
    Area {
        area_id: area_id.into(),
        name: format!("Area {area_id}"),
        lane: 0,
        since: 0,
        utc_offset_s: 19_800,
        provenance: "replay".into(),
        roster_version: 1,
        roster_digest: "ab".repeat(32),
        roster_effective_from_unix_s: now() - 900_000,
        customers: 500,
        devices: 12,
        cells,
    }
}

pub fn site(device_id: &str, area_id: &str, feeder_id: &str, parent: Option<&str>, lon: f64, lat: f64) -> Site {
    Site {
        device_id: device_id.into(),
        site_id: format!("site-{device_id}"),
        area_id: area_id.into(),
        kind: if parent.is_some() { "street" } else { "transformer" }.into(),
        feeder_id: feeder_id.into(),
        feeder_name: format!("11KV {feeder_id}"),
        station_id: "station-1".into(),
        locality: "Naraingarh".into(),
        parent: parent.map(Into::into),
        customers: 35,
        heartbeat_s: 900,
        first_sequence: 0,
        last_sequence: protocol::MAX_INTEGER,
        provenance: "replay".into(),
        public_key: "04".into(),
        removed: None,
        enrolled_unix_s: now() - 900_000,
        location: Point { kind: "Point".into(), coordinates: [lon, lat] },
    }
}

pub fn segment(on: bool, first: (u64, u64), last: (u64, u64)) -> Segment {
    Segment {
        on,
        first_sequence: first.0,
        predecessor: first.0.checked_sub(1),
        first_unix_s: first.1,
        last_sequence: last.0,
        last_unix_s: last.1,
        heartbeat_s: 900,
        first_is_bound: false,
        phases: None,
    }
}

pub fn timeline(site: &Site, segments: Vec<Segment>, recent: Vec<RecentReading>) -> DeviceTimeline {
    let day = protocol::supply::local_day(now(), 19_800);
    let parts = Parts { segments, days: vec![(day - 1, 90), (day, 5)] };
    DeviceTimeline {
        device_id: site.device_id.clone(),
        area_id: site.area_id.clone(),
        feeder_id: site.feeder_id.clone(),
        settled: parts.clone(),
        recent,
        testified: Vec::new(),
        current: parts,
    }
}

pub fn live(device_id: &str, area_id: &str, status: &str, sequence: u64, at: u64) -> Live {
    Live {
        device_id: device_id.into(),
        area_id: area_id.into(),
        power_status: status.into(),
        sequence,
        timestamp_unix_s: at,
        since_unix_s: at,
        arrived_unix_s: at + 1,
        lane: 0,
        number: 9,
    }
}

pub fn outage(site: &Site, start: (u64, u64), end: Option<(u64, u64)>) -> Outage {
    Outage {
        id: format!("{}/{}", site.device_id, start.0),
        device_id: site.device_id.clone(),
        area_id: site.area_id.clone(),
        feeder_id: site.feeder_id.clone(),
        kind: site.kind.clone(),
        start_unix_s: start.1,
        start_sequence: start.0,
        end_unix_s: end.map(|end| end.1),
        end_sequence: end.map(|end| end.0),
        start_uncertain: false,
        end_uncertain: false,
    }
}

pub fn batch(area_id: &str, number: u64, status: BatchStatus) -> Batch {
    let end = now() - 7_200 + number * 900;
    let is_verified = status == BatchStatus::Verified;
    Batch {
        id: format!("{area_id}/{number}"),
        area_id: area_id.into(),
        number,
        lane: 0,
        status,
        reason: (status == BatchStatus::Failed).then(|| "leaf 3: out of order".into()),
        root: "01".repeat(32),
        digest: "02".repeat(32),
        previous_digest: "00".repeat(32),
        count: 20,
        public_count: if is_verified { 14 } else { 0 },
        sealed_count: if is_verified { 6 } else { 0 },
        period_start_unix_s: end - 900,
        period_end_unix_s: end,
        anchored_at_unix_s: end + 4,
        block_number: 100 + number,
        block_hash: format!("0x{}", "03".repeat(32)),
        transaction_hash: format!("0x{}", "04".repeat(32)),
        finalized: number < 4,
        roster_version: 1,
        blocks: vec!["05".repeat(32)],
        bytes: 4_000,
        cells: vec![
            CellCount {
                cell: "cell-1".into(),
                expected: 7,
                reporting: Some(7),
                off: None,
                off_text: Some("few-off".into()),
            },
            CellCount { cell: "cell-2".into(), expected: 9, reporting: Some(9), off: Some(9), off_text: None },
        ],
        spans: vec![Span { device_id: "dt-1".into(), first: 0, last: 9 }],
        flags: vec![Flagged {
            device_id: "dt-1".into(),
            sequence: 5,
            leaf: "06".repeat(32),
            flag: "clock-ahead".into(),
        }],
        off_records: 3,
    }
}

/// Fills the store. In `ambala`: dt-1 ON and final with a new OFF that is live only, dt-2 OFF and anchored, dt-3 silent
/// since long, dt-4 never heard, street-1 ON below dt-1. In `hisar`: dt-9 ON.
pub async fn fill(mongo: &Mongo) {
    let at = now();
    let (views, intake) = (mongo.views(), mongo.intake());
    let cells = vec![Cell { cell: "cell-1".into(), houses: 7, heartbeat_s: 900 }];
    mongo.insert(&views, "areas", &[area("ambala", cells), area("hisar", Vec::new())]).await;

    let sites = [
        site("dt-1", "ambala", "feeder-1", None, 76.70, 30.30),
        site("dt-2", "ambala", "feeder-1", None, 76.80, 30.35),
        site("dt-3", "ambala", "feeder-2", None, 76.90, 30.40),
        site("dt-4", "ambala", "feeder-2", None, 76.95, 30.45),
        site("street-1", "ambala", "feeder-1", Some("site-dt-1"), 76.71, 30.31),
        site("dt-9", "hisar", "feeder-9", None, 75.70, 29.15),
    ];
    mongo.insert(&views, "sites", &sites).await;

    let [dt1, dt2, dt3, _, street1, dt9] = &sites;
    let reading = StoredReading {
        sequence: 6,
        predecessor: Some(5),
        on: false,
        timestamp_unix_s: at - 600,
        heartbeat_s: 900,
        is_bound: false,
        phases: None,
    };
    let recent = RecentReading { batch_number: 5, reading };
    let timelines = [
        timeline(
            dt1,
            vec![
                segment(true, (0, at - 90_000), (3, at - 80_000)),
                Segment {
                    first_is_bound: true,
                    phases: Some("101".into()),
                    ..segment(false, (4, at - 79_000), (4, at - 79_000))
                },
                segment(true, (5, at - 70_000), (9, at - 900)),
            ],
            Vec::new(),
        ),
        timeline(
            dt2,
            vec![segment(true, (0, at - 90_000), (5, at - 900)), segment(false, (6, at - 600), (6, at - 600))],
            vec![recent],
        ),
        timeline(dt3, vec![segment(true, (0, at - 90_000), (3, at - 50_000))], Vec::new()),
        timeline(street1, vec![segment(true, (0, at - 5_000), (3, at - 300))], Vec::new()),
        timeline(dt9, vec![segment(true, (0, at - 5_000), (3, at - 300))], Vec::new()),
    ];
    mongo.insert(&views, "timelines", &timelines).await;
    let outages = [outage(dt1, (4, at - 79_000), Some((5, at - 70_000))), outage(dt2, (6, at - 600), None)];
    mongo.insert(&views, "outages", &outages).await;
    let batches: Vec<Batch> = (0..6)
        .map(|n| batch("ambala", n, if n == 3 { BatchStatus::Failed } else { BatchStatus::Verified }))
        .chain([batch("hisar", 0, BatchStatus::Pending)])
        .collect();
    mongo.insert(&views, "batches", &batches).await;
    ensure_sheets(mongo).await;
    let cursor = ChainCursor {
        id: "chain".into(),
        contract: "eip155:31337:0x0a".into(),
        block_number: 119,
        block_hash: "0x07".into(),
        block_time_unix_s: at - 3,
        finalized_number: 110,
        head_number: 120,
        seen_unix_s: at,
        window: Vec::new(),
    };
    mongo.insert(&views, "cursors", &[cursor]).await;

    let mut readings = vec![live("dt-1", "ambala", "OFF", 10, at - 60), live("dt-2", "ambala", "OFF", 6, at - 600)];
    readings.extend(HOUSES.map(|house| live(house, "ambala", "OFF", 3, at - 30)));
    mongo.insert(&intake, "live", &readings).await;
    let refusal = Refusal {
        id: "ambala/bad-signature/1".into(),
        area_id: Some("ambala".into()),
        reason: "bad-signature".into(),
        hour_unix_s: at - at % 3_600,
        count: 4,
    };
    mongo.insert(&intake, "refusals", &[refusal]).await;
}

/// Lays the sheets of what is in the store, as the indexer does.
pub async fn ensure_sheets(mongo: &Mongo) {
    let views = store::views::Views::connect(&super::servers::config(mongo).views).await.unwrap();
    views.ensure_sheets().await.unwrap();
}
