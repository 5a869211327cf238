#![allow(dead_code, reason = "each test file uses a part")]
//! Devices with keys of their own, for tests that need signed records.

use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{
    MAX_INTEGER,
    key::{PublicKey, Signature},
    record::{PowerStatus, Record, Statement},
    roster::{Device, Provenance, Roster, SiteKind},
};

pub struct TestDevice {
    pub id: String,
    pub kind: SiteKind,
    key: SigningKey,
}

impl TestDevice {
    /// The key follows from the number: tests are repeatable.
    pub fn new(number: u8, kind: SiteKind) -> Self {
        let key = SigningKey::from_slice(&[number + 1; 32]).expect("a scalar in range");
        Self { id: format!("d-{number:03}"), kind, key }
    }

    pub fn statement(&self, sequence: u64, power_status: PowerStatus, timestamp_unix_s: u64) -> Statement {
        Statement {
            device_id: self.id.clone(),
            dropped: None,
            latitude_e6: 28_000_000,
            longitude_e6: -77_000_000,
            phases: None,
            power_status,
            previous_sequence: None,
            sequence,
            time_quality: None,
            timestamp_unix_s,
        }
    }

    pub fn sign_bytes(&self, bytes: &[u8]) -> Signature {
        let signature: EcdsaSignature = self.key.sign(bytes);
        Signature::normalized(&signature.to_bytes()).expect("in range")
    }

    pub fn sign(&self, statement: Statement) -> Record {
        let device_signature = self.sign_bytes(&statement.to_bytes());
        Record { statement, device_signature }
    }

    pub fn record(&self, sequence: u64, power_status: PowerStatus, timestamp_unix_s: u64) -> Record {
        self.sign(self.statement(sequence, power_status, timestamp_unix_s))
    }

    pub fn row(&self) -> Device {
        let house = self.kind == SiteKind::House;
        Device {
            cell: house.then(|| "c-1".into()),
            customers: 3,
            device_id: self.id.clone(),
            feeder_id: "f-1".into(),
            feeder_name: "FEEDER 1".into(),
            first_sequence: 1,
            heartbeat_s: 900,
            kind: self.kind,
            last_sequence: MAX_INTEGER,
            position_e6: (!house).then_some((28_000_000, -77_000_000)),
            locality: "Somewhere (north), 4".into(),
            parent: None,
            provenance: Provenance::Generated,
            public_key: PublicKey::from_point(self.key.verifying_key().to_encoded_point(false).as_bytes())
                .expect("a point"),
            removed: None,
            site_id: format!("s-{}", self.id),
            station_id: "st-1".into(),
        }
    }
}

/// Three transformers and streets, and five houses of one cell.
pub fn devices() -> Vec<TestDevice> {
    let mut devices = vec![
        TestDevice::new(0, SiteKind::Transformer),
        TestDevice::new(1, SiteKind::Street),
        TestDevice::new(2, SiteKind::Street),
    ];
    devices.extend((3..8).map(|n| TestDevice::new(n, SiteKind::House)));
    devices
}

pub fn roster(devices: &[TestDevice]) -> Roster {
    let rows = devices.iter().map(TestDevice::row).collect();
    Roster::new("area-1".into(), "Area 1".into(), 1, 1_000, 19_800, rows).expect("a roster")
}
