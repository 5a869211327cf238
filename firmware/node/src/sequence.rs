//! Sequences from a counter that only goes up, in steps.
//!
//! Every start of a device counts one further and uses the sequences of that step alone: whatever its flash lost, forgot
//! or was replaced by, none comes again. What a step leaves unused is stated by the next record
//! (`previous_sequence`). With the counter of an ATECC608 (2,097,151 steps) that is 57 years of a hundred starts a day.

use core::ops::Range;

/// Sequences of one step; a device that makes more between two starts takes the next step.
pub const STEP: u64 = 1_024;
/// With fewer left than this the next step is taken.
pub const LOW: u64 = 64;

/// The sequences of a step, the counter's value after it was counted further: 1 or more.
#[must_use]
pub fn of_step(count: u32) -> Range<u64> {
    let start = u64::from(count) * STEP;
    start..start + STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_without_gap_or_overlap_and_fit_the_format() {
        assert_eq!(of_step(1), 1_024..2_048);
        assert_eq!(of_step(1).end, of_step(2).start);
        assert!(of_step(2_097_151).end <= protocol::MAX_INTEGER);
    }
}
