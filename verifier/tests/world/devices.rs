//! Devices with keys of their own.

use p256::ecdsa::{
    Signature as EcdsaSignature, SigningKey,
    signature::{RandomizedSigner as _, Signer as _},
};
use protocol::{
    MAX_INTEGER,
    key::{PublicKey, Signature},
    record::{PowerStatus, Record, Statement},
    roster::{Device, Provenance, SiteKind},
};

#[derive(Clone)]
pub struct TestDevice {
    pub id: String,
    pub kind: SiteKind,
    key: SigningKey,
}

impl TestDevice {
    /// The key follows from name and number: tests are repeatable.
    pub fn new(name: &str, number: u16, kind: SiteKind) -> Self {
        let seed = protocol::digest(format!("{name}/{number}").as_bytes());
        let key = SigningKey::from_slice(&seed).expect("a scalar in range");
        Self { id: format!("{name}-{number:03}"), kind, key }
    }

    pub fn statement(&self, sequence: u64, power_status: PowerStatus, timestamp_unix_s: u64) -> Statement {
        Statement {
            device_id: self.id.clone(),
            dropped: None,
            latitude_e6: 28_000_000,
            longitude_e6: 77_000_000,
            phases: None,
            power_status,
            previous_sequence: None,
            sequence,
            time_quality: None,
            timestamp_unix_s,
        }
    }

    pub fn sign(&self, statement: Statement) -> Record {
        let signature: EcdsaSignature = self.key.sign(&statement.to_bytes());
        let device_signature = Signature::normalized(&signature.to_bytes()).expect("in range");
        Record { statement, device_signature }
    }

    /// Another signature of the same content, as a secure element makes it each time.
    pub fn sign_again(&self, statement: Statement) -> Record {
        let signature: EcdsaSignature = self.key.sign_with_rng(&mut rand::rngs::OsRng, &statement.to_bytes());
        let device_signature = Signature::normalized(&signature.to_bytes()).expect("in range");
        Record { statement, device_signature }
    }

    pub fn on(&self, sequence: u64, timestamp_unix_s: u64) -> Record {
        self.sign(self.statement(sequence, PowerStatus::On, timestamp_unix_s))
    }

    pub fn off(&self, sequence: u64, timestamp_unix_s: u64) -> Record {
        self.sign(self.statement(sequence, PowerStatus::Off, timestamp_unix_s))
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
            position_e6: (!house).then_some((28_000_000, 77_000_000)),
            locality: "Somewhere (north), 4".into(),
            parent: None,
            provenance: Provenance::Live,
            public_key: PublicKey::from_point(self.key.verifying_key().to_encoded_point(false).as_bytes())
                .expect("a point"),
            removed: None,
            site_id: format!("s-{}", self.id),
            station_id: "st-1".into(),
        }
    }
}

/// Transformers and streets by turns, and five houses of one cell.
pub fn devices(name: &str, open: u16) -> Vec<TestDevice> {
    let kind = |n| if n % 2 == 0 { SiteKind::Transformer } else { SiteKind::Street };
    let mut devices: Vec<_> = (0..open).map(|n| TestDevice::new(name, n, kind(n))).collect();
    devices.extend((open..open + 5).map(|n| TestDevice::new(name, n, SiteKind::House)));
    devices
}
