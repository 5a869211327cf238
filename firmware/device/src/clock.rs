//! What time it is.

use node::{Now, Time, TimeSource};

/// From the network's second to the host that hears of it: the modem's answer and a poll.
const LINE_MS: u64 = 100;
/// The crystal explains no larger difference between two looks: what is more is a step of the network's time.
pub const STEP_MS: u64 = 2_000;

/// The network's time, or a time server's while the network gives none, carried on by the board's own clock between two
/// looks at it.
///
/// Each look says in which second it is, so between which times the board's zero lies. What is carried on is moved only
/// when it lies outside, and no further than needed: after some looks at different parts of a second it is nearer than
/// any of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// UNIX time at the board's zero, in ms.
    zero_unix_ms: Option<u64>,
    source: Option<TimeSource>,
    /// How often the time stepped.
    steps: u32,
}

impl Clock {
    /// Takes a time. A time server's word counts only while the network gives none.
    pub fn set(&mut self, Time { unix_s, source }: Time, now_ms: u64) {
        if (self.source, source) == (Some(TimeSource::Network), TimeSource::Sntp) {
            return;
        }
        self.source = Some(source);
        let least = (unix_s * 1_000).saturating_sub(now_ms);
        let most = least + 1_000 + LINE_MS;
        let middle = least + (most - least) / 2;
        self.zero_unix_ms = Some(match self.zero_unix_ms {
            Some(known) if known.abs_diff(middle) > STEP_MS => {
                self.steps += 1;
                middle
            }
            Some(known) => known.clamp(least, most),
            None => middle,
        });
    }

    /// Both clocks at a moment of the board's.
    #[must_use]
    pub fn at(&self, now_ms: u64) -> Now {
        let time = self.zero_unix_ms.zip(self.source);
        let time = time.map(|(zero_unix_ms, source)| Time { unix_s: (zero_unix_ms + now_ms) / 1_000, source });
        Now { monotonic_ms: now_ms, time }
    }

    /// How often the time differed from what was carried on.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(unix_s: u64) -> Time {
        Time { unix_s, source: TimeSource::Network }
    }

    fn unix_s(clock: &Clock, now_ms: u64) -> Option<u64> {
        clock.at(now_ms).time.map(|time| time.unix_s)
    }

    #[test]
    fn it_is_carried_on_and_steps_are_counted() {
        let mut clock = Clock::default();
        assert_eq!(clock.at(5), Now::unknown(5));
        clock.set(network(1_795_000_100), 100_000);
        assert_eq!(unix_s(&clock, 160_000), Some(1_795_000_160));
        clock.set(network(1_795_000_061), 160_000);
        assert_eq!((unix_s(&clock, 160_000), clock.steps()), (Some(1_795_000_061), 1), "set back");
    }

    #[test]
    fn a_time_server_counts_until_the_network_says_something() {
        let mut clock = Clock::default();
        let server = |unix_s| Time { unix_s, source: TimeSource::Sntp };
        clock.set(server(1_795_000_000), 0);
        assert_eq!(clock.at(1_000).time, Some(server(1_795_000_001)));
        clock.set(network(1_795_000_001), 1_000);
        assert_eq!(clock.at(1_000).time, Some(network(1_795_000_001)), "the same second from a better source");
        clock.set(server(1_795_009_000), 2_000);
        assert_eq!(unix_s(&clock, 2_000), Some(1_795_000_002));
    }

    /// A crystal that is off by 40 millionths, and a network that tells whole seconds, heard up to 100 ms later.
    #[test]
    fn looks_at_the_network_keep_it_within_six_tenths_of_a_second() {
        let mut clock = Clock::default();
        let (zero_unix_ms, mut worst_ms) = (1_795_000_000_000_u64, 0);
        for look in 1..500_u64 {
            let true_ms = look * 600_137;
            let board_ms = true_ms + true_ms / 25_000;
            clock.set(network((zero_unix_ms + true_ms - look * 97 % LINE_MS) / 1_000), board_ms);
            let told_ms = clock.zero_unix_ms.unwrap() + board_ms;
            if look > 20 {
                worst_ms = worst_ms.max(told_ms.abs_diff(zero_unix_ms + true_ms));
            }
        }
        assert!(worst_ms < 600 && clock.steps() == 0, "{worst_ms} ms");
    }
}
