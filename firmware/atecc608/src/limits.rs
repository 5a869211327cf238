//! Every limit of the driver, each with what it guards against.

/// Longest command, in bytes: 64 of data with what is around them.
pub const MAX_COMMAND: usize = 72;
/// Longest answer, in bytes: 64 with count and CRC. One that says it is longer is damaged.
pub const MAX_ANSWER: usize = 67;
/// How often a command is tried in all: a disturbed bus is no broken part, a broken part must not hold the device.
pub const TRIES: u32 = 4;
/// The longest wait for an answer, in microseconds: above every command's time at every clock divider.
pub const MAX_WAIT_US: u32 = 2_500_000;
/// The highest value of a counter: at it there are no further sequences.
pub const MAX_COUNT: u32 = 2_097_151;
