//! The secure element's answers, and what a part says of itself when it is provisioned.

#![no_main]

use atecc608::{packet, provision};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // As it comes, and with the right length and checksum in place, which chance does not find.
    if let Ok(data) = packet::read(input) {
        assert_eq!(data.len() + 3, input.len());
    }
    if let 1..=252 = input.len() {
        let mut answer = vec![input.len() as u8 + 3];
        answer.extend(input);
        answer.extend(packet::crc(&answer));
        match packet::read(&answer) {
            Ok(data) => assert_eq!(data, input),
            Err(_) => assert_eq!(input.len(), 1, "only a status is an error"),
        }
    }
    if let Some((revision, rest)) = input.split_first_chunk::<4>()
        && let Some(config) = rest.first_chunk::<128>()
    {
        let _ = provision::next_step(*revision, config);
    }
});
