//! What is done when the modem does not do what it should: ever more, with ever longer pauses, never giving up.

use crate::limits::MAX_PAUSE_MS;

/// A rung, from the gentlest. Each is tried once; what works for [`HOLDS_MS`] begins the ladder anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// The connection to the broker is made again.
    Session,
    /// Detached from the network and attached again.
    Context,
    /// Radio off and on, which also ends the modem's own waiting between searches.
    Radio,
    /// `AT+CRESET`.
    Restart,
    /// Off and on by the power key.
    PowerCycle,
}

/// How long a connection must hold until the ladder begins anew.
pub const HOLDS_MS: u64 = 120_000;
/// Pause before the first rung; doubles with every failure.
pub const FIRST_PAUSE_MS: u64 = 2_000;

/// Where on the ladder the modem is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ladder {
    failures: u32,
}

impl Ladder {
    /// A failure: what to do about it, and after which pause.
    pub(crate) fn climb(&mut self, at_least: Rung) -> (Rung, u64) {
        let by_count = match self.failures {
            0 => Rung::Session,
            1 => Rung::Context,
            2 => Rung::Radio,
            3 => Rung::Restart,
            _ => Rung::PowerCycle,
        };
        let pause_ms = FIRST_PAUSE_MS.checked_shl(self.failures).unwrap_or(MAX_PAUSE_MS).min(MAX_PAUSE_MS);
        self.failures = (self.failures + 1).min(16);
        (by_count.max(at_least), pause_ms)
    }

    pub(crate) fn begin_anew(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rung_is_reached_and_no_pause_is_long() {
        let mut ladder = Ladder::default();
        let mut rungs = [Rung::Session; 5];
        for rung in &mut rungs {
            *rung = ladder.climb(Rung::Session).0;
        }
        assert_eq!(rungs, [Rung::Session, Rung::Context, Rung::Radio, Rung::Restart, Rung::PowerCycle]);
        for _ in 0..100 {
            let (rung, pause_ms) = ladder.climb(Rung::Session);
            assert!(rung == Rung::PowerCycle && pause_ms <= MAX_PAUSE_MS);
        }
        ladder.begin_anew();
        assert_eq!(ladder.climb(Rung::Session), (Rung::Session, FIRST_PAUSE_MS));
        ladder.begin_anew();
        assert_eq!(ladder.climb(Rung::PowerCycle).0, Rung::PowerCycle, "a dead modem needs no gentleness");
    }
}
