//! The golden files of a roster and a batch, and of what goes with a complaint, for implementations in other languages.
//! `UPDATE_GOLDEN=1 cargo test -p protocol --test golden` writes them anew; without that, a difference fails.

mod support;

use protocol::{
    batch::{self, Contents, RosterReference, SealedBatch, VerifiedBatch},
    cells::CellCount,
    cid,
    complaint::Text,
    digest,
    evidence::{Evidence, EvidenceDevice, EvidenceRecord},
    key::Signature,
    merkle,
    record::{
        Phases,
        PowerStatus::{Off, On},
        Record,
        TimeQuality::{CountedBack, Sntp, UpperBound},
    },
    roster::{Provenance, Roster, SealedRoster},
    supply::SupplyState,
    to_hex,
};
use serde_json::{Value, json};
use support::TestDevice;

fn texts(blocks: &[Vec<u8>]) -> Vec<String> {
    blocks.iter().map(|block| String::from_utf8(block.clone()).expect("ASCII")).collect()
}

struct Scene {
    roster: Roster,
    sealed_roster: SealedRoster,
    sealed: SealedBatch,
    batch: VerifiedBatch,
}

/// Batch 7 of an area with three public devices and five houses.
fn scene() -> Scene {
    let devices = support::devices();
    let mut skipping = devices[2].statement(40, Off, 2_200);
    skipping.previous_sequence = Some(7);
    skipping.dropped = Some((3, 6));
    let public = vec![
        devices[0].record(1, On, 2_000),
        devices[1].record(1, On, 1_500),
        devices[1].record(2, Off, 2_100),
        devices[1].record(2, On, 2_100),
        devices[2].sign(skipping),
    ];
    scene_of(&devices, public)
}

/// The same with records that have what came with version 2: a dead phase, and times of every quality.
fn scene_2() -> Scene {
    let devices = support::devices();
    let with = |device: usize, sequence, status, phases: Option<&str>, quality| {
        let mut statement = devices[device].statement(sequence, status, 2_000 + sequence);
        statement.phases = phases.and_then(Phases::from_text);
        statement.time_quality = quality;
        devices[device].sign(statement)
    };
    let public = vec![
        with(0, 1, Off, Some("011"), Some(UpperBound)),
        with(0, 2, Off, Some("010"), Some(CountedBack)),
        with(0, 3, On, Some("111"), None),
        with(1, 1, On, None, Some(Sntp)),
        devices[2].record(1, On, 2_001),
    ];
    scene_of(&devices, public)
}

fn scene_of(devices: &[TestDevice], public: Vec<Record>) -> Scene {
    let roster = support::roster(devices);
    let sealed_roster = roster.seal();
    let contents = Contents {
        area_id: "area-1".into(),
        batch_number: 7,
        period_start_unix_s: 2_000,
        period_end_unix_s: 2_900,
        previous_digest: [9; 32],
        roster: RosterReference { version: 1, digest: sealed_roster.digest },
        provenance: Provenance::Generated,
        public,
        sealed: devices[3..].iter().map(|house| house.record(1, On, 2_000).leaf()).collect(),
        cells: vec![CellCount::tally("c-1", [SupplyState::On; 5])],
    };
    let sealed = batch::seal(contents);
    let batch = batch::verify(&sealed.anchor, &roster, &sealed_roster.digest, &sealed.header, &sealed.blocks)
        .expect("our own batch verifies");
    Scene { roster, sealed_roster, sealed, batch }
}

fn golden() -> Value {
    let scene = scene();
    let Scene { roster, sealed_roster, .. } = &scene;
    json!({
        "roster": {
            "header": String::from_utf8(sealed_roster.header.clone()).expect("ASCII"),
            "blocks": texts(&sealed_roster.blocks),
            "digest": to_hex(&sealed_roster.digest),
            "cid": cid::from_digest(&sealed_roster.digest),
            "root": to_hex(&sealed_roster.root),
            "binary_leaves": roster.devices().iter().map(|d| to_hex(&d.to_leaf())).collect::<Vec<_>>(),
        },
        "batch": golden_batch(&scene),
    })
}

fn golden_batch(Scene { sealed, batch, .. }: &Scene) -> Value {
    let leaves = batch.leaves();
    let proofs: Vec<Value> = (0..leaves.len())
        .map(|i| {
            let proof = batch.proof(i).expect("a leaf");
            let path: Vec<String> = proof.path.iter().map(|h| to_hex(h)).collect();
            json!({ "leaf": to_hex(&leaves[i]), "leaf_index": i, "path": path })
        })
        .collect();
    json!({
        "header": String::from_utf8(sealed.header.clone()).expect("ASCII"),
        "blocks": texts(&sealed.blocks),
        "digest": to_hex(&sealed.anchor.digest),
        "cid": cid::from_digest(&sealed.anchor.digest),
        "root": to_hex(&sealed.anchor.root),
        "count": sealed.anchor.count,
        "proofs": proofs,
    })
}

/// A batch of version 2, and records with and around its fields, each truly signed as it is spelled.
fn golden_fields() -> Value {
    let scene = scene_2();
    let device = &support::devices()[0];
    let plain = String::from_utf8(device.statement(42, Off, 1_795_400_000).to_bytes()).expect("ASCII");
    let spelled = |changes: &[(&str, &str)]| {
        changes.iter().fold(plain.clone(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    };
    let (status, time) = ("\"power_status\":\"OFF\"", "\"timestamp\"");
    let phases = |value: &str| (status, format!("\"phases\":{value},{status}"));
    let quality = |value: &str| (time, format!("\"time_quality\":{value},{time}"));
    let mut records = Vec::new();
    for public in scene.batch.records() {
        let text = String::from_utf8(public.record.to_bytes()).expect("ASCII");
        let device = support::devices().into_iter().find(|d| d.id == public.record.statement.device_id);
        records.push(vector(&device.expect("its device"), &text, None));
    }
    let refused = [
        ("no phases", phases("\"\"")),
        ("two phases", phases("\"10\"")),
        ("four phases", phases("\"1011\"")),
        ("phases of other digits", phases("\"012\"")),
        ("phases of letters", phases("\"rYb\"")),
        ("phases as a number", phases("101")),
        ("phases as null", phases("null")),
        ("phases twice", phases("\"101\",\"phases\":\"101\"")),
        ("OFF with all phases live", phases("\"111\"")),
        ("ON with a dead phase", (status, "\"phases\":\"110\",\"power_status\":\"ON\"".into())),
        ("ON with all phases dead", (status, "\"phases\":\"000\",\"power_status\":\"ON\"".into())),
        ("phases behind power_status", (status, format!("{status},\"phases\":\"101\""))),
        ("phases before longitude_e6", ("\"longitude_e6\"", "\"phases\":\"101\",\"longitude_e6\"".into())),
        ("the quality that is left out", quality("\"network\"")),
        ("no quality", quality("\"\"")),
        ("an unknown quality", quality("\"gnss\"")),
        ("a quality in capitals", quality("\"SNTP\"")),
        ("a quality cut short", quality("\"counted\"")),
        ("a quality as a number", quality("1")),
        ("a quality twice", quality("\"sntp\",\"time_quality\":\"sntp\"")),
        ("a quality behind timestamp", ("1795400000", "1795400000,\"time_quality\":\"sntp\"".into())),
        ("a quality before sequence", ("\"sequence\"", "\"time_quality\":\"sntp\",\"sequence\"".into())),
        ("a field nobody defined", (time, format!("\"time_source\":\"sntp\",{time}"))),
    ];
    for (why, (from, to)) in refused {
        records.push(vector(device, &spelled(&[(from, &to)]), Some(why)));
    }
    // Signed without the field, or with another.
    let signed = device.record(42, Off, 1_795_400_000);
    let mut changed = signed.clone();
    changed.statement.phases = Phases::from_text("101");
    let text = |record: &Record| String::from_utf8(record.to_bytes()).expect("ASCII");
    records.push(given(device, &text(&changed), Some("phases added after signing")));
    changed.statement = signed.statement.clone();
    changed.statement.time_quality = Some(UpperBound);
    records.push(given(device, &text(&changed), Some("a quality added after signing")));
    let mut with = signed.statement;
    with.time_quality = Some(UpperBound);
    let mut taken = device.sign(with);
    taken.statement.time_quality = None;
    records.push(given(device, &text(&taken), Some("a quality taken out after signing")));
    json!({ "records": records, "batch": golden_batch(&scene) })
}

/// A vector of a statement, or of a record to be signed anew, in this spelling.
fn vector(device: &TestDevice, text: &str, why: Option<&str>) -> Value {
    let text = match text.split_once(",\"device_signature\":\"") {
        Some((id, rest)) => id.to_owned() + &rest[Signature::TEXT_LENGTH + 1..],
        None => text.to_owned(),
    };
    let signature = device.sign_bytes(text.as_bytes()).to_base64url();
    let id = format!("\"device_id\":\"{}\"", device.id);
    given(device, &text.replacen(&id, &format!("{id},\"device_signature\":\"{signature}\""), 1), why)
}

fn given(device: &TestDevice, record: &str, why: Option<&str>) -> Value {
    let key = device.row().public_key;
    let leaf = why.is_none().then(|| to_hex(&merkle::leaf_hash(record.as_bytes())));
    json!({ "public_key": key.to_hex(), "record": record, "valid": why.is_none(), "leaf": leaf, "why": why })
}

/// Other spellings of a text's block, and blocks with a field too many or too few.
fn refused_texts(text: &Text) -> Vec<String> {
    let plain = String::from_utf8(text.to_bytes()).expect("UTF-8");
    [
        ("dark", "\\u0064ark"),
        ("dark", "da\\/rk"),
        ("dark", "\\u000A"),
        ("dark", "\\ud83d"),
        ("dark", " \\n "),
        ("dark", ""),
        ("version\":1", "version\":2"),
        ("{\"salt", "{ \"salt"),
        ("abab", "ABab"),
        ("abab", "ab"),
        ("}", "} "),
        ("\"salt\"", "\"photo\":\"ab\",\"salt\""),
        ("\"text\"", "\"contact\":\"me\",\"text\""),
    ]
    .map(|(from, to)| plain.replacen(from, to, 1))
    .to_vec()
}

/// Evidence from that batch, texts, and what is neither: each spelling that is refused, beside the one that is taken.
fn golden_complaint() -> Value {
    let batch = scene().batch;
    let records = [("d-000", 1), ("d-001", 1), ("d-002", 40)].map(|(device, sequence)| {
        let (leaf_index, public) = batch.find(device, sequence).next().expect("a record");
        let inclusion = batch.proof(leaf_index).expect("a leaf");
        EvidenceRecord { batch_number: 7, inclusion, record: public.record.clone() }
    });
    let device = |number| EvidenceDevice { device_id: format!("d-00{number}"), expected: 96, received: 90 };
    let evidence = Evidence {
        area_id: "area-1".into(),
        devices: vec![device(0), device(1), device(2)],
        from_unix_s: 1_900,
        records: records.to_vec(),
        to_unix_s: 2_900,
    };
    let block = String::from_utf8(evidence.to_bytes()).expect("ASCII");
    let other = |from: &str, to: &str| block.replacen(from, to, 1);
    let swapped = Evidence { records: vec![records[1].clone(), records[0].clone()], ..evidence.clone() };
    let unnamed = Evidence { devices: vec![device(0), device(1)], ..evidence.clone() };
    let refused_evidence = vec![
        other("{\"area_id\"", "{ \"area_id\""),
        other("\"from\":1900", "\"from\":01900"),
        other("\"from\":1900", "\"from\":2901"),
        other("\"to\":2900", "\"to\":2199"),
        other("\"version\":1}", "\"version\":2}"),
        other("\"expected\":96,", ""),
        other("\"power_status\":\"ON\"", "\"power_status\":\"on\""),
        other("\"tree_size\"", "\"size\""),
        format!("{block}\n"),
        String::from_utf8(swapped.to_bytes()).expect("ASCII"),
        String::from_utf8(unnamed.to_bytes()).expect("ASCII"),
    ];
    let text = |photo, words: &str| Text { photo, salt: [0xab; 16], words: words.into() };
    let taken = [
        text(None, "No power since \"noon\"\n\u{92c}\u{93f}\u{91c}\u{932}\u{940} \\ \u{1f600}"),
        text(Some([9; 32]), "dark \u{1} \u{8}\u{c}\t\r"),
    ];
    let refused_texts = refused_texts(&text(None, "dark"));
    assert!(refused_evidence.iter().all(|block| Evidence::parse(block.as_bytes()).is_err()));
    assert!(refused_texts.iter().all(|block| Text::parse(block.as_bytes()).is_err()));
    json!({
        "evidence": { "block": block, "digest": to_hex(&digest(block.as_bytes())) },
        "refused_evidence": refused_evidence,
        "texts": taken.map(|text| json!({
            "words": text.words,
            "photo": text.photo.map(|photo| to_hex(&photo)),
            "block": String::from_utf8(text.to_bytes()).expect("UTF-8"),
            "digest": to_hex(&text.digest()),
        })),
        "refused_texts": refused_texts,
    })
}

/// Compares with the golden file, or writes it.
fn compare(name: &str, made: &Value) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(made).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("the golden file");
    }
    // Compared as values: the order of an object's keys depends on what else of the workspace uses serde_json.
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("the golden file")).expect("JSON");
    assert!(kept == *made, "formats differ from {path}");
}

#[test]
fn the_formats_are_those_of_the_golden_file() {
    compare("batch.json", &golden());
}

#[test]
fn the_fields_of_version_2_are_those_of_the_golden_file() {
    compare("fields.json", &golden_fields());
}

#[test]
fn what_goes_with_a_complaint_is_that_of_the_golden_file() {
    compare("complaint.json", &golden_complaint());
}
