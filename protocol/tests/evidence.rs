//! Evidence: its one spelling, and what it proves against the chain's word.

mod support;

use protocol::{
    evidence::{Evidence, EvidenceAnchor, EvidenceDevice, EvidenceError, EvidenceRecord, MAX_EVIDENCE_RECORDS},
    merkle::Tree,
    record::{PowerStatus, Record},
};
use support::{TestDevice, devices};

struct Scene {
    evidence: Evidence,
    anchor: EvidenceAnchor,
    devices: Vec<TestDevice>,
}

/// Two records of two devices, in batch 7 among five leaves.
fn scene() -> Scene {
    let devices: Vec<TestDevice> = devices().into_iter().take(2).collect();
    let records: Vec<Record> = vec![
        devices[0].record(3, PowerStatus::On, 1_000),
        devices[0].record(4, PowerStatus::Off, 2_000),
        devices[1].record(3, PowerStatus::Off, 2_001),
    ];
    let leaves: Vec<_> = records.iter().map(Record::leaf).chain([[1; 32], [2; 32]]).collect();
    let tree = Tree::new(&leaves);
    let mut named: Vec<EvidenceDevice> = devices
        .iter()
        .map(|device| EvidenceDevice { device_id: device.row().device_id, expected: 96, received: 90 })
        .collect();
    named.sort_by(|a, b| a.device_id.cmp(&b.device_id));
    let mut records: Vec<EvidenceRecord> = records
        .into_iter()
        .enumerate()
        .map(|(at, record)| EvidenceRecord { batch_number: 7, inclusion: tree.proof(at).expect("a leaf"), record })
        .collect();
    records.sort_by(|a, b| {
        let place = |r: &EvidenceRecord| (r.record.statement.device_id.clone(), r.record.statement.sequence);
        place(a).cmp(&place(b))
    });
    let evidence =
        Evidence { area_id: "palwal-3".into(), devices: named, from_unix_s: 1_500, records, to_unix_s: 3_000 };
    Scene { evidence, anchor: EvidenceAnchor { root: tree.root(), count: 5 }, devices }
}

impl Scene {
    fn check(&self, evidence: &Evidence) -> Result<(), EvidenceError> {
        let key = |device_id: &str| {
            self.devices.iter().map(TestDevice::row).find(|row| row.device_id == device_id).map(|row| row.public_key)
        };
        evidence.check(|number| (number == 7).then_some(self.anchor), |device_id, _| key(device_id))
    }
}

#[test]
fn it_is_read_as_it_is_written_and_holds() {
    let scene = scene();
    let block = scene.evidence.to_bytes();
    assert_eq!(Evidence::parse(&block).unwrap(), scene.evidence);
    scene.check(&scene.evidence).unwrap();
    let text = String::from_utf8(block).unwrap();
    assert!(text.starts_with("{\"area_id\":\"palwal-3\",\"devices\":[{\"device_id\":\""), "{text}");
    assert!(text.ends_with(",\"to\":3000,\"version\":1}"), "{text}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["records"].as_array().unwrap().len(), 3);
}

#[test]
fn what_does_not_hold_is_said() {
    let scene = scene();
    let altered = |change: fn(&mut Evidence)| {
        let mut evidence = scene.evidence.clone();
        change(&mut evidence);
        scene.check(&evidence).unwrap_err()
    };
    assert!(matches!(altered(|e| e.records[0].batch_number = 8), EvidenceError::NoBatch(8)));
    let moved = altered(|e| e.records[1].inclusion.leaf_index ^= 1);
    assert!(matches!(moved, EvidenceError::NotIncluded { record: 1, .. }), "{moved}");
    let smaller = altered(|e| e.records[0].inclusion.tree_size = 4);
    assert!(matches!(smaller, EvidenceError::NotIncluded { record: 0, .. }), "{smaller}");
    let path = altered(|e| e.records[2].inclusion.path[0][0] ^= 1);
    assert!(matches!(path, EvidenceError::NotIncluded { record: 2, .. }), "{path}");
    let said = altered(|e| e.records[0].record.statement.power_status = PowerStatus::Off);
    assert!(matches!(said, EvidenceError::NotIncluded { record: 0, .. }), "{said}");
    let nobody = scene.evidence.check(|_| Some(scene.anchor), |_, _| None).unwrap_err();
    assert!(matches!(nobody, EvidenceError::NoDevice(0)));
    let (first, second) = (scene.devices[0].row(), scene.devices[1].row());
    let swapped = scene.evidence.check(
        |_| Some(scene.anchor),
        |device_id, _| {
            Some(if device_id == first.device_id { second.public_key.clone() } else { first.public_key.clone() })
        },
    );
    assert!(matches!(swapped, Err(EvidenceError::Signature { record: 0, .. })));
}

#[test]
fn other_spellings_and_orders_are_refused() {
    let scene = scene();
    let good = String::from_utf8(scene.evidence.to_bytes()).unwrap();
    for (from, to) in [
        ("{\"area_id\"", " {\"area_id\""),
        ("\"from\":1500", "\"from\":01500"),
        ("\"from\":1500", "\"from\":3001"),
        ("\"to\":3000", "\"to\":1999"),
        ("\"version\":1", "\"version\":2"),
        ("\"expected\":96,", ""),
        ("\"power_status\":\"OFF\"", "\"power_status\":\"off\""),
        ("\"tree_size\"", "\"size\""),
        ("\"leaf_index\":", "\"leaf_index\":-"),
    ] {
        let other = good.replacen(from, to, 1);
        assert_ne!(other, good, "{from}");
        assert!(Evidence::parse(other.as_bytes()).is_err(), "{to}");
    }
    let refused = |change: fn(&mut Evidence)| {
        let mut evidence = scene.evidence.clone();
        change(&mut evidence);
        Evidence::parse(&evidence.to_bytes()).unwrap_err()
    };
    assert_eq!(refused(|e| e.records.swap(0, 1)), EvidenceError::Order("records"));
    assert_eq!(refused(|e| e.devices.swap(0, 1)), EvidenceError::Order("devices"));
    assert!(matches!(refused(|e| drop(e.devices.remove(0))), EvidenceError::Order(_)));
    let many = refused(|e| e.records = vec![e.records[0].clone(); MAX_EVIDENCE_RECORDS + 1]);
    assert!(matches!(many, EvidenceError::Syntax(_)), "{many}");
    assert!(matches!(Evidence::parse(&vec![b' '; 262_145]), Err(EvidenceError::TooLong(262_145))));
    // Any byte cut off, or none at all: refused, and never a panic.
    for end in 0..good.len() {
        assert!(Evidence::parse(&good.as_bytes()[..end]).is_err(), "{end}");
    }
}
