//! A bootloader that starts images from their slots, and the operator at the other end of the line.

use std::collections::{BTreeMap, BTreeSet};

use device::{Device, ORDERS_TOPIC, Parts, REPORTS_TOPIC, REQUESTS_TOPIC, settings::Settings, within_limits};
use orders::{Changes, Configuration, Layout, Manifest, Orders, Report, Running, transfer::Request};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::key::{PublicKey, Signature};
use rand::rngs::OsRng;
use simulators::{
    Clock,
    atecc608::Bus,
    bootloader::{self, Bootloader},
    flash::{SECTOR, SimFlash},
    sim7020::{PowerKey, Sim7020, Uart},
};

use super::{Board, ID, World, public};

pub const BOARD: &str = "esp32c3-atecc608-sim7020";
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
        let topic = format!("{ORDERS_TOPIC}{}/{kind}", ID);
        let mut state = self.modem.state();
        state.broker.retained.insert(topic.clone(), bytes.to_vec());
        state.deliver(&topic, bytes);
    }

    /// Orders a release with an image of so many bytes of code.
    pub fn release(&mut self, release: u64, length: usize) {
        let image = bootloader::image(BOARD, release, 0, length);
        let manifest = self.operator().manifest(release, &image);
        self.operator().image = image;
        self.order("release", &manifest);
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
    pub bootloader: Bootloader,
    pub key: SigningKey,
    /// By release: whose releases that image takes. Others take those of the first.
    pub keys_of: BTreeMap<u64, Vec<PublicKey>>,
    pub release_key: SigningKey,
    pub fates: BTreeMap<u64, Fate>,
    /// The image that is served.
    pub image: Vec<u8>,
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

pub fn sign(key: &SigningKey, text: &[u8]) -> Signature {
    let raw: EcdsaSignature = key.sign(text);
    Signature::normalized(&raw.to_bytes()).unwrap()
}

pub fn public_of(key: &SigningKey) -> PublicKey {
    public(key.verifying_key().to_encoded_point(false).as_bytes())
}

impl Operator {
    /// Release 1 in the first slot, as it was flashed.
    pub fn new(flash: &SimFlash) -> Self {
        let image = bootloader::image(BOARD, 1, 0, 5_000);
        let mut bytes = flash.cells().bytes().to_vec();
        bytes[LAYOUT.slots[0] as usize..][..image.len()].copy_from_slice(&image);
        flash.cells().set_bytes(&bytes);
        let Layout { otadata, slots, slot_bytes, .. } = LAYOUT;
        Self {
            bootloader: Bootloader { otadata, slots, slot_bytes, secure_version: 0 },
            key: SigningKey::random(&mut OsRng),
            keys_of: BTreeMap::new(),
            release_key: SigningKey::random(&mut OsRng),
            fates: BTreeMap::new(),
            image,
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
        let slot = self.bootloader.start(flash)?;
        let release = self.bootloader.release(flash, slot).expect("the bootloader starts whole images only");
        self.started.push(release);
        self.ran.insert(release);
        match self.fates.get(&release) {
            Some(Fate::Crashes) => return None,
            Some(Fate::NeverConnects) => settings.modem.host = "nowhere.example",
            None => {}
        }
        settings.operator_key = Some(public_of(&self.key));
        let release_keys = self.keys_of.get(&release).cloned().unwrap_or_else(|| vec![public_of(&self.release_key)]);
        let running = Running { board: BOARD, release, security_version: 0, release_keys, slot };
        let fits = |it: &Configuration| within_limits(&settings.node, &settings.modem, it);
        let orders = Orders::open(flash, running, LAYOUT, (ID, settings.operator_key.clone()), fits).ok()?;
        let changes: &'static Changes =
            Box::leak(Box::new(orders.configuration().map(|it| it.changes.clone()).unwrap_or_default()));
        let settings = settings.with(changes);
        Some(Device::start(parts, settings.node, settings.modem).ok()?.with_orders(orders, "power-on"))
    }

    /// Takes what is for the operator.
    pub fn hear(&mut self, modem: &Sim7020, topic: &str, bytes: &[u8]) -> bool {
        let mine = topic == format!("{REPORTS_TOPIC}{ID}") || topic == format!("{REQUESTS_TOPIC}{ID}");
        if let Some(forwarded) = self.forwarded.as_mut().filter(|_| mine) {
            forwarded.push((topic.into(), bytes.to_vec()));
            return true;
        }
        if topic == format!("{REPORTS_TOPIC}{ID}") {
            self.reports.push(bytes.to_vec());
            return true;
        }
        if topic != format!("{REQUESTS_TOPIC}{ID}") {
            return false;
        }
        self.requests += 1;
        let request = Request::parse(bytes).expect("a canonical request");
        let mut before: Option<Vec<u8>> = None;
        for mut answer in request.answers(&self.image) {
            self.blocks += 1;
            let mut state = modem.state();
            let mut deliver = |bytes: &[u8]| state.deliver(&format!("{ORDERS_TOPIC}{ID}/block"), bytes);
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

    /// The manifest of an image, signed.
    pub fn manifest(&self, release: u64, image: &[u8]) -> Vec<u8> {
        let manifest = Manifest {
            board: BOARD.into(),
            image_sha256: protocol::digest(image),
            release,
            security_version: 0,
            size: image.len() as u64,
        };
        manifest.to_signed_bytes(&sign(&self.release_key, &manifest.to_bytes()))
    }

    pub fn configuration(&self, configuration: u64, changes: Changes) -> Vec<u8> {
        let configuration = Configuration { configuration, device_id: ID.into(), changes };
        configuration.to_signed_bytes(&sign(&self.key, &configuration.to_bytes()))
    }

    pub fn last_report(&self) -> Report {
        Report::parse(self.reports.last().expect("a report")).unwrap().0
    }
}
