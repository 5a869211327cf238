//! Enrolment: what the registrar gets, and that it stays the same.

mod scenario;

use std::{collections::BTreeSet, os::unix::fs::PermissionsExt as _, path::Path};

use fleet::{EnrolConfig, EnrolError, Enrolment, Source, StateError, enrol};
use protocol::roster::{Provenance, Roster, SiteKind};

const NOW: u64 = 1_795_000_000;

fn config(source: Source, dir: &Path) -> EnrolConfig {
    EnrolConfig {
        source,
        state_dir: dir.join("state"),
        roster_out: Some(dir.join("rosters")),
        heartbeat_s: 900,
        whole: false,
    }
}

/// Every area makes a roster that the protocol accepts and can read back.
fn check_rosters(enrolment: &Enrolment) {
    let mut feeders: BTreeSet<(String, String)> = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for area in &enrolment.areas {
        let roster =
            Roster::new(area.area_id.clone(), area.name.clone(), 1, NOW, area.utc_offset_s, area.devices.clone())
                .unwrap();
        let sealed = roster.seal();
        let read = protocol::roster::verify(&sealed.header, &sealed.blocks, &sealed.digest, &sealed.root).unwrap();
        assert_eq!(read, roster);
        assert_eq!(roster.provenance(), enrolment.provenance);
        for device in &area.devices {
            assert!(ids.insert(device.device_id.clone()));
            feeders.insert((device.feeder_id.clone(), device.feeder_name.clone()));
            assert!(device.parent.as_ref().is_none_or(|parent| area.devices.iter().any(|d| d.site_id == *parent)));
        }
        assert!(roster.cells().values().all(|houses| houses.len() >= 5));
    }
    let names: BTreeSet<_> = feeders.iter().map(|(id, _)| id).collect();
    assert_eq!(names.len(), feeders.len(), "a feeder id names one feeder");
}

#[test]
fn a_second_enrolment_says_the_same_and_another_scenario_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let generated = |seed| config(Source::Generated { seed, devices: 60 }, dir.path());
    let first = enrol(&generated(1), NOW).unwrap();
    let again = enrol(&generated(1), NOW + 40 * 86_400).unwrap();
    assert_eq!((again.shift_s, again.areas[0].devices.clone()), (first.shift_s, first.areas[0].devices.clone()));
    let other = enrol(&generated(2), NOW).unwrap_err();
    assert!(matches!(other, EnrolError::State(StateError::Differs("the scenario"))), "{other}");
    let whole = enrol(&EnrolConfig { whole: true, ..generated(1) }, NOW).unwrap_err();
    assert!(matches!(whole, EnrolError::State(StateError::Differs("--whole"))), "{whole}");
    let slower = enrol(&EnrolConfig { heartbeat_s: 60, ..generated(1) }, NOW).unwrap_err();
    assert!(matches!(slower, EnrolError::State(StateError::Differs("--heartbeat-s"))), "{slower}");
}

#[test]
fn a_generated_fleet_has_three_areas_and_all_kinds() {
    let dir = tempfile::tempdir().unwrap();
    let enrolment = enrol(&config(Source::Generated { seed: 5, devices: 60 }, dir.path()), NOW).unwrap();
    check_rosters(&enrolment);
    assert_eq!((enrolment.areas.len(), enrolment.provenance), (3, Provenance::Generated));
    let devices: usize = enrolment.areas.iter().map(|area| area.devices.len()).sum();
    assert_eq!(devices, 60);
    for area in &enrolment.areas {
        let kinds: BTreeSet<SiteKind> = area.devices.iter().map(|device| device.kind).collect();
        assert_eq!(kinds.len(), 3);
    }
}

#[test]
fn keys_are_for_their_owner_only_and_in_no_roster() {
    let dir = tempfile::tempdir().unwrap();
    enrol(&config(Source::Generated { seed: 5, devices: 60 }, dir.path()), NOW).unwrap();
    let keys = dir.path().join("state/keys");
    assert_eq!(std::fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);
    let keys = std::fs::read_to_string(keys).unwrap();
    assert_eq!(keys.lines().count(), 60);
    for area in std::fs::read_dir(dir.path().join("rosters")).unwrap() {
        let text = std::fs::read_to_string(area.unwrap().path()).unwrap();
        assert!(keys.lines().all(|line| !text.contains(line.split_once(' ').unwrap().1)));
    }
}

#[test]
fn rows_say_what_the_files_say_as_far_as_a_roster_can() {
    let dir = tempfile::tempdir().unwrap();
    scenario::write_scenario(dir.path(), NOW, 60);
    let enrolment = enrol(&config(Source::Replay(dir.path().into()), dir.path()), NOW).unwrap();
    check_rosters(&enrolment);
    assert_eq!(enrolment.shift_s, scenario::SHIFT_S as i64);
    let area = &enrolment.areas[0];
    assert_eq!((area.area_id.as_str(), area.name.as_str(), area.utc_offset_s), ("palwal-3", "Palwal 3", 19_800));
    let house = area.devices.iter().find(|device| device.device_id == "h-1").unwrap();
    assert_eq!(house.cell.as_deref(), Some("palwal-3-c1"));
    assert_eq!((house.position_e6, house.customers), (None, 7));
    assert_eq!(
        (house.feeder_id.as_str(), house.feeder_name.as_str()),
        ("palwal-city-ii-main-1-u", "CITY-II MAIN, 1 (U)")
    );
    assert_eq!(house.locality, "Adarsh Colony, A");
    let parent = area.devices.iter().find(|device| device.device_id == "t-1").unwrap();
    assert_eq!(house.parent.as_ref(), Some(&parent.site_id));
    assert_eq!(parent.position_e6, Some((28_179_930, 77_297_320)));
    let file = std::fs::read(dir.path().join("rosters/palwal-3.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(
        (&file["name"], &file["shift_s"], &file["provenance"]),
        (&"Palwal 3".into(), &259_200.into(), &"replay".into())
    );
    let row: serde_json::Value = serde_json::from_slice(&area.devices[0].to_bytes()).unwrap();
    assert_eq!(file["devices"][0], row);
}

#[test]
fn broken_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let header = "device_id,district,feeder,locality,area_id,station_id,kind,parent,customers,latitude_e6,longitude_e6,position\n";
    let row = |id: &str, kind: &str, parent: &str| {
        format!("{id},P,F,L,a-1,s-1,{kind},{parent},1,28000000,77000000,invented\n")
    };
    let outage = "d-1,100,200,\n";
    for (devices, outages, rule) in [
        (row("d-1", "tower", ""), outage, "kind is"),
        (row("d-1", "street", "d-9"), outage, "its parent"),
        (row("d-1", "house", ""), outage, "at least five"),
        (row("d-1", "street", "") + &row("d-1", "street", ""), outage, "once"),
        (row("d-1", "street", ""), "d-1,100,200,\nd-1,150,300,\n", "without overlap"),
        (row("d-1", "street", ""), "d-2,100,200,\n", "of no device"),
        (row("d-1", "street", ""), "d-1,soon,200,\n", "outages.csv"),
        (row("d-1", "street", ""), "", "has devices and outages"),
    ] {
        std::fs::write(dir.path().join("devices.csv"), header.to_owned() + &devices).unwrap();
        std::fs::write(dir.path().join("outages.csv"), format!("device_id,off_unix_s,on_unix_s,remark\n{outages}"))
            .unwrap();
        let error = enrol(&config(Source::Replay(dir.path().into()), dir.path()), NOW).unwrap_err().to_string();
        assert!(error.contains(rule), "{error:?} for {rule:?}");
    }
}

#[test]
fn haryana_becomes_six_areas() {
    let Some(haryana) = scenario::haryana() else { return };
    let dir = tempfile::tempdir().unwrap();
    let enrolment = enrol(&config(Source::Replay(haryana), dir.path()), NOW).unwrap();
    check_rosters(&enrolment);
    let devices: Vec<_> = enrolment.areas.iter().flat_map(|area| &area.devices).collect();
    let feeders: BTreeSet<_> = devices.iter().map(|device| &device.feeder_id).collect();
    assert_eq!((enrolment.areas.len(), devices.len(), feeders.len()), (6, 358, 132));
    assert_eq!(devices.iter().map(|device| device.customers).sum::<u64>(), 9_943);
    assert!(enrolment.source.contains("DHBVN"), "{}", enrolment.source);
}
