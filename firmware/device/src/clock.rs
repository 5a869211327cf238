//! What time it is.

use node::Now;

/// A difference up to this is the grain of the network's time and of the line to the modem.
pub const TOLERANCE_MS: u64 = 2_000;

/// The network's time, carried on by the board's own clock between two looks at it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// UNIX time at the board's zero, in ms.
    zero_unix_ms: Option<u64>,
    /// How often it was set while it was known, by more than the tolerance.
    steps: u32,
}

impl Clock {
    /// Takes the network's time.
    pub fn set(&mut self, unix_s: u64, now_ms: u64) {
        // In the middle of the second that it names.
        let zero_unix_ms = (unix_s * 1_000 + 500).saturating_sub(now_ms);
        match self.zero_unix_ms {
            Some(known) if known.abs_diff(zero_unix_ms) <= TOLERANCE_MS => return,
            Some(_) => self.steps += 1,
            None => {}
        }
        self.zero_unix_ms = Some(zero_unix_ms);
    }

    /// Both clocks at a moment of the board's; `None` while the time is not known.
    #[must_use]
    pub fn at(&self, now_ms: u64) -> Option<Now> {
        let unix_ms = self.zero_unix_ms? + now_ms;
        Some(Now { monotonic_ms: now_ms, unix_s: unix_ms / 1_000 })
    }

    /// How often the network's time differed from what was carried on.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_do_not_move_it_and_large_ones_are_counted() {
        let mut clock = Clock::default();
        assert_eq!(clock.at(5), None);
        clock.set(1_795_000_100, 100_000);
        assert_eq!(clock.at(160_000).unwrap().unix_s, 1_795_000_160);
        clock.set(1_795_000_161, 160_000);
        assert_eq!((clock.at(160_000).unwrap().unix_s, clock.steps()), (1_795_000_160, 0));
        clock.set(1_795_000_061, 160_000);
        assert_eq!((clock.at(160_000).unwrap().unix_s, clock.steps()), (1_795_000_061, 1), "set back");
    }
}
