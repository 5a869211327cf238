//! Records and receipts: what is read is what would be written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{key::PublicKey, receipt::Receipt, record::Record};

const KEY: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
                   7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

fuzz_target!(|input: &[u8]| {
    if let Ok(record) = Record::parse(input) {
        assert_eq!(record.to_bytes(), input);
    }
    let key = PublicKey::from_hex(KEY).expect("a key");
    assert!(Receipt::verify(input, &key).is_err());
});
