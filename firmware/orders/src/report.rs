//! The self-test report: what a device found when it looked at itself, signed by its secure element.
//!
//! The chip signs whatever it is given, so a report must never be one of the other texts: it begins with its backlog, a
//! record with its device's name.

use alloc::{format, string::String, vec::Vec};

use protocol::{
    SyntaxError,
    canonical::{Cursor, is_name_byte},
    key::{KeyError, PublicKey, Signature},
    record::MAX_DEVICE_ID,
};

pub use crate::limits::{MAX_COUNTED_ID, MAX_RESET};
use crate::{
    limits::{MAX_REFUSAL, MAX_REPORT_BYTES},
    manifest::{is_base64url_byte, signed},
};

/// The latest time: the year 2286.
const MOST_UNIX_S: u64 = 9_999_999_999;
/// Serial number of a secure element in hex.
const SERIAL: usize = 18;

/// What a device says of itself. A count beyond [`Report::MOST_COUNTED`], or another number beyond [`Report::MOST`], is
/// given as that. There is room for every count beside an id of up to [`MAX_COUNTED_ID`] characters; with a longer one those
/// that need it are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Records without a receipt.
    pub backlog: u64,
    /// Signatures and counts that the secure element did not give at once, since the start.
    pub chip_failures: u64,
    /// The secure element's serial number.
    pub chip_serial: [u8; 9],
    /// 1 where the secure element's configuration and data are locked, else 0.
    pub chip_locked: u64,
    /// How often the network's time differed from the device's, since the start.
    pub clock_steps: u64,
    /// The configuration in force, 0 where it is the provisioned one.
    pub configuration: u64,
    /// Who.
    pub device_id: String,
    /// Edges and heartbeats since the start that got no record, since all sequences were used. Only with room.
    pub exhausted: Option<u64>,
    /// Records overwritten or unreadable since the start.
    pub lost: u64,
    /// Interruptions since the start that were too short to be recorded. Only with room.
    pub momentary: Option<u64>,
    /// The number of the last order that was refused, 0 where there was none or it had none.
    pub refused: u64,
    /// Why it was: [`crate::Refusal`], or `none`.
    pub refusal: String,
    /// The running release.
    pub release: u64,
    /// Why the board started, where it knows.
    pub reset: String,
    /// The running image's security version.
    pub security_version: u64,
    /// Signal strength as the modem gives it: 0 to 31 in steps of 2 dB from -113 dBm, 99 unknown.
    pub signal: u64,
    /// The running image's slot.
    pub slot: u64,
    /// When.
    pub timestamp_unix_s: u64,
    /// Seconds since the start.
    pub uptime_s: u64,
}

/// Why bytes are no report, or not this device's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Longer than [`Report::MAX_BYTES`].
    #[error("report of {0} bytes")]
    TooLong(usize),
    /// Not the canonical spelling.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The signature is malformed or not this key's.
    #[error(transparent)]
    Signature(#[from] KeyError),
}

impl Report {
    /// Longest report in bytes: one message of the modem.
    pub const MAX_BYTES: usize = MAX_REPORT_BYTES;
    /// The largest number in a report, so that it always fits; times are not bound by it.
    pub const MOST: u64 = 99_999_999;
    /// The largest count in a report.
    pub const MOST_COUNTED: u64 = 99_999;

    /// The bytes that the secure element signs.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(None)
    }

    /// The signed report: the same object with `report_signature` in its sorted place.
    #[must_use]
    pub fn to_signed_bytes(&self, signature: &Signature) -> Vec<u8> {
        self.write(Some(signature))
    }

    fn write(&self, signature: Option<&Signature>) -> Vec<u8> {
        let count = |number: u64| number.min(Self::MOST_COUNTED);
        let n = |number: u64| number.min(Self::MOST);
        let optional = |name: &str, number: Option<u64>| {
            let number = number.filter(|_| has_room(&self.device_id)).map(count);
            number.map(|number| format!(",\"{name}\":{number}")).unwrap_or_default()
        };
        let signature = signed("report_signature", signature);
        format!(
            "{{\"backlog\":{},\"chip_failures\":{},\"chip_locked\":{},\"chip_serial\":\"{}\",\"clock_steps\":{},\
             \"configuration\":{},\"device_id\":\"{}\"{},\"lost\":{}{},\"refusal\":\"{}\",\
             \"refused\":{},\"release\":{}{signature},\"reset\":\"{}\",\"security\":{},\"signal\":{},\
             \"slot\":{},\"timestamp\":{},\"uptime_s\":{}}}",
            count(self.backlog),
            count(self.chip_failures),
            n(self.chip_locked),
            protocol::to_hex(&self.chip_serial),
            count(self.clock_steps),
            n(self.configuration),
            self.device_id,
            optional("exhausted", self.exhausted),
            count(self.lost),
            optional("momentary", self.momentary),
            self.refusal,
            n(self.refused),
            n(self.release),
            self.reset,
            n(self.security_version),
            n(self.signal),
            n(self.slot),
            self.timestamp_unix_s.min(MOST_UNIX_S),
            n(self.uptime_s),
        )
        .into_bytes()
    }

    /// A signed report from untrusted bytes, checked against the device's key.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn verify(bytes: &[u8], key: &PublicKey) -> Result<Self, ReportError> {
        let (report, signature) = Self::parse(bytes)?;
        key.verify(&report.to_bytes(), &signature)?;
        Ok(report)
    }

    /// What bytes say, whoever signed them, and the signature that they carry.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn parse(bytes: &[u8]) -> Result<(Self, Signature), ReportError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(ReportError::TooLong(bytes.len()));
        }
        let mut c = Cursor::new(bytes);
        let backlog = number(&mut c, "{\"backlog\":")?;
        let chip_failures = number(&mut c, ",\"chip_failures\":")?;
        let chip_locked = number(&mut c, ",\"chip_locked\":")?;
        let serial = word(&mut c, ",\"chip_serial\":\"", SERIAL)?;
        let chip_serial = serial_number(serial).map_or_else(|| c.error("chip_serial"), Ok)?;
        let clock_steps = number(&mut c, ",\"clock_steps\":")?;
        let configuration = number(&mut c, ",\"configuration\":")?;
        let device_id = word(&mut c, ",\"device_id\":\"", MAX_DEVICE_ID)?;
        let optional = |c: &mut Cursor<'_>, name| has_room(device_id).then(|| number(c, name)).transpose();
        let exhausted = optional(&mut c, ",\"exhausted\":")?;
        let lost = number(&mut c, ",\"lost\":")?;
        let momentary = optional(&mut c, ",\"momentary\":")?;
        let refusal = word(&mut c, ",\"refusal\":\"", MAX_REFUSAL)?.into();
        let refused = number(&mut c, ",\"refused\":")?;
        let release = number(&mut c, ",\"release\":")?;
        c.literal(",\"report_signature\":\"")?;
        let signature = c.string(Signature::TEXT_LENGTH, is_base64url_byte, "report_signature")?;
        let reset = word(&mut c, ",\"reset\":\"", MAX_RESET)?.into();
        let security_version = number(&mut c, ",\"security\":")?;
        let signal = number(&mut c, ",\"signal\":")?;
        let slot = number(&mut c, ",\"slot\":")?;
        let timestamp_unix_s = number(&mut c, ",\"timestamp\":")?;
        let uptime_s = number(&mut c, ",\"uptime_s\":")?;
        c.literal("}")?;
        c.end()?;
        let report = Self {
            backlog,
            chip_failures,
            chip_serial,
            chip_locked,
            clock_steps,
            configuration,
            device_id: device_id.into(),
            exhausted,
            lost,
            momentary,
            refused,
            refusal,
            release,
            reset,
            security_version,
            signal,
            slot,
            timestamp_unix_s,
            uptime_s,
        };
        let signature = Signature::from_base64url(signature)?;
        // Numbers beyond what a report says have no spelling.
        if report.to_signed_bytes(&signature) != bytes {
            Cursor::new(bytes).error("numbers that a report can say")?;
        }
        Ok((report, signature))
    }
}

/// Whether all counts fit beside an id.
fn has_room(device_id: &str) -> bool {
    device_id.len() <= MAX_COUNTED_ID
}

fn number(c: &mut Cursor<'_>, name: &'static str) -> Result<u64, SyntaxError> {
    c.literal(name)?;
    let at = c.clone();
    let number = c.unsigned(name)?;
    if number > MOST_UNIX_S { at.error(name) } else { Ok(number) }
}

fn word<'a>(c: &mut Cursor<'a>, name: &'static str, longest: usize) -> Result<&'a str, SyntaxError> {
    c.literal(name)?;
    c.string(longest, is_name_byte, name)
}

fn serial_number(text: &str) -> Option<[u8; 9]> {
    let mut serial = [0; 9];
    if text.len() != SERIAL {
        return None;
    }
    for (byte, digits) in serial.iter_mut().zip(text.as_bytes().chunks(2)) {
        // Lower case only, as it is written.
        let digits = core::str::from_utf8(digits).ok().filter(|digits| !digits.contains('+'))?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(serial)
}
