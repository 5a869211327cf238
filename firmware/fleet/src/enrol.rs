//! Enrolment: the rows that a registrar publishes, before a fleet runs.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use protocol::{
    MAX_INTEGER,
    record::MAX_DEVICE_ID,
    roster::{Device, MAX_TEXT, Provenance, SiteKind},
};
use serde_json::{Value, json};

use crate::{
    ScenarioError, Source, StateError,
    scenario::{Scenario, Site, UTC_OFFSET_S},
    state::{State, write_whole},
};

/// The first sequence of every device.
pub const FIRST_SEQUENCE: u64 = 1;

/// What to enrol.
#[derive(Clone, Debug)]
pub struct EnrolConfig {
    /// Where sites and outages come from.
    pub source: Source,
    /// Where keys and what is fixed are kept.
    pub state_dir: PathBuf,
    /// Where to write one JSON file per area, if anywhere.
    pub roster_out: Option<PathBuf>,
    /// Seconds between heartbeats.
    pub heartbeat_s: u64,
    /// Whether the devices are whole, drivers and all; those of a drill always are.
    pub whole: bool,
}

/// What a registrar needs to know of a fleet.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// By area id.
    pub areas: Vec<AreaRows>,
    /// How far the scenario is shifted in time, whole days.
    pub shift_s: i64,
    /// Replay or generated.
    pub provenance: Provenance,
    /// Where it comes from, in words.
    pub source: String,
}

/// The devices of an area.
#[derive(Clone, Debug)]
pub struct AreaRows {
    /// The area.
    pub area_id: String,
    /// Its name for people.
    pub name: String,
    /// Its local time.
    pub utc_offset_s: i32,
    /// Its rows.
    pub devices: Vec<Device>,
}

/// Why a fleet cannot be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// No scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// No state.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Makes keys and fixes the shift on the first call with a state folder; says the same on every later one.
///
/// # Errors
/// [`EnrolError`]; also while the fleet runs, which holds the folder's lock.
pub fn enrol(config: &EnrolConfig, now_unix_s: u64) -> Result<Enrolment, EnrolError> {
    let scenario = config.source.scenario()?;
    let state = State::open(config, &scenario, now_unix_s)?;
    Ok(enrolment(config, &scenario, &state)?)
}

pub(crate) fn enrolment(config: &EnrolConfig, scenario: &Scenario, state: &State) -> Result<Enrolment, StateError> {
    let enrolment = Enrolment {
        areas: areas(scenario, state),
        shift_s: state.fixed.shift_s,
        provenance: scenario.provenance,
        source: scenario.source.clone(),
    };
    if let Some(dir) = &config.roster_out {
        std::fs::create_dir_all(dir).map_err(StateError::io(dir))?;
        for area in &enrolment.areas {
            let path = dir.join(format!("{}.json", area.area_id));
            write_whole(&path, area.to_json(&enrolment).to_string().as_bytes()).map_err(StateError::io(&path))?;
        }
    }
    Ok(enrolment)
}

fn areas(scenario: &Scenario, state: &State) -> Vec<AreaRows> {
    let feeder_ids = feeder_ids(scenario);
    let site_ids: HashMap<&str, String> = scenario
        .sites
        .iter()
        .enumerate()
        .map(|(i, site)| (site.device_id.as_str(), format!("s-{:04}", i + 1)))
        .collect();
    let mut areas: BTreeMap<&str, AreaRows> = BTreeMap::new();
    for (site, key) in scenario.sites.iter().zip(&state.keys) {
        let house = site.kind == SiteKind::House;
        let device = Device {
            cell: house.then(|| format!("{}-c1", site.area_id)),
            customers: site.customers,
            device_id: site.device_id.clone(),
            feeder_id: feeder_ids[&feeder(site)].clone(),
            feeder_name: printable(&site.feeder),
            first_sequence: FIRST_SEQUENCE,
            heartbeat_s: state.fixed.heartbeat_s,
            kind: site.kind,
            last_sequence: MAX_INTEGER,
            position_e6: (!house).then_some((site.latitude_e6, site.longitude_e6)),
            locality: printable(&site.locality),
            parent: site.parent.as_ref().map(|parent| site_ids[parent.as_str()].clone()),
            provenance: scenario.provenance,
            public_key: key.public(),
            removed: None,
            site_id: site_ids[site.device_id.as_str()].clone(),
            station_id: site.station_id.clone(),
        };
        let new = || AreaRows {
            area_id: site.area_id.clone(),
            name: title(&site.area_id),
            utc_offset_s: UTC_OFFSET_S,
            devices: Vec::new(),
        };
        areas.entry(&site.area_id).or_insert_with(new).devices.push(device);
    }
    areas.into_values().collect()
}

impl AreaRows {
    fn to_json(&self, enrolment: &Enrolment) -> Value {
        let row = |device: &Device| serde_json::from_slice::<Value>(&device.to_bytes()).expect("a row is JSON");
        json!({
            "area_id": self.area_id,
            "name": self.name,
            "utc_offset_s": self.utc_offset_s,
            "shift_s": enrolment.shift_s,
            "provenance": enrolment.provenance.as_str(),
            "source": enrolment.source,
            "devices": self.devices.iter().map(row).collect::<Vec<_>>(),
        })
    }
}

/// What tells feeders apart: names repeat between districts.
fn feeder(site: &Site) -> (&str, &str) {
    (&site.district, &site.feeder)
}

/// A short name for each feeder; where two would get the same, the later one gets a number.
fn feeder_ids(scenario: &Scenario) -> HashMap<(&str, &str), String> {
    let mut ids: HashMap<(&str, &str), String> = HashMap::new();
    let mut taken: HashMap<String, usize> = HashMap::new();
    for site in &scenario.sites {
        ids.entry(feeder(site)).or_insert_with(|| {
            let id = slug(&format!("{} {}", site.district, site.feeder));
            let count = taken.entry(id.clone()).or_default();
            *count += 1;
            if *count == 1 { id } else { format!("{id}-n{count}") }
        });
    }
    ids
}

/// a-z, 0-9 and `-`, short enough for a number behind it.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(MAX_DEVICE_ID - 8);
    slug.trim_end_matches('-').into()
}

/// What a roster can print: ASCII that needs no escape in JSON, single spaces.
fn printable(text: &str) -> String {
    let kept: String = text.chars().filter(|c| (' '..='~').contains(c) && !matches!(c, '"' | '\\')).collect();
    let mut out = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    out.truncate(MAX_TEXT);
    out
}

/// `palwal-3` is for people `Palwal 3`.
fn title(area_id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    area_id.split('-').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_a_roster() {
        assert_eq!(slug("Palwal CITY-II  HODAL (U)"), "palwal-city-ii-hodal-u");
        assert!(slug(&"é".repeat(99)).is_empty());
        assert_eq!(slug(&"ab ".repeat(99)).len(), MAX_DEVICE_ID - 8);
        assert_eq!(printable("Adarsh \u{c2}\u{20ac}\u{200b}Colony \"A\\B\""), "Adarsh Colony AB");
        assert_eq!(printable(&"x".repeat(200)).len(), MAX_TEXT);
        assert_eq!(title("palwal-3"), "Palwal 3");
    }
}
