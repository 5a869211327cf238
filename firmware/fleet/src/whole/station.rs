//! What whole devices are told.

use std::path::PathBuf;

use device::settings;
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
pub(super) fn settings_text(site: &Site, station: &Station) -> String {
    let keys: Vec<String> = station.receipt_keys.iter().map(PublicKey::to_hex).collect();
    let certificate: String = station.root_certificate_pem.lines().map(str::trim).collect();
    [
        format!("device_id={}", site.device_id),
        format!("latitude_e6={}", site.latitude_e6),
        format!("longitude_e6={}", site.longitude_e6),
        format!("first_sequence={}", station.first_sequence),
        format!("heartbeat_s={}", station.heartbeat_s),
        format!("contract={}", station.contract),
        format!("receipt_keys={}", keys.join(" ")),
        "apn=".into(),
        format!("host={}", station.host),
        format!("port={}", station.port),
        "login=".into(),
        format!("keep_alive_s={}", settings::KEEP_ALIVE_S),
        "operator_key=".into(),
        format!("root_certificate={certificate}"),
    ]
    .join("\n")
}
