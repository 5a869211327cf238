//! A SIM7020E with its card, its network, its broker and the way of its datagrams, by the AT Command Manual V1.05 and its application notes.

mod commands;
mod datagrams;
mod network;
mod parts;
mod power;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

pub use datagrams::{Datagram, Datagrams, Fate};
pub use network::{Broker, Network, SEARCH_PAUSES_S};
pub use parts::{PowerKey, Uart};

use crate::Clock;

/// Longest command line after `AT` (1.4.4): a longer one is an error.
const MAX_COMMAND: usize = 2_048;

/// A modem; clones are the same one.
#[derive(Clone, Debug)]
pub struct Sim7020(Arc<Mutex<State>>);

/// The card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// Ready.
    Ready,
    /// None in the holder.
    Missing,
    /// Locked.
    Pin,
}

/// What goes wrong with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Not even echoed.
    Deaf,
    /// Echoed and never answered.
    Silent,
    /// Answered so much later.
    LateMs(u64),
    /// Answered twice, the second time so much later.
    TwiceMs(u64),
    /// Bytes of noise before the answer.
    Noise,
    /// Unsolicited lines between echo and answer, and one within the echo.
    Interrupted,
    /// `+CME ERROR: <n>`.
    Error(u16),
    /// Restarts instead of answering.
    Restart,
}

/// The next `times` commands that begin with `command` meet this.
#[derive(Clone, Debug)]
pub struct Fault {
    /// As `AT+CPIN`.
    pub command: &'static str,
    /// What happens.
    pub trouble: Trouble,
    /// How often.
    pub times: u32,
}

/// Settings that survive a restart, and those that wait for one.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) fixed_rate: bool,
    pub(crate) hex: bool,
    pub(crate) apn: Option<String>,
    pub(crate) next_pauses_s: [u16; 6],
    pub(crate) next_utc: bool,
}

/// The one MQTT client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    None,
    New,
    Connected { topics: BTreeSet<String> },
}

/// Everything about a modem.
#[derive(Debug)]
pub struct State {
    clock: Clock,
    /// The card.
    pub card: Card,
    /// The network.
    pub network: Network,
    /// The broker behind it.
    pub broker: Broker,
    /// The way of datagrams behind it.
    pub datagrams: Datagrams,
    /// What will go wrong.
    pub faults: Vec<Fault>,
    /// What the host did against the manual.
    pub violations: Vec<String>,
    /// How often it was started.
    pub starts: u32,
    power: power::Power,
    kept: Kept,
    running_pauses_s: [u16; 6],
    running_utc: bool,
    echo: bool,
    numeric_errors: bool,
    registration_mode: u32,
    radio: bool,
    client: Client,
    sockets: commands::Sockets,
    asking_time: bool,
    /// By type, the chunks so far.
    certificates: BTreeMap<u32, String>,
    input: Vec<u8>,
    busy_until_ms: u64,
    output: VecDeque<(u64, u8)>,
    then: Vec<(u64, commands::Later)>,
}

impl Sim7020 {
    /// A modem fresh from the factory, switched off, in good coverage.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self(Arc::new(Mutex::new(State {
            clock: clock.clone(),
            card: Card::Ready,
            network: Network::default(),
            broker: Broker::default(),
            datagrams: Datagrams::default(),
            faults: Vec::new(),
            violations: Vec::new(),
            starts: 0,
            power: power::Power::default(),
            kept: Kept { fixed_rate: false, hex: true, apn: None, next_pauses_s: SEARCH_PAUSES_S, next_utc: false },
            running_pauses_s: SEARCH_PAUSES_S,
            running_utc: false,
            echo: true,
            numeric_errors: false,
            registration_mode: 0,
            radio: false,
            client: Client::None,
            sockets: commands::Sockets::default(),
            asking_time: false,
            certificates: BTreeMap::new(),
            input: Vec::new(),
            busy_until_ms: 0,
            output: VecDeque::new(),
            then: Vec::new(),
        })))
    }

    /// Its serial line.
    #[must_use]
    pub fn uart(&self) -> Uart {
        Uart(self.clone())
    }

    /// Its power key, pulled while the pin is high.
    #[must_use]
    pub fn power_key(&self) -> PowerKey {
        PowerKey(self.clone())
    }

    /// Its inside, brought to now.
    ///
    /// # Panics
    /// Where a test panicked with it in hand.
    pub fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.lock().expect("no panic while it was held");
        state.advance();
        state
    }
}

impl State {
    fn now_ms(&self) -> u64 {
        self.clock.ms()
    }

    /// Puts bytes on the line at a moment.
    fn put(&mut self, at_ms: u64, text: &str) {
        if self.is_on() {
            self.output.extend(text.bytes().map(|byte| (at_ms, byte)));
            // Lines come in the order of their time, whatever was promised first.
            self.output.make_contiguous().sort_by_key(|(at_ms, _)| *at_ms);
        }
    }

    /// An unsolicited line, framed as the manual says (2.2.21).
    fn unsolicited(&mut self, at_ms: u64, text: &str) {
        self.put(at_ms, &format!("\r\n{text}\r\n"));
    }

    /// The network sets the clock anew, and the modem says so.
    pub fn announce_time(&mut self) {
        self.unsolicited(self.now_ms(), "+CTZV: +22");
    }

    /// A message from the broker to the device.
    pub fn deliver(&mut self, topic: &str, payload: &[u8]) {
        let Client::Connected { topics } = &self.client else { return };
        if topics.iter().any(|filter| network::covers(filter, topic)) && self.is_registered() {
            let hex = data_encoding::HEXUPPER.encode(payload);
            let line = format!("+CMQPUB: 0,\"{topic}\",1,0,0,{},\"{hex}\"", hex.len());
            self.unsolicited(self.now_ms(), &line);
        }
    }

    /// The broker's end of the connection goes away.
    pub fn drop_connection(&mut self) {
        if matches!(self.client, Client::Connected { .. }) {
            self.client = Client::None;
            self.unsolicited(self.now_ms(), "+CMQDISCON: 0");
        }
    }

    /// When something happens next of itself, in ms of the clock: an answer, a line, a search. `None`: only when it is
    /// spoken to.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<u64> {
        let output = self.output.front().map(|(at_ms, _)| *at_ms);
        let later = self.then.iter().map(|(at_ms, _)| *at_ms).min();
        let datagram = self.datagrams.next_due_ms();
        [output, later, datagram, self.next_start_ms(), self.next_search_ms()].into_iter().flatten().min()
    }

    /// Whether the device is connected to the broker.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self.client, Client::Connected { .. })
    }

    /// The pauses between searches that are in force, in seconds.
    #[must_use]
    pub fn search_pauses_s(&self) -> [u16; 6] {
        self.running_pauses_s
    }

    /// The access point that was set.
    #[must_use]
    pub fn apn(&self) -> Option<&str> {
        self.kept.apn.as_deref()
    }

    /// The root certificate, once it is whole.
    #[must_use]
    pub fn root_certificate(&self) -> Option<&str> {
        self.certificates.get(&0).map(String::as_str).filter(|text| text.ends_with("-----END CERTIFICATE-----"))
    }
}
