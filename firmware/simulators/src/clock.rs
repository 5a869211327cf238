//! Time that only passes when it is told to.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use embedded_hal::delay::DelayNs;

/// A clock that its clones share.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    /// Nanoseconds since the start.
    #[must_use]
    pub fn ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn ms(&self) -> u64 {
        self.ns() / 1_000_000
    }

    /// Lets time pass.
    pub fn pass_ns(&self, ns: u64) {
        self.0.fetch_add(ns, Ordering::Relaxed);
    }

    /// Lets time pass.
    pub fn pass_ms(&self, ms: u64) {
        self.pass_ns(ms * 1_000_000);
    }
}

/// Waiting lets the time pass.
impl DelayNs for Clock {
    fn delay_ns(&mut self, ns: u32) {
        self.pass_ns(u64::from(ns));
    }
}
