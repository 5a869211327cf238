//! What the field does to devices, one feeder a case, over four days that end when the fleet is enrolled: whole devices
//! go through them as fast as the broker and the relayer at the other end take their records.
//!
//! | feeder | what happens |
//! |---|---|
//! | `feeder-trip` | the breaker opens: all of it goes dark in the same second |
//! | `load-shedding` | two hours off in every six, the masts going half an hour later |
//! | `network-outage` | no network for three days, outages meanwhile |
//! | `clock-reset` | power and clock lost in an outage; back without a network, and another outage before it returns |
//! | `brown-out` | an hour of dips, on a capacitor that is worn out, power going in the midst of flash operations |
//! | `update` | an outage in the midst of an update |
//! | `theft` | one device is carried off and connected elsewhere |
//! | `cloned-key` | one device is copied, key and flash, and the copy runs elsewhere |

use protocol::{
    record::PowerStatus::{Off, On},
    roster::{Provenance, SiteKind},
};

use crate::{
    scenario::{Edge, Scenario, Site},
    whole::{Cut, Happening, Step},
};

/// Its one area.
pub const AREA_ID: &str = "drill-1";
/// Four days.
pub const LENGTH_S: u64 = 4 * DAY_S;
/// Rare: each heartbeat is waited for until it is receipted.
pub const HEARTBEAT_S: u64 = 8 * HOUR_S;
/// The device that is carried off.
pub const STOLEN: &str = "drill-theft-3";
/// The device that is copied.
pub const CLONED: &str = "drill-cloned-key-3";

const DAY_S: u64 = 86_400;
const HOUR_S: u64 = 3_600;
const MINUTE_S: u64 = 60;
/// Shorter than the debounce.
const MOMENTARY_MS: u64 = 120;
/// Devices on a feeder: its transformer and two streets.
const ON_A_FEEDER: usize = 3;
const FEEDERS: [(&str, &str); 8] = [
    ("feeder-trip", "Feeder trip"),
    ("load-shedding", "Load-shedding"),
    ("network-outage", "Network outage"),
    ("clock-reset", "Clock reset"),
    ("brown-out", "Brown-out storm"),
    ("update", "Update in an outage"),
    ("theft", "Theft"),
    ("cloned-key", "Cloned key"),
];

/// What happens at a place: steps and the outages among them.
#[derive(Default)]
struct Course(Vec<Step>);

impl Course {
    fn at(&mut self, unix_ms: u64, what: Happening) -> &mut Self {
        self.0.push(Step { unix_ms, what });
        self
    }

    /// No mains from `off_s` on for so long.
    fn outage(&mut self, off_s: u64, for_s: u64) -> &mut Self {
        self.at(off_s * 1_000, Happening::Mains(Off)).at((off_s + for_s) * 1_000, Happening::Mains(On))
    }

    /// No network from `from_s` to `to_s`.
    fn no_coverage(&mut self, from_s: u64, to_s: u64) -> &mut Self {
        self.at(from_s * 1_000, Happening::Coverage(false)).at(to_s * 1_000, Happening::Coverage(true))
    }

    /// An interruption too short to count.
    fn momentary(&mut self, off_s: u64) -> &mut Self {
        self.at(off_s * 1_000, Happening::Mains(Off)).at(off_s * 1_000 + MOMENTARY_MS, Happening::Mains(On))
    }

    /// In order, with the edges of those outages that count.
    fn finish(mut self) -> (Vec<Step>, Vec<Edge>) {
        self.0.sort_by_key(|step| step.unix_ms);
        let mains = self.0.iter().filter_map(|step| match step.what {
            Happening::Mains(status) => Some((step.unix_ms, status)),
            _ => None,
        });
        let mains: Vec<_> = mains.collect();
        let counts = mains.chunks(2).filter(|outage| outage[1].0 - outage[0].0 > MOMENTARY_MS);
        let edges = counts.flatten().map(|(unix_ms, status)| Edge { unix_s: unix_ms / 1_000, status: *status });
        (self.0.clone(), edges.collect())
    }
}

fn load_shedding(course: &mut Course) {
    for turn in 0..LENGTH_S / (6 * HOUR_S) - 1 {
        let off_s = turn * 6 * HOUR_S + 4 * HOUR_S + 17;
        course.outage(off_s, 2 * HOUR_S - 30);
        course.no_coverage(off_s + 30 * MINUTE_S, off_s + 2 * HOUR_S + 5 * MINUTE_S);
    }
}

fn network_outage(course: &mut Course) {
    course.no_coverage(6 * HOUR_S, 3 * DAY_S + 6 * HOUR_S);
    // Shorter than the capacitor holds, then longer: the clock is lost with the power.
    course.outage(12 * HOUR_S, 95).outage(DAY_S + 2 * HOUR_S, 40);
    course.outage(DAY_S + 18 * HOUR_S + 30 * MINUTE_S, 3 * HOUR_S + 7);
}

fn clock_reset(course: &mut Course) {
    let off_s = DAY_S + 3 * HOUR_S;
    course.outage(off_s, 20 * MINUTE_S);
    course.no_coverage(off_s + 10 * MINUTE_S, off_s + 2 * HOUR_S);
    course.outage(off_s + HOUR_S, 50);
}

/// Dips of all lengths, the same in every run.
fn brown_out(course: &mut Course) {
    let from_s = 2 * DAY_S + 14 * HOUR_S;
    course.at(from_s * 1_000, Happening::HoldUpMs(3_000));
    for dip in 0..16 {
        let off_s = from_s + dip * 150 + 10;
        let cut = [Cut::Before, Cut::Half, Cut::After][dip as usize % 3];
        if dip % 4 == 1 {
            course.at(off_s * 1_000, Happening::FlashCut(dip % 3, cut));
        }
        course.outage(off_s, 1 + dip * 7 % 60);
        course.momentary(off_s + 90);
    }
}

fn course(feeder: usize, device: usize) -> Course {
    let mut course = Course::default();
    let last = device == ON_A_FEEDER - 1;
    match FEEDERS[feeder].0 {
        "feeder-trip" => {
            course.outage(DAY_S + 10 * HOUR_S, 47 * MINUTE_S + 13);
        }
        "load-shedding" => load_shedding(&mut course),
        "network-outage" => network_outage(&mut course),
        "clock-reset" => clock_reset(&mut course),
        "brown-out" => brown_out(&mut course),
        "update" => {
            // The outage comes when some of the image is there.
            let off_s = 2 * DAY_S + 8 * HOUR_S;
            course.at((off_s - 36) * 1_000, Happening::Release).outage(off_s, 90 * MINUTE_S);
        }
        "theft" if last => {
            // Cut off, carried away, connected where the outages below are none.
            course.outage(DAY_S + 23 * HOUR_S, 5 * HOUR_S);
        }
        "theft" => {
            course.outage(2 * DAY_S + 10 * HOUR_S, 2 * HOUR_S).outage(3 * DAY_S + 9 * HOUR_S, 90 * MINUTE_S);
        }
        _ => {
            if last {
                course.at((DAY_S + HOUR_S) * 1_000, Happening::Cloned);
            }
            // The copy has counted one further by now; so does the device when it starts again.
            course.outage(2 * DAY_S + 5 * HOUR_S, HOUR_S);
        }
    }
    course
}

/// The scenario: the same in every run.
#[must_use]
pub fn scenario() -> Scenario {
    let (mut sites, mut edges, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for (feeder, (id, name)) in FEEDERS.iter().enumerate() {
        for device in 0..ON_A_FEEDER {
            let id_of = |device: usize| format!("drill-{id}-{}", device + 1);
            let transformer = device == 0;
            sites.push(Site {
                device_id: id_of(device),
                district: "Drill".into(),
                feeder: (*name).into(),
                locality: if transformer { (*name).into() } else { format!("{name}, street {device}") },
                area_id: AREA_ID.into(),
                station_id: format!("{AREA_ID}-s{}", feeder / 4 + 1),
                kind: if transformer { SiteKind::Transformer } else { SiteKind::Street },
                parent: (!transformer).then(|| id_of(0)),
                customers: if transformer { 63 } else { 21 },
                latitude_e6: 28_148_000 + feeder as i32 * 9_000,
                longitude_e6: 77_325_000 + device as i32 * 4_000,
            });
            let (happens, seen) = course(feeder, device).finish();
            edges.push(seen);
            steps.push(happens);
        }
    }
    let source = "A drill: whole simulated devices, drivers and all, through eight faults of the field".into();
    Scenario { sites, edges, provenance: Provenance::Generated, source, steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feeder_has_its_case_and_everything_is_over_when_it_ends() {
        let scenario = scenario();
        assert_eq!(scenario.sites.len(), FEEDERS.len() * ON_A_FEEDER);
        for named in [STOLEN, CLONED] {
            assert!(scenario.sites.iter().any(|site| site.device_id == named), "{named}");
        }
        for (site, edges) in scenario.sites.iter().zip(&scenario.edges) {
            assert!(edges.chunks(2).all(|pair| pair[0].status == Off && pair[1].status == On), "{}", site.device_id);
            assert!(edges.last().is_some_and(|edge| edge.unix_s + 3 * HOUR_S < LENGTH_S), "{}", site.device_id);
        }
        assert!(scenario.steps.iter().flatten().all(|step| step.unix_ms < LENGTH_S * 1_000));
    }
}
