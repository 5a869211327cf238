//! Times of what was recorded before the time was known.

use protocol::record::TimeQuality;

use crate::{Change, Draft, Node, Stamp, Store};

impl Node {
    /// What was recorded, with its time: one that was not known when it was made is kept before anything is signed with it,
    /// and never changes.
    ///
    /// All that wait for their time get it at once, the oldest first: where the power goes in the midst of it, what is left
    /// gets a later one at the next start, so that times never fall along sequences.
    pub(crate) fn timed(&mut self, draft: Draft, store: &mut impl Store) -> Draft {
        if !matches!(draft.stamp, Stamp::SinceStart { .. }) || self.known.is_none() {
            return draft;
        }
        let mut timed = draft;
        for at in (0..self.queue.len()).filter(|at| !self.queue.is_signed(*at)).collect::<alloc::vec::Vec<_>>() {
            let Some(waiting) = store.entry(self.queue.sequence(at)) else { continue };
            let fixed = self.fix(waiting.draft, store);
            if fixed.sequence == draft.sequence {
                timed = fixed;
            }
        }
        timed
    }

    fn fix(&mut self, mut draft: Draft, store: &mut impl Store) -> Draft {
        let sequence = draft.sequence;
        if let Stamp::SinceStart { ms } = draft.stamp
            && let Some((unix_s, quality)) = self.late_time(sequence, ms)
        {
            store.keep(Change::Timed { sequence, unix_s, quality });
            draft.stamp = Stamp::Known { unix_s, quality: Some(quality) };
            if let Some(last) = self.last.as_mut().filter(|last| last.sequence == sequence) {
                last.stamp = draft.stamp;
            }
        }
        draft
    }

    /// The time of what was recorded before it was known: of this start it is counted back, of an earlier one it is bounded.
    pub(crate) fn late_time(&self, sequence: u64, ms: u64) -> Option<(u64, TimeQuality)> {
        let now = self.known?;
        if sequence >= self.first_of_start { Stamp::counted_back(ms, now) } else { Stamp::upper_bound(now) }
    }
}
