//! What the fleet says of itself every second.

use serde::{Deserialize, Serialize};

/// One JSON line, replaced every second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// When this was written.
    pub unix_s: u64,
    /// Devices in the fleet.
    pub devices: u64,
    /// Records made since the first start; by whole devices since the start of this process.
    pub records_made: u64,
    /// Of these, receipted.
    pub delivered: u64,
    /// Of these, without a receipt.
    pub unreceipted: u64,
    /// Without a receipt of those that were made before the fleet went on with the clock; goes down to 0.
    pub backlog_left: u64,
    /// Overwritten in full queues since the start of this process.
    pub dropped: u64,
    /// Taken back for want of a receipt and sent again, since the start of this process.
    pub resent: u64,
    /// Receipts of another key, device or contract, since the start of this process.
    pub receipts_refused: u64,
    /// Whole devices that run a release which came over the air and which a receipt has confirmed.
    pub updated: u64,
    /// Whole devices whose download an outage cut off, some of the image there and some not.
    pub downloads_cut_off: u64,
    /// Connections.
    pub connections: u64,
    /// Of these, those that are up.
    pub connections_up: u64,
    /// Whether the scenario has no more outages: from then on there are only heartbeats.
    pub exhausted: bool,
    /// When it has no more.
    pub exhausted_at_unix_s: u64,
    /// How far the scenario is shifted.
    pub shift_s: i64,
    /// `replay` or `generated`.
    pub provenance: String,
    /// Where the scenario comes from, in words.
    pub source: String,
}
