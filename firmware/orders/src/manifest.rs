//! A release's manifest: canonical JSON, signed by a release key.

use alloc::{format, string::String, vec::Vec};

use protocol::{
    Hash,
    canonical::{Cursor, is_name_byte},
    key::{PublicKey, Signature},
    to_hex,
};

use crate::{
    OrderError,
    limits::{MAX_BOARD, MAX_MANIFEST_BYTES},
};

/// Which image, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The board that it is for: 1 to 24 of a-z, 0-9 and `-`.
    pub board: String,
    /// SHA-256 of the image's bytes, all of them.
    pub image_sha256: Hash,
    /// The release's number: only goes up.
    pub release: u64,
    /// Goes up when images before must never run again; a device takes none below its own.
    pub security_version: u64,
    /// Bytes of the image.
    pub size: u64,
}

impl Manifest {
    /// Longest manifest in bytes.
    pub const MAX_BYTES: usize = MAX_MANIFEST_BYTES;

    /// The bytes that the release key signs.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(None)
    }

    /// The signed manifest: the same object with `release_signature` in its sorted place.
    #[must_use]
    pub fn to_signed_bytes(&self, signature: &Signature) -> Vec<u8> {
        self.write(Some(signature))
    }

    fn write(&self, signature: Option<&Signature>) -> Vec<u8> {
        let signature = signed("release_signature", signature);
        format!(
            "{{\"board\":\"{}\",\"image_sha256\":\"{}\",\"release\":{}{signature},\"security_version\":{},\"size\":{}}}",
            self.board,
            to_hex(&self.image_sha256),
            self.release,
            self.security_version,
            self.size,
        )
        .into_bytes()
    }

    /// A signed manifest from untrusted bytes, checked against the release keys.
    ///
    /// # Errors
    /// [`OrderError`], by the first thing that is wrong.
    pub fn verify(bytes: &[u8], keys: &[PublicKey]) -> Result<Self, OrderError> {
        let (manifest, signature) = Self::read(bytes)?;
        let text = manifest.to_bytes();
        let mut verdict = Err(OrderError::NoKey);
        for key in keys {
            verdict = key.verify(&text, &signature).map_err(OrderError::from);
            if verdict.is_ok() {
                break;
            }
        }
        verdict.map(|()| manifest)
    }

    /// What bytes say, whoever signed them: for those who only carry them.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, OrderError> {
        Self::read(bytes).map(|(manifest, _)| manifest)
    }

    fn read(bytes: &[u8]) -> Result<(Self, Signature), OrderError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(OrderError::TooLong(bytes.len()));
        }
        let mut c = Cursor::new(bytes);
        c.literal("{\"board\":\"")?;
        let board = c.string(MAX_BOARD, is_name_byte, "board")?.into();
        c.literal(",\"image_sha256\":\"")?;
        let image_sha256 = c.hash("image_sha256")?;
        c.literal(",\"release\":")?;
        let release = c.unsigned("release")?;
        c.literal(",\"release_signature\":\"")?;
        let signature = c.string(Signature::TEXT_LENGTH, is_base64url_byte, "release_signature")?;
        c.literal(",\"security_version\":")?;
        let security_version = c.unsigned("security_version")?;
        c.literal(",\"size\":")?;
        let size = c.unsigned("size")?;
        c.literal("}")?;
        c.end()?;
        let manifest = Self { board, image_sha256, release, security_version, size };
        Ok((manifest, Signature::from_base64url(signature)?))
    }
}

/// A signature in its sorted place, behind another member; nothing where there is none yet.
pub(crate) fn signed(name: &str, signature: Option<&Signature>) -> String {
    signature.map(|signature| format!(",\"{name}\":\"{}\"", signature.to_base64url())).unwrap_or_default()
}

/// A character of a signature.
pub(crate) fn is_base64url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}
