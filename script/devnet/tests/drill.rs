//! Whole devices, modem, secure element and flash simulated, through the eight cases of the drill: what the verifier says
//! of chain and IPFS alone is what happened.

mod support;

use std::{path::Path, process::Command};

use devnet::tools::Tools;
use fleet::{
    Scenario, Source, drill,
    scenario::Edge,
    whole::{Cut, Happening, MAX_DRIFT_PPM, Step},
};
use serde_json::Value;
use support::Running;
use tempfile::TempDir;

/// The network tells whole seconds.
const TOLERANCE_S: u64 = 1;

/// The verifier's report.
fn verifier(endpoints: &Path, arguments: &[&str]) -> Value {
    let program = Tools::find().expect("tools").service("verifier");
    let output = Command::new(program).args(arguments).arg("--json").arg("--endpoints").arg(endpoints).output();
    let output = output.expect("it starts");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Start and end of an outage that happened, and how far what is told may be from them.
#[derive(Debug)]
struct Happened {
    start_unix_s: u64,
    end_unix_s: u64,
    within_s: u64,
}

/// By how much a crystal may be off at a moment: it drifts while there is no network.
fn drift_s(steps: &[Step], unix_s: u64) -> u64 {
    let coverage = steps.iter().filter_map(|step| match step.what {
        Happening::Coverage(coverage) => Some((coverage, step.unix_ms / 1_000)),
        _ => None,
    });
    let coverage: Vec<(bool, u64)> = coverage.collect();
    let gap = coverage.chunks(2).find(|gap| (gap[0].1..gap[1].1).contains(&unix_s));
    gap.map_or(0, |gap| (gap[1].1 - gap[0].1) * MAX_DRIFT_PPM.unsigned_abs() / 1_000_000)
}

fn happened(scenario: &Scenario, device: usize, shift_s: i64) -> Vec<Happened> {
    let moved = |edge: &Edge| edge.unix_s.saturating_add_signed(shift_s);
    let outage = |pair: &[Edge]| Happened {
        start_unix_s: moved(&pair[0]),
        end_unix_s: moved(&pair[1]),
        within_s: TOLERANCE_S + drift_s(&scenario.steps[device], pair[0].unix_s),
    };
    scenario.edges[device].chunks(2).map(outage).collect()
}

/// Whether the power went before the outage's beginning was written, or half way through that: it was never stored. A mark
/// of a receipt may come before it.
fn was_cut(scenario: &Scenario, device: usize, outage: &Happened, shift_s: i64) -> bool {
    let at_unix_s = outage.start_unix_s.saturating_add_signed(-shift_s);
    let is_cut = |step: &&Step| matches!(step.what, Happening::FlashCut(0 | 1, Cut::Before | Cut::Half));
    scenario.steps[device].iter().filter(is_cut).any(|step| step.unix_ms / 1_000 == at_unix_s)
}

/// Every outage is told, and nothing else is: but for those whose very record the power cut off.
fn assert_told(scenario: &Scenario, device: usize, shift_s: i64, report: &Value) -> usize {
    let device_id = &scenario.sites[device].device_id;
    let told = report["outages"].as_array().expect("a list").iter().filter(|outage| outage["device_id"] == **device_id);
    let mut told: Vec<&Value> = told.collect();
    let seconds = |outage: &Value, name: &str| outage[name].as_u64().unwrap_or_else(|| panic!("{name} in {outage}"));
    let all = happened(scenario, device, shift_s);
    for outage in &all {
        let is_it = |told: &&Value| {
            seconds(told, "start_unix_s").abs_diff(outage.start_unix_s) <= outage.within_s
                && seconds(told, "end_unix_s").abs_diff(outage.end_unix_s) <= outage.within_s
        };
        match told.iter().position(is_it) {
            Some(at) => {
                let found = told.remove(at);
                assert!(found["start_uncertain"] == false && found["end_uncertain"] == false, "{found}");
            }
            None => {
                assert!(was_cut(scenario, device, outage, shift_s), "{device_id}: {outage:?} is not told: {told:?}")
            }
        }
    }
    assert!(told.is_empty(), "{device_id}: told, and did not happen: {told:?}");
    all.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn outages_are_told_to_the_second_whatever_the_field_does() {
    let folder = TempDir::new().expect("a folder");
    let mut running = Running::start(&folder, &["--drill", "--period-s", "10"]).await;
    let status = running.drain().await;
    let shift_s = status.fleet.as_ref().expect("a fleet").shift_s;
    assert_eq!(status.meta.batches_failed, 0);
    // In spite of the outage, which came in the midst of the download of some; told like any other (below).
    let fleet = status.fleet.as_ref().expect("a fleet");
    assert!(fleet.updated == 3 && fleet.downloads_cut_off > 0, "{fleet:?}");
    let scenario = Source::Drill.scenario().expect("a scenario");
    let endpoints = folder.path().join("endpoints.json");

    let report = verifier(&endpoints, &["outages", drill::AREA_ID]);
    let mut outages = 0;
    for (device, site) in scenario.sites.iter().enumerate() {
        if site.device_id != drill::CLONED {
            outages += assert_told(&scenario, device, shift_s, &report);
        }
    }
    eprintln!("{outages} outages of {} whole devices are told to the second", scenario.sites.len() - 1);
    nothing_is_left_out_and_the_copy_shows(&endpoints);
    the_stolen_device_is_alone(&scenario, &report);
    running.devnet.stop().await;
}

/// No device's chain has a gap, and only the copied key stated two things under one sequence.
fn nothing_is_left_out_and_the_copy_shows(endpoints: &Path) {
    let report = verifier(endpoints, &["area", drill::AREA_ID]);
    let is_copied = |entry: &Value| entry["device_id"] == drill::CLONED;
    let entries = |name: &str| report[name].as_array().cloned().unwrap_or_else(|| panic!("{name} in {report}"));
    assert!(entries("omissions").iter().all(is_copied), "{report}");
    assert!(!entries("equivocations").is_empty() && entries("equivocations").iter().all(is_copied), "{report}");
    assert_eq!(report["duplicates"], Value::Array(vec![]));
}

/// Its neighbours tell the feeder's outages; where it was carried to there are none. That contradiction is all that can be
/// seen of a theft: where a device is, it cannot know.
fn the_stolen_device_is_alone(scenario: &Scenario, report: &Value) {
    let stolen = scenario.sites.iter().find(|site| site.device_id == drill::STOLEN).expect("it is there");
    let count = |device_id: &str| {
        let all = report["outages"].as_array().expect("a list");
        all.iter().filter(|outage| outage["device_id"] == device_id).count()
    };
    let neighbours = scenario.sites.iter().filter(|site| site.feeder == stolen.feeder && *site != stolen);
    for neighbour in neighbours {
        assert_eq!((count(&neighbour.device_id), count(drill::STOLEN)), (2, 1), "{report}");
    }
}
