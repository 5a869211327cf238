//! The file of one device and its place: what the device is told, and its row of the roster.

use std::path::{Path, PathBuf};

use device::settings::{self, CheckError};
use p256::{AffinePoint, elliptic_curve::sec1::ToEncodedPoint as _};
use protocol::{
    MAX_INTEGER,
    key::{KeyError, PublicKey},
    roster::{Device, Provenance, RosterError, SiteKind},
};
use serde::Deserialize;

use crate::partition::{self, PartitionError};

/// A site file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFile {
    /// The origin of the public pages.
    pub page: String,
    /// The place.
    pub site: Site,
    /// What the device is told, by name; checked as the device checks it.
    settings: toml::Table,
}

/// The place, as the roster says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// The area whose roster it joins.
    pub area_id: String,
    /// The place's id.
    pub site_id: String,
    /// `transformer`, `street` or `house`.
    pub kind: String,
    /// As people call it.
    pub locality: String,
    feeder_id: String,
    /// As its utility writes it.
    pub feeder_name: String,
    station_id: String,
    customers: u64,
    parent: Option<String>,
    cell: Option<String>,
    provenance: String,
}

/// Why a site file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not as `firmware/provision/example.site.toml` has it.
    #[error("the site file, line {line}: {message}")]
    Toml {
        /// Where, from 1 on.
        line: usize,
        /// What is wrong; never what stands there, which may be a password.
        message: String,
    },
    /// A setting is neither text nor a whole number.
    #[error("the setting {0} is neither a text nor a whole number")]
    Setting(String),
    /// A setting that must be there.
    #[error("the setting {0} is missing")]
    Missing(&'static str),
    /// The device would not take its settings.
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// Not one of its words.
    #[error("{0} is not one that a roster has")]
    Word(String),
    /// Not a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No roster takes such a row.
    #[error("the roster would not take this row: {0}")]
    Row(#[from] RosterError),
}

impl SiteFile {
    /// Reads a file, and checks the settings as the device will and the row as a roster's reader will.
    ///
    /// # Errors
    /// [`SiteError`].
    pub fn read(path: &Path) -> Result<Self, SiteError> {
        let text = std::fs::read_to_string(path).map_err(|error| SiteError::File { path: path.into(), error })?;
        let file: Self = toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            SiteError::Toml { line, message: error.message().into() }
        })?;
        file.partition()?;
        // With some key: everything else of the row is known before the device has one.
        let point = AffinePoint::GENERATOR.to_encoded_point(false);
        file.row(point.as_bytes()[1..].try_into().expect("64 bytes after the first"))?;
        Ok(file)
    }

    /// The image of the settings partition.
    ///
    /// # Errors
    /// [`SiteError::Setting`], [`SiteError::Partition`].
    pub fn partition(&self) -> Result<Vec<u8>, SiteError> {
        let told = self.settings.iter().map(|(name, value)| match value {
            toml::Value::String(value) => Ok((name, value.clone())),
            toml::Value::Integer(value) => Ok((name, value.to_string())),
            _ => Err(SiteError::Setting(name.clone())),
        });
        let text = settings::text(told.collect::<Result<Vec<_>, _>>()?).map_err(CheckError::from);
        Ok(partition::image(&text.map_err(PartitionError::from)?)?)
    }

    /// The device's name.
    ///
    /// # Errors
    /// [`SiteError::Missing`].
    pub fn device_id(&self) -> Result<&str, SiteError> {
        self.settings.get("device_id").and_then(toml::Value::as_str).ok_or(SiteError::Missing("device_id"))
    }

    /// The row of the roster with this key (X||Y), once it is known that a roster takes it.
    ///
    /// # Errors
    /// [`SiteError`].
    pub fn row(&self, public_key: &[u8; 64]) -> Result<Device, SiteError> {
        let number = |name: &'static str| {
            self.settings.get(name).and_then(toml::Value::as_integer).ok_or(SiteError::Missing(name))
        };
        let coordinate = |name| number(name).and_then(|n| i32::try_from(n).map_err(|_| SiteError::Missing(name)));
        let count = |name| number(name).and_then(|n| u64::try_from(n).map_err(|_| SiteError::Missing(name)));
        let site = &self.site;
        let kind = SiteKind::from_text(&site.kind).ok_or_else(|| SiteError::Word(site.kind.clone()))?;
        let provenance = Provenance::from_text(&site.provenance);
        let position_e6 = match kind {
            SiteKind::House => None,
            _ => Some((coordinate("latitude_e6")?, coordinate("longitude_e6")?)),
        };
        let row = Device {
            cell: site.cell.clone(),
            customers: site.customers,
            device_id: self.device_id()?.into(),
            feeder_id: site.feeder_id.clone(),
            feeder_name: site.feeder_name.clone(),
            first_sequence: count("first_sequence")?,
            heartbeat_s: count("heartbeat_s")?,
            kind,
            last_sequence: MAX_INTEGER,
            position_e6,
            locality: site.locality.clone(),
            parent: site.parent.clone(),
            provenance: provenance.ok_or_else(|| SiteError::Word(site.provenance.clone()))?,
            public_key: PublicKey::from_point(&[&[4][..], public_key].concat())?,
            removed: None,
            site_id: site.site_id.clone(),
            station_id: site.station_id.clone(),
        };
        // As a reader of the roster will: spelling first, then the rules of one row.
        Ok(Device::parse(&row.to_bytes())?)
    }

    /// Where the label's code leads: the site's page; a house has none, so its area's.
    #[must_use]
    pub fn address(&self) -> String {
        let page = self.page.trim_end_matches('/');
        match self.site.kind.as_str() {
            "house" => format!("{page}/area/{}", self.site.area_id),
            _ => format!("{page}/site/{}", self.site.site_id),
        }
    }
}
