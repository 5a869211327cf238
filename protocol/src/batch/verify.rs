//! The check of a batch against the chain: the only way to a [`VerifiedBatch`].

use alloc::vec::Vec;

use super::{Anchor, Header, RosterReference, seal};
use crate::{
    Hash, SyntaxError, block,
    cells::CellCount,
    digest, from_hex,
    key::KeyError,
    merkle::{self, InclusionProof, Tree},
    record::{Record, RecordError},
    roster::{Roster, SiteKind},
};

/// A published record in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicRecord {
    /// What the device signed.
    pub record: Record,
    /// SHA-256(0x00 || record).
    pub leaf: Hash,
}

/// A batch of which every block, every signature, the order, the root and the header agree with the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBatch {
    header: Header,
    digest: Hash,
    records: Vec<PublicRecord>,
    sealed: Vec<Hash>,
}

/// Why a batch fails, by the first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The header's SHA-256 is not the anchored digest.
    #[error("the header does not have the anchored digest")]
    HeaderDigest,
    /// The header is not canonical.
    #[error("header {0}")]
    HeaderSyntax(SyntaxError),
    /// A field of the header is not what the chain says.
    #[error("the header's {0} is not the chain's")]
    Header(&'static str),
    /// The header names another roster than the one in force at the period's start.
    #[error("the batch uses roster version {used}, in force is {in_force}")]
    Roster {
        /// As the header says.
        used: u64,
        /// As the chain says.
        in_force: u64,
    },
    /// Blocks are missing or too many.
    #[error("{found} blocks, the header lists {listed}")]
    BlockCount {
        /// As listed.
        listed: usize,
        /// As given.
        found: usize,
    },
    /// A block's bytes are not those listed.
    #[error("block {0} does not have the digest that the header lists")]
    BlockDigest(usize),
    /// A block is empty, too large or does not end with a line feed.
    #[error("block {0} is not made of lines")]
    BlockForm(usize),
    /// A line is not a record.
    #[error("leaf {leaf_index}: {error}")]
    Record {
        /// Position in the tree.
        leaf_index: u64,
        /// Why.
        error: RecordError,
    },
    /// A line is not a sealed leaf.
    #[error("leaf {leaf_index}: not 64 hex digits")]
    SealedLeaf {
        /// Position in the tree.
        leaf_index: u64,
    },
    /// A record is of a device that this roster does not have, or outside its sequences.
    #[error("leaf {leaf_index}: the roster does not have this device with this sequence")]
    NotEnrolled {
        /// Position in the tree.
        leaf_index: u64,
    },
    /// A house's record is published.
    #[error("leaf {leaf_index}: the record of a house is published")]
    House {
        /// Position in the tree.
        leaf_index: u64,
    },
    /// A leaf is not above the one before it, or public and sealed are mixed, in the batch or in a block.
    #[error("leaf {leaf_index}: out of order")]
    Order {
        /// Position in the tree.
        leaf_index: u64,
    },
    /// There are more or fewer leaves than counted.
    #[error("{found} {kind} leaves, counted {counted}")]
    Count {
        /// `public` or `sealed`.
        kind: &'static str,
        /// As the header says.
        counted: u64,
        /// In the blocks.
        found: u64,
    },
    /// The version is not the first that has all fields of the public records.
    #[error("version {stated} with records of version {needed}")]
    Version {
        /// As the header says.
        stated: u64,
        /// By the records.
        needed: u64,
    },
    /// The leaves do not have the anchored root.
    #[error("the leaves do not have the anchored root")]
    Root,
    /// A cell is missing, unknown, or its counts could not have come from its houses.
    #[error("the counts of the cells do not fit the roster")]
    Cells,
}

impl VerifiedBatch {
    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The header block's SHA-256: its name on IPFS.
    #[must_use]
    pub fn digest(&self) -> &Hash {
        &self.digest
    }

    /// The published records in the order of the tree; the first has leaf index 0.
    #[must_use]
    pub fn records(&self) -> &[PublicRecord] {
        &self.records
    }

    /// The leaves of houses, which follow the records in the tree.
    #[must_use]
    pub fn sealed(&self) -> &[Hash] {
        &self.sealed
    }

    /// All leaves in the order of the tree.
    #[must_use]
    pub fn leaves(&self) -> Vec<Hash> {
        self.records.iter().map(|r| r.leaf).chain(self.sealed.iter().copied()).collect()
    }

    /// The records of a device with a sequence, with their leaf indices: more than one where the device
    /// contradicted itself.
    pub fn find<'a>(&'a self, device_id: &'a str, sequence: u64) -> impl Iterator<Item = (usize, &'a PublicRecord)> {
        fn key(r: &PublicRecord) -> (&str, u64) {
            (&r.record.statement.device_id, r.record.statement.sequence)
        }
        let start = self.records.partition_point(|r| key(r) < (device_id, sequence));
        let found = self.records[start..].iter().take_while(move |r| key(r) == (device_id, sequence));
        found.enumerate().map(move |(i, r)| (start + i, r))
    }

    /// The inclusion proof of a leaf.
    #[must_use]
    pub fn proof(&self, leaf_index: usize) -> Option<InclusionProof> {
        Tree::new(&self.leaves()).proof(leaf_index)
    }
}

/// Checks a batch: `anchor` is what the chain says, `roster` the one in force at the period's start (checked against
/// the chain, with its digest), `header` and `blocks` are untrusted bytes.
///
/// # Errors
/// [`BatchError`], by the first thing that is wrong.
pub fn verify(
    anchor: &Anchor,
    roster: &Roster,
    roster_digest: &Hash,
    header: &[u8],
    blocks: &[Vec<u8>],
) -> Result<VerifiedBatch, BatchError> {
    if digest(header) != anchor.digest {
        return Err(BatchError::HeaderDigest);
    }
    let header = Header::parse(header).map_err(BatchError::HeaderSyntax)?;
    check_header(&header, anchor, roster, roster_digest)?;
    check_cells(&header.cells, roster)?;
    if blocks.len() != header.blocks.len() {
        return Err(BatchError::BlockCount { listed: header.blocks.len(), found: blocks.len() });
    }
    let mut leaves = Leaves { roster, records: Vec::new(), records_before_block: 0, sealed: Vec::new() };
    for (i, (bytes, listed)) in blocks.iter().zip(&header.blocks).enumerate() {
        if digest(bytes) != *listed {
            return Err(BatchError::BlockDigest(i));
        }
        leaves.records_before_block = leaves.records.len();
        for line in block::lines(bytes).ok_or(BatchError::BlockForm(i))? {
            leaves.push(line)?;
        }
    }
    let Leaves { records, sealed, .. } = leaves;
    check_count("public", header.public_count, records.len())?;
    check_count("sealed", header.sealed_count, sealed.len())?;
    let needed = seal::version(records.iter().map(|public| &public.record));
    if header.version != needed {
        return Err(BatchError::Version { stated: header.version, needed });
    }
    let batch = VerifiedBatch { header, digest: anchor.digest, records, sealed };
    if merkle::root(batch.leaves()) != anchor.root {
        return Err(BatchError::Root);
    }
    Ok(batch)
}

fn check_header(header: &Header, anchor: &Anchor, roster: &Roster, roster_digest: &Hash) -> Result<(), BatchError> {
    let in_force = RosterReference { version: roster.version, digest: *roster_digest };
    if header.roster != in_force {
        return Err(BatchError::Roster { used: header.roster.version, in_force: in_force.version });
    }
    let fields = [
        ("area_id", header.area_id == anchor.area_id && header.area_id == roster.area_id),
        ("batch_number", header.batch_number == anchor.batch_number),
        ("period_start", header.period_start_unix_s == anchor.period_start_unix_s),
        ("period_end", header.period_end_unix_s == anchor.period_end_unix_s),
        ("previous_digest", header.previous_digest == anchor.previous_digest),
        ("root", header.root == anchor.root),
        ("count", header.public_count.checked_add(header.sealed_count) == Some(anchor.count)),
        ("provenance", header.provenance == roster.provenance()),
    ];
    fields.iter().find(|(_, agrees)| !agrees).map_or(Ok(()), |(name, _)| Err(BatchError::Header(name)))
}

fn check_cells(cells: &[CellCount], roster: &Roster) -> Result<(), BatchError> {
    let expected = roster.cells();
    let agree = cells.len() == expected.len()
        && cells.iter().zip(&expected).all(|(counted, (cell, houses))| {
            counted.cell == **cell && counted.expected == houses.len() as u64 && counted.is_consistent()
        });
    if agree { Ok(()) } else { Err(BatchError::Cells) }
}

fn check_count(kind: &'static str, counted: u64, found: usize) -> Result<(), BatchError> {
    let found = found as u64;
    if counted == found { Ok(()) } else { Err(BatchError::Count { kind, counted, found }) }
}

/// Why a line is no record of a roster's transformers and streets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is not a record, or not signed by its device.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The roster does not have this device with this sequence.
    #[error("the roster does not have this device with this sequence")]
    NotEnrolled,
    /// It is the record of a house, which nobody publishes.
    #[error("the record of a house")]
    House,
}

/// Checks one line against a roster: canonical, of an enrolled device that is no house, signed by its key.
pub(crate) fn public_record(line: &[u8], roster: &Roster) -> Result<PublicRecord, LineError> {
    let record = Record::parse(line)?;
    let statement = &record.statement;
    let device = roster.device(&statement.device_id).filter(|device| device.is_eligible(statement.sequence));
    let device = device.ok_or(LineError::NotEnrolled)?;
    if device.kind == SiteKind::House {
        return Err(LineError::House);
    }
    record.verify(&device.public_key).map_err(|error: KeyError| RecordError::from(error))?;
    Ok(PublicRecord { record, leaf: merkle::leaf_hash(line) })
}

struct Leaves<'a> {
    roster: &'a Roster,
    records: Vec<PublicRecord>,
    records_before_block: usize,
    sealed: Vec<Hash>,
}

impl Leaves<'_> {
    fn push(&mut self, line: &[u8]) -> Result<(), BatchError> {
        let leaf_index = (self.records.len() + self.sealed.len()) as u64;
        if line.first() == Some(&b'{') {
            self.push_record(line, leaf_index)
        } else {
            self.push_sealed(line, leaf_index)
        }
    }

    fn push_record(&mut self, line: &[u8], leaf_index: u64) -> Result<(), BatchError> {
        let public = public_record(line, self.roster).map_err(|error| match error {
            LineError::Record(error) => BatchError::Record { leaf_index, error },
            LineError::NotEnrolled => BatchError::NotEnrolled { leaf_index },
            LineError::House => BatchError::House { leaf_index },
        })?;
        let rises = self
            .records
            .last()
            .is_none_or(|last| seal::order(&last.record, &last.leaf) < seal::order(&public.record, &public.leaf));
        if !rises || !self.sealed.is_empty() {
            return Err(BatchError::Order { leaf_index });
        }
        self.records.push(public);
        Ok(())
    }

    fn push_sealed(&mut self, line: &[u8], leaf_index: u64) -> Result<(), BatchError> {
        let leaf = core::str::from_utf8(line).ok().and_then(from_hex).ok_or(BatchError::SealedLeaf { leaf_index })?;
        // Sealed leaves begin a block: who wants the records fetches none of theirs.
        let begins_inside = self.records.len() > self.records_before_block;
        if begins_inside || self.sealed.last().is_some_and(|last| *last >= leaf) {
            return Err(BatchError::Order { leaf_index });
        }
        self.sealed.push(leaf);
        Ok(())
    }
}
