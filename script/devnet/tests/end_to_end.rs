//! The whole, as a person and as an adversary meet it: from devices to a proof, with crashes on the way.

mod support;

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use devnet::{status::Status, tools};
use serde_json::Value;
use support::Running;
use tempfile::TempDir;

/// One feeder of each area and a short past: enough for every kind of site.
const SMALL: [&str; 6] = ["--generate", "7", "--backlog-hours", "2", "--period-s", "5"];

fn run(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(arguments).current_dir(tools::root()).output().expect("it starts");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), text)
}

#[test]
fn once_ends_with_a_summary_and_leaves_nothing_behind() {
    let folder = TempDir::new().expect("a folder");
    let log = folder.path().join("output");
    let output = fs::File::create(&log).expect("a file");
    let status = Command::new(env!("CARGO_BIN_EXE_devnet"))
        .args(["up", "--once", "--free-ports", "--dir"])
        .arg(folder.path().join("devnet"))
        .args(SMALL)
        .stdout(output.try_clone().expect("a handle"))
        .stderr(output)
        .status()
        .expect("it starts");
    let text = fs::read_to_string(&log).expect("its output");
    assert!(status.success(), "{text}");
    let last: Value = serde_json::from_str(text.lines().last().expect("a line")).expect("the last line is JSON");
    let count = |name: &str| last[name].as_u64().unwrap_or_else(|| panic!("{name} in {last}"));
    assert!(count("areas") >= 3 && count("devices") > 0 && count("batches_anchored") >= 3, "{last}");
    assert!(count("records_anchored") > 0 && count("sealed_anchored") > 0, "{last}");
    assert_eq!(count("records_verified"), count("records_anchored"));
    assert_eq!(count("records"), count("records_anchored") + count("sealed_anchored"));
    assert_eq!(count("refused"), 0);
    assert!(count("seconds") > 0);
    assert_eq!(last["kinds"], serde_json::json!(["house", "street", "transformer"]));
    assert_eq!(last["provenance"], "generated");
    let (_, processes) = run("ps", &["-eo", "args"]);
    let folder = folder.path().to_str().expect("UTF-8");
    let left: Vec<&str> = processes.lines().filter(|line| line.contains(folder)).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// Relayer and indexer are killed while records come in; the devnet is stopped and started again. After that every
/// record that was receipted is anchored, once, by the devices' own list and the verifier's word.
#[tokio::test(flavor = "multi_thread")]
async fn crashes_lose_nothing_that_was_receipted() {
    let folder = TempDir::new().expect("a folder");
    let mut running = Running::start(&folder, &SMALL).await;
    let some_records = |status: &Status| match status.records {
        0..200 => vec!["200 records".into()],
        _ => vec![],
    };
    running.until(some_records).await;
    running.devnet.kill("relayer").await;
    running.devnet.start_part("relayer").expect("starts again");
    let some_batches = |status: &Status| match status.meta.batches_verified {
        0..3 => vec!["3 verified batches".into()],
        _ => vec![],
    };
    running.until(some_batches).await;
    running.devnet.kill("indexer").await;
    running.devnet.kill("relayer").await;
    running.devnet.start_part("relayer").expect("starts again");
    running.devnet.start_part("indexer").expect("starts again");
    running.until(Status::missing).await;
    running.devnet.stop().await;

    let mut running = Running::start(&folder, &SMALL).await;
    let status = running.drain().await;
    assert_eq!(status.meta.batches_failed, 0);
    let endpoints = folder.path().join("endpoints.json");
    let list = receipted(&running.devnet.endpoints.fleet_list);
    every_area_is_complete(&status, &endpoints, &list);
    the_page_is_on_ipfs(&running, &endpoints).await;
    the_readme_checks_a_record(&endpoints);
    the_page_checks_readings(&endpoints);
    running.devnet.stop().await;
}

/// Those of the devices' own list that a receipt covers, in a list beside it.
fn receipted(list: &Path) -> PathBuf {
    let text = fs::read_to_string(list).expect("the devices' list");
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |event: &Value| (event["device_id"].to_string(), event["sequence"].as_u64().expect("a number"));
    let mut up_to: HashMap<String, u64> = HashMap::new();
    for (device_id, sequence) in events.iter().filter(|e| e["event"] == "receipted_up_to").map(of) {
        let highest = up_to.entry(device_id).or_default();
        *highest = (*highest).max(sequence);
    }
    let is_receipted = |event: &&Value| {
        let (device_id, sequence) = of(event);
        up_to.get(&device_id).is_some_and(|highest| sequence <= *highest)
    };
    let made = events.iter().filter(|e| e["event"] == "made").filter(is_receipted);
    let lines: BTreeSet<String> = made.map(|event| format!("{event}\n")).collect();
    assert!(lines.len() > 200, "{} records are receipted", lines.len());
    let path = list.with_file_name("receipted.jsonl");
    fs::write(&path, lines.into_iter().collect::<String>()).expect("the list");
    path
}

fn every_area_is_complete(status: &Status, endpoints: &Path, list: &Path) {
    let verifier = tools::Tools::find().expect("tools").service("verifier");
    let (endpoints, list) = (endpoints.to_str().expect("UTF-8"), list.to_str().expect("UTF-8"));
    for area in &status.areas {
        let arguments = ["area", &area.area_id, "--endpoints", endpoints, "--list", list];
        let (complete, text) = run(&verifier, &arguments);
        assert!(complete, "{}: {text}", area.area_id);
    }
}

/// The page that the origin serves comes from IPFS by its CID, and the origin answers it.
async fn the_page_is_on_ipfs(running: &Running, endpoints: &Path) {
    let Some(built) = devnet::page::built() else {
        eprintln!("SKIPPED: the page from IPFS, for want of its build (npm run -w dapp build)");
        return;
    };
    let written = fs::read_to_string(endpoints).expect("endpoints.json");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    let text = |name: &str| written[name].as_str().unwrap_or_else(|| panic!("{name} in {written}")).to_owned();
    let (cid, gateway, service) = (text("dapp_cid"), text("ipfs_gateway_url"), text("dapp_url"));
    assert_eq!(text("dapp_ipfs_url"), format!("{gateway}/ipfs/{cid}/#/?service={service}"));
    assert_eq!(running.devnet.endpoints.dapp_cid.as_ref(), Some(&cid));
    let page = reqwest::get(text("dapp_ipfs_url")).await.expect("an answer").text().await.expect("text");
    assert_eq!(page, fs::read_to_string(built.join("index.html")).expect("the page"));
    let asked = reqwest::Client::new().get(format!("{service}/config.json")).header("origin", gateway).send();
    let answer = asked.await.expect("an answer");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert!(answer.text().await.expect("text").contains("this devnet"));
}

/// The README's block, pasted as it stands but for the folder; then with one character of the record changed.
fn the_readme_checks_a_record(endpoints: &Path) {
    if !tools::root().join("node_modules/.bin/cast").exists() {
        eprintln!("SKIPPED: the README's check by hand, for want of cast (npm ci)");
        return;
    }
    let readme = fs::read_to_string(tools::root().join("README.md")).expect("the README");
    let after = readme.split("<!-- by-hand").nth(1).expect("the marker");
    let mut blocks = after.split("```bash\n").skip(1).map(|text| text.split("```").next().expect("its end"));
    let block = blocks.next().expect("the block");
    let block = block.replace("E=.devnet/endpoints.json", &format!("E={}", endpoints.display()));
    let (_, text) = run("bash", &["-c", &block]);
    assert!(text.contains("EQUAL: this record is in batch"), "{text}");
    let changed = block.replace("echo \"$RECORD\"\n", "RECORD=${RECORD/:/;}; echo \"$RECORD\"\n");
    assert_ne!(changed, block);
    let (_, text) = run("bash", &["-c", &changed]);
    assert!(text.contains("DIFFERENT") && !text.contains("EQUAL"), "{text}");
    // The verifier's command after it, in the same shell; a reader's `.devnet` is this folder here.
    let command = blocks.next().expect("the verifier's").replace(" record ", " record --endpoints \"$E\" ");
    let (proven, text) = run("bash", &["-c", &format!("set -e\n{block}\n{command}")]);
    assert!(proven, "{text}");
}

/// The page's own check, in Node: over the service's origin and past it, and its commands in bash.
fn the_page_checks_readings(endpoints: &Path) {
    if !tools::root().join("node_modules/.bin/vitest").exists() {
        eprintln!("SKIPPED: the page's check of readings, for want of vitest (npm ci)");
        return;
    }
    let named = format!("POWER_TRACKER_ENDPOINTS={}", endpoints.display());
    let (passed, text) = run("env", &[&named, "npm", "run", "--silent", "-w", "dapp", "test:devnet"]);
    assert!(passed, "{text}");
}

#[test]
fn two_devnets_do_not_share_a_folder() {
    let folder = TempDir::new().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let lock = fs::File::create(folder.path().join("lock")).expect("a file");
    lock.lock().expect("free");
    let settings = support::settings(folder.path(), &SMALL);
    let error = runtime.block_on(devnet::up::Devnet::start(settings, &|_| ())).expect_err("refused");
    assert!(error.to_string().contains("already runs"), "{error}");
}
