//! What cannot be read any more, or had to be overwritten, is declared, and nothing else: all that can be read arrives.

mod world;

use std::collections::BTreeSet;

use node::flash::{MIN_SECTORS, SLOTS_A_SECTOR};
use simulators::flash::{Cut, SECTOR, SimFlash};
use world::device::{Device, Running};

/// The first sequence of the first start.
const FIRST: u64 = 1_024;

/// Makes what was recorded in a slot unreadable.
fn damage(device: &Device, slot: usize) {
    let at = slot / SLOTS_A_SECTOR * SECTOR + slot % SLOTS_A_SECTOR * (SECTOR / SLOTS_A_SECTOR);
    for bit in 0..20 {
        device.flash.cells().flip((at + 3) * 8 + bit * 5);
    }
}

/// A device that is on and has made `count` records without a line.
fn with_backlog(sectors: usize, count: u64) -> (Device, Running) {
    let mut device = Device::new(sectors);
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.wait(&mut running, 300 + (count - 2) * 900).is_ok());
    assert_eq!(running.0.last().unwrap().sequence, FIRST + count - 1);
    (device, running)
}

/// The line holds for so many heartbeats.
fn deliver(device: &mut Device, running: &mut Running, heartbeats: usize) {
    running.0.link_up();
    for _ in 0..heartbeats {
        assert!(device.wait(running, 900).is_ok());
        assert!(device.send(running, 200, true).is_ok());
    }
}

/// Every sequence that a record that arrived declares dropped.
fn declared(device: &Device) -> BTreeSet<u64> {
    let ranges = device.arrived.values().filter_map(|record| record.statement.dropped);
    ranges.flat_map(|(from, to)| from..=to).collect()
}

/// All of it has arrived but `lost`, which is what was declared.
fn check(device: &Device, running: &Running, lost: &[u64]) {
    assert_eq!(running.0.backlog(), 0);
    device.check(true);
    assert_eq!(declared(device), lost.iter().copied().collect());
    let missing = |sequence: &&u64| !device.arrived.contains_key(sequence);
    let missing: Vec<u64> = device.stored.keys().filter(missing).copied().collect();
    assert_eq!(missing, lost, "what can be read arrives");
}

#[test]
fn between_two_losses_nothing_is_given_up() {
    for restarts in [[false, false], [true, false], [false, true], [true, true]] {
        let (mut device, mut running) = with_backlog(8, 60);
        damage(&device, 10);
        damage(&device, 45);
        for restart in restarts {
            if restart {
                let Ok(again) = device.boot() else { panic!() };
                running = again;
            }
            // The first time too short for both.
            deliver(&mut device, &mut running, 2);
        }
        deliver(&mut device, &mut running, 6);
        check(&device, &running, &[FIRST + 10, FIRST + 45]);
    }
}

#[test]
fn more_losses_than_are_kept_apart_give_up_nothing_either() {
    for restart in [false, true] {
        let (mut device, mut running) = with_backlog(8, 100);
        let broken: Vec<usize> = (0..30).map(|n| 3 * n + 2).collect();
        broken.iter().for_each(|slot| damage(&device, *slot));
        if restart {
            let Ok(again) = device.boot() else { panic!() };
            running = again;
        }
        deliver(&mut device, &mut running, 100);
        let lost: Vec<u64> = broken.iter().map(|slot| FIRST + *slot as u64).collect();
        check(&device, &running, &lost);
    }
}

#[test]
fn what_is_overwritten_is_declared_at_once_and_a_loss_above_it_afterwards() {
    for restart in [false, true] {
        // The queue holds 20: five were overwritten, and three will be.
        let (mut device, mut running) = with_backlog(MIN_SECTORS, 25);
        damage(&device, 15);
        if restart {
            let Ok(again) = device.boot() else { panic!() };
            running = again;
        }
        assert!(device.wait(&mut running, 3 * 900).is_ok());
        let overwritten = FIRST + if restart { 6 } else { 7 };
        assert_eq!(running.0.last().unwrap().dropped, Some((1, overwritten)));
        deliver(&mut device, &mut running, 8);
        device.check(true);
        let lost: BTreeSet<u64> = declared(&device);
        let overwritten = *lost.range(..FIRST + 15).next_back().unwrap();
        assert!(overwritten <= FIRST + 9, "{overwritten}");
        assert_eq!(lost, (1..=overwritten).chain([FIRST + 15]).collect());
        let all = (overwritten + 1..FIRST + 25).filter(|sequence| *sequence != FIRST + 15);
        all.for_each(|sequence| assert!(device.arrived.contains_key(&sequence), "{sequence} can be read"));
        assert_eq!(running.0.backlog(), 0);
    }
}

/// An OFF that was stored and signed, and cannot be read after the restart: not "skipped".
#[test]
fn a_newest_record_that_is_lost_was_not_skipped() {
    for before in [3, 19, 20] {
        // In the midst of a sector, at its end, and as the first of the next.
        let (mut device, mut running) = with_backlog(8, before);
        assert!(device.toggle(&mut running).is_ok());
        let off = running.0.last().unwrap().sequence;
        assert_eq!(off, FIRST + before);
        damage(&device, before as usize);
        let Ok(mut running) = device.boot() else { panic!() };
        assert!(device.settle(&mut running).is_ok());
        device.check(true);
        let next = &device.arrived.range(off..).next().unwrap().1.statement;
        assert_eq!((next.dropped, next.previous_sequence), (Some((off, 2_047)), None));
    }
}

/// What lies behind the newest record until the ring comes round is older than it, and receipted.
#[test]
fn a_damaged_slot_of_the_round_before_is_no_loss() {
    let mut device = Device::new(MIN_SECTORS);
    let Ok(mut running) = device.boot() else { panic!() };
    let last = FIRST + (MIN_SECTORS + 1) as u64 * SLOTS_A_SECTOR as u64 - 1;
    while running.0.last().unwrap().sequence < last {
        deliver(&mut device, &mut running, 1);
    }
    assert_eq!(running.0.last().unwrap().sequence, last);
    damage(&device, SLOTS_A_SECTOR);
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.settle(&mut running).is_ok());
    let next = &device.arrived.range(last + 1..).next().unwrap().1.statement;
    assert_eq!((next.dropped, next.previous_sequence), (None, Some(last)));
}

/// What nobody was ever told of was skipped.
#[test]
fn a_record_whose_writing_was_cut_off_is_not_declared() {
    for cut in [Cut::Before, Cut::Half] {
        let (mut device, mut running) = with_backlog(8, 3);
        let last = running.0.last().unwrap().sequence;
        device.flash.cells().cut_at(0, cut);
        assert!(device.toggle(&mut running).is_err());
        device.flash.cells().power_on();
        let Ok(mut running) = device.boot() else { panic!() };
        assert!(device.settle(&mut running).is_ok());
        let next = &device.arrived.range(last + 1..).next().unwrap().1.statement;
        assert_eq!((next.dropped, next.previous_sequence), (None, Some(last)));
    }
}

#[test]
fn a_record_that_is_beyond_reading_is_declared_and_the_rest_arrives() {
    // The newest among them.
    for broken in 0..5 {
        let mut device = Device::new(MIN_SECTORS);
        let Ok(mut running) = device.boot() else { panic!() };
        for _ in 0..4 {
            assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 30).is_ok());
        }
        drop(running);
        damage(&device, broken);
        let Ok(mut running) = device.boot() else { panic!() };
        assert!(device.settle(&mut running).is_ok());
        assert!(device.settle(&mut running).is_ok());
        device.check(true);
        assert!(device.arrived.len() >= 5, "the rest is there");
    }
}

#[test]
fn an_erased_or_exchanged_flash_never_brings_a_sequence_back() {
    let mut device = Device::new(MIN_SECTORS);
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.settle(&mut running).is_ok());
    let used = *device.published.keys().last().unwrap();
    device.flash = SimFlash::erased(MIN_SECTORS);
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.toggle(&mut running).is_ok());
    running.0.link_up();
    assert!(device.send(&mut running, 9, true).is_ok());
    let first = &device.arrived.range(used + 1..).next().unwrap().1.statement;
    assert_eq!((first.dropped, first.previous_sequence), (Some((1, 2_047)), None), "perhaps all of it was used");
    let again = device.published.range(used + 1..).count();
    assert!(again >= 1 && device.published.len() == again + 2, "all of them are new");
}
