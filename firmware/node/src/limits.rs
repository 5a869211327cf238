//! Every limit of a node, each with what it guards against. What is longer, more or later is refused, overwritten or cut,
//! never grown for.

pub use protocol::{
    MAX_INTEGER,
    receipt::MAX_RECEIPT_BYTES,
    record::{MAX_DEVICE_ID, MAX_RECORD_BYTES},
};

use crate::flash::SLOTS_A_SECTOR;

/// The longest debounce: a longer one would hide interruptions that count.
pub const MAX_DEBOUNCE_MS: u64 = 10_000;
/// The longest time between heartbeats: no sum of milliseconds comes near the end of its number.
pub const MAX_HEARTBEAT_S: u64 = u32::MAX as u64;
/// The longest queue, in records: what may wait takes 128 KiB of memory at most ([`crate::Node::reserve`]).
pub const MAX_QUEUE: usize = 16_384;
/// The most losses that wait, apart from each other, to be declared: each costs a record and its receipt.
pub const MAX_LOSSES: usize = 16;
/// The most records at the front of the queue that may be on their way without a receipt: a line that swallows everything
/// costs no more than so many messages at a time.
pub const MAX_WINDOW: usize = 64;
/// The longest wait before records without a receipt are sent again: what a broker lost arrives within it.
pub const MAX_RESEND_MS: u64 = 3_600_000;
/// The most receipt keys that a device trusts at a time (the old and the new one while a relayer changes its key): a
/// receipt that nobody signed costs so many checks.
pub const MAX_RECEIPT_KEYS: usize = 8;

/// Bytes that are erased together: a sector of any common NOR flash.
pub const SECTOR: usize = 4_096;
/// Fewest sectors of the store: one that is erased while another holds the newest record, and one between.
pub const MIN_SECTORS: usize = 3;
/// Most sectors of the store; more would only hold what [`MAX_QUEUE`] forbids.
pub const MAX_SECTORS: usize = MAX_QUEUE / SLOTS_A_SECTOR + 2;
