//! The whole way of a record by CoAP: node, session, the modem's driver, the simulated modem and network, a real socket,
//! libcoap's server, and a relayer's receipt back.

mod bench;

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    time::{Duration, Instant},
};

use bench::{Bench, CONTRACT, IDENTITY, KEY, Server, path};
use coap::Session;
use node::Signer as _;
use protocol::{key::Signature, receipt::Receipt, record::Record};
use rand::{Rng as _, rngs::OsRng};
use sim7020::{Config, Event, Length, Modem, Peer, Transport};
use simulators::{
    Clock,
    sim7020::{Datagram, Fate, PowerKey, Sim7020, Uart},
};

/// The server's address as the device knows it; where it really listens is behind the simulated network.
const PEER: Peer = Peer { address: Ipv4Addr::new(192, 0, 2, 7), port: 5_684, length: Length::Characters };
const CONFIG: Config<'static> =
    Config { apn: Some("iot.example"), transport: Transport::Datagrams(PEER), time_server: None, power_saving_s: None };
const RECEIPTS: &str = "power/v1/receipts/transformer-000001";
/// A receipt is fetched so long after the last answer, while records wait for one.
const FETCH_MS: u64 = 10_000;
/// Device's time, of which ten seconds pass in one of the server's.
const STEP_MS: u64 = 10;
const PATIENCE_MS: u64 = 1_800_000;

/// What was asked of the server.
enum Asked {
    Put(u64),
    Receipt,
}

/// A device that has no other way out than its modem.
struct Device {
    bench: Bench,
    clock: Clock,
    sim: Sim7020,
    modem: Modem<'static, Uart, PowerKey>,
    session: Option<Session>,
    asked: Option<Asked>,
    fetch_ms: u64,
    start: Instant,
    sessions: u32,
    offline: u32,
    freed: usize,
}

impl Device {
    fn new(bench: Bench) -> Self {
        let clock = Clock::default();
        clock.pass_ms(bench.now_ms);
        let sim = Sim7020::new(&clock);
        let modem = Modem::new(CONFIG, sim.uart(), sim.power_key()).unwrap();
        Self {
            bench,
            clock,
            sim,
            modem,
            session: None,
            asked: None,
            fetch_ms: 0,
            start: Instant::now(),
            sessions: 0,
            offline: 0,
            freed: 0,
        }
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.clock.ms())
    }

    /// One turn of a device's loop.
    fn poll(&mut self) {
        self.bench.now_ms = self.clock.ms();
        while let Some(event) = self.modem.poll(self.clock.ms()).unwrap() {
            match event {
                Event::Online => {
                    let seed = OsRng.r#gen();
                    self.session = Some(Session::begin(IDENTITY, KEY.as_bytes(), seed, self.now()).unwrap());
                }
                Event::Offline(..) => self.hang_up(),
                Event::Datagram => {
                    let now = self.now();
                    let taken = self.session.as_mut().map(|session| session.take(self.modem.datagram(), now));
                    if let Some(Err(_)) = taken {
                        self.begin_anew();
                    }
                }
                _ => {}
            }
        }
        let now = self.now();
        let Some(session) = &mut self.session else { return };
        if session.next_due().is_some_and(|due| due <= now) && session.pass(now).is_err() {
            return self.begin_anew();
        }
        while let Some(event) = self.session.as_mut().and_then(Session::event) {
            self.hear(event);
        }
        self.ask();
        if self.modem.can_send()
            && let Some(datagram) = self.session.as_mut().and_then(Session::datagram)
        {
            self.modem.send_datagram(&datagram, self.clock.ms()).expect("free, and within its limit");
        }
    }

    fn hear(&mut self, event: coap::Event) {
        match (event, self.asked.take()) {
            (coap::Event::Connected, _) => {
                self.sessions += 1;
                self.bench.node.link_up();
            }
            (coap::Event::Delivered { .. }, Some(Asked::Put(sequence))) => self.bench.node.acknowledged(sequence),
            (coap::Event::Delivered { payload }, Some(Asked::Receipt)) => self.freed += self.bench.receipt(&payload),
            // There is none yet.
            (coap::Event::Refused { code }, Some(Asked::Receipt)) => assert_eq!(code, "4.04"),
            (coap::Event::Unanswered | coap::Event::Closed, _) => self.begin_anew(),
            (event, _) => panic!("{event:?}"),
        }
        self.fetch_ms = self.clock.ms() + FETCH_MS;
    }

    fn ask(&mut self) {
        let now = self.now();
        if self.asked.is_some() {
            return;
        }
        let Some(session) = &mut self.session else { return };
        if let Some(publish) = self.bench.next_publish() {
            session.put(&path(publish.sequence), &publish.bytes, now).expect("idle and connected");
            self.asked = Some(Asked::Put(publish.sequence));
        } else if self.bench.node.backlog() > 0
            && self.fetch_ms <= self.clock.ms()
            && session.get(RECEIPTS, now).is_ok()
        {
            self.asked = Some(Asked::Receipt);
        }
    }

    /// The line is gone: what was on its way goes out again.
    fn hang_up(&mut self) {
        self.offline += 1;
        self.session = None;
        self.asked = None;
        self.bench.node.link_down();
    }

    fn begin_anew(&mut self) {
        self.hang_up();
        self.modem.reconnect(self.clock.ms());
    }
}

/// Carries datagrams between the simulated network and the server: a real socket for every socket of the modem.
struct Air {
    server: u16,
    sockets: HashMap<u16, UdpSocket>,
    out: usize,
    back: usize,
}

impl Air {
    fn carry(&mut self, sim: &Sim7020) {
        let there = SocketAddrV4::new(PEER.address, PEER.port);
        let mut state = sim.state();
        for Datagram { port, peer, bytes } in state.take_datagrams() {
            assert_eq!(peer, there);
            self.out += 1;
            let socket = self.sockets.entry(port).or_insert_with(|| {
                let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                socket.connect(("127.0.0.1", self.server)).unwrap();
                socket.set_nonblocking(true).unwrap();
                socket
            });
            socket.send(&bytes).unwrap();
        }
        let mut buffer = [0; 2_048];
        for (port, socket) in &self.sockets {
            while let Ok(length) = socket.recv(&mut buffer) {
                self.back += 1;
                state.send_back(Datagram { port: *port, peer: there, bytes: buffer[..length].to_vec() });
            }
        }
    }
}

/// A relayer beside the server: looks for the records that are next, and leaves a receipt for the device.
#[derive(Default)]
struct Relayer {
    records: Vec<Vec<u8>>,
}

impl Relayer {
    fn relay(&mut self, server: &Server, bench: &mut Bench) {
        let before = self.records.len();
        while let Some(bytes) = server.find(&path(self.records.len() as u64 + 1)) {
            Record::parse(&bytes).unwrap().verify(&bench.public).unwrap();
            self.records.push(bytes);
        }
        if self.records.len() > before {
            let sequence = self.records.len() as u64;
            let (contract, device_id) = (CONTRACT.to_owned(), IDENTITY.to_owned());
            let receipt = Receipt { anchored_by_unix_s: 1, contract, device_id, sequence };
            let raw = bench.relayer.sign(&receipt.to_bytes()).unwrap();
            server.put(RECEIPTS, &receipt.to_signed_bytes(&Signature::normalized(&raw).unwrap()));
        }
    }
}

/// Everything of a test, with the time of both sides.
struct World {
    device: Device,
    air: Air,
    server: Server,
    relayer: Relayer,
}

impl World {
    fn new(server: Server, records: usize) -> Self {
        let air = Air { server: server.port, sockets: HashMap::new(), out: 0, back: 0 };
        Self { device: Device::new(Bench::with_outages(records)), air, server, relayer: Relayer::default() }
    }

    fn step(&mut self) {
        self.device.poll();
        self.air.carry(&self.device.sim);
        self.device.clock.pass_ms(STEP_MS);
        // The server's time passes only by itself; while nobody is connected nothing hangs on it.
        if self.device.session.is_some() {
            std::thread::sleep(Duration::from_millis(STEP_MS / 10));
        }
        if self.device.clock.ms().is_multiple_of(20_000) {
            self.relayer.relay(&self.server, &mut self.device.bench);
        }
    }

    fn run_until(&mut self, wanted: impl Fn(&Self) -> bool) {
        let end_ms = self.device.clock.ms() + PATIENCE_MS;
        while !wanted(self) {
            assert!(self.device.clock.ms() < end_ms, "{} records wait", self.device.bench.node.backlog());
            self.step();
        }
    }

    fn assert_all_arrived(&self, records: usize) {
        assert_eq!((self.relayer.records.len(), self.device.freed), (records, records));
        assert_eq!(self.device.bench.node.backlog(), 0);
        for (bytes, sequence) in self.relayer.records.iter().zip(1..) {
            let statement = Record::parse(bytes).unwrap().statement;
            assert_eq!((statement.sequence, statement.device_id.as_str()), (sequence, IDENTITY));
        }
        assert_eq!(self.device.modem.dropped_datagrams(), 0);
        let violations = self.device.sim.state().violations.clone();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

#[test]
fn records_go_through_the_modem_to_a_server_and_receipts_come_back_and_free_the_queue() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = World::new(server, 6);
    world.run_until(|world| world.relayer.records.len() == 6 && world.device.bench.node.backlog() == 0);
    world.assert_all_arrived(6);
    assert_eq!((world.device.sessions, world.device.offline), (1, 0));
    assert!(world.air.out > 6 && world.air.back > 6, "by the modem's socket: {} and {}", world.air.out, world.air.back);
    assert_eq!(world.air.sockets.len(), 1);
}

#[test]
fn datagrams_that_are_lost_doubled_or_late_cost_time_and_no_record() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = World::new(server, 6);
    let fate = |_| match OsRng.gen_range(0..100) {
        0..20 => Fate::Lost,
        20..25 => Fate::Twice,
        25..30 => Fate::LateMs(OsRng.gen_range(500..5_000)),
        _ => Fate::Arrives,
    };
    // Each at least once: what begins a handshake and what answers it.
    let first = [Fate::Lost, Fate::LateMs(3_000), Fate::Twice];
    world.device.sim.state().datagrams.out.extend(first.into_iter().chain((0..10_000).map(fate)));
    world.device.sim.state().datagrams.back.extend(first.into_iter().chain((0..10_000).map(fate)));
    world.run_until(|world| world.relayer.records.len() == 6 && world.device.bench.node.backlog() == 0);
    world.assert_all_arrived(6);
}

#[test]
fn a_lost_network_a_closed_socket_and_a_restart_each_cost_a_session_and_no_record() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = World::new(server, 3);
    for trouble in 0..3 {
        let due = 3 * (trouble + 1);
        world.run_until(|world| world.device.sessions as usize == trouble + 1 && world.device.asked.is_some());
        match trouble {
            0 => world.device.sim.state().set_coverage(false),
            1 => world.device.sim.state().fail_sockets(4),
            _ => world.device.sim.state().restart(),
        }
        world.run_until(|world| world.device.session.is_none());
        world.device.sim.state().set_coverage(true);
        world.run_until(|world| world.relayer.records.len() == due && world.device.bench.node.backlog() == 0);
        if trouble < 2 {
            for _ in 0..3 {
                world.device.clock.pass_ms(1_000);
                world.device.bench.now_ms = world.device.clock.ms();
                world.device.bench.turn();
            }
        }
    }
    world.assert_all_arrived(9);
    assert!(world.device.offline >= 3 && world.air.sockets.len() >= 4, "another socket every time");
}
