//! A configuration: settings that the operator changes from afar, canonical JSON signed by his key.

use alloc::{format, string::String, vec::Vec};

use protocol::{
    SyntaxError,
    canonical::{Cursor, is_name_byte},
    key::{PublicKey, Signature},
    record::MAX_DEVICE_ID,
};

use crate::{
    OrderError,
    limits::{MAX_CONFIGURATION_BYTES, MAX_CONTRACT, MAX_HOST, MAX_KEYS},
    manifest::{is_base64url_byte, signed},
};

const COMPRESSED_KEY: usize = 66;

/// A device's settings beside those that were provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Its number: only goes up, from 1 on.
    pub configuration: u64,
    /// For whom.
    pub device_id: String,
    /// The settings.
    pub changes: Changes,
}

/// What may be changed from afar. A configuration stands for itself: what it leaves out is as it was provisioned. Name,
/// position, first sequence, access point, login and certificate are not here: they are the device's identity, or
/// secret, or what the way back depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The contract that receipts must name (CAIP-10).
    pub contract: Option<String>,
    /// Seconds between heartbeats.
    pub heartbeat_s: Option<u64>,
    /// The broker's name; it must have a certificate of the provisioned authority.
    pub host: Option<String>,
    /// Seconds without traffic until the modem pings.
    pub keep_alive_s: Option<u16>,
    /// The broker's port.
    pub port: Option<u16>,
    /// Whose receipts count: none where they are as provisioned, else one or two.
    pub receipt_keys: Vec<PublicKey>,
}

impl Configuration {
    /// Longest configuration in bytes: one message of the modem.
    pub const MAX_BYTES: usize = MAX_CONFIGURATION_BYTES;

    /// The bytes that the operator signs.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(None)
    }

    /// The signed configuration: the same object with `operator_signature` in its sorted place.
    #[must_use]
    pub fn to_signed_bytes(&self, signature: &Signature) -> Vec<u8> {
        self.write(Some(signature))
    }

    fn write(&self, signature: Option<&Signature>) -> Vec<u8> {
        let changes = &self.changes;
        let mut text = format!("{{\"configuration\":{}", self.configuration);
        if let Some(contract) = &changes.contract {
            text += &format!(",\"contract\":\"{contract}\"");
        }
        text += &format!(",\"device_id\":\"{}\"", self.device_id);
        if let Some(heartbeat_s) = changes.heartbeat_s {
            text += &format!(",\"heartbeat_s\":{heartbeat_s}");
        }
        if let Some(host) = &changes.host {
            text += &format!(",\"host\":\"{host}\"");
        }
        if let Some(keep_alive_s) = changes.keep_alive_s {
            text += &format!(",\"keep_alive_s\":{keep_alive_s}");
        }
        text += &signed("operator_signature", signature);
        if let Some(port) = changes.port {
            text += &format!(",\"port\":{port}");
        }
        let mut before = ",\"receipt_keys\":[";
        for key in &changes.receipt_keys {
            text += &format!("{before}\"{}\"", key.to_compressed_hex());
            before = ",";
        }
        text += if changes.receipt_keys.is_empty() { "}" } else { "]}" };
        text.into_bytes()
    }

    /// A signed configuration from untrusted bytes, checked against the operator's key. Whether its values are within
    /// their limits is for whoever uses them.
    ///
    /// # Errors
    /// [`OrderError`], by the first thing that is wrong.
    pub fn verify(bytes: &[u8], key: Option<&PublicKey>) -> Result<Self, OrderError> {
        let (configuration, signature) = Self::read(bytes)?;
        key.ok_or(OrderError::NoKey)?.verify(&configuration.to_bytes(), &signature)?;
        Ok(configuration)
    }

    /// What bytes say, whoever signed them: for those who only carry them.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, OrderError> {
        Self::read(bytes).map(|(configuration, _)| configuration)
    }

    fn read(bytes: &[u8]) -> Result<(Self, Signature), OrderError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(OrderError::TooLong(bytes.len()));
        }
        let mut c = Cursor::new(bytes);
        let mut changes = Changes::default();
        c.literal("{\"configuration\":")?;
        let configuration = c.unsigned("configuration")?;
        if c.skip(",\"contract\":\"") {
            let is_contract_byte = |b| is_name_byte(b) || b == b':';
            changes.contract = Some(c.string(MAX_CONTRACT, is_contract_byte, "contract")?.into());
        }
        c.literal(",\"device_id\":\"")?;
        let device_id = c.string(MAX_DEVICE_ID, is_name_byte, "device_id")?.into();
        if c.skip(",\"heartbeat_s\":") {
            changes.heartbeat_s = Some(c.unsigned("heartbeat_s")?);
        }
        if c.skip(",\"host\":\"") {
            changes.host = Some(c.string(MAX_HOST, |b| is_name_byte(b) || b == b'.', "host")?.into());
        }
        if c.skip(",\"keep_alive_s\":") {
            changes.keep_alive_s = Some(short(&mut c, "keep_alive_s")?);
        }
        c.literal(",\"operator_signature\":\"")?;
        let signature = c.string(Signature::TEXT_LENGTH, is_base64url_byte, "operator_signature")?;
        if c.skip(",\"port\":") {
            changes.port = Some(short(&mut c, "port")?);
        }
        if c.skip(",\"receipt_keys\":[") {
            let keys = c.items(MAX_KEYS, |c| {
                c.literal("\"")?;
                c.string(COMPRESSED_KEY, |b| b.is_ascii_hexdigit(), "receipt_keys")
            })?;
            if keys.is_empty() {
                return Err(c.error::<()>("a receipt key").unwrap_err().into());
            }
            let keys = keys.into_iter().map(PublicKey::from_compressed_hex);
            changes.receipt_keys = keys.collect::<Result<_, _>>()?;
        }
        c.literal("}")?;
        c.end()?;
        Ok((Self { configuration, device_id, changes }, Signature::from_base64url(signature)?))
    }
}

/// An integer up to 65,535.
fn short(c: &mut Cursor<'_>, expected: &'static str) -> Result<u16, SyntaxError> {
    let at = c.clone();
    c.unsigned(expected)?.try_into().or_else(|_| at.error(expected))
}
