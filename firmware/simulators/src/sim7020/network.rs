//! Coverage, searching, registration; the broker behind it.

use std::collections::BTreeMap;

use super::{Client, State};

/// Pauses between searches after a loss of service, from the factory (`AT+CNWRCCFG`): the last is two hours.
pub const SEARCH_PAUSES_S: [u16; 6] = [5, 10, 10, 1, 120, 7_200];

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    /// Whether there is any.
    pub coverage: bool,
    /// From a successful search to registration.
    pub registers_after_ms: u64,
    /// It refuses this card.
    pub denies: bool,
    /// It attaches by itself; else it waits for `AT+CGATT=1` (state 100).
    pub attaches: bool,
    /// The time that it gives, at the clock's zero; none: it gives no time.
    pub unix_s_at_zero: Option<u64>,
    /// A time server that can be reached through it: its name, and what it says at the clock's zero.
    pub time_server: Option<(String, u64)>,
    searches: usize,
    next_search_ms: u64,
    found_ms: Option<u64>,
    pub(super) attached: bool,
    announced: bool,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            coverage: true,
            registers_after_ms: 3_000,
            denies: false,
            attaches: true,
            unix_s_at_zero: Some(1_795_000_000),
            time_server: Some(("time.example".into(), 1_795_000_000)),
            searches: 0,
            next_search_ms: 0,
            found_ms: None,
            attached: true,
            announced: false,
        }
    }
}

impl Network {
    pub(super) fn unregister(&mut self) {
        self.found_ms = None;
        self.announced = false;
    }
}

/// The broker, as far as a device notices it.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Answers at all.
    pub reachable: bool,
    /// Takes the login.
    pub accepts: bool,
    /// The name in its certificate.
    pub name: String,
    /// What came, in order: topic and payload.
    pub received: Vec<(String, Vec<u8>)>,
    /// Loses what comes, although the modem says `OK`: it gives no word of the broker.
    pub loses: bool,
    /// How often a device connected.
    pub connections: u32,
    /// Messages that it gives to whoever subscribes, by topic.
    pub retained: BTreeMap<String, Vec<u8>>,
}

/// Whether a subscription covers a topic: `+` stands for one level (MQTT 3.1.1 section 4.7.1).
pub(super) fn covers(filter: &str, topic: &str) -> bool {
    let (mut levels, mut names) = (filter.split('/'), topic.split('/'));
    loop {
        match (levels.next(), names.next()) {
            (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(level), Some(name)) if level == name => {}
            _ => return false,
        }
    }
}

impl Default for Broker {
    fn default() -> Self {
        let name = "broker.example".into();
        Self {
            reachable: true,
            accepts: true,
            name,
            received: Vec::new(),
            loses: false,
            connections: 0,
            retained: BTreeMap::new(),
        }
    }
}

impl State {
    /// Coverage comes or goes; a modem in a call for data notices the loss at once.
    pub fn set_coverage(&mut self, coverage: bool) {
        self.network.coverage = coverage;
        if !coverage {
            self.lose_service();
        }
    }

    pub(super) fn set_radio(&mut self, on: bool, at_ms: u64) {
        self.radio = on;
        self.network.unregister();
        // A radio switched on searches at once and from the first pause on.
        self.network.searches = 0;
        self.network.next_search_ms = at_ms;
        self.network.attached = self.network.attaches;
        if !on {
            self.sockets.close_all();
            self.drop_connection();
        }
    }

    fn lose_service(&mut self) {
        if self.network.found_ms.is_none() {
            return;
        }
        let now_ms = self.now_ms();
        self.network.unregister();
        self.network.searches = 0;
        self.network.next_search_ms = now_ms + u64::from(self.running_pauses_s[0]) * 1_000;
        if self.registration_mode > 0 {
            self.unsolicited(now_ms, "+CEREG: 2");
        }
        self.drop_connection();
    }

    /// Searches that were due, each after a longer pause.
    pub(super) fn search(&mut self) {
        let now_ms = self.now_ms();
        let useful = self.network.coverage && !self.network.denies && self.card == super::Card::Ready;
        while self.radio && self.network.found_ms.is_none() && self.network.next_search_ms <= now_ms {
            if useful {
                self.network.found_ms = Some(self.network.next_search_ms);
            } else {
                self.network.searches = (self.network.searches + 1).min(self.running_pauses_s.len() - 1);
                let pause_s = self.running_pauses_s[self.network.searches];
                self.network.next_search_ms += u64::from(pause_s) * 1_000;
            }
        }
        if self.is_registered() && !self.network.announced {
            self.network.announced = true;
            if self.registration_mode > 0 {
                self.unsolicited(now_ms, "+CEREG: 1,\"1DE5\",\"0A8B5D03\",9,,,\"00001000\",\"00111000\"");
            }
        }
    }

    pub(super) fn next_search_ms(&self) -> Option<u64> {
        match self.network.found_ms {
            _ if !self.radio || self.network.announced => None,
            Some(found_ms) => Some(found_ms + self.network.registers_after_ms),
            None => Some(self.network.next_search_ms),
        }
    }

    /// Whether it is registered.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.found() && self.network.attached
    }

    pub(super) fn found(&self) -> bool {
        let ready = |found: u64| found + self.network.registers_after_ms <= self.now_ms();
        self.radio && self.network.found_ms.is_some_and(ready)
    }

    /// 27.007: 1 at home, 2 searching, 3 denied; 100 is the vendor's.
    pub(super) fn registration(&self) -> u32 {
        match () {
            () if !self.radio => 0,
            () if self.is_registered() => 1,
            () if self.found() => 100,
            () if self.network.denies => 3,
            () => 2,
        }
    }

    pub(super) fn attach(&mut self, attach: bool) {
        self.network.attached = attach;
        self.network.announced = false;
        if !attach {
            self.drop_connection();
        }
    }

    /// Whether packets reach the broker.
    pub(super) fn reaches_broker(&self) -> bool {
        self.is_registered() && self.broker.reachable
    }

    pub(super) fn connected_topics(&mut self) -> Option<&mut std::collections::BTreeSet<String>> {
        match &mut self.client {
            Client::Connected { topics } => Some(topics),
            _ => None,
        }
    }
}
