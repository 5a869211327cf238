//! Updates over the air, on a whole device with a bootloader: from the order to the receipt that confirms the image.

mod world;

use orders::{MAX_TRIES, Manifest, Refusal};
use p256::ecdsa::SigningKey;
use protocol::record::PowerStatus::{Off, On};
use rand::{
    Rng as _, SeedableRng as _,
    rngs::{OsRng, StdRng},
};
use simulators::{
    bootloader,
    flash::Cut,
    maintenance::{BOARD, public_key, sign},
};
use world::{
    World,
    operator::{Fate, LAYOUT, Way},
};

#[test]
fn a_release_is_fetched_started_and_confirmed_by_a_receipt() {
    let mut world = World::with_operator();
    world.run_s(120);
    assert_eq!(world.running(), Some(1));
    world.release(2, 20_000);
    world.run_until(900, "release 2", |world| world.is_confirmed(2));
    assert_eq!(world.operator().started, [1, 2]);
    let sectors = world.operator().maintenance.image.len().div_ceil(4_096) as u32;
    assert_eq!(world.operator().requests, sectors, "one request a sector");
    // It stays, also after the power was gone.
    world.lose_power();
    world.start();
    world.run_s(120);
    assert!(world.is_confirmed(2));
    world.assert_whole();
}

#[test]
fn blocks_lost_twice_late_and_garbage_cost_time_and_nothing_else() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.operator().way = Way::Bad;
    world.release(2, 20_000);
    world.run_until(3_600, "release 2", |world| world.is_confirmed(2));
    assert!(world.operator().requests > 5, "what was lost was asked for again");
    world.assert_whole();
}

#[test]
fn an_operator_that_is_away_is_asked_ever_less_often_and_heard_when_he_is_back() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.operator().way = Way::Dead;
    world.release(2, 20_000);
    world.run_s(24 * 3_600);
    let requests = world.operator().requests;
    assert!((25..50).contains(&requests), "{requests} requests in a day");
    // He publishes his orders again when he is back.
    world.operator().way = Way::Good;
    world.release(2, 20_000);
    world.run_until(300, "release 2", |world| world.is_confirmed(2));
    world.assert_whole();
}

#[test]
fn a_download_that_is_cut_off_goes_on_where_it_was() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.release(2, 40_000);
    let written = |world: &World| world.board.as_ref().and_then(|it| it.orders()?.progress()).map_or(0, |it| it.1);
    world.run_until(600, "six sectors", |world| written(world) >= 6);
    world.lose_power();
    world.start();
    assert!(written(&world) >= 6, "before anything was asked for");
    let before = world.operator().requests;
    world.run_until(900, "release 2", |world| world.is_confirmed(2));
    assert!(world.operator().requests - before <= 6, "{} more requests", world.operator().requests - before);
    world.assert_whole();
}

#[test]
fn nothing_is_fetched_without_mains_and_records_go_first() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(20);
    world.release(2, 60_000);
    world.run_s(600);
    assert_eq!((world.operator().requests, world.running()), (0, Some(1)));
    world.mains = On;
    world.run_s(10);
    // In the midst of the download an edge is at the broker as fast as ever.
    assert!(world.operator().requests > 0 && world.running() == Some(1));
    world.mains = Off;
    let edge_s = world.unix_s();
    world.run_s(6);
    assert!(world.edges().last().unwrap().1.abs_diff(edge_s) <= 1, "off since {off_s}");
    world.mains = On;
    world.run_until(900, "release 2", |world| world.is_confirmed(2));
    world.assert_whole();
}

#[test]
fn an_image_that_never_connects_is_taken_back_and_given_up_after_a_few_tries() {
    let mut world = World::with_operator();
    world.poll_ms = 250;
    world.run_s(120);
    world.operator().fates.insert(2, Fate::NeverConnects);
    world.release(2, 5_000);
    world.run_s(12 * 3_600);
    assert!(world.is_confirmed(1));
    let tries = |world: &mut World| world.operator().started.iter().filter(|release| **release == 2).count();
    assert_eq!(tries(&mut world), usize::from(MAX_TRIES));
    world.run_s(12 * 3_600);
    assert_eq!(tries(&mut world), usize::from(MAX_TRIES), "not for ever");
    assert_eq!(world.board.as_ref().unwrap().orders().unwrap().refused(), Some((2, Refusal::GivenUp)));
    // The next release is another matter.
    world.release(3, 5_000);
    world.run_until(900, "release 3", |world| world.is_confirmed(3));
    world.assert_whole();
}

#[test]
fn an_image_that_crashes_is_taken_back() {
    let mut world = World::with_operator();
    world.poll_ms = 50;
    world.run_s(120);
    world.operator().fates.insert(2, Fate::Crashes);
    world.release(2, 5_000);
    world.run_until(3_600, "a crash", |world| world.operator.as_ref().unwrap().ran.contains(&2));
    world.run_s(120);
    assert!(world.is_confirmed(1));
    // Its records go on meanwhile.
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(10);
    assert!(world.edges().last().is_some_and(|edge| edge.0 == Off && edge.1.abs_diff(off_s) <= 1));
    world.mains = On;
    world.run_s(6 * 3_600);
    assert!(world.is_confirmed(1));
    assert_eq!(world.operator().started.iter().filter(|it| **it == 2).count(), usize::from(MAX_TRIES));
    world.assert_whole();
}

#[test]
fn a_network_that_is_away_during_the_first_start_costs_a_try_and_not_the_release() {
    let mut world = World::with_operator();
    world.poll_ms = 50;
    world.run_s(120);
    world.release(2, 5_000);
    world.run_until(900, "the first start", |world| world.running() == Some(2));
    world.modem.state().set_coverage(false);
    world.run_until(3_600, "the old image", |world| world.running() == Some(1));
    world.run_s(3_600);
    assert_eq!(world.operator().started.last(), Some(&1), "not started again where it cannot be confirmed");
    world.modem.state().set_coverage(true);
    world.run_until(7_200, "release 2", |world| world.is_confirmed(2));
    world.assert_whole();
}

#[test]
fn blocks_that_were_altered_are_noticed_before_anything_is_started() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.poll_ms = 250;
    world.operator().way = Way::Wrong;
    world.release(2, 5_000);
    world.run_s(2 * 86_400);
    assert_eq!(world.board.as_ref().unwrap().orders().unwrap().refused(), Some((2, Refusal::Digest)));
    assert_eq!(world.operator().started, [1]);
    // Ever less often, but never for the last time.
    let requests = world.operator().requests;
    assert!((8..30).contains(&requests), "{requests} requests of two sectors each time");
    world.operator().way = Way::Good;
    world.run_until(90_000, "release 2", |world| world.is_confirmed(2));
    world.assert_whole();
}

#[test]
fn bits_that_flip_in_the_slot_are_noticed_by_reading_it_back() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.release(2, 40_000);
    let written = |world: &World| world.board.as_ref().and_then(|it| it.orders()?.progress()).map_or(0, |it| it.1);
    world.run_until(600, "three sectors", |world| written(world) >= 3);
    world.flash.cells().flip((LAYOUT.slots[1] as usize + 5_000) * 8);
    world.run_until(900, "a refusal", |world| {
        world.board.as_ref().is_some_and(|it| it.orders().unwrap().refused() == Some((2, Refusal::Digest)))
    });
    assert_eq!(world.operator().started, [1]);
    world.run_until(3_600, "release 2", |world| world.is_confirmed(2));
    world.assert_whole();
}

/// Another key, a downgrade, another board, too big, malformed, and an image that says otherwise: none is fetched or run.
#[test]
fn what_is_not_to_run_never_does() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.release(5, 5_000);
    world.run_until(900, "release 5", |world| world.is_confirmed(5));
    let image = bootloader::image(BOARD, 6, 0, 5_000);
    let good = Manifest {
        board: BOARD.into(),
        image_sha256: protocol::digest(&image),
        release: 6,
        security_version: 0,
        size: image.len() as u64,
    };
    let mine = world.operator().maintenance.release_key.clone();
    let signed = |manifest: &Manifest, key: &SigningKey| manifest.to_signed_bytes(&sign(key, &manifest.to_bytes()));
    let other_key = SigningKey::random(&mut OsRng);
    let mut altered = signed(&good, &mine);
    let at = altered.windows(9).position(|text| text == b"\"release\"").unwrap() + 10;
    altered[at] = b'7';
    let with = |change: fn(&mut Manifest)| {
        let mut manifest = good.clone();
        change(&mut manifest);
        signed(&manifest, &mine)
    };
    let cases = [
        (signed(&good, &other_key), Refusal::Signature),
        (signed(&good, &world.operator().key.clone()), Refusal::Signature),
        (altered, Refusal::Signature),
        ([signed(&good, &mine), vec![b' ']].concat(), Refusal::Malformed),
        (with(|it| it.release = 4), Refusal::Downgrade),
        (with(|it| it.release = 1), Refusal::Downgrade),
        (with(|it| it.board = "another-board".into()), Refusal::Addressee),
        (with(|it| it.size = 16 * 4_096 + 1), Refusal::Size),
        (with(|it| it.size = 0), Refusal::Size),
    ];
    world.operator().maintenance.image = image;
    let before = world.operator().requests;
    for (bytes, refusal) in cases {
        world.order("release", &bytes);
        world.run_s(60);
        let refused = world.board.as_ref().unwrap().orders().unwrap().refused();
        assert_eq!(refused.map(|(_, why)| why), Some(refusal));
        assert_eq!(world.operator().requests, before, "{refusal}");
    }
    // Signed and whole, but the image calls itself release 6: it would be ordered again for ever.
    world.order("release", &with(|it| it.release = 7));
    world.run_s(600);
    assert_eq!(world.board.as_ref().unwrap().orders().unwrap().refused(), Some((7, Refusal::Image)));
    assert_eq!(world.operator().started, [1, 5]);
    world.assert_whole();
}

#[test]
fn release_keys_change_over_two_releases_and_the_old_key_and_image_do_not_come_back() {
    let mut world = World::with_operator();
    world.run_s(120);
    let (old, new) = (world.operator().maintenance.release_key.clone(), SigningKey::random(&mut OsRng));
    world.operator().keys_of.insert(2, vec![public_key(&old), public_key(&new)]);
    world.operator().keys_of.insert(3, vec![public_key(&new)]);
    world.release(2, 5_000);
    world.run_until(900, "release 2, signed by the old key", |world| world.is_confirmed(2));
    world.operator().maintenance.release_key = new.clone();
    world.release(3, 6_000);
    world.run_until(900, "release 3, signed by the new key", |world| world.is_confirmed(3));
    world.operator().maintenance.release_key = old;
    world.release(4, 5_000);
    world.run_s(300);
    let refused = |world: &World| world.board.as_ref().unwrap().orders().unwrap().refused();
    assert_eq!((refused(&world), world.running()), (Some((0, Refusal::Signature)), Some(3)));
    world.operator().maintenance.release_key = new;
    world.release(2, 5_000);
    world.run_s(300);
    assert_eq!((refused(&world), world.running()), (Some((2, Refusal::Downgrade)), Some(3)));
    world.release(4, 5_000);
    world.run_until(900, "release 4", |world| world.is_confirmed(4));
    world.assert_whole();
}

/// Before, in and after each flash operation from the order to the confirmed image, the bootloader's included; once into
/// either slot.
#[test]
fn the_power_may_go_at_every_flash_operation_of_an_update() {
    for release in [2, 3] {
        // Ready for the order: release 3 comes after 2, from the other slot.
        let ready = || {
            let mut world = World::with_operator();
            world.poll_ms = 50;
            world.run_s(120);
            for before in 2..release {
                world.release(before, 5_000);
                world.run_until(900, "the release before", |world| world.is_confirmed(before));
            }
            world
        };
        let mut whole = ready();
        let start = whole.flash.cells().operations;
        whole.release(release, 5_000);
        whole.run_until(900, "the release", |world| world.is_confirmed(release));
        let operations = whole.flash.cells().operations - start;
        assert!(operations > 20, "{operations}");
        for cut in [Cut::Before, Cut::Half, Cut::After] {
            for operation in 0..operations {
                let mut world = ready();
                world.release(release, 5_000);
                world.flash.cells().cut_at(operation, cut);
                world.run_until(900, &format!("cut {cut:?} at {operation} of {operations}"), |world| world.cuts == 1);
                world.run_until(2 * 3_600, "the release after a cut", |world| world.is_confirmed(release));
                assert!(world.operator().ran.iter().all(|ran| (1..=release).contains(ran)));
                world.assert_whole();
            }
        }
    }
}

/// The same for an image that crashes: whatever is cut, the old one runs in the end, and the next release is taken. Before
/// an operation is after the one before.
#[test]
fn the_power_may_go_at_every_flash_operation_of_an_update_that_fails() {
    for cut in [Cut::Half, Cut::After] {
        for operation in 0.. {
            let mut world = World::with_operator();
            world.poll_ms = 250;
            world.run_s(120);
            world.operator().fates.insert(2, Fate::Crashes);
            world.release(2, 3_000);
            world.flash.cells().cut_at(operation, cut);
            world.run_s(5_400);
            assert!(world.is_confirmed(1), "cut {cut:?} at {operation}");
            let tries = world.operator().started.iter().filter(|release| **release == 2).count();
            assert!((4..=usize::from(MAX_TRIES)).contains(&tries), "{tries} tries, cut {cut:?} at {operation}");
            if world.cuts == 0 {
                assert!(operation > 40, "{operation} operations were cut");
                break;
            }
            world.release(3, 3_000);
            world.run_until(900, "the next release", |world| world.is_confirmed(3));
            world.assert_whole();
        }
    }
}

/// Power that comes and goes at any moment, over a bad line: in the end the device runs the release, or has given it up
/// for its tries and takes the next one.
#[test]
fn a_supply_that_comes_and_goes_ends_with_a_whole_image() {
    for seed in 0..12 {
        let mut moments = StdRng::seed_from_u64(seed);
        let mut world = World::with_operator();
        world.poll_ms = 50;
        world.run_s(120);
        world.operator().way = Way::Bad;
        world.release(2, 30_000);
        for _ in 0..12 {
            world.run_s(moments.gen_range(1..400));
            world.lose_power();
            world.clock.pass_ms(moments.gen_range(100..100_000));
            world.start();
        }
        world.run_s(3 * 3_600);
        let (running, tries) =
            (world.running(), world.operator().started.iter().filter(|release| **release == 2).count());
        assert!(
            world.is_confirmed(2) || (world.is_confirmed(1) && tries >= usize::from(MAX_TRIES)),
            "{running:?} {tries}"
        );
        world.operator().way = Way::Good;
        world.release(3, 5_000);
        world.run_until(3_600, "the next release", |world| world.is_confirmed(3));
        assert!(world.operator().ran.iter().all(|release| [1, 2, 3].contains(release)));
        world.assert_whole();
    }
}
