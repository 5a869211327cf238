//! A bootloader that starts images from their slots, and the operator at the other end of the line.

use std::collections::{BTreeMap, BTreeSet};

use device::{Device, Parts, REPORTS_TOPIC, settings::Settings, within_limits};
use orders::{Changes, Configuration, Layout, Orders, Report, transfer::Request};
use p256::ecdsa::SigningKey;
use protocol::key::PublicKey;
use rand::rngs::OsRng;
use sim7020::Transport;
use simulators::{
    Clock,
    atecc608::Bus,
    flash::{SECTOR, SimFlash},
    maintenance::{Maintenance, public_key, sign},
    sim7020::{PowerKey, Sim7020, Uart},
};

use super::{Board, ID, World};

pub const LAYOUT: Layout = Layout { state: 0, otadata: 8_192, slots: [0x4000, 0x14000], slot_bytes: 16 * SECTOR };

/// What happens to blocks on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Good,
    /// Nobody answers.
    Dead,
    /// Every third is lost, every fourth comes twice, the one before comes again, and garbage between.
    Bad,
    /// Every block comes with a bit flipped.
    Wrong,
}

/// What an image does when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It does not even start.
    Crashes,
    /// It looks for a broker that does not exist.
    NeverConnects,
}

impl World {
    pub fn operator(&mut self) -> &mut Operator {
        self.operator.as_mut().unwrap()
    }

    /// Publishes an order, retained.
    pub fn order(&mut self, kind: &str, bytes: &[u8]) {
        self.operator.as_ref().unwrap().maintenance.order(&self.modem, kind, bytes);
    }

    /// Orders a release with an image of so many bytes of code.
    pub fn release(&mut self, release: u64, length: usize) {
        self.operator.as_mut().unwrap().maintenance.release(&self.modem, release, length);
    }

    pub fn running(&self) -> Option<u64> {
        let orders = self.board.as_ref()?.orders()?;
        Some(orders.running().release)
    }

    pub fn is_confirmed(&self, release: u64) -> bool {
        self.running() == Some(release) && self.board.as_ref().is_some_and(|it| !it.orders().unwrap().is_on_trial())
    }

    pub fn run_until(&mut self, most_s: u64, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..most_s / 5 {
            if holds(self) {
                return;
            }
            self.run_s(5);
        }
        panic!("in vain: {what}; {:?}", self.board.as_ref().and_then(|it| it.orders()).map(|it| it.refused()));
    }
}

pub struct Operator {
    pub maintenance: Maintenance,
    pub key: SigningKey,
    /// By release: whose releases that image takes. Others take those of the release key.
    pub keys_of: BTreeMap<u64, Vec<PublicKey>>,
    pub fates: BTreeMap<u64, Fate>,
    pub way: Way,
    /// Requests and reports for an operator elsewhere, where there is one.
    pub forwarded: Option<Vec<(String, Vec<u8>)>>,
    pub requests: u32,
    pub blocks: u32,
    pub reports: Vec<Vec<u8>>,
    /// Releases in the order in which they were started.
    pub started: Vec<u64>,
    /// Everything that ever ran, for what must never run.
    pub ran: BTreeSet<u64>,
}

impl Operator {
    /// Release 1 in the first slot, as it was flashed.
    pub fn new(flash: &SimFlash) -> Self {
        Self {
            maintenance: Maintenance::new(ID, flash, LAYOUT, SigningKey::random(&mut OsRng), 5_000),
            key: SigningKey::random(&mut OsRng),
            keys_of: BTreeMap::new(),
            fates: BTreeMap::new(),
            way: Way::Good,
            forwarded: None,
            requests: 0,
            blocks: 0,
            reports: Vec::new(),
            started: Vec::new(),
            ran: BTreeSet::new(),
        }
    }

    pub fn boot(
        &mut self,
        flash: &mut SimFlash,
        parts: Parts<SimFlash, Bus, Clock, Uart, PowerKey>,
        mut settings: Settings<'static>,
    ) -> Option<Board> {
        let mut running = self.maintenance.boot(flash)?;
        let release = running.release;
        self.started.push(release);
        self.ran.insert(release);
        match self.fates.get(&release) {
            Some(Fate::Crashes) => return None,
            Some(Fate::NeverConnects) => {
                let Transport::Mqtt(mqtt) = &mut settings.modem.transport else { panic!("a device speaks MQTT") };
                mqtt.host = "nowhere.example";
            }
            None => {}
        }
        settings.operator_key = Some(public_key(&self.key));
        if let Some(keys) = self.keys_of.get(&release) {
            running.release_keys.clone_from(keys);
        }
        let fits = |it: &Configuration| within_limits(&settings.node, &settings.modem, it);
        let orders = Orders::open(flash, running, LAYOUT, (ID, settings.operator_key.clone()), fits).ok()?;
        let changes: &'static Changes =
            Box::leak(Box::new(orders.configuration().map(|it| it.changes.clone()).unwrap_or_default()));
        let settings = settings.with(changes);
        Some(Device::start(parts, settings.node, settings.modem).ok()?.with_orders(orders, "power-on"))
    }

    /// Takes what is for the operator.
    pub fn hear(&mut self, modem: &Sim7020, topic: &str, bytes: &[u8]) -> bool {
        let mine = topic == format!("{REPORTS_TOPIC}{ID}") || self.maintenance.is_request(topic);
        if let Some(forwarded) = self.forwarded.as_mut().filter(|_| mine) {
            forwarded.push((topic.into(), bytes.to_vec()));
            return true;
        }
        if topic == format!("{REPORTS_TOPIC}{ID}") {
            self.reports.push(bytes.to_vec());
            return true;
        }
        if !self.maintenance.is_request(topic) {
            return false;
        }
        self.requests += 1;
        let request = Request::parse(bytes).expect("a canonical request");
        let mut before: Option<Vec<u8>> = None;
        for mut answer in request.answers(&self.maintenance.image) {
            self.blocks += 1;
            let mut state = modem.state();
            let mut deliver = |bytes: &[u8]| state.deliver(&self.maintenance.block_topic(), bytes);
            match self.way {
                Way::Dead => {}
                Way::Good => deliver(&answer),
                Way::Wrong => {
                    answer[20] ^= 1;
                    deliver(&answer);
                }
                Way::Bad => {
                    before.iter().for_each(|late| deliver(late));
                    deliver(&[0x55; 40]);
                    deliver(&answer[..answer.len() - 1]);
                    if self.blocks.is_multiple_of(4) {
                        deliver(&answer);
                    }
                    if !self.blocks.is_multiple_of(3) {
                        deliver(&answer);
                    }
                }
            }
            before = Some(answer);
        }
        true
    }

    pub fn configuration(&self, configuration: u64, changes: Changes) -> Vec<u8> {
        let configuration = Configuration { configuration, device_id: ID.into(), changes };
        configuration.to_signed_bytes(&sign(&self.key, &configuration.to_bytes()))
    }

    pub fn last_report(&self) -> Report {
        Report::parse(self.reports.last().expect("a report")).unwrap().0
    }
}
