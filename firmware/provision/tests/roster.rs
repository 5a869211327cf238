//! From the entries that `provision device` writes to versions of a roster.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use p256::ecdsa::SigningKey;
use protocol::{digest, roster};
use provision::{
    roster::{HEADER, PUBLISH, block_name, load},
    site::SiteFile,
};
use rand::rngs::OsRng;

fn entry(dir: &Path, device_id: &str, key: &SigningKey) -> PathBuf {
    let text = include_str!("../example.site.toml").replace("transformer-000001", device_id);
    std::fs::write(dir.join("site.toml"), text).unwrap();
    let point = key.verifying_key().to_encoded_point(false);
    let row = SiteFile::read(&dir.join("site.toml")).unwrap().row(point.as_bytes()[1..].try_into().unwrap()).unwrap();
    let path = dir.join(format!("{device_id}.json"));
    std::fs::write(&path, row.to_bytes()).unwrap();
    path
}

fn provision(arguments: &[&str], files: &[&Path]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_provision"));
    let output = command.arg("roster").args(arguments).args(files).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn versions_follow_each_other_and_a_name_keeps_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (SigningKey::random(&mut OsRng), SigningKey::random(&mut OsRng));
    let (a, b) = (entry(dir.path(), "transformer-1", &one), entry(dir.path(), "transformer-2", &two));
    let (first, second, third) = (dir.path().join("1"), dir.path().join("2"), dir.path().join("3"));
    let shown = |path: &Path| path.to_str().unwrap().to_owned();
    let (out1, out2, out3) = (shown(&first), shown(&second), shown(&third));
    let area = ["--area", "patna-3", "--name", "Patna 3", "--utc-offset-s", "19800"];
    let (done, text) = provision(&[&area[..], &["--effective-from", "1000", "--out", &out1]].concat(), &[&a]);
    assert!(done && text.contains("version 1 of patna-3: 1 device"), "{text}");

    let on = |before: &str, from: &str, out: &str, more: &[&str], files: &[&Path]| {
        provision(&[&["--before", before, "--effective-from", from, "--out", out], more].concat(), files)
    };
    let (done, text) = on(&out1, "2000", &out2, &[], &[&b]);
    assert!(done && text.contains("version 2 of patna-3: 2 devices"), "{text}");
    let removed = ["--remove", "transformer-1", "--last-sequence", "77", "--reason", "stolen"];
    let (done, text) = on(&out2, "2000", &out3, &removed, &[]);
    assert!(done, "{text}");
    let roster = load(&third).unwrap();
    let gone = roster.device("transformer-1").unwrap();
    assert_eq!((roster.version, gone.last_sequence, gone.removed.as_deref()), (3, 77, Some("stolen")));

    // What the contract is told is what a reader will check the blocks against.
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(third.join(PUBLISH)).unwrap()).unwrap();
    let hash = |n: usize| protocol::from_hex(told["arguments"][n].as_str().unwrap().trim_start_matches("0x")).unwrap();
    let (header, rows) =
        (std::fs::read(third.join(HEADER)).unwrap(), std::fs::read(third.join(block_name(0))).unwrap());
    assert_eq!(hash(2), digest(&header));
    roster::verify(&header, &[rows], &hash(2), &hash(3)).unwrap();
    assert_eq!(&hash(0)[..8], b"patna-3\0");

    // A new key under an old name, one that is gone, an earlier time, somebody unknown, a text that no roster prints.
    let stranger = entry(dir.path(), "transformer-2", &one);
    let back = entry(dir.path(), "transformer-1", &one);
    let cases: [(&[&str], &str, &[&Path], &str); 5] = [
        (&[], "3000", &[&stranger], "another key"),
        (&[], "3000", &[&back], "removed"),
        (&[], "1999", &[], "takes effect at 2000"),
        (&["--remove", "nobody", "--last-sequence", "1", "--reason", "gone"], "3000", &[], "nobody"),
        (&["--remove", "transformer-2", "--last-sequence", "9", "--reason", "\"gone\""], "3000", &[], "row"),
    ];
    for (more, from, files, named) in cases {
        let (done, text) = on(&out3, from, &shown(&dir.path().join("no")), more, files);
        assert!(!done && text.contains(named), "{named}: {text}");
    }
    assert!(!dir.path().join("no").exists(), "nothing is written of what is refused");
    // One byte of a version that was kept.
    let mut rows = std::fs::read(second.join(block_name(0))).unwrap();
    rows[20] ^= 1;
    std::fs::write(second.join(block_name(0)), rows).unwrap();
    assert!(!on(&out2, "3000", &out3, &[], &[]).0);
}
