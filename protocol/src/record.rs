//! A record: one signed statement of a device, and its leaf.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    Hash, SyntaxError,
    canonical::{Cursor, is_name, is_name_byte},
    key::{KeyError, PublicKey, Signature},
    merkle,
};

mod optional;

pub use optional::{Phases, TimeQuality};

/// Longest record in bytes: one publish of the modem.
pub const MAX_RECORD_BYTES: usize = 500;
/// Longest device id, in characters of a-z, 0-9 and `-`.
pub const MAX_DEVICE_ID: usize = 64;
/// Longest word of an optional field.
const MAX_WORD: usize = 12;
/// 90 degrees.
pub const MAX_LATITUDE_E6: i32 = 90_000_000;
/// 180 degrees.
pub const MAX_LONGITUDE_E6: i32 = 180_000_000;

/// What a device saw of the mains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PowerStatus {
    /// Mains present.
    On,
    /// Mains absent.
    Off,
}

impl PowerStatus {
    /// `ON` or `OFF`, as records spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Off => "OFF",
        }
    }
}

/// What a device states, before it is signed. `D` is its id's text: a `String`, or a `&str` where nothing may be allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<D = String> {
    /// Who states it: 1-64 of a-z, 0-9 and `-`.
    pub device_id: D,
    /// First and last sequence that a full backlog overwrote unsent, inclusive.
    pub dropped: Option<(u64, u64)>,
    /// Provisioned position, millionths of a degree.
    pub latitude_e6: i32,
    /// Provisioned position, millionths of a degree.
    pub longitude_e6: i32,
    /// Which phases are live, from a device at a site of three; ON is exactly where all are.
    pub phases: Option<Phases>,
    /// The state from `timestamp_unix_s` on.
    pub power_status: PowerStatus,
    /// The sequence before this one, exactly when that is not `sequence - 1`.
    pub previous_sequence: Option<u64>,
    /// The device's counter.
    pub sequence: u64,
    /// Why the time is less good than the network's, known when the edge was seen; `None` where it is that.
    pub time_quality: Option<TimeQuality>,
    /// When the edge was seen, or the heartbeat made.
    pub timestamp_unix_s: u64,
}

/// A statement with its signature: canonical and in range, but not yet checked against a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<D = String> {
    /// What was signed.
    pub statement: Statement<D>,
    /// P-256 over [`Statement::to_bytes`].
    pub device_signature: Signature,
}

/// Why bytes are no record, or not this device's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Longer than [`MAX_RECORD_BYTES`].
    #[error("record of {0} bytes, at most {MAX_RECORD_BYTES}")]
    TooLong(usize),
    /// Not the canonical spelling, a field missing, unknown or out of range.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// `previous_sequence` is not below `sequence - 1`.
    #[error("previous_sequence {previous} with sequence {sequence}: present only when below sequence - 1")]
    PreviousSequence {
        /// As stated.
        previous: u64,
        /// As stated.
        sequence: u64,
    },
    /// `dropped_from` and `dropped_to` are turned round or not below `sequence`.
    #[error("dropped {from} to {to} with sequence {sequence}")]
    Dropped {
        /// As stated.
        from: u64,
        /// As stated.
        to: u64,
        /// As stated.
        sequence: u64,
    },
    /// `power_status` is ON with a dead phase, or OFF with none.
    #[error("power_status {} with phases {}", status.as_str(), phases.as_str())]
    Phases {
        /// As stated.
        status: PowerStatus,
        /// As stated.
        phases: Phases,
    },
    /// The signature is malformed or not this key's.
    #[error(transparent)]
    Signature(#[from] KeyError),
}

impl<D: AsRef<str>> Statement<D> {
    /// The bytes that the device signs: canonical JSON without the signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(|out| self.write_to(out))
    }

    /// Writes the bytes that the device signs, without allocating.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.write(None, out)
    }

    /// Checks names, ranges and the rules between fields, as a parser would.
    ///
    /// # Errors
    /// What [`Record::parse`] would say of it.
    pub fn check(&self) -> Result<(), RecordError> {
        let syntax = |expected| Err(RecordError::Syntax(SyntaxError { expected, at: 0 }));
        if !is_name(self.device_id.as_ref(), MAX_DEVICE_ID) {
            return syntax("device_id of 1-64 of a-z, 0-9 and -");
        }
        if self.latitude_e6.abs() > MAX_LATITUDE_E6 || self.longitude_e6.abs() > MAX_LONGITUDE_E6 {
            return syntax("coordinates in range");
        }
        if self.sequence.max(self.timestamp_unix_s) > crate::MAX_INTEGER {
            return syntax("integers up to 2^53 - 1");
        }
        self.check_rules()
    }

    /// The first version of the batch that has all of its fields.
    #[must_use]
    pub fn version(&self) -> u64 {
        if self.phases.is_some() || self.time_quality.is_some() { 2 } else { 1 }
    }

    /// The sequence that this record follows in the device's chain; `None` for sequence 0.
    #[must_use]
    pub fn predecessor(&self) -> Option<u64> {
        self.previous_sequence.or_else(|| self.sequence.checked_sub(1))
    }

    fn check_rules(&self) -> Result<(), RecordError> {
        let sequence = self.sequence;
        if let Some(previous) = self.previous_sequence
            && previous.saturating_add(1) >= sequence
        {
            return Err(RecordError::PreviousSequence { previous, sequence });
        }
        if let Some((from, to)) = self.dropped
            && (from > to || to >= sequence)
        {
            return Err(RecordError::Dropped { from, to, sequence });
        }
        let status = self.power_status;
        if let Some(phases) = self.phases
            && (phases == Phases::ALL) != (status == PowerStatus::On)
        {
            return Err(RecordError::Phases { status, phases });
        }
        Ok(())
    }

    fn write(&self, signature: Option<&Signature>, out: &mut impl fmt::Write) -> fmt::Result {
        write!(out, "{{\"device_id\":\"{}\"", self.device_id.as_ref())?;
        if let Some(signature) = signature {
            write!(out, ",\"device_signature\":\"{signature}\"")?;
        }
        if let Some((from, to)) = self.dropped {
            write!(out, ",\"dropped_from\":{from},\"dropped_to\":{to}")?;
        }
        write!(out, ",\"latitude_e6\":{},\"longitude_e6\":{}", self.latitude_e6, self.longitude_e6)?;
        if let Some(phases) = self.phases {
            write!(out, ",\"phases\":\"{}\"", phases.as_str())?;
        }
        write!(out, ",\"power_status\":\"{}\"", self.power_status.as_str())?;
        if let Some(previous) = self.previous_sequence {
            write!(out, ",\"previous_sequence\":{previous}")?;
        }
        write!(out, ",\"sequence\":{}", self.sequence)?;
        if let Some(quality) = self.time_quality {
            write!(out, ",\"time_quality\":\"{}\"", quality.as_str())?;
        }
        write!(out, ",\"timestamp\":{}}}", self.timestamp_unix_s)
    }
}

impl Record {
    /// A record from its canonical bytes; accepts nothing else. The signature is in range and low, not yet verified.
    ///
    /// # Errors
    /// Every [`RecordError`] but a wrong signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        Self::parse_as(bytes)
    }
}

impl<'a> Record<&'a str> {
    /// As [`Record::parse`], without allocating.
    ///
    /// # Errors
    /// The same.
    pub fn parse_borrowed(bytes: &'a [u8]) -> Result<Self, RecordError> {
        Self::parse_as(bytes)
    }
}

impl<'a, D: AsRef<str> + From<&'a str>> Record<D> {
    fn parse_as(bytes: &'a [u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLong(bytes.len()));
        }
        let mut c = Cursor::new(bytes);
        c.literal("{\"device_id\":\"")?;
        let device_id = c.string(MAX_DEVICE_ID, is_name_byte, "device_id of 1-64 of a-z, 0-9 and -")?;
        c.literal(",\"device_signature\":\"")?;
        let signature = c.string(
            Signature::TEXT_LENGTH,
            |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_',
            "device_signature of 86 base64url characters",
        )?;
        let dropped = if c.skip(",\"dropped_from\":") {
            let from = c.unsigned("dropped_from")?;
            c.literal(",\"dropped_to\":")?;
            Some((from, c.unsigned("dropped_to")?))
        } else {
            None
        };
        c.literal(",\"latitude_e6\":")?;
        let latitude_e6 = c.signed(MAX_LATITUDE_E6, "latitude_e6 within 90 degrees")?;
        c.literal(",\"longitude_e6\":")?;
        let longitude_e6 = c.signed(MAX_LONGITUDE_E6, "longitude_e6 within 180 degrees")?;
        let phases = parse_word(&mut c, ",\"phases\":\"", Phases::from_text, "phases of three digits 0 or 1")?;
        c.literal(",\"power_status\":\"O")?;
        let power_status = if c.skip("N\"") {
            PowerStatus::On
        } else {
            c.literal("FF\"")?;
            PowerStatus::Off
        };
        let previous_sequence = if c.skip(",\"previous_sequence\":") {
            Some(c.unsigned("previous_sequence from 0 to 2^53 - 1")?)
        } else {
            None
        };
        c.literal(",\"sequence\":")?;
        let sequence = c.unsigned("sequence from 0 to 2^53 - 1")?;
        let time_quality = parse_word(
            &mut c,
            ",\"time_quality\":\"",
            TimeQuality::from_text,
            "time_quality sntp, counted-back or upper-bound",
        )?;
        c.literal(",\"timestamp\":")?;
        let timestamp_unix_s = c.unsigned("timestamp from 0 to 2^53 - 1")?;
        c.literal("}")?;
        c.end()?;
        let statement = Statement {
            device_id: device_id.into(),
            dropped,
            latitude_e6,
            longitude_e6,
            phases,
            power_status,
            previous_sequence,
            sequence,
            time_quality,
            timestamp_unix_s,
        };
        statement.check_rules()?;
        Ok(Self { statement, device_signature: Signature::from_base64url(signature)? })
    }
}

impl<D: AsRef<str>> Record<D> {
    /// The canonical bytes: what is sent, stored and published.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(|out| self.write_to(out))
    }

    /// Writes the canonical bytes, without allocating: at most [`MAX_RECORD_BYTES`] of a statement that passes
    /// [`Statement::check`].
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.statement.write(Some(&self.device_signature), out)
    }

    /// Checks the device's signature.
    ///
    /// # Errors
    /// [`KeyError::WrongSignature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), KeyError> {
        key.verify_written(|out| self.statement.write_to(out), &self.device_signature)
    }

    /// The leaf: SHA-256(0x00 || record).
    #[must_use]
    pub fn leaf(&self) -> Hash {
        merkle::leaf_hash(&self.to_bytes())
    }
}

/// As much as nearly every record has.
const USUAL_BYTES: usize = 320;

fn to_bytes(write: impl FnOnce(&mut String) -> fmt::Result) -> Vec<u8> {
    let mut out = String::with_capacity(USUAL_BYTES);
    // Writing into a String cannot fail.
    let _ = write(&mut out);
    out.into_bytes()
}

/// An optional field of one word, if its name is next.
fn parse_word<T>(
    c: &mut Cursor<'_>,
    name: &str,
    from_text: impl Fn(&str) -> Option<T>,
    expected: &'static str,
) -> Result<Option<T>, SyntaxError> {
    if !c.skip(name) {
        return Ok(None);
    }
    let before = c.clone();
    let word = c.string(MAX_WORD, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-', expected)?;
    from_text(word).map_or_else(|| before.error(expected), |value| Ok(Some(value)))
}
