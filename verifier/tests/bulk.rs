//! The bulk checks through the built command: golden values, and whatever a line may hold.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use p256::ecdsa::{SigningKey, signature::Signer as _};
use proptest::prelude::*;
use protocol::{
    key::{PublicKey, Signature},
    merkle::{self, Tree},
    record::{PowerStatus, Record, Statement},
    to_hex,
};
use serde_json::{Value, json};

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_verifier"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // On a thread of its own: both pipes are bounded.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    output
}

fn root(input: &str) -> String {
    let output = run(&["root"], input.as_bytes());
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn verdicts(input: &[u8]) -> Vec<Value> {
    let output = run(&["records"], input);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn golden() -> Vec<Value> {
    let text = include_str!("../../protocol/tests/golden/record.json");
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn golden_records_are_judged_as_written_down() {
    let golden = golden();
    let line = |vector: &Value| json!({ "public_key": vector["public_key"], "record": vector["record"] }).to_string();
    let input: String = golden.iter().map(|vector| line(vector) + "\n").collect();
    let verdicts = verdicts(input.as_bytes());
    assert_eq!(verdicts.len(), golden.len());
    assert!(golden.iter().any(|v| v["valid"] == true) && golden.iter().any(|v| v["valid"] == false));
    for (vector, verdict) in golden.iter().zip(&verdicts) {
        if vector["valid"] == true {
            assert_eq!(*verdict, json!({ "valid": true, "leaf": vector["leaf"] }));
        } else {
            assert_eq!(verdict["valid"], false, "{vector}");
            assert!(verdict["error"].as_str().is_some_and(|error| !error.is_empty()));
            assert_eq!(verdict.as_object().unwrap().len(), 2);
        }
    }
}

#[test]
fn keys_are_taken_in_either_case() {
    let vector = golden().into_iter().find(|v| v["valid"] == true).unwrap();
    let key = vector["public_key"].as_str().unwrap();
    let input: String = [key.to_uppercase(), key.to_lowercase(), key[2..].to_owned(), format!("0x{key}")]
        .iter()
        .map(|key| json!({ "public_key": key, "record": vector["record"] }).to_string() + "\n")
        .collect();
    let valid: Vec<bool> = verdicts(input.as_bytes()).iter().map(|v| v["valid"] == true).collect();
    assert_eq!(valid, [true, true, false, false]);
}

#[test]
fn every_line_has_one_answer() {
    let vector = golden().into_iter().find(|v| v["valid"] == true).unwrap();
    let good = json!({ "public_key": vector["public_key"], "record": vector["record"] }).to_string();
    let mut input = Vec::new();
    let mut expected = Vec::new();
    let huge = "x".repeat(3_000_000);
    let odd: [&[u8]; 9] = [
        b"",
        b"not JSON",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b"{\"public_key\":1,\"record\":2}",
        huge.as_bytes(),
        b"{\"public_key\":\"\",\"record\":\"\"}",
    ];
    for line in odd {
        for (line, valid) in [(line, false), (good.as_bytes(), true)] {
            input.extend_from_slice(line);
            input.push(b'\n');
            expected.push(valid);
        }
    }
    input.extend_from_slice(good.as_bytes());
    expected.push(true);
    let valid: Vec<bool> = verdicts(&input).iter().map(|v| v["valid"] == true).collect();
    assert_eq!(valid, expected);
    assert!(verdicts(b"").is_empty());
}

#[test]
fn roots_are_those_of_rfc_6962() {
    assert_eq!(root(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n");
    assert_eq!(root("\n"), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\n");
    let leaf = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56\n";
    assert_eq!([root("4c313233343536\n"), root("4C313233343536")], [leaf, leaf]);
    // The node of facts/chain.md is over N123 and N456 as hashes; over leaves the function is the same.
    let node = merkle::node_hash(&merkle::leaf_hash(b"a"), &merkle::leaf_hash(&[]));
    assert_eq!(root("61\n\n"), to_hex(&node) + "\n");
    for bad in ["6\n", "0x61\n", "61 \n", "61\nxyz\n"] {
        let output = run(&["root"], bad.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{bad:?}");
        assert!(output.stdout.is_empty());
    }
}

fn inclusion(root: &str, size: &str, index: &str, leaf: &str, proof: &str) -> i32 {
    let proof = format!("--proof={proof}");
    let arguments =
        ["inclusion", "--root", root, "--size", size, "--index", index, "--leaf-hash", leaf, proof.as_str()];
    run(&arguments, b"").status.code().expect("an exit status")
}

/// Every index of every size to 64 holds, and no corrupted form of it does. The check itself runs in this process;
/// the command is called for a sample, since starting it takes a thousand times as long.
#[test]
fn inclusion_holds_for_what_is_in_and_nothing_else() {
    use verifier::bulk::{InclusionArgs, check_inclusion};
    let leaves: Vec<_> = (0..64_u8).map(|n| merkle::leaf_hash(&[n])).collect();
    let check = |root: &str, size: u64, index: u64, leaf: &str, path: &[String]| {
        let (root, leaf_hash, proof) = (root.to_owned(), leaf.to_owned(), path.join(","));
        check_inclusion(&InclusionArgs { root, size, index, leaf_hash, proof }).expect("it parses").is_ok()
    };
    for size in 1..=64 {
        let tree = Tree::new(&leaves[..size]);
        let root = to_hex(&merkle::root(leaves[..size].to_vec()));
        for (index, leaf) in leaves[..size].iter().enumerate() {
            let path: Vec<_> = tree.proof(index).unwrap().path.iter().map(|hash| to_hex(hash)).collect();
            let leaf = to_hex(leaf);
            let (size, index) = (size as u64, index as u64);
            assert!(check(&root, size, index, &leaf, &path));
            assert!(check(&root.to_uppercase(), size, index, &leaf, &path));
            let other = to_hex(&merkle::leaf_hash(b"other"));
            assert!(!check(&other, size, index, &leaf, &path));
            assert!(!check(&root, size, index, &other, &path));
            assert!(!check(&root, size, size, &leaf, &path));
            assert!(!check(&root, size, u64::MAX, &leaf, &path));
            assert!(!check(&root, 0, 0, &leaf, &path));
            if size > 1 {
                assert!(!check(&root, size, (index + 1) % size, &leaf, &path));
                assert!(!check(&root, size, index, &leaf, &path[1..]));
                let mut changed = path.clone();
                changed[0] = other.clone();
                assert!(!check(&root, size, index, &leaf, &changed));
            }
            let longer = [path.clone(), vec![other]].concat();
            assert!(!check(&root, size, index, &leaf, &longer));
        }
    }
}

#[test]
fn inclusion_says_so_by_its_exit_status() {
    let leaves = [merkle::leaf_hash(b"a"), merkle::leaf_hash(b"b"), merkle::leaf_hash(b"c")];
    let [a, b, c] = leaves.map(|leaf| to_hex(&leaf));
    let root = to_hex(&merkle::root(leaves.to_vec()));
    let proof = Tree::new(&leaves).proof(0).unwrap().path.iter().map(|hash| to_hex(hash)).collect::<Vec<_>>().join(",");
    assert_eq!(inclusion(&root, "3", "0", &a, &proof), 0);
    assert_eq!(inclusion(&a, "1", "0", &a, ""), 0);
    assert_eq!(inclusion(&root, "3", "1", &a, &proof), 1);
    assert_eq!(inclusion(&root, "3", "3", &a, &proof), 1);
    assert_eq!(inclusion(&root, "3", "0", &a, &b), 1);
    assert_eq!(inclusion(&root, "3", "0", &c, ""), 1);
    assert_eq!(inclusion(&root, "18446744073709551615", "18446744073709551614", &a, &proof), 1);
    for (size, index) in [("18446744073709551616", "0"), ("-1", "0"), ("3", "x"), ("", "0"), ("3", "1.0")] {
        assert_eq!(inclusion(&root, size, index, &a, &proof), 2, "{size} {index}");
    }
    assert_eq!(inclusion(&root[1..], "3", "0", &a, &proof), 2);
    assert_eq!(inclusion(&root, "3", "0", &format!("0x{a}"), &proof), 2);
    assert_eq!(inclusion(&root, "3", "0", &a, &format!("{proof},")), 2);
    assert_eq!(inclusion(&root, "3", "0", &a, "zz"), 2);
}

/// A reader that left must not turn "no" into "yes".
#[test]
fn a_closed_pipe_does_not_change_the_exit_status() {
    let hash = "00".repeat(32);
    let status = |size: &str| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let proof = ["inclusion", "--root", &hash, "--size", size, "--index", "0", "--leaf-hash", &hash, "--proof="];
        let child = Command::new(env!("CARGO_BIN_EXE_verifier")).args(proof).stdout(writer).status();
        child.expect("it starts").code()
    };
    assert_eq!(status("0"), Some(1));
    assert_eq!(status("1"), Some(0));
}

/// Bytes that cannot be read are no text that does not parse.
#[test]
fn an_input_that_cannot_be_read_has_status_1() {
    for command in ["records", "root"] {
        let folder = std::fs::File::open(env!("CARGO_MANIFEST_DIR")).expect("a folder");
        let output = Command::new(env!("CARGO_BIN_EXE_verifier")).arg(command).stdin(folder).output();
        assert_eq!(output.expect("it ends").status.code(), Some(1), "{command}");
    }
}

#[test]
fn help_names_every_command() {
    for command in ["record", "batch", "area", "records", "root", "inclusion"] {
        let output = run(&[command, "--help"], b"");
        assert!(output.status.success() && !output.stdout.is_empty(), "{command}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// As many answers as lines, whatever they hold.
    #[test]
    fn garbage_is_answered_line_by_line(input in prop::collection::vec(any::<u8>(), 0..4000)) {
        let lines = input.split_inclusive(|b| *b == b'\n').count();
        let verdicts = verdicts(&input);
        prop_assert_eq!(verdicts.len(), lines);
        prop_assert!(verdicts.iter().all(|v| v["valid"] == false));
    }

    /// What a key signs is valid under it, with the leaf of the record's bytes, and not when a byte is changed.
    #[test]
    fn signed_records_are_valid_until_they_are_changed(
        seed in 1..u64::MAX, sequence in 1..1_u64 << 52, off in any::<bool>(), at in any::<prop::sample::Index>(), to in any::<u8>(),
    ) {
        let key = SigningKey::from_slice(&protocol::digest(&seed.to_be_bytes())).unwrap();
        let public_key = PublicKey::from_point(key.verifying_key().to_encoded_point(false).as_bytes()).unwrap().to_hex();
        let power_status = if off { PowerStatus::Off } else { PowerStatus::On };
        let statement = Statement {
            device_id: format!("d-{seed}"), dropped: None, latitude_e6: -1, longitude_e6: 1, phases: None,
            power_status, previous_sequence: None, sequence, time_quality: None, timestamp_unix_s: seed >> 20,
        };
        let signature: p256::ecdsa::Signature = key.sign(&statement.to_bytes());
        let device_signature = Signature::normalized(&signature.to_bytes()).unwrap();
        let record = Record { statement, device_signature }.to_bytes();
        let mut changed = record.clone();
        changed[at.index(record.len())] = to;
        let line = |record: &[u8]| {
            json!({ "public_key": public_key, "record": String::from_utf8_lossy(record) }).to_string() + "\n"
        };
        let verdicts = verdicts((line(&record) + &line(&changed)).as_bytes());
        let leaf = to_hex(&merkle::leaf_hash(&record));
        prop_assert_eq!(&verdicts[0], &json!({ "valid": true, "leaf": leaf }));
        prop_assert_eq!(verdicts[1]["valid"] == true, changed == record);
    }
}
