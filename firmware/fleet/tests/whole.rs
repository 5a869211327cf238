//! A whole device whose process is killed goes on where it was.

use std::{collections::BTreeMap, path::Path};

use fleet::{
    RECEIPTS_TOPIC, RECORDS_TOPIC,
    scenario::Site,
    whole::{Board, Happening, Station, Step},
};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{
    chain::DeviceChain,
    key::{PublicKey, Signature},
    receipt::Receipt,
    record::{
        PowerStatus::{Off, On},
        Record,
    },
    roster::SiteKind,
};
use rand::rngs::OsRng;

const START_UNIX_MS: u64 = 1_795_000_000_000;
const ID: &str = "transformer-000001";
const CONTRACT: &str = "eip155:31337:0x00000000000000000000000000000000000000aa";

struct World {
    relayer: SigningKey,
    device: SigningKey,
    records: BTreeMap<u64, Record>,
    chain: DeviceChain,
}

impl World {
    fn station(&self, dir: &Path) -> Station {
        let point = self.relayer.verifying_key().to_encoded_point(false);
        Station {
            host: "broker.example".into(),
            port: 8_883,
            root_certificate_pem: "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n".into(),
            contract: CONTRACT.into(),
            receipt_keys: vec![PublicKey::from_point(point.as_bytes()).unwrap()],
            heartbeat_s: 900,
            first_sequence: 1,
            queue_sectors: 8,
            dir: Some(dir.into()),
        }
    }

    fn start(&self, dir: &Path) -> Board {
        let site = Site {
            device_id: ID.into(),
            district: "Test".into(),
            feeder: "Test".into(),
            locality: "Test".into(),
            area_id: "test-1".into(),
            station_id: "test-1-s1".into(),
            kind: SiteKind::Transformer,
            parent: None,
            customers: 1,
            latitude_e6: 25_594_095,
            longitude_e6: 85_137_566,
        };
        let at =
            |after_s: u64, status| Step { unix_ms: START_UNIX_MS + after_s * 1_000, what: Happening::Mains(status) };
        // The second outage is longer than the capacitor holds.
        let steps = [at(1_000, Off), at(1_030, On), at(5_000, Off), at(8_000, On), at(12_000, Off), at(12_060, On)];
        let mut board = Board::new(&site, &self.device, steps.to_vec(), START_UNIX_MS, &self.station(dir)).unwrap();
        board.set_line(true);
        board
    }

    fn run(&mut self, board: &mut Board, until_s: u64) {
        let until_ms = START_UNIX_MS + until_s * 1_000;
        while board.unix_ms() < until_ms {
            let mut out = Vec::new();
            board.work((board.unix_ms() + 5_000).min(until_ms), &mut out).unwrap();
            for (topic, bytes) in out.iter().filter(|(topic, _)| topic.starts_with(RECORDS_TOPIC)) {
                let record = Record::parse(bytes).unwrap();
                self.chain.insert(&record.statement);
                let known = self.records.insert(record.statement.sequence, record.clone());
                assert!(known.is_none_or(|known| known == record), "{topic}: other bytes under one sequence");
                let Some(sequence) = self.chain.complete_up_to(1) else { continue };
                let receipt: Receipt =
                    Receipt { anchored_by_unix_s: 1, contract: CONTRACT.into(), device_id: ID.into(), sequence };
                let raw: EcdsaSignature = self.relayer.sign(&receipt.to_bytes());
                let signature = Signature::normalized(&raw.to_bytes()).unwrap();
                board.deliver(&format!("{RECEIPTS_TOPIC}{ID}"), &receipt.to_signed_bytes(&signature));
            }
        }
    }
}

/// Killed at rest, in an outage, and in the dark: each outage is told once, times never fall, no sequence comes again.
#[test]
fn a_device_whose_process_is_killed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (relayer, device) = (SigningKey::random(&mut OsRng), SigningKey::random(&mut OsRng));
    let mut world = World { relayer, device, records: BTreeMap::new(), chain: DeviceChain::default() };
    for until_s in [1_010, 3_000, 6_000, 9_000, 12_030, 15_000] {
        // What was left of the last process is its files.
        let mut board = world.start(folder.path());
        world.run(&mut board, until_s);
    }
    let statements: Vec<_> = world.records.values().map(|record| &record.statement).collect();
    assert!(statements.is_sorted_by_key(|statement| statement.timestamp_unix_s));
    let mut edges: Vec<_> = statements.iter().map(|s| (s.power_status, s.timestamp_unix_s)).collect();
    edges.dedup_by_key(|(status, _)| *status);
    let expected = [(On, 0), (Off, 1_000), (On, 1_030), (Off, 5_000), (On, 8_000), (Off, 12_000), (On, 12_060)];
    let near = |(told, true_s): (&(_, u64), &(_, u64))| {
        told.0 == true_s.0 && told.1.abs_diff(START_UNIX_MS / 1_000 + true_s.1) <= 2
    };
    assert!(edges.len() == expected.len() && edges.iter().zip(&expected).all(near), "{edges:?}");
    let last = world.records.keys().next_back().copied();
    assert_eq!((world.chain.complete_up_to(1), world.chain.omissions(1)), (last, vec![]));
}
