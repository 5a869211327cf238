//! A made-up scenario with the shape of a real one: 0.90 outages per device and day, whole feeders together in 96 of
//! 100 events, durations and starts by the same quantiles.

use protocol::{
    record::PowerStatus,
    roster::{Provenance, SiteKind},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::scenario::{Edge, Scenario, Site, UTC_OFFSET_S};

/// Devices of a generated scenario unless told otherwise.
pub const DEFAULT_DEVICES: usize = 60;
/// Fewest devices: three areas with five houses each, one house on a feeder of three.
pub const MIN_DEVICES: usize = AREAS * 5 * DEVICES_PER_FEEDER;

const AREAS: usize = 3;
const DEVICES_PER_FEEDER: usize = 3;
const FEEDERS_PER_STATION: usize = 4;
/// 2026-06-27T00:00:00+05:30.
const START_UNIX_S: u64 = 1_782_498_600;
const DAYS: u64 = 56;
/// Shortest time between two outages.
const MIN_GAP_S: u64 = 600;

/// Outages per feeder in the window, by quantile.
const EVENTS: &[(f64, f64)] = &[(0.0, 7.0), (0.5, 37.0), (0.9, 105.0), (1.0, 189.0)];
/// Durations in minutes, by quantile.
const MINUTES: &[(f64, f64)] =
    &[(0.0, 15.0), (0.05, 29.0), (0.25, 60.0), (0.5, 109.0), (0.75, 202.0), (0.9, 308.0), (0.99, 916.0), (1.0, 1400.0)];
/// How often outages start in each hour of the local day.
const HOURS: [u32; 24] = [4, 3, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6, 5, 4, 3, 3, 3, 4, 5, 6];

/// A scenario, the same for the same seed and size.
#[must_use]
pub fn generate(seed: u64, devices: usize) -> Scenario {
    let mut rng = StdRng::seed_from_u64(seed);
    let feeders = devices.max(MIN_DEVICES).div_ceil(DEVICES_PER_FEEDER);
    let mut scenario = Scenario {
        sites: Vec::new(),
        edges: Vec::new(),
        provenance: Provenance::Generated,
        source: format!("Generated with seed {seed}: places, positions and outages are made up"),
        steps: Vec::new(),
    };
    for feeder in 0..feeders {
        add_sites(&mut scenario, feeder, &mut rng);
        add_outages(&mut scenario, &mut rng);
    }
    scenario
}

fn add_sites(scenario: &mut Scenario, feeder: usize, rng: &mut StdRng) {
    let area = feeder % AREAS;
    let station = feeder / AREAS / FEEDERS_PER_STATION;
    // Each area has a centre of its own; a feeder's places lie within a kilometre or two.
    let latitude_e6 = 28_150_000 + area as i32 * 150_000 + rng.gen_range(-50_000..50_000);
    let longitude_e6 = 77_300_000 - area as i32 * 120_000 + rng.gen_range(-50_000..50_000);
    let mut parent = None;
    for (kind, customers) in [
        (SiteKind::Transformer, rng.gen_range(40..120)),
        (SiteKind::Street, rng.gen_range(8..40)),
        (SiteKind::House, 1),
    ] {
        let number = scenario.sites.len() + 1;
        let device_id = format!("gen-{number:04}");
        scenario.sites.push(Site {
            device_id: device_id.clone(),
            district: "Sample".into(),
            feeder: format!("FEEDER {:03}", feeder + 1),
            locality: format!("Place {number}"),
            area_id: format!("sample-{}", area + 1),
            station_id: format!("sample-{}-s{}", area + 1, station + 1),
            kind,
            parent: parent.replace(device_id),
            customers,
            latitude_e6: latitude_e6 + rng.gen_range(-8_000..8_000),
            longitude_e6: longitude_e6 + rng.gen_range(-8_000..8_000),
        });
    }
}

/// The outages of the feeder that was added last.
fn add_outages(scenario: &mut Scenario, rng: &mut StdRng) {
    let mut outages: Vec<Vec<(u64, u64)>> = vec![Vec::new(); DEVICES_PER_FEEDER];
    let events = quantile(EVENTS, rng) as usize;
    // A day's busy hours fill up: what would overlap is drawn again, within a limit.
    let mut drawn = 0;
    for _ in 0..events * 4 {
        if drawn == events {
            break;
        }
        let off = START_UNIX_S + rng.gen_range(0..DAYS) * 86_400 + hour(rng) * 3600 + rng.gen_range(0..3600);
        let on = off + (quantile(MINUTES, rng) * 60.0) as u64;
        let alone = rng.gen_range(0..100) >= 96;
        let only = rng.gen_range(0..DEVICES_PER_FEEDER);
        let free = |taken: &Vec<(u64, u64)>| taken.iter().all(|(a, b)| on + MIN_GAP_S < *a || b + MIN_GAP_S < off);
        if on >= START_UNIX_S + DAYS * 86_400 || !outages.iter().all(free) {
            continue;
        }
        drawn += 1;
        for (_, taken) in outages.iter_mut().enumerate().filter(|(i, _)| !alone || *i == only) {
            taken.push((off, on));
        }
    }
    for mut taken in outages {
        taken.sort_unstable();
        let edge = |unix_s, status| Edge { unix_s, status };
        scenario
            .edges
            .push(taken.iter().flat_map(|(a, b)| [edge(*a, PowerStatus::Off), edge(*b, PowerStatus::On)]).collect());
    }
}

/// A value by its quantiles, on a logarithmic scale between them.
fn quantile(table: &[(f64, f64)], rng: &mut StdRng) -> f64 {
    let q: f64 = rng.r#gen();
    let at = table.partition_point(|(p, _)| *p <= q).clamp(1, table.len() - 1);
    let ((p0, low), (p1, high)) = (table[at - 1], table[at]);
    (low.ln() + (high.ln() - low.ln()) * (q - p0) / (p1 - p0)).exp()
}

/// The start of an hour of the local day, in hours after the window's start (a local midnight).
fn hour(rng: &mut StdRng) -> u64 {
    const { assert!((START_UNIX_S + UTC_OFFSET_S as u64).is_multiple_of(86_400)) };
    let mut left = rng.gen_range(0..HOURS.iter().sum::<u32>());
    for (hour, weight) in HOURS.iter().enumerate() {
        if left < *weight {
            return hour as u64;
        }
        left -= weight;
    }
    unreachable!("the weights add up to more than was drawn")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_seed_gives_one_scenario() {
        assert_eq!(generate(7, 60), generate(7, 60));
        assert_ne!(generate(7, 60).edges, generate(8, 60).edges);
    }

    #[test]
    fn every_area_has_all_kinds_and_a_cell_of_five() {
        for devices in [MIN_DEVICES, DEFAULT_DEVICES, 301] {
            let mut counts: BTreeMap<(String, SiteKind), usize> = BTreeMap::new();
            for site in generate(3, devices).sites {
                *counts.entry((site.area_id, site.kind)).or_default() += 1;
            }
            assert_eq!(counts.len(), AREAS * 3);
            assert!(counts.values().all(|count| *count >= 5), "{counts:?}");
        }
    }

    #[test]
    fn the_shape_is_that_of_the_real_data() {
        let scenario = generate(11, 3_000);
        let mut minutes: Vec<f64> = Vec::new();
        let mut together = 0;
        for feeder in scenario.edges.chunks(3) {
            for pair in feeder[0].chunks(2) {
                minutes.push((pair[1].unix_s - pair[0].unix_s) as f64 / 60.0);
                together += usize::from(feeder[1].contains(&pair[0]) && feeder[2].contains(&pair[0]));
            }
        }
        let per_day = minutes.len() as f64 / (scenario.edges.len() / 3) as f64 / DAYS as f64;
        assert!((0.6..1.2).contains(&per_day), "{per_day} outages per device and day");
        assert!(together * 100 >= minutes.len() * 94, "{together} of {}", minutes.len());
        minutes.sort_by(f64::total_cmp);
        let median = minutes[minutes.len() / 2];
        assert!((80.0..140.0).contains(&median), "median {median} minutes");
    }
}
