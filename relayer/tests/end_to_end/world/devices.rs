//! Devices with keys that follow from their ids, their rows in a roster, and what they sign.

use std::sync::OnceLock;

use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{
    key::{PublicKey, Signature},
    record::{Phases, PowerStatus, Record, Statement, TimeQuality},
    roster::{Device, Provenance, SiteKind},
};
use relayer::clock::now_unix_s;

/// A device's key, by its id.
pub fn key(device_id: &str) -> SigningKey {
    SigningKey::from_slice(&protocol::digest(device_id.as_bytes())).expect("a scalar")
}

pub fn public_key(key: &SigningKey) -> PublicKey {
    PublicKey::from_point(key.verifying_key().to_encoded_point(false).as_bytes()).expect("a point")
}

pub fn row(device_id: &str, kind: SiteKind, public_key: PublicKey, first_sequence: u64) -> Device {
    let house = kind == SiteKind::House;
    Device {
        cell: house.then(|| "cell-1".to_owned()),
        customers: if house { 1 } else { 40 },
        device_id: device_id.to_owned(),
        feeder_id: "feeder-1".into(),
        feeder_name: "Feeder 1".into(),
        first_sequence,
        heartbeat_s: 900,
        kind,
        last_sequence: protocol::MAX_INTEGER,
        position_e6: (!house).then_some((30_000_000, 76_000_000)),
        locality: "Ward 1".into(),
        parent: None,
        provenance: Provenance::Generated,
        public_key,
        removed: None,
        site_id: format!("site-{device_id}"),
        station_id: "station-1".into(),
    }
}

/// The devices of an area: one transformer, one street, six houses.
pub fn devices(area_id: &str) -> Vec<Device> {
    let mut devices = vec![("t", SiteKind::Transformer), ("s", SiteKind::Street)];
    devices.extend(["h1", "h2", "h3", "h4", "h5", "h6"].map(|name| (name, SiteKind::House)));
    let row = |(name, kind): (&str, SiteKind)| {
        let device_id = format!("{area_id}-{name}");
        row(&device_id, kind, public_key(&key(&device_id)), 0)
    };
    devices.into_iter().map(row).collect()
}

/// Streets have three phases, and every fourth record of a device a time that was counted back: batches have both versions.
pub fn statement(device_id: &str, sequence: u64, power_status: PowerStatus) -> Statement {
    let live = if power_status == PowerStatus::On { Phases::ALL } else { Phases::NONE };
    Statement {
        device_id: device_id.to_owned(),
        dropped: None,
        latitude_e6: 30_000_000,
        longitude_e6: 76_000_000,
        phases: device_id.ends_with("-s").then_some(live),
        power_status,
        previous_sequence: None,
        sequence,
        time_quality: (sequence % 4 == 3).then_some(TimeQuality::CountedBack),
        timestamp_unix_s: began_unix_s() + sequence,
    }
}

/// When the tests began: the same record made twice is the same statement.
fn began_unix_s() -> u64 {
    static BEGAN: OnceLock<u64> = OnceLock::new();
    *BEGAN.get_or_init(now_unix_s)
}

pub fn sign(statement: Statement, key: &SigningKey) -> Record {
    let signature: EcdsaSignature = key.sign(&statement.to_bytes());
    Record { device_signature: Signature::normalized(&signature.to_bytes()).unwrap(), statement }
}

/// A record as the device makes it.
pub fn record(device_id: &str, sequence: u64) -> Record {
    let power_status = if sequence % 3 == 1 { PowerStatus::Off } else { PowerStatus::On };
    sign(statement(device_id, sequence, power_status), &key(device_id))
}
