//! A roster: the devices of an area, as a registrar publishes them. A header block lists blocks of rows, one device a
//! line, in the order of device ids; the chain holds the header's digest and a Merkle root over binary leaves.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt::Write as _;

use crate::{
    Hash, MAX_INTEGER, SyntaxError, block,
    canonical::{Cursor, is_name_byte, join},
    digest,
    key::{KeyError, PublicKey},
    merkle,
    record::{MAX_DEVICE_ID, MAX_LATITUDE_E6, MAX_LONGITUDE_E6},
    to_hex,
};

/// Longest area id: what fits a `bytes32` with room for its end.
pub const MAX_AREA_ID: usize = 31;
/// Longest printed name: a locality, a feeder, an area, a reason.
pub const MAX_TEXT: usize = 96;
/// Fewest houses that may be counted together.
pub const MIN_CELL: usize = 5;
/// How the ids of devices without a secure element begin: whoever reads their flash has their key, so that what they
/// sign is never news.
pub const DEVELOPMENT_PREFIX: &str = "development-";
const MAX_UTC_OFFSET_S: i32 = 14 * 3600;

/// What kind of place a device watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SiteKind {
    /// A distribution transformer.
    Transformer,
    /// A street's line.
    Street,
    /// One household: never published by itself.
    House,
}

impl SiteKind {
    /// As rosters spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transformer => "transformer",
            Self::Street => "street",
            Self::House => "house",
        }
    }

    /// From its spelling.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Transformer, Self::Street, Self::House].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where readings come from. The order is by how far they are from news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// Measured by a device now.
    Live,
    /// Real outages of the past, played again.
    Replay,
    /// Made up by a generator.
    Generated,
}

impl Provenance {
    /// As rosters and batches spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replay => "replay",
            Self::Generated => "generated",
        }
    }

    /// From its spelling.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Live, Self::Replay, Self::Generated].into_iter().find(|p| p.as_str() == text)
    }
}

/// One row: a device at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Houses only: the cell in which this one is counted.
    pub cell: Option<String>,
    /// Customers counted at this device and at no other.
    pub customers: u64,
    /// Names one key for ever.
    pub device_id: String,
    /// What the site hangs on.
    pub feeder_id: String,
    /// The feeder's name as its utility writes it.
    pub feeder_name: String,
    /// The first sequence that counts.
    pub first_sequence: u64,
    /// Seconds between heartbeats.
    pub heartbeat_s: u64,
    /// What is watched.
    pub kind: SiteKind,
    /// The last sequence that counts; [`MAX_INTEGER`] while enrolled.
    pub last_sequence: u64,
    /// Latitude and longitude in millionths of a degree; none for houses.
    pub position_e6: Option<(i32, i32)>,
    /// The place, as people call it.
    pub locality: String,
    /// The site under which this one hangs, for navigation.
    pub parent: Option<String>,
    /// Where its readings come from.
    pub provenance: Provenance,
    /// What its signatures are checked with.
    pub public_key: PublicKey,
    /// Why it was removed.
    pub removed: Option<String>,
    /// The place's id; a device that takes another's place has the same.
    pub site_id: String,
    /// The substation of the feeder.
    pub station_id: String,
}

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

/// Printable ASCII that needs no escape in JSON.
fn is_text_byte(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'
}

impl Device {
    /// The row's canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::from("{");
        // Writing into a String cannot fail.
        if let Some(cell) = &self.cell {
            let _ = write!(out, "\"cell\":\"{cell}\",");
        }
        let _ = write!(
            out,
            "\"customers\":{},\"device_id\":\"{}\",\"feeder_id\":\"{}\",\"feeder_name\":\"{}\",\"first_sequence\":{},\
             \"heartbeat_s\":{},\"kind\":\"{}\",\"last_sequence\":{},",
            self.customers,
            self.device_id,
            self.feeder_id,
            self.feeder_name,
            self.first_sequence,
            self.heartbeat_s,
            self.kind.as_str(),
            self.last_sequence,
        );
        if let Some((latitude_e6, _)) = self.position_e6 {
            let _ = write!(out, "\"latitude_e6\":{latitude_e6},");
        }
        let _ = write!(out, "\"locality\":\"{}\",", self.locality);
        if let Some((_, longitude_e6)) = self.position_e6 {
            let _ = write!(out, "\"longitude_e6\":{longitude_e6},");
        }
        if let Some(parent) = &self.parent {
            let _ = write!(out, "\"parent\":\"{parent}\",");
        }
        let _ = write!(
            out,
            "\"provenance\":\"{}\",\"public_key\":\"{}\",",
            self.provenance.as_str(),
            self.public_key.to_hex()
        );
        if let Some(reason) = &self.removed {
            let _ = write!(out, "\"removed\":\"{reason}\",");
        }
        let _ = write!(out, "\"site_id\":\"{}\",\"station_id\":\"{}\"}}", self.site_id, self.station_id);
        out.into_bytes()
    }

    /// The binary leaf for checks on the chain: key 64 (x || y), first and last sequence 8 each (big endian), then
    /// the device id.
    #[must_use]
    pub fn to_leaf(&self) -> Vec<u8> {
        let mut leaf = Vec::with_capacity(80 + self.device_id.len());
        leaf.extend_from_slice(&self.public_key.to_point()[1..]);
        leaf.extend_from_slice(&self.first_sequence.to_be_bytes());
        leaf.extend_from_slice(&self.last_sequence.to_be_bytes());
        leaf.extend_from_slice(self.device_id.as_bytes());
        leaf
    }

    /// Whether records with this sequence count.
    #[must_use]
    pub fn is_eligible(&self, sequence: u64) -> bool {
        (self.first_sequence..=self.last_sequence).contains(&sequence)
    }

    fn check(&self) -> Result<(), RosterError> {
        let house = self.kind == SiteKind::House;
        if house != self.cell.is_some() {
            return self.broken("houses and only houses have a cell");
        }
        if house == self.position_e6.is_some() {
            return self.broken("all but houses have a position");
        }
        if self.first_sequence > self.last_sequence {
            return self.broken("first_sequence is at most last_sequence");
        }
        if self.heartbeat_s == 0 {
            return self.broken("a heartbeat takes at least a second");
        }
        if self.device_id.starts_with(DEVELOPMENT_PREFIX) && self.provenance != Provenance::Generated {
            return self.broken("the readings of a development device are generated");
        }
        Ok(())
    }

    fn broken(&self, rule: &'static str) -> Result<(), RosterError> {
        Err(RosterError::Row { device_id: self.device_id.clone(), rule })
    }

    /// A row from its canonical bytes, if it keeps the rules within a row.
    ///
    /// # Errors
    /// [`RosterError::Syntax`], [`RosterError::Key`], [`RosterError::Row`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RosterError> {
        let device = Self::parse_fields(bytes)?;
        // What the cursor accepts loosely (half a position) the one spelling refuses.
        if device.to_bytes() != bytes {
            device.broken("a row is spelt canonically")?;
        }
        device.check()?;
        Ok(device)
    }

    fn parse_fields(bytes: &[u8]) -> Result<Self, RosterError> {
        let mut c = Cursor::new(bytes);
        let name = |c: &mut Cursor<'_>, expected| c.string(MAX_DEVICE_ID, is_name_byte, expected).map(String::from);
        let text = |c: &mut Cursor<'_>, expected| c.string(MAX_TEXT, is_text_byte, expected).map(String::from);
        c.literal("{")?;
        let cell = if c.skip("\"cell\":\"") {
            let cell = name(&mut c, "cell")?;
            c.literal(",")?;
            Some(cell)
        } else {
            None
        };
        c.literal("\"customers\":")?;
        let customers = c.unsigned("customers")?;
        c.literal(",\"device_id\":\"")?;
        let device_id = name(&mut c, "device_id")?;
        c.literal(",\"feeder_id\":\"")?;
        let feeder_id = name(&mut c, "feeder_id")?;
        c.literal(",\"feeder_name\":\"")?;
        let feeder_name = text(&mut c, "feeder_name")?;
        c.literal(",\"first_sequence\":")?;
        let first_sequence = c.unsigned("first_sequence")?;
        c.literal(",\"heartbeat_s\":")?;
        let heartbeat_s = c.unsigned("heartbeat_s")?;
        c.literal(",\"kind\":\"")?;
        let kind = SiteKind::from_text(c.string(16, is_name_byte, "kind")?);
        let Some(kind) = kind else { return Ok(c.error("transformer, street or house")?) };
        c.literal(",\"last_sequence\":")?;
        let last_sequence = c.unsigned("last_sequence")?;
        let latitude_e6 = if c.skip(",\"latitude_e6\":") {
            Some(c.signed(MAX_LATITUDE_E6, "latitude_e6 within 90 degrees")?)
        } else {
            None
        };
        c.literal(",\"locality\":\"")?;
        let locality = text(&mut c, "locality")?;
        let longitude_e6 = if c.skip(",\"longitude_e6\":") {
            Some(c.signed(MAX_LONGITUDE_E6, "longitude_e6 within 180 degrees")?)
        } else {
            None
        };
        let parent = if c.skip(",\"parent\":\"") { Some(name(&mut c, "parent")?) } else { None };
        c.literal(",\"provenance\":\"")?;
        let provenance = Provenance::from_text(c.string(16, is_name_byte, "provenance")?);
        let Some(provenance) = provenance else { return Ok(c.error("live, replay or generated")?) };
        c.literal(",\"public_key\":\"")?;
        let public_key = PublicKey::from_hex(c.string(130, |b| b.is_ascii_hexdigit(), "public_key")?)
            .map_err(|error| RosterError::Key { device_id: device_id.clone(), error })?;
        let removed = if c.skip(",\"removed\":\"") { Some(text(&mut c, "removed")?) } else { None };
        c.literal(",\"site_id\":\"")?;
        let site_id = name(&mut c, "site_id")?;
        c.literal(",\"station_id\":\"")?;
        let station_id = name(&mut c, "station_id")?;
        c.literal("}")?;
        c.end()?;
        Ok(Self {
            cell,
            customers,
            device_id,
            feeder_id,
            feeder_name,
            first_sequence,
            heartbeat_s,
            kind,
            last_sequence,
            position_e6: latitude_e6.zip(longitude_e6),
            locality,
            parent,
            provenance,
            public_key,
            removed,
            site_id,
            station_id,
        })
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
