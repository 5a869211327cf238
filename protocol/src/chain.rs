//! How far a device's records are complete: which sequences were received and which are accounted for.

use alloc::vec::Vec;

use crate::record::Statement;

/// A set of sequences as ranges, both ends inclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SequenceSet(Vec<(u64, u64)>);

impl SequenceSet {
    /// Adds `from..=to`, joining ranges that touch.
    pub fn insert(&mut self, from: u64, to: u64) {
        let start = self.0.partition_point(|(_, last)| last.saturating_add(1) < from);
        let end = self.0.partition_point(|(first, _)| *first <= to.saturating_add(1));
        if start == end {
            self.0.insert(start, (from, to));
        } else {
            let joined = (self.0[start].0.min(from), self.0[end - 1].1.max(to));
            self.0.splice(start..end, [joined]);
        }
    }

    /// Whether the set holds a sequence.
    #[must_use]
    pub fn contains(&self, sequence: u64) -> bool {
        self.range_of(sequence).is_some()
    }

    /// The ranges, in order.
    #[must_use]
    pub fn ranges(&self) -> &[(u64, u64)] {
        &self.0
    }

    fn range_of(&self, sequence: u64) -> Option<(u64, u64)> {
        let at = self.0.partition_point(|(_, last)| *last < sequence);
        self.0.get(at).copied().filter(|(first, _)| *first <= sequence)
    }
}

/// What is known of one device's chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceChain {
    received: SequenceSet,
    accounted: SequenceSet,
}

impl DeviceChain {
    /// Takes a record in: it accounts for itself, for what it says was skipped before it, and for what it says was
    /// dropped unsent.
    pub fn insert(&mut self, statement: &Statement) {
        let sequence = statement.sequence;
        self.received.insert(sequence, sequence);
        let skipped_from = statement.previous_sequence.map_or(sequence, |previous| previous + 1);
        self.accounted.insert(skipped_from, sequence);
        if let Some((from, to)) = statement.dropped {
            self.accounted.insert(from, to);
        }
    }

    /// Whether a record with this sequence was taken in.
    #[must_use]
    pub fn has_received(&self, sequence: u64) -> bool {
        self.received.contains(sequence)
    }

    /// The highest sequence up to which everything from the roster's `first_sequence` on is accounted for: what a
    /// receipt states. `None` before the first record is there.
    #[must_use]
    pub fn complete_up_to(&self, first_sequence: u64) -> Option<u64> {
        self.accounted.range_of(first_sequence).map(|(_, last)| last)
    }

    /// Sequences missing between `first_sequence` and the highest one received, as inclusive ranges: omissions.
    #[must_use]
    pub fn omissions(&self, first_sequence: u64) -> Vec<(u64, u64)> {
        let mut omissions = Vec::new();
        let mut next = first_sequence;
        for &(first, last) in self.accounted.ranges() {
            if first > next {
                omissions.push((next, first - 1));
            }
            next = next.max(last.saturating_add(1));
        }
        omissions
    }
}
