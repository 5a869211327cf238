//! The header block: its fields and their one spelling.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use crate::{
    Hash, SyntaxError, block,
    canonical::{Cursor, is_name_byte, join},
    cells::{CellCount, OffCount, Reporting},
    record::MAX_DEVICE_ID,
    roster::{MAX_AREA_ID, Provenance},
    to_hex,
};

/// Most cells in a header.
const MAX_CELLS: usize = 2048;

/// Which roster a batch was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterReference {
    /// From 1.
    pub version: u64,
    /// The roster's digest.
    pub digest: Hash,
}

/// A batch's header. Parsed, it is canonical; whether it is true is [`super::verify`]'s to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whose batch.
    pub area_id: String,
    /// The page of the area's lane.
    pub batch_number: u64,
    /// SHA-256 of the blocks of lines, in order.
    pub blocks: Vec<Hash>,
    /// Counts of houses as known at sealing, in the order of cells.
    pub cells: Vec<CellCount>,
    /// End of the period of arrival, exclusive.
    pub period_end_unix_s: u64,
    /// Beginning of the period of arrival.
    pub period_start_unix_s: u64,
    /// Digest of the area's last batch that was not empty; zeros for the first.
    pub previous_digest: Hash,
    /// Where the readings come from.
    pub provenance: Provenance,
    /// How many leaves are published records.
    pub public_count: u64,
    /// The roster in force at the period's start.
    pub roster: RosterReference,
    /// Root over the leaves.
    pub root: Hash,
    /// How many leaves are sealed: houses'.
    pub sealed_count: u64,
    /// The first version of the format that has all fields of its published records: 1 to [`super::VERSION`].
    pub version: u64,
}

impl Header {
    /// The header block.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::new();
        // Writing into a String cannot fail.
        let _ = write!(out, "{{\"area_id\":\"{}\",\"batch_number\":{},\"blocks\":[", self.area_id, self.batch_number);
        join(&mut out, &self.blocks, |out, hash| {
            let _ = write!(out, "\"{}\"", to_hex(hash));
        });
        out.push_str("],\"cells\":[");
        join(&mut out, &self.cells, write_cell);
        let _ = write!(
            out,
            "],\"period_end\":{},\"period_start\":{},\"previous_digest\":\"{}\",\"provenance\":\"{}\",\
             \"public_count\":{},\"roster\":{{\"digest\":\"{}\",\"version\":{}}},\"root\":\"{}\",\"sealed_count\":{},\
             \"version\":{}}}",
            self.period_end_unix_s,
            self.period_start_unix_s,
            to_hex(&self.previous_digest),
            self.provenance.as_str(),
            self.public_count,
            to_hex(&self.roster.digest),
            self.roster.version,
            to_hex(&self.root),
            self.sealed_count,
            self.version,
        );
        out.into_bytes()
    }

    /// A header from its canonical bytes.
    ///
    /// # Errors
    /// Where and what was expected.
    pub fn parse(bytes: &[u8]) -> Result<Self, SyntaxError> {
        let mut c = Cursor::new(bytes);
        if bytes.len() > block::MAX_HEADER_BYTES {
            return c.error("a header of at most 512 KiB");
        }
        c.literal("{\"area_id\":\"")?;
        let area_id = c.string(MAX_AREA_ID, is_name_byte, "area_id of 1-31 of a-z, 0-9 and -")?.into();
        c.literal(",\"batch_number\":")?;
        let batch_number = c.unsigned("batch_number")?;
        c.literal(",\"blocks\":[")?;
        let blocks = c.items(block::MAX_BLOCKS, |c| {
            c.literal("\"")?;
            c.hash("a block's digest")
        })?;
        c.literal(",\"cells\":[")?;
        let cells = c.items(MAX_CELLS, parse_cell)?;
        c.literal(",\"period_end\":")?;
        let period_end_unix_s = c.unsigned("period_end")?;
        c.literal(",\"period_start\":")?;
        let period_start_unix_s = c.unsigned("period_start")?;
        c.literal(",\"previous_digest\":\"")?;
        let previous_digest = c.hash("previous_digest")?;
        c.literal(",\"provenance\":\"")?;
        let provenance = Provenance::from_text(c.string(16, is_name_byte, "provenance")?);
        let Some(provenance) = provenance else { return c.error("live, replay or generated") };
        c.literal(",\"public_count\":")?;
        let public_count = c.unsigned("public_count")?;
        c.literal(",\"roster\":{\"digest\":\"")?;
        let digest = c.hash("roster digest")?;
        c.literal(",\"version\":")?;
        let roster = RosterReference { digest, version: c.unsigned("roster version")? };
        c.literal("},\"root\":\"")?;
        let root = c.hash("root")?;
        c.literal(",\"sealed_count\":")?;
        let sealed_count = c.unsigned("sealed_count")?;
        c.literal(",\"version\":")?;
        let version = c.unsigned("version")?;
        if !(1..=super::VERSION).contains(&version) {
            return c.error("version 1 or 2");
        }
        c.literal("}")?;
        c.end()?;
        Ok(Self {
            area_id,
            batch_number,
            blocks,
            cells,
            period_end_unix_s,
            period_start_unix_s,
            previous_digest,
            provenance,
            public_count,
            roster,
            root,
            sealed_count,
            version,
        })
    }
}

fn write_cell(out: &mut String, cell: &CellCount) {
    // Writing into a String cannot fail.
    let _ = write!(out, "{{\"cell\":\"{}\",\"expected\":{},\"off\":", cell.cell, cell.expected);
    let _ = match cell.off {
        OffCount::Count(n) => write!(out, "{n}"),
        OffCount::FewOff => write!(out, "\"few-off\""),
        OffCount::FewOn => write!(out, "\"few-on\""),
        OffCount::Withheld => write!(out, "\"withheld\""),
    };
    let _ = match cell.reporting {
        Reporting::Count(n) => write!(out, ",\"reporting\":{n}}}"),
        Reporting::Few => write!(out, ",\"reporting\":\"few\"}}"),
    };
}

fn parse_cell(c: &mut Cursor<'_>) -> Result<CellCount, SyntaxError> {
    c.literal("{\"cell\":\"")?;
    let cell = c.string(MAX_DEVICE_ID, is_name_byte, "cell")?.into();
    c.literal(",\"expected\":")?;
    let expected = c.unsigned("expected")?;
    c.literal(",\"off\":")?;
    let off = if c.skip("\"few-off\"") {
        OffCount::FewOff
    } else if c.skip("\"few-on\"") {
        OffCount::FewOn
    } else if c.skip("\"withheld\"") {
        OffCount::Withheld
    } else {
        OffCount::Count(c.unsigned("off")?)
    };
    c.literal(",\"reporting\":")?;
    let reporting = if c.skip("\"few\"") { Reporting::Few } else { Reporting::Count(c.unsigned("reporting")?) };
    c.literal("}")?;
    Ok(CellCount { cell, expected, reporting, off })
}
