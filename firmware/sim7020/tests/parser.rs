//! The parser alone: tolerant of everything, deceived by nothing.

use proptest::prelude::*;
use sim7020::{
    MAX_LINE, clock,
    line::Lines,
    parse::{Fault, Line, from_hex, parse},
};

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Lines::default();
    bytes.iter().filter_map(|byte| lines.push(*byte)).map(|line| line.to_vec()).collect()
}

#[test]
fn lines_end_at_either_character_and_empty_ones_vanish() {
    assert_eq!(lines(b"\r\nOK\r\n\n\rAT\rRDY\n+C"), [&b"OK"[..], b"AT", b"RDY"]);
}

#[test]
fn an_overlong_line_is_skipped_whole() {
    let mut bytes = vec![b'x'; MAX_LINE + 1];
    bytes.extend(b"OK\r\nOK\r\n");
    assert_eq!(lines(&bytes), [b"OK"], "its end is not taken for an answer");
}

#[test]
fn results_are_told_apart() {
    assert_eq!(parse(b"OK"), Line::Ok);
    assert_eq!(parse(b"ERROR"), Line::Error(Fault::Plain));
    assert_eq!(parse(b"+CME ERROR: 10"), Line::Error(Fault::Equipment(Some(10))));
    assert_eq!(parse(b"+CME ERROR: SIM not inserted"), Line::Error(Fault::Equipment(None)));
    assert_eq!(parse(b"+CMS ERROR: 500"), Line::Error(Fault::Message(Some(500))));
    assert_eq!(parse(b"NO CARRIER"), Line::NoCarrier);
    for text in ["OKAY", "NORMAL POWER DOWN", "PrimaryDns: 10.0.0.1", "+", "+: 1", "+a: 1"] {
        assert_eq!(parse(text.as_bytes()), Line::Text(text));
    }
}

#[test]
fn fields_are_split_outside_quotes_with_a_space_or_without() {
    for line in ["+CMQPUB: 0,\"a,b\",1,,\"\",x", "+CMQPUB:0,\"a,b\",1,,\"\",x"] {
        let Line::Named("+CMQPUB", fields) = parse(line.as_bytes()) else { panic!("{line}") };
        let fields: Vec<_> = fields.map(|field| (field.text, field.quoted)).collect();
        assert_eq!(fields, [("0", false), ("a,b", true), ("1", false), ("", false), ("", true), ("x", false)]);
    }
    let Line::Named(_, mut fields) = parse(b"+X: \"never ends, 1") else { panic!() };
    assert_eq!(fields.next().map(|field| field.text), Some("never ends, 1"));
    assert_eq!(fields.next(), None);
}

#[test]
fn hex_is_whole_bytes_of_hex() {
    let mut out = [0; 4];
    assert_eq!(from_hex("0aFF", &mut out), Some(&[10, 255][..]));
    for broken in ["0", "0g", "0011223344", "é"] {
        assert_eq!(from_hex(broken, &mut out), None, "{broken}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_fall(bytes in proptest::collection::vec(any::<u8>(), 0..3_000)) {
        for line in lines(&bytes) {
            prop_assert!(!line.is_empty() && line.len() <= MAX_LINE);
            if let Line::Named(_, fields) = parse(&line) {
                prop_assert!(fields.count() <= line.len());
                let _ = clock::parse(fields.rest());
            }
        }
    }

    #[test]
    fn answers_among_noise_are_found(noise in "[ -~]{0,40}", quiet in "[\r\n]{1,4}") {
        let bytes = format!("{noise}{quiet}OK{quiet}");
        prop_assert_eq!(lines(bytes.as_bytes()).last().map(|line| parse(line) == Line::Ok), Some(true));
    }
}
