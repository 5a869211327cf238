//! A batch: all that arrived for an area in a period, as a relayer publishes it. A header block lists blocks of
//! lines: first public records in the order (device_id, sequence, leaf), then, from a block of their own on, the
//! sealed leaves of houses in the order of their hashes. The chain holds the header's digest, the root over all
//! leaves, and their count.

mod header;
mod seal;
mod verify;

pub use header::{Header, RosterReference};
pub use seal::{Contents, SealedBatch, seal};
pub(crate) use verify::public_record;
pub use verify::{BatchError, LineError, PublicRecord, VerifiedBatch, verify};

use crate::Hash;

/// The newest version of the format. A batch has the first version that has all fields of its published records: 2 where one
/// of them has `phases` or `time_quality`. What is sealed does not count: nobody could check it, and it would tell of a house.
pub const VERSION: u64 = 2;

/// What the chain says of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Whose batch.
    pub area_id: alloc::string::String,
    /// The page of the area's lane.
    pub batch_number: u64,
    /// Root over the leaves.
    pub root: Hash,
    /// SHA-256 of the header block.
    pub digest: Hash,
    /// Public plus sealed leaves.
    pub count: u64,
    /// Beginning of the period of arrival, inclusive.
    pub period_start_unix_s: u64,
    /// End of the period of arrival, exclusive.
    pub period_end_unix_s: u64,
    /// Digest of the area's last batch before this that was not empty; zeros for the first. Every batch's place in
    /// the area's history hangs on it.
    pub previous_digest: Hash,
}
