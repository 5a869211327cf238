//! Records that are waiting for a receipt, and what a reset leaves of them. The records themselves are the store's; in
//! memory is only which there are, eight bytes each: a backlog of weeks fits.

use alloc::{collections::VecDeque, vec::Vec};
use core::ops::Range;

use protocol::record::{Phases, PowerStatus, Statement, TimeQuality};

use crate::{Config, Losses, RecordBytes, Stamp};

/// What is recorded of an edge or a heartbeat: a statement without what every record of the device repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// First and last sequence that a full queue overwrote or the store lost, inclusive; of several such ranges the lowest.
    /// Every record repeats it until a receipt covers it, so that the newest one alone lets the relayer's chain go on.
    pub dropped: Option<(u64, u64)>,
    /// Which phases are live, of three.
    pub phases: Option<Phases>,
    /// The state from `stamp` on.
    pub power_status: PowerStatus,
    /// The sequence before this one, exactly when that is not `sequence - 1`.
    pub previous_sequence: Option<u64>,
    /// The device's counter.
    pub sequence: u64,
    /// When the edge was seen, or the heartbeat made.
    pub stamp: Stamp,
}

impl Draft {
    /// The statement that the device signs; none while its time is not known.
    #[must_use]
    pub fn statement<'a>(&self, config: &'a Config) -> Option<Statement<&'a str>> {
        self.statement_of(&config.device_id, config.latitude_e6, config.longitude_e6)
    }

    pub(crate) fn statement_of<'a>(
        &self,
        device_id: &'a str,
        latitude_e6: i32,
        longitude_e6: i32,
    ) -> Option<Statement<&'a str>> {
        let Stamp::Known { unix_s, quality } = self.stamp else { return None };
        Some(Statement {
            device_id,
            dropped: self.dropped,
            latitude_e6,
            longitude_e6,
            phases: self.phases,
            power_status: self.power_status,
            previous_sequence: self.previous_sequence,
            sequence: self.sequence,
            time_quality: quality,
            timestamp_unix_s: unix_s,
        })
    }
}

/// A record in the queue. `B` is where its bytes are: in hand, or with a store that keeps just as many as there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<B = RecordBytes> {
    /// What was recorded.
    pub draft: Draft,
    /// The signed bytes, once made: they never change.
    pub bytes: Option<B>,
}

/// What a node asks its store to keep, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A record was made. Overwrites what it declares dropped.
    Made(Draft),
    /// The time of a record that was made before it was known. Comes once, before the record is signed.
    Timed {
        /// Which.
        sequence: u64,
        /// Its time.
        unix_s: u64,
        /// How it is known.
        quality: TimeQuality,
    },
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

    /// A record without a receipt, as it was kept. `None` where it cannot be read any more: the node then declares it
    /// dropped.
    fn entry(&mut self, sequence: u64) -> Option<Entry>;

    /// Up to which sequence records must be dropped before the next one can be taken; `None` where there is room.
    fn must_drop(&mut self) -> Option<u64> {
        None
    }
}

/// What a node needs to know of its store to go on after a reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resume {
    /// The last record made that can be read, receipted or not.
    pub last: Option<Draft>,
    /// The sequences that may be used, where a counter that survives says so: those before its start are never used
    /// again, and at its end [`crate::Node::extend`] is needed.
    pub sequences: Option<Range<u64>>,
    /// Everything up to here is receipted.
    pub receipted: Option<u64>,
    /// Sequences without a receipt that the store has lost.
    pub lost: Losses,
    /// Records behind the last one were made and cannot be read.
    pub newest_lost: bool,
    /// Records without a receipt.
    pub waiting: Waiting,
}

/// The fold of all [`Change`]s in memory: a store for hosts that have plenty of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The last record made, receipted or not.
    pub last: Option<Draft>,
    /// Everything up to here is receipted.
    pub receipted: Option<u64>,
    /// Records without a receipt, by sequence.
    pub entries: VecDeque<Entry<Vec<u8>>>,
}

impl Stored {
    /// Folds a change in. Changes that are already in, or concern records no longer there, change nothing.
    pub fn apply(&mut self, change: Change<'_>) {
        match change {
            Change::Made(draft) => {
                if self.last.is_some_and(|last| last.sequence >= draft.sequence) {
                    return;
                }
                if let Some((from, to)) = draft.dropped {
                    self.entries.retain(|entry| !(from..=to).contains(&entry.draft.sequence));
                }
                self.last = Some(draft);
                self.entries.push_back(Entry { draft, bytes: None });
            }
            Change::Timed { sequence, unix_s, quality } => {
                let entries = self.entries.iter_mut().map(|entry| &mut entry.draft);
                let late = |draft: &&mut Draft| draft.sequence == sequence && draft.stamp.unix_s().is_none();
                for draft in entries.chain(&mut self.last).filter(late) {
                    draft.stamp = Stamp::Known { unix_s, quality: Some(quality) };
                }
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

impl Store for Stored {
    fn keep(&mut self, change: Change<'_>) {
        self.apply(change);
    }

    fn entry(&mut self, sequence: u64) -> Option<Entry> {
        let at = self.entries.binary_search_by_key(&sequence, |entry| entry.draft.sequence).ok()?;
        let Entry { draft, bytes } = &self.entries[at];
        let bytes = bytes.as_deref().map(RecordBytes::from_slice).transpose().ok()?;
        Some(Entry { draft: *draft, bytes })
    }
}

impl From<&Stored> for Resume {
    fn from(stored: &Stored) -> Self {
        Self {
            last: stored.last,
            receipted: stored.receipted,
            waiting: stored.entries.iter().map(|entry| (entry.draft.sequence, entry.bytes.is_some())).collect(),
            ..Self::default()
        }
    }
}

/// A record's sequence, whether it is signed, and whether it is under way: sequences end at 2^53 - 1, which leaves
/// room for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot(u64);

impl Slot {
    const SIGNED: u64 = 1 << 62;
    const SENT: u64 = 1 << 63;

    fn sequence(self) -> u64 {
        self.0 & protocol::MAX_INTEGER
    }

    fn is(self, flag: u64) -> bool {
        self.0 & flag != 0
    }
}

/// Which records are without a receipt, by sequence, and whether each is signed: the queue's own list, which a store fills
/// at the start and the node goes on with. There is room for one such list in a device's memory, not for two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting(VecDeque<Slot>);

impl Waiting {
    /// With the memory for so many.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(VecDeque::with_capacity(count))
    }

    /// One more, with a higher sequence than those before.
    pub(crate) fn push(&mut self, sequence: u64, signed: bool) {
        self.0.push_back(Slot(sequence | if signed { Slot::SIGNED } else { 0 }));
    }

    /// Sequences, the oldest first, and whether each is signed.
    pub fn iter(&self) -> impl Iterator<Item = (u64, bool)> {
        self.0.iter().map(|slot| (slot.sequence(), slot.is(Slot::SIGNED)))
    }
}

/// By rising sequences.
impl FromIterator<(u64, bool)> for Waiting {
    fn from_iter<T: IntoIterator<Item = (u64, bool)>>(records: T) -> Self {
        let mut waiting = Self::default();
        records.into_iter().for_each(|(sequence, signed)| waiting.push(sequence, signed));
        waiting
    }
}

/// The bounded queue: by sequence, the oldest in front.
#[derive(Debug)]
pub(crate) struct Queue {
    slots: VecDeque<Slot>,
    limit: usize,
}

impl Queue {
    pub(crate) fn new(waiting: Waiting, limit: usize) -> Self {
        Self { slots: waiting.0, limit }
    }

    /// Takes all the memory that the queue may need, where its store did not.
    pub(crate) fn reserve(&mut self) {
        self.slots.reserve_exact(self.limit.saturating_sub(self.slots.len()));
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn sequences(&self) -> impl Iterator<Item = u64> {
        self.slots.iter().map(|slot| slot.sequence())
    }

    /// Makes room for one by overwriting the oldest; says which sequence was the last to go.
    pub(crate) fn make_room(&mut self) -> Option<u64> {
        let mut last = None;
        while self.slots.len() >= self.limit {
            last = self.slots.pop_front().map(Slot::sequence);
        }
        last
    }

    pub(crate) fn push(&mut self, sequence: u64) {
        self.slots.push_back(Slot(sequence));
    }

    pub(crate) fn free(&mut self, up_to: u64) -> usize {
        let freed = self.slots.partition_point(|slot| slot.sequence() <= up_to);
        self.slots.drain(..freed);
        freed
    }

    /// Forgets one that its store has lost.
    pub(crate) fn remove(&mut self, at: usize) {
        self.slots.remove(at);
    }

    /// The first one from a sequence on.
    pub(crate) fn first_from(&self, sequence: u64) -> Option<u64> {
        let at = self.slots.partition_point(|slot| slot.sequence() < sequence);
        self.slots.get(at).map(|slot| slot.sequence())
    }

    /// What to send next: the newest state, then the oldest of the first `window` records.
    pub(crate) fn unsent(&self, window: usize) -> Option<usize> {
        let newest = self.slots.len().checked_sub(1)?;
        if !self.slots[newest].is(Slot::SENT) {
            return Some(newest);
        }
        self.slots.iter().take(window).position(|slot| !slot.is(Slot::SENT))
    }

    /// What to send next of what is signed: the oldest of the first `window` records.
    pub(crate) fn unsent_signed(&self, window: usize) -> Option<usize> {
        self.slots.iter().take(window).position(|slot| slot.is(Slot::SIGNED) && !slot.is(Slot::SENT))
    }

    /// How many are signed.
    pub(crate) fn signed(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is(Slot::SIGNED)).count()
    }

    /// What to sign next, in the order of sending.
    pub(crate) fn unsigned(&self) -> Option<usize> {
        let newest = self.slots.len().checked_sub(1)?;
        if !self.slots[newest].is(Slot::SIGNED) {
            return Some(newest);
        }
        self.slots.iter().position(|slot| !slot.is(Slot::SIGNED))
    }

    pub(crate) fn sequence(&self, at: usize) -> u64 {
        self.slots[at].sequence()
    }

    pub(crate) fn is_signed(&self, at: usize) -> bool {
        self.slots[at].is(Slot::SIGNED)
    }

    pub(crate) fn mark_signed(&mut self, at: usize) {
        self.slots[at].0 |= Slot::SIGNED;
    }

    pub(crate) fn mark_sent(&mut self, at: usize) {
        self.slots[at].0 |= Slot::SENT;
    }

    /// Takes everything back that was under way; says how many that were.
    pub(crate) fn mark_all_unsent(&mut self) -> u64 {
        let mut taken_back = 0;
        for slot in &mut self.slots {
            taken_back += u64::from(slot.is(Slot::SENT));
            slot.0 &= !Slot::SENT;
        }
        taken_back
    }
}
