//! The fleet at work.

use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use protocol::key::PublicKey;
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Broker, EnrolConfig, Line, MAX_CONNECTIONS, Scenario, ScenarioError, StateError, Status,
    device::{Shared, SimulatedDevice},
    enrol::enrolment,
    journal::{Journal, JournalError},
    keys::DeviceKey,
    link::{Link, LinkEvent, Send},
    list::{List, ListError},
    member::{Member, Outgoing, Tally},
    scenario::{Edge, Site},
    state::{State, write_whole},
    whole::{Board, Station, Step},
};

/// How often the devices are looked after when nothing comes from the line.
const TICK: Duration = Duration::from_millis(100);
/// Records that one device signs and sends in one round: every device gets its turn within a second or so.
const RECORDS_A_ROUND: usize = 8;
/// Events from the line taken in one round.
const EVENTS_A_ROUND: usize = 4096;
/// Records that wait for one connection; more are taken as lost on the line.
const MAX_WAITING: usize = 8192;
/// Messages of one connection that the broker has not acknowledged.
const MAX_INFLIGHT: u16 = 100;
/// Sectors of a whole device's queue: a week of records and more.
const WHOLE_QUEUE_SECTORS: usize = 40;
/// Shortest past of a whole device: its modem has found its network by the time that it comes to the present.
const WHOLE_PAST_MS: u64 = 300_000;
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// What a run needs.
#[derive(Clone, Debug)]
pub struct RunConfig {
    /// The scenario and where state lives; enrolled here if that was not done before.
    pub enrol: EnrolConfig,
    /// Hours of the past delivered as backlog at the first start.
    pub backlog_hours: u64,
    /// The broker.
    pub broker: Broker,
    /// Over how many connections the devices are spread.
    pub connections: usize,
    /// Whose receipts count.
    pub receipt_keys: Vec<PublicKey>,
    /// The contract that receipts must name (CAIP-10).
    pub contract: String,
    /// Where to write [`Status`], if anywhere.
    pub status: Option<PathBuf>,
    /// Where to append the list, if anywhere.
    pub list: Option<PathBuf>,
    /// How the line fails.
    pub line: Line,
}

/// Why a fleet does not run.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// Outside its limits.
    #[error("{0} is outside its limits")]
    Limit(&'static str),
    /// No scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// No state.
    #[error(transparent)]
    State(#[from] StateError),
    /// No journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// No list.
    #[error(transparent)]
    List(#[from] ListError),
    /// A device does not start.
    #[error("{device_id}: {error}")]
    Device {
        /// Which.
        device_id: String,
        /// Why.
        error: node::NodeError,
    },
    /// What must be durable is not: nothing may be published any more.
    #[error("writing: {0}")]
    Write(std::io::Error),
}

/// The clock.
#[must_use]
pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Runs the fleet until `shutdown`.
///
/// # Errors
/// [`FleetError`]; a broker that is away is no error.
pub async fn run(config: RunConfig, shutdown: CancellationToken) -> Result<Status, FleetError> {
    if config.connections == 0 || config.connections > MAX_CONNECTIONS {
        return Err(FleetError::Limit("connections"));
    }
    let mut fleet = Fleet::start(&config)?;
    let (events_in, mut events) = mpsc::channel(EVENTS_A_ROUND);
    let links = TaskTracker::new();
    fleet.connect(&config, &events_in, &links, &shutdown);
    let mut status_due = Instant::now();
    while !shutdown.is_cancelled() {
        let mut batch = Vec::new();
        tokio::select! {
            () = shutdown.cancelled() => break,
            _ = tokio::time::timeout(TICK, events.recv_many(&mut batch, EVENTS_A_ROUND)) => {}
        }
        for event in batch {
            fleet.take(event);
        }
        let now_ms = unix_ms();
        tokio::task::block_in_place(|| fleet.round(now_ms))?;
        if Instant::now() >= status_due {
            fleet.report(&config, now_ms / 1000)?;
            status_due = Instant::now() + STATUS_EVERY;
        }
    }
    // Whatever the links still say is not needed: the journal has it, or the nodes ask again.
    drop(events);
    links.close();
    links.wait().await;
    fleet.report(&config, unix_ms() / 1000)
}

/// Every device where its last record left it, then brought to now.
fn nodes(
    scenario: &Scenario,
    state: &State,
    stored: &mut HashMap<String, node::Stored>,
    shared: &Shared,
    now_ms: u64,
) -> Result<Vec<Member>, FleetError> {
    let places = scenario.sites.iter().zip(&scenario.edges).zip(&state.keys);
    let start = |((site, edges), key): ((&Site, &Vec<Edge>), &DeviceKey)| {
        let stored = stored.remove(&site.device_id).unwrap_or_default();
        let device = SimulatedDevice::start(site, edges, key.clone(), stored, shared);
        let mut device = device.map_err(|error| FleetError::Device { device_id: site.device_id.clone(), error })?;
        device.advance(now_ms);
        device.end_backlog();
        Ok(Member::Node(Box::new(device)))
    };
    places.map(start).collect()
}

/// Every device at the drill's start, or that of its backlog, or where its process was killed: it comes to now by and by.
fn whole(scenario: &Scenario, state: &State, config: &RunConfig, now_ms: u64) -> Result<Vec<Member>, FleetError> {
    let dir = config.enrol.state_dir.join("devices");
    std::fs::create_dir_all(&dir).map_err(FleetError::Write)?;
    let station = Station {
        host: config.broker.host().into(),
        port: config.broker.port(),
        root_certificate_pem: String::from_utf8_lossy(config.broker.authority_pem()).into_owned(),
        contract: config.contract.clone(),
        receipt_keys: config.receipt_keys.clone(),
        heartbeat_s: state.fixed.heartbeat_s,
        first_sequence: crate::enrol::FIRST_SEQUENCE,
        queue_sectors: WHOLE_QUEUE_SECTORS,
        dir: Some(dir),
    };
    let shift_ms = state.fixed.shift_s * 1_000;
    let moved = |step: &Step| Step { unix_ms: step.unix_ms.saturating_add_signed(shift_ms), ..*step };
    let past_ms = config.backlog_hours.saturating_mul(3_600_000).max(WHOLE_PAST_MS);
    let start_ms = if scenario.steps.is_empty() { now_ms.saturating_sub(past_ms) } else { shift_ms as u64 };
    let places = scenario.sites.iter().zip(scenario.happenings()).zip(&state.keys);
    places
        .map(|((site, steps), key)| {
            let steps = steps.iter().map(moved).collect();
            let board = Board::new(site, key.signing_key(), steps, start_ms, &station);
            Ok(Member::Whole(Box::new(board.map_err(FleetError::Write)?), Vec::new()))
        })
        .collect()
}

/// All devices with what they share.
struct Fleet {
    scenario: Scenario,
    state: State,
    devices: Vec<Member>,
    journal: Journal,
    list: Option<List>,
    records: Vec<mpsc::Sender<Send>>,
    up: Vec<bool>,
    line: Line,
    exhausted_at_unix_s: u64,
    exhausted: bool,
}

impl Fleet {
    /// Every device where its last record left it, then brought to now.
    fn start(config: &RunConfig) -> Result<Self, FleetError> {
        let now_ms = unix_ms();
        let scenario = config.enrol.source.scenario()?;
        let state = State::open(&config.enrol, &scenario, now_ms / 1000)?;
        enrolment(&config.enrol, &scenario, &state)?;
        let (journal, mut stored) = Journal::open(&state.journal_path)?;
        let list = config.list.as_ref().map(|path| List::open(path, &scenario.sites, &stored)).transpose()?;
        let shared = Shared {
            heartbeat_s: state.fixed.heartbeat_s,
            shift_s: state.fixed.shift_s,
            window_start_unix_s: (now_ms / 1000).saturating_sub(config.backlog_hours.saturating_mul(3600)),
            contract: config.contract.clone(),
            receipt_keys: config.receipt_keys.clone(),
        };
        let devices = if state.fixed.whole {
            whole(&scenario, &state, config, now_ms)?
        } else {
            nodes(&scenario, &state, &mut stored, &shared, now_ms)?
        };
        Ok(Self {
            exhausted_at_unix_s: scenario.end_unix_s().saturating_add_signed(state.fixed.shift_s),
            scenario,
            state,
            devices,
            journal,
            list,
            records: Vec::new(),
            up: vec![false; config.connections],
            line: config.line,
            exhausted: false,
        })
    }

    fn connect(
        &mut self,
        config: &RunConfig,
        events: &mpsc::Sender<LinkEvent>,
        links: &TaskTracker,
        stop: &CancellationToken,
    ) {
        for link in 0..config.connections {
            let (sender, receiver) = mpsc::channel(MAX_WAITING);
            self.records.push(sender);
            let on_link = |(device, site): (usize, &crate::scenario::Site)| {
                (device % config.connections == link).then(|| (device, site.device_id.clone()))
            };
            let device_ids: HashMap<usize, String> =
                self.scenario.sites.iter().enumerate().filter_map(on_link).collect();
            if device_ids.is_empty() {
                continue;
            }
            let mut options = config.broker.options(&format!("fleet-{}-{link}", self.state.fixed.client_tag));
            options.set_inflight(MAX_INFLIGHT);
            let connection = Link {
                link,
                options,
                devices: device_ids.iter().map(|(number, id)| (id.clone(), *number)).collect(),
                device_ids,
                line: config.line,
                events: events.clone(),
                stop: stop.clone(),
            };
            links.spawn(connection.run(receiver));
        }
    }

    fn take(&mut self, event: LinkEvent) {
        let connections = self.up.len();
        match event {
            LinkEvent::Up { link } => {
                self.up[link] = true;
                self.devices.iter_mut().skip(link).step_by(connections).for_each(|device| device.set_line(true));
            }
            LinkEvent::Down { link } => {
                self.up[link] = false;
                self.devices.iter_mut().skip(link).step_by(connections).for_each(|device| device.set_line(false));
            }
            LinkEvent::Acknowledged { device, sequence } => self.devices[device].acknowledged(sequence),
            LinkEvent::Receipt { device, topic, bytes } => self.devices[device].take_message(&topic, bytes),
        }
    }

    /// One round of every device: time, receipts, signatures on all cores; then journal and list; then the line. A
    /// crash before the commit leaves records that nobody has seen; after it, records that are sent again.
    fn round(&mut self, now_ms: u64) -> Result<(), FleetError> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = self.devices.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let work = |devices: &mut [Member]| devices.iter_mut().try_for_each(|d| d.work(now_ms, RECORDS_A_ROUND));
            let shares = self.devices.chunks_mut(share).map(|devices| scope.spawn(move || work(devices)));
            // All are started before the first is waited for.
            let shares: Vec<_> = shares.collect();
            shares
                .into_iter()
                .try_for_each(|share| share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        for (device, site) in self.devices.iter_mut().zip(&self.scenario.sites) {
            let changes = device.changes();
            self.journal.append(&site.device_id, &changes);
            if let Some(list) = &mut self.list {
                list.append(site, &changes);
            }
        }
        self.journal.commit().map_err(FleetError::Write)?;
        if let Some(list) = &mut self.list {
            list.commit().map_err(FleetError::Write)?;
        }
        let now = Instant::now();
        for (number, device) in self.devices.iter_mut().enumerate() {
            for Outgoing { topic, sequence, bytes } in device.outgoing(&self.scenario.sites[number].device_id) {
                let due = now + self.line.delay();
                let send = Send { device: number, topic, sequence, bytes, due };
                // A full queue is a bad line: the node sends again when no receipt comes.
                let _ = self.records[number % self.up.len()].try_send(send);
            }
        }
        Ok(())
    }

    fn report(&mut self, config: &RunConfig, now_unix_s: u64) -> Result<Status, FleetError> {
        if !self.exhausted && now_unix_s > self.exhausted_at_unix_s {
            self.exhausted = true;
            eprintln!("fleet: the scenario has no more outages; the devices go on with heartbeats");
        }
        let tallies: Vec<Tally> = self.devices.iter().map(Member::tally).collect();
        let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
        let (made, unreceipted, dropped) = (sum(|t| t.made), sum(|t| t.unreceipted), sum(|t| t.dropped));
        let status = Status {
            unix_s: now_unix_s,
            devices: self.devices.len() as u64,
            records_made: made,
            delivered: made.saturating_sub(unreceipted + dropped),
            unreceipted,
            backlog_left: sum(|t| t.backlog_left),
            dropped,
            resent: sum(|t| t.resent),
            receipts_refused: sum(|t| t.receipts_refused),
            updated: sum(|t| t.updated.into()),
            downloads_cut_off: sum(|t| t.cut_off.into()),
            connections: self.up.len() as u64,
            connections_up: self.up.iter().filter(|up| **up).count() as u64,
            exhausted: self.exhausted,
            exhausted_at_unix_s: self.exhausted_at_unix_s,
            shift_s: self.state.fixed.shift_s,
            provenance: self.scenario.provenance.as_str().into(),
            source: self.scenario.source.clone(),
        };
        if let Some(path) = &config.status {
            let line = serde_json::to_string(&status).expect("a status is JSON") + "\n";
            write_whole(path, line.as_bytes()).map_err(FleetError::Write)?;
        }
        Ok(status)
    }
}
