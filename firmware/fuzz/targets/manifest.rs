//! A release's manifest: what is read is what would be written, and no signature is found by chance.

#![no_main]

use libfuzzer_sys::fuzz_target;
use orders::Manifest;
use protocol::key::PublicKey;

const KEY: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
                   7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

fuzz_target!(|input: &[u8]| {
    let Ok(manifest) = Manifest::parse(input) else { return };
    let text = std::str::from_utf8(input).expect("ASCII");
    let at = text.find(",\"release_signature\":\"").expect("a signature");
    let end = text.find(",\"security_version\":").expect("what follows it");
    assert_eq!(manifest.to_bytes(), [&text[..at], &text[end..]].concat().into_bytes());
    let key = PublicKey::from_hex(KEY).expect("a key");
    assert!(Manifest::verify(input, &[key]).is_err());
});
