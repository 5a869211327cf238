//! A roster: the devices of an area, as a registrar publishes them. A header block lists blocks of rows, one device a
//! line, in the order of device ids; the chain holds the header's digest and a Merkle root over binary leaves.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt::Write as _;

use crate::{
    Hash, MAX_INTEGER, SyntaxError, block,
    canonical::{Cursor, is_name_byte, join},
    digest,
    key::KeyError,
    merkle, to_hex,
};
use device::is_text_byte;

mod device;

pub use device::{DEVELOPMENT_PREFIX, Device, MAX_TEXT, Provenance, SiteKind};

/// Longest area id: what fits a `bytes32` with room for its end.
pub const MAX_AREA_ID: usize = 31;
/// Fewest houses that may be counted together.
pub const MIN_CELL: usize = 5;
const MAX_UTC_OFFSET_S: i32 = 14 * 3600;

/// A roster whose blocks agree with each other and, when made by [`verify`], with the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The area of responsibility.
    pub area_id: String,
    /// The area's name for people.
    pub name: String,
    /// From 1, without gaps.
    pub version: u64,
    /// From when batches use it.
    pub effective_from_unix_s: u64,
    /// The area's offset from UTC: what a local day is.
    pub utc_offset_s: i32,
    /// Sorted by device id.
    devices: Vec<Device>,
}

/// What a roster is anchored as, with the blocks to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRoster {
    /// The header block.
    pub header: Vec<u8>,
    /// SHA-256 of the header.
    pub digest: Hash,
    /// Root over the binary leaves.
    pub root: Hash,
    /// The blocks of rows, in order.
    pub blocks: Vec<Vec<u8>>,
}

/// What makes a roster unusable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// The header's SHA-256 is not the anchored digest.
    #[error("roster header does not have the anchored digest")]
    Digest,
    /// A block's SHA-256 is not the one listed, or there are more or fewer blocks than listed.
    #[error("roster block {0} is not the one that the header lists")]
    Block(usize),
    /// The root over the rows is not the anchored one.
    #[error("the rows do not have the anchored root")]
    Root,
    /// Not the canonical spelling.
    #[error("roster {place}: {error}")]
    Syntax {
        /// `header` or `row`.
        place: &'static str,
        /// What was expected.
        error: SyntaxError,
    },
    /// A row's public key is no key.
    #[error("row of {device_id}: {error}")]
    Key {
        /// Whose.
        device_id: String,
        /// Why.
        error: KeyError,
    },
    /// A row breaks a rule between rows or fields.
    #[error("row of {device_id}: {rule}")]
    Row {
        /// Whose.
        device_id: String,
        /// Which rule.
        rule: &'static str,
    },
    /// The header's count is not the number of rows, or its area or version is not the one asked for.
    #[error("roster header: {0} does not agree")]
    Mismatch(&'static str),
}

impl From<SyntaxError> for RosterError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax { place: "row", error }
    }
}

fn header_syntax(error: SyntaxError) -> RosterError {
    RosterError::Syntax { place: "header", error }
}

impl Roster {
    /// A roster from its rows, sorted here.
    ///
    /// # Errors
    /// [`RosterError::Row`] where a device stands twice, a house has a position or no cell, another kind has a cell
    /// or no position, a device of [`DEVELOPMENT_PREFIX`] is not generated, or a cell has fewer than [`MIN_CELL`]
    /// houses.
    pub fn new(
        area_id: String,
        name: String,
        version: u64,
        effective_from_unix_s: u64,
        utc_offset_s: i32,
        mut devices: Vec<Device>,
    ) -> Result<Self, RosterError> {
        devices.sort_by(|a, b| a.device_id.cmp(&b.device_id));
        let roster = Self { area_id, name, version, effective_from_unix_s, utc_offset_s, devices };
        roster.check()?;
        Ok(roster)
    }

    /// The rows, sorted by device id.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The row of a device.
    #[must_use]
    pub fn device(&self, device_id: &str) -> Option<&Device> {
        let at = self.devices.binary_search_by(|d| d.device_id.as_str().cmp(device_id)).ok()?;
        self.devices.get(at)
    }

    /// The cells with their houses, removed ones left out.
    #[must_use]
    pub fn cells(&self) -> BTreeMap<&str, Vec<&Device>> {
        let mut cells: BTreeMap<&str, Vec<&Device>> = BTreeMap::new();
        for device in self.devices.iter().filter(|d| d.removed.is_none()) {
            if let Some(cell) = &device.cell {
                cells.entry(cell).or_default().push(device);
            }
        }
        cells
    }

    /// The provenance of anything that holds this area's data: the one furthest from news.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        self.devices.iter().map(|d| d.provenance).max().unwrap_or(Provenance::Live)
    }

    /// The blocks to publish and what to anchor.
    #[must_use]
    pub fn seal(&self) -> SealedRoster {
        let rows: Vec<Vec<u8>> = self.devices.iter().map(Device::to_bytes).collect();
        let blocks = block::pack(rows.iter().map(Vec::as_slice));
        let root = self.root();
        let digests: Vec<Hash> = blocks.iter().map(|b| digest(b)).collect();
        let header = self.header(&digests, &root).into_bytes();
        SealedRoster { digest: digest(&header), header, root, blocks }
    }

    fn root(&self) -> Hash {
        merkle::root(self.devices.iter().map(|d| merkle::leaf_hash(&d.to_leaf())).collect())
    }

    fn header(&self, blocks: &[Hash], root: &Hash) -> String {
        let mut out = String::new();
        // Writing into a String cannot fail.
        let _ = write!(out, "{{\"area_id\":\"{}\",\"blocks\":[", self.area_id);
        join(&mut out, blocks, |out, hash| {
            let _ = write!(out, "\"{}\"", to_hex(hash));
        });
        let _ = write!(
            out,
            "],\"device_count\":{},\"effective_from\":{},\"name\":\"{}\",\"root\":\"{}\",\"utc_offset_s\":{},\"version\":{}}}",
            self.devices.len(),
            self.effective_from_unix_s,
            self.name,
            to_hex(root),
            self.utc_offset_s,
            self.version,
        );
        out
    }

    fn check(&self) -> Result<(), RosterError> {
        for pair in self.devices.windows(2) {
            if pair[0].device_id >= pair[1].device_id {
                return pair[1].broken("rows are in the order of device ids, each once");
            }
        }
        for device in &self.devices {
            device.check()?;
        }
        for houses in self.cells().values() {
            if let Some(device) = houses.first().filter(|_| houses.len() < MIN_CELL) {
                return device.broken("a cell has at least five houses");
            }
        }
        Ok(())
    }
}

/// A header's own fields and the digests of its blocks.
struct Header {
    roster: Roster,
    blocks: Vec<Hash>,
    device_count: u64,
    root: Hash,
}

fn parse_header(bytes: &[u8]) -> Result<Header, SyntaxError> {
    let mut c = Cursor::new(bytes);
    c.literal("{\"area_id\":\"")?;
    let area_id = c.string(MAX_AREA_ID, is_name_byte, "area_id of 1-31 of a-z, 0-9 and -")?.into();
    c.literal(",\"blocks\":[")?;
    let blocks = c.items(block::MAX_BLOCKS, |c| {
        c.literal("\"")?;
        c.hash("a block's digest")
    })?;
    c.literal(",\"device_count\":")?;
    let device_count = c.unsigned("device_count")?;
    c.literal(",\"effective_from\":")?;
    let effective_from_unix_s = c.unsigned("effective_from")?;
    c.literal(",\"name\":\"")?;
    let name = c.string(MAX_TEXT, is_text_byte, "name")?.into();
    c.literal(",\"root\":\"")?;
    let root = c.hash("root")?;
    c.literal(",\"utc_offset_s\":")?;
    let utc_offset_s = c.signed(MAX_UTC_OFFSET_S, "utc_offset_s within 14 hours")?;
    c.literal(",\"version\":")?;
    let version = c.unsigned("version")?;
    c.literal("}")?;
    c.end()?;
    let roster = Roster { area_id, name, version, effective_from_unix_s, utc_offset_s, devices: Vec::new() };
    Ok(Header { roster, blocks, device_count, root })
}

/// The digests of the blocks that a roster's header lists, checked against the anchored digest: what to fetch next.
///
/// # Errors
/// [`RosterError::Digest`], [`RosterError::Syntax`].
pub fn listed_blocks(header: &[u8], anchored_digest: &Hash) -> Result<Vec<Hash>, RosterError> {
    if header.len() > block::MAX_HEADER_BYTES || digest(header) != *anchored_digest {
        return Err(RosterError::Digest);
    }
    parse_header(header).map(|header| header.blocks).map_err(header_syntax)
}

/// A roster from untrusted blocks, checked against what the chain holds of it.
///
/// # Errors
/// [`RosterError`], by the first thing that is wrong.
pub fn verify(
    header: &[u8],
    blocks: &[Vec<u8>],
    anchored_digest: &Hash,
    anchored_root: &Hash,
) -> Result<Roster, RosterError> {
    if header.len() > block::MAX_HEADER_BYTES || digest(header) != *anchored_digest {
        return Err(RosterError::Digest);
    }
    let Header { mut roster, blocks: listed, device_count, root } = parse_header(header).map_err(header_syntax)?;
    if listed.len() != blocks.len() {
        return Err(RosterError::Block(listed.len().min(blocks.len())));
    }
    for (i, (block, expected)) in blocks.iter().zip(&listed).enumerate() {
        let lines = block::lines(block).filter(|_| digest(block) == *expected).ok_or(RosterError::Block(i))?;
        for line in lines {
            roster.devices.push(Device::parse(line)?);
        }
    }
    if device_count != roster.devices.len() as u64 {
        return Err(RosterError::Mismatch("device_count"));
    }
    roster.check()?;
    if root != *anchored_root || root != roster.root() {
        return Err(RosterError::Root);
    }
    debug_assert!(roster.version <= MAX_INTEGER);
    Ok(roster)
}
