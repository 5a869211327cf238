//! What whole devices are told.

use std::path::PathBuf;

use device::settings::{self, SettingsError};
use protocol::key::PublicKey;

use crate::scenario::Site;

/// What all devices of a fleet are told, and where they keep their flash.
#[derive(Clone, Debug)]
pub struct Station {
    /// The broker's name, which its certificate is for.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The authority that signed the broker's certificate.
    pub root_certificate_pem: String,
    /// The contract that receipts must name (CAIP-10).
    pub contract: String,
    /// Whose receipts count.
    pub receipt_keys: Vec<PublicKey>,
    /// Seconds between heartbeats.
    pub heartbeat_s: u64,
    /// The roster's first sequence.
    pub first_sequence: u64,
    /// Of the queue's partition.
    pub queue_sectors: usize,
    /// Where flash and counter are kept; in memory only where there is none.
    pub dir: Option<PathBuf>,
}

/// As the provisioning tool writes it.
///
/// # Errors
/// [`SettingsError::Line`].
pub(super) fn settings_text(site: &Site, station: &Station) -> Result<String, SettingsError> {
    let keys: Vec<String> = station.receipt_keys.iter().map(PublicKey::to_hex).collect();
    settings::text([
        ("device_id", site.device_id.clone()),
        ("latitude_e6", site.latitude_e6.to_string()),
        ("longitude_e6", site.longitude_e6.to_string()),
        ("first_sequence", station.first_sequence.to_string()),
        ("heartbeat_s", station.heartbeat_s.to_string()),
        ("contract", station.contract.clone()),
        ("receipt_keys", keys.join(" ")),
        ("apn", String::new()),
        ("host", station.host.clone()),
        ("port", station.port.to_string()),
        ("login", String::new()),
        ("keep_alive_s", settings::KEEP_ALIVE_S.to_string()),
        ("operator_key", String::new()),
        ("root_certificate", station.root_certificate_pem.lines().map(str::trim).collect()),
    ])
}
