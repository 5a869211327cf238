//! The console on a simulated secure element and flash, with faults in both and on the line.

use atecc608::Atecc608;
use data_encoding::HEXLOWER;
use device::{
    bench::FlashKey,
    console::{
        Answer, Bench, Console, MAX_PART, MAX_TEXT, Partition as _, Probe, Region, SEAL, Sealed, is_sealed,
        line::{self, MAX_LINE},
    },
    keeper::Keeper,
    settings,
};
use protocol::{key::PublicKey, key::Signature};
use simulators::{
    Clock,
    atecc608::{Bus, SimAtecc608},
    flash::{Cut, SimFlash},
};

const SERIAL: &str = "0123a1b2c3d4e5f6ee";
const TEXT: &str = include_str!("../../provision/example.settings");

/// Writing the settings: an erase and a write for each copy.
const OPERATIONS: u64 = 4;
const CUTS: [Cut; 3] = [Cut::Before, Cut::Half, Cut::After];
/// Where the queue is, in more sectors than one request erases.
const QUEUE: std::ops::Range<u32> = 0x5000..0x3_0000;

struct NoParts;

impl Probe for NoParts {
    fn mains_pulses(&mut self) -> u32 {
        100
    }

    fn modem_answers(&mut self) -> Option<bool> {
        Some(true)
    }
}

struct World<K> {
    console: Console,
    keeper: K,
    partition: Region<SimFlash>,
    number: u32,
}

type Chip = Atecc608<Bus, Clock>;

fn with_chip() -> (World<Chip>, SimAtecc608, SimFlash) {
    let clock = Clock::default();
    let chip = SimAtecc608::blank(&clock);
    let keeper = Atecc608::new(chip.bus(100_000), clock, atecc608::ADDRESS);
    let flash = SimFlash::erased(64);
    let partition = Region(flash.clone(), 0x1000, QUEUE);
    (World { console: Console::default(), keeper, partition, number: 0 }, chip, flash)
}

impl<K: Keeper> World<K> {
    fn bytes(&mut self, bytes: &[u8]) -> Vec<Answer> {
        let (keeper, partition) = (&mut self.keeper, &mut self.partition);
        let mut bench = Bench { keeper, partition, probe: &mut NoParts, queue_limit: 100, release: "1.2.3" };
        bytes.iter().filter_map(|byte| self.console.take(*byte, &mut bench)).collect()
    }

    /// `Ok` of what stands after `ok`, or the reason after `no`.
    fn ask(&mut self, command: &str) -> Result<String, String> {
        self.number += 1;
        let answers = self.bytes(line::close(&format!("{} {command}", self.number)).as_bytes());
        let [answer] = &answers[..] else { panic!("{command}: {answers:?}") };
        let text = line::open(answer.line().trim_end().as_bytes()).unwrap();
        let text = text.strip_prefix(&format!("{} ", self.number)).unwrap();
        match text.split_once(' ').unwrap() {
            ("ok", says) => Ok(says.into()),
            ("no", reason) => Err(reason.into()),
            _ => panic!("{text}"),
        }
    }

    fn send(&mut self, text: &str) -> Result<(), String> {
        for (part, offset) in text.as_bytes().chunks(MAX_PART).zip((0..).step_by(MAX_PART)) {
            let end = self.ask(&format!("settings {offset} {}", HEXLOWER.encode(part)))?;
            assert_eq!(end, (offset + part.len()).to_string());
        }
        Ok(())
    }

    fn key(&mut self) -> [u8; 64] {
        self.keeper.public_key().unwrap()
    }
}

/// Puts a byte all over a range of a flash.
fn fill(flash: &SimFlash, range: std::ops::Range<u32>, byte: u8) {
    let mut cells = flash.cells();
    let mut bytes = cells.bytes().to_vec();
    bytes[range.start as usize..range.end as usize].fill(byte);
    cells.set_bytes(&bytes);
}

/// The `CertificationRequestInfo` for a key.
fn request(key: &[u8; 64]) -> Vec<u8> {
    let head = "301f0201003000305930130607 2a8648ce3d020106082a8648ce3d030107034200 04".replace(' ', "");
    let mut bytes = HEXLOWER.decode(head.as_bytes()).unwrap();
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&[0xa0, 0x00]);
    bytes[1] = (bytes.len() - 2) as u8;
    bytes
}

#[test]
fn a_key_is_made_once_named_and_signs_requests_only() {
    let (mut world, chip, _) = with_chip();
    assert!(world.ask("who").unwrap().contains("state=blank key=none settings=none sealed=no"));
    for (command, reason) in [
        ("key", "SERIAL"),
        ("key 0123a1b2c3d4e5f6ee", "irrevocably"),
        ("key irrevocably 0123a1b2c3d4e5f6ef", SERIAL),
        ("sign 30", "not allowed"),
        ("colour", "no such command"),
    ] {
        let refused = world.ask(command).unwrap_err();
        assert!(refused.contains(reason), "{command}: {refused}");
    }
    assert_eq!(world.ask("who").unwrap().split(' ').nth(3), Some("state=blank"));
    // A part that falters is asked again by its driver; one whose answers are lost in the midst is taken up.
    chip.chip().lost_answers = 2;
    let made = world.ask(&format!("key irrevocably {SERIAL}")).unwrap();
    let key = world.key();
    assert_eq!(made, format!("key=04{}", HEXLOWER.encode(&key)));
    assert_eq!(world.ask(&format!("key irrevocably {SERIAL}")).unwrap(), made, "the same, not another");

    let message = request(&key);
    let signature = world.ask(&format!("sign {}", HEXLOWER.encode(&message))).unwrap();
    let raw = HEXLOWER.decode(signature.strip_prefix("signature=").unwrap().as_bytes()).unwrap();
    let public = PublicKey::from_point(&[&[4][..], &key].concat()).unwrap();
    public.verify(&message, &Signature::normalized(&raw).unwrap()).unwrap();
    let record = b"{\"device_id\":\"transformer-000001\",\"latitude_e6\":1}";
    for other in [&record[..], &message[1..], &request(&[9; 64]), &[&message[..], b"{"].concat()] {
        let refused = world.ask(&format!("sign {}", HEXLOWER.encode(other))).unwrap_err();
        assert!(refused.contains("nothing else"), "{refused}");
    }
    chip.chip().absent = true;
    assert!(world.ask("test").unwrap().contains("key=silent mains=100 modem=answers"));
    assert!(world.ask("who").is_err());
}

#[test]
fn settings_are_kept_whole_checked_and_through_a_cut_or_not_at_all() {
    let (mut world, _, flash) = with_chip();
    let sealed_text = settings::seal(TEXT);
    assert!(world.ask("store").unwrap_err().contains("no settings"));
    for (from, to) in [("port=8883", "port=0"), ("latitude_e6=25", "latitude_e6=925"), ("transformer", "development")] {
        world.send(&settings::seal(&TEXT.replace(from, to))).unwrap();
        world.ask("store").unwrap_err();
    }
    world.send(&sealed_text[..sealed_text.len() - 2]).unwrap();
    assert!(world.ask("store").unwrap_err().contains("not whole"));
    assert_eq!(flash.cells().operations, 0, "nothing was erased for any of these");
    // Parts out of order, again, and too many.
    world.ask("settings 0 aa").unwrap();
    assert_eq!(world.ask("settings 0 aa").unwrap(), "1");
    assert!(world.ask("settings 2 bb").unwrap_err().contains("go on at 1"));
    assert_eq!(world.ask("settings 1 bb").unwrap(), "2");
    assert_eq!(world.ask("settings 1 bb").unwrap(), "2", "an answer that was lost");
    assert!(world.ask(&format!("settings 2 {}", "aa".repeat(MAX_PART + 1))).is_err());
    assert!(world.ask("settings 2 a").is_err() && world.ask("settings 18446744073709551615 aa").is_err());
    world.send(&"x".repeat(MAX_TEXT)).unwrap();
    assert!(world.ask(&format!("settings {MAX_TEXT} aa")).is_err());

    // The power goes at each operation: no settings, or these; and it can be done again.
    for cut in CUTS {
        for operation in 0..OPERATIONS {
            fill(&flash, 0x1000..0x3000, 0xff);
            world.send(&sealed_text).unwrap();
            flash.cells().cut_at(operation, cut);
            world.ask("store").unwrap_err();
            flash.cells().power_on();
            let bytes = world.partition.read_whole().unwrap();
            let found = settings::device_id(&bytes);
            assert!(found.is_err() || found == Ok("transformer-000001"), "{cut:?} {operation}");
            assert_eq!(world.ask("store").unwrap(), "settings=transformer-000001");
        }
    }
    assert!(flash.cells().violations.is_empty());
}

#[test]
fn a_cut_leaves_the_settings_before_or_the_new_ones_whichever_copy_was_damaged() {
    let (mut world, _, flash) = with_chip();
    world.ask(&format!("key irrevocably {SERIAL}")).unwrap();
    let old = settings::seal(TEXT);
    let new = settings::seal(&TEXT.replace("port=8883", "port=8884"));
    let port = |world: &mut World<Chip>| {
        let bytes = world.partition.read_whole().unwrap();
        settings::parse(&bytes, 100, &["t"]).map(|settings| settings.modem.mqtt().expect("MQTT").port)
    };
    let before = flash.cells().operations;
    world.send(&old).unwrap();
    world.ask("store").unwrap();
    assert_eq!(flash.cells().operations - before, OPERATIONS);
    for cut in CUTS {
        for operation in 0..OPERATIONS {
            for damaged in [None, Some(0x1000), Some(0x2000)] {
                world.send(&old).unwrap();
                world.ask("store").unwrap();
                if let Some(at) = damaged {
                    flash.cells().flip((at + 100) * 8);
                }
                assert_eq!(port(&mut world), Ok(8_883), "one bit is not missed");
                world.send(&new).unwrap();
                flash.cells().cut_at(operation, cut);
                world.ask("store").unwrap_err();
                flash.cells().power_on();
                let found = port(&mut world);
                assert!(found == Ok(8_883) || found == Ok(8_884), "{cut:?} {operation} {damaged:?}: {found:?}");
                world.ask("store").unwrap();
                assert_eq!(port(&mut world), Ok(8_884));
                let bytes = world.partition.read_whole().unwrap();
                assert_eq!(bytes[..settings::COPY], bytes[settings::COPY..], "both are new");
            }
        }
    }
    // Sealing likewise: it is sealed or not, and its settings are there.
    for cut in CUTS {
        for operation in 0..OPERATIONS {
            world.send(&new).unwrap();
            world.ask("store").unwrap();
            flash.cells().cut_at(operation, cut);
            world.ask("seal transformer-000001").unwrap_err();
            flash.cells().power_on();
            assert_eq!(port(&mut world), Ok(8_884), "{cut:?} {operation}");
            let is_sealed = is_sealed(&world.partition.read_whole().unwrap());
            assert_eq!(world.ask("seal transformer-000001").is_err(), is_sealed, "{cut:?} {operation}");
            fill(&flash, 0x1000..0x3000, 0xff);
        }
    }
    assert!(flash.cells().violations.is_empty());
}

#[test]
fn a_text_of_the_greatest_length_can_be_sealed_and_a_bit_of_the_seal_may_flip() {
    let (mut world, _, flash) = with_chip();
    world.ask(&format!("key irrevocably {SERIAL}")).unwrap();
    let missing = MAX_TEXT - settings::seal(TEXT).len();
    let certificate = "-----BEGIN CERTIFICATE-----";
    let long = settings::seal(&TEXT.replace(certificate, &format!("{certificate}{}", "A".repeat(missing))));
    assert_eq!(long.len(), MAX_TEXT);
    world.send(&long).unwrap();
    world.ask("store").unwrap();
    world.ask("seal transformer-000001").unwrap();
    for seal in [0x2000 - SEAL.len(), 0x3000 - SEAL.len()] {
        for bit in seal * 8..(seal + SEAL.len()) * 8 {
            flash.cells().flip(bit);
            let bytes = world.partition.read_whole().unwrap();
            assert!(is_sealed(&bytes) && settings::device_id(&bytes) == Ok("transformer-000001"), "{bit}");
            flash.cells().flip(bit);
        }
    }
}

#[test]
fn another_id_is_refused_while_the_flash_has_records_until_these_are_erased() {
    let (mut world, _, flash) = with_chip();
    let other = TEXT.replace("transformer-000001", "transformer-000002");
    let store = |world: &mut World<Chip>, text: &str| {
        world.send(&settings::seal(text)).unwrap();
        world.ask("store")
    };
    store(&mut world, TEXT).unwrap();
    store(&mut world, &other).unwrap();
    store(&mut world, TEXT).unwrap();
    // A byte anywhere in the queue is a record; what lies beside the queue is none.
    fill(&flash, QUEUE.end..QUEUE.end + 1, 0);
    fill(&flash, QUEUE.start - 1..QUEUE.start, 0);
    store(&mut world, &other).unwrap();
    store(&mut world, TEXT).unwrap();
    for at in [QUEUE.start, QUEUE.start + 0x5123, QUEUE.end - 1] {
        fill(&flash, at..at + 1, 0x7f);
        let operations = flash.cells().operations;
        let refused = store(&mut world, &other).unwrap_err();
        assert!(refused.contains("--erase") && refused.contains("lost"), "{refused}");
        assert_eq!(flash.cells().operations, operations, "nothing was changed");
        store(&mut world, &TEXT.replace("port=8883", "port=8884")).unwrap();
        // Nothing of it is asked for by halves, and no other device is meant.
        for words in ["erase", "erase irrevocably", "erase irrevocably 0123a1b2c3d4e5f6ef"] {
            world.ask(words).unwrap_err();
        }
        assert_eq!(world.ask(&format!("erase irrevocably {SERIAL}")).unwrap(), "erased=all");
        store(&mut world, &other).unwrap();
        store(&mut world, TEXT).unwrap();
    }
    // Records, and no settings that say whose.
    fill(&flash, 0x1000..0x3000, 0xff);
    fill(&flash, QUEUE, 0x55);
    assert!(store(&mut world, TEXT).unwrap_err().contains("as far as is known"));
    let answers: Vec<_> = (0..3).map(|_| world.ask(&format!("erase irrevocably {SERIAL}")).unwrap()).collect();
    assert_eq!(answers, ["erased=part", "erased=part", "erased=all"], "43 sectors, 16 at a time");
    store(&mut world, TEXT).unwrap();
    let cells = flash.cells();
    assert!(cells.bytes()[QUEUE.start as usize..QUEUE.end as usize].iter().all(|byte| *byte == 0xff));
    assert_eq!((cells.bytes()[QUEUE.end as usize], cells.bytes()[QUEUE.start as usize - 1]), (0, 0), "beside it");
}

#[test]
fn a_sealed_device_says_who_it_is_and_nothing_else() {
    let (mut world, _, _) = with_chip();
    assert!(world.ask("seal transformer-000001").unwrap_err().contains("not finished"));
    world.send(&settings::seal(TEXT)).unwrap();
    world.ask("store").unwrap();
    assert!(world.ask("seal transformer-000001").unwrap_err().contains("not finished"), "no key");
    world.ask(&format!("key irrevocably {SERIAL}")).unwrap();
    assert!(world.ask("seal transformer-000002").unwrap_err().contains("transformer-000001"));
    world.ask("seal transformer-000001").unwrap();
    let bytes = world.partition.read_whole().unwrap();
    assert!(is_sealed(&bytes));
    assert_eq!(settings::device_id(&bytes), Ok("transformer-000001"), "the settings are the same");
    let who = world.ask("who").unwrap();
    assert!(who.ends_with("settings=transformer-000001 sealed=yes"));
    let key = request(&world.key());
    let sign = format!("sign {}", HEXLOWER.encode(&key));
    for command in [
        "test",
        "store",
        &format!("erase irrevocably {SERIAL}"),
        "settings 0 aa",
        &sign,
        "seal transformer-000001",
        "colour",
    ] {
        assert!(world.ask(command).unwrap_err().contains("sealed"), "{command}");
    }
    // At work the answer is ready, and the line does nothing.
    let identity = device::console::Identity::read(&mut world.keeper, &mut world.partition, "1.2.3").unwrap();
    let mut sealed = Sealed::new(&identity);
    let mut say = |text: &str| -> Vec<String> { text.bytes().filter_map(|byte| sealed.take(byte)).collect() };
    assert_eq!(say(&line::close("7 who")), [line::close(&format!("7 ok {who}"))]);
    assert!(say(&line::close("8 start"))[0].starts_with("8 no the device is sealed"));
    assert!(say("noise\n")[0].starts_with("0 no "));
}

#[test]
fn a_development_key_is_made_once_and_takes_no_other_name() {
    let flash = SimFlash::erased(64);
    let mut draws = 0_u8;
    let random = || {
        draws += 1;
        // The first is no key: zero.
        [draws - 1; 32]
    };
    let keeper = FlashKey::new(flash.clone(), 0x4000, "0080e1000001".into(), random);
    let mut world =
        World { console: Console::default(), keeper, partition: Region(flash.clone(), 0x1000, QUEUE), number: 0 };
    assert!(world.ask("who").unwrap().contains("kind=development release=1.2.3 serial=0080e1000001 state=blank"));
    let made = world.ask("key irrevocably 0080e1000001").unwrap();
    assert_eq!(world.ask("key irrevocably 0080e1000001").unwrap(), made);
    world.send(&settings::seal(TEXT)).unwrap();
    assert!(world.ask("store").unwrap_err().contains("development-"));
    world.send(&settings::seal(&TEXT.replace("transformer-", "development-"))).unwrap();
    world.ask("store").unwrap();
    let mut again = FlashKey::new(flash, 0x4000, String::new(), || [7; 32]);
    assert_eq!(again.make().unwrap(), world.key(), "it survives a restart");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_console_fall_or_do_anything(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..3 * MAX_LINE)
    ) {
        let (mut world, chip, flash) = with_chip();
        for answer in world.bytes(&bytes) {
            assert!(answer.line().starts_with("0 no "));
        }
        assert_eq!((flash.cells().operations, chip.chip().carried_out.len()), (0, 0));
    }

    #[test]
    fn no_command_makes_the_console_fall(text in "(key|settings|erase|store|sign|test|seal|start|who)? ?[ -~]{0,60}") {
        let (mut world, _, flash) = with_chip();
        world.bytes(line::close(&format!("1 {text}")).as_bytes());
        assert_eq!(flash.cells().operations, 0);
    }
}
