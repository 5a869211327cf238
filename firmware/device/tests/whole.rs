//! A whole device on a simulated modem, secure element and flash, with a relayer that receipts: outages, lost networks,
//! lost power, and parts that fail.

use std::collections::BTreeMap;

use device::{Device, HOLD_UP_MS, Parts, RECEIPTS_TOPIC};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::RandomizedSigner};
use protocol::{
    chain::DeviceChain,
    key::{PublicKey, Signature},
    receipt::Receipt,
    record::{PowerStatus, PowerStatus::Off, PowerStatus::On, Record},
};
use rand::rngs::OsRng;
use simulators::{
    Clock,
    atecc608::{Bus, SimAtecc608},
    flash::{Cut, SimFlash},
    sim7020::{PowerKey, Sim7020, Uart},
};

const CONTRACT: &str = "eip155:31337:0x00000000000000000000000000000000000000aa";
const ID: &str = "transformer-000001";
const SECTORS: usize = 32;
/// What the simulated network's clock says at the start.
const START_UNIX_S: u64 = 1_795_000_000;

type Board = Device<'static, SimFlash, Bus, Clock, Uart, PowerKey>;

struct World {
    clock: Clock,
    modem: Sim7020,
    chip: SimAtecc608,
    flash: SimFlash,
    relayer: SigningKey,
    device_key: PublicKey,
    mains: PowerStatus,
    board: Option<Board>,
    /// The board's zero.
    boot_ms: u64,
    /// How much of what the broker received was looked at.
    seen: usize,
    chain: DeviceChain,
    arrived: BTreeMap<u64, Record>,
    receipts: bool,
}

fn public(point: &[u8]) -> PublicKey {
    PublicKey::from_point(point).unwrap()
}

impl World {
    fn new() -> Self {
        let clock = Clock::default();
        let chip = SimAtecc608::blank(&clock);
        let key = atecc608::Atecc608::new(chip.bus(100_000), clock.clone(), atecc608::ADDRESS).provision().unwrap();
        let mut world = Self {
            modem: Sim7020::new(&clock),
            chip,
            flash: SimFlash::erased(SECTORS),
            relayer: SigningKey::random(&mut OsRng),
            device_key: public(&[&[4][..], &key].concat()),
            mains: On,
            board: None,
            boot_ms: 0,
            seen: 0,
            chain: DeviceChain::default(),
            arrived: BTreeMap::new(),
            receipts: true,
            clock,
        };
        world.start();
        world
    }

    fn config(&self) -> node::Config {
        node::Config {
            device_id: ID.into(),
            latitude_e6: 25_594_095,
            longitude_e6: 85_137_566,
            first_sequence: 1,
            heartbeat_s: 900,
            first_heartbeat_s: 300,
            debounce_ms: 200,
            queue_limit: node::flash::capacity(SECTORS),
            window: 8,
            resend_ms: 30_000,
            resend_max_ms: 600_000,
            contract: CONTRACT.into(),
            receipt_keys: vec![public(self.relayer.verifying_key().to_encoded_point(false).as_bytes())],
        }
    }

    /// Power for the board.
    fn start(&mut self) {
        self.boot_ms = self.clock.ms();
        let parts = Parts {
            flash: (self.flash.clone(), 0, SECTORS),
            chip: (self.chip.bus(100_000), self.clock.clone(), atecc608::ADDRESS),
            modem: (self.modem.uart(), self.modem.power_key()),
        };
        let modem = sim7020::Config {
            apn: Some("iot.example"),
            host: "broker.example",
            port: 8883,
            root_certificate_pem: include_str!("../../sim7020/tests/common/root.pem"),
            client_id: ID,
            login: None,
            keep_alive_s: 1_200,
            subscribe: "power/v1/receipts/transformer-000001",
            power_saving_s: None,
        };
        assert_eq!(modem.subscribe, format!("{RECEIPTS_TOPIC}{ID}"));
        self.board = Device::start(parts, self.config(), modem).ok();
    }

    /// The hold-up is used up: everything is dark.
    fn lose_power(&mut self) {
        self.board = None;
        self.modem.state().lose_power();
        self.chip.chip().lose_power();
    }

    /// Runs a board that starts again whenever it must, as its watchdog makes it.
    fn run_s(&mut self, seconds: u64) {
        let end_ms = self.clock.ms() + seconds * 1_000;
        while self.clock.ms() < end_ms {
            self.clock.pass_ms(10);
            let now_ms = self.clock.ms() - self.boot_ms;
            let mains = self.mains;
            if self.board.as_mut().is_none_or(|board| board.poll(mains, now_ms).is_err()) {
                self.flash.cells().power_on();
                self.start();
            }
            self.relay();
        }
    }

    fn relay(&mut self) {
        let received: Vec<_> = self.modem.state().broker.received[self.seen..].to_vec();
        self.seen += received.len();
        for (topic, bytes) in received {
            assert_eq!(topic, format!("power/v1/records/{ID}"));
            let record = Record::parse(&bytes).expect("canonical, low S");
            record.verify(&self.device_key).expect("the secure element's");
            self.chain.insert(&record.statement);
            let sequence = record.statement.sequence;
            let before = self.arrived.insert(sequence, record.clone());
            assert!(before.is_none_or(|before| before == record), "{sequence} came with other bytes");
            if let Some(sequence) = self.chain.complete_up_to(1).filter(|_| self.receipts) {
                let receipt =
                    Receipt { anchored_by_unix_s: 1, contract: CONTRACT.into(), device_id: ID.into(), sequence };
                let raw: EcdsaSignature = self.relayer.sign_with_rng(&mut OsRng, &receipt.to_bytes());
                let signed = receipt.to_signed_bytes(&Signature::normalized(&raw.to_bytes()).unwrap());
                self.modem.state().deliver(&format!("{RECEIPTS_TOPIC}{ID}"), &signed);
            }
        }
    }

    fn unix_s(&self) -> u64 {
        START_UNIX_S + self.clock.ms() / 1_000
    }

    /// Status and time of each edge that arrived.
    fn edges(&self) -> Vec<(PowerStatus, u64)> {
        let mut edges: Vec<(PowerStatus, u64)> = Vec::new();
        for record in self.arrived.values() {
            if edges.last().is_none_or(|(status, _)| *status != record.statement.power_status) {
                edges.push((record.statement.power_status, record.statement.timestamp_unix_s));
            }
        }
        edges
    }

    fn assert_edges(&self, expected: &[(PowerStatus, u64)], within_s: u64) {
        let edges = self.edges();
        let near = |(a, b): (&(PowerStatus, u64), &(PowerStatus, u64))| a.0 == b.0 && a.1.abs_diff(b.1) <= within_s;
        assert!(edges.len() == expected.len() && edges.iter().zip(expected).all(near), "{edges:?} for {expected:?}");
    }

    fn backlog(&self) -> usize {
        self.board.as_ref().and_then(Device::node).map_or(usize::MAX, node::Node::backlog)
    }

    /// Nothing is on its way any more.
    fn settle(&mut self) {
        for _ in 0..600 {
            if self.backlog() == 0 {
                return;
            }
            self.run_s(1);
        }
        panic!("{} records without a receipt", self.backlog());
    }

    fn assert_whole(&mut self) {
        self.settle();
        let last = *self.arrived.keys().last().unwrap();
        assert_eq!((self.chain.complete_up_to(1), self.chain.omissions(1)), (Some(last), vec![]));
        assert!(self.flash.cells().violations.is_empty() && self.modem.state().violations.is_empty());
    }
}

#[test]
fn an_outage_is_noticed_signed_and_delivered_while_the_hold_up_lasts() {
    let mut world = World::new();
    world.run_s(120);
    assert_eq!((world.arrived.len(), world.backlog()), (1, 0));
    world.mains = Off;
    let off_s = world.unix_s();
    world.run_s(5);
    assert_eq!(world.edges().last(), Some(&(Off, off_s)), "at the broker within five seconds");
    world.lose_power();
    world.clock.pass_ms(2 * 3_600_000);
    world.mains = On;
    let on_s = world.unix_s();
    world.start();
    world.run_s(120);
    world.assert_edges(&[(On, START_UNIX_S), (Off, off_s), (On, on_s)], 2);
    world.assert_whole();
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

#[test]
fn the_power_may_go_at_every_flash_operation_of_an_outage() {
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        for operation in 0..8 {
            let mut world = World::new();
            world.run_s(120);
            world.flash.cells().cut_at(operation, cut);
            for _ in 0..2 {
                world.mains = Off;
                world.run_s(70);
                world.mains = On;
                world.run_s(110);
            }
            world.run_s(600);
            world.assert_whole();
            let edges = world.edges();
            assert!(edges.len() >= 3, "{edges:?} after a cut at {operation}");
        }
    }
}
