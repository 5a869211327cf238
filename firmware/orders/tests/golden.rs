//! The golden file of the signed texts: manifests, configurations and reports to accept and to refuse.
//! `UPDATE_GOLDEN=1 cargo test -p orders --test golden` writes it anew; without that, a difference fails. The keys are the
//! test key of RFC 6979 appendix A.2.5 and one more; signatures are deterministic.

use orders::{Changes, Configuration, Manifest, Report};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::key::{PublicKey, Signature};
use serde_json::{Value, json};

fn key(last: u8) -> SigningKey {
    let mut secret = [0xc9; 32];
    secret[31] = last;
    SigningKey::from_slice(&secret).unwrap()
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_point(key.verifying_key().to_encoded_point(false).as_bytes()).unwrap()
}

fn sign(text: &[u8]) -> Signature {
    let raw: EcdsaSignature = key(1).sign(text);
    Signature::normalized(&raw.to_bytes()).unwrap()
}

fn manifest() -> Manifest {
    Manifest {
        board: "esp32c3-atecc608-sim7020".into(),
        image_sha256: protocol::digest(b"an image"),
        release: 12,
        security_version: 1,
        size: 327_680,
    }
}

fn configurations() -> [Configuration; 3] {
    let most = protocol::MAX_INTEGER;
    let changes = Changes { heartbeat_s: Some(300), host: Some("broker-2.example".into()), ..Changes::default() };
    let all = Changes {
        contract: Some("eip155:1:0x00000000000000000000000000000000000000aa".into()),
        heartbeat_s: Some(900),
        host: Some("broker.example".into()),
        keep_alive_s: Some(u16::MAX),
        port: Some(u16::MAX),
        receipt_keys: vec![public(&key(1)), public(&key(2))],
    };
    [
        Configuration { configuration: 1, device_id: "transformer-000001".into(), changes: Changes::default() },
        Configuration { configuration: 2, device_id: "transformer-000001".into(), changes },
        Configuration { configuration: most, device_id: "d".into(), changes: all },
    ]
}

fn report(most: bool) -> Report {
    let n = if most { u64::MAX } else { 7 };
    Report {
        backlog: n,
        chip_failures: n,
        chip_serial: [0x01, 0x23, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0xee],
        chip_locked: 1,
        clock_steps: n,
        configuration: n,
        device_id: if most { "x".repeat(64) } else { "transformer-000001".into() },
        exhausted: Some(n),
        lost: n,
        momentary: Some(n),
        refused: n,
        refusal: if most { "unconfirmed".into() } else { "none".into() },
        release: n,
        reset: if most { "x".repeat(10) } else { "watchdog".into() },
        security_version: if most { 16 } else { 0 },
        signal: 99,
        slot: 1,
        timestamp_unix_s: if most { u64::MAX } else { 1_795_400_000 },
        uptime_s: n,
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Every way to spell a text otherwise, or to change it without its signature.
fn spoilt(good: &str) -> Vec<(&'static str, String)> {
    let (open, rest) = good.split_at(1);
    let is_number = |at: &usize| good[at + 1..].starts_with(|c: char| c.is_ascii_digit());
    let at = good.match_indices(':').map(|(at, _)| at).find(is_number).unwrap();
    vec![
        ("a space", format!("{open} {rest}")),
        ("a line break at its end", format!("{good}\n")),
        ("cut off", good[..good.len() - 1].into()),
        ("another number", format!("{}:9{}", &good[..at], &good[at + 1..])),
        ("a leading zero", format!("{}:0{}", &good[..at], &good[at + 1..])),
        ("a field that nobody defined", good.replacen('}', ",\"zeal\":1}", 1)),
        (
            "a field twice",
            good.replacen("\"device_id\"", "\"device_id\":\"d\",\"device_id\"", 1).replacen(
                "\"size\"",
                "\"size\":1,\"size\"",
                1,
            ),
        ),
        ("nothing", String::new()),
    ]
}

fn cases() -> Value {
    let mut cases = Vec::new();
    let mut add = |kind: &str, text: String, why: Option<&str>| {
        cases.push(match why {
            None => json!({ "kind": kind, "text": text, "valid": true }),
            Some(why) => json!({ "kind": kind, "text": text, "valid": false, "why": why }),
        });
    };
    let good = text(manifest().to_signed_bytes(&sign(&manifest().to_bytes())));
    add("manifest", good.clone(), None);
    for (why, spoilt) in spoilt(&good) {
        add("manifest", spoilt, Some(why));
    }
    let upper = good.replace(
        &protocol::to_hex(&manifest().image_sha256),
        &protocol::to_hex(&manifest().image_sha256).to_uppercase(),
    );
    add("manifest", upper, Some("a digest in upper case"));
    for configuration in configurations() {
        let good = text(configuration.to_signed_bytes(&sign(&configuration.to_bytes())));
        add("configuration", good.clone(), None);
        for (why, spoilt) in spoilt(&good) {
            add("configuration", spoilt, Some(why));
        }
        for tag in ["[\"02", "[\"03"].into_iter().filter(|tag| good.contains(tag)) {
            add("configuration", good.replace(tag, "[\"05"), Some("a key by its compact point"));
        }
    }
    let good = text(report(false).to_signed_bytes(&sign(&report(false).to_bytes())));
    add("report", good.clone(), None);
    for (why, spoilt) in spoilt(&good) {
        add("report", spoilt, Some(why));
    }
    let most = Report { backlog: 99_999, ..report(false) };
    let most = text(most.to_signed_bytes(&sign(&most.to_bytes())));
    add("report", most.clone(), None);
    let beyond = most.replace("\"backlog\":99999", "\"backlog\":9999999");
    add("report", beyond, Some("a number beyond what a report says"));
    let signed = |report: &Report| text(report.to_signed_bytes(&sign(&report.to_bytes())));
    for count in [",\"exhausted\":7", ",\"momentary\":7"] {
        add("report", good.replacen(count, "", 1), Some("a count that is missing"));
    }
    let long = signed(&Report { device_id: "x".repeat(33), ..report(false) });
    add("report", long.clone(), None);
    add("report", long.replacen(",\"lost\"", ",\"exhausted\":7,\"lost\"", 1), Some("a count without room"));
    json!({ "public_key": public(&key(1)).to_hex(), "cases": cases })
}

#[test]
fn the_golden_file_is_what_this_code_makes_and_takes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/orders.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&cases()).unwrap() + "\n").unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    let golden: Value = serde_json::from_str(&kept).unwrap();
    // By value: in which order a map's fields are written depends on what else is built.
    assert!(golden == cases(), "the formats have changed: see the head of this file");
    let key = PublicKey::from_hex(golden["public_key"].as_str().unwrap()).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap().as_bytes();
        let taken = match case["kind"].as_str().unwrap() {
            "manifest" => Manifest::verify(text, std::slice::from_ref(&key)).is_ok(),
            "configuration" => Configuration::verify(text, Some(&key)).is_ok(),
            _ => Report::verify(text, &key).is_ok(),
        };
        assert_eq!(taken, case["valid"].as_bool().unwrap(), "{case}");
    }
}

#[test]
fn every_text_is_read_as_it_was_written_and_by_its_key_alone() {
    let signed = manifest().to_signed_bytes(&sign(&manifest().to_bytes()));
    assert_eq!(Manifest::verify(&signed, &[public(&key(2)), public(&key(1))]), Ok(manifest()));
    assert!(Manifest::verify(&signed, &[public(&key(2))]).is_err() && Manifest::verify(&signed, &[]).is_err());
    for configuration in configurations() {
        let signed = configuration.to_signed_bytes(&sign(&configuration.to_bytes()));
        assert_eq!(Configuration::verify(&signed, Some(&public(&key(1)))), Ok(configuration));
        assert!(Configuration::verify(&signed, Some(&public(&key(2)))).is_err());
        assert!(Configuration::verify(&signed, None).is_err(), "without a key nothing is taken");
    }
    let (report, signature) = (report(false), sign(&report(false).to_bytes()));
    assert_eq!(Report::verify(&report.to_signed_bytes(&signature), &public(&key(1))), Ok(report));
}

#[test]
fn the_longest_of_each_fits_one_message() {
    let longest = report(true);
    let signed = longest.to_signed_bytes(&sign(&longest.to_bytes()));
    assert!(signed.len() <= Report::MAX_BYTES, "{}", signed.len());
    let numbers = Report::verify(&signed, &public(&key(1))).unwrap();
    assert_eq!((numbers.backlog, numbers.device_id.len()), (Report::MOST_COUNTED, 64));
    assert_eq!((numbers.exhausted, numbers.momentary), (None, None), "no room");
    let longest = Report { device_id: "x".repeat(32), ..longest };
    let signed = longest.to_signed_bytes(&sign(&longest.to_bytes()));
    assert_eq!(signed.len(), Report::MAX_BYTES);
    let numbers = Report::verify(&signed, &public(&key(1))).unwrap();
    assert_eq!([numbers.exhausted, numbers.momentary], [Some(Report::MOST_COUNTED); 2]);
    let manifest = Manifest {
        board: "x".repeat(24),
        release: protocol::MAX_INTEGER,
        security_version: protocol::MAX_INTEGER,
        size: protocol::MAX_INTEGER,
        ..manifest()
    };
    let signed = manifest.to_signed_bytes(&sign(&manifest.to_bytes()));
    assert!(signed.len() <= Manifest::MAX_BYTES, "{}", signed.len());
    assert!(Manifest::verify(&signed, &[public(&key(1))]).is_ok());
}

/// The secure element signs whatever it is given: no text of one kind is one of another.
#[test]
fn no_two_kinds_of_signed_text_begin_alike() {
    let texts = [
        text(manifest().to_bytes()),
        text(configurations()[2].to_bytes()),
        text(report(false).to_bytes()),
        "{\"anchored_by\":1,\"contract\":\"".into(),
        "{\"device_id\":\"d\",".into(),
    ];
    let mut names: Vec<&str> = texts.iter().map(|text| text.split(':').next().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), texts.len());
}
