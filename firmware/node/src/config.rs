//! What a device is told once, and within which limits.

use alloc::{string::String, vec::Vec};

use protocol::{
    key::PublicKey,
    record::{PowerStatus, RecordError, Statement},
};

use crate::{MAX_DEBOUNCE_MS, MAX_HEARTBEAT_S, MAX_QUEUE, MAX_RECEIPT_KEYS, MAX_RESEND_MS, MAX_WINDOW};

/// A device's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who it is: 1-64 of a-z, 0-9 and `-`.
    pub device_id: String,
    /// Provisioned position, millionths of a degree.
    pub latitude_e6: i32,
    /// Provisioned position, millionths of a degree.
    pub longitude_e6: i32,
    /// How many phases it watches: 1 or 3.
    pub phases: u8,
    /// The roster's first sequence, at least 1.
    pub first_sequence: u64,
    /// Seconds between heartbeats, at most [`MAX_HEARTBEAT_S`].
    pub heartbeat_s: u64,
    /// Seconds from an ON edge, or the device's very first record, to the first heartbeat, 1 to `heartbeat_s`. Of each
    /// device another: those of a feeder have their edges together and must not beat together.
    pub first_heartbeat_s: u64,
    /// How long a level must hold before it counts, at most [`MAX_DEBOUNCE_MS`].
    pub debounce_ms: u64,
    /// How many records are kept, 1 to [`MAX_QUEUE`]; one more overwrites the oldest.
    pub queue_limit: usize,
    /// How many records at the front of the queue may be under way, 1 to [`MAX_WINDOW`].
    pub window: usize,
    /// First wait for a receipt before sending again; doubles up to `resend_max_ms`.
    pub resend_ms: u64,
    /// Longest wait for a receipt, at most [`MAX_RESEND_MS`].
    pub resend_max_ms: u64,
    /// The contract that receipts must name (CAIP-10).
    pub contract: String,
    /// Whose receipts count, at most [`MAX_RECEIPT_KEYS`].
    pub receipt_keys: Vec<PublicKey>,
}

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Outside its limits.
    #[error("{0} is outside its limits")]
    Limit(&'static str),
    /// Would make records that nobody accepts.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Config {
    /// Checks every limit.
    ///
    /// # Errors
    /// [`ConfigError`], by the first setting that is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        let limits = [
            ("phases", matches!(self.phases, 1 | 3)),
            ("first_sequence", (1..=protocol::MAX_INTEGER).contains(&self.first_sequence)),
            ("heartbeat_s", (1..=MAX_HEARTBEAT_S).contains(&self.heartbeat_s)),
            ("first_heartbeat_s", (1..=self.heartbeat_s).contains(&self.first_heartbeat_s)),
            ("debounce_ms", self.debounce_ms <= MAX_DEBOUNCE_MS),
            ("queue_limit", (1..=MAX_QUEUE).contains(&self.queue_limit)),
            ("window", (1..=MAX_WINDOW).contains(&self.window)),
            ("resend_ms", (1..=self.resend_max_ms).contains(&self.resend_ms)),
            ("resend_max_ms", self.resend_max_ms <= MAX_RESEND_MS),
            ("receipt_keys", self.receipt_keys.len() <= MAX_RECEIPT_KEYS),
        ];
        if let Some((name, _)) = limits.into_iter().find(|(_, within)| !within) {
            return Err(ConfigError::Limit(name));
        }
        let sample = Statement {
            device_id: self.device_id.clone(),
            dropped: None,
            latitude_e6: self.latitude_e6,
            longitude_e6: self.longitude_e6,
            phases: None,
            power_status: PowerStatus::On,
            previous_sequence: None,
            sequence: self.first_sequence,
            time_quality: None,
            timestamp_unix_s: 0,
        };
        Ok(sample.check()?)
    }
}
