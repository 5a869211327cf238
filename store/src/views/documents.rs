//! The documents of the views database.

use bson::Binary;
use serde::{Deserialize, Serialize};

pub use super::accountability::documents::*;
pub use crate::intake::documents::Span;

/// Collection `areas`: an area by its newest roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// The area id.
    #[serde(rename = "_id")]
    pub area_id: String,
    /// Its name for people.
    pub name: String,
    /// The lane that anchors it.
    pub lane: u32,
    /// Its first batch number.
    pub since: u64,
    /// Its offset from UTC, by its first roster: what a local day is does not change.
    pub utc_offset_s: i32,
    /// `live`, `replay` or `generated`.
    pub provenance: String,
    /// The roster's version.
    pub roster_version: u64,
    /// The roster's digest, hex.
    pub roster_digest: String,
    /// From when that roster is in force.
    pub roster_effective_from_unix_s: u64,
    /// Customers of all its devices, houses included.
    pub customers: u64,
    /// Devices, houses included.
    pub devices: u64,
    /// Houses by cell.
    pub cells: Vec<Cell>,
}

/// A cell of houses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Its name.
    pub cell: String,
    /// Houses in it.
    pub houses: u64,
    /// Seconds between their heartbeats.
    pub heartbeat_s: u64,
}

/// Collection `sites`: transformers and streets, by device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// The device that watches it.
    #[serde(rename = "_id")]
    pub device_id: String,
    /// The site.
    pub site_id: String,
    /// Its area.
    pub area_id: String,
    /// `transformer` or `street`.
    pub kind: String,
    /// What it hangs on.
    pub feeder_id: String,
    /// The feeder's name.
    pub feeder_name: String,
    /// The substation.
    pub station_id: String,
    /// The place as people call it.
    pub locality: String,
    /// The site under which it hangs.
    pub parent: Option<String>,
    /// Customers counted here and nowhere else.
    pub customers: u64,
    /// Seconds between heartbeats.
    pub heartbeat_s: u64,
    /// The first sequence that counts.
    pub first_sequence: u64,
    /// The last sequence that counts.
    pub last_sequence: u64,
    /// Where its readings come from.
    pub provenance: String,
    /// Its public key, hex.
    pub public_key: String,
    /// Why it was removed.
    pub removed: Option<String>,
    /// When the first roster that names it took effect.
    pub enrolled_unix_s: u64,
    /// GeoJSON (RFC 7946).
    pub location: Point,
}

/// A GeoJSON point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Always `Point`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Longitude and latitude in degrees.
    pub coordinates: [f64; 2],
}

/// Collection `timelines`: all that a device has stated in verified batches, by device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceTimeline {
    /// The device.
    #[serde(rename = "_id")]
    pub device_id: String,
    /// Its area.
    pub area_id: String,
    /// Its feeder.
    pub feeder_id: String,
    /// From batches in finalized blocks.
    pub settled: Parts,
    /// Readings of batches in blocks that are not final yet: these can be rolled back.
    pub recent: Vec<RecentReading>,
    /// Readings that only testimonies hold, in the order of the chain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub testified: Vec<TestifiedReading>,
    /// All of these together: what is shown.
    pub current: Parts,
}

/// A `protocol::supply::Timeline` as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// By sequence.
    pub segments: Vec<Segment>,
    /// Local day number and records received, by day.
    pub days: Vec<(u64, u64)>,
}

/// A `protocol::supply::Segment` as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// `true` for ON.
    pub on: bool,
    /// The first record's sequence.
    pub first_sequence: u64,
    /// What that one follows.
    pub predecessor: Option<u64>,
    /// Its timestamp.
    pub first_unix_s: u64,
    /// The last record's sequence.
    pub last_sequence: u64,
    /// Its timestamp.
    pub last_unix_s: u64,
    /// Seconds between heartbeats at the first record; 0 where that is not known.
    #[serde(default)]
    pub heartbeat_s: u64,
    /// Whether the first record's timestamp is an upper bound.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_is_bound: bool,
    /// Which of three phases are live by the last record, as records spell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<String>,
}

/// A reading of a batch that is not final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentReading {
    /// The batch.
    pub batch_number: u64,
    /// What it says.
    #[serde(flatten)]
    pub reading: StoredReading,
}

/// A reading that a testimony holds. It counts where no batch accounts for its sequence, and no earlier testimony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestifiedReading {
    /// The testimony's `_id`.
    pub testimony: String,
    /// The testimony's place on the chain and the line's in its block: `<block>/<log>/<line>`, with leading zeros.
    pub place: String,
    /// The block of the testimony is finalized.
    pub finalized: bool,
    /// What it says.
    #[serde(flatten)]
    pub reading: StoredReading,
}

/// A `protocol::supply::Reading` as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReading {
    /// Its sequence.
    pub sequence: u64,
    /// What it follows.
    pub predecessor: Option<u64>,
    /// `true` for ON.
    pub on: bool,
    /// Its timestamp.
    pub timestamp_unix_s: u64,
    /// Seconds between heartbeats, by the roster of the batch or testimony; 0 where that is not known.
    #[serde(default)]
    pub heartbeat_s: u64,
    /// Whether its timestamp is an upper bound.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_bound: bool,
    /// Which of three phases are live, as records spell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<String>,
}

/// Collection `sheets`: where the sites of a part of an area are and what they stated of late, packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// `<area_id>/<number>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The area.
    pub area_id: String,
    /// Which of the area's sheets.
    pub number: u32,
    /// A [`super::sheets::SheetContent`], packed.
    pub sites: Binary,
}

/// Collection `progress`: how far an area is accounted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The area id.
    #[serde(rename = "_id")]
    pub area_id: String,
    /// End of its last period whose batch is verified or empty.
    pub accounted_unix_s: u64,
}

/// Collection `outages`: derived from timelines, for search by area and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// `<device_id>/<start_sequence>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The device.
    pub device_id: String,
    /// Its area.
    pub area_id: String,
    /// Its feeder.
    pub feeder_id: String,
    /// `transformer` or `street`.
    pub kind: String,
    /// Timestamp of the first OFF.
    pub start_unix_s: u64,
    /// Its sequence.
    pub start_sequence: u64,
    /// Timestamp of the ON after it.
    pub end_unix_s: Option<u64>,
    /// Its sequence.
    pub end_sequence: Option<u64>,
    /// It may have begun earlier: records before it are missing.
    pub start_uncertain: bool,
    /// It may have ended earlier: records within it are missing.
    pub end_uncertain: bool,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchStatus {
    /// Anchored with zeros: nothing arrived.
    Empty,
    /// Anchored; its blocks are being fetched.
    Pending,
    /// Its blocks could not be had so far; asked for again.
    Unavailable,
    /// Everything agrees.
    Verified,
    /// Something does not agree; nothing of it counts.
    Failed,
}

/// Collection `batches`: every anchored batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// `<area_id>/<number>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The area.
    pub area_id: String,
    /// The batch number.
    pub number: u64,
    /// The lane.
    pub lane: u32,
    /// What became of it.
    pub status: BatchStatus,
    /// Why it failed or is unavailable, in words.
    pub reason: Option<String>,
    /// Root, hex.
    pub root: String,
    /// The header's digest, hex.
    pub digest: String,
    /// Digest of the area's last batch before that was not empty, hex.
    pub previous_digest: String,
    /// Leaves.
    pub count: u64,
    /// Published records among them; all leaves until it is verified.
    pub public_count: u64,
    /// Houses' leaves among them.
    pub sealed_count: u64,
    /// Beginning of the period of arrival.
    pub period_start_unix_s: u64,
    /// End of the period of arrival, exclusive.
    pub period_end_unix_s: u64,
    /// The block's time.
    pub anchored_at_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// Its hash, 0x and hex.
    pub block_hash: String,
    /// The transaction, 0x and hex.
    pub transaction_hash: String,
    /// The block is finalized.
    pub finalized: bool,
    /// The roster's version.
    pub roster_version: u64,
    /// Digests of its blocks of lines, hex, in order.
    pub blocks: Vec<String>,
    /// Bytes of header and blocks.
    pub bytes: u64,
    /// Counts of houses.
    pub cells: Vec<CellCount>,
    /// Whose records are in it, and where to look for one.
    pub spans: Vec<Span>,
    /// What is odd in it.
    pub flags: Vec<Flagged>,
    /// How many of its records said OFF.
    pub off_records: u64,
}

/// Counts of one cell in a batch, as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellCount {
    /// The cell.
    pub cell: String,
    /// Houses enrolled.
    pub expected: u64,
    /// Houses heard from; none where it is `few`.
    pub reporting: Option<u64>,
    /// Houses OFF; none where it is not told.
    pub off: Option<u64>,
    /// `few-off`, `few-on` or `withheld` where `off` is not told.
    pub off_text: Option<String>,
}

/// A record with an oddity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flagged {
    /// The device.
    pub device_id: String,
    /// The record's sequence.
    pub sequence: u64,
    /// Its leaf, hex.
    pub leaf: String,
    /// `protocol::flag::Flag` as text.
    pub flag: String,
}

/// Collection `cursors`, document `chain`: how far the indexer has followed the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainCursor {
    /// Always `chain`.
    #[serde(rename = "_id")]
    pub id: String,
    /// `eip155:<chain id>:0x<anchoring contract>`: views of another contract are not these.
    pub contract: String,
    /// The last block taken in.
    pub block_number: u64,
    /// Its hash.
    pub block_hash: String,
    /// Its time.
    pub block_time_unix_s: u64,
    /// The last finalized block taken in.
    pub finalized_number: u64,
    /// The chain's newest block as last seen.
    pub head_number: u64,
    /// When it was last seen.
    pub seen_unix_s: u64,
    /// Hashes of blocks above the finalized one that were taken in, oldest first.
    pub window: Vec<BlockReference>,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockReference {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: String,
}
