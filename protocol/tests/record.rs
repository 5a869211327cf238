//! The golden file of records: what every implementation accepts, with its leaf, and refuses.

use protocol::{
    MAX_INTEGER,
    key::{PublicKey, Signature},
    record::{
        MAX_DEVICE_ID, MAX_LATITUDE_E6, MAX_LONGITUDE_E6, MAX_RECORD_BYTES, Phases, PowerStatus, Record, Statement,
        TimeQuality,
    },
    to_hex,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    public_key: String,
    record: String,
    valid: bool,
    leaf: Option<String>,
    why: Option<String>,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("golden/record.json")).expect("the golden file")
}

fn fields() -> Vec<Vector> {
    #[derive(Deserialize)]
    struct Fields {
        records: Vec<Vector>,
    }
    serde_json::from_str::<Fields>(include_str!("golden/fields.json")).expect("the golden file").records
}

fn check(vector: &Vector) -> Result<Record, String> {
    let key = PublicKey::from_hex(&vector.public_key).map_err(|e| e.to_string())?;
    let record = Record::parse(vector.record.as_bytes()).map_err(|e| e.to_string())?;
    record.verify(&key).map_err(|e| e.to_string())?;
    Ok(record)
}

#[test]
fn accepts_and_refuses_as_the_golden_file_says() {
    let vectors = vectors();
    assert!(vectors.iter().filter(|v| v.valid).count() >= 50 && vectors.iter().filter(|v| !v.valid).count() >= 50);
    let fields = fields();
    assert!(fields.iter().filter(|v| v.valid).count() >= 5 && fields.iter().filter(|v| !v.valid).count() >= 20);
    for vector in vectors.iter().chain(&fields) {
        let result = check(vector);
        assert_eq!(result.is_ok(), vector.valid, "{:?} {}: {result:?}", vector.why, vector.record);
        if let Ok(record) = result {
            assert_eq!(record.to_bytes(), vector.record.as_bytes(), "read and written again");
            assert_eq!(Some(to_hex(&record.leaf())), vector.leaf, "{}", vector.record);
            record.statement.check().expect("what parses passes the check");
        }
    }
}

/// Devices write records into places of just this size.
#[test]
fn the_longest_record_fits_one_message() {
    let device_id = "d".repeat(MAX_DEVICE_ID);
    let statement = Statement {
        device_id: device_id.as_str(),
        dropped: Some((MAX_INTEGER - 2, MAX_INTEGER - 1)),
        latitude_e6: -MAX_LATITUDE_E6,
        longitude_e6: -MAX_LONGITUDE_E6,
        phases: Some(Phases::NONE),
        power_status: PowerStatus::Off,
        previous_sequence: Some(MAX_INTEGER - 3),
        sequence: MAX_INTEGER,
        time_quality: Some(TimeQuality::CountedBack),
        timestamp_unix_s: MAX_INTEGER,
    };
    assert_eq!(TimeQuality::CountedBack.as_str().len(), 12, "no word is longer");
    let record = Record { statement, device_signature: Signature::from_bytes(&[1; 64]).unwrap() };
    let bytes = record.to_bytes();
    assert!(bytes.len() <= MAX_RECORD_BYTES, "{} bytes", bytes.len());
    assert_eq!(Record::parse_borrowed(&bytes), Ok(record));
}

#[test]
fn no_single_changed_byte_is_accepted() {
    // One of version 1, and one with every field of version 2.
    let (plain, with) = (vectors(), fields());
    let plain = plain.iter().find(|v| v.valid).expect("a valid one");
    let with = with.iter().find(|v| v.valid && v.record.contains("phases") && v.record.contains("time_quality"));
    for vector in [plain, with.expect("one with both")] {
        no_changed_byte(vector);
    }
}

fn no_changed_byte(vector: &Vector) {
    for at in 0..vector.record.len() {
        for change in [b'0', b'1', b'a', b'-', b' ', b'"', b','] {
            let mut bytes = vector.record.clone().into_bytes();
            if bytes[at] == change {
                continue;
            }
            bytes[at] = change;
            let record = String::from_utf8(bytes).expect("ASCII");
            let changed = Vector { record, public_key: vector.public_key.clone(), valid: false, leaf: None, why: None };
            assert!(check(&changed).is_err(), "accepted {}", changed.record);
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let _ = Record::parse(&bytes);
    }
}
