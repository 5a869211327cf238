//! P-256 keys and signatures (FIPS 186-5, ECDSA with SHA-256): R||S of 64 bytes with a low S, the only form that
//! OpenZeppelin's `P256` accepts.

use alloc::string::String;
use core::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use p256::ecdsa::{
    Signature as EcdsaSignature, VerifyingKey,
    signature::{DigestVerifier as _, Verifier as _},
};
use sha2::{Digest as _, Sha256};

/// A device's or relayer's public key, known to be a point of the curve.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// R||S, both in range and S low. Whether it belongs to a message is [`PublicKey::verify`]'s to say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 64]);

/// Why bytes are no key or signature, or not this message's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 65 bytes `04 || x || y` (SEC 1 section 2.3.3) of a point of the curve.
    #[error("not an uncompressed point of P-256")]
    NotAPoint,
    /// R or S is zero or not below the order, or not 64 bytes.
    #[error("signature out of range")]
    OutOfRange,
    /// S is above half the order.
    #[error("signature with a high S")]
    HighS,
    /// Well formed, but by another key or of another message.
    #[error("signature does not verify")]
    WrongSignature,
}

impl PublicKey {
    /// A key from its uncompressed point, 65 bytes.
    ///
    /// # Errors
    /// [`KeyError::NotAPoint`].
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 65 || point[0] != 4 {
            return Err(KeyError::NotAPoint);
        }
        VerifyingKey::from_sec1_bytes(point).map(Self).map_err(|_| KeyError::NotAPoint)
    }

    /// A key from 130 hex digits of its uncompressed point, lower case.
    ///
    /// # Errors
    /// [`KeyError::NotAPoint`].
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let point = HEXLOWER.decode(text.as_bytes()).map_err(|_| KeyError::NotAPoint)?;
        Self::from_point(&point)
    }

    /// The uncompressed point `04 || x || y`.
    #[must_use]
    pub fn to_point(&self) -> [u8; 65] {
        let mut point = [0; 65];
        point.copy_from_slice(self.0.to_encoded_point(false).as_bytes());
        point
    }

    /// The uncompressed point in lower-case hex.
    #[must_use]
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.to_point())
    }

    /// Checks that this key signed `message`.
    ///
    /// # Errors
    /// [`KeyError::WrongSignature`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let signature = EcdsaSignature::from_slice(&signature.0).map_err(|_| KeyError::OutOfRange)?;
        self.0.verify(message, &signature).map_err(|_| KeyError::WrongSignature)
    }

    /// As [`PublicKey::verify`], of what `write` writes, which is nowhere kept: nothing is allocated.
    pub(crate) fn verify_written(
        &self,
        write: impl FnOnce(&mut Hashed) -> fmt::Result,
        signature: &Signature,
    ) -> Result<(), KeyError> {
        let signature = EcdsaSignature::from_slice(&signature.0).map_err(|_| KeyError::OutOfRange)?;
        let mut written = Hashed(Sha256::new());
        write(&mut written).map_err(|_| KeyError::WrongSignature)?;
        self.0.verify_digest(written.0, &signature).map_err(|_| KeyError::WrongSignature)
    }
}

/// The SHA-256 of text as it is written. Takes everything.
pub(crate) struct Hashed(Sha256);

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

impl PublicKey {
    /// A key from 66 hex digits of its compressed point `02 || x` or `03 || x` (SEC 1 section 2.3.3), lower case: for
    /// messages in which every byte counts.
    ///
    /// # Errors
    /// [`KeyError::NotAPoint`].
    pub fn from_compressed_hex(text: &str) -> Result<Self, KeyError> {
        let point = HEXLOWER.decode(text.as_bytes()).map_err(|_| KeyError::NotAPoint)?;
        // SEC 1 readers know a compact form of the same length too (tag 05): a second spelling.
        if point.len() != 33 || !matches!(point[0], 2 | 3) {
            return Err(KeyError::NotAPoint);
        }
        VerifyingKey::from_sec1_bytes(&point).map(Self).map_err(|_| KeyError::NotAPoint)
    }

    /// The compressed point in lower-case hex.
    #[must_use]
    pub fn to_compressed_hex(&self) -> String {
        HEXLOWER.encode(self.0.to_encoded_point(true).as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl Signature {
    /// How many characters [`Signature::to_base64url`] makes.
    pub const TEXT_LENGTH: usize = 86;

    /// A signature from R||S.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`], [`KeyError::HighS`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let signature = EcdsaSignature::from_slice(bytes).map_err(|_| KeyError::OutOfRange)?;
        if signature.normalize_s().is_some() {
            return Err(KeyError::HighS);
        }
        Ok(Self(signature.to_bytes().into()))
    }

    /// A signature as a signer made it, with S brought low: what a device does before it stores a record.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`].
    pub fn normalized(bytes: &[u8]) -> Result<Self, KeyError> {
        let signature = EcdsaSignature::from_slice(bytes).map_err(|_| KeyError::OutOfRange)?;
        Ok(Self(signature.normalize_s().unwrap_or(signature).to_bytes().into()))
    }

    /// A signature from base64url without padding (RFC 4648 section 5); trailing bits must be zero.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`], [`KeyError::HighS`].
    pub fn from_base64url(text: &str) -> Result<Self, KeyError> {
        // The decoder takes a place of just the text's length.
        let mut bytes = [0; 64];
        if text.len() != Self::TEXT_LENGTH {
            return Err(KeyError::OutOfRange);
        }
        BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut bytes).map_err(|_| KeyError::OutOfRange)?;
        Self::from_bytes(&bytes)
    }

    /// Base64url without padding: 86 characters.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// R||S.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 64] {
        self.0
    }
}

/// As [`Signature::to_base64url`], without allocating.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BASE64URL_NOPAD.encode_mut_str(&self.0, &mut [0; Self::TEXT_LENGTH]))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
