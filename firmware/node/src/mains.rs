//! The debounce: which level counts, and since when.

use protocol::record::{Phases, PowerStatus};

use crate::Now;

/// What the mains inputs show: one level, or which of three phases are live. ON is where all are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    status: PowerStatus,
    phases: Option<Phases>,
}

impl From<PowerStatus> for Level {
    fn from(status: PowerStatus) -> Self {
        Self { status, phases: None }
    }
}

impl From<Phases> for Level {
    fn from(phases: Phases) -> Self {
        let status = if phases == Phases::ALL { PowerStatus::On } else { PowerStatus::Off };
        Self { status, phases: Some(phases) }
    }
}

impl Level {
    /// ON where every phase is live.
    #[must_use]
    pub fn status(self) -> PowerStatus {
        self.status
    }

    /// Which are live, of three.
    #[must_use]
    pub fn phases(self) -> Option<Phases> {
        self.phases
    }

    /// Whether anything is live: the board is fed by any phase.
    #[must_use]
    pub fn is_live(self) -> bool {
        self.phases.map_or(self.status == PowerStatus::On, |phases| phases != Phases::NONE)
    }

    /// As a device for so many phases sees it: one for a single phase looks at L1 alone.
    #[must_use]
    pub fn of(self, phases: u8) -> Self {
        match (self.phases, phases) {
            (Some(live), 1) if live.live()[0] => PowerStatus::On.into(),
            (Some(_), 1) => PowerStatus::Off.into(),
            (None, 3) if self.status == PowerStatus::On => Phases::ALL.into(),
            (None, 3) => Phases::NONE.into(),
            _ => self,
        }
    }
}

/// A level that held for the debounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) level: Level,
    /// When the mains were first seen to have left the level before, not when the debounce ended.
    pub(crate) at: Now,
}

/// A level that may replace the settled one.
#[derive(Clone, Copy, Debug)]
struct Unsettled {
    /// The last that was seen.
    level: Level,
    /// Since when it is not the settled one, with the status that it has.
    since: Now,
}

/// The settled level, and one that may replace it. What must hold for the debounce is that the mains have left the settled
/// level, with one status: phases that go one after the other are one edge.
#[derive(Debug)]
pub(crate) struct Mains {
    settled: Level,
    unsettled: Option<Unsettled>,
    debounce_ms: u64,
    momentary: u64,
}

impl Mains {
    pub(crate) fn new(settled: Level, debounce_ms: u64) -> Self {
        Self { settled, unsettled: None, debounce_ms, momentary: 0 }
    }

    pub(crate) fn settled(&self) -> Level {
        self.settled
    }

    /// How many interruptions were too short to count.
    pub(crate) fn momentary(&self) -> u64 {
        self.momentary
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.unsettled.is_none()
    }

    /// When an unsettled level will count.
    pub(crate) fn due_ms(&self) -> Option<u64> {
        self.unsettled.map(|unsettled| unsettled.since.monotonic_ms.saturating_add(self.debounce_ms))
    }

    /// Takes a level. At most one edge comes of it: without a debounce nothing is unsettled before, with one nothing
    /// settles at its first sample.
    pub(crate) fn sample(&mut self, level: Level, now: Now) -> Option<Edge> {
        let earlier = self.settle(now);
        let before = self.unsettled.take();
        let since = before.filter(|before| before.level.status == level.status).map_or(now, |before| before.since);
        if level == self.settled {
            self.momentary += u64::from(before.is_some());
        } else {
            self.unsettled = Some(Unsettled { level, since });
        }
        earlier.or_else(|| self.settle(now))
    }

    /// Lets time pass.
    pub(crate) fn settle(&mut self, now: Now) -> Option<Edge> {
        let due = self.due_ms().is_some_and(|due| due <= now.monotonic_ms);
        let Unsettled { level, since } = self.unsettled.take_if(|_| due)?;
        self.settled = level;
        Some(Edge { level, at: since })
    }
}

#[cfg(test)]
mod tests {
    use protocol::record::PowerStatus::{Off, On};

    use super::*;

    fn at(ms: u64) -> Now {
        Now::known(ms, ms / 1000)
    }

    fn edge(level: impl Into<Level>, ms: u64) -> Option<Edge> {
        Some(Edge { level: level.into(), at: at(ms) })
    }

    #[test]
    fn an_edge_counts_after_the_debounce_with_the_time_at_which_it_was_seen() {
        let mut mains = Mains::new(On.into(), 200);
        assert_eq!(mains.sample(Off.into(), at(1_990)), None);
        assert_eq!(mains.due_ms(), Some(2_190));
        assert_eq!(mains.settle(at(2_189)), None);
        assert_eq!(mains.settle(at(2_190)), edge(Off, 1_990));
        assert_eq!(mains.settle(at(9_000)), None);
    }

    #[test]
    fn a_bounce_is_counted_and_starts_the_wait_again() {
        let mut mains = Mains::new(On.into(), 200);
        assert_eq!(mains.sample(Off.into(), at(0)), None);
        assert_eq!(mains.sample(On.into(), at(100)), None);
        assert_eq!(mains.sample(Off.into(), at(150)), None);
        assert_eq!(mains.sample(Off.into(), at(250)), None, "the wait counts from 150");
        assert_eq!(mains.sample(Off.into(), at(350)), edge(Off, 150));
        assert_eq!(mains.momentary(), 1);
    }

    #[test]
    fn a_level_that_held_counts_even_if_the_next_sample_is_the_other_level() {
        let mut mains = Mains::new(On.into(), 200);
        assert_eq!(mains.sample(Off.into(), at(0)), None);
        assert_eq!(mains.sample(On.into(), at(60_000)), edge(Off, 0));
        assert_eq!(mains.settle(at(60_200)), edge(On, 60_000));
    }

    #[test]
    fn without_a_debounce_an_edge_counts_at_once() {
        let mut mains = Mains::new(Off.into(), 0);
        assert_eq!(mains.sample(On.into(), at(5)), edge(On, 5));
        assert!(mains.is_settled());
    }

    fn live(text: &str) -> Level {
        Phases::from_text(text).unwrap().into()
    }

    #[test]
    fn phases_that_go_one_after_the_other_are_one_edge() {
        let mut mains = Mains::new(live("111"), 200);
        assert_eq!(mains.sample(live("110"), at(0)), None);
        assert_eq!(mains.sample(live("010"), at(5)), None);
        assert_eq!(mains.sample(live("000"), at(190)), None);
        assert_eq!(mains.settle(at(200)), edge(Phases::NONE, 0));
        assert_eq!(live("010").status(), Off);
    }

    #[test]
    fn a_change_among_phases_is_an_edge_and_a_short_return_of_all_is_none() {
        let mut mains = Mains::new(live("110"), 200);
        assert_eq!(mains.sample(live("100"), at(0)), None);
        assert_eq!(mains.settle(at(200)), edge(Phases::new([true, false, false]), 0));
        assert_eq!(mains.sample(live("010"), at(1_000)), None);
        assert_eq!(mains.sample(live("111"), at(1_150)), None);
        assert_eq!(mains.settle(at(1_200)), None, "ON has to hold by itself");
        assert_eq!(mains.sample(live("100"), at(1_300)), None);
        assert_eq!((mains.settle(at(9_000)), mains.momentary()), (None, 1));
    }

    #[test]
    fn a_device_for_one_phase_looks_at_the_first_and_one_for_three_at_all() {
        assert_eq!((live("100").of(1), live("011").of(1)), (On.into(), Off.into()));
        assert_eq!((Level::from(On).of(3), Level::from(Off).of(3)), (live("111"), live("000")));
        assert_eq!((live("101").of(3), Level::from(On).of(1)), (live("101"), On.into()));
        assert!(live("001").is_live() && !live("000").is_live() && !Level::from(Off).is_live());
    }
}
