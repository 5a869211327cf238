//! Packets as the vendor's library makes them (cryptoauthlib at 788acf6, lib/calib), by number: no simulator.

use atecc608::{
    Error, Status,
    packet::{Command, MAX_COMMAND, crc, read},
};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use proptest::prelude::*;

fn written(command: &Command<'_>) -> String {
    let mut bytes = [0; MAX_COMMAND];
    let length = command.write(&mut bytes);
    assert_eq!(bytes[0], 0x03, "the word address of a command");
    HEX.encode(&bytes[1..length])
}

#[test]
fn commands_are_the_vendors() {
    let cases = [
        (Command::revision(), "07300000 0003 5d"),
        (Command::random(), "071b00000024cd"),
        (Command::read_config(0), "070280000009ad"),
        (Command::read_config(1), "07028008000a4d"),
        (Command::read_config(2), "07028010000a1d"),
        (Command::read_config(3), "070280180009fd"),
        (Command::new_key(0), "07400400008387"),
        (Command::public_key(0), "07400000000005"),
        (Command::sign(0), "0741a000007b85"),
        (Command::lock_config(), "0717800000398d"),
        (Command::lock_data(), "07178100003a07"),
        (Command::lock_slot(0), "07170200002d88"),
        (Command::counter(0), "07240000000cfd"),
        (Command::count(0), "07240100000f77"),
        (Command::count(1), "072401010006f7"),
    ];
    for (command, bytes) in cases {
        assert_eq!(written(&command), bytes.replace(' ', ""), "{command:?}");
    }
}

#[test]
fn a_digest_goes_whole_into_the_message_digest_buffer() {
    let abc = HEX.decode(b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").unwrap();
    let bytes = written(&Command::nonce(&abc.try_into().unwrap()));
    assert!(bytes.starts_with("2716430000ba7816bf") && bytes.ends_with("f20015ad1469"), "{bytes}");
}

#[test]
fn answers_are_read_by_their_status() {
    let cases = [
        ("04000340", Ok(&[0][..])),
        ("040100c3", Err(Error::Status(Status::Mismatch))),
        ("04038342", Err(Error::Status(Status::Parse))),
        ("0405c343", Err(Error::Status(Status::Ecc))),
        ("040740c2", Err(Error::Status(Status::SelfTest))),
        ("040860c0", Err(Error::Status(Status::Random))),
        ("040f2342", Err(Error::Status(Status::Execution))),
        ("04113343", Err(Error::Status(Status::Woken))),
        ("04ee3141", Err(Error::Status(Status::Watchdog))),
        ("04ff0142", Err(Error::Status(Status::Communication))),
        ("0700006002 8038", Ok(&[0, 0, 0x60, 2])),
        ("0700006003 83bb", Ok(&[0, 0, 0x60, 3])),
        ("07000060038 3ba", Err(Error::Crc)),
        ("05000340", Err(Error::Length(4))),
        ("03", Err(Error::Length(1))),
        ("", Err(Error::Length(0))),
    ];
    for (bytes, expected) in cases {
        let answer = HEX.decode(bytes.replace(' ', "").as_bytes()).unwrap();
        assert_eq!(read(&answer), expected, "{bytes}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_fall(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(data) = read(&bytes) {
            prop_assert_eq!(data.len() + 3, bytes.len());
        }
    }

    #[test]
    fn one_flipped_bit_never_passes(data in proptest::collection::vec(any::<u8>(), 2..64), bit in any::<usize>()) {
        let mut answer = vec![data.len() as u8 + 3];
        answer.extend(&data);
        answer.extend(crc(&answer));
        prop_assert_eq!(read(&answer), Ok(&data[..]));
        let bit = bit % (answer.len() * 8);
        answer[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(read(&answer).is_err());
    }
}
