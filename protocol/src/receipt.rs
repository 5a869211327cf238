//! A receipt: a relayer's signed word to a device that its records are durable, and by when they will be anchored.
//! A device frees its queue by receipts only; one whose records are not anchored in time proves the relayer's fault.

use alloc::{string::String, vec::Vec};
use core::{fmt, slice};

use crate::{
    SyntaxError,
    canonical::{Cursor, is_name_byte},
    key::{KeyError, PublicKey, Signature},
    record::MAX_DEVICE_ID,
};

/// Longest receipt in bytes.
pub const MAX_RECEIPT_BYTES: usize = 400;
const MAX_CONTRACT: usize = 80;

/// What the relayer states. `S` is its texts: `String`, or `&str` where nothing may be allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt<S = String> {
    /// By when everything up to `sequence` is anchored.
    pub anchored_by_unix_s: u64,
    /// Where: the anchoring contract as CAIP-10 account, `eip155:<chain id>:0x<address in lower case>`.
    pub contract: S,
    /// Whose records.
    pub device_id: S,
    /// The highest sequence up to which everything in the device's chain is durable.
    pub sequence: u64,
}

/// Why bytes are no receipt, or not this relayer's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Longer than [`MAX_RECEIPT_BYTES`].
    #[error("receipt of {0} bytes")]
    TooLong(usize),
    /// Not the canonical spelling.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The signature is malformed or not this key's.
    #[error(transparent)]
    Signature(#[from] KeyError),
}

impl<S: AsRef<str>> Receipt<S> {
    /// The bytes that the relayer signs.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_vec(None)
    }

    /// The signed receipt: the same object with `receipt_signature` in its sorted place.
    #[must_use]
    pub fn to_signed_bytes(&self, signature: &Signature) -> Vec<u8> {
        self.to_vec(Some(signature))
    }

    fn to_vec(&self, signature: Option<&Signature>) -> Vec<u8> {
        let mut out = String::with_capacity(MAX_RECEIPT_BYTES);
        // Writing into a String cannot fail.
        let _ = self.write(signature, &mut out);
        out.into_bytes()
    }

    fn write(&self, signature: Option<&Signature>, out: &mut impl fmt::Write) -> fmt::Result {
        let (contract, device_id) = (self.contract.as_ref(), self.device_id.as_ref());
        write!(out, "{{\"anchored_by\":{}", self.anchored_by_unix_s)?;
        write!(out, ",\"contract\":\"{contract}\",\"device_id\":\"{device_id}\"")?;
        if let Some(signature) = signature {
            write!(out, ",\"receipt_signature\":\"{signature}\"")?;
        }
        write!(out, ",\"sequence\":{}}}", self.sequence)
    }
}

impl Receipt {
    /// A signed receipt from untrusted bytes, checked against the relayer's receipt key.
    ///
    /// # Errors
    /// [`ReceiptError`], by the first thing that is wrong.
    pub fn verify(bytes: &[u8], key: &PublicKey) -> Result<Self, ReceiptError> {
        let Receipt { anchored_by_unix_s, contract, device_id, sequence } =
            Receipt::verify_borrowed(bytes, slice::from_ref(key))?;
        Ok(Self { anchored_by_unix_s, contract: contract.into(), device_id: device_id.into(), sequence })
    }
}

impl<'a> Receipt<&'a str> {
    /// A signed receipt from untrusted bytes, checked against receipt keys of which any may have signed it, without
    /// allocating.
    ///
    /// # Errors
    /// [`ReceiptError`], by the first thing that is wrong.
    pub fn verify_borrowed(bytes: &'a [u8], keys: &[PublicKey]) -> Result<Self, ReceiptError> {
        let (receipt, signature) = Self::parse(bytes)?;
        let is_by = |key: &PublicKey| key.verify_written(|out| receipt.write(None, out), &signature).is_ok();
        if !keys.iter().any(is_by) {
            return Err(KeyError::WrongSignature.into());
        }
        Ok(receipt)
    }

    fn parse(bytes: &'a [u8]) -> Result<(Self, Signature), ReceiptError> {
        if bytes.len() > MAX_RECEIPT_BYTES {
            return Err(ReceiptError::TooLong(bytes.len()));
        }
        let mut c = Cursor::new(bytes);
        c.literal("{\"anchored_by\":")?;
        let anchored_by_unix_s = c.unsigned("anchored_by")?;
        c.literal(",\"contract\":\"")?;
        let contract = c.string(MAX_CONTRACT, |b| is_name_byte(b) || b == b':', "contract")?;
        c.literal(",\"device_id\":\"")?;
        let device_id = c.string(MAX_DEVICE_ID, is_name_byte, "device_id")?;
        c.literal(",\"receipt_signature\":\"")?;
        let signature = c.string(
            Signature::TEXT_LENGTH,
            |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_',
            "receipt_signature",
        )?;
        c.literal(",\"sequence\":")?;
        let sequence = c.unsigned("sequence")?;
        c.literal("}")?;
        c.end()?;
        let receipt = Self { anchored_by_unix_s, contract, device_id, sequence };
        Ok((receipt, Signature::from_base64url(signature)?))
    }
}
