//! How one site stands: its verified timeline and its live reading brought together.

use std::{collections::HashMap, sync::Arc};

use protocol::{
    record::PowerStatus,
    supply::{self, Coverage, DAY_S, LastReading, Standing, Stretch, SupplyState, Timeline},
};
use store::{
    intake::documents::Live,
    views::documents::{DeviceTimeline, Site},
};

/// How far a reading is from being beyond dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchorage {
    /// Signed and checked by the relayer, in no verified batch yet.
    No,
    /// In a verified batch, in a block that may still be replaced. The batch's number.
    Anchored(u64),
    /// In a verified batch in a finalized block. The batch's number where it is at hand.
    Final(Option<u64>),
}

/// How a site stands.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteNow {
    /// The site.
    pub site: Arc<Site>,
    /// ON, OFF or NO DATA.
    pub state: SupplyState,
    /// Since when; for NO DATA, when silence had lasted too long. None for a site never heard.
    pub since_unix_s: Option<u64>,
    /// The newest reading.
    pub last: Option<LastReading>,
    /// Whether that one is anchored.
    pub anchorage: Anchorage,
}

/// Coverage of one local day. Of a device that was never heard, all heartbeats since its enrolment are missing.
#[must_use]
pub fn coverage_of(
    timeline: &Timeline,
    (heartbeat_s, enrolled_unix_s): (u64, u64),
    day: u64,
    until_unix_s: u64,
    utc_offset_s: i32,
) -> Coverage {
    if !timeline.segments().is_empty() {
        return timeline.coverage(day, until_unix_s, heartbeat_s, utc_offset_s);
    }
    let start = (day * DAY_S).saturating_add_signed(-i64::from(utc_offset_s));
    let (from, to) = (start.max(enrolled_unix_s), (start + DAY_S).min(until_unix_s));
    Coverage { received: 0, expected: to.saturating_sub(from) / heartbeat_s.max(1) }
}

/// What a live reading says.
pub(super) fn last_live(live: &Live) -> Option<LastReading> {
    let power_status = match live.power_status.as_str() {
        "ON" => PowerStatus::On,
        "OFF" => PowerStatus::Off,
        _ => return None,
    };
    Some(LastReading { sequence: live.sequence, power_status, timestamp_unix_s: live.timestamp_unix_s })
}

/// How a site stands, from what is anchored and what is live of it.
pub(super) fn site_now(
    site: Site,
    document: Option<&DeviceTimeline>,
    timeline: &Timeline,
    live: &HashMap<String, Live>,
    at_unix_s: u64,
) -> SiteNow {
    let live = live.get(&site.device_id);
    let anchored = timeline.last();
    let newer =
        live.and_then(last_live).filter(|live| anchored.is_none_or(|anchored| live.sequence > anchored.sequence));
    let last = newer.or(anchored);
    let anchorage = match (newer, anchored) {
        (None, Some(anchored)) => anchorage(document, anchored.sequence, live),
        _ => Anchorage::No,
    };
    let mut stretches: Vec<Stretch> = timeline.segments().iter().map(Stretch::from).collect();
    if let Some(newer) = newer {
        let since_unix_s = live.map_or(newer.timestamp_unix_s, |live| live.since_unix_s);
        // The status that the verified records end with goes on, if nothing came between.
        let goes_on = anchored.is_some_and(|anchored| {
            anchored.power_status == newer.power_status && since_unix_s <= anchored.timestamp_unix_s
        });
        stretches.push(Stretch {
            power_status: newer.power_status,
            first_unix_s: since_unix_s,
            last_unix_s: newer.timestamp_unix_s,
            since_unix_s: (!goes_on).then_some(since_unix_s),
        });
    }
    let Standing { state, since_unix_s, .. } = supply::standing(stretches.into_iter(), site.heartbeat_s, at_unix_s);
    SiteNow { site: Arc::new(site), state, since_unix_s, last, anchorage }
}

fn anchorage(document: Option<&DeviceTimeline>, sequence: u64, live: Option<&Live>) -> Anchorage {
    let recent = document.and_then(|document| document.recent.iter().find(|reading| reading.sequence == sequence));
    match recent {
        Some(reading) => Anchorage::Anchored(reading.batch_number),
        None => Anchorage::Final(live.filter(|live| live.sequence == sequence).map(|live| live.number)),
    }
}

#[cfg(test)]
mod tests {
    use protocol::supply::local_day;
    use store::views::documents::{Parts, Point, RecentReading, Segment as StoredSegment};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn site() -> Site {
        Site {
            device_id: "dt-1".into(),
            site_id: "site-1".into(),
            area_id: "ambala".into(),
            kind: "transformer".into(),
            feeder_id: "feeder-1".into(),
            feeder_name: "Feeder".into(),
            station_id: "station-1".into(),
            locality: "Place".into(),
            parent: None,
            customers: 35,
            heartbeat_s: 900,
            first_sequence: 0,
            last_sequence: protocol::MAX_INTEGER,
            provenance: "live".into(),
            public_key: String::new(),
            removed: None,
            enrolled_unix_s: NOW - 86_400,
            location: Point { kind: "Point".into(), coordinates: [76.7, 30.3] },
        }
    }

    fn document(on: bool, recent: bool) -> DeviceTimeline {
        let segment = StoredSegment {
            on,
            first_sequence: 4,
            predecessor: Some(3),
            first_unix_s: NOW - 3_000,
            last_sequence: 6,
            last_unix_s: NOW - 600,
            heartbeat_s: 900,
        };
        let reading = RecentReading {
            batch_number: 7,
            sequence: 6,
            predecessor: Some(5),
            on,
            timestamp_unix_s: NOW - 600,
            heartbeat_s: 900,
        };
        DeviceTimeline {
            device_id: "dt-1".into(),
            area_id: "ambala".into(),
            feeder_id: "feeder-1".into(),
            settled: Parts::default(),
            recent: if recent { vec![reading] } else { Vec::new() },
            current: Parts { segments: vec![segment], days: Vec::new() },
        }
    }

    fn live(status: &str, sequence: u64, since: u64, at: u64) -> HashMap<String, Live> {
        let live = Live {
            device_id: "dt-1".into(),
            area_id: "ambala".into(),
            power_status: status.into(),
            sequence,
            timestamp_unix_s: at,
            since_unix_s: since,
            arrived_unix_s: at + 2,
            lane: 0,
            number: 8,
        };
        HashMap::from([("dt-1".into(), live)])
    }

    fn now(document: Option<&DeviceTimeline>, live: &HashMap<String, Live>, at: u64) -> SiteNow {
        let timeline = document.map(|d| Timeline::from(&d.current)).unwrap_or_default();
        site_now(site(), document, &timeline, live, at)
    }

    #[test]
    fn a_site_never_heard_is_no_data_since_nobody_knows() {
        let now = now(None, &HashMap::new(), NOW);
        assert_eq!((now.state, now.since_unix_s, now.last), (SupplyState::NoData, None, None));
        assert_eq!(now.anchorage, Anchorage::No);
    }

    #[test]
    fn verified_records_say_since_when_and_how_firmly() {
        let recent = now(Some(&document(true, true)), &HashMap::new(), NOW);
        assert_eq!((recent.state, recent.since_unix_s), (SupplyState::On, Some(NOW - 3_000)));
        assert_eq!(recent.anchorage, Anchorage::Anchored(7));
        let settled = now(Some(&document(true, false)), &HashMap::new(), NOW);
        assert_eq!(settled.anchorage, Anchorage::Final(None));
        let known = now(Some(&document(true, false)), &live("ON", 6, NOW - 3_000, NOW - 600), NOW);
        assert_eq!(known.anchorage, Anchorage::Final(Some(8)));
    }

    #[test]
    fn a_live_reading_that_is_newer_is_shown_at_once_and_not_anchored() {
        let off = now(Some(&document(true, false)), &live("OFF", 7, NOW - 60, NOW - 60), NOW);
        assert_eq!((off.state, off.since_unix_s), (SupplyState::Off, Some(NOW - 60)));
        assert_eq!(off.anchorage, Anchorage::No);
        // A heartbeat that goes on keeps what the verified records say.
        let on = now(Some(&document(true, false)), &live("ON", 7, NOW - 900, NOW - 60), NOW);
        assert_eq!((on.state, on.since_unix_s), (SupplyState::On, Some(NOW - 3_000)));
        // One that came back in between does not.
        let back = now(Some(&document(true, false)), &live("ON", 9, NOW - 30, NOW - 30), NOW);
        assert_eq!(back.since_unix_s, Some(NOW - 30));
    }

    #[test]
    fn silence_after_on_is_no_data_and_after_off_is_off() {
        let later = NOW + 86_400;
        let silent = now(Some(&document(true, false)), &HashMap::new(), later);
        assert_eq!(silent.state, SupplyState::NoData);
        assert_eq!(silent.since_unix_s, Some(NOW - 600 + 1_800 + supply::GRACE_S));
        let off = now(Some(&document(false, false)), &HashMap::new(), later);
        assert_eq!((off.state, off.since_unix_s), (SupplyState::Off, Some(NOW - 3_000)));
    }

    #[test]
    fn a_device_never_heard_is_missing_from_coverage() {
        let day = local_day(NOW, 0);
        let coverage = coverage_of(&Timeline::default(), (900, NOW - 86_400), day, NOW, 0);
        assert_eq!(coverage.received, 0);
        assert_eq!(coverage.expected, (NOW - day * DAY_S) / 900);
    }
}
