//! A row of a roster: a device, what it watches and where its readings come from, in its one spelling.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use super::RosterError;
use crate::{
    canonical::{Cursor, is_name_byte},
    key::PublicKey,
    record::{MAX_DEVICE_ID, MAX_LATITUDE_E6, MAX_LONGITUDE_E6},
};

/// Longest printed name: a locality, a feeder, an area, a reason.
pub const MAX_TEXT: usize = 96;
/// How the ids of devices without a secure element begin: whoever reads their flash has their key, so that what they
/// sign is never news.
pub const DEVELOPMENT_PREFIX: &str = "development-";

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
    /// The last sequence that counts; [`MAX_INTEGER`](crate::MAX_INTEGER) while enrolled.
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
/// Printable ASCII that needs no escape in JSON.
pub(super) fn is_text_byte(byte: u8) -> bool {
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

    pub(super) fn check(&self) -> Result<(), RosterError> {
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

    pub(super) fn broken(&self, rule: &'static str) -> Result<(), RosterError> {
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
