//! The fleet over a real broker, against a relayer played by the test.

mod relayer;
mod scenario;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fleet::{EnrolConfig, FleetError, Line, RunConfig, Source, Status, list::ListEvent, run::unix_ms};
use mosquitto::Mosquitto;
use protocol::record::PowerStatus::{self, Off, On};
use relayer::{CONTRACT, Ledger, Relayer};
use scenario::{SHIFT_S, haryana, write_scenario};
use tokio_util::sync::CancellationToken;

/// Nothing here depends on speed; this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// Waits until something holds.
async fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A run of the small scenario.
fn run_config(mosquitto: &Mosquitto, relayer: &Relayer, dir: &Path) -> RunConfig {
    RunConfig {
        enrol: EnrolConfig {
            source: Source::Replay(dir.into()),
            state_dir: dir.join("state"),
            roster_out: None,
            heartbeat_s: 900,
            whole: false,
        },
        backlog_hours: 24,
        broker: mosquitto.broker(),
        connections: 3,
        receipt_keys: vec![relayer.public_key.clone()],
        contract: CONTRACT.into(),
        status: Some(dir.join("status.json")),
        list: Some(dir.join("list.jsonl")),
        line: Line::default(),
    }
}

fn status(dir: &Path) -> Option<Status> {
    serde_json::from_slice(&std::fs::read(dir.join("status.json")).ok()?).ok()
}

/// A fleet in this process.
struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<Status, FleetError>>,
}

impl Running {
    fn start(config: RunConfig) -> Self {
        let stop = CancellationToken::new();
        Self { task: tokio::spawn(fleet::run(config, stop.clone())), stop }
    }

    async fn stop(self) -> Status {
        self.stop.cancel();
        self.task.await.unwrap().unwrap()
    }
}

fn all_delivered(dir: &Path) -> bool {
    status(dir).is_some_and(|status| status.unreceipted == 0 && status.records_made > 0)
}

/// Waits until everything was receipted once; says up to when edges had arrived then.
async fn wait_delivered(dir: &Path) -> u64 {
    let mut then = None;
    wait_for("all receipts", || {
        then = status(dir).filter(|status| status.unreceipted == 0 && status.records_made > 0);
        then.is_some()
    })
    .await;
    // An edge of that very second may still have been unsettled.
    then.expect("waited for").unix_s - 1
}

/// The scenario's edges of a device, in real time, from where its records begin.
fn true_edges(source: &Source, device_id: &str, shift_s: i64, from: u64, to: u64) -> Vec<(PowerStatus, u64)> {
    let scenario = source.scenario().unwrap();
    let at = scenario.sites.iter().position(|site| site.device_id == device_id).unwrap();
    let edges: Vec<_> =
        scenario.edges[at].iter().map(|edge| (edge.status, edge.unix_s.saturating_add_signed(shift_s))).collect();
    let first = edges.partition_point(|(_, unix_s)| *unix_s <= from);
    // A device that starts in an outage tells when it began.
    let first = if first > 0 && edges[first - 1].0 == Off { first - 1 } else { first };
    edges[first..].iter().copied().filter(|(_, unix_s)| *unix_s <= to).collect()
}

/// What the list says: leaves by device and sequence, and up to where each device is receipted.
fn read_list(dir: &Path) -> (BTreeMap<(String, u64), String>, BTreeMap<String, u64>) {
    let (mut leaves, mut receipted) = (BTreeMap::new(), BTreeMap::new());
    for line in std::fs::read_to_string(dir.join("list.jsonl")).unwrap().lines() {
        match serde_json::from_str(line).unwrap() {
            ListEvent::Made { device_id, sequence, leaf, .. } => {
                let known = leaves.insert((device_id, sequence), leaf.clone());
                assert!(known.is_none_or(|known| known == leaf), "a sequence has one leaf");
            }
            ListEvent::ReceiptedUpTo { device_id, sequence } => {
                receipted.insert(device_id, sequence);
            }
            ListEvent::Dropped { .. } => panic!("nothing is dropped here"),
        }
    }
    (leaves, receipted)
}

/// Nothing came with two contents; what arrived stands in the fleet's list with its leaf; what the list calls receipted
/// arrived, without a gap.
fn check(ledger: &Ledger, dir: &Path) {
    assert_eq!(ledger.conflicts, []);
    let (leaves, receipted) = read_list(dir);
    for (id, record) in &ledger.records {
        assert_eq!(leaves.get(id), Some(&protocol::to_hex(&record.leaf())), "{id:?}");
    }
    let is_receipted = |(device_id, sequence): &(String, u64)| *sequence <= receipted[device_id];
    for id in leaves.keys().filter(|id| is_receipted(id)) {
        assert!(ledger.records.contains_key(id), "{id:?} is receipted and never came");
    }
    assert_eq!(receipted.len(), ledger.chains.len());
    for (device_id, sequence) in &receipted {
        assert!(*sequence >= 1 && *sequence <= ledger.complete_up_to(device_id), "{device_id}");
        assert!(ledger.chains[device_id].omissions(1).is_empty(), "{device_id}");
    }
}

/// The edges of a device that arrived, up to a time.
fn arrived_edges(ledger: &Ledger, device_id: &str, to: u64) -> Vec<(PowerStatus, u64)> {
    ledger.edges(device_id).into_iter().filter(|(_, unix_s)| *unix_s <= to).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_edge_arrives_to_the_second_the_newest_state_first() {
    let (mosquitto, dir) = (Mosquitto::start(), tempfile::tempdir().unwrap());
    let relayer = Relayer::start(&mosquitto).await;
    let started = unix_ms() / 1000;
    write_scenario(dir.path(), started, 8);
    let config = run_config(&mosquitto, &relayer, dir.path());
    let source = config.enrol.source.clone();
    let running = Running::start(config);
    // The last outage happens while the fleet runs.
    wait_for("the live outage", || relayer.ledger().edges("t-0").last() == Some(&(On, started + 10))).await;
    let to = wait_delivered(dir.path()).await;
    let status = running.stop().await;
    let ledger = relayer.ledger();
    check(&ledger, dir.path());
    assert_eq!((status.devices, status.backlog_left, status.dropped), (10, 0, 0));
    assert_eq!((status.shift_s, status.provenance.as_str()), (SHIFT_S as i64, "replay"));
    let window_start = ledger.records[&("t-0".into(), 1)].statement.timestamp_unix_s;
    for site in source.scenario().unwrap().sites {
        let expected = true_edges(&source, &site.device_id, status.shift_s, window_start, to);
        assert_eq!(arrived_edges(&ledger, &site.device_id, to), expected, "{}", site.device_id);
        if !site.device_id.ends_with('4') {
            assert!(ledger.first[&site.device_id] > 50, "the newest state came first");
        }
    }
    let silent = ledger.records.iter().filter(|((id, _), _)| id == "t-4").count();
    assert!(silent >= 2 && ledger.records[&("t-4".into(), 1)].statement.power_status == Off);
    assert_eq!(ledger.records[&("t-4".into(), 2)].statement.power_status, On, "an outage is silent");
}

/// The fleet as a process of its own, killed when dropped.
struct Process(Child);

impl Process {
    fn start(config: &RunConfig, mosquitto: &Mosquitto, relayer: &Relayer, dir: &Path, faults: &[&str]) -> Self {
        let path = |name: &str| dir.join(name).display().to_string();
        let child = Command::new(env!("CARGO_BIN_EXE_fleet"))
            .args(["--replay", &dir.display().to_string(), "--state", &path("state")])
            .args(["--list", &path("list.jsonl"), "--status", &path("status.json")])
            .args(["--broker", &mosquitto.url(), "--ca", &mosquitto.authority().display().to_string()])
            .args(["--receipt-key", &relayer.public_key.to_hex(), "--contract", &config.contract])
            .args(["--backlog-hours", "24", "--connections", "3"])
            .args(faults)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// True, or the test ends here.
    fn is_running(&mut self) -> bool {
        let ended = self.0.try_wait().unwrap();
        assert!(ended.is_none(), "the fleet ended by itself: {ended:?}");
        true
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_fleet_goes_on_without_repeating_a_sequence() {
    let (mosquitto, dir) = (Mosquitto::start(), tempfile::tempdir().unwrap());
    let relayer = Relayer::start(&mosquitto).await;
    write_scenario(dir.path(), unix_ms() / 1000, 3);
    let config = run_config(&mosquitto, &relayer, dir.path());
    let slow = ["--delay-ms", "300", "--drop", "100"];
    for round in 1..=4 {
        let before = relayer.ledger().records.len();
        let mut process = Process::start(&config, &mosquitto, &relayer, dir.path(), &slow);
        let some_more = || process.is_running() && relayer.ledger().records.len() > before + 40 * round;
        wait_for("some records", some_more).await;
        process.kill();
    }
    assert!(!all_delivered(dir.path()), "it was killed at work");
    let process = Process::start(&config, &mosquitto, &relayer, dir.path(), &[]);
    let is_new = |status: Status| status.connections_up == 3 && status.unreceipted == 0;
    wait_for("all receipts", || status(dir.path()).is_some_and(is_new)).await;
    process.kill();
    check(&relayer.ledger(), dir.path());
    assert!(relayer.ledger().repeats > 0, "what was under way was sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_line_still_delivers_everything() {
    let (mosquitto, dir) = (Mosquitto::start(), tempfile::tempdir().unwrap());
    let relayer = Relayer::start(&mosquitto).await;
    write_scenario(dir.path(), unix_ms() / 1000, 3);
    let line = Line { drop_permille: 200, delay_ms: 100, outage_s: Some((5, 1)) };
    let running = Running::start(RunConfig { line, backlog_hours: 6, ..run_config(&mosquitto, &relayer, dir.path()) });
    wait_for("all receipts", || all_delivered(dir.path())).await;
    let status = running.stop().await;
    assert!(status.resent > 0, "{status:?}");
    check(&relayer.ledger(), dir.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_of_a_stranger_free_nothing() {
    let (mosquitto, dir) = (Mosquitto::start(), tempfile::tempdir().unwrap());
    let relayer = Relayer::start(&mosquitto).await;
    relayer.ledger().forging = true;
    write_scenario(dir.path(), unix_ms() / 1000, 600);
    let running = Running::start(run_config(&mosquitto, &relayer, dir.path()));
    wait_for("refusals", || status(dir.path()).is_some_and(|status| status.receipts_refused >= 10)).await;
    assert_eq!(status(dir.path()).unwrap().delivered, 0);
    relayer.ledger().forging = false;
    wait_for("all receipts", || all_delivered(dir.path())).await;
    running.stop().await;
    check(&relayer.ledger(), dir.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_fleets_cannot_use_one_state_and_a_broker_may_come_late() {
    let (mosquitto, dir) = (Mosquitto::start(), tempfile::tempdir().unwrap());
    let relayer = Relayer::start(&mosquitto).await;
    write_scenario(dir.path(), unix_ms() / 1000, 600);
    let config = run_config(&mosquitto, &relayer, dir.path());
    let nowhere =
        fleet::Broker::parse("mqtts://localhost:1", std::fs::read(mosquitto.authority()).unwrap(), None).unwrap();
    let running = Running::start(RunConfig { broker: nowhere, ..config.clone() });
    wait_for("a status", || status(dir.path()).is_some_and(|status| status.connections_up == 0)).await;
    let second = fleet::run(config.clone(), CancellationToken::new()).await;
    assert!(matches!(second, Err(FleetError::State(fleet::StateError::Locked(_)))), "{second:?}");
    running.stop().await;
    let running = Running::start(config);
    wait_for("all receipts", || all_delivered(dir.path())).await;
    running.stop().await;
    check(&relayer.ledger(), dir.path());
}

/// Modem, secure element and flash between: what whole devices tell is what happened, within a second for the network's
/// clock and one for the crystal.
#[tokio::test(flavor = "multi_thread")]
async fn whole_devices_of_any_scenario_tell_what_happens_to_them() {
    const HOURS: u64 = 2;
    let (mosquitto, dir) = (Mosquitto::start(), tempfile::tempdir().unwrap());
    let relayer = Relayer::start(&mosquitto).await;
    let started = unix_ms() / 1000;
    write_scenario(dir.path(), started, 20);
    let mut config = run_config(&mosquitto, &relayer, dir.path());
    let source = config.enrol.source.clone();
    config.enrol.whole = true;
    let running = Running::start(RunConfig { backlog_hours: HOURS, list: None, ..config });
    let is_over = |(status, unix_s): &(PowerStatus, u64)| *status == On && *unix_s > started;
    let ends = |device_id| relayer.ledger().edges(device_id).last().is_some_and(is_over);
    wait_for("the end of the live outage", || ends("t-0") && ends("t-4")).await;
    let to = wait_delivered(dir.path()).await;
    let status = running.stop().await;
    let ledger = relayer.ledger();
    assert_eq!((status.devices, status.dropped, ledger.conflicts.len()), (10, 0, 0));
    for device_id in ["t-0", "h-1", "t-2", "h-3"] {
        let expected = true_edges(&source, device_id, status.shift_s, started - HOURS * 3_600, to);
        let told = arrived_edges(&ledger, device_id, to);
        let near =
            |(told, it): (&(PowerStatus, u64), &(PowerStatus, u64))| told.0 == it.0 && told.1.abs_diff(it.1) <= 2;
        assert!(told.len() == expected.len() && told.iter().zip(&expected).all(near), "{told:?} for {expected:?}");
    }
    // Installed in an outage: it says what it finds, and goes dark.
    assert_eq!(ledger.edges("t-4").iter().map(|edge| edge.0).collect::<Vec<_>>(), [Off, On]);
}

/// Prints rates: see the last lines of its output.
#[tokio::test(flavor = "multi_thread")]
async fn haryana_is_replayed_to_the_second() {
    let Some(haryana) = haryana() else { return };
    let (mosquitto, dir) = (Mosquitto::start(), tempfile::tempdir().unwrap());
    let relayer = Relayer::start(&mosquitto).await;
    let mut config = run_config(&mosquitto, &relayer, dir.path());
    config.enrol.source = Source::Replay(haryana);
    config.backlog_hours = 48;
    config.connections = 16;
    let source = config.enrol.source.clone();
    let started = std::time::Instant::now();
    let running = Running::start(config);
    wait_for("every device's state", || relayer.ledger().first.len() == 358).await;
    let live = started.elapsed();
    let to = wait_delivered(dir.path()).await;
    let whole = started.elapsed();
    let status = running.stop().await;
    let ledger = relayer.ledger();
    check(&ledger, dir.path());
    let scenario = source.scenario().unwrap();
    let boots: BTreeSet<u64> =
        scenario.sites.iter().map(|s| ledger.records[&(s.device_id.clone(), 1)].statement.timestamp_unix_s).collect();
    let window_start = *boots.last().unwrap();
    let mut edges = 0;
    for site in &scenario.sites {
        let expected = true_edges(&source, &site.device_id, status.shift_s, window_start, to);
        assert_eq!(arrived_edges(&ledger, &site.device_id, to), expected, "{}", site.device_id);
        edges += expected.len();
    }
    println!(
        "358 devices: every state after {live:.1?}, {} records ({edges} edges) receipted after {whole:.1?}",
        ledger.records.len()
    );
}
