//! Making a batch from what arrived: the same input gives the same bytes, so that sealing can be repeated.

use alloc::{string::String, vec::Vec};

use super::{Anchor, Header, RosterReference};
use crate::{Hash, block, cells::CellCount, digest, merkle, record::Record, roster::Provenance, to_hex};

/// What goes into a batch.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Whose batch.
    pub area_id: String,
    /// The page of the area's lane.
    pub batch_number: u64,
    /// Beginning of the period of arrival.
    pub period_start_unix_s: u64,
    /// End of the period of arrival, exclusive.
    pub period_end_unix_s: u64,
    /// Digest of the area's last batch that was not empty; zeros for the first.
    pub previous_digest: Hash,
    /// The roster in force at the period's start.
    pub roster: RosterReference,
    /// The roster's provenance.
    pub provenance: Provenance,
    /// Records of transformers and streets, in any order.
    pub public: Vec<Record>,
    /// Leaves of houses' records, in any order.
    pub sealed: Vec<Hash>,
    /// Counts of the cells, in any order.
    pub cells: Vec<CellCount>,
}

/// A batch ready to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBatch {
    /// The header block.
    pub header: Vec<u8>,
    /// The blocks that it lists.
    pub blocks: Vec<Vec<u8>>,
    /// What the chain is to say of it.
    pub anchor: Anchor,
}

/// Orders, hashes and cuts `contents` into blocks. The same record or leaf given twice counts once.
#[must_use]
pub fn seal(contents: Contents) -> SealedBatch {
    let mut lines: Vec<(Record, Vec<u8>, Hash)> = contents
        .public
        .into_iter()
        .map(|record| {
            let bytes = record.to_bytes();
            let leaf = merkle::leaf_hash(&bytes);
            (record, bytes, leaf)
        })
        .collect();
    lines.sort_by(|(a, _, a_leaf), (b, _, b_leaf)| order(a, a_leaf).cmp(&order(b, b_leaf)));
    lines.dedup_by(|(_, _, a), (_, _, b)| a == b);
    let mut sealed = contents.sealed;
    sealed.sort_unstable();
    sealed.dedup();
    let sealed_lines: Vec<Vec<u8>> = sealed.iter().map(|leaf| to_hex(leaf).into_bytes()).collect();

    let mut blocks = block::pack(lines.iter().map(|(_, bytes, _)| bytes.as_slice()));
    blocks.extend(block::pack(sealed_lines.iter().map(Vec::as_slice)));
    let public_count = lines.len() as u64;
    let sealed_count = sealed.len() as u64;
    let version = version(lines.iter().map(|(record, ..)| record));
    let root = merkle::root(lines.into_iter().map(|(_, _, leaf)| leaf).chain(sealed).collect());
    let mut cells = contents.cells;
    cells.sort_by(|a, b| a.cell.cmp(&b.cell));

    let header = Header {
        area_id: contents.area_id.clone(),
        batch_number: contents.batch_number,
        blocks: blocks.iter().map(|b| digest(b)).collect(),
        cells,
        period_end_unix_s: contents.period_end_unix_s,
        period_start_unix_s: contents.period_start_unix_s,
        previous_digest: contents.previous_digest,
        provenance: contents.provenance,
        public_count,
        roster: contents.roster,
        root,
        sealed_count,
        version,
    }
    .to_bytes();
    let anchor = Anchor {
        area_id: contents.area_id,
        batch_number: contents.batch_number,
        root,
        digest: digest(&header),
        count: public_count + sealed_count,
        period_start_unix_s: contents.period_start_unix_s,
        period_end_unix_s: contents.period_end_unix_s,
        previous_digest: contents.previous_digest,
    };
    SealedBatch { header, blocks, anchor }
}

/// The order of public leaves.
pub(super) fn order<'a>(record: &'a Record, leaf: &'a Hash) -> (&'a str, u64, &'a Hash) {
    (&record.statement.device_id, record.statement.sequence, leaf)
}

/// The version of a batch of these public records.
pub(super) fn version<'a>(public: impl Iterator<Item = &'a Record>) -> u64 {
    public.map(|record| record.statement.version()).max().unwrap_or(1)
}
