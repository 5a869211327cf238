//! Mains, capacitor, board: how long a device lives without mains.

use protocol::record::PowerStatus;

/// How long the capacitor of docs/firmware.md carries a device with a modem in poor coverage: 88 J at 0.6 W.
pub(super) const HOLD_UP_MS: u64 = 146_000;

/// The supply of a board.
#[derive(Clone, Copy, Debug)]
pub(super) struct Supply {
    mains: PowerStatus,
    pub(super) hold_up_ms: u64,
    off_since_ms: u64,
}

impl Supply {
    pub(super) fn new(mains: PowerStatus, now_ms: u64) -> Self {
        // Off at the start: the capacitor was used up long ago.
        Self { mains, hold_up_ms: HOLD_UP_MS, off_since_ms: now_ms.saturating_sub(HOLD_UP_MS) }
    }

    pub(super) fn mains(&self) -> PowerStatus {
        self.mains
    }

    pub(super) fn set(&mut self, mains: PowerStatus, now_ms: u64) {
        if self.mains == PowerStatus::On && mains == PowerStatus::Off {
            self.off_since_ms = now_ms;
        }
        self.mains = mains;
    }

    /// Whether the board has power.
    pub(super) fn carries(&self, now_ms: u64) -> bool {
        self.mains == PowerStatus::On || now_ms < self.off_since_ms + self.hold_up_ms
    }

    /// When the capacitor is empty, if nothing changes.
    pub(super) fn empty_ms(&self) -> Option<u64> {
        (self.mains == PowerStatus::Off).then_some(self.off_since_ms + self.hold_up_ms)
    }
}

#[cfg(test)]
mod tests {
    use PowerStatus::{Off, On};

    use super::*;

    #[test]
    fn the_capacitor_carries_for_its_time_from_the_moment_the_mains_went() {
        let mut supply = Supply::new(On, 0);
        assert_eq!((supply.carries(9_999), supply.empty_ms()), (true, None));
        supply.set(Off, 1_000);
        supply.set(Off, 2_000);
        assert_eq!(supply.empty_ms(), Some(1_000 + HOLD_UP_MS));
        assert!(supply.carries(HOLD_UP_MS + 999) && !supply.carries(HOLD_UP_MS + 1_000));
        supply.set(On, 500_000);
        assert!(supply.carries(500_000));
        assert!(!Supply::new(Off, 700_000).carries(700_000));
    }
}
