//! What a node counts, for whoever looks after it.

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Records made.
    pub made: u64,
    /// Records freed by receipts.
    pub receipted: u64,
    /// Records overwritten in a full queue.
    pub dropped: u64,
    /// Records taken back for want of a receipt, to be sent again.
    pub taken_back: u64,
    /// Receipts that were not for this device and contract, or not signed by a trusted key.
    pub receipts_refused: u64,
    /// Interruptions too short to count.
    pub momentary: u64,
    /// Edges and heartbeats that have no record and get none, since all sequences were used. The newest edge waits for
    /// further ones and is not counted.
    pub exhausted: u64,
    /// Records that the store could not read any more; the next record declares them dropped.
    pub unreadable: u64,
}
