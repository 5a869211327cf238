//! A whole device: outages, lost networks, lost power, and parts that fail.

mod world;

use device::{BROWN_OUT_PAUSE_MS, HOLD_UP_MS};
use protocol::record::{
    Phases,
    PowerStatus::{Off, On},
    TimeQuality::{CountedBack, Sntp, UpperBound},
};
use simulators::flash::Cut;
use world::{START_UNIX_S, World};

#[test]
fn an_outage_is_noticed_signed_and_delivered_while_the_hold_up_lasts() {
    let mut world = World::new();
    world.run_s(120);
    assert_eq!((world.arrived.len(), world.backlog()), (1, 0));
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(5);
    let told = world.edges().last().copied();
    let is_it = told.is_some_and(|(status, unix_s)| status == Off && unix_s.abs_diff(off_s) <= 1);
    assert!(is_it, "at the broker within five seconds: {told:?}, {off_s}");
    world.lose_power();
    world.clock.pass_ms(2 * 3_600_000);
    world.mains = On;
    let on_s = world.unix_s();
    world.start();
    world.run_s(120);
    world.assert_edges(&[(On, START_UNIX_S), (Off, off_s), (On, on_s)], 2);
    world.assert_whole();
}

/// It would be online and tell nobody anything.
#[test]
fn a_modem_that_would_carry_datagrams_is_refused_before_a_step_is_counted() {
    let world = World::new();
    let address = std::net::Ipv4Addr::LOCALHOST;
    let peer = sim7020::Peer { address, port: 5_684, length: sim7020::Length::default() };
    let transport = sim7020::Transport::Datagrams(peer);
    let modem = sim7020::Config { apn: None, transport, time_server: None, power_saving_s: None };
    let steps = world.chip.chip().counter(device::SEQUENCE_COUNTER.into());
    let refused = device::Device::start(world.parts(), world.config(), modem).err();
    assert_eq!(refused, Some(device::Error::Modem(sim7020::ConfigError::Transport)));
    assert_eq!(world.chip.chip().counter(device::SEQUENCE_COUNTER.into()), steps);
}

#[test]
fn signing_and_storing_an_edge_takes_less_than_300_ms() {
    let mut world = World::new();
    world.run_s(120);
    let operations = world.flash.cells().operations;
    world.mains = Off;
    let start_ms = world.clock.ms();
    while world.flash.cells().operations < operations + 2 {
        world.run_s(0);
        world.clock.pass_ms(1);
        let now_ms = world.clock.ms() - world.boot_ms;
        world.board.as_mut().unwrap().poll(Off, now_ms).unwrap();
    }
    let ms = world.clock.ms() - start_ms;
    assert!(ms < 200 + 300, "{ms} ms, of which 200 are the debounce");
}

#[test]
fn an_outage_that_could_not_be_sent_is_sent_afterwards_with_its_time() {
    let mut world = World::new();
    world.run_s(120);
    world.modem.state().set_coverage(false);
    world.run_s(60);
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(1);
    world.lose_power();
    world.clock.pass_ms(40_000);
    world.modem.state().set_coverage(true);
    world.mains = On;
    let on_s = world.unix_s();
    world.start();
    world.run_s(180);
    world.assert_edges(&[(On, START_UNIX_S), (Off, off_s), (On, on_s)], 2);
    world.assert_whole();
}

#[test]
fn edges_before_the_time_is_known_have_their_time_in_the_end() {
    let mut world = World::new();
    world.modem.state().set_coverage(false);
    world.run_s(30);
    let (first_s, mut expected) = (START_UNIX_S, vec![(On, START_UNIX_S)]);
    for (mains, after_s) in [(Off, 100), (On, 200), (Off, 33), (On, 400)] {
        world.run_s(after_s);
        world.mains = mains;
        expected.push((mains, world.unix_s()));
    }
    assert!(world.arrived.is_empty() && first_s == expected[0].1);
    world.modem.state().set_coverage(true);
    world.run_s(900);
    world.assert_edges(&expected, 2);
    assert!(world.qualities().iter().all(|quality| matches!(quality, Some(CountedBack) | None)));
    world.assert_whole();
}

#[test]
fn edges_before_a_restart_without_the_time_are_told_as_bounds() {
    let mut world = World::new();
    world.modem.state().set_coverage(false);
    world.run_s(600);
    world.mains = Off;
    world.run_s(30);
    world.lose_power();
    world.clock.pass_ms(3_600_000);
    world.mains = On;
    let on_s = world.unix_s();
    world.start();
    world.run_s(60);
    world.modem.state().set_coverage(true);
    world.run_s(900);
    world.assert_edges(&[(On, on_s), (Off, on_s), (On, on_s)], 2);
    assert_eq!(world.qualities()[..3], [Some(UpperBound), Some(UpperBound), Some(CountedBack)]);
    world.assert_whole();
}

#[test]
fn a_network_without_time_is_stood_in_for_by_a_time_server() {
    let mut world = World::new();
    world.modem.state().network.unix_s_at_zero = None;
    world.run_s(300);
    assert_eq!(world.qualities(), [Some(CountedBack)]);
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(20);
    world.assert_edges(&[(On, START_UNIX_S), (Off, off_s)], 2);
    assert_eq!(world.qualities().last(), Some(&Some(Sntp)));
    world.assert_whole();
}

#[test]
fn after_a_brown_out_of_the_supply_the_modem_waits_and_edges_do_not() {
    let mut world = World::new();
    world.board.as_mut().unwrap().after_brown_out();
    let operations = world.flash.cells().operations;
    world.run_s(BROWN_OUT_PAUSE_MS / 1_000 - 1);
    assert_eq!(world.modem.state().starts, 0);
    assert!(world.flash.cells().operations > operations, "the state was stored");
    world.run_s(120);
    assert!(world.board.as_ref().unwrap().counts().after_brown_out);
    world.assert_edges(&[(On, START_UNIX_S)], 2);
    world.assert_whole();
}

#[test]
fn one_dead_phase_of_three_is_told_and_does_not_end_the_sending() {
    let mut world = World::three_phases();
    world.run_s(120);
    world.live = Phases::new([true, true, false]);
    let off_s = world.unix_s();
    world.run_s(HOLD_UP_MS / 1_000 + 60);
    world.live = Phases::new([false, true, false]);
    world.run_s(5);
    world.live = Phases::ALL;
    let on_s = world.unix_s();
    world.run_s(60);
    world.assert_edges(&[(On, START_UNIX_S), (Off, off_s), (On, on_s)], 2);
    let phases: Vec<_> = world.arrived.values().map(|r| r.statement.phases.unwrap().as_str()).collect();
    assert_eq!(phases, ["111", "110", "010", "111"]);
    world.assert_whole();
}

#[test]
fn three_days_without_a_network_are_delivered_newest_first() {
    let mut world = World::new();
    world.run_s(120);
    world.modem.state().set_coverage(false);
    let mut expected = vec![(On, START_UNIX_S)];
    for _ in 0..11 {
        world.run_s(6 * 3_600);
        world.mains = Off;
        expected.push((Off, world.unix_s()));
        world.run_s(1_800);
        world.mains = On;
        expected.push((On, world.unix_s()));
    }
    let waiting = world.backlog();
    assert!(waiting > 250, "{waiting} records wait");
    world.modem.state().set_coverage(true);
    let before = world.arrived.len();
    world.run_s(900);
    assert!(world.arrived.len() > before);
    world.run_s(3_600);
    world.assert_edges(&expected, 2);
    world.assert_whole();
}

#[test]
fn a_broker_that_loses_what_the_modem_called_ok_is_given_it_again() {
    let mut world = World::new();
    world.run_s(120);
    world.modem.state().broker.loses = true;
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(20);
    world.mains = On;
    let on_s = world.unix_s();
    world.run_s(60);
    assert_eq!(world.arrived.len(), 1);
    world.modem.state().broker.loses = false;
    world.run_s(900);
    world.assert_edges(&[(On, START_UNIX_S), (Off, off_s), (On, on_s)], 2);
    world.assert_whole();
}

#[test]
fn without_receipts_the_connection_is_made_anew_and_nothing_is_freed() {
    let mut world = World::new();
    world.run_s(120);
    world.receipts = false;
    world.run_s(3 * 3_600);
    assert!(world.modem.state().broker.connections >= 3);
    assert!(world.backlog() >= 10);
    world.receipts = true;
    world.run_s(1_800);
    world.assert_whole();
}

#[test]
fn after_the_hold_up_nothing_is_sent_until_mains_return() {
    let mut world = World::new();
    world.run_s(120);
    world.receipts = false;
    world.mains = Off;
    world.run_s(HOLD_UP_MS / 1_000 + 5);
    let sent = world.modem.state().broker.received.len();
    world.run_s(3_600);
    assert_eq!(world.modem.state().broker.received.len(), sent);
    world.receipts = true;
    world.mains = On;
    world.run_s(900);
    world.assert_whole();
}

#[test]
fn a_secure_element_that_fails_for_an_hour_delays_and_loses_nothing() {
    let mut world = World::new();
    world.run_s(120);
    world.chip.chip().absent = true;
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(1_800);
    world.mains = On;
    let on_s = world.unix_s();
    world.run_s(1_800);
    assert_eq!(world.arrived.len(), 1);
    assert!(world.board.as_ref().unwrap().counts().chip_failures > 0);
    world.chip.chip().absent = false;
    world.run_s(900);
    world.assert_edges(&[(On, START_UNIX_S), (Off, off_s), (On, on_s)], 3);
    world.assert_whole();
}

#[test]
fn without_a_secure_element_nothing_starts_and_with_it_everything_does() {
    let mut world = World::new();
    world.run_s(120);
    world.lose_power();
    world.chip.chip().absent = true;
    world.run_s(60);
    assert!(world.board.is_none());
    world.chip.chip().absent = false;
    world.run_s(120);
    world.assert_whole();
}

/// A chip that died with weeks of signed records in the flash must not keep them there: online, and over a restart, at
/// which it gives no sequences either.
#[test]
fn what_a_secure_element_signed_before_it_failed_goes_out_without_it() {
    for restarts in [false, true] {
        let mut world = World::new();
        world.poll_ms = 100;
        world.run_s(120);
        world.modem.state().set_coverage(false);
        for _ in 0..3 {
            world.mains = Off;
            world.run_s(20);
            world.mains = On;
            world.run_s(600);
        }
        let (arrived, signed) = (world.arrived.len(), world.backlog());
        assert!(signed >= 6);
        world.chip.chip().absent = true;
        if restarts {
            world.lose_power();
            world.start();
        }
        world.modem.state().set_coverage(true);
        world.run_s(900);
        assert_eq!(world.arrived.len(), arrived + signed, "restarts: {restarts}");
        world.chip.chip().absent = false;
        world.run_s(900);
        world.assert_whole();
    }
}

#[test]
fn the_power_may_go_at_every_flash_operation_of_an_outage() {
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        for operation in 0.. {
            let mut world = World::new();
            world.run_s(120);
            let before = world.flash.cells().operations;
            world.flash.cells().cut_at(operation, cut);
            for _ in 0..2 {
                world.mains = Off;
                world.run_s(70);
                world.mains = On;
                world.run_s(110);
            }
            world.run_s(600);
            world.assert_whole();
            // One whose record was cut off was not stored; one whose record was done is told.
            let least = if cut == Cut::After { 5 } else { 3 };
            let edges = world.edges();
            assert!(edges.len() >= least, "{edges:?} after a cut at {operation}");
            if world.flash.cells().operations - before <= operation {
                assert!(operation > 8, "{operation} operations in two outages");
                break;
            }
        }
    }
}

#[test]
fn the_power_may_go_at_every_flash_operation_before_the_time_is_known() {
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        for operation in 0..8 {
            let mut world = World::new();
            world.modem.state().set_coverage(false);
            world.flash.cells().cut_at(operation, cut);
            for _ in 0..2 {
                world.run_s(110);
                world.mains = Off;
                world.run_s(70);
                world.mains = On;
            }
            world.run_s(10);
            world.modem.state().set_coverage(true);
            world.run_s(600);
            // `relay` has checked that no sequence came with other bytes.
            world.assert_whole();
            let told: Vec<_> = world.edges().iter().map(|(status, _)| *status).collect();
            assert!(told.len() >= 3 && world.qualities().iter().flatten().count() >= 3, "{told:?}, cut at {operation}");
        }
    }
}
