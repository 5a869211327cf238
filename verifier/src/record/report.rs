//! What is told of one record: where chain and IPFS hold it, and each step of its proof.

use alloy::primitives::{Address, B256};
use serde::Serialize;

/// All that chain and IPFS hold under one device and sequence.
#[derive(Clone, Debug, Serialize)]
pub struct RecordReport {
    /// The device asked for.
    pub device_id: String,
    /// The sequence asked for.
    pub sequence: u64,
    /// Each statement with its proof, in the order of batches, the one that counts first.
    pub proofs: Vec<RecordProof>,
    /// Batches that were looked through.
    pub batches_searched: u64,
    /// Batches and testimonies that could not be had, or do not verify: what they hold does not count.
    pub not_searched: Vec<String>,
    /// The same from testimonies, in the order of the chain.
    pub testified: Vec<TestifiedRecord>,
    /// Anything else that a reader should know.
    pub notes: Vec<String>,
}

/// One record that somebody testified.
#[derive(Clone, Debug, Serialize)]
pub struct TestifiedRecord {
    /// Its area.
    pub area_id: String,
    /// SHA-256 of the block that holds it, hex, as the chain has it.
    pub digest: String,
    /// The block's name on IPFS.
    pub cid: String,
    /// Its line in the block, from 1.
    pub line: u32,
    /// The canonical bytes.
    pub record: String,
    /// Who testified.
    pub by: Address,
    /// When: it counts as anchored then.
    pub testified_at_unix_s: u64,
    /// The chain's block.
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: B256,
    /// Version of the roster in force then.
    pub roster_version: u64,
    /// The device's key by that roster; the signature verifies with it.
    pub public_key: String,
    /// ON or OFF.
    pub power_status: &'static str,
    /// Which of three phases are live, if the device states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<&'static str>,
    /// As the device states it.
    pub timestamp_unix_s: u64,
    /// Why that is less good than the network's time, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_quality: Option<&'static str>,
    /// Whether it contradicts what counts.
    pub is_contradicted: bool,
    /// Whether this is the statement that counts: no batch holds one, and no earlier testimony. None where a batch could not
    /// be had, and may hold one.
    pub counts: Option<bool>,
}

/// One record, proven.
#[derive(Clone, Debug, Serialize)]
pub struct RecordProof {
    /// Its area.
    pub area_id: String,
    /// The batch that holds it.
    pub batch_number: u64,
    /// The canonical bytes.
    pub record: String,
    /// SHA-256(0x00 || record).
    pub leaf: String,
    /// Position in the tree.
    pub leaf_index: u64,
    /// Leaves of the tree.
    pub tree_size: u64,
    /// Siblings, lowest first.
    pub path: Vec<String>,
    /// The root that chain and path agree on.
    pub root: String,
    /// The header's SHA-256, as the chain has it.
    pub header_digest: String,
    /// The header's name on IPFS.
    pub cid: String,
    /// Version of the roster in force.
    pub roster_version: u64,
    /// Its digest.
    pub roster_digest: String,
    /// The device's key by that roster.
    pub public_key: String,
    /// The site by that roster.
    pub site_id: String,
    /// `transformer` or `street`.
    pub kind: &'static str,
    /// Over the record without this field; verifies with the key.
    pub device_signature: String,
    /// ON or OFF.
    pub power_status: &'static str,
    /// Which of three phases are live, if the device states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<&'static str>,
    /// As the device states it.
    pub timestamp_unix_s: u64,
    /// Why that is less good than the network's time, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_quality: Option<&'static str>,
    /// The period of arrival, its end exclusive.
    pub period_unix_s: [u64; 2],
    /// Time of the block that anchored it.
    pub anchored_at_unix_s: u64,
    /// Seconds from the device's timestamp to the latest moment at which it may have arrived; negative where the
    /// device's clock is ahead.
    pub arrival_delay_at_most_s: i64,
    /// Where the readings come from.
    pub provenance: &'static str,
    /// What is odd about it.
    pub flags: Vec<&'static str>,
    /// Whether this is the statement that counts: the first under its sequence in the first batch that verifies.
    /// None where a batch before it could not be had, and may hold another.
    pub counts: Option<bool>,
}
