//! Sites and their outages: what the devices of a fleet will see.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use protocol::{
    record::PowerStatus,
    roster::{MIN_CELL, Provenance, SiteKind},
};
use serde::Deserialize;

use crate::{
    MAX_DEVICES, drill, generate,
    whole::{Happening, Step},
};

/// A day, in seconds.
pub const DAY_S: i64 = 86_400;
/// How much of a scenario must lie ahead at the first start.
pub const DAYS_AHEAD: i64 = 7;
/// How local days lie in a scenario: five and a half hours ahead of UTC.
pub const UTC_OFFSET_S: i32 = 19_800;

/// The files of Haryana's outages that `HARYANA_SOURCE` speaks of.
const HARYANA_OUTAGES_SHA256: &str = "d6364f8883be5ef5f15ae6927e2e1b4810a719068af8871f7c6c98ac916850d8";
const HARYANA_SOURCE: &str = "Outages listed by DHBVN from 2026-06-27 to 2026-08-21 in Palwal and Gurugram, collected by \
    mandy321/haryana-dhbvn-electricity-status (GPL-3.0); starts to the second, ends uncertain by 40 minutes; areas, kinds, \
    customers and most positions are invented";

/// Where a scenario comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder with `devices.csv` and `outages.csv`.
    Replay(PathBuf),
    /// Made up, the same for the same numbers.
    Generated {
        /// The seed.
        seed: u64,
        /// How many devices, rounded up to whole feeders.
        devices: usize,
    },
    /// Whole devices through what the field does to them: see [`crate::drill`].
    Drill,
}

/// A place with one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The device there.
    pub device_id: String,
    /// The district.
    pub district: String,
    /// The feeder's name.
    pub feeder: String,
    /// The place's name.
    pub locality: String,
    /// The area of responsibility.
    pub area_id: String,
    /// The substation.
    pub station_id: String,
    /// What is watched.
    pub kind: SiteKind,
    /// The device of the site that this one hangs under.
    pub parent: Option<String>,
    /// Customers counted here.
    pub customers: u64,
    /// Position, millionths of a degree.
    pub latitude_e6: i32,
    /// Position, millionths of a degree.
    pub longitude_e6: i32,
}

/// A change of the mains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// When.
    pub unix_s: u64,
    /// To what.
    pub status: PowerStatus,
}

/// All sites with all their edges, in the scenario's own time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The sites, each device once.
    pub sites: Vec<Site>,
    /// For each site, its edges in order: OFF, ON, OFF, ...; before the first all are ON.
    pub edges: Vec<Vec<Edge>>,
    /// Replay or generated.
    pub provenance: Provenance,
    /// Where it comes from, in words.
    pub source: String,
    /// In a drill, everything that happens to each of its whole devices, the edges above included; else nothing. Such a
    /// scenario ends when it is enrolled.
    pub steps: Vec<Vec<Step>>,
}

/// Why files are no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Not readable as CSV, a column missing or not a number.
    #[error("{file}: {error}")]
    Csv {
        /// Which.
        file: PathBuf,
        /// Why.
        error: csv::Error,
    },
    /// Not readable.
    #[error("{file}: {error}")]
    Io {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A rule between rows is broken.
    #[error("{device_id}: {rule}")]
    Rule {
        /// Whose row.
        device_id: String,
        /// Which rule.
        rule: &'static str,
    },
    /// No devices, no outages, or too many devices.
    #[error("{0}")]
    Size(&'static str),
}

#[derive(Deserialize)]
struct DeviceRow {
    device_id: String,
    district: String,
    feeder: String,
    locality: String,
    area_id: String,
    station_id: String,
    kind: String,
    parent: String,
    customers: u64,
    latitude_e6: i32,
    longitude_e6: i32,
}

#[derive(Deserialize)]
struct OutageRow {
    device_id: String,
    off_unix_s: u64,
    on_unix_s: u64,
}

impl Source {
    /// Reads or makes the scenario.
    ///
    /// # Errors
    /// [`ScenarioError`].
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        let scenario = match self {
            Self::Replay(dir) => read(dir)?,
            Self::Generated { seed, devices } => generate::generate(*seed, *devices),
            Self::Drill => drill::scenario(),
        };
        scenario.check()?;
        Ok(scenario)
    }
}

fn rows<T: for<'a> Deserialize<'a>>(file: &Path) -> Result<Vec<T>, ScenarioError> {
    let broken = |error| ScenarioError::Csv { file: file.into(), error };
    csv::Reader::from_path(file).map_err(broken)?.into_deserialize().collect::<Result<_, _>>().map_err(broken)
}

fn read(dir: &Path) -> Result<Scenario, ScenarioError> {
    let mut sites = Vec::new();
    for row in rows::<DeviceRow>(&dir.join("devices.csv"))? {
        let Some(kind) = SiteKind::from_text(&row.kind) else {
            return Err(ScenarioError::Rule { device_id: row.device_id, rule: "kind is transformer, street or house" });
        };
        sites.push(Site {
            device_id: row.device_id,
            district: row.district,
            feeder: row.feeder,
            locality: row.locality,
            area_id: row.area_id,
            station_id: row.station_id,
            kind,
            parent: Some(row.parent).filter(|parent| !parent.is_empty()),
            customers: row.customers,
            latitude_e6: row.latitude_e6,
            longitude_e6: row.longitude_e6,
        });
    }
    let file = dir.join("outages.csv");
    let at: HashMap<&str, usize> = sites.iter().enumerate().map(|(i, site)| (site.device_id.as_str(), i)).collect();
    let mut edges = vec![Vec::new(); sites.len()];
    for row in rows::<OutageRow>(&file)? {
        let Some(&i) = at.get(row.device_id.as_str()) else {
            return Err(ScenarioError::Rule { device_id: row.device_id, rule: "an outage of no device" });
        };
        edges[i].push(Edge { unix_s: row.off_unix_s, status: PowerStatus::Off });
        edges[i].push(Edge { unix_s: row.on_unix_s, status: PowerStatus::On });
    }
    let bytes = std::fs::read(&file).map_err(|error| ScenarioError::Io { file, error })?;
    let digest = protocol::to_hex(&protocol::digest(&bytes));
    let source = if digest == HARYANA_OUTAGES_SHA256 {
        HARYANA_SOURCE.into()
    } else {
        format!("Replay of recorded outages (sha256 of outages.csv: {digest})")
    };
    Ok(Scenario { sites, edges, provenance: Provenance::Replay, source, steps: Vec::new() })
}

impl Scenario {
    fn check(&self) -> Result<(), ScenarioError> {
        if self.sites.is_empty() || self.edges.iter().all(Vec::is_empty) {
            return Err(ScenarioError::Size("a scenario has devices and outages"));
        }
        if self.sites.len() > MAX_DEVICES {
            return Err(ScenarioError::Size("more devices than a fleet takes"));
        }
        let broken = |site: &Site, rule| Err(ScenarioError::Rule { device_id: site.device_id.clone(), rule });
        let mut kinds: HashMap<&str, SiteKind> = HashMap::new();
        let mut houses: HashMap<&str, usize> = HashMap::new();
        for site in &self.sites {
            if kinds.insert(&site.device_id, site.kind).is_some() {
                return broken(site, "a device stands once in devices.csv");
            }
            *houses.entry(&site.area_id).or_default() += usize::from(site.kind == SiteKind::House);
        }
        for (site, edges) in self.sites.iter().zip(&self.edges) {
            if site.parent.as_ref().is_some_and(|parent| !kinds.contains_key(parent.as_str())) {
                return broken(site, "its parent is a device too");
            }
            if (1..MIN_CELL).contains(&houses[site.area_id.as_str()]) {
                return broken(site, "an area has no houses or at least five");
            }
            if edges.windows(2).any(|pair| pair[0].unix_s >= pair[1].unix_s) {
                return broken(site, "outages in order, without overlap");
            }
        }
        Ok(())
    }

    /// What happens to each whole device: in a scenario that names nothing else, its edges.
    #[must_use]
    pub fn happenings(&self) -> Vec<Vec<Step>> {
        let step = |edge: &Edge| Step { unix_ms: edge.unix_s * 1_000, what: Happening::Mains(edge.status) };
        let of_edges = || self.edges.iter().map(|edges| edges.iter().map(step).collect()).collect();
        if self.steps.is_empty() { of_edges() } else { self.steps.clone() }
    }

    /// When the last outage ends.
    #[must_use]
    pub fn end_unix_s(&self) -> u64 {
        self.edges.iter().flatten().map(|edge| edge.unix_s).max().unwrap_or_default()
    }

    /// The smallest shift by whole days after which at least [`DAYS_AHEAD`] days lie after `now_unix_s`; for a drill one
    /// after which everything has just happened.
    #[must_use]
    pub fn shift_s(&self, now_unix_s: u64) -> i64 {
        if !self.steps.is_empty() {
            return now_unix_s as i64 - drill::LENGTH_S as i64;
        }
        let missing_s = now_unix_s as i64 + DAYS_AHEAD * DAY_S - self.end_unix_s() as i64;
        (missing_s + DAY_S - 1).div_euclid(DAY_S) * DAY_S
    }

    /// What a restart compares, so that it goes on with the same scenario.
    #[must_use]
    pub fn digest(&self) -> String {
        protocol::to_hex(&protocol::digest(format!("{:?}{:?}{:?}", self.sites, self.edges, self.steps).as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shift_is_whole_days_and_the_smallest_that_leaves_seven_ahead() {
        let mut scenario = generate::generate(1, 45);
        let end = 1_000 * DAY_S as u64;
        scenario.edges = vec![vec![Edge { unix_s: end, status: PowerStatus::On }]];
        for (now, days) in [(end - 7 * 86_400, 0), (end - 7 * 86_400 + 1, 1), (end, 7), (end - 8 * 86_400, -1)] {
            assert_eq!(scenario.shift_s(now), days * DAY_S, "at {now}");
        }
    }
}
