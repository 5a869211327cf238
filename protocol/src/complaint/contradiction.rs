//! What the sensors say of a complaint: whether they back it, and whether they contradict that it was fixed.

use alloc::vec::Vec;

use crate::{
    record::PowerStatus,
    supply::{Stretch, SupplyState, standing_at},
};

/// A "fixed" is contradicted by an OFF within this long after it.
pub const CONTRADICTED_WITHIN_S: u64 = 24 * 3_600;
/// A complaint is backed by an OFF within this long before it.
pub const SENSOR_WINDOW_S: u64 = 24 * 3_600;

/// What one device has stated in anchored records.
#[derive(Clone, Debug)]
pub struct Supply {
    /// The device.
    pub device_id: alloc::string::String,
    /// Seconds between its heartbeats.
    pub heartbeat_s: u64,
    /// In the order of their sequences.
    pub stretches: Vec<Stretch>,
}

impl Supply {
    fn state_at(&self, unix_s: u64) -> SupplyState {
        standing_at(self.stretches.iter().copied(), self.heartbeat_s, unix_s).state
    }

    /// When it says OFF first, in a time that includes both ends: at its beginning, or by an edge later.
    fn off_in(&self, from_unix_s: u64, to_unix_s: u64) -> Option<u64> {
        if self.state_at(from_unix_s) == SupplyState::Off {
            return Some(from_unix_s);
        }
        let off = self.stretches.iter().filter(|stretch| stretch.power_status == PowerStatus::Off);
        off.map(|stretch| stretch.first_unix_s).filter(|at| (from_unix_s..=to_unix_s).contains(at)).min()
    }
}

/// Why a "fixed" is not true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// The supply was OFF when it was signed.
    StillOff,
    /// It was OFF again at this time, not a day later.
    OffAgain {
        /// When.
        at_unix_s: u64,
    },
}

/// What contradicts a "fixed" of a time, by the devices of the complaint's site or, where it names none, of its feeder:
/// all that are heard are OFF, and one is. NO DATA never contradicts, and what was stated before the time was, at the most,
/// OFF through it.
#[must_use]
pub fn contradiction(supplies: &[Supply], fixed_at_unix_s: u64) -> Option<Contradiction> {
    let is_off = |unix_s: u64| {
        let states = supplies.iter().map(|supply| supply.state_at(unix_s));
        let mut heard = states.filter(|state| *state != SupplyState::NoData).peekable();
        heard.peek().is_some() && heard.all(|state| state == SupplyState::Off)
    };
    if is_off(fixed_at_unix_s) {
        return Some(Contradiction::StillOff);
    }
    let last = fixed_at_unix_s.saturating_add(CONTRADICTED_WITHIN_S);
    let edges = supplies.iter().flat_map(|supply| &supply.stretches);
    let off = edges.filter(|stretch| stretch.power_status == PowerStatus::Off).map(|stretch| stretch.first_unix_s);
    let again = off.filter(|at| (fixed_at_unix_s + 1..=last).contains(at) && is_off(*at)).min();
    again.map(|at_unix_s| Contradiction::OffAgain { at_unix_s })
}

/// Whether a device of the complaint's site or feeder said OFF in the day before it was opened. The window is the same for
/// all complaints, so that nobody chooses it.
#[must_use]
pub fn is_sensor_backed(supplies: &[Supply], opened_at_unix_s: u64) -> bool {
    let from = opened_at_unix_s.saturating_sub(SENSOR_WINDOW_S);
    supplies.iter().any(|supply| supply.off_in(from, opened_at_unix_s).is_some())
}
