//! The block of evidence that goes with a complaint: records of a window of time with their proofs, and how much of each
//! device's records there was. What it proves needs the chain only; its coverage is as of when it was put together.

use alloc::{format, string::String, vec::Vec};

use crate::{
    Hash, SyntaxError,
    block::MAX_BLOCK_BYTES,
    canonical::{Cursor, is_name_byte, join},
    key::{KeyError, PublicKey},
    merkle::{InclusionProof, ProofError},
    record::{MAX_DEVICE_ID, MAX_RECORD_BYTES, Record, RecordError},
    to_hex,
};

/// Most records and devices in one block.
pub const MAX_EVIDENCE_RECORDS: usize = 64;
/// Most siblings on a path: a tree of 2^53 leaves has no more.
const MAX_PATH: usize = 53;
const MAX_AREA_ID: usize = 31;

/// A device and its coverage of the local days that the window touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceDevice {
    /// The device.
    pub device_id: String,
    /// Records that there would have been.
    pub expected: u64,
    /// Records that there were.
    pub received: u64,
}

/// A record with its place in an anchored batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// The batch.
    pub batch_number: u64,
    /// The proof.
    pub inclusion: InclusionProof,
    /// The record.
    pub record: Record,
}

/// Evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The area.
    pub area_id: String,
    /// The devices in the order of their ids: of the site, or of the feeder.
    pub devices: Vec<EvidenceDevice>,
    /// Begin of the window.
    pub from_unix_s: u64,
    /// The records, by device and sequence: none stated later than the window's end.
    pub records: Vec<EvidenceRecord>,
    /// End of the window, inclusive.
    pub to_unix_s: u64,
}

/// What the chain says of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceAnchor {
    /// Its root.
    pub root: Hash,
    /// Its leaves.
    pub count: u64,
}

/// Why bytes are no evidence, or prove nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Longer than a block.
    #[error("evidence of {0} bytes, at most {MAX_BLOCK_BYTES}")]
    TooLong(usize),
    /// Not the canonical spelling.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A record is none.
    #[error("a record: {0}")]
    Record(#[from] RecordError),
    /// Devices or records are not in order, a record's device is not named, or the window ends before it begins.
    #[error("not in order: {0}")]
    Order(&'static str),
    /// The chain has no such batch.
    #[error("batch {0} is not on the chain")]
    NoBatch(u64),
    /// The record is not in the batch.
    #[error("record {record} is not in batch {batch_number}: {error}")]
    NotIncluded {
        /// Its place among the records, from 0.
        record: usize,
        /// The batch.
        batch_number: u64,
        /// Why.
        error: ProofError,
    },
    /// The roster in force has no such device, or houses' records are shown.
    #[error("no roster names the device of record {0}")]
    NoDevice(usize),
    /// The device did not sign it.
    #[error("record {record}: {error}")]
    Signature {
        /// Its place among the records, from 0.
        record: usize,
        /// Why.
        error: KeyError,
    },
}

impl Evidence {
    /// The block.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = format!("{{\"area_id\":\"{}\",\"devices\":[", self.area_id);
        join(&mut out, &self.devices, |out, device| {
            let EvidenceDevice { device_id, expected, received } = device;
            out.push_str(&format!("{{\"device_id\":\"{device_id}\",\"expected\":{expected},\"received\":{received}}}"));
        });
        out.push_str(&format!("],\"from\":{},\"records\":[", self.from_unix_s));
        join(&mut out, &self.records, |out, record| {
            let InclusionProof { leaf_index, tree_size, path } = &record.inclusion;
            out.push_str(&format!("{{\"batch_number\":{},\"leaf_index\":{leaf_index},\"path\":[", record.batch_number));
            join(out, path, |out, sibling| out.push_str(&format!("\"{}\"", to_hex(sibling))));
            out.push_str("],\"record\":");
            out.push_str(core::str::from_utf8(&record.record.to_bytes()).unwrap_or_default());
            out.push_str(&format!(",\"tree_size\":{tree_size}}}"));
        });
        out.push_str(&format!("],\"to\":{},\"version\":1}}", self.to_unix_s));
        out.into_bytes()
    }

    /// Evidence from untrusted bytes: spelled and ordered as it must be, nothing proven yet.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return Err(EvidenceError::TooLong(bytes.len()));
        }
        let mut c = Cursor::new(bytes);
        c.literal("{\"area_id\":\"")?;
        let area_id = c.string(MAX_AREA_ID, is_name_byte, "area_id")?.into();
        c.literal(",\"devices\":[")?;
        let devices = c.items(MAX_EVIDENCE_RECORDS, device)?;
        c.literal(",\"from\":")?;
        let from_unix_s = c.unsigned("from")?;
        c.literal(",\"records\":[")?;
        let spelled = c.items(MAX_EVIDENCE_RECORDS, record)?;
        c.literal(",\"to\":")?;
        let to_unix_s = c.unsigned("to")?;
        c.literal(",\"version\":1}")?;
        c.end()?;
        let mut records = Vec::with_capacity(spelled.len());
        for (batch_number, inclusion, text) in spelled {
            records.push(EvidenceRecord { batch_number, inclusion, record: Record::parse(text)? });
        }
        let evidence = Self { area_id, devices, from_unix_s, records, to_unix_s };
        evidence.in_order().map(|()| evidence)
    }

    fn in_order(&self) -> Result<(), EvidenceError> {
        let rising = |pair: &[EvidenceDevice]| pair[0].device_id < pair[1].device_id;
        if !self.devices.windows(2).all(rising) {
            return Err(EvidenceError::Order("devices"));
        }
        let place = |record: &EvidenceRecord| {
            let statement = &record.record.statement;
            (statement.device_id.clone(), statement.sequence, record.batch_number)
        };
        if !self.records.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])) {
            return Err(EvidenceError::Order("records"));
        }
        if self.from_unix_s > self.to_unix_s {
            return Err(EvidenceError::Order("the window"));
        }
        let is_named = |record: &EvidenceRecord| {
            let statement = &record.record.statement;
            let known = self.devices.binary_search_by(|d| d.device_id.cmp(&statement.device_id)).is_ok();
            known && statement.timestamp_unix_s <= self.to_unix_s
        };
        if !self.records.iter().all(is_named) {
            return Err(EvidenceError::Order("a record of a device that is not named, or later than the window"));
        }
        Ok(())
    }

    /// Checks every record: in its batch by the chain's word, and signed by the key of the roster in force.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn check(
        &self,
        anchor: impl Fn(u64) -> Option<EvidenceAnchor>,
        key: impl Fn(&str, u64) -> Option<PublicKey>,
    ) -> Result<(), EvidenceError> {
        for (at, record) in self.records.iter().enumerate() {
            let EvidenceRecord { batch_number, inclusion, record } = record;
            let batch_number = *batch_number;
            let anchor = anchor(batch_number).ok_or(EvidenceError::NoBatch(batch_number))?;
            let error = |error| EvidenceError::NotIncluded { record: at, batch_number, error };
            if inclusion.tree_size != anchor.count {
                let (leaf_index, tree_size) = (inclusion.leaf_index, inclusion.tree_size);
                return Err(error(ProofError::Index { leaf_index, tree_size }));
            }
            inclusion.verify(&record.leaf(), &anchor.root).map_err(error)?;
            let key = key(&record.statement.device_id, batch_number).ok_or(EvidenceError::NoDevice(at))?;
            record.verify(&key).map_err(|error| EvidenceError::Signature { record: at, error })?;
        }
        Ok(())
    }
}

fn device(c: &mut Cursor<'_>) -> Result<EvidenceDevice, SyntaxError> {
    c.literal("{\"device_id\":\"")?;
    let device_id = c.string(MAX_DEVICE_ID, is_name_byte, "device_id")?.into();
    c.literal(",\"expected\":")?;
    let expected = c.unsigned("expected")?;
    c.literal(",\"received\":")?;
    let received = c.unsigned("received")?;
    c.literal("}")?;
    Ok(EvidenceDevice { device_id, expected, received })
}

fn record<'a>(c: &mut Cursor<'a>) -> Result<(u64, InclusionProof, &'a [u8]), SyntaxError> {
    c.literal("{\"batch_number\":")?;
    let batch_number = c.unsigned("batch_number")?;
    c.literal(",\"leaf_index\":")?;
    let leaf_index = c.unsigned("leaf_index")?;
    c.literal(",\"path\":[")?;
    let path = c.items(MAX_PATH, |c| {
        c.literal("\"")?;
        c.hash("a sibling")
    })?;
    c.literal(",\"record\":")?;
    let text = c.object(MAX_RECORD_BYTES, "a record")?;
    c.literal(",\"tree_size\":")?;
    let tree_size = c.unsigned("tree_size")?;
    c.literal("}")?;
    Ok((batch_number, InclusionProof { leaf_index, tree_size, path }, text))
}
