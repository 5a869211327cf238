//! The bench's line to a device: who it is, its key, its settings, one signature for a certificate, a test of its
//! parts. Bytes in, lines out; the board brings the wire.
//!
//! A request is `NUMBER COMMAND …`, its answer `NUMBER ok …` or `NUMBER no REASON`, each in a [`line`] with a checksum;
//! number 0 is a line that was not understood. Every command may be sent again when its answer was lost.
//!
//! | request | does | answers |
//! |---|---|---|
//! | `who` | nothing | [`Identity`] |
//! | `key irrevocably SERIAL` | makes the key; names the part, since nothing of it can be undone | `key=04…` |
//! | `settings OFFSET HEX` | takes a part of the settings into memory, from 0 on, in order | `OFFSET` of the next |
//! | `erase irrevocably SERIAL` | erases a part of the records in the flash, delivered or not | `erased=part`, `erased=all` |
//! | `store` | checks what was taken as the device will read it, writes it, reads it back | `settings=DEVICE_ID` |
//! | `sign HEX` | signs a certificate request for the device's own key ([`request`]), and nothing else | `signature=…` |
//! | `test` | looks at the parts, for a second or two | `key=… mains=… modem=…` |
//! | `start` | ends the console: the device starts | `starts` |
//! | `seal DEVICE_ID` | from now on only `who` and `start` do something | `sealed` |
//!
//! The seal is a mark in each copy of the settings. With Secure Boot and flash encryption there is no other way to these
//! than this one; without them whoever has the device can write the flash anyway.

pub mod line;
mod partition;
pub mod request;

use alloc::{format, string::String, vec::Vec};

use data_encoding::HEXLOWER;
use line::Lines;
pub use partition::{Partition, PartitionFault, Region, SEAL, erase_used, first_used, is_sealed};

pub use crate::limits::{MAX_PART, MAX_TEXT};
use crate::{
    keeper::{Keeper, KeeperError, KeyState},
    settings::{self, COPY},
};

/// The parts of the board that can be looked at.
pub trait Probe {
    /// Pulses of the mains within a second.
    fn mains_pulses(&mut self) -> u32;

    /// Whether the modem answers `AT`; `None` on a board without one.
    fn modem_answers(&mut self) -> Option<bool>;
}

/// What the console works on.
#[derive(Debug)]
pub struct Bench<'b, K, P, T> {
    /// Who has the key.
    pub keeper: &'b mut K,
    /// Where the settings are.
    pub partition: &'b mut P,
    /// The other parts.
    pub probe: &'b mut T,
    /// What the queue's partition holds, for the settings' check.
    pub queue_limit: usize,
    /// The firmware's release.
    pub release: &'b str,
}

/// Why a request is refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Damaged or too long.
    #[error(transparent)]
    Line(#[from] line::LineError),
    /// Not in the table.
    #[error("no such command")]
    Command,
    /// In the table, with other words.
    #[error("the command has other words: {0}")]
    Words(&'static str),
    /// It is sealed.
    #[error("the device is sealed: it says who it is, and nothing else")]
    Sealed,
    /// Another part, or another device.
    #[error("this is {0}")]
    Other(String),
    /// The key, or the part that has it.
    #[error(transparent)]
    Keeper(#[from] KeeperError),
    /// Settings came out of order, or more than [`MAX_TEXT`].
    #[error("settings go on at {0}, up to {MAX_TEXT}")]
    Offset(usize),
    /// The device would not take these settings.
    #[error("settings: {0}")]
    Settings(#[from] settings::CheckError),
    /// The flash has records of another device, or nobody knows whose: this one would chain its own to them, and sign those
    /// that were not signed.
    #[error(
        "the flash has records, and not of this device_id as far as is known: let the device deliver them under the id that \
         it has, or run this again with --erase, and what was not delivered is lost"
    )]
    Records,
    /// Key and id do not go together.
    #[error("a board without a secure element, and no other, has an id that begins with development-")]
    Kind,
    /// The flash failed, or does not hold what was written.
    #[error(transparent)]
    Partition(#[from] PartitionFault),
    /// Not a certificate request for this key.
    #[error("signs a certificate request for its own key, and nothing else")]
    Request,
    /// A device that is not finished cannot be sealed.
    #[error("not finished: it needs its key and its settings before it is sealed")]
    Unfinished,
}

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Say this line, and go on.
    Line(String),
    /// Say this line; then the device starts.
    Start(String),
}

impl Answer {
    /// The line to say.
    #[must_use]
    pub fn line(&self) -> &str {
        let (Self::Line(line) | Self::Start(line)) = self;
        line
    }
}

/// The console of a board.
#[derive(Debug, Default)]
pub struct Console {
    lines: Lines,
    /// Settings that came, until they are stored.
    taken: Vec<u8>,
}

impl Console {
    /// Takes a byte from the line; a request's last one has an answer. Most are given within milliseconds; making a key
    /// and the test take up to some seconds.
    pub fn take<K: Keeper, P: Partition, T: Probe>(
        &mut self,
        byte: u8,
        bench: &mut Bench<'_, K, P, T>,
    ) -> Option<Answer> {
        let (number, command) = match self.lines.take(byte)? {
            Ok(text) => numbered(text).map_or((0, Err(Refusal::Command)), |(n, command)| (n, Ok(command))),
            Err(error) => (0, Err(error.into())),
        };
        let result = command.and_then(|command| carry_out(&mut self.taken, command, bench));
        Some(match result {
            Ok(Done::Says(says)) => Answer::Line(line::close(&format!("{number} ok {says}"))),
            Ok(Done::Starts) => Answer::Start(line::close(&format!("{number} ok starts"))),
            Err(refusal) => Answer::Line(line::close(&format!("{number} no {refusal}"))),
        })
    }
}

/// A sealed device, or one at work: says who it is, and nothing else.
#[derive(Debug)]
pub struct Sealed {
    lines: Lines,
    identity: String,
}

impl Sealed {
    /// With what was found at the start.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        Self { lines: Lines::default(), identity: identity.to_words() }
    }

    /// Takes a byte from the line; a request's last one has an answer. Touches no part of the device.
    pub fn take(&mut self, byte: u8) -> Option<String> {
        let answer = match self.lines.take(byte)?.map(numbered) {
            Ok(Some((number, "who"))) => format!("{number} ok {}", self.identity),
            Ok(Some((number, _))) => format!("{number} no {}", Refusal::Sealed),
            Ok(None) => format!("0 no {}", Refusal::Command),
            Err(error) => format!("0 no {error}"),
        };
        Some(line::close(&answer))
    }
}

/// Who a device is, as far as it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whether the key can be read, so that no record of it is news.
    pub is_development: bool,
    /// The release of its firmware.
    pub release: String,
    /// Of the part with the key.
    pub serial: String,
    /// How far the key is.
    pub state: KeyState,
    /// X||Y, once there is one.
    pub public_key: Option<[u8; 64]>,
    /// Who its settings say that it is; `None` without settings.
    pub device_id: Option<String>,
    /// Whether the console is closed.
    pub is_sealed: bool,
}

impl Identity {
    /// Asks the parts.
    ///
    /// # Errors
    /// [`Refusal::Keeper`], [`Refusal::Partition`].
    pub fn read(keeper: &mut impl Keeper, partition: &mut impl Partition, release: &str) -> Result<Self, Refusal> {
        fn is_development<K: Keeper>(_: &K) -> bool {
            K::IS_DEVELOPMENT
        }
        let bytes = partition.read_whole()?;
        let state = keeper.state()?;
        Ok(Self {
            is_development: is_development(keeper),
            release: release.into(),
            serial: keeper.serial()?,
            state,
            public_key: if state == KeyState::Done { Some(keeper.public_key()?) } else { None },
            device_id: settings::device_id(&bytes).ok().map(Into::into),
            is_sealed: is_sealed(&bytes),
        })
    }

    /// As an answer says it.
    #[must_use]
    pub fn to_words(&self) -> String {
        let kind = if self.is_development { "development" } else { "secure-element" };
        let key = self.public_key.map_or_else(|| "none".into(), |key| format!("04{}", HEXLOWER.encode(&key)));
        format!(
            "kind={kind} release={} serial={} state={} key={key} settings={} sealed={}",
            self.release,
            self.serial,
            self.state.as_str(),
            self.device_id.as_deref().unwrap_or("none"),
            if self.is_sealed { "yes" } else { "no" },
        )
    }
}

enum Done {
    Says(String),
    Starts,
}

/// A request's number, from 1 on, and its command.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let (number, command) = text.split_once(' ')?;
    Some((number.parse().ok().filter(|n| *n > 0)?, command))
}

fn carry_out<K: Keeper, P: Partition, T: Probe>(
    taken: &mut Vec<u8>,
    command: &str,
    bench: &mut Bench<'_, K, P, T>,
) -> Result<Done, Refusal> {
    if command == "who" {
        return Ok(Done::Says(Identity::read(bench.keeper, bench.partition, bench.release)?.to_words()));
    }
    if command == "start" {
        return Ok(Done::Starts);
    }
    if is_sealed(&bench.partition.read_whole()?) {
        return Err(Refusal::Sealed);
    }
    let (name, words) = command.split_once(' ').unwrap_or((command, ""));
    Ok(Done::Says(match name {
        "key" => make_key(words, bench.keeper)?,
        "settings" => take_part(taken, words)?,
        "erase" => erase(words, bench)?,
        "store" if words.is_empty() => store(taken, bench)?,
        "sign" => sign(words, bench.keeper)?,
        "test" if words.is_empty() => test(bench),
        "seal" => seal(words, bench)?,
        _ => return Err(Refusal::Command),
    }))
}

fn make_key(words: &str, keeper: &mut impl Keeper) -> Result<String, Refusal> {
    names_part(words, "key irrevocably SERIAL", keeper)?;
    Ok(format!("key=04{}", HEXLOWER.encode(&keeper.make()?)))
}

/// What cannot be undone names the part that it is done to.
fn names_part(words: &str, usage: &'static str, keeper: &mut impl Keeper) -> Result<(), Refusal> {
    let named = words.strip_prefix("irrevocably ").ok_or(Refusal::Words(usage))?;
    let serial = keeper.serial()?;
    if named == serial { Ok(()) } else { Err(Refusal::Other(serial)) }
}

fn erase<K: Keeper, P: Partition, T>(words: &str, bench: &mut Bench<'_, K, P, T>) -> Result<String, Refusal> {
    names_part(words, "erase irrevocably SERIAL", bench.keeper)?;
    Ok(if bench.partition.erase_records()? { "erased=part" } else { "erased=all" }.into())
}

fn take_part(taken: &mut Vec<u8>, words: &str) -> Result<String, Refusal> {
    let wrong = Refusal::Words("settings OFFSET HEX");
    let (offset, digits) = words.split_once(' ').ok_or(wrong.clone())?;
    let offset: usize = offset.parse().map_err(|_| wrong.clone())?;
    let part = HEXLOWER.decode(digits.as_bytes()).ok().filter(|part| (1..=MAX_PART).contains(&part.len()));
    let part = part.ok_or(wrong)?;
    // From 0 it begins again; a part whose answer was lost may come again.
    if offset == 0 {
        taken.clear();
    }
    let end = offset.saturating_add(part.len());
    if taken.get(offset..end) != Some(&part[..]) {
        if offset != taken.len() || end > MAX_TEXT {
            return Err(Refusal::Offset(taken.len()));
        }
        taken.extend_from_slice(&part);
    }
    Ok(format!("{end}"))
}

/// Nothing is erased before all of it was found good.
fn store<K: Keeper, P: Partition, T>(taken: &[u8], bench: &mut Bench<'_, K, P, T>) -> Result<String, Refusal> {
    let mut bytes = taken.to_vec();
    bytes.resize(COPY, 0xff);
    let device_id = settings::check(&bytes, bench.queue_limit)?.device_id;
    let is_development = device_id.starts_with(protocol::roster::DEVELOPMENT_PREFIX);
    if is_development != K::IS_DEVELOPMENT {
        return Err(Refusal::Kind);
    }
    let before = bench.partition.read_whole()?;
    if settings::device_id(&before) != Ok(&device_id) && bench.partition.has_records()? {
        return Err(Refusal::Records);
    }
    bench.partition.write_whole(&bytes)?;
    Ok(format!("settings={device_id}"))
}

fn sign(words: &str, keeper: &mut impl Keeper) -> Result<String, Refusal> {
    let message = HEXLOWER.decode(words.as_bytes()).map_err(|_| Refusal::Words("sign HEX"))?;
    if !request::is_request(&message, &keeper.public_key()?) {
        return Err(Refusal::Request);
    }
    Ok(format!("signature={}", HEXLOWER.encode(&keeper.sign(&message)?)))
}

fn test<K: Keeper, P, T: Probe>(bench: &mut Bench<'_, K, P, T>) -> String {
    let key = if bench.keeper.test().is_ok() { "answers" } else { "silent" };
    let modem = match bench.probe.modem_answers() {
        Some(true) => "answers",
        Some(false) => "silent",
        None => "none",
    };
    format!("key={key} mains={} modem={modem}", bench.probe.mains_pulses())
}

fn seal<K: Keeper, P: Partition, T>(words: &str, bench: &mut Bench<'_, K, P, T>) -> Result<String, Refusal> {
    let bytes = bench.partition.read_whole()?;
    let device_id = settings::device_id(&bytes).map_err(|_| Refusal::Unfinished)?;
    if bench.keeper.state()? != KeyState::Done {
        return Err(Refusal::Unfinished);
    }
    if words != device_id {
        return Err(Refusal::Other(device_id.into()));
    }
    let from = settings::counting(&bytes).ok_or(Refusal::Unfinished)? * COPY;
    let mut copy = bytes[from..from + COPY].to_vec();
    copy[MAX_TEXT..].copy_from_slice(&SEAL);
    bench.partition.write_whole(&copy)?;
    Ok("sealed".into())
}
