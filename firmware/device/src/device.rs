//! The device at work.

use alloc::{format, string::String};

use atecc608::Atecc608;
use embedded_hal::{delay::DelayNs, digital::OutputPin, i2c::I2c};
use embedded_io::{Read, ReadReady, Write};
use embedded_storage::nor_flash::NorFlash;
use node::{Boot, Level, Node, Now, Resume, Signer, SignerError, Time, TimeSource, flash::FlashStore, sequence};
use sim7020::{ClockSource, Event, Modem};

use crate::{
    BROWN_OUT_PAUSE_MS, CHIP_PAUSE_MS, Clock, Error, HOLD_UP_MS, RECEIPT_SILENCE_MS, RECORDS_TOPIC, SEQUENCE_COUNTER,
    SETTLE_MS, orders::Obedience,
};

/// What a device is made of.
#[derive(Debug)]
pub struct Parts<F, I, D, U, K> {
    /// The flash, the start of the queue's partition and its sectors.
    pub flash: (F, u32, usize),
    /// The secure element's bus, its delay and its address.
    pub chip: (I, D, u8),
    /// The modem's line and power key.
    pub modem: (U, K),
}

/// What a device has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What the node counted.
    pub node: node::Counters,
    /// Signatures and counts that the secure element did not give when they were asked for.
    pub chip_failures: u32,
    /// Connections to the broker.
    pub connections: u32,
    /// Messages that were no receipts of ours.
    pub receipts_refused: u32,
    /// It was started by a brown-out of its own supply.
    pub after_brown_out: bool,
}

/// The signatures of a secure element.
pub(crate) struct ChipSigner<'c, I, D>(pub(crate) &'c mut Atecc608<I, D>);

impl<I: I2c, D: DelayNs> Signer for ChipSigner<'_, I, D> {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        self.0.sign(message).map_err(|_| SignerError)
    }
}

/// What the node starts with, as soon as the level of the mains is known.
pub(crate) struct Early {
    pub(crate) config: node::Config,
    resume: Resume,
}

/// A device.
pub struct Device<'a, F, I, D, U, K> {
    pub(crate) early: Option<Early>,
    pub(crate) node: Option<Node>,
    pub(crate) store: FlashStore<F>,
    pub(crate) chip: Atecc608<I, D>,
    pub(crate) modem: Modem<'a, U, K>,
    pub(crate) clock: Clock,
    phases: u8,
    topic: String,
    /// The record that is on its way through the modem.
    pub(crate) sending: Option<u64>,
    pub(crate) off_since_ms: Option<u64>,
    /// The modem is left alone before this.
    modem_from_ms: u64,
    chip_due_ms: u64,
    /// Whether it has sequences of this start.
    is_counted: bool,
    /// When a receipt came last, or the connection was made.
    heard_ms: u64,
    counts: Counts,
    /// The first sequence of this start.
    pub(crate) first_sequence: u64,
    pub(crate) orders: Option<Obedience>,
}

impl<'a, F, I, D, U, K> Device<'a, F, I, D, U, K>
where
    F: NorFlash,
    I: I2c,
    D: DelayNs,
    U: Read + ReadReady + Write,
    K: OutputPin,
{
    /// Starts a device, for the first time or after whatever happened: counts one further, which gives it sequences that
    /// were never used, and reads the flash.
    ///
    /// # Errors
    /// [`Error`].
    pub fn start(parts: Parts<F, I, D, U, K>, config: node::Config, modem: sim7020::Config<'a>) -> Result<Self, Error> {
        // Settings first: a start that cannot succeed must not use up a step of the counter.
        config.check().map_err(node::NodeError::from)?;
        modem.check()?;
        modem.mqtt().ok_or(sim7020::ConfigError::Transport)?;
        let (bus, delay, address) = parts.chip;
        let mut chip = Atecc608::new(bus, delay, address);
        let (flash, start, sectors) = parts.flash;
        let (store, mut resume) = FlashStore::open(flash, start, sectors, &config)?;
        let counted = chip.count(SEQUENCE_COUNTER);
        let next = resume.last.map_or(config.first_sequence, |last| last.sequence + 1);
        // Without a count nothing may be made, but what is signed goes out first: then the start is tried again.
        let sequences = match &counted {
            Ok(count) => sequence::of_step(*count),
            Err(_) if resume.waiting.iter().any(|(_, is_signed)| is_signed) => next..next,
            Err(error) => return Err(Error::Chip(*error)),
        };
        let first_sequence = sequences.start;
        resume.sequences = Some(sequences);
        let topic = format!("{RECORDS_TOPIC}{}", config.device_id);
        Ok(Self {
            phases: config.phases,
            is_counted: counted.is_ok(),
            early: Some(Early { config, resume }),
            node: None,
            store,
            chip,
            modem: Modem::new(modem, parts.modem.0, parts.modem.1)?,
            clock: Clock::default(),
            topic,
            sending: None,
            off_since_ms: None,
            modem_from_ms: 0,
            chip_due_ms: 0,
            heard_ms: 0,
            counts: Counts::default(),
            first_sequence,
            orders: None,
        })
    }

    /// Tells a device that has just been started that its own supply had browned out: edges are seen and stored at once, and
    /// the modem, which draws most, waits for [`BROWN_OUT_PAUSE_MS`] until the hold-up is charged.
    pub fn after_brown_out(&mut self) {
        self.counts.after_brown_out = true;
        self.modem_from_ms = BROWN_OUT_PAUSE_MS;
    }

    /// Takes the level of the mains (of three phases those that are live) and lets time pass: at least every 10 ms for edges to have their time, less often
    /// for nothing else to suffer.
    ///
    /// # Errors
    /// [`Error`]: start again.
    pub fn poll(&mut self, level: impl Into<Level>, now_ms: u64) -> Result<(), Error> {
        self.see(level.into().of(self.phases), now_ms)?;
        while now_ms >= self.modem_from_ms
            && let Some(event) = self.modem.poll(now_ms)?
        {
            self.hear(event, now_ms)?;
        }
        self.work(now_ms)?;
        self.obey(now_ms)
    }

    /// Its name.
    pub(crate) fn device_id(&self) -> &str {
        &self.topic[RECORDS_TOPIC.len()..]
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let node = self.node.as_ref().map(Node::counters).unwrap_or_default();
        Counts { node, ..self.counts }
    }

    /// The node, once the level of the mains is known.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// Whether it knows the time: before that nothing is signed.
    #[must_use]
    pub fn knows_time(&self) -> bool {
        self.clock.at(0).time.is_some()
    }

    /// Whether it is connected to the broker.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.modem.is_online()
    }

    fn see(&mut self, level: Level, now_ms: u64) -> Result<(), Error> {
        if now_ms < SETTLE_MS {
            return Ok(());
        }
        let was_off = self.off_since_ms.is_some();
        self.off_since_ms = if level.is_live() { None } else { self.off_since_ms.or(Some(now_ms)) };
        if was_off && level.is_live() {
            // The network is likely back as well.
            self.modem.hurry(now_ms);
        }
        let now = self.clock.at(now_ms);
        if let Some(Early { config, resume }) = self.early.take() {
            // On: since the board has power, or longer. Off: it is on its hold-up, and was told by the record before.
            let boot = Boot { mains: level, since_unix_s: None, now };
            let mut node = Node::start(config, resume, boot, &mut self.store)?;
            node.reserve();
            self.node = Some(node);
        } else if let Some(node) = &mut self.node {
            node.sample(level, now, &mut self.store);
        }
        Ok(self.store.check()?)
    }

    fn hear(&mut self, event: Event, now_ms: u64) -> Result<(), Error> {
        match event {
            Event::Online => {
                self.counts.connections += 1;
                self.heard_ms = now_ms;
                self.sending = None;
                if let Some(node) = &mut self.node {
                    node.link_up();
                }
            }
            Event::Offline(..) => {
                self.sending = None;
                if let Some(node) = &mut self.node {
                    node.link_down();
                }
            }
            Event::Published => {
                if let (Some(node), Some(sequence)) = (&mut self.node, self.sending.take()) {
                    node.acknowledged(sequence);
                }
            }
            Event::Message if self.is_order() => self.take_order(),
            Event::Message => self.take_receipt(now_ms)?,
            Event::Signal { rssi } => self.report(rssi, now_ms),
            // A device has a broker: its start takes no settings with datagrams.
            Event::Sent | Event::Datagram => {}
            Event::Clock { unix_s, source } => {
                let source = match source {
                    ClockSource::Network => TimeSource::Network,
                    ClockSource::TimeServer => TimeSource::Sntp,
                };
                self.clock.set(Time { unix_s, source }, now_ms);
            }
        }
        Ok(())
    }

    fn take_receipt(&mut self, now_ms: u64) -> Result<(), Error> {
        let (Some(node), now) = (&mut self.node, self.clock.at(now_ms)) else { return Ok(()) };
        let (_, bytes) = self.modem.message();
        match node.receipt(bytes, now, &mut self.store) {
            Ok(_) => self.heard_ms = now_ms,
            Err(_) => self.counts.receipts_refused += 1,
        }
        Ok(self.store.check()?)
    }

    /// Sees to signatures and sequences, gives the modem what goes out next, and notices silence.
    fn work(&mut self, now_ms: u64) -> Result<(), Error> {
        let now = self.clock.at(now_ms);
        if self.chip_due_ms <= now_ms {
            self.ask_chip(now_ms)?;
        }
        let holds = self.off_since_ms.is_none_or(|since_ms| now_ms < since_ms + HOLD_UP_MS);
        if holds && self.sending.is_none() && self.modem.can_publish() {
            self.send(now, self.chip_due_ms > now_ms)?;
        }
        self.notice_silence(now_ms);
        Ok(())
    }

    /// Signs what is not signed, and sees to sequences. A secure element that fails is left alone for a while.
    fn ask_chip(&mut self, now_ms: u64) -> Result<(), Error> {
        let Some(node) = &mut self.node else { return Ok(()) };
        let signed = node.sign_next(&mut ChipSigner(&mut self.chip), &mut self.store).is_ok();
        self.store.check()?;
        let is_low = node.sequences_left() < sequence::LOW;
        let counted = if is_low { self.chip.count(SEQUENCE_COUNTER).map(Some) } else { Ok(None) };
        match counted {
            Ok(Some(count)) => {
                node.extend(sequence::of_step(count), &mut self.store);
                self.store.check()?;
                self.is_counted = true;
            }
            // Started to send what was signed, and that is done: another start may put the rest right.
            Err(error) if !self.is_counted && node.signed_backlog() == 0 => return Err(Error::Chip(error)),
            _ => {}
        }
        if !signed || counted.is_err() {
            self.counts.chip_failures += 1;
            self.chip_due_ms = now_ms + CHIP_PAUSE_MS;
        }
        Ok(())
    }

    /// While the secure element is left alone, what it has signed goes out.
    fn send(&mut self, now: Now, without_chip: bool) -> Result<(), Error> {
        let Some(node) = &mut self.node else { return Ok(()) };
        let next = if without_chip {
            node.next_signed(now, &mut self.store)
        } else {
            let Ok(next) = node.next_publish(now, &mut ChipSigner(&mut self.chip), &mut self.store) else {
                return Ok(());
            };
            next
        };
        self.store.check()?;
        let Some(publish) = next else { return Ok(()) };
        // What the modem does not take now is sent again when its receipt does not come.
        if self.modem.publish(&self.topic, &publish.bytes, now.monotonic_ms).is_ok() {
            self.sending = Some(publish.sequence);
        }
        Ok(())
    }

    /// The modem says nothing of a broker that is gone without a word.
    fn notice_silence(&mut self, now_ms: u64) {
        let waits = self.node.as_ref().is_some_and(|node| node.backlog() > 0 && node.next_resend_ms().is_some());
        if !waits {
            self.heard_ms = self.heard_ms.max(now_ms);
        } else if self.modem.is_online() && self.heard_ms + RECEIPT_SILENCE_MS < now_ms {
            self.heard_ms = now_ms;
            self.modem.reconnect(now_ms);
            if let Some(node) = &mut self.node {
                node.link_down();
            }
        }
    }
}
