//! Clocks, and when something was seen by them.

use protocol::record::TimeQuality;

/// One reading of the host's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds that never go back while the node runs: since the board's start where the time may be unknown, else
    /// since any fixed moment.
    pub monotonic_ms: u64,
    /// What time it is; none while that is not known.
    pub time: Option<Time>,
}

impl Now {
    /// With the network's time.
    #[must_use]
    pub const fn known(monotonic_ms: u64, unix_s: u64) -> Self {
        Self { monotonic_ms, time: Some(Time { unix_s, source: TimeSource::Network }) }
    }

    /// Without a clock.
    #[must_use]
    pub const fn unknown(monotonic_ms: u64) -> Self {
        Self { monotonic_ms, time: None }
    }

    /// How this moment is recorded.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        match self.time {
            Some(Time { unix_s, source }) => Stamp::Known { unix_s, quality: source.quality() },
            None => Stamp::SinceStart { ms: self.monotonic_ms },
        }
    }
}

/// A time and who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// UNIX seconds.
    pub unix_s: u64,
    /// Whose they are.
    pub source: TimeSource,
}

/// Who says what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSource {
    /// The mobile network, or a host's own good clock.
    Network,
    /// A time server, since the network says nothing.
    Sntp,
}

impl TimeSource {
    /// What a record says of a time of this source.
    #[must_use]
    pub const fn quality(self) -> Option<TimeQuality> {
        match self {
            Self::Network => None,
            Self::Sntp => Some(TimeQuality::Sntp),
        }
    }
}

/// When something was seen, as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// At a time that is known, now or since.
    Known {
        /// UNIX seconds.
        unix_s: u64,
        /// Why it is less good than the network's, if it is.
        quality: Option<TimeQuality>,
    },
    /// Before the time was known.
    SinceStart {
        /// Milliseconds of the board's clock since the start in which it was seen.
        ms: u64,
    },
}

impl Stamp {
    /// The time, once it is known.
    #[must_use]
    pub const fn unix_s(self) -> Option<u64> {
        match self {
            Self::Known { unix_s, .. } => Some(unix_s),
            Self::SinceStart { .. } => None,
        }
    }

    /// The time of what was seen `ms` after this start, given a reading of this start's clocks: counted back.
    pub(crate) fn counted_back(ms: u64, now: Now) -> Option<(u64, TimeQuality)> {
        let since_s = now.monotonic_ms.saturating_sub(ms) / 1_000;
        Some((now.time?.unix_s.saturating_sub(since_s), TimeQuality::CountedBack))
    }

    /// The latest time for what was seen in an earlier start, given a reading of this start's clocks: when this one began.
    pub(crate) fn upper_bound(now: Now) -> Option<(u64, TimeQuality)> {
        let (start_s, _) = Self::counted_back(0, now)?;
        Some((start_s, TimeQuality::UpperBound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_counted_back_and_a_start_bounds_what_was_before_it() {
        let now = Now::known(90_500, 1_795_000_090);
        assert_eq!(Stamp::counted_back(30_500, now), Some((1_795_000_030, TimeQuality::CountedBack)));
        assert_eq!(Stamp::counted_back(90_500, now), Some((1_795_000_090, TimeQuality::CountedBack)));
        assert_eq!(Stamp::upper_bound(now), Some((1_795_000_000, TimeQuality::UpperBound)));
        assert_eq!(Stamp::upper_bound(Now::unknown(90_500)), None);
    }
}
