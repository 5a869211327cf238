//! A bench for one node: its key, a store, a relayer's key.
#![allow(dead_code)]

pub mod device;

use node::{Boot, Change, Config, Draft, Entry, Level, Node, Now, Publish, Resume, Signer, SignerError, Store, Stored};
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::RandomizedSigner};
use protocol::{
    key::{PublicKey, Signature},
    receipt::Receipt,
    record::{PowerStatus, TimeQuality},
};
use rand::rngs::OsRng;

pub const CONTRACT: &str = "eip155:31337:0x00000000000000000000000000000000000000aa";
pub const DEVICE: &str = "d-1";
pub const HEARTBEAT_S: u64 = 900;

/// A key that signs differently every time, with a high S as often as a low one.
#[derive(Clone)]
pub struct Key(pub SigningKey);

impl Key {
    pub fn new() -> Self {
        Self(SigningKey::random(&mut OsRng))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey::from_point(self.0.verifying_key().to_encoded_point(false).as_bytes()).unwrap()
    }

    pub fn receipt(&self, device_id: &str, contract: &str, sequence: u64) -> Vec<u8> {
        let receipt: Receipt =
            Receipt { anchored_by_unix_s: 1, contract: contract.into(), device_id: device_id.into(), sequence };
        let raw: EcdsaSignature = self.0.sign_with_rng(&mut OsRng, &receipt.to_bytes());
        receipt.to_signed_bytes(&Signature::normalized(&raw.to_bytes()).unwrap())
    }
}

impl Signer for Key {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        let signature: EcdsaSignature = self.0.sign_with_rng(&mut OsRng, message);
        Ok(signature.to_bytes().into())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    Made(Draft),
    Timed(u64, u64, TimeQuality),
    Signed(u64, Vec<u8>),
    Receipted(u64),
}

/// Keeps changes in order; what comes after `durable` is lost at a reset.
#[derive(Default)]
pub struct Log {
    pub kept: Vec<Kept>,
    pub durable: usize,
}

impl Store for Log {
    fn keep(&mut self, change: Change<'_>) {
        self.kept.push(match change {
            Change::Made(draft) => Kept::Made(draft),
            Change::Timed { sequence, unix_s, quality } => Kept::Timed(sequence, unix_s, quality),
            Change::Signed { sequence, bytes } => Kept::Signed(sequence, bytes.to_vec()),
            Change::Receipted { sequence } => Kept::Receipted(sequence),
        });
    }

    fn entry(&mut self, sequence: u64) -> Option<Entry> {
        self.fold().entry(sequence)
    }
}

impl Log {
    pub fn flush(&mut self) {
        self.durable = self.kept.len();
    }

    pub fn lose_the_rest(&mut self) {
        self.kept.truncate(self.durable);
    }

    pub fn drafts(&self) -> Vec<Draft> {
        let draft = |kept: &Kept| match kept {
            Kept::Made(draft) => Some(*draft),
            _ => None,
        };
        self.kept.iter().filter_map(draft).collect()
    }

    pub fn fold(&self) -> Stored {
        let mut stored = Stored::default();
        for kept in &self.kept {
            stored.apply(match kept {
                Kept::Made(draft) => Change::Made(*draft),
                Kept::Timed(sequence, unix_s, quality) => {
                    Change::Timed { sequence: *sequence, unix_s: *unix_s, quality: *quality }
                }
                Kept::Signed(sequence, bytes) => Change::Signed { sequence: *sequence, bytes },
                Kept::Receipted(sequence) => Change::Receipted { sequence: *sequence },
            });
        }
        stored
    }
}

pub fn config(relayer: &Key, queue_limit: usize) -> Config {
    Config {
        device_id: DEVICE.into(),
        latitude_e6: 28_179_930,
        longitude_e6: 77_297_320,
        phases: 1,
        first_sequence: 1,
        heartbeat_s: HEARTBEAT_S,
        first_heartbeat_s: 300,
        debounce_ms: 200,
        queue_limit,
        window: 4,
        resend_ms: 10_000,
        resend_max_ms: 60_000,
        contract: CONTRACT.into(),
        receipt_keys: vec![relayer.public()],
    }
}

/// The bench's clock: both clocks run together from 1,000,000 s.
pub fn at_ms(ms: u64) -> Now {
    Now::known(ms, 1_000_000 + ms / 1000)
}

pub fn unix_s(s: u64) -> u64 {
    1_000_000 + s
}

pub fn at(s: u64) -> Now {
    at_ms(s * 1000)
}

/// A node with everything it needs.
pub struct Bench {
    pub node: Node,
    pub key: Key,
    pub relayer: Key,
    pub log: Log,
}

impl Bench {
    pub fn new(queue_limit: usize) -> Self {
        Self::boot(queue_limit, Boot { mains: PowerStatus::On.into(), since_unix_s: None, now: at(0) })
    }

    pub fn boot(queue_limit: usize, boot: Boot) -> Self {
        let (key, relayer, mut log) = (Key::new(), Key::new(), Log::default());
        let node = Node::start(config(&relayer, queue_limit), Resume::default(), boot, &mut log).unwrap();
        Self { node, key, relayer, log }
    }

    /// Lets time pass as a host does: at every moment that the node asked for.
    pub fn run_to(&mut self, ms: u64) {
        while let Some(due) = self.node.next_tick_ms().filter(|due| *due <= ms) {
            self.node.tick(at_ms(due), &mut self.log);
        }
    }

    pub fn level(&mut self, level: impl Into<Level>, s: u64) {
        self.run_to(s * 1000);
        self.node.sample(level, at(s), &mut self.log);
    }

    pub fn publish(&mut self, ms: u64) -> Option<Publish> {
        let publish = self.node.next_publish(at_ms(ms), &mut self.key, &mut self.log).unwrap();
        self.log.flush();
        publish
    }

    pub fn publish_all(&mut self, ms: u64) -> Vec<u64> {
        std::iter::from_fn(|| self.publish(ms)).map(|publish| publish.sequence).collect()
    }

    pub fn receipt(&mut self, sequence: u64, ms: u64) -> usize {
        let bytes = self.relayer.receipt(DEVICE, CONTRACT, sequence);
        self.node.receipt(&bytes, at_ms(ms), &mut self.log).unwrap()
    }

    /// Status, seconds since the bench's start and sequence of each record made.
    pub fn made(&self) -> Vec<(PowerStatus, u64, u64)> {
        let since_s = |draft: &Draft| draft.stamp.unix_s().expect("a known time") - 1_000_000;
        self.log.drafts().iter().map(|d| (d.power_status, since_s(d), d.sequence)).collect()
    }
}
