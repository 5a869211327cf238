//! The device at work.

use alloc::{format, string::String};

use atecc608::Atecc608;
use embedded_hal::{delay::DelayNs, digital::OutputPin, i2c::I2c};
use embedded_io::{Read, ReadReady, Write};
use embedded_storage::nor_flash::NorFlash;
use node::{Boot, Node, Now, Resume, Signer, SignerError, flash::FlashStore, sequence};
use protocol::record::PowerStatus;
use sim7020::{Event, Modem};

use crate::{
    CHIP_PAUSE_MS, Clock, Error, HOLD_UP_MS, MAX_EARLY_EDGES, RECEIPT_SILENCE_MS, RECORDS_TOPIC, SEQUENCE_COUNTER,
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
    /// Edges that joined others while the time was not known.
    pub early_edges_joined: u32,
}

/// The signatures of a secure element.
pub(crate) struct ChipSigner<'c, I, D>(pub(crate) &'c mut Atecc608<I, D>);

impl<I: I2c, D: DelayNs> Signer for ChipSigner<'_, I, D> {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        self.0.sign(message).map_err(|_| SignerError)
    }
}

/// Before the time is known: levels with the board's time at which they were seen.
pub(crate) struct Early {
    pub(crate) config: node::Config,
    resume: Resume,
    edges: heapless::Vec<(PowerStatus, u64), MAX_EARLY_EDGES>,
}

/// A device.
pub struct Device<'a, F, I, D, U, K> {
    pub(crate) early: Option<Early>,
    pub(crate) node: Option<Node>,
    pub(crate) store: FlashStore<F>,
    pub(crate) chip: Atecc608<I, D>,
    pub(crate) modem: Modem<'a, U, K>,
    pub(crate) clock: Clock,
    topic: String,
    /// The record that is on its way through the modem.
    pub(crate) sending: Option<u64>,
    pub(crate) off_since_ms: Option<u64>,
    chip_due_ms: u64,
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
        let (bus, delay, address) = parts.chip;
        let mut chip = Atecc608::new(bus, delay, address);
        let (flash, start, sectors) = parts.flash;
        let (store, mut resume) = FlashStore::open(flash, start, sectors, &config)?;
        let sequences = sequence::of_step(chip.count(SEQUENCE_COUNTER)?);
        let first_sequence = sequences.start;
        resume.sequences = Some(sequences);
        let topic = format!("{RECORDS_TOPIC}{}", config.device_id);
        Ok(Self {
            early: Some(Early { config, resume, edges: heapless::Vec::new() }),
            node: None,
            store,
            chip,
            modem: Modem::new(modem, parts.modem.0, parts.modem.1)?,
            clock: Clock::default(),
            topic,
            sending: None,
            off_since_ms: None,
            chip_due_ms: 0,
            heard_ms: 0,
            counts: Counts::default(),
            first_sequence,
            orders: None,
        })
    }

    /// Takes the level of the mains and lets time pass: at least every 10 ms for edges to have their time, less often
    /// for nothing else to suffer.
    ///
    /// # Errors
    /// [`Error`]: start again.
    pub fn poll(&mut self, level: PowerStatus, now_ms: u64) -> Result<(), Error> {
        self.see(level, now_ms)?;
        while let Some(event) = self.modem.poll(now_ms)? {
            self.hear(event, now_ms)?;
        }
        self.work(now_ms)?;
        self.obey(now_ms)
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let node = self.node.as_ref().map(Node::counters).unwrap_or_default();
        Counts { node, ..self.counts }
    }

    /// The node, once the time is known.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// Whether it is connected to the broker.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.modem.is_online()
    }

    fn see(&mut self, level: PowerStatus, now_ms: u64) -> Result<(), Error> {
        if now_ms < SETTLE_MS {
            return Ok(());
        }
        let was_off = self.off_since_ms.is_some();
        self.off_since_ms = match level {
            PowerStatus::On => None,
            PowerStatus::Off => self.off_since_ms.or(Some(now_ms)),
        };
        if was_off && level == PowerStatus::On {
            // The network is likely back as well.
            self.modem.hurry(now_ms);
        }
        if let Some(early) = &mut self.early
            && early.edges.last().is_none_or(|(last, _)| *last != level)
            && early.edges.push((level, now_ms)).is_err()
        {
            // An interruption more than there is room for joins the one before.
            early.edges.pop();
            self.counts.early_edges_joined += 1;
        }
        if let (Some(node), Some(now)) = (&mut self.node, self.clock.at(now_ms)) {
            node.sample(level, now, &mut self.store);
            self.store.check()?;
        }
        Ok(())
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
            Event::Clock { unix_s } => {
                self.clock.set(unix_s, now_ms);
                self.begin(now_ms)?;
            }
        }
        Ok(())
    }

    fn take_receipt(&mut self, now_ms: u64) -> Result<(), Error> {
        let (Some(node), Some(now)) = (&mut self.node, self.clock.at(now_ms)) else { return Ok(()) };
        let (_, bytes) = self.modem.message();
        match node.receipt(bytes, now, &mut self.store) {
            Ok(_) => self.heard_ms = now_ms,
            Err(_) => self.counts.receipts_refused += 1,
        }
        Ok(self.store.check()?)
    }

    /// The time has become known: what was seen before it is recorded with the time at which it was seen.
    fn begin(&mut self, now_ms: u64) -> Result<(), Error> {
        let Some(early) = self.early.take() else { return Ok(()) };
        let clock = self.clock;
        let at = |ms| clock.at(ms).unwrap_or(Now { monotonic_ms: ms, unix_s: 0 });
        let (mains, since_ms) = early.edges.first().copied().unwrap_or((PowerStatus::Off, now_ms));
        // On: since the board has power, or longer. Off: it is on its hold-up, and was told by the record before.
        let boot = Boot { mains, since_unix_s: None, now: at(since_ms) };
        let mut node = Node::start(early.config, &early.resume, boot, &mut self.store)?;
        node.reserve();
        for (level, ms) in early.edges.iter().skip(1) {
            node.sample(*level, at(*ms), &mut self.store);
        }
        node.tick(at(now_ms), &mut self.store);
        self.store.check()?;
        if self.modem.is_online() {
            node.link_up();
        }
        self.node = Some(node);
        Ok(())
    }

    /// Signs what is not signed, gives the modem what goes out next, and sees to sequences and silence.
    fn work(&mut self, now_ms: u64) -> Result<(), Error> {
        let (Some(node), Some(now)) = (&mut self.node, self.clock.at(now_ms)) else { return Ok(()) };
        if self.chip_due_ms > now_ms {
            return Ok(());
        }
        let mut signer = ChipSigner(&mut self.chip);
        if node.sign_next(&mut signer, &mut self.store).is_err() {
            self.counts.chip_failures += 1;
            self.chip_due_ms = now_ms + CHIP_PAUSE_MS;
            return Ok(());
        }
        self.store.check()?;
        if node.sequences_left() < sequence::LOW {
            match self.chip.count(SEQUENCE_COUNTER) {
                Ok(count) => node.extend(sequence::of_step(count)),
                Err(_) => {
                    self.counts.chip_failures += 1;
                    self.chip_due_ms = now_ms + CHIP_PAUSE_MS;
                }
            }
        }
        let holds = self.off_since_ms.is_none_or(|since_ms| now_ms < since_ms + HOLD_UP_MS);
        if holds && self.sending.is_none() && self.modem.can_publish() {
            self.send(now)?;
        }
        self.notice_silence(now_ms);
        Ok(())
    }

    fn send(&mut self, now: Now) -> Result<(), Error> {
        let Some(node) = &mut self.node else { return Ok(()) };
        let Ok(next) = node.next_publish(now, &mut ChipSigner(&mut self.chip), &mut self.store) else { return Ok(()) };
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
