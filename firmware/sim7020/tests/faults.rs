//! Whatever modem, network and broker do: it comes back, by the manual, and nothing is taken for what it is not.

mod bench;

use bench::{Bench, RECEIPTS, troubles};
use proptest::prelude::*;
use sim7020::{Event, Reason, Rung};
use simulators::sim7020::{Card, Trouble};

#[test]
fn every_command_may_fail_in_every_way_and_the_modem_still_comes_online() {
    let commands = [
        "ATE1",
        "AT+IPR",
        "AT+CMEE",
        "AT+CPIN?",
        "AT+CREVHEX",
        "AT+CURTC",
        "AT+CTZU",
        "AT+CNWRCCFG?",
        "AT+CNWRCCFG=",
        "AT+CRESET",
        "AT+CFUN=0",
        "AT*MCGDEFCONT",
        "AT+CFUN=1",
        "AT+CPSMS",
        "AT+CEREG=",
        "AT+CEREG?",
        "AT+CCLK?",
        "AT+CSETCA",
        "AT+CMQDISCON",
        "AT+CMQTTSNEW",
        "AT+CMQCON",
        "AT+CMQSUB",
    ];
    for command in commands {
        for trouble in troubles(70_000, 40, 50) {
            let mut bench = Bench::new();
            bench.fault(command, trouble, 1);
            bench.run_online(600);
            bench.publish(b"after it");
            bench.run_ms(5_000);
            assert_eq!(bench.received(), [b"after it"], "{command} {trouble:?}");
            bench.assert_by_the_manual();
        }
    }
}

#[test]
fn a_late_or_doubled_ok_never_stands_for_the_next_command() {
    let mut bench = Bench::new();
    bench.run_online(120);
    // The first publish is answered twice; the second is not answered at all.
    bench.fault("AT+CMQPUB", Trouble::TwiceMs(300), 1);
    bench.fault("AT+CMQPUB", Trouble::Deaf, 1);
    bench.publish(b"one");
    while bench.count(|event| *event == Event::Published) == 0 {
        bench.run_ms(10);
    }
    bench.publish(b"two");
    bench.run_ms(1_000);
    assert_eq!((bench.count(|event| *event == Event::Published), bench.received().len()), (1, 1));
    bench.run_ms(60_000);
    assert_eq!(bench.count(|event| *event == Event::Offline(Reason::Timeout, Rung::Session)), 1);
    bench.run_online(120);
}

#[test]
fn the_network_that_returns_is_found_within_minutes_not_hours() {
    let mut bench = Bench::new();
    bench.run_online(120);
    bench.run_ms(1_000);
    bench.sim.state().set_coverage(false);
    bench.run_ms(3 * 3_600_000);
    assert!(!bench.modem.is_online());
    bench.sim.state().set_coverage(true);
    let seconds = bench.run_online(1_200);
    assert!(seconds <= 900, "{seconds} s");
    bench.assert_by_the_manual();
}

#[test]
fn a_lost_connection_is_made_again() {
    let mut bench = Bench::new();
    bench.run_online(120);
    bench.sim.state().drop_connection();
    bench.run_ms(100);
    assert_eq!(bench.events.last().unwrap().1, Event::Offline(Reason::Lost, Rung::Session));
    assert!(bench.run_online(60) < 30);
    assert_eq!(bench.sim.state().broker.connections, 2);
}

#[test]
fn a_host_that_hears_no_receipts_can_ask_for_a_new_connection() {
    let mut bench = Bench::new();
    bench.run_online(120);
    bench.modem.reconnect(bench.clock.ms());
    bench.run_online(60);
    assert_eq!(bench.sim.state().broker.connections, 2);
    bench.sim.state().deliver(RECEIPTS, b"here");
    bench.run_ms(100);
    assert_eq!(bench.modem.message().1, b"here");
}

#[test]
fn a_broker_that_is_away_takes_the_ladder_to_its_end_and_no_further() {
    let mut bench = Bench::new();
    bench.sim.state().broker.reachable = false;
    bench.run_ms(4 * 3_600_000);
    let rungs: Vec<Rung> = bench
        .events
        .iter()
        .filter_map(|(_, event)| if let Event::Offline(_, rung) = event { Some(*rung) } else { None })
        .collect();
    assert_eq!(rungs[..5], [Rung::Session, Rung::Context, Rung::Radio, Rung::Restart, Rung::PowerCycle]);
    assert!(rungs.len() < 60, "{} tries in four hours", rungs.len());
    bench.sim.state().broker.reachable = true;
    bench.modem.hurry(bench.clock.ms());
    bench.run_online(900);
    bench.assert_by_the_manual();
}

#[test]
fn a_refused_card_is_said_and_tried_again() {
    for card in [Card::Missing, Card::Pin] {
        let mut bench = Bench::new();
        bench.sim.state().card = card;
        bench.run_ms(600_000);
        assert!(bench.count(|event| matches!(event, Event::Offline(Reason::Sim, _))) > 2);
        bench.sim.state().card = Card::Ready;
        bench.modem.hurry(bench.clock.ms());
        bench.run_online(300);
        bench.assert_by_the_manual();
    }
}

#[test]
fn a_network_that_denies_is_said() {
    let mut bench = Bench::new();
    bench.sim.state().network.denies = true;
    bench.run_ms(400_000);
    assert!(bench.count(|event| matches!(event, Event::Offline(Reason::NotRegistered, _))) > 0);
}

#[test]
fn a_supply_that_fails_takes_the_certificate_with_it_and_it_is_given_again() {
    let mut bench = Bench::new();
    bench.run_online(120);
    bench.sim.state().lose_power();
    bench.run_ms(10_000);
    bench.publish_when_online(b"still here");
    assert_eq!(bench.received(), [b"still here"]);
}

impl Bench {
    /// A host resends until it arrives.
    fn publish_when_online(&mut self, payload: &[u8]) {
        for _ in 0..20 {
            self.publish(payload);
            self.run_ms(70_000);
            if !self.received().is_empty() {
                return;
            }
        }
        panic!("never arrived: {:?}", self.events);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any mix of troubles, coverage and restarts: in the end a message arrives once it is sent.
    #[test]
    fn any_mix_of_troubles_ends_online(
        troubles in proptest::collection::vec((0..8usize, 0..8usize, 1..3u32), 0..8),
        gaps in proptest::collection::vec((0..120_000u64, 0..3u8), 0..4),
    ) {
        const COMMANDS: [&str; 8] = ["AT", "AT+CPIN", "AT+CEREG", "AT+CMQ", "AT+CFUN", "AT+CSETCA", "AT+CMQPUB", "AT+CNW"];
        const TROUBLES: [Trouble; 8] = bench::troubles(9_000, 500, 3);
        let mut bench = Bench::new();
        for (command, trouble, times) in troubles {
            bench.fault(COMMANDS[command], TROUBLES[trouble], times);
        }
        for (ms, what) in gaps {
            bench.run_ms(ms);
            match what {
                0 => bench.sim.state().set_coverage(false),
                1 => bench.sim.state().restart(),
                _ => bench.sim.state().lose_power(),
            }
            bench.run_ms(ms);
            bench.sim.state().set_coverage(true);
        }
        bench.publish_when_online(b"in the end");
        prop_assert!(bench.received().iter().all(|payload| payload == b"in the end"));
    }
}
