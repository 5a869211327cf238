//! A driver with a simulated modem, on a clock that the test moves.
#![allow(dead_code)]

use std::net::Ipv4Addr;

use sim7020::{Config, Event, Length, Modem, Mqtt, Peer, Transport};
use simulators::{
    Clock,
    sim7020::{Fault, PowerKey, Sim7020, Trouble, Uart},
};

pub const PEM: &str = include_str!("root.pem");
pub const RECEIPTS: &str = "power/v1/receipts/d-1";
pub const RECORDS: &str = "power/v1/records/d-1";

pub const MQTT: Mqtt<'static> = Mqtt {
    host: "broker.example",
    port: 8883,
    root_certificate_pem: PEM,
    client_id: "d-1",
    login: Some(("device", "secret-word")),
    keep_alive_s: 1_200,
    subscribe: &[RECEIPTS],
};

pub const CONFIG: Config<'static> = Config {
    apn: Some("iot.example"),
    transport: Transport::Mqtt(MQTT),
    time_server: Some("time.example"),
    power_saving_s: None,
};

/// RFC 5737: of no one.
pub const PEER: Peer = Peer { address: Ipv4Addr::new(192, 0, 2, 7), port: 5_684, length: Length::Characters };

pub const DATAGRAMS: Config<'static> = Config { transport: Transport::Datagrams(PEER), ..CONFIG };

/// Every way in which a command may fail: late and a second time after so many ms, and refused with this code.
pub const fn troubles(late_ms: u64, twice_ms: u64, code: u16) -> [Trouble; 8] {
    [
        Trouble::Deaf,
        Trouble::Silent,
        Trouble::LateMs(late_ms),
        Trouble::TwiceMs(twice_ms),
        Trouble::Noise,
        Trouble::Interrupted,
        Trouble::Error(code),
        Trouble::Restart,
    ]
}

/// The settings of these tests, with another broker.
pub fn mqtt(mqtt: Mqtt<'static>) -> Config<'static> {
    Config { transport: Transport::Mqtt(mqtt), ..CONFIG }
}

pub struct Bench {
    pub clock: Clock,
    pub sim: Sim7020,
    pub modem: Modem<'static, Uart, PowerKey>,
    /// With the second at which they came.
    pub events: Vec<(u64, Event)>,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(CONFIG)
    }

    pub fn with(config: Config<'static>) -> Self {
        let clock = Clock::default();
        let sim = Sim7020::new(&clock);
        let modem = Modem::new(config, sim.uart(), sim.power_key()).unwrap();
        Self { clock, sim, modem, events: Vec::new() }
    }

    pub fn fault(&self, command: &'static str, trouble: Trouble, times: u32) {
        self.sim.state().faults.push(Fault { command, trouble, times });
    }

    /// Polls every 10 ms.
    pub fn run_ms(&mut self, ms: u64) {
        let end = self.clock.ms() + ms;
        while self.clock.ms() < end {
            self.step();
        }
    }

    fn step(&mut self) {
        while let Some(event) = self.modem.poll(self.clock.ms()).unwrap() {
            self.events.push((self.clock.ms() / 1_000, event));
        }
        self.clock.pass_ms(10);
    }

    /// Runs until it is online; says after how many seconds.
    pub fn run_online(&mut self, within_s: u64) -> u64 {
        let start = self.clock.ms();
        while !self.modem.is_online() {
            assert!(self.clock.ms() < start + within_s * 1_000, "not online: {:?}", self.events);
            self.step();
        }
        (self.clock.ms() - start) / 1_000
    }

    pub fn publish(&mut self, payload: &[u8]) {
        while !self.modem.can_publish() {
            self.step();
        }
        self.modem.publish(RECORDS, payload, self.clock.ms()).unwrap();
    }

    pub fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|(_, event)| wanted(event)).count()
    }

    pub fn received(&self) -> Vec<Vec<u8>> {
        self.sim.state().broker.received.iter().map(|(_, payload)| payload.clone()).collect()
    }

    pub fn assert_by_the_manual(&self) {
        let violations = self.sim.state().violations.clone();
        assert!(violations.is_empty(), "{violations:?}");
    }
}
