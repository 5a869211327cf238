//! A device without modem and secure element: a bare board on a serial line, for trying things out. Its key lies in
//! readable flash, so its id begins with `development-` and no roster takes what it signs for news.
//!
//! The lines are the console's ([`crate::console::line`]). A bridge on the computer says the time and hands on receipts;
//! the board says its records:
//!
//! | who | line | means |
//! |---|---|---|
//! | bridge | `N start` | a bridge begins: the line counts as down until the next time |
//! | bridge | `N time UNIX_S` | the time; again at least every [`LINK_SILENCE_MS`], or the line counts as down |
//! | bridge | `N receipt JSON` | a receipt |
//! | bridge | `N got SEQUENCE` | the broker has the record |
//! | bridge | `N who` | asks who it is |
//! | board | `0 record JSON` | a record |
//! | board | `N ok …`, `N no …` | answers |
//!
//! Nothing is recorded before the time is known. Sequences follow the flash: there is no counter that cannot be turned
//! back.

mod key;

use alloc::{
    collections::VecDeque,
    format,
    string::{String, ToString as _},
};

use embedded_storage::nor_flash::NorFlash;
pub use key::FlashKey;
use node::{Boot, Node, Resume, Signer, SignerError, Time, TimeSource, flash::FlashStore, sequence};
use protocol::{MAX_INTEGER, record::PowerStatus, roster::DEVELOPMENT_PREFIX};

pub use crate::limits::{GOT_SILENCE_MS, LINK_SILENCE_MS, MAX_WAITING};
use crate::{
    Clock, Error, SETTLE_MS,
    console::line::{self, LineError, Lines},
    keeper::Keeper,
};

/// What goes wrong with a board that has been started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BenchError {
    /// As with any device.
    #[error(transparent)]
    Device(#[from] Error),
    /// A key that can be read, under a name that says nothing of it.
    #[error("the id of a board without a secure element begins with {DEVELOPMENT_PREFIX}")]
    Name,
}

impl From<node::NodeError> for BenchError {
    fn from(error: node::NodeError) -> Self {
        Self::Device(error.into())
    }
}

impl From<node::flash::FlashError> for BenchError {
    fn from(error: node::flash::FlashError) -> Self {
        Self::Device(error.into())
    }
}

struct KeySigner<'k, K>(&'k mut K);

impl<K: Keeper> Signer for KeySigner<'_, K> {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        self.0.sign(message).map_err(|_| SignerError)
    }
}

/// A board at work.
pub struct BenchDevice<F, K> {
    /// Until the time is known.
    waiting: Option<(node::Config, Resume)>,
    node: Option<Node>,
    store: FlashStore<F>,
    keeper: K,
    clock: Clock,
    identity: String,
    lines: Lines,
    /// What is to be said.
    says: VecDeque<String>,
    /// The record that the bridge has, and the broker not yet; since when.
    sending: Option<(u64, u64)>,
    heard_ms: Option<u64>,
}

impl<F: NorFlash, K: Keeper> BenchDevice<F, K> {
    /// Starts it on the `sectors` of a flash from `start` on. `identity` is what it answers to `who`.
    ///
    /// # Errors
    /// [`BenchError`].
    pub fn start(
        flash: (F, u32, usize),
        keeper: K,
        config: node::Config,
        identity: String,
    ) -> Result<Self, BenchError> {
        config.check().map_err(node::NodeError::from)?;
        if !config.device_id.starts_with(DEVELOPMENT_PREFIX) {
            return Err(BenchError::Name);
        }
        let (store, mut resume) = FlashStore::open(flash.0, flash.1, flash.2, &config)?;
        // No counter but the flash: what was made last and cannot be read any more must not be made again.
        resume.sequences = resume.last.map(|last| last.sequence + 1 + sequence::STEP..MAX_INTEGER + 1);
        Ok(Self {
            waiting: Some((config, resume)),
            node: None,
            store,
            keeper,
            clock: Clock::default(),
            identity,
            lines: Lines::default(),
            says: VecDeque::new(),
            sending: None,
            heard_ms: None,
        })
    }

    /// Takes the level that stands for the mains, and lets time pass.
    ///
    /// # Errors
    /// [`BenchError`]: start again.
    pub fn poll(&mut self, level: PowerStatus, now_ms: u64) -> Result<(), BenchError> {
        let now = self.clock.at(now_ms);
        if now.time.is_none() || now_ms < SETTLE_MS {
            return Ok(());
        }
        if let Some((config, resume)) = self.waiting.take() {
            let boot = Boot { mains: level.into(), since_unix_s: None, now };
            let mut node = Node::start(config, resume, boot, &mut self.store)?;
            node.reserve();
            node.link_up();
            self.node = Some(node);
        }
        let Some(node) = &mut self.node else { return Ok(()) };
        node.sample(level, now, &mut self.store);
        self.store.check()?;
        if self.heard_ms.is_some_and(|heard_ms| heard_ms + LINK_SILENCE_MS < now_ms) {
            node.link_down();
            (self.heard_ms, self.sending) = (None, None);
        }
        let waits = self.sending.is_some_and(|(_, since_ms)| now_ms < since_ms + GOT_SILENCE_MS);
        if !waits && self.says.len() < MAX_WAITING && self.heard_ms.is_some() {
            let next = node.next_publish(now, &mut KeySigner(&mut self.keeper), &mut self.store);
            self.store.check()?;
            if let Ok(Some(publish)) = next {
                self.sending = Some((publish.sequence, now_ms));
                self.says.push_back(line::close(&format!("0 record {}", String::from_utf8_lossy(&publish.bytes))));
            }
        }
        Ok(())
    }

    /// Takes a byte from the line.
    ///
    /// # Errors
    /// [`BenchError`]: start again.
    pub fn take(&mut self, byte: u8, now_ms: u64) -> Result<(), BenchError> {
        let answer = match self.lines.take(byte) {
            None => return Ok(()),
            Some(Ok(text)) => {
                let text = text.to_string();
                self.hear(&text, now_ms)
            }
            Some(Err(error @ (LineError::Checksum | LineError::Length))) => format!("0 no {error}"),
        };
        self.store.check()?;
        if self.says.len() < MAX_WAITING {
            self.says.push_back(line::close(&answer));
        }
        Ok(())
    }

    /// The next line to say.
    pub fn say(&mut self) -> Option<String> {
        self.says.pop_front()
    }

    /// The node, once the time is known.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    fn hear(&mut self, text: &str, now_ms: u64) -> String {
        let mut words = text.splitn(3, ' ');
        let (number, command, rest) = (words.next().unwrap_or(""), words.next(), words.next().unwrap_or(""));
        let result = match command {
            Some("who") => Ok(self.identity.clone()),
            Some("start") => Ok(self.begin_anew()),
            Some("time") => self.set_time(rest, now_ms),
            Some("got") => self.got(rest),
            Some("receipt") => self.take_receipt(rest, now_ms),
            _ => Err("no such command of a board at work".into()),
        };
        match result {
            Ok(says) => format!("{number} ok {says}"),
            Err(refusal) => format!("{number} no {refusal}"),
        }
    }

    /// Another bridge: what the one before was given may be lost, so all without a receipt goes again.
    fn begin_anew(&mut self) -> String {
        (self.heard_ms, self.sending) = (None, None);
        if let Some(node) = &mut self.node {
            node.link_down();
        }
        "at work".into()
    }

    fn set_time(&mut self, unix_s: &str, now_ms: u64) -> Result<String, String> {
        let unix_s = unix_s.parse().ok().filter(|unix_s| *unix_s <= protocol::MAX_INTEGER / 1_000);
        let time = Time { unix_s: unix_s.ok_or("not a time")?, source: TimeSource::Network };
        self.clock.set(time, now_ms);
        if self.heard_ms.replace(now_ms).is_none() {
            self.sending = None;
            if let Some(node) = &mut self.node {
                node.link_up();
            }
        }
        Ok("time".into())
    }

    fn got(&mut self, sequence: &str) -> Result<String, String> {
        let sequence: u64 = sequence.parse().map_err(|_| "not a sequence")?;
        if self.sending.is_some_and(|(sent, _)| sent == sequence) {
            self.sending = None;
            if let Some(node) = &mut self.node {
                node.acknowledged(sequence);
            }
        }
        Ok("got".into())
    }

    fn take_receipt(&mut self, receipt: &str, now_ms: u64) -> Result<String, String> {
        let (Some(node), now) = (&mut self.node, self.clock.at(now_ms)) else {
            return Err("the time is not known".into());
        };
        let freed = node.receipt(receipt.as_bytes(), now, &mut self.store).map_err(|refusal| refusal.to_string())?;
        Ok(format!("freed={freed}"))
    }
}
