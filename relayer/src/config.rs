//! What the relayer is told: one TOML file, secrets by path.

use std::path::{Path, PathBuf};

use alloy::signers::local::PrivateKeySigner;
use bindings::Addresses;
use p256::ecdsa::SigningKey;
use serde::Deserialize;

/// Shortest and longest period of a batch, seconds.
const PERIODS_S: std::ops::RangeInclusive<u64> = 5..=1800;
/// What a receipt allows beyond one more period, seconds.
const DEFAULT_ALLOWANCE_S: u64 = 600;

/// The configuration; `example.toml` shows every field. Unknown ones are refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Ethereum JSON-RPC.
    pub rpc_url: String,
    /// Where the contracts are: what `contracts/deployments/<chain id>.json` says.
    pub contracts: Addresses,
    /// The lanes to collect and anchor.
    pub lanes: Vec<u32>,
    /// Length of a period in seconds, 5 to 1800; periods end at its multiples.
    pub period_s: u64,
    /// Kubo's RPC.
    pub ipfs_api_url: String,
    /// File with the secp256k1 key that anchors, 0x and hex.
    pub signer_key_file: PathBuf,
    /// File with the secp256k1 key that pays for what others signed, 0x and hex; without it their submissions are left to
    /// another relayer.
    pub sponsor_key_file: Option<PathBuf>,
    /// File with the P-256 scalar that signs receipts, hex.
    pub receipt_key_file: PathBuf,
    /// Receipts promise anchoring by the end of the period plus this; default one period and 600 s.
    pub receipt_allowance_s: Option<u64>,
    /// A block is final at this depth; default: the node's `finalized` tag.
    pub finality_depth_blocks: Option<u64>,
    /// A transaction not mined in this time is sent again with a higher fee.
    #[serde(default = "default_fee_bump_after_s")]
    pub fee_bump_after_s: u64,
    /// How long a lane stays with a relayer that no longer answers.
    #[serde(default = "default_lease_s")]
    pub lease_s: u64,
    /// The intake database.
    pub store: store::Settings,
    /// The broker.
    pub mqtt: Mqtt,
}

/// Where the broker is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mqtt {
    /// `mqtts://HOST:PORT`.
    pub url: String,
    /// Certificates of the authorities that may vouch for the broker, PEM.
    pub ca_file: PathBuf,
    /// Names the persistent session: two relayers never share one. Receipts use the same with `-receipts` appended.
    pub client_id: String,
    /// User.
    pub username: String,
    /// File with the user's password.
    pub password_file: PathBuf,
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not the TOML that is expected.
    #[error("{path}: {error}")]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        error: toml::de::Error,
    },
    /// A value is out of range or malformed. Secrets are not repeated.
    #[error("{field}: {expected}")]
    Value {
        /// Which.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

fn default_fee_bump_after_s() -> u64 {
    300
}

fn default_lease_s() -> u64 {
    15
}

fn file(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::File { path: path.into(), error })
}

fn secp256k1(field: &'static str, path: &Path) -> Result<PrivateKeySigner, ConfigError> {
    let expected = "a file with a secp256k1 key in hex";
    file(path)?.trim().parse().map_err(|_| ConfigError::Value { field, expected })
}

impl Config {
    /// Reads and checks a configuration file; the files that it names are read later.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let config: Self =
            toml::from_str(&file(path)?).map_err(|error| ConfigError::Syntax { path: path.into(), error })?;
        config.check()?;
        Ok(config)
    }

    /// Checks ranges.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let refuse = |field, expected| Err(ConfigError::Value { field, expected });
        if !PERIODS_S.contains(&self.period_s) {
            return refuse("period_s", "5 to 1800 seconds");
        }
        let mut lanes = self.lanes.clone();
        lanes.sort_unstable();
        lanes.dedup();
        if lanes.is_empty() || lanes.len() != self.lanes.len() {
            return refuse("lanes", "at least one lane, each once");
        }
        if self.lease_s == 0 || self.fee_bump_after_s == 0 {
            return refuse("lease_s, fee_bump_after_s", "at least a second");
        }
        self.mqtt.address().map(drop)
    }

    /// By how many seconds after the end of the period a record is anchored, as receipts promise.
    #[must_use]
    pub fn allowance_s(&self) -> u64 {
        self.receipt_allowance_s.unwrap_or(self.period_s + DEFAULT_ALLOWANCE_S)
    }

    /// The key that anchors.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn signer(&self) -> Result<PrivateKeySigner, ConfigError> {
        secp256k1("signer_key_file", &self.signer_key_file)
    }

    /// The key that pays for what others signed.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn sponsor(&self) -> Result<Option<PrivateKeySigner>, ConfigError> {
        self.sponsor_key_file.as_ref().map(|path| secp256k1("sponsor_key_file", path)).transpose()
    }

    /// The key that signs receipts.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn receipt_key(&self) -> Result<SigningKey, ConfigError> {
        let text = file(&self.receipt_key_file)?;
        let hex = text.trim().trim_start_matches("0x").to_ascii_lowercase();
        let scalar = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok();
        scalar
            .and_then(|scalar| SigningKey::from_slice(&scalar).ok())
            .ok_or(ConfigError::Value { field: "receipt_key_file", expected: "a file with a P-256 scalar in hex" })
    }
}

impl Mqtt {
    /// Host and port.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn address(&self) -> Result<(String, u16), ConfigError> {
        let expected = "mqtts://HOST:PORT";
        let parse = || {
            let (host, port) = self.url.strip_prefix("mqtts://")?.trim_end_matches('/').rsplit_once(':')?;
            Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?))
        };
        parse().ok_or(ConfigError::Value { field: "mqtt.url", expected })
    }

    /// Certificates and password.
    ///
    /// # Errors
    /// [`ConfigError::File`].
    pub fn secrets(&self) -> Result<(String, String), ConfigError> {
        Ok((file(&self.ca_file)?, file(&self.password_file)?.trim_end().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Config {
        toml::from_str(include_str!("../example.toml")).unwrap()
    }

    #[test]
    fn the_example_is_read() {
        let config = Config::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("example.toml")).unwrap();
        assert_eq!((config.lanes.as_slice(), config.period_s, config.allowance_s()), ([0].as_slice(), 900, 1500));
        assert_eq!((config.lease_s, config.fee_bump_after_s), (default_lease_s(), default_fee_bump_after_s()));
        assert_eq!(config.mqtt.address().unwrap(), ("127.0.0.1".to_owned(), 8883));
    }

    #[test]
    fn unknown_fields_and_wrong_values_are_refused() {
        let text = format!("colour = 1\n{}", include_str!("../example.toml"));
        assert!(toml::from_str::<Config>(&text).is_err());
        for change in [
            |c: &mut Config| c.period_s = 4,
            |c: &mut Config| c.period_s = 1801,
            |c: &mut Config| c.lanes = vec![],
            |c: &mut Config| c.lanes = vec![0, 0],
            |c: &mut Config| c.lease_s = 0,
            |c: &mut Config| c.mqtt.url = "mqtt://127.0.0.1:1883".into(),
            |c: &mut Config| c.mqtt.url = "mqtts://127.0.0.1".into(),
        ] {
            let mut config = example();
            config.check().unwrap();
            change(&mut config);
            assert!(config.check().is_err());
        }
    }

    #[test]
    fn secrets_are_read_from_files_and_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = example();
        config.signer_key_file = dir.path().join("signer");
        config.receipt_key_file = dir.path().join("receipt");
        std::fs::write(&config.signer_key_file, format!("0x{}\n", "11".repeat(32))).unwrap();
        std::fs::write(&config.receipt_key_file, "22".repeat(32)).unwrap();
        assert!(config.signer().is_ok() && config.receipt_key().is_ok());
        std::fs::write(&config.signer_key_file, "xyzzy").unwrap();
        std::fs::write(&config.receipt_key_file, "xyzzy").unwrap();
        for error in [config.signer().unwrap_err().to_string(), config.receipt_key().unwrap_err().to_string()] {
            assert!(!error.contains("xyzzy"), "{error}");
        }
        config.store.uri = "mongodb://user:secret@host".into();
        assert!(!format!("{config:?}").contains("secret@"));
    }
}
