//! The wall clock, in UNIX seconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now.
#[must_use]
pub fn now_unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// How long until a time; nothing if it has come.
#[must_use]
pub fn until(unix_s: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(unix_s).saturating_sub(now)
}

/// The last multiple of the period that is not after a time.
#[must_use]
pub fn boundary_at(unix_s: u64, period_s: u64) -> u64 {
    unix_s - unix_s % period_s.max(1)
}

/// The first multiple of the period that is after a time.
#[must_use]
pub fn boundary_after(unix_s: u64, period_s: u64) -> u64 {
    boundary_at(unix_s, period_s) + period_s.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_multiples_of_the_period() {
        assert_eq!((boundary_at(905, 900), boundary_after(905, 900)), (900, 1800));
        assert_eq!((boundary_at(900, 900), boundary_after(900, 900)), (900, 1800));
    }
}
