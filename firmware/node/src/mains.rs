//! The debounce: which level counts, and since when.

use protocol::record::PowerStatus;

use crate::Now;

/// A level that held for the debounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) status: PowerStatus,
    /// When the level was first seen, not when the debounce ended.
    pub(crate) at: Now,
}

/// The settled level, and one that may replace it.
#[derive(Debug)]
pub(crate) struct Mains {
    settled: PowerStatus,
    /// When the other level was first seen; it has been the level ever since.
    unsettled_since: Option<Now>,
    debounce_ms: u64,
    momentary: u64,
}

impl Mains {
    pub(crate) fn new(settled: PowerStatus, debounce_ms: u64) -> Self {
        Self { settled, unsettled_since: None, debounce_ms, momentary: 0 }
    }

    pub(crate) fn settled(&self) -> PowerStatus {
        self.settled
    }

    /// How many interruptions were too short to count.
    pub(crate) fn momentary(&self) -> u64 {
        self.momentary
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.unsettled_since.is_none()
    }

    /// When an unsettled level will count.
    pub(crate) fn due_ms(&self) -> Option<u64> {
        self.unsettled_since.map(|since| since.monotonic_ms.saturating_add(self.debounce_ms))
    }

    /// Takes a level. At most one edge comes of it: without a debounce nothing is unsettled before, with one nothing
    /// settles at its first sample.
    pub(crate) fn sample(&mut self, level: PowerStatus, now: Now) -> Option<Edge> {
        let earlier = self.settle(now);
        if level == self.settled {
            self.momentary += u64::from(self.unsettled_since.take().is_some());
        } else if self.unsettled_since.is_none() {
            self.unsettled_since = Some(now);
        }
        earlier.or_else(|| self.settle(now))
    }

    /// Lets time pass.
    pub(crate) fn settle(&mut self, now: Now) -> Option<Edge> {
        let at = self.unsettled_since.filter(|_| self.due_ms().is_some_and(|due| due <= now.monotonic_ms))?;
        self.unsettled_since = None;
        self.settled = match self.settled {
            PowerStatus::On => PowerStatus::Off,
            PowerStatus::Off => PowerStatus::On,
        };
        Some(Edge { status: self.settled, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { monotonic_ms: ms, unix_s: ms / 1000 }
    }

    #[test]
    fn an_edge_counts_after_the_debounce_with_the_time_at_which_it_was_seen() {
        let mut mains = Mains::new(PowerStatus::On, 200);
        assert_eq!(mains.sample(PowerStatus::Off, at(1_990)), None);
        assert_eq!(mains.due_ms(), Some(2_190));
        assert_eq!(mains.settle(at(2_189)), None);
        assert_eq!(mains.settle(at(2_190)), Some(Edge { status: PowerStatus::Off, at: at(1_990) }));
        assert_eq!(mains.settle(at(9_000)), None);
    }

    #[test]
    fn a_bounce_is_counted_and_starts_the_wait_again() {
        let mut mains = Mains::new(PowerStatus::On, 200);
        assert_eq!(mains.sample(PowerStatus::Off, at(0)), None);
        assert_eq!(mains.sample(PowerStatus::On, at(100)), None);
        assert_eq!(mains.sample(PowerStatus::Off, at(150)), None);
        assert_eq!(mains.sample(PowerStatus::Off, at(250)), None, "the wait counts from 150");
        assert_eq!(mains.sample(PowerStatus::Off, at(350)), Some(Edge { status: PowerStatus::Off, at: at(150) }));
        assert_eq!(mains.momentary(), 1);
    }

    #[test]
    fn a_level_that_held_counts_even_if_the_next_sample_is_the_other_level() {
        let mut mains = Mains::new(PowerStatus::On, 200);
        assert_eq!(mains.sample(PowerStatus::Off, at(0)), None);
        assert_eq!(mains.sample(PowerStatus::On, at(60_000)), Some(Edge { status: PowerStatus::Off, at: at(0) }));
        assert_eq!(mains.settle(at(60_200)), Some(Edge { status: PowerStatus::On, at: at(60_000) }));
    }

    #[test]
    fn without_a_debounce_an_edge_counts_at_once() {
        let mut mains = Mains::new(PowerStatus::Off, 0);
        assert_eq!(mains.sample(PowerStatus::On, at(5)), Some(Edge { status: PowerStatus::On, at: at(5) }));
        assert!(mains.is_settled());
    }
}
