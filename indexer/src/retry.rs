//! When to ask again for something that could not be had.

use std::time::{Duration, Instant};

/// When one thing is due, and how often it was put off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    attempts: u32,
    /// Not before then.
    pub(crate) due: Instant,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 0, due: Instant::now() }
    }
}

impl Retry {
    /// Waits longer each time, from the first to the longest of these.
    pub(crate) fn put_off(&mut self, (first, longest): (Duration, Duration)) {
        self.due = Instant::now() + first.saturating_mul(1 << self.attempts.min(16)).min(longest);
        self.attempts += 1;
    }

    /// How often it was put off.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }
}
