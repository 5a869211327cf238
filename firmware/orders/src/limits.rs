//! Every limit of what a device takes from its operator, each with what it guards against.

use crate::transfer::{BLOCK, HEADER};

/// Longest manifest, in bytes: what is kept of it has a place of just this size.
pub const MAX_MANIFEST_BYTES: usize = 340;
/// Longest configuration, in bytes: one message of the modem.
pub const MAX_CONFIGURATION_BYTES: usize = 500;
/// Longest report, in bytes: one message of the modem.
pub const MAX_REPORT_BYTES: usize = 500;
/// Longest answer with a block, in bytes: one message of the modem.
pub const MAX_ANSWER: usize = HEADER + BLOCK;

/// Longest board name.
pub const MAX_BOARD: usize = 24;
/// Longest contract in a configuration (CAIP-10).
pub const MAX_CONTRACT: usize = 80;
/// Longest name of a broker in a configuration: the modem takes no longer one.
pub const MAX_HOST: usize = 50;
/// Most receipt keys in a configuration: the old and the new one while they change.
pub const MAX_KEYS: usize = 2;
/// Longest device id beside which a report has room for all counts.
pub const MAX_COUNTED_ID: usize = 32;
/// Longest reason of a refusal in a report.
pub const MAX_REFUSAL: usize = 11;
/// Longest reason of a reset in a report.
pub const MAX_RESET: usize = 10;

/// Most release keys that an image trusts: the old and the new one while they change, and room for as many again.
pub const MAX_RELEASE_KEYS: usize = 4;
/// Most sectors of an image: each has its mark in the state, and a manifest that asks for more is refused.
pub const MAX_IMAGE_SECTORS: usize = 512;
/// How often a release is started before it is given up, and a configuration before it is. A power cut during the first
/// start uses one up.
pub const MAX_TRIES: u8 = 5;
/// A new image or configuration that no receipt confirmed after so long with mains present is taken back; one for older
/// records begins the time anew.
pub const CONFIRM_MS: u64 = 30 * 60_000;
/// The longest pause between two fetches. None is the last: who alters blocks on their way must not decide what a device
/// runs for good.
pub const MAX_RETRY_PAUSE_MS: u64 = 86_400_000;
/// The longest wait for blocks before those that are missing are asked for again.
pub const MAX_ASK_MS: u64 = 3_600_000;
