//! Datagrams by the modem's socket, against the simulated modem and network.

mod bench;

use std::net::SocketAddrV4;

use bench::{Bench, CONFIG, DATAGRAMS, PEER, RECORDS, troubles};
use proptest::prelude::*;
use sim7020::{Config, Event, Length, MAX_DATAGRAM, Peer, PublishError, Reason, Rung, SendError, Transport};
use simulators::sim7020::{Datagram, Fate, Trouble};

const THERE: SocketAddrV4 = SocketAddrV4::new(PEER.address, PEER.port);

impl Bench {
    /// As soon as it can.
    fn send(&mut self, datagram: &[u8]) {
        let end_ms = self.clock.ms() + 2 * 3_600_000;
        while !self.modem.can_send() {
            assert!(self.clock.ms() < end_ms, "{:?}", self.events);
            self.run_ms(10);
        }
        self.modem.send_datagram(datagram, self.clock.ms()).unwrap();
    }

    /// The bytes of what has arrived at the peer, and the port that it came from last.
    fn arrived(&self) -> (Vec<Vec<u8>>, Option<u16>) {
        let datagrams = self.sim.state().take_datagrams();
        assert!(datagrams.iter().all(|datagram| datagram.peer == THERE));
        (datagrams.iter().map(|datagram| datagram.bytes.clone()).collect(), datagrams.last().map(|it| it.port))
    }

    fn answer(&self, port: u16, bytes: &[u8]) {
        self.sim.state().send_back(Datagram { port, peer: THERE, bytes: bytes.to_vec() });
    }

    /// What came, in its order: an event each, and read before the next poll.
    fn hear(&mut self, ms: u64) -> Vec<Vec<u8>> {
        let mut heard = Vec::new();
        let end_ms = self.clock.ms() + ms;
        while self.clock.ms() < end_ms {
            match self.modem.poll(self.clock.ms()).unwrap() {
                Some(Event::Datagram) => heard.push(self.modem.datagram().to_vec()),
                Some(_) => {}
                None => self.clock.pass_ms(10),
            }
        }
        heard
    }

    /// As a host does that has no acknowledgement.
    fn send_until_it_arrives(&mut self, datagram: &[u8]) {
        for _ in 0..20 {
            self.send(datagram);
            self.run_ms(75_000);
            let (arrived, _) = self.arrived();
            if !arrived.is_empty() {
                assert!(arrived.iter().all(|it| it == datagram));
                return;
            }
        }
        panic!("never arrived: {:?}", self.events);
    }
}

#[test]
fn datagrams_go_out_and_come_in_as_they_are() {
    for length in [Length::Characters, Length::Bytes] {
        let mut bench = Bench::with(Config { transport: Transport::Datagrams(Peer { length, ..PEER }), ..DATAGRAMS });
        bench.sim.state().datagrams.counts_bytes = length == Length::Bytes;
        assert_eq!(bench.modem.send_datagram(b"1", 0), Err(SendError::Busy), "not online");
        let seconds = bench.run_online(120);
        assert!(seconds < 60, "{seconds} s");
        let now_ms = bench.clock.ms();
        assert_eq!(bench.modem.send_datagram(b"", now_ms), Err(SendError::Datagram));
        assert_eq!(bench.modem.send_datagram(&[0; MAX_DATAGRAM + 1], now_ms), Err(SendError::Datagram));
        assert_eq!(bench.modem.publish(RECORDS, b"1", now_ms), Err(PublishError::Busy), "another transport");
        let longest: Vec<u8> = (0..MAX_DATAGRAM).map(|byte| byte as u8).collect();
        bench.send(&longest);
        assert_eq!(bench.modem.send_datagram(b"2", bench.clock.ms()), Err(SendError::Busy), "one at a time");
        bench.run_ms(2_000);
        let (arrived, port) = bench.arrived();
        assert_eq!(arrived, std::slice::from_ref(&longest));
        assert_eq!(bench.count(|event| *event == Event::Sent), 1);
        bench.answer(port.unwrap(), &longest);
        assert_eq!(bench.hear(1_000), [longest]);
        assert_eq!((bench.modem.dropped_datagrams(), bench.sim.state().open_sockets()), (0, 1));
        bench.assert_by_the_manual();
    }
}

#[test]
fn with_a_broker_no_socket_is_opened() {
    let mut bench = Bench::with(CONFIG);
    bench.run_online(120);
    assert!(bench.modem.can_publish() && !bench.modem.can_send());
    assert_eq!(bench.modem.send_datagram(b"1", bench.clock.ms()), Err(SendError::Busy));
    assert_eq!(bench.sim.state().open_sockets(), 0);
}

#[test]
fn a_wrong_guess_of_what_the_length_counts_is_refused_and_said() {
    let mut bench = Bench::with(DATAGRAMS);
    bench.sim.state().datagrams.counts_bytes = true;
    bench.run_online(120);
    bench.send(b"1234");
    bench.run_ms(1_000);
    assert!(matches!(bench.events.last().unwrap().1, Event::Offline(Reason::Refused(_), Rung::Session)));
    assert_eq!(bench.arrived().0.len(), 0);
}

#[test]
fn a_flight_of_many_comes_whole_while_a_command_is_under_way() {
    let mut bench = Bench::with(DATAGRAMS);
    bench.run_online(120);
    bench.send(b"hello");
    bench.run_ms(2_000);
    let port = bench.arrived().1.unwrap();
    let flight: Vec<Vec<u8>> = (1..=16).map(|byte| vec![byte; MAX_DATAGRAM]).collect();
    for datagram in &flight {
        bench.answer(port, datagram);
    }
    bench.run_ms(200);
    bench.send(b"in between");
    assert_eq!(bench.hear(2_000), flight);
    assert_eq!(bench.arrived().0, [b"in between"]);
    assert_eq!(bench.modem.dropped_datagrams(), 0);
    bench.answer(port, &[7; MAX_DATAGRAM + 1]);
    bench.answer(port, &[7; 1_400]);
    bench.answer(port, b"fits");
    assert_eq!(bench.hear(1_000), [b"fits"]);
    assert_eq!(bench.modem.dropped_datagrams(), 2);
}

#[test]
fn the_network_may_lose_double_and_delay_and_none_of_it_is_an_error() {
    let mut bench = Bench::with(DATAGRAMS);
    bench.run_online(120);
    let fates = [Fate::Lost, Fate::Twice, Fate::LateMs(5_000), Fate::Arrives];
    bench.sim.state().datagrams.out.extend(fates);
    bench.sim.state().datagrams.back.extend(fates);
    for datagram in [b"1", b"2", b"3", b"4"] {
        bench.send(datagram);
    }
    bench.run_ms(8_000);
    let (arrived, port) = bench.arrived();
    assert_eq!(arrived, [b"2", b"2", b"4", b"3"]);
    for datagram in [b"1", b"2", b"3", b"4"] {
        bench.answer(port.unwrap(), datagram);
    }
    assert_eq!(bench.hear(8_000), [b"2", b"2", b"4", b"3"]);
    assert_eq!(bench.count(|event| matches!(event, Event::Offline(..))), 0);
    bench.assert_by_the_manual();
}

#[test]
fn nobody_elses_datagrams_are_taken() {
    let mut bench = Bench::with(DATAGRAMS);
    bench.run_online(120);
    bench.send(b"1");
    bench.run_ms(1_000);
    let port = bench.arrived().1.unwrap();
    let stranger = SocketAddrV4::new(PEER.address, PEER.port + 1);
    bench.sim.state().send_back(Datagram { port, peer: stranger, bytes: b"no".to_vec() });
    bench.answer(port + 1, b"no");
    assert_eq!(bench.hear(1_000).len(), 0);
}

#[test]
fn a_socket_that_the_network_closes_is_opened_anew() {
    let mut bench = Bench::with(DATAGRAMS);
    bench.run_online(120);
    bench.send(b"1");
    bench.run_ms(1_000);
    let before = bench.arrived().1.unwrap();
    bench.sim.state().fail_sockets(4);
    bench.run_ms(100);
    assert_eq!(bench.events.last().unwrap().1, Event::Offline(Reason::Socket(4), Rung::Session));
    assert!(bench.run_online(60) < 30);
    bench.send(b"2");
    bench.run_ms(1_000);
    let (arrived, after) = bench.arrived();
    assert_eq!(arrived, [b"2"]);
    assert_ne!(after, Some(before), "the peer sees another");
    bench.assert_by_the_manual();
}

#[test]
fn a_lost_network_closes_the_socket_and_is_said_at_once() {
    let mut bench = Bench::with(DATAGRAMS);
    bench.run_online(120);
    bench.sim.state().set_coverage(false);
    bench.run_ms(100);
    assert_eq!(bench.events.last().unwrap().1, Event::Offline(Reason::NotRegistered, Rung::Session));
    bench.run_ms(3_600_000);
    assert!(!bench.modem.is_online());
    bench.sim.state().set_coverage(true);
    let seconds = bench.run_online(1_200);
    assert!(seconds <= 900, "{seconds} s");
    assert_eq!(bench.sim.state().open_sockets(), 1, "the old one is closed");
    bench.assert_by_the_manual();
}

#[test]
fn sockets_that_another_host_left_open_are_closed() {
    let mut bench = Bench::with(DATAGRAMS);
    for _ in 0..7 {
        bench.run_online(120);
        assert_eq!(bench.sim.state().open_sockets(), 1);
        bench.modem = sim7020::Modem::new(DATAGRAMS, bench.sim.uart(), bench.sim.power_key()).unwrap();
    }
    bench.assert_by_the_manual();
}

/// UDP does not say that nobody is there: the host does, and the ladder is climbed for it.
#[test]
fn a_host_whose_peer_is_silent_takes_the_ladder_to_its_end() {
    let mut bench = Bench::with(DATAGRAMS);
    bench.sim.state().datagrams.loses = true;
    let mut starts = Vec::new();
    while starts.len() < 6 {
        bench.run_online(1_200);
        bench.send(b"anybody?");
        assert_eq!(bench.hear(60_000).len(), 0);
        starts.push(bench.sim.state().starts);
        bench.modem.reconnect(bench.clock.ms());
        assert!(!bench.modem.is_online());
    }
    assert_eq!(starts, [2, 2, 2, 2, 3, 4], "socket, context, radio, then restart and power key");
    bench.assert_by_the_manual();
}

#[test]
fn every_command_may_fail_in_every_way_and_a_datagram_still_arrives() {
    let commands = ["AT+CSORCVFLAG", "AT+CSOCL=0", "AT+CSOCL=4", "AT+CSOC=", "AT+CSOCON", "AT+CSOSEND", "AT+CCLK?"];
    for command in commands {
        for trouble in troubles(70_000, 40, 50) {
            let mut bench = Bench::with(DATAGRAMS);
            bench.fault(command, trouble, 1);
            bench.run_online(600);
            bench.send_until_it_arrives(b"after it");
            assert_eq!(bench.sim.state().open_sockets(), 1, "{command} {trouble:?}");
            bench.assert_by_the_manual();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any mix of troubles, coverage and restarts: in the end a datagram arrives.
    #[test]
    fn any_mix_of_troubles_ends_with_a_socket(
        troubles in proptest::collection::vec((0..6usize, 0..8usize, 1..3u32), 0..8),
        gaps in proptest::collection::vec((0..120_000u64, 0..4u8), 0..4),
    ) {
        const COMMANDS: [&str; 6] = ["AT", "AT+CSO", "AT+CSOCL", "AT+CSOCON", "AT+CSOSEND", "AT+CEREG"];
        const TROUBLES: [Trouble; 8] = bench::troubles(9_000, 500, 3);
        let mut bench = Bench::with(DATAGRAMS);
        for (command, trouble, times) in troubles {
            bench.fault(COMMANDS[command], TROUBLES[trouble], times);
        }
        for (ms, what) in gaps {
            bench.run_ms(ms);
            match what {
                0 => bench.sim.state().set_coverage(false),
                1 => bench.sim.state().restart(),
                2 => bench.sim.state().fail_sockets(-1),
                _ => bench.sim.state().lose_power(),
            }
            bench.run_ms(ms);
            bench.sim.state().set_coverage(true);
        }
        bench.send_until_it_arrives(b"in the end");
    }
}
