//! What of an area is not in the [`crate::atlas`]: houses, counted by cells, and coverage of more days.
//!
//! This is the only place that sees live readings of houses, and it lets out nothing but
//! [`protocol::cells::CellCount`]s.

mod cells;
mod coverage;

use std::time::{SystemTime, UNIX_EPOCH};

pub use cells::Cells;
pub use coverage::{COVERAGE_DAYS, Coverages, coverage_of};

/// Areas of which something is kept in memory.
const MAX_AREAS: usize = 4_096;

/// UNIX time now.
#[must_use]
pub fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
