//! Edges: each becomes a record, at once or when there are sequences again.

use core::ops::Range;

use protocol::{MAX_INTEGER, record::PowerStatus};

use super::Node;
use crate::{Level, Stamp, Store, mains::Edge};

impl Node {
    /// Gives the node further sequences, of a counter that survives resets. Sequences that are left out are stated by
    /// the next record. The newest edge that was seen without any is recorded now, with its own time.
    pub fn extend(&mut self, sequences: Range<u64>, store: &mut impl Store) {
        if sequences.end > self.sequences_end {
            if sequences.start > self.sequences_end {
                self.next_sequence = sequences.start;
            }
            self.sequences_end = sequences.end.min(MAX_INTEGER + 1);
        }
        if self.sequences_left() > 0
            && let Some((level, stamp)) = self.pending.take()
        {
            self.make(level, stamp, store);
        }
    }

    pub(super) fn record_edge(&mut self, edge: Option<Edge>, store: &mut impl Store) {
        let Some(Edge { level, at }) = edge else { return };
        self.make_state(level, at.stamp(), store);
        self.heartbeat_ms = match level.status() {
            // Not after a period: a whole feeder has this edge, and would beat in one second from then on.
            PowerStatus::On => Some(at.monotonic_ms.saturating_add(self.config.first_heartbeat_s.saturating_mul(1000))),
            PowerStatus::Off => None,
        };
    }

    /// Makes a record of a new state. Without a sequence the state waits for one: nothing comes after an OFF that would
    /// say it later. Only one waits, for only the newest state must be told; one that it replaces is counted.
    pub(super) fn make_state(&mut self, level: Level, stamp: Stamp, store: &mut impl Store) {
        if self.sequences_left() > 0 {
            self.make(level, stamp, store);
        } else if self.pending.replace((level, stamp)).is_some() {
            self.counters.exhausted += 1;
        }
    }
}
