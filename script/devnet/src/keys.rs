//! The devnet's own keys: made at its first start, readable by its owner alone, never printed.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use alloy::signers::local::PrivateKeySigner;
use data_encoding::HEXLOWER;
use protocol::key::PublicKey;

use crate::error::DevnetError;

/// Files of secrets and what is public of them.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Administers the contracts and publishes rosters: the devnet's registrar.
    pub admin: PrivateKeySigner,
    /// Anchors.
    pub relayer: PrivateKeySigner,
    /// Where the relayer reads it.
    pub relayer_file: PathBuf,
    /// Pays for what others sign.
    pub sponsor: PrivateKeySigner,
    /// Where the relayer reads it.
    pub sponsor_file: PathBuf,
    /// Checks receipts.
    pub receipt_key: PublicKey,
    /// Where the relayer reads its private half.
    pub receipt_file: PathBuf,
    /// The relayer's password at the broker.
    pub mqtt_password_file: PathBuf,
    /// Where all of them are.
    pub folder: PathBuf,
}

impl Keys {
    /// Reads the keys of a folder; makes those that are missing.
    ///
    /// # Errors
    /// A file cannot be read or written, or does not hold a key.
    pub fn load_or_create(folder: &Path) -> Result<Self, DevnetError> {
        fs::create_dir_all(folder).map_err(DevnetError::file(folder))?;
        let relayer_file = folder.join("relayer.key");
        let sponsor_file = folder.join("sponsor.key");
        let receipt_file = folder.join("receipt.key");
        let mqtt_password_file = folder.join("mqtt.password");
        secret(&mqtt_password_file, "")?;
        secret(&folder.join(crate::broker::OPERATOR_PASSWORD), "")?;
        let receipt = secret(&receipt_file, "")?;
        let scalar = HEXLOWER.decode(receipt.trim().as_bytes()).unwrap_or_default();
        let receipt = p256::ecdsa::SigningKey::from_slice(&scalar)
            .map_err(|_| DevnetError::Stale(format!("{} holds no key", receipt_file.display())))?;
        let point = receipt.verifying_key().to_encoded_point(false);
        let receipt_key = PublicKey::from_point(point.as_bytes())
            .map_err(|e| DevnetError::Stale(format!("{}: {e}", receipt_file.display())))?;
        Ok(Self {
            admin: signer(&folder.join("admin.key"))?,
            relayer: signer(&relayer_file)?,
            relayer_file,
            sponsor: signer(&sponsor_file)?,
            sponsor_file,
            receipt_key,
            receipt_file,
            mqtt_password_file,
            folder: folder.to_owned(),
        })
    }
}

pub(crate) fn signer(path: &Path) -> Result<PrivateKeySigner, DevnetError> {
    secret(path, "0x")?.trim().parse().map_err(|_| DevnetError::Stale(format!("{} holds no key", path.display())))
}

/// A file's content; a new file with 32 random bytes in hex where there is none. A random number is out of range of
/// either curve once in 2^32 starts at most, and reading it then says so.
fn secret(path: &Path, prefix: &str) -> Result<String, DevnetError> {
    if !path.exists() {
        let text = format!("{prefix}{}\n", HEXLOWER.encode(&rand::random::<[u8; 32]>()));
        let mut file =
            fs::File::options().write(true).create_new(true).mode(0o600).open(path).map_err(DevnetError::file(path))?;
        file.write_all(text.as_bytes()).map_err(DevnetError::file(path))?;
    }
    fs::read_to_string(path).map_err(DevnetError::file(path))
}
