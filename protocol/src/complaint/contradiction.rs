//! What the sensors say of a complaint: whether they back it, and whether they contradict that it was fixed.

use alloc::{string::String, vec::Vec};

use crate::{
    record::PowerStatus,
    supply::{Segment, Stretch, SupplyState, standing_at},
};

/// A "fixed" is contradicted by an OFF within this long after it.
pub const CONTRADICTED_WITHIN_S: u64 = 24 * 3_600;
/// A complaint is backed by an OFF within this long before it.
pub const SENSOR_WINDOW_S: u64 = 24 * 3_600;

/// What one device has stated in anchored records.
#[derive(Clone, Debug)]
pub struct Supply {
    /// The device.
    pub device_id: String,
    /// Seconds between its heartbeats.
    pub heartbeat_s: u64,
    /// In the order of their sequences.
    pub segments: Vec<Segment>,
}

impl Supply {
    fn state_at(&self, unix_s: u64) -> SupplyState {
        standing_at(self.segments.iter().map(Stretch::from), self.heartbeat_s, unix_s).state
    }

    /// When it says OFF first, in a time that includes both ends: at its beginning, or by an edge later.
    fn off_in(&self, from_unix_s: u64, to_unix_s: u64) -> Option<u64> {
        if self.state_at(from_unix_s) == SupplyState::Off {
            return Some(from_unix_s);
        }
        let off = self.segments.iter().filter(|segment| segment.power_status == PowerStatus::Off);
        off.map(|segment| segment.first_unix_s).filter(|at| (from_unix_s..=to_unix_s).contains(at)).min()
    }

    /// The sequence of the OFF that holds at a time.
    fn off_sequence(&self, unix_s: u64) -> Option<u64> {
        let newest = self.segments.iter().rev().find(|segment| segment.first_unix_s <= unix_s)?;
        (newest.power_status == PowerStatus::Off).then_some(newest.first_sequence)
    }
}

/// How a "fixed" is not true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContradictionKind {
    /// The supply was OFF when it was signed.
    StillOff,
    /// It was OFF again not a day later.
    OffAgain,
}

/// Why a "fixed" is not true: a signed OFF, which anybody can look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// How.
    pub kind: ContradictionKind,
    /// When it was OFF: at the signing, or again.
    pub at_unix_s: u64,
    /// A device that said so.
    pub device_id: String,
    /// By the record of this sequence.
    pub sequence: u64,
}

/// What contradicts a "fixed" of a time, by the devices of the complaint's site or, where it names none, of its feeder:
/// all that are heard are OFF, and one is. NO DATA never contradicts.
#[must_use]
pub fn contradiction(supplies: &[Supply], fixed_at_unix_s: u64) -> Option<Contradiction> {
    let off_at = |kind, at_unix_s: u64| {
        let states = supplies.iter().map(|supply| (supply, supply.state_at(at_unix_s)));
        let heard: Vec<_> = states.filter(|(_, state)| *state != SupplyState::NoData).collect();
        let (first, _) = heard.first()?;
        let is_off = heard.iter().all(|(_, state)| *state == SupplyState::Off);
        let sequence = first.off_sequence(at_unix_s).filter(|_| is_off)?;
        Some(Contradiction { kind, at_unix_s, device_id: first.device_id.clone(), sequence })
    };
    if let Some(still) = off_at(ContradictionKind::StillOff, fixed_at_unix_s) {
        return Some(still);
    }
    let last = fixed_at_unix_s.saturating_add(CONTRADICTED_WITHIN_S);
    let segments = supplies.iter().flat_map(|supply| &supply.segments);
    let off = segments.filter(|segment| segment.power_status == PowerStatus::Off).map(|segment| segment.first_unix_s);
    let mut later: Vec<u64> = off.filter(|at| (fixed_at_unix_s + 1..=last).contains(at)).collect();
    later.sort_unstable();
    later.into_iter().find_map(|at| off_at(ContradictionKind::OffAgain, at))
}

/// Whether a device of the complaint's site or feeder said OFF in the day before it was opened. The window is the same for
/// all complaints, so that nobody chooses it.
#[must_use]
pub fn is_sensor_backed(supplies: &[Supply], opened_at_unix_s: u64) -> bool {
    let from = opened_at_unix_s.saturating_sub(SENSOR_WINDOW_S);
    supplies.iter().any(|supply| supply.off_in(from, opened_at_unix_s).is_some())
}
