//! A device of a fleet: its node alone, or whole.

use device::Counts;

use crate::{FleetError, RECORDS_TOPIC, device::SimulatedDevice, journal::Kept, whole::Board};

/// What is counted of a device.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) made: u64,
    pub(crate) unreceipted: u64,
    pub(crate) dropped: u64,
    pub(crate) resent: u64,
    pub(crate) receipts_refused: u64,
    /// Whether it runs a confirmed release that came over the air.
    pub(crate) updated: bool,
    /// Whether an outage came in the midst of a download.
    pub(crate) cut_off: bool,
    /// Without a receipt of what it made before it went on with the clock.
    pub(crate) backlog_left: u64,
}

impl Tally {
    /// And what a whole device has counted since its start.
    pub(crate) fn with(self, counts: Counts) -> Self {
        Self {
            made: self.made + counts.node.made,
            dropped: self.dropped + counts.node.dropped,
            resent: self.resent + counts.node.taken_back,
            receipts_refused: self.receipts_refused + u64::from(counts.receipts_refused),
            ..self
        }
    }
}

/// A message for the broker.
pub(crate) struct Outgoing {
    pub(crate) topic: String,
    pub(crate) sequence: u64,
    pub(crate) bytes: Vec<u8>,
}

/// A device.
pub(crate) enum Member {
    /// The node, with a store and a key of this process.
    Node(Box<SimulatedDevice>),
    /// Node and drivers on simulated parts.
    Whole(Box<Board>, Vec<(String, Vec<u8>)>),
}

impl Member {
    /// The line is up or down.
    pub(crate) fn set_line(&mut self, up: bool) {
        match self {
            Self::Node(device) if up => device.node.link_up(),
            Self::Node(device) => device.node.link_down(),
            Self::Whole(board, _) => board.set_line(up),
        }
    }

    /// The broker has a record.
    pub(crate) fn acknowledged(&mut self, sequence: u64) {
        match self {
            Self::Node(device) => device.node.acknowledged(sequence),
            // The modem has said so long before.
            Self::Whole(..) => {}
        }
    }

    pub(crate) fn take_message(&mut self, topic: &str, bytes: Vec<u8>) {
        match self {
            Self::Node(device) => device.take_receipt(bytes),
            Self::Whole(board, _) => board.deliver(topic, &bytes),
        }
    }

    /// Lets time pass, at most `limit` records of work.
    pub(crate) fn work(&mut self, unix_ms: u64, limit: usize) -> Result<(), FleetError> {
        match self {
            Self::Node(device) => device.work(unix_ms, limit),
            Self::Whole(board, out) => board.work(unix_ms, out).map_err(FleetError::Write)?,
        }
        Ok(())
    }

    /// What must be durable before anything goes out. A whole device has its flash.
    pub(crate) fn changes(&mut self) -> Vec<Kept> {
        match self {
            Self::Node(device) => std::mem::take(&mut device.pending.changes),
            Self::Whole(..) => Vec::new(),
        }
    }

    /// What goes out.
    pub(crate) fn outgoing(&mut self, device_id: &str) -> Vec<Outgoing> {
        let topic = || format!("{RECORDS_TOPIC}{device_id}");
        match self {
            Self::Node(device) => {
                device.outbox.drain(..).map(|(sequence, bytes)| Outgoing { topic: topic(), sequence, bytes }).collect()
            }
            Self::Whole(_, out) => out.drain(..).map(|(topic, bytes)| Outgoing { topic, sequence: 0, bytes }).collect(),
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        match self {
            Self::Node(device) => device.tally(),
            Self::Whole(board, _) => board.tally(),
        }
    }
}
