//! A whole device on a simulated modem, secure element and flash, with a relayer that receipts.
#![allow(dead_code)]

pub mod operator;

use std::collections::BTreeMap;

use device::{Device, Parts, RECEIPTS_TOPIC, settings::Settings};
use operator::Operator;
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::RandomizedSigner};
use protocol::{
    chain::DeviceChain,
    key::{PublicKey, Signature},
    receipt::Receipt,
    record::{Phases, PowerStatus, PowerStatus::On, Record, TimeQuality},
};
use rand::rngs::OsRng;
use simulators::{
    Clock,
    atecc608::{Bus, SimAtecc608},
    flash::SimFlash,
    maintenance::public_key,
    sim7020::{PowerKey, Sim7020, Uart},
};

pub const CONTRACT: &str = "eip155:31337:0x00000000000000000000000000000000000000aa";
pub const ID: &str = "transformer-000001";
pub const SECTORS: usize = 32;
/// Where the queue lies: behind what updates need.
pub const QUEUE: u32 = 64 * 4_096;
/// What the simulated network's clock says at the start.
pub const START_UNIX_S: u64 = 1_795_000_000;

pub type Board = Device<'static, SimFlash, Bus, Clock, Uart, PowerKey>;

pub struct World {
    pub clock: Clock,
    pub modem: Sim7020,
    pub chip: SimAtecc608,
    pub flash: SimFlash,
    pub relayer: SigningKey,
    pub device_key: PublicKey,
    /// Of one phase.
    pub mains: PowerStatus,
    /// Of three.
    pub live: Phases,
    pub phases: u8,
    pub board: Option<Board>,
    /// The board's zero.
    pub boot_ms: u64,
    /// How much of what the broker received was looked at.
    pub seen: usize,
    pub chain: DeviceChain,
    pub arrived: BTreeMap<u64, Record>,
    pub receipts: bool,
    /// The receipt key that the device was provisioned with, where it is not the relayer's any more.
    pub told_key: Option<PublicKey>,
    /// Milliseconds from one poll to the next.
    pub poll_ms: u64,
    /// How often the power went at an operation of the flash.
    pub cuts: u32,
    /// Bootloader, images and operator, where there are any.
    pub operator: Option<Operator>,
}

pub fn public(point: &[u8]) -> PublicKey {
    PublicKey::from_point(point).unwrap()
}

impl World {
    pub fn new() -> Self {
        Self::of_phases(1)
    }

    pub fn three_phases() -> Self {
        Self::of_phases(3)
    }

    fn of_phases(phases: u8) -> Self {
        let clock = Clock::default();
        let chip = SimAtecc608::blank(&clock);
        let key = atecc608::Atecc608::new(chip.bus(100_000), clock.clone(), atecc608::ADDRESS).provision().unwrap();
        let mut world = Self {
            modem: Sim7020::new(&clock),
            chip,
            flash: SimFlash::erased(64 + SECTORS),
            relayer: SigningKey::random(&mut OsRng),
            device_key: public(&[&[4][..], &key].concat()),
            mains: On,
            live: Phases::ALL,
            phases,
            board: None,
            boot_ms: 0,
            seen: 0,
            chain: DeviceChain::default(),
            arrived: BTreeMap::new(),
            receipts: true,
            told_key: None,
            poll_ms: 10,
            cuts: 0,
            operator: None,
            clock,
        };
        world.start();
        world
    }

    /// A device whose image a bootloader starts, with an operator.
    pub fn with_operator() -> Self {
        let mut world = Self::new();
        world.lose_power();
        world.operator = Some(Operator::new(&world.flash));
        world.start();
        world
    }

    pub fn config(&self) -> node::Config {
        node::Config {
            device_id: ID.into(),
            latitude_e6: 25_594_095,
            longitude_e6: 85_137_566,
            phases: self.phases,
            first_sequence: 1,
            heartbeat_s: 900,
            first_heartbeat_s: 300,
            debounce_ms: 200,
            queue_limit: node::flash::capacity(SECTORS),
            window: 8,
            resend_ms: 30_000,
            resend_max_ms: 600_000,
            contract: CONTRACT.into(),
            receipt_keys: vec![self.told_key.clone().unwrap_or_else(|| public_key(&self.relayer))],
        }
    }

    /// What the board is made of.
    pub fn parts(&self) -> Parts<SimFlash, Bus, Clock, Uart, PowerKey> {
        Parts {
            flash: (self.flash.clone(), QUEUE, SECTORS),
            chip: (self.chip.bus(100_000), self.clock.clone(), atecc608::ADDRESS),
            modem: (self.modem.uart(), self.modem.power_key()),
        }
    }

    /// Power for the board.
    pub fn start(&mut self) {
        self.boot_ms = self.clock.ms();
        let parts = self.parts();
        let mqtt = sim7020::Mqtt {
            host: "broker.example",
            port: 8883,
            root_certificate_pem: include_str!("../../../sim7020/tests/bench/root.pem"),
            client_id: ID,
            login: None,
            keep_alive_s: 1_200,
            subscribe: &["power/v1/receipts/transformer-000001", "power/v1/orders/transformer-000001/+"],
        };
        assert_eq!(mqtt.subscribe, device::settings::topics(ID));
        let modem = sim7020::Config {
            apn: Some("iot.example"),
            transport: sim7020::Transport::Mqtt(mqtt),
            time_server: Some("time.example"),
            power_saving_s: None,
        };
        let settings = Settings { node: self.config(), modem, operator_key: None };
        self.board = match &mut self.operator {
            Some(operator) => operator.boot(&mut self.flash, parts, settings),
            None => Device::start(parts, settings.node, settings.modem).ok(),
        };
    }

    /// The hold-up is used up: everything is dark.
    pub fn lose_power(&mut self) {
        self.board = None;
        self.modem.state().lose_power();
        self.chip.chip().lose_power();
    }

    /// Runs a board that starts again whenever it must, as its watchdog makes it.
    pub fn run_s(&mut self, seconds: u64) {
        self.run_ms(seconds * 1_000);
    }

    pub fn run_ms(&mut self, ms: u64) {
        let end_ms = self.clock.ms() + ms;
        while self.clock.ms() < end_ms {
            self.clock.pass_ms(self.poll_ms);
            let now_ms = self.clock.ms() - self.boot_ms;
            let mains: node::Level = if self.phases == 1 { self.mains.into() } else { self.live.into() };
            if self.board.as_mut().is_none_or(|board| board.poll(mains, now_ms).is_err()) {
                // A restart without a cut leaves one that is still to come.
                if self.flash.cells().is_off() {
                    self.cuts += 1;
                    self.flash.cells().power_on();
                }
                self.start();
            }
            self.relay();
        }
    }

    pub fn relay(&mut self) {
        let received: Vec<_> = self.modem.state().broker.received[self.seen..].to_vec();
        self.seen += received.len();
        for (topic, bytes) in received {
            if let Some(operator) = &mut self.operator
                && operator.hear(&self.modem, &topic, &bytes)
            {
                continue;
            }
            assert_eq!(topic, format!("power/v1/records/{ID}"));
            let record = Record::parse(&bytes).expect("canonical, low S");
            record.verify(&self.device_key).expect("the secure element's");
            self.chain.insert(&record.statement);
            let sequence = record.statement.sequence;
            let before = self.arrived.insert(sequence, record.clone());
            assert!(before.is_none_or(|before| before == record), "{sequence} came with other bytes");
            if let Some(sequence) = self.chain.complete_up_to(1).filter(|_| self.receipts) {
                let receipt: Receipt =
                    Receipt { anchored_by_unix_s: 1, contract: CONTRACT.into(), device_id: ID.into(), sequence };
                let raw: EcdsaSignature = self.relayer.sign_with_rng(&mut OsRng, &receipt.to_bytes());
                let signed = receipt.to_signed_bytes(&Signature::normalized(&raw.to_bytes()).unwrap());
                self.modem.state().deliver(&format!("{RECEIPTS_TOPIC}{ID}"), &signed);
            }
        }
    }

    pub fn unix_s(&self) -> u64 {
        START_UNIX_S + self.clock.ms() / 1_000
    }

    pub fn qualities(&self) -> Vec<Option<TimeQuality>> {
        self.arrived.values().map(|record| record.statement.time_quality).collect()
    }

    /// Status and time of each edge that arrived.
    pub fn edges(&self) -> Vec<(PowerStatus, u64)> {
        let mut edges: Vec<(PowerStatus, u64)> = Vec::new();
        for record in self.arrived.values() {
            if edges.last().is_none_or(|(status, _)| *status != record.statement.power_status) {
                edges.push((record.statement.power_status, record.statement.timestamp_unix_s));
            }
        }
        edges
    }

    pub fn assert_edges(&self, expected: &[(PowerStatus, u64)], within_s: u64) {
        let edges = self.edges();
        let near = |(a, b): (&(PowerStatus, u64), &(PowerStatus, u64))| a.0 == b.0 && a.1.abs_diff(b.1) <= within_s;
        assert!(edges.len() == expected.len() && edges.iter().zip(expected).all(near), "{edges:?} for {expected:?}");
    }

    pub fn backlog(&self) -> usize {
        self.board.as_ref().and_then(Device::node).map_or(usize::MAX, node::Node::backlog)
    }

    /// Nothing is on its way any more.
    pub fn settle(&mut self) {
        for _ in 0..600 {
            if self.backlog() == 0 {
                return;
            }
            self.run_s(1);
        }
        panic!("{} records without a receipt", self.backlog());
    }

    pub fn assert_whole(&mut self) {
        self.settle();
        let last = *self.arrived.keys().last().unwrap();
        assert_eq!((self.chain.complete_up_to(1), self.chain.omissions(1)), (Some(last), vec![]));
        let violations = [self.flash.cells().violations.clone(), self.modem.state().violations.clone()].concat();
        assert!(violations.is_empty(), "{violations:?}");
    }
}
