//! The golden file of a roster and a batch, for implementations in other languages. `UPDATE_GOLDEN=1 cargo test -p
//! protocol --test golden` writes it anew; without that, a difference fails.

mod support;

use protocol::{
    batch::{self, Contents, RosterReference},
    cells::CellCount,
    cid,
    record::PowerStatus::{Off, On},
    roster::Provenance,
    supply::SupplyState,
    to_hex,
};
use serde_json::{Value, json};

fn texts(blocks: &[Vec<u8>]) -> Vec<String> {
    blocks.iter().map(|block| String::from_utf8(block.clone()).expect("ASCII")).collect()
}

fn golden() -> Value {
    let devices = support::devices();
    let roster = support::roster(&devices);
    let sealed_roster = roster.seal();
    let mut skipping = devices[2].statement(40, Off, 2_200);
    skipping.previous_sequence = Some(7);
    skipping.dropped = Some((3, 6));
    let contents = Contents {
        area_id: "area-1".into(),
        batch_number: 7,
        period_start_unix_s: 2_000,
        period_end_unix_s: 2_900,
        previous_digest: [9; 32],
        roster: RosterReference { version: 1, digest: sealed_roster.digest },
        provenance: Provenance::Generated,
        public: vec![
            devices[0].record(1, On, 2_000),
            devices[1].record(1, On, 1_500),
            devices[1].record(2, Off, 2_100),
            devices[1].record(2, On, 2_100),
            devices[2].sign(skipping),
        ],
        sealed: devices[3..].iter().map(|house| house.record(1, On, 2_000).leaf()).collect(),
        cells: vec![CellCount::tally("c-1", [SupplyState::On; 5])],
    };
    let sealed = batch::seal(contents);
    let batch = batch::verify(&sealed.anchor, &roster, &sealed_roster.digest, &sealed.header, &sealed.blocks)
        .expect("our own batch verifies");
    let leaves = batch.leaves();
    let proofs: Vec<Value> = (0..leaves.len())
        .map(|i| {
            let proof = batch.proof(i).expect("a leaf");
            let path: Vec<String> = proof.path.iter().map(|h| to_hex(h)).collect();
            json!({ "leaf": to_hex(&leaves[i]), "leaf_index": i, "path": path })
        })
        .collect();
    json!({
        "roster": {
            "header": String::from_utf8(sealed_roster.header).expect("ASCII"),
            "blocks": texts(&sealed_roster.blocks),
            "digest": to_hex(&sealed_roster.digest),
            "cid": cid::from_digest(&sealed_roster.digest),
            "root": to_hex(&sealed_roster.root),
            "binary_leaves": roster.devices().iter().map(|d| to_hex(&d.to_leaf())).collect::<Vec<_>>(),
        },
        "batch": {
            "header": String::from_utf8(sealed.header).expect("ASCII"),
            "blocks": texts(&sealed.blocks),
            "digest": to_hex(&sealed.anchor.digest),
            "cid": cid::from_digest(&sealed.anchor.digest),
            "root": to_hex(&sealed.anchor.root),
            "count": sealed.anchor.count,
            "proofs": proofs,
        },
    })
}

#[test]
fn the_formats_are_those_of_the_golden_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/batch.json");
    let made = golden();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
        std::fs::write(path, text).expect("the golden file");
    }
    // Compared as values: the order of an object's keys depends on what else of the workspace uses serde_json.
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the golden file")).expect("JSON");
    assert!(kept == made, "formats differ from {path}");
}
