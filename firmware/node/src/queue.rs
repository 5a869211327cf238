//! Records that are waiting for a receipt, and what a reset leaves of them.

use alloc::{collections::VecDeque, vec::Vec};

use protocol::record::{PowerStatus, Statement};

use crate::Config;

/// What is recorded of an edge or a heartbeat: a statement without what every record of the device repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// First and last sequence that a full queue overwrote, inclusive: all of them since the last receipt. Every record
    /// repeats it until a receipt covers it, so that the newest one alone lets the relayer's chain go on.
    pub dropped: Option<(u64, u64)>,
    /// The state from `timestamp_unix_s` on.
    pub power_status: PowerStatus,
    /// The sequence before this one, exactly when that is not `sequence - 1`.
    pub previous_sequence: Option<u64>,
    /// The device's counter.
    pub sequence: u64,
    /// When the edge was seen, or the heartbeat made.
    pub timestamp_unix_s: u64,
}

impl Draft {
    /// The statement that the device signs.
    #[must_use]
    pub fn statement(&self, config: &Config) -> Statement {
        Statement {
            device_id: config.device_id.clone(),
            dropped: self.dropped,
            latitude_e6: config.latitude_e6,
            longitude_e6: config.longitude_e6,
            power_status: self.power_status,
            previous_sequence: self.previous_sequence,
            sequence: self.sequence,
            timestamp_unix_s: self.timestamp_unix_s,
        }
    }
}

/// A record in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was recorded.
    pub draft: Draft,
    /// The signed bytes, once made: they never change.
    pub bytes: Option<Vec<u8>>,
}

/// What a node asks its store to keep, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A record was made. Overwrites what it declares dropped.
    Made(Draft),
    /// The record with this sequence was signed.
    Signed {
        /// Which.
        sequence: u64,
        /// The record's bytes.
        bytes: &'a [u8],
    },
    /// Everything up to this sequence is receipted.
    Receipted {
        /// Inclusive.
        sequence: u64,
    },
}

/// Where changes are kept. They must be durable before bytes that the node gives out afterwards are published:
/// otherwise a reset could sign other content under a sequence that is already out.
pub trait Store {
    /// Takes a change.
    fn keep(&mut self, change: Change<'_>);
}

/// What a reset leaves: the fold of all [`Change`]s, and the counter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The last record made, receipted or not.
    pub last: Option<Draft>,
    /// The lowest sequence that may be used next, where a counter with a margin says more than `last` does.
    pub next_sequence: Option<u64>,
    /// Everything up to here is receipted.
    pub receipted: Option<u64>,
    /// Records without a receipt, by sequence.
    pub entries: VecDeque<Entry>,
}

impl Stored {
    /// Folds a change in. Changes that are already in, or concern records no longer there, change nothing.
    pub fn apply(&mut self, change: Change<'_>) {
        match change {
            Change::Made(draft) => {
                if self.last.is_some_and(|last| last.sequence >= draft.sequence) {
                    return;
                }
                if let Some((_, to)) = draft.dropped {
                    self.free(to);
                }
                self.last = Some(draft);
                self.entries.push_back(Entry { draft, bytes: None });
            }
            Change::Signed { sequence, bytes } => {
                if let Ok(at) = self.entries.binary_search_by_key(&sequence, |entry| entry.draft.sequence) {
                    self.entries[at].bytes.get_or_insert_with(|| bytes.into());
                }
            }
            Change::Receipted { sequence } => {
                self.receipted = self.receipted.max(Some(sequence));
                self.free(sequence);
            }
        }
    }

    fn free(&mut self, up_to: u64) {
        let kept = self.entries.partition_point(|entry| entry.draft.sequence <= up_to);
        self.entries.drain(..kept);
    }
}

/// An entry with whether it is under way.
#[derive(Debug)]
struct Slot {
    entry: Entry,
    sent: bool,
}

/// The bounded queue: by sequence, the oldest in front.
#[derive(Debug)]
pub(crate) struct Queue {
    slots: VecDeque<Slot>,
    limit: usize,
}

impl Queue {
    pub(crate) fn new(entries: VecDeque<Entry>, limit: usize) -> Self {
        Self { slots: entries.into_iter().map(|entry| Slot { entry, sent: false }).collect(), limit }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().map(|slot| &slot.entry)
    }

    /// Makes room for one by overwriting the oldest; says which sequence was the last to go.
    pub(crate) fn make_room(&mut self) -> Option<u64> {
        let mut last = None;
        while self.slots.len() >= self.limit {
            last = self.slots.pop_front().map(|slot| slot.entry.draft.sequence);
        }
        last
    }

    pub(crate) fn push(&mut self, draft: Draft) {
        self.slots.push_back(Slot { entry: Entry { draft, bytes: None }, sent: false });
    }

    pub(crate) fn free(&mut self, up_to: u64) -> usize {
        let freed = self.slots.partition_point(|slot| slot.entry.draft.sequence <= up_to);
        self.slots.drain(..freed);
        freed
    }

    /// What to send next: the newest state, then the oldest of the first `window` records.
    pub(crate) fn unsent(&self, window: usize) -> Option<usize> {
        let newest = self.slots.len().checked_sub(1)?;
        if !self.slots[newest].sent {
            return Some(newest);
        }
        self.slots.iter().take(window).position(|slot| !slot.sent)
    }

    /// What to sign next, in the order of sending.
    pub(crate) fn unsigned(&self) -> Option<usize> {
        let newest = self.slots.len().checked_sub(1)?;
        if self.slots[newest].entry.bytes.is_none() {
            return Some(newest);
        }
        self.slots.iter().position(|slot| slot.entry.bytes.is_none())
    }

    pub(crate) fn entry_mut(&mut self, at: usize) -> &mut Entry {
        &mut self.slots[at].entry
    }

    pub(crate) fn mark_sent(&mut self, at: usize) {
        self.slots[at].sent = true;
    }

    /// Takes everything back that was under way; says how many that were.
    pub(crate) fn mark_all_unsent(&mut self) -> u64 {
        let mut taken_back = 0;
        for slot in &mut self.slots {
            taken_back += u64::from(core::mem::take(&mut slot.sent));
        }
        taken_back
    }
}
