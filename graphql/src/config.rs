//! Settings.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use bindings::Addresses;
use serde::Deserialize;
use store::{Settings, intake::documents::SubmissionKind};

/// All settings of the service; a field that is not named here is refused. `example.toml` shows them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen. Put a reverse proxy with TLS before it to serve others than this machine.
    pub listen: SocketAddr,
    /// Ethereum JSON-RPC over http: what `/rpc` passes on to, and what proofs are checked against.
    pub rpc_url: String,
    /// Kubo's RPC, for proofs and rosters.
    pub ipfs_api_url: String,
    /// The IPFS gateway behind `/ipfs/<cid>`.
    pub ipfs_gateway_url: String,
    /// The built dApp, served as it is; without it there is only the API.
    pub dapp_dir: Option<PathBuf>,
    /// Who runs this installation, in a few words: the page says so where it trusts nobody else.
    #[serde(default = "unnamed")]
    pub operator: String,
    /// A folder with `blocks.geojson` (outlines) and `places.csv` (district, name, latitude_e6, longitude_e6,
    /// population), served below `/basemap/`.
    pub basemap_dir: Option<PathBuf>,
    /// Whose data that is: shown on the map. Needed with `basemap_dir`.
    pub basemap_credit: Option<String>,
    /// A street map that the visitor may load: a template with `{z}`, `{x}` and `{y}`, or a PMTiles archive; over https.
    /// No page contacts its host before the visitor asks for it.
    pub map_tiles_url: Option<String>,
    /// Whose data that is. Needed with `map_tiles_url`.
    pub map_tiles_attribution: Option<String>,
    /// The intake database, for what is not anchored yet. A credential that may only read suffices.
    pub intake: Settings,
    /// The views database. A credential that may only read suffices.
    pub views: Settings,
    /// Where the contracts are: what `contracts/deployments/<chain id>.json` says. Pages learn it from `/config.json`.
    pub contracts: Addresses,
    /// What this service pays for; without it, it takes nothing in. The credential for the intake must then be able to write
    /// `submissions`, `shares`, `texts`, `photos` and `evidence`.
    pub sponsorship: Option<Sponsorship>,
    /// Where the readings come from, as `_meta` states it.
    pub provenance: ProvenanceSettings,
}

/// What citizens and officials sign, and this service has submitted at its own cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sponsorship {
    /// Leading zero bits of the proof of effort: each bit doubles a phone's work.
    #[serde(default = "default_effort_bits")]
    pub effort_bits: u32,
    /// Complaints for an area and day.
    #[serde(default = "default_filings")]
    pub filings_per_area_and_day: u64,
    /// Remarks for an area and day.
    #[serde(default = "default_remarks")]
    pub remarks_per_area_and_day: u64,
    /// Submissions of officials and of who reopens, for an area and day.
    #[serde(default = "default_actions")]
    pub actions_per_area_and_day: u64,
}

impl Sponsorship {
    pub(crate) fn per_area_and_day(&self, kind: SubmissionKind) -> u64 {
        match kind {
            SubmissionKind::Filing => self.filings_per_area_and_day,
            SubmissionKind::Remark => self.remarks_per_area_and_day,
            SubmissionKind::Actions | SubmissionKind::Notice => self.actions_per_area_and_day,
        }
    }
}

fn default_effort_bits() -> u32 {
    16
}

fn default_filings() -> u64 {
    200
}

fn default_remarks() -> u64 {
    1_000
}

fn default_actions() -> u64 {
    1_000
}

fn unnamed() -> String {
    "the operator of this installation".into()
}

/// Where the readings come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceSettings {
    /// Live, replayed or generated.
    pub kind: ProvenanceKind,
    /// The source in words.
    pub source: String,
    /// Seconds by which replayed times were moved.
    #[serde(default)]
    pub shift_s: i64,
    /// How far the source's own times may be off, in seconds.
    #[serde(default)]
    pub uncertainty_s: u64,
}

/// How readings came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProvenanceKind {
    /// Measured by devices now.
    Live,
    /// Real outages of the past, played again.
    Replay,
    /// Made up by a generator.
    Generated,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("settings {path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not TOML, or a field is missing, unknown or of another type.
    #[error("settings: {0}")]
    Syntax(#[from] toml::de::Error),
}

impl Config {
    /// The settings in a file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File { path: path.into(), error })?;
        Self::parse(&text)
    }

    /// The settings in a text.
    ///
    /// # Errors
    /// [`ConfigError::Syntax`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Ok(toml::from_str(text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../example.toml");

    #[test]
    fn the_example_is_complete_and_shows_no_secret() {
        let config = Config::parse(EXAMPLE).unwrap();
        assert!(config.listen.ip().is_loopback());
        assert!(config.map_tiles_url.is_none() && config.basemap_dir.is_none(), "no page may need another host");
        let debug = format!("{config:?}");
        assert!(debug.contains("(redacted)") && !debug.contains("mongodb://"), "{debug}");
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(matches!(Config::parse(&format!("colour = 1\n{EXAMPLE}")), Err(ConfigError::Syntax(_))));
        let nested = EXAMPLE.replace("[provenance]", "[provenance]\ncolour = 1");
        assert!(matches!(Config::parse(&nested), Err(ConfigError::Syntax(_))));
    }
}
