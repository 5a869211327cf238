//! Records with their proofs.

use async_graphql::SimpleObject;

use super::scalar::{Int53, PowerStatus, Provenance, TimeQuality};
use crate::evidence::Proof;

/// That a leaf is in a tree: RFC 6962's audit path.
#[derive(Clone, Debug, SimpleObject)]
pub struct InclusionProof {
    /// Position of the leaf, from 0.
    pub leaf_index: Int53,
    /// Leaves of the tree.
    pub tree_size: Int53,
    /// The siblings from the leaf upwards, hex.
    pub path: Vec<String>,
}

/// A record with what is needed to check it. Trust none of it: hash `record` yourself, follow the path, and read the
/// root from the chain.
#[derive(Clone, Debug, SimpleObject)]
pub struct Record {
    /// The device.
    pub device_id: String,
    /// The record's sequence.
    pub sequence: Int53,
    /// What it states.
    pub power_status: PowerStatus,
    /// Which of three phases are live, of a device that watches so many: a digit each for L1, L2 and L3, 1 live, 0 dead. With
    /// a dead one the status is OFF.
    pub phases: Option<String>,
    /// From when on.
    pub timestamp_unix_s: Int53,
    /// Why that is less good than the mobile network's time, known when the edge was seen; none where it is that.
    pub time_quality: Option<TimeQuality>,
    /// The canonical bytes: what the device signed, with its signature.
    pub record: String,
    /// SHA-256 of a zero byte and the record, hex.
    pub leaf: String,
    /// From the leaf to the root.
    pub proof: InclusionProof,
    /// The root, hex; the chain has the same under area and batch number.
    pub root: String,
    /// The area.
    pub area_id: String,
    /// The batch.
    pub batch_number: Int53,
    /// The batch's header block.
    pub header_cid: String,
    /// The block that holds the record.
    pub block_cid: String,
    /// The record's line in that block, from 1.
    pub block_line: Int53,
    /// Where the readings come from, by the batch's header.
    pub provenance: Provenance,
}

impl From<Proof> for Record {
    fn from(proof: Proof) -> Self {
        Self {
            device_id: proof.statement.device_id,
            sequence: Int53(proof.statement.sequence),
            power_status: proof.statement.power_status.into(),
            phases: proof.statement.phases.map(|phases| phases.as_str().to_owned()),
            timestamp_unix_s: Int53(proof.statement.timestamp_unix_s),
            time_quality: proof.statement.time_quality.map(Into::into),
            record: proof.record,
            leaf: proof.leaf,
            proof: InclusionProof {
                leaf_index: Int53(proof.inclusion.leaf_index),
                tree_size: Int53(proof.inclusion.tree_size),
                path: proof.inclusion.path.iter().map(|hash| protocol::to_hex(hash)).collect(),
            },
            root: proof.root,
            area_id: proof.area_id,
            batch_number: Int53(proof.batch_number),
            header_cid: proof.header_cid,
            block_cid: proof.block_cid,
            block_line: Int53(proof.line),
            provenance: proof.provenance.into(),
        }
    }
}
