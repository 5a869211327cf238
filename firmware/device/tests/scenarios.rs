//! What the field does to a device, at length.

mod world;

use std::collections::BTreeSet;

use protocol::record::{
    PowerStatus,
    PowerStatus::{Off, On},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use simulators::flash::Cut;
use world::{START_UNIX_S, World};

/// Rolling load-shedding: two hours off in every six, the network's masts going with the mains half an hour later.
#[test]
fn a_day_of_load_shedding_is_told_to_the_second() {
    let mut world = World::new();
    let mut expected = vec![(On, START_UNIX_S)];
    world.run_s(4 * 3_600);
    for _ in 0..4 {
        world.mains = Off;
        expected.push((Off, world.unix_s()));
        world.run_s(1_800);
        world.lose_power();
        world.modem.state().set_coverage(false);
        world.clock.pass_ms(90 * 60_000);
        world.mains = On;
        expected.push((On, world.unix_s()));
        world.start();
        world.run_s(300);
        world.modem.state().set_coverage(true);
        world.run_s(4 * 3_600);
    }
    world.settle();
    world.assert_edges(&expected, 2);
    world.assert_whole();
}

/// The network's clock jumps an hour ahead for a while: what is recorded carries what the network said, the order of
/// sequences stays, and the device goes on.
#[test]
fn a_clock_that_is_set_wrong_and_right_again_stops_nothing() {
    let mut world = World::new();
    world.run_s(120);
    world.modem.state().network.unix_s_at_zero = Some(START_UNIX_S + 3_600);
    world.run_s(7 * 3_600);
    let wrong = world.arrived.last_key_value().unwrap().1.statement.timestamp_unix_s;
    assert!(wrong.abs_diff(world.unix_s() + 3_600) < 1_000, "the network's word is taken");
    world.modem.state().network.unix_s_at_zero = Some(START_UNIX_S);
    world.run_s(7 * 3_600);
    let right = world.arrived.last_key_value().unwrap().1.statement.timestamp_unix_s;
    assert!(right.abs_diff(world.unix_s()) < 1_000);
    world.assert_whole();
}

/// Brown-outs: the board loses its power at any moment, in the midst of a flash operation or a signature, hundreds of
/// times. What was stored arrives, no sequence has two contents, the chain is whole.
#[test]
fn a_storm_of_brown_outs_loses_nothing_that_was_stored() {
    for seed in 0..6 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut world = World::new();
        let mut stored: BTreeSet<u64> = BTreeSet::new();
        let note = |world: &World, stored: &mut BTreeSet<u64>| {
            if let Some(node) = world.board.as_ref().and_then(device::Device::node) {
                stored.extend(node.unreceipted().chain(node.last().map(|last| last.sequence)));
            }
        };
        for _ in 0..60 {
            let cut = [Cut::Before, Cut::Half, Cut::After][random.gen_range(0..3)];
            if random.gen_bool(0.4) {
                world.flash.cells().cut_at(random.gen_range(0..12), cut);
            }
            for _ in 0..random.gen_range(1..4) {
                world.mains = if random.gen_bool(0.5) { On } else { Off };
                world.run_s(random.gen_range(1..160));
                note(&world, &mut stored);
            }
            world.lose_power();
            world.flash.cells().power_on();
            world.clock.pass_ms(random.gen_range(20..600_000));
            world.start();
        }
        world.mains = On;
        world.run_s(600);
        world.assert_whole();
        let lost: Vec<_> = stored.iter().filter(|sequence| !world.arrived.contains_key(sequence)).collect();
        assert!(lost.is_empty() && stored.len() > 20, "seed {seed}: {lost:?} of {}", stored.len());
        let counts = world.board.as_ref().unwrap().counts();
        assert_eq!((counts.node.dropped, counts.node.unreadable), (0, 0));
    }
}

/// A thief with a copy of the flash but not of the secure element: the copy cannot sign, and the device's own sequences
/// never meet those of its past.
#[test]
fn an_old_flash_put_back_brings_no_sequence_back() {
    let mut world = World::new();
    world.run_s(120);
    let old = world.flash.cells().bytes().to_vec();
    world.mains = Off;
    world.run_s(30);
    world.mains = On;
    world.run_s(300);
    world.assert_whole();
    let used = *world.arrived.last_key_value().unwrap().0;
    let before: BTreeSet<u64> = world.arrived.keys().copied().collect();
    world.lose_power();
    world.flash.cells().set_bytes(&old);
    world.start();
    world.run_s(2_000);
    // `relay` has checked that nothing came again with other bytes.
    let new: Vec<u64> = world.arrived.keys().copied().filter(|sequence| !before.contains(sequence)).collect();
    assert!(!new.is_empty() && new.iter().all(|sequence| *sequence > used), "{new:?}");
}

/// A feeder trips: all its devices tell the same second, each by its own key, and none waits for another.
#[test]
fn a_feeder_that_trips_is_told_by_all_of_its_devices() {
    let mut devices: Vec<World> = (0..5).map(|_| World::new()).collect();
    let mut told: Vec<(PowerStatus, u64)> = Vec::new();
    for world in &mut devices {
        world.run_s(600);
        world.mains = Off;
        world.run_s(5);
        told.push(*world.edges().last().unwrap());
    }
    assert!(told.iter().all(|edge| *edge == told[0] && edge.0 == Off), "{told:?}");
}
