//! One simulated device: the real node, its key, and the mains that it will see.

use node::{Boot, Config, Node, NodeError, Now, Resume, Stored};
use protocol::{key::PublicKey, record::PowerStatus};

use crate::{
    enrol::FIRST_SEQUENCE,
    journal::Pending,
    keys::DeviceKey,
    member::Tally,
    scenario::{Edge, Site},
};

/// Shorter than any outage, or time between two, of a scenario.
const DEBOUNCE_MS: u64 = 200;
/// Records at the front of the queue that may be under way.
const WINDOW: usize = 16;
const RESEND_MS: u64 = 10_000;
const RESEND_MAX_MS: u64 = 120_000;
/// Receipts taken from the line and not yet looked at; more are lost like any on a bad line, and come again.
const MAX_INBOX: usize = 256;

/// What all devices of a fleet share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) heartbeat_s: u64,
    pub(crate) shift_s: i64,
    /// Where devices without a record begin.
    pub(crate) window_start_unix_s: u64,
    pub(crate) contract: String,
    pub(crate) receipt_keys: Vec<PublicKey>,
}

/// A device.
pub(crate) struct SimulatedDevice {
    pub(crate) node: Node,
    key: DeviceKey,
    /// Changes since the last commit of the journal.
    pub(crate) pending: Pending,
    /// Records to send after that commit, with their sequences.
    pub(crate) outbox: Vec<(u64, Vec<u8>)>,
    inbox: Vec<Vec<u8>>,
    edges: Vec<Edge>,
    next_edge: usize,
    /// The last sequence made before the device went on with the clock.
    backlog_to: u64,
}

/// Both clocks run together in a fleet; records are in whole seconds.
fn at(unix_ms: u64) -> Now {
    Now::known(unix_ms, unix_ms / 1000)
}

/// A device's settings. When it first beats follows from its key, so that devices that start together do not beat
/// together.
fn config(site: &Site, key: &DeviceKey, shared: &Shared) -> Config {
    let digest = protocol::digest(&key.public().to_point());
    let spread = u64::from_be_bytes(digest[..8].try_into().expect("eight bytes"));
    Config {
        device_id: site.device_id.clone(),
        latitude_e6: site.latitude_e6,
        longitude_e6: site.longitude_e6,
        phases: 1,
        first_sequence: FIRST_SEQUENCE,
        heartbeat_s: shared.heartbeat_s,
        first_heartbeat_s: spread % shared.heartbeat_s.max(1) + 1,
        debounce_ms: DEBOUNCE_MS,
        queue_limit: node::MAX_QUEUE,
        window: WINDOW,
        resend_ms: RESEND_MS,
        resend_max_ms: RESEND_MAX_MS,
        contract: shared.contract.clone(),
        receipt_keys: shared.receipt_keys.clone(),
    }
}

impl SimulatedDevice {
    /// A device where its last record left it, or at the start of the window. [`SimulatedDevice::advance`] brings it
    /// to now: what happened meanwhile is its backlog.
    pub(crate) fn start(
        site: &Site,
        edges: &[Edge],
        key: DeviceKey,
        stored: Stored,
        shared: &Shared,
    ) -> Result<Self, NodeError> {
        let shift = |edge: &Edge| Edge { unix_s: edge.unix_s.saturating_add_signed(shared.shift_s), ..*edge };
        let edges: Vec<Edge> = edges.iter().map(shift).collect();
        let start_unix_s = stored.last.and_then(|last| last.stamp.unix_s()).unwrap_or(shared.window_start_unix_s);
        let next_edge = edges.partition_point(|edge| edge.unix_s <= start_unix_s);
        let before = edges[..next_edge].last();
        let now = at(start_unix_s * 1000);
        let boot = match (stored.last, before) {
            (Some(last), _) => Boot { mains: last.power_status.into(), since_unix_s: None, now },
            // It starts inside an outage: reported with its true start, though that lies before the window.
            (None, Some(Edge { unix_s, status: PowerStatus::Off })) => {
                Boot { mains: PowerStatus::Off.into(), since_unix_s: Some(*unix_s), now }
            }
            (None, _) => Boot { mains: PowerStatus::On.into(), since_unix_s: None, now },
        };
        let resume = Resume::from(&stored);
        let mut pending = Pending::new(stored);
        let node = Node::start(config(site, &key, shared), resume, boot, &mut pending)?;
        Ok(Self { node, key, pending, outbox: Vec::new(), inbox: Vec::new(), edges, next_edge, backlog_to: 0 })
    }

    /// Lets time pass: every edge and heartbeat at its own moment, however late this is called.
    pub(crate) fn advance(&mut self, to_unix_ms: u64) {
        loop {
            let edge = self.edges.get(self.next_edge).map(|edge| (edge.unix_s * 1000, edge.status));
            let tick = self.node.next_tick_ms();
            match (edge, tick) {
                (Some((unix_ms, status)), tick) if unix_ms <= to_unix_ms && tick.is_none_or(|tick| unix_ms <= tick) => {
                    self.node.sample(status, at(unix_ms), &mut self.pending);
                    self.next_edge += 1;
                }
                (_, Some(tick)) if tick <= to_unix_ms => self.node.tick(at(tick), &mut self.pending),
                _ => return,
            }
        }
    }

    /// From here on the device lives with the clock.
    pub(crate) fn end_backlog(&mut self) {
        self.backlog_to = self.last_sequence();
    }

    pub(crate) fn take_receipt(&mut self, bytes: Vec<u8>) {
        if self.inbox.len() < MAX_INBOX {
            self.inbox.push(bytes);
        }
    }

    /// Looks at the receipts that came and signs what goes out next, at most `limit` records.
    pub(crate) fn work(&mut self, unix_ms: u64, limit: usize) {
        self.advance(unix_ms);
        for bytes in self.inbox.drain(..) {
            if let Err(refusal) = self.node.receipt(&bytes, at(unix_ms), &mut self.pending) {
                tracing::debug!(device_id = self.node.config().device_id, %refusal, "receipt refused");
            }
        }
        while self.outbox.len() < limit {
            match self.node.next_publish(at(unix_ms), &mut self.key, &mut self.pending) {
                Ok(Some(publish)) => self.outbox.push((publish.sequence, publish.bytes.to_vec())),
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(device_id = self.node.config().device_id, %error, "nothing to send");
                    return;
                }
            }
        }
    }

    fn last_sequence(&self) -> u64 {
        self.node.last().map_or(0, |last| last.sequence)
    }

    /// What is counted of it since the start of this process; records made since its first.
    pub(crate) fn tally(&self) -> Tally {
        let counters = self.node.counters();
        Tally {
            made: self.last_sequence(),
            unreceipted: self.node.backlog() as u64,
            dropped: counters.dropped,
            resent: counters.taken_back,
            receipts_refused: counters.receipts_refused,
            updated: false,
            cut_off: false,
            backlog_left: self.backlog_left(),
        }
    }

    fn backlog_left(&self) -> u64 {
        self.node.unreceipted().take_while(|sequence| *sequence <= self.backlog_to).count() as u64
    }
}
