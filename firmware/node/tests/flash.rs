//! The device's store: the power goes at every single flash operation of a scenario, bits flip, the ring comes round,
//! and what is delivered in the end is whole.

mod world;

use std::collections::BTreeMap;

use node::flash::{FlashError, FlashStore, MIN_SECTORS, SLOTS_A_SECTOR};
use protocol::record::TimeQuality;
use simulators::flash::{Cut, SECTOR};
use world::device::Device;

const STEPS: usize = 70;

/// How large the ring is, how long the scenario, and for how long after each start the time is not known.
#[derive(Clone, Copy)]
struct Run {
    sectors: usize,
    steps: usize,
    blind_s: u64,
}

const PLAIN: Run = Run { sectors: 8, steps: STEPS, blind_s: 0 };
const ROUND: Run = Run { sectors: MIN_SECTORS, steps: 2 * STEPS, blind_s: 0 };
/// Switched off so often that in some starts the time is never known.
const BLIND: Run = Run { sectors: 8, steps: STEPS, blind_s: 1_500 };

/// Runs the scenario with a cut at one operation; after it the device starts again and goes on. Gives the device, and
/// whether the cut was reached.
fn run_with_cut(run: Run, operation: u64, cut: Cut, second: Option<u64>) -> (Device, bool) {
    let Run { sectors, steps, blind_s } = run;
    let mut device = Device { blind_s, ..Device::new(sectors) };
    device.flash.cells().cut_at(operation, cut);
    let (mut done, mut cuts) = (0, 0);
    loop {
        let run = device.boot().and_then(|mut running| {
            device.scenario(&mut running, done..steps, &mut done)?;
            Ok(running)
        });
        if let Ok(mut running) = run {
            device.flash.cells().power_on();
            assert!(device.wait(&mut running, device.blind_s).is_ok());
            assert!(device.settle(&mut running).is_ok());
            break;
        }
        if !device.flash.cells().is_off() {
            continue;
        }
        cuts += 1;
        device.flash.cells().power_on();
        if let Some(operation) = second.filter(|_| cuts == 1) {
            device.flash.cells().cut_at(operation, cut);
        }
        device.now_s += 10;
        if done == usize::MAX {
            done = steps;
        }
    }
    // A small ring comes round to records without a receipt and says so.
    device.check(sectors == MIN_SECTORS);
    (device, cuts > 0)
}

#[test]
fn the_power_may_go_at_every_flash_operation() {
    let mut runs = 0;
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        let mut operation = 0;
        while run_with_cut(PLAIN, operation, cut, None).1 {
            operation += 1;
            runs += 1;
        }
    }
    assert!(runs > 3 * 100, "{runs} cuts");
}

#[test]
fn the_power_may_go_at_every_flash_operation_of_a_device_that_does_not_know_the_time() {
    let (mut runs, mut qualities) = (0, BTreeMap::new());
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        let mut operation = 0;
        loop {
            let (device, reached) = run_with_cut(BLIND, operation, cut, None);
            for record in device.arrived.values() {
                *qualities.entry(record.statement.time_quality).or_insert(0) += 1;
            }
            if !reached {
                break;
            }
            operation += 1;
            runs += 1;
        }
    }
    assert!(runs > 3 * 60, "{runs} cuts");
    let of = |quality| qualities.get(&quality).copied().unwrap_or(0) / runs;
    let [known, counted, bound] = [None, Some(TimeQuality::CountedBack), Some(TimeQuality::UpperBound)].map(of);
    assert!(known > 2 && counted > 2 && bound > 2, "a run has {known} known, {counted} counted back, {bound} bounded");
}

#[test]
fn the_power_may_go_at_every_flash_operation_of_a_ring_that_comes_round() {
    let mut operation = 0;
    while run_with_cut(ROUND, operation, Cut::Half, None).1 {
        operation += 1;
    }
    assert!(operation > 150, "{operation} cuts");
}

#[test]
fn the_power_may_go_again_while_it_recovers() {
    for operation in (0..120).step_by(12) {
        for second in 0..5 {
            for cut in [Cut::Before, Cut::Half, Cut::After] {
                run_with_cut(PLAIN, operation, cut, Some(second));
                run_with_cut(BLIND, operation, cut, Some(second));
            }
        }
    }
}

#[test]
fn a_storm_of_power_cuts_on_a_small_ring_declares_what_it_drops() {
    // Every start gets a few operations further only: slots are used up by writes that were cut off.
    for allowance in 1..12 {
        let mut device = Device::new(MIN_SECTORS);
        let mut done = 0;
        for start in 0..150 {
            let cut = [Cut::Before, Cut::Half, Cut::After][start % 3];
            device.flash.cells().cut_at(allowance + start as u64 % 3, cut);
            if let Ok(mut running) = device.boot() {
                let from = if done == usize::MAX { 0 } else { done };
                let _ = device.scenario(&mut running, from..STEPS, &mut done);
            }
            device.flash.cells().power_on();
            device.now_s += 5;
        }
        let Ok(mut running) = device.boot() else { panic!("there is power") };
        assert!(device.settle(&mut running).is_ok());
        device.check(true);
    }
}

#[test]
fn a_backlog_of_weeks_fits_and_the_newest_goes_first() {
    let sectors = 128;
    let mut device = Device::new(sectors);
    let capacity = device.config.queue_limit;
    assert!(capacity as u64 * 900 > 25 * 86_400, "{capacity} records of 15 minutes");
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.wait(&mut running, capacity as u64 * 900 + 3_600).is_ok());
    assert_eq!((running.0.backlog(), running.0.counters().dropped > 0), (capacity, true));
    drop(running);
    let Ok(mut running) = device.boot() else { panic!() };
    assert_eq!(running.0.backlog(), capacity, "a reset loses none of it");
    running.0.link_up();
    assert!(device.send(&mut running, 3, false).is_ok());
    let newest = running.0.last().unwrap().sequence;
    assert!(device.arrived.contains_key(&newest) && device.arrived.len() == 3);
}

#[test]
fn the_ring_comes_round_many_times() {
    let mut device = Device::new(MIN_SECTORS);
    let Ok(mut running) = device.boot() else { panic!() };
    for _ in 0..SLOTS_A_SECTOR * 12 {
        assert!(device.wait(&mut running, 900).is_ok());
        running.0.link_up();
        assert!(device.send(&mut running, 4, true).is_ok());
    }
    assert!(device.settle(&mut running).is_ok());
    device.check(false);
    assert_eq!(running.0.counters().dropped, 0);
}

#[test]
fn any_one_flipped_bit_is_put_right() {
    // With times that were known, that came later, and that never came.
    for (blind_s, later) in [(0, false), (60, true), (1_000, false)] {
        let mut device = Device { blind_s, ..Device::new(MIN_SECTORS) };
        let Ok(mut running) = device.boot() else { panic!() };
        assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 50).is_ok());
        assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 50).is_ok());
        assert!(!later || device.toggle(&mut running).is_ok());
        drop(running);
        flip_every_bit(&device);
    }
}

fn flip_every_bit(device: &Device) {
    let bytes = device.flash.cells().bytes().to_vec();
    let used = bytes.iter().rposition(|byte| *byte != 0xff).unwrap() + 64;
    let whole = open(device);
    for bit in 0..used * 8 {
        device.flash.cells().flip(bit);
        assert_eq!(open(device), whole, "bit {bit}");
        device.flash.cells().set_bytes(&bytes);
    }
}

/// What the store says of itself, its records included.
fn open(device: &Device) -> (node::Resume, Vec<Option<node::Entry>>) {
    use node::Store as _;
    let (mut store, resume) = FlashStore::open(device.flash.clone(), 0, device.sectors, &device.config).unwrap();
    let entries = resume.waiting.iter().map(|(sequence, _)| store.entry(sequence)).collect();
    (resume, entries)
}

/// A signed record whose time cannot be read any more is not given another.
#[test]
fn a_time_that_is_beyond_reading_is_never_fixed_anew() {
    let slot = SECTOR / SLOTS_A_SECTOR;
    let mut device = Device { blind_s: 100, ..Device::new(MIN_SECTORS) };
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 200).is_ok());
    assert!(device.toggle(&mut running).is_ok());
    running.0.link_up();
    assert!(device.send(&mut running, 9, false).is_ok());
    let before = device.published.clone();
    assert_eq!(before.len(), 3);
    drop(running);
    // The first two have their time where a second signature would be.
    for record in 0..2 {
        for bit in 0..10 {
            device.flash.cells().flip((record * slot + 48 + 76) * 8 + bit * 7);
        }
    }
    device.blind_s = 0;
    device.now_s += 10_000;
    let Ok(mut running) = device.boot() else { panic!() };
    running.0.link_up();
    assert!(device.send(&mut running, 9, false).is_ok(), "`send` compares what comes again");
    assert_eq!(running.0.counters().unreadable, 2);
    assert!(device.settle(&mut running).is_ok());
    let dropped = device.arrived.values().filter_map(|record| record.statement.dropped).next();
    assert_eq!(dropped.map(|(_, to)| to), before.keys().nth(1).copied());
}

/// What the layout before had written is read, and what needs no more is written like it.
#[test]
fn a_slot_of_the_first_layout_is_read_and_written() {
    let mut device = Device::new(MIN_SECTORS);
    let Ok(running) = device.boot() else { panic!() };
    drop(running);
    let bytes = device.flash.cells().bytes()[..48].to_vec();
    // ON after a skip, from sequence 1,024 at 1,000,000 s: as the version of 2026 wrote it.
    let mut old = [0; 48];
    old[0] = 0x10 | 2;
    old[1..3].copy_from_slice(&1_024_u16.to_le_bytes());
    old[8..11].copy_from_slice(&1_000_000_u32.to_le_bytes()[..3]);
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&old[..44]);
    old[44..].copy_from_slice(&sum.to_le_bytes());
    assert_eq!(bytes, old);
}

#[test]
fn partitions_that_cannot_work_are_refused() {
    let device = Device::new(MIN_SECTORS);
    for (start, sectors) in [(0, MIN_SECTORS - 1), (0, MIN_SECTORS + 1), (4, MIN_SECTORS), (4_096, MIN_SECTORS)] {
        let refused = FlashStore::open(device.flash.clone(), start, sectors, &device.config);
        assert_eq!(refused.unwrap_err(), FlashError::Region);
    }
}
