//! What the sensors say of a complaint: whether they back it, and whether they contradict that it was fixed.

use alloc::{string::String, vec::Vec};

use super::Course;
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

    /// The last stretch of OFF in a time that includes both ends: one that began in it, or held at its beginning.
    fn last_off_in(&self, from_unix_s: u64, to_unix_s: u64) -> Option<&Segment> {
        let held = self.segments.iter().rev().find(|segment| segment.first_unix_s <= from_unix_s);
        let began =
            self.segments.iter().filter(|segment| (from_unix_s + 1..=to_unix_s).contains(&segment.first_unix_s));
        let off = held.into_iter().chain(began).filter(|segment| segment.power_status == PowerStatus::Off);
        off.max_by_key(|segment| segment.first_unix_s)
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

/// A signed OFF that stands behind an opening; it names the outage that it began.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backing {
    /// The device that said so.
    pub device_id: String,
    /// By the record of this sequence.
    pub sequence: u64,
}

/// What stands behind each opening of a course, in their order; as [`backing`].
pub fn backings<'a, S: Clone>(
    course: &'a Course<S>,
    supplies: &'a [Supply],
) -> impl Iterator<Item = Option<Backing>> + use<'a, S> {
    let closed = course.openings().map(|opening| opening.closing.as_ref().map(|closing| closing.at_unix_s));
    let closed_before = core::iter::once(None).chain(closed);
    course.openings().zip(closed_before).map(|(opening, closed)| backing(supplies, opening.at_unix_s, closed))
}

/// What stands behind an opening: the latest OFF that a device of the complaint's site or feeder stated in the day before,
/// after a reopening only of the time since the closing that it answers. The window is the same for all complaints, so that
/// nobody chooses it.
#[must_use]
pub fn backing(supplies: &[Supply], opened_at_unix_s: u64, closed_before_unix_s: Option<u64>) -> Option<Backing> {
    let from = opened_at_unix_s.saturating_sub(SENSOR_WINDOW_S).max(closed_before_unix_s.unwrap_or(0));
    let off = supplies.iter().filter_map(|supply| Some((supply, supply.last_off_in(from, opened_at_unix_s)?)));
    // Of several at one time the first by name: whoever computes it gets the same.
    let (supply, off) = off.max_by(|(a, off_a), (b, off_b)| {
        off_a.first_unix_s.cmp(&off_b.first_unix_s).then_with(|| b.device_id.cmp(&a.device_id))
    })?;
    Some(Backing { device_id: supply.device_id.clone(), sequence: off.first_sequence })
}
