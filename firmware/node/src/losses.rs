//! What was lost before a receipt covered it. A record can declare one range: the lowest is declared until a receipt covers
//! it, then the next, so that nothing between two losses is given up with them.
//!
//! What a full queue overwrites is always the lowest, since it is taken from the front of the queue with all that was lost
//! before it. So it is declared at once, by the record that needs the room; a loss above it waits for its turn. The
//! relayer's chain goes on up to what nobody has declared yet, and the receipt for that lets the next record declare it.

use crate::{MAX_LOSSES, Resume, queue::Queue, sequence};

/// First and last sequence of each loss without a receipt, rising, with something between any two.
///
/// Of more than [`MAX_LOSSES`] the last two become one range. What can be read within it is not given up: a range is
/// declared only as far as nothing in it waits to be sent. Only sequences that were left out there are declared with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses(heapless::Vec<(u64, u64), MAX_LOSSES>);

impl Losses {
    /// What a start must declare: what the newest record declared, and what the store has lost.
    pub(crate) fn of_start(resume: &Resume) -> Self {
        let mut losses = resume.lost.clone();
        if let Some((from, to)) = resume.last.and_then(|last| last.dropped) {
            losses.insert(from, to);
        }
        losses.receipted(resume.receipted);
        losses
    }

    /// One more, `from..=to`. Those that it overlaps or touches become one with it.
    pub fn insert(&mut self, from: u64, to: u64) {
        let (mut from, mut to) = (from, to);
        let at = self.0.iter().take_while(|(_, last)| last.saturating_add(1) < from).count();
        while let Some(&(first, last)) = self.0.get(at).filter(|(first, _)| *first <= to.saturating_add(1)) {
            (from, to) = (from.min(first), to.max(last));
            self.0.remove(at);
        }
        if let Err((from, to)) = self.0.insert(at, (from, to)).map_err(|_| (from, to)) {
            self.insert_into_full(at, from, to);
        }
    }

    fn insert_into_full(&mut self, at: usize, from: u64, to: u64) {
        let Some((first, end)) = self.0.pop() else { return };
        if at > self.0.len() {
            // Behind the last.
            let _ = self.0.push((first, to));
        } else if at == self.0.len() {
            let _ = self.0.push((from, end));
        } else if let Some(last) = self.0.last_mut() {
            last.1 = end;
            let _ = self.0.insert(at, (from, to));
        }
    }

    /// Takes in, when the record `first` is about to be made as the first of a start, that of which nobody knows any more
    /// whether it was used. Some of it never was, since a counter goes up in steps: what is declared dropped may be lost, no
    /// more than that.
    pub(crate) fn insert_unknown(&mut self, unknown: Unknown, first: u64) {
        let from = match unknown {
            Unknown::Behind(last) => last + 1,
            // By its counter not the first start, and yet there is nothing.
            Unknown::All(first_sequence) if first >= sequence::of_step(2).start => first_sequence,
            Unknown::All(_) => return,
        };
        if from < first {
            self.insert(from, first - 1);
        }
    }

    /// Forgets what a receipt covers.
    pub(crate) fn receipted(&mut self, up_to: Option<u64>) {
        let Some(up_to) = up_to else { return };
        self.0.retain(|(_, to)| *to > up_to);
        if let Some((from, _)) = self.0.first_mut() {
            *from = (*from).max(up_to + 1);
        }
    }

    /// What the next record declares: the lowest, as far as nothing in it waits to be sent.
    pub(crate) fn lowest(&mut self, queue: &Queue) -> Option<(u64, u64)> {
        while let Some((from, to)) = self.0.first_mut() {
            match queue.first_from(*from).filter(|first| first <= to) {
                None => return Some((*from, *to)),
                Some(first) if first > *from => return Some((*from, first - 1)),
                Some(first) if first < *to => *from = first + 1,
                Some(_) => {
                    self.0.remove(0);
                }
            }
        }
        None
    }

    /// The highest sequence that was lost, if any was.
    pub(crate) fn end(&self) -> Option<u64> {
        self.0.last().map(|(_, to)| *to)
    }
}

/// What a start does not know of the sequences before its own. A start may get those later only.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unknown {
    /// Behind this newest record that can be read there was at least another.
    Behind(u64),
    /// There is no record that can be read; the roster's first sequence.
    All(u64),
}

impl Unknown {
    pub(crate) fn of_start(resume: &Resume, first_sequence: u64) -> Option<Self> {
        match resume.last {
            Some(last) => resume.newest_lost.then_some(Self::Behind(last.sequence)),
            None => Some(Self::All(first_sequence)),
        }
    }
}

impl FromIterator<(u64, u64)> for Losses {
    fn from_iter<T: IntoIterator<Item = (u64, u64)>>(ranges: T) -> Self {
        let mut losses = Self::default();
        ranges.into_iter().for_each(|(from, to)| losses.insert(from, to));
        losses
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Waiting;

    fn lowest(losses: &mut Losses, waiting: &[u64]) -> Option<(u64, u64)> {
        let waiting: Waiting = waiting.iter().map(|sequence| (*sequence, true)).collect();
        losses.lowest(&Queue::new(waiting, 100))
    }

    #[test]
    fn losses_are_declared_one_after_the_other() {
        let mut losses: Losses = [(20, 22), (5, 6), (7, 8), (22, 30)].into_iter().collect();
        assert_eq!(losses.0, [(5, 8), (20, 30)]);
        assert_eq!((lowest(&mut losses, &[4, 9, 19, 31]), losses.end()), (Some((5, 8)), Some(30)));
        losses.receipted(Some(6));
        assert_eq!(lowest(&mut losses, &[9, 19, 31]), Some((7, 8)));
        losses.receipted(Some(19));
        assert_eq!(lowest(&mut losses, &[31]), Some((20, 30)));
        losses.receipted(Some(30));
        assert_eq!((lowest(&mut losses, &[31]), losses.end()), (None, None));
    }

    #[test]
    fn of_too_many_the_last_two_become_one_and_what_waits_in_it_is_not_declared() {
        let full = || (1..MAX_LOSSES as u64).map(|n| (2 * n, 2 * n)).chain([(100, 100)]);
        let before = 2 * (MAX_LOSSES as u64 - 1);
        // One more in front of all, between the last two, and behind them.
        for (extra, joined) in [(0, (before, 100)), (90, (90, 100)), (110, (100, 110))] {
            let mut losses: Losses = full().chain([(extra, extra)]).collect();
            assert_eq!((losses.0.len(), losses.0.last()), (MAX_LOSSES, Some(&joined)));
            let (from, to) = joined;
            losses.receipted(Some(from - 1));
            let waiting: [u64; 5] = core::array::from_fn(|n| from + 2 + n as u64);
            assert_eq!(lowest(&mut losses, &waiting), Some((from, from + 1)));
            losses.receipted(Some(from + 2));
            assert_eq!(lowest(&mut losses, &waiting), Some((from + 7, to)));
            let all_but_the_last: [u64; 100] = core::array::from_fn(|n| to - 100 + n as u64);
            assert_eq!(lowest(&mut losses, &all_but_the_last), Some((to, to)));
        }
    }
}
