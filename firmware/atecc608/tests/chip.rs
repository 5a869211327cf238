//! The driver against the simulated chip: signatures, counter, provisioning, and all that goes wrong on a bus.

use atecc608::{ADDRESS, Atecc608, Error, MAX_COUNT, Status, provision::Step};
use proptest::prelude::*;
use protocol::key::{PublicKey, Signature};
use simulators::{
    Clock,
    atecc608::{Bus, Chip, SimAtecc608},
};

struct Bench {
    clock: Clock,
    sim: SimAtecc608,
    driver: Atecc608<Bus, Clock>,
}

impl Bench {
    fn blank(hz: u32) -> Self {
        let clock = Clock::default();
        let sim = SimAtecc608::blank(&clock);
        let driver = Atecc608::new(sim.bus(hz), clock.clone(), ADDRESS);
        Self { clock, sim, driver }
    }

    fn provisioned() -> (Self, PublicKey) {
        let mut bench = Self::blank(100_000);
        let key = public_key(bench.driver.provision().unwrap());
        (bench, key)
    }

    fn sign(&mut self, message: &[u8], key: &PublicKey) {
        let raw = self.driver.sign(message).unwrap();
        key.verify(message, &Signature::normalized(&raw).unwrap()).unwrap();
    }
}

fn public_key(point: [u8; 64]) -> PublicKey {
    let mut sec1 = vec![4];
    sec1.extend(point);
    PublicKey::from_point(&sec1).unwrap()
}

#[test]
fn a_blank_part_becomes_one_that_signs() {
    let (mut bench, key) = Bench::provisioned();
    assert_eq!(bench.driver.provisioning_step(), Ok(Step::Done));
    assert_eq!(public_key(bench.driver.public_key().unwrap()), key);
    assert_eq!(bench.driver.serial().unwrap(), [0x01, 0x23, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0xee]);
    for message in [&b"one"[..], b"", &[7; 400]] {
        bench.sign(message, &key);
    }
    // The slot is locked: no other key can take its place.
    assert_eq!(public_key(bench.driver.provision().unwrap()), key);
}

#[test]
fn high_s_comes_and_is_made_low_by_protocol() {
    let (mut bench, key) = Bench::provisioned();
    let raw: Vec<[u8; 64]> = (0..40).map(|_| bench.driver.sign(b"same").unwrap()).collect();
    let high = raw.iter().filter(|raw| Signature::from_bytes(&raw[..]).is_err()).count();
    assert!((1..40).contains(&high), "{high} of 40");
    raw.iter().for_each(|raw| key.verify(b"same", &Signature::normalized(raw).unwrap()).unwrap());
    assert!(raw.windows(2).all(|pair| pair[0] != pair[1]), "randomised");
}

#[test]
fn signing_stays_within_its_time() {
    let (mut bench, key) = Bench::provisioned();
    let start = bench.clock.ns();
    bench.sign(b"an edge", &key);
    let ms = (bench.clock.ns() - start) / 1_000_000;
    assert!((158..200).contains(&ms), "{ms} ms");
}

#[test]
fn passing_faults_are_got_over() {
    type Break = fn(&mut Chip);
    let faults: [Break; 5] = [
        |chip| chip.deaf_wakes = 3,
        |chip| chip.damaged_answers = 3,
        |chip| chip.damaged_commands = 3,
        |chip| chip.lost_answers = 3,
        Chip::lose_power,
    ];
    for fault in faults {
        let (mut bench, key) = Bench::provisioned();
        fault(&mut bench.sim.chip());
        bench.sign(b"in spite of it", &key);
    }
}

#[test]
fn lasting_faults_are_told_in_bounded_time() {
    type Break = fn(&mut Chip);
    let cases: [(Break, Error); 4] = [
        (|chip| chip.absent = true, Error::NoWake),
        (|chip| chip.deaf_wakes = u32::MAX, Error::NoWake),
        (|chip| chip.damaged_answers = u32::MAX, Error::Crc),
        (|chip| chip.damaged_commands = u32::MAX, Error::Status(Status::Communication)),
    ];
    for (fault, error) in cases {
        let (mut bench, _) = Bench::provisioned();
        fault(&mut bench.sim.chip());
        let start = bench.clock.ms();
        assert_eq!(bench.driver.sign(b"x"), Err(error));
        assert!(bench.clock.ms() - start < 12_000);
    }
}

#[test]
fn a_fast_bus_cannot_wake_it() {
    let mut bench = Bench::blank(400_000);
    assert_eq!(bench.driver.serial(), Err(Error::NoWake));
}

#[test]
fn a_counter_only_goes_up_and_ends() {
    let (mut bench, _) = Bench::provisioned();
    assert_eq!((bench.driver.counter(0), bench.driver.count(0), bench.driver.count(0)), (Ok(0), Ok(1), Ok(2)));
    assert_eq!(bench.driver.counter(1), Ok(0));
    bench.sim.chip().lost_answers = 2;
    assert_eq!(bench.driver.count(0), Ok(3), "a lost answer is not counted again");
    assert_eq!(bench.sim.chip().counter(0), 3);
    bench.sim.chip().set_counter(0, MAX_COUNT - 1);
    assert_eq!(bench.driver.count(0), Ok(MAX_COUNT));
    assert_eq!(bench.driver.count(0), Err(Error::CounterExhausted));
    assert_eq!(bench.driver.counter(0), Ok(MAX_COUNT));
}

#[test]
fn an_unprovisioned_part_does_not_sign() {
    let mut bench = Bench::blank(100_000);
    assert_eq!(bench.driver.provisioning_step(), Ok(Step::WriteConfig));
    assert_eq!(bench.driver.sign(b"x"), Err(Error::Status(Status::Execution)));
}

#[test]
fn parts_of_somebody_else_are_left_alone() {
    type Break = fn(&mut [u8; 128]);
    let surprises: [Break; 6] = [
        |config| config[6] = 0x50,
        |config| config[0] = 0x02,
        |config| config[87] = 0,
        |config| config[86] = 0,
        |config| config[86] = 0x12,
        |config| {
            (config[20], config[21], config[96], config[97]) = (0x81, 0x20, 0x33, 0x00);
            (config[87], config[88]) = (0, 0xfe);
        },
    ];
    for surprise in surprises {
        let mut bench = Bench::blank(100_000);
        surprise(bench.sim.chip().config_mut());
        let before = *bench.sim.chip().config_mut();
        assert!(matches!(bench.driver.provision(), Err(Error::Surprise(_))));
        assert_eq!(*bench.sim.chip().config_mut(), before);
    }
}

#[test]
fn provisioning_cut_off_after_any_command_is_taken_up_again() {
    let commands = {
        let (bench, _) = Bench::provisioned();
        bench.sim.chip().carried_out.len()
    };
    for cut in 0..commands {
        let mut bench = Bench::blank(100_000);
        // The part is pulled out of its socket after so many commands.
        let whole = run_cut(&mut bench, cut);
        assert!(whole.is_err(), "cut after {cut}");
        bench.sim.chip().absent = false;
        let key = public_key(bench.driver.provision().unwrap());
        bench.sign(b"after all", &key);
    }
}

/// Provisions with a chip that goes away after `cut` commands.
fn run_cut(bench: &mut Bench, cut: usize) -> Result<[u8; 64], Error> {
    struct Cut(Bus, SimAtecc608, usize);
    impl embedded_hal::i2c::ErrorType for Cut {
        type Error = simulators::atecc608::BusError;
    }
    impl embedded_hal::i2c::I2c for Cut {
        fn transaction(
            &mut self,
            address: u8,
            operations: &mut [embedded_hal::i2c::Operation<'_>],
        ) -> Result<(), Self::Error> {
            let done = self.1.chip().carried_out.len() >= self.2;
            self.1.chip().absent |= done;
            self.0.transaction(address, operations)
        }
    }
    let bus = Cut(bench.sim.bus(100_000), bench.sim.clone(), cut);
    Atecc608::new(bus, bench.clock.clone(), ADDRESS).provision()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever few faults meet: the counter never goes back, never jumps, and says what it is.
    #[test]
    fn counting_is_exact_through_faults(faults in proptest::collection::vec((0..4u8, 0..3u32), 1..12)) {
        let (mut bench, _) = Bench::provisioned();
        let mut value = 0;
        for (kind, times) in faults {
            {
                let mut chip = bench.sim.chip();
                match kind {
                    0 => chip.deaf_wakes = times,
                    1 => chip.damaged_answers = times,
                    2 => chip.damaged_commands = times,
                    _ => chip.lost_answers = times,
                }
            }
            value += 1;
            prop_assert_eq!(bench.driver.count(0), Ok(value));
            prop_assert_eq!(bench.sim.chip().counter(0), value);
        }
    }
}
