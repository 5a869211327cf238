//! Keys as PEM files: P-256 in PKCS#8, what `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes too.

use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use p256::{
    ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _},
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
};
use protocol::key::{PublicKey, Signature};
use rand::rngs::OsRng;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read, or not be made; one that is there is never overwritten.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// It holds something else.
    #[error("{0} holds no P-256 key in PKCS#8 (`-----BEGIN PRIVATE KEY-----`)")]
    NotAKey(String),
}

/// A private key. Deliberately without `Debug`.
pub struct Key(SigningKey);

impl Key {
    /// Makes a key in a new file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyFileError::File`].
    pub fn make(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |error| KeyFileError::File { path: path.display().to_string(), error };
        let key = SigningKey::random(&mut OsRng);
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyFileError::NotAKey(path.display().to_string()))?;
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(Self(key))
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let name = path.display().to_string();
        let pem = std::fs::read_to_string(path).map_err(|error| KeyFileError::File { path: name.clone(), error })?;
        SigningKey::from_pkcs8_pem(&pem).map(Self).map_err(|_| KeyFileError::NotAKey(name))
    }

    /// Its public half: what images and settings name.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let point = self.0.verifying_key().to_encoded_point(false);
        PublicKey::from_point(point.as_bytes()).expect("the point of a signing key is a point")
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> Signature {
        let raw: EcdsaSignature = self.0.sign(text);
        Signature::normalized(&raw.to_bytes()).expect("a signature that was just made is in range")
    }
}
