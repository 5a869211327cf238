//! A configuration: what is read is what would be written, whatever of it is left out.

#![no_main]

use libfuzzer_sys::fuzz_target;
use orders::{Configuration, Report};

/// A signature's field with its comma.
fn without(text: &str, name: &str) -> Vec<u8> {
    let at = text.find(name).expect("a signature");
    let length = name.len() + 86 + 1;
    [&text[..at], &text[at + length..]].concat().into_bytes()
}

fuzz_target!(|input: &[u8]| {
    let text = std::str::from_utf8(input).unwrap_or_default();
    if let Ok(configuration) = Configuration::parse(input) {
        assert_eq!(configuration.to_bytes(), without(text, ",\"operator_signature\":\""));
    }
    if let Ok((report, _)) = Report::parse(input) {
        assert_eq!(report.to_bytes(), without(text, ",\"report_signature\":\""));
    }
});
