//! What is odd about a record that is kept all the same. A flag never changes state or outages.

use crate::{record::Statement, roster::Provenance};

/// A timestamp this far after the end of the period in which the record arrived is ahead.
pub const CLOCK_AHEAD_S: u64 = 300;
/// A record that arrives this long after its timestamp is very late.
pub const VERY_LATE_S: u64 = 7 * 86_400;

/// An oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Timestamp after the period of arrival: the device's clock is ahead.
    ClockAhead,
    /// Timestamp before the first roster that names the device.
    BeforeEnrolment,
    /// Arrived more than a week after its timestamp.
    VeryLate,
    /// Another statement stands under the same sequence of this device.
    Equivocation,
}

impl Flag {
    /// As views and verifier spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClockAhead => "clock-ahead",
            Self::BeforeEnrolment => "before-enrolment",
            Self::VeryLate => "very-late",
            Self::Equivocation => "equivocation",
        }
    }
}

/// The flags that a statement has by its time, given the end of the period in which it arrived and when its device
/// was enrolled. What is replayed or generated is neither before its enrolment nor late.
pub fn by_time(
    statement: &Statement,
    period_end_unix_s: u64,
    enrolled_unix_s: u64,
    provenance: Provenance,
) -> impl Iterator<Item = Flag> {
    let timestamp = statement.timestamp_unix_s;
    let live = provenance == Provenance::Live;
    [
        (Flag::ClockAhead, timestamp > period_end_unix_s.saturating_add(CLOCK_AHEAD_S)),
        (Flag::BeforeEnrolment, live && timestamp < enrolled_unix_s),
        (Flag::VeryLate, live && timestamp.saturating_add(VERY_LATE_S) < period_end_unix_s),
    ]
    .into_iter()
    .filter_map(|(flag, holds)| holds.then_some(flag))
}
