//! Configurations from afar, on a whole device: on trial until a receipt comes, taken back where none does. And the
//! self-test report.

mod world;

use device::ORDERS_TOPIC;
use orders::{Changes, Configuration, MAX_TRIES, Refusal, Report};
use p256::ecdsa::SigningKey;
use protocol::record::PowerStatus::{Off, On};
use rand::rngs::OsRng;
use simulators::{
    flash::Cut,
    maintenance::{public_key, sign},
};
use world::World;

impl World {
    fn configure(&mut self, configuration: u64, changes: Changes) {
        let bytes = self.operator().configuration(configuration, changes);
        self.order("configuration", &bytes);
    }

    /// The number of the configuration in force, and whether a receipt confirmed it.
    fn in_force(&self) -> Option<(u64, bool)> {
        let orders = self.board.as_ref()?.orders()?;
        Some((orders.configuration().map_or(0, |it| it.configuration), !orders.is_on_trial()))
    }

    fn refused(&self) -> Option<(u64, Refusal)> {
        self.board.as_ref()?.orders()?.refused()
    }

    fn heartbeat_s(&self) -> u64 {
        self.board.as_ref().unwrap().node().unwrap().config().heartbeat_s
    }
}

fn heartbeat(heartbeat_s: u64) -> Changes {
    Changes { heartbeat_s: Some(heartbeat_s), ..Changes::default() }
}

#[test]
fn a_configuration_is_in_force_after_a_restart_and_kept_after_a_receipt() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.configure(1, heartbeat(60));
    world.run_until(300, "configuration 1", |world| world.in_force() == Some((1, true)));
    assert_eq!(world.heartbeat_s(), 60);
    world.lose_power();
    world.start();
    world.run_s(120);
    assert_eq!((world.in_force(), world.heartbeat_s()), (Some((1, true)), 60));
    // What the next one leaves out is as it was provisioned.
    world.configure(2, Changes { keep_alive_s: Some(600), ..Changes::default() });
    world.run_until(300, "configuration 2", |world| world.in_force() == Some((2, true)));
    assert_eq!(world.heartbeat_s(), 900);
    world.assert_whole();
}

#[test]
fn receipt_keys_change_from_the_old_over_both_to_the_new() {
    let mut world = World::with_operator();
    world.run_s(120);
    let (old, new) = (world.relayer.clone(), SigningKey::random(&mut OsRng));
    world.told_key = Some(public_key(&old));
    let keys = |keys: &[&SigningKey]| Changes {
        receipt_keys: keys.iter().map(|key| public_key(key)).collect(),
        ..Changes::default()
    };
    world.configure(1, keys(&[&old, &new]));
    world.run_until(300, "both keys", |world| world.in_force() == Some((1, true)));
    world.relayer = new.clone();
    world.configure(2, keys(&[&new]));
    world.run_until(300, "the new key", |world| world.in_force() == Some((2, true)));
    world.assert_whole();
}

/// The relayer lost its key: its receipts are refused, and the backlog grows until the operator names the new one.
#[test]
fn a_receipt_key_that_was_lost_is_replaced_over_a_backlog() {
    let mut world = World::with_operator();
    world.poll_ms = 50;
    world.run_s(120);
    let new = SigningKey::random(&mut OsRng);
    world.told_key = Some(public_key(&world.relayer));
    world.relayer = new.clone();
    world.run_s(86_400);
    assert!(world.backlog() > 90, "{}", world.backlog());
    world.configure(1, Changes { receipt_keys: vec![public_key(&new)], ..Changes::default() });
    world.run_until(3_600, "the new key", |world| world.in_force() == Some((1, true)));
    world.assert_whole();
}

#[test]
fn a_wrong_host_or_key_does_not_lose_the_device() {
    let stranger = public_key(&SigningKey::random(&mut OsRng));
    for changes in [
        Changes { host: Some("nowhere.example".into()), ..Changes::default() },
        Changes { port: Some(1), host: Some("10.0.0.1".into()), ..Changes::default() },
        Changes { receipt_keys: vec![stranger], ..Changes::default() },
        Changes { contract: Some("eip155:1:0xbb".into()), ..Changes::default() },
    ] {
        let mut world = World::with_operator();
        world.poll_ms = 50;
        world.run_s(120);
        world.configure(7, changes);
        world.run_until(300, "the trial", |world| world.in_force() == Some((7, false)));
        world.run_until(3_600, "the way back", |world| world.in_force() == Some((0, true)));
        world.run_s(3_600);
        // It comes again with the connection, and is not tried again.
        assert_eq!((world.in_force(), world.refused()), (Some((0, true)), Some((7, Refusal::GivenUp))));
        world.configure(8, heartbeat(300));
        world.run_until(300, "the next one", |world| world.in_force() == Some((8, true)));
        world.assert_whole();
    }
}

#[test]
fn a_trial_that_the_power_ends_again_and_again_is_given_up() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.configure(3, Changes { host: Some("nowhere.example".into()), ..Changes::default() });
    world.run_until(300, "the trial", |world| world.in_force() == Some((3, false)));
    for _ in 0..MAX_TRIES {
        world.lose_power();
        world.start();
        world.run_s(60);
    }
    assert_eq!(world.in_force(), Some((0, true)));
    world.run_s(120);
    world.assert_whole();
}

#[test]
fn what_the_operator_did_not_sign_for_this_device_changes_nothing() {
    let mut world = World::with_operator();
    world.run_s(120);
    world.configure(5, heartbeat(60));
    world.run_until(300, "configuration 5", |world| world.in_force() == Some((5, true)));
    let other = SigningKey::random(&mut OsRng);
    let configuration = |device_id: &str, number| Configuration {
        configuration: number,
        device_id: device_id.into(),
        changes: heartbeat(30),
    };
    let by = |key: &SigningKey, it: &Configuration| it.to_signed_bytes(&sign(key, &it.to_bytes()));
    let mine = world.operator().key.clone();
    let good = configuration(world::ID, 6);
    let long = |host: &str| {
        let mut it = configuration(world::ID, 6);
        it.changes.host = Some(host.into());
        by(&mine, &it)
    };
    let cases = [
        (by(&other, &good), Refusal::Signature),
        (by(&world.operator().maintenance.release_key.clone(), &good), Refusal::Signature),
        (by(&mine, &configuration("transformer-000002", 6)), Refusal::Addressee),
        (by(&mine, &configuration(world::ID, 5)), Refusal::Downgrade),
        (by(&mine, &configuration(world::ID, 4)), Refusal::Downgrade),
        ([by(&mine, &good), vec![b'\n']].concat(), Refusal::Malformed),
        (long(&"x".repeat(51)), Refusal::Malformed),
        (by(&mine, &Configuration { changes: heartbeat(0), ..good.clone() }), Refusal::Limits),
        (by(&mine, &Configuration { changes: heartbeat(1 << 40), ..good.clone() }), Refusal::Limits),
    ];
    let starts = world.operator().started.len();
    for (bytes, refusal) in cases {
        world.order("configuration", &bytes);
        world.run_s(30);
        assert_eq!(world.refused().map(|(_, why)| why), Some(refusal));
    }
    assert_eq!((world.in_force(), world.operator().started.len()), (Some((5, true)), starts));
    world.assert_whole();
}

#[test]
fn the_power_may_go_at_every_flash_operation_of_a_configuration() {
    let mut whole = World::with_operator();
    whole.poll_ms = 50;
    whole.run_s(120);
    let start = whole.flash.cells().operations;
    whole.configure(1, heartbeat(300));
    whole.run_until(300, "configuration 1", |world| world.in_force() == Some((1, true)));
    let operations = whole.flash.cells().operations - start;
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        for operation in 0..operations {
            let mut world = World::with_operator();
            world.poll_ms = 50;
            world.run_s(120);
            world.configure(1, heartbeat(300));
            world.flash.cells().cut_at(operation, cut);
            world.run_until(600, &format!("cut {cut:?} at {operation}"), |world| world.cuts == 1);
            world.run_until(900, "configuration 1 after a cut", |world| world.in_force() == Some((1, true)));
            world.assert_whole();
            assert_eq!(world.heartbeat_s(), 300);
        }
    }
}

#[test]
fn the_self_test_report_says_what_is_and_is_the_secure_elements() {
    let mut world = World::with_operator();
    world.run_s(120);
    assert_eq!(world.operator().reports.len(), 1, "after the start");
    let bytes = world.operator().reports[0].clone();
    let report = Report::verify(&bytes, &world.device_key).unwrap();
    assert_eq!((report.release, report.slot, report.configuration, report.reset.as_str()), (1, 0, 0, "power-on"));
    assert_eq!((report.chip_serial[0], report.chip_locked, report.signal), (0x01, 1, 18));
    assert_eq!((report.refusal.as_str(), report.device_id.as_str()), ("none", world::ID));
    assert!(report.timestamp_unix_s.abs_diff(world.unix_s()) < 120 && report.uptime_s < 120);
    assert!(protocol::record::Record::parse(&bytes).is_err(), "never a record");
    assert_eq!((report.exhausted, report.momentary), (Some(0), Some(0)));
    for mains in [Off, On, Off, On] {
        world.mains = mains;
        world.run_ms(50);
    }
    world.run_s(86_400);
    assert_eq!(world.operator().reports.len(), 2, "once a day");
    assert_eq!(world.operator().last_report().momentary, Some(2), "interruptions that are in no record");
    world.order("configuration", b"{}");
    world.run_s(1_200);
    assert_eq!(world.operator().reports.len(), 3, "and when an order is refused");
    assert_eq!(
        (world.operator().last_report().refusal.as_str(), world.operator().last_report().backlog),
        ("malformed", 0)
    );
    let topics: Vec<String> = world.modem.state().broker.received.iter().map(|(topic, _)| topic.clone()).collect();
    assert!(topics.iter().all(|topic| !topic.starts_with(ORDERS_TOPIC)), "a device gives no orders");
    world.assert_whole();
}
