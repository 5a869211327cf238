//! The mains as H11AA1s show them, one a phase: low through most of each half-wave, a pulse at every zero crossing, so 100
//! a second at 50 Hz and none without mains.

use protocol::record::{Phases, PowerStatus};

/// Three half-waves without a pulse: no mains.
pub const MISSING_MS: u64 = 30;
/// So many pulses ...
pub const PRESENT_PULSES: u32 = 5;
/// ... within this time: mains.
pub const PRESENT_MS: u64 = 100;

/// Pulses to the phases that are live. What holds for how long before it counts is the node's debounce.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pulses([Input; Phases::COUNT]);

impl Pulses {
    /// Takes the pulses of each phase since the last call; gives those that are live.
    pub fn take(&mut self, pulses: [u32; Phases::COUNT], now_ms: u64) -> Phases {
        let mut live = [false; Phases::COUNT];
        for ((live, input), pulses) in live.iter_mut().zip(&mut self.0).zip(pulses) {
            *live = input.take(pulses, now_ms) == PowerStatus::On;
        }
        Phases::new(live)
    }
}

/// One phase.
#[derive(Clone, Copy, Debug)]
struct Input {
    level: PowerStatus,
    last_ms: Option<u64>,
    /// Since when pulses are counted towards mains.
    since_ms: u64,
    count: u32,
}

impl Default for Input {
    fn default() -> Self {
        Self { level: PowerStatus::Off, last_ms: None, since_ms: 0, count: 0 }
    }
}

impl Input {
    /// Takes the pulses since the last call; gives the level.
    fn take(&mut self, pulses: u32, now_ms: u64) -> PowerStatus {
        if pulses > 0 {
            self.last_ms = Some(now_ms);
        }
        match self.level {
            PowerStatus::On if self.last_ms.is_none_or(|last_ms| last_ms + MISSING_MS < now_ms) => {
                self.level = PowerStatus::Off;
                (self.since_ms, self.count) = (now_ms, 0);
            }
            PowerStatus::On => {}
            PowerStatus::Off => {
                if self.since_ms + PRESENT_MS < now_ms {
                    (self.since_ms, self.count) = (now_ms, 0);
                }
                self.count = self.count.saturating_add(pulses);
                if self.count >= PRESENT_PULSES {
                    self.level = PowerStatus::On;
                }
            }
        }
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels at each 10 ms, given whether there was a pulse.
    fn levels(pulses: &[u32]) -> alloc::string::String {
        let mut sense = Input::default();
        let level = |(at, count): (usize, &u32)| sense.take(*count, at as u64 * 10);
        pulses.iter().enumerate().map(level).map(|level| if level == PowerStatus::On { '1' } else { '0' }).collect()
    }

    #[test]
    fn mains_are_there_after_a_few_pulses_and_gone_after_three_that_are_missing() {
        assert_eq!(levels(&[1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]), "00001111100");
    }

    #[test]
    fn single_pulses_are_noise() {
        let mut noise = [0; 100];
        noise.iter_mut().step_by(9).for_each(|pulse| *pulse = 1);
        assert!(!levels(&noise).contains('1'));
    }

    #[test]
    fn each_phase_has_its_own_pulses() {
        let mut sense = Pulses::default();
        assert_eq!(sense.take([16, 0, 16], 160), Phases::new([true, false, true]));
        assert_eq!(sense.take([0, 16, 3], 195), Phases::new([false, true, true]));
    }

    #[test]
    fn a_late_look_at_many_pulses_is_one_level() {
        let mut sense = Input::default();
        assert_eq!(sense.take(0, 0), PowerStatus::Off);
        assert_eq!(sense.take(16, 160), PowerStatus::On);
        assert_eq!(sense.take(0, 190), PowerStatus::On);
        assert_eq!(sense.take(0, 191), PowerStatus::Off);
    }
}
