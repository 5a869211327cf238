//! What a timeline is made of.

use super::patience_until_unix_s;
use crate::record::{Phases, PowerStatus, Statement, TimeQuality};

/// What a timeline needs of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The record's sequence.
    pub sequence: u64,
    /// The sequence it follows; `None` for sequence 0.
    pub predecessor: Option<u64>,
    /// The state from then on.
    pub power_status: PowerStatus,
    /// When.
    pub timestamp_unix_s: u64,
    /// Seconds between the device's heartbeats, by the roster of the record's batch; 0 where that is not known.
    pub heartbeat_s: u64,
    /// Whether the timestamp is an upper bound.
    pub is_bound: bool,
    /// Which phases are live, of three.
    pub phases: Option<Phases>,
}

impl Reading {
    /// What a record says of a device with such heartbeats.
    #[must_use]
    pub fn new(statement: &Statement, heartbeat_s: u64) -> Self {
        Self {
            sequence: statement.sequence,
            predecessor: statement.predecessor(),
            power_status: statement.power_status,
            timestamp_unix_s: statement.timestamp_unix_s,
            heartbeat_s,
            is_bound: statement.time_quality == Some(TimeQuality::UpperBound),
            phases: statement.phases,
        }
    }
}

/// Records of one status that follow each other in the device's chain without a gap, and of ON without silence long
/// enough for NO DATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Their status.
    pub power_status: PowerStatus,
    /// The first one's sequence.
    pub first_sequence: u64,
    /// What the first one follows.
    pub predecessor: Option<u64>,
    /// The first one's timestamp.
    pub first_unix_s: u64,
    /// The last one's sequence.
    pub last_sequence: u64,
    /// The last one's timestamp.
    pub last_unix_s: u64,
    /// Seconds between heartbeats at the first one; 0 where that is not known.
    pub heartbeat_s: u64,
    /// Whether the first one's timestamp is an upper bound.
    pub first_is_bound: bool,
    /// Which phases are live by the last one, of three.
    pub phases: Option<Phases>,
}

impl Segment {
    pub(super) fn of(r: Reading) -> Self {
        Self {
            power_status: r.power_status,
            first_sequence: r.sequence,
            predecessor: r.predecessor,
            first_unix_s: r.timestamp_unix_s,
            last_sequence: r.sequence,
            last_unix_s: r.timestamp_unix_s,
            heartbeat_s: r.heartbeat_s,
            first_is_bound: r.is_bound,
            phases: r.phases,
        }
    }

    /// Goes on up to the end of one that joins this.
    pub(super) fn end_with(&mut self, after: &Self) {
        self.last_sequence = after.last_sequence;
        self.last_unix_s = after.last_unix_s;
        self.phases = after.phases;
    }

    pub(super) fn continues(&self, before: &Self) -> bool {
        self.predecessor == Some(before.last_sequence)
    }

    /// Whether both are one segment.
    pub(super) fn joins(&self, before: &Self) -> bool {
        let was_silent = self.power_status == PowerStatus::On
            && self.heartbeat_s > 0
            && self.first_unix_s > patience_until_unix_s(before.last_unix_s, self.heartbeat_s);
        self.continues(before) && self.power_status == before.power_status && !was_silent
    }
}
