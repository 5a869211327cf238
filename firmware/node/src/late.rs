//! Times of what was recorded before the time was known.

use protocol::record::TimeQuality;

use crate::{Change, Draft, Node, Now, Stamp, Store};

impl Node {
    /// Takes a reading of the clocks. The first one with a time gives all that wait for theirs one, the oldest first, before
    /// anything is made or signed with a time: where the power goes in the midst of it, what is left gets a later one at the
    /// next start. So times never fall along sequences, as long as the network's do not.
    pub(crate) fn learn(&mut self, now: Now, store: &mut impl Store) {
        if now.time.is_none() || self.known.replace(now).is_some() {
            return;
        }
        for at in 0..self.queue.len() {
            if !self.queue.is_signed(at)
                && let Some(entry) = store.entry(self.queue.sequence(at))
            {
                self.fix(entry.draft, store);
            }
        }
    }

    /// Keeps the time of one that was recorded before it was known: once, and it never changes.
    fn fix(&mut self, draft: Draft, store: &mut impl Store) {
        let sequence = draft.sequence;
        let stamp = self.known_stamp(sequence, draft.stamp);
        if let (Stamp::SinceStart { .. }, Stamp::Known { unix_s, quality: Some(quality) }) = (draft.stamp, stamp) {
            store.keep(Change::Timed { sequence, unix_s, quality });
            if let Some(last) = self.last.as_mut().filter(|last| last.sequence == sequence) {
                last.stamp = stamp;
            }
        }
    }

    /// A stamp with its time, where that can be said by now.
    pub(crate) fn known_stamp(&self, sequence: u64, stamp: Stamp) -> Stamp {
        let Stamp::SinceStart { ms } = stamp else { return stamp };
        let known = |(unix_s, quality)| Stamp::Known { unix_s, quality: Some(quality) };
        self.late_time(sequence, ms).map_or(stamp, known)
    }

    /// The time of what was recorded before it was known: of this start it is counted back, of an earlier one it is bounded.
    pub(crate) fn late_time(&self, sequence: u64, ms: u64) -> Option<(u64, TimeQuality)> {
        let now = self.known?;
        if sequence >= self.first_of_start { Stamp::counted_back(ms, now) } else { Stamp::upper_bound(now) }
    }
}
