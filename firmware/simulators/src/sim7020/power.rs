//! Off, starting, on: the power key, restarts, and losing the supply.

use super::{Client, State};

/// How long PWRKEY must be low, on and off (hardware design V1.02).
const KEY_LEAST_MS: u64 = 800;
/// Between off and the next on.
const OFF_LEAST_MS: u64 = 5_000;
/// From the key to the first answer; engineering estimate.
const START_MS: u64 = 2_500;
/// Within this it is off; the STATUS pin falls.
const STOP_MS: u64 = 500;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Power {
    on: bool,
    /// Answers from here on.
    ready_ms: u64,
    key_since_ms: Option<u64>,
    off_since_ms: Option<u64>,
    /// `RDY` and what follows is still to be said.
    announce: bool,
}

impl State {
    /// Whether it has power and has started.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.power.on && self.power.ready_ms <= self.now_ms()
    }

    pub(super) fn next_start_ms(&self) -> Option<u64> {
        Some(self.power.ready_ms).filter(|_| self.power.on && self.power.announce)
    }

    pub(super) fn key_pulled(&mut self) {
        self.power.key_since_ms.get_or_insert(self.clock.ms());
    }

    pub(super) fn key_released(&mut self) {
        let now_ms = self.now_ms();
        let Some(since_ms) = self.power.key_since_ms.take() else { return };
        if now_ms - since_ms < KEY_LEAST_MS {
            self.violations.push(format!("power key held for {} ms only", now_ms - since_ms));
        } else if self.power.on {
            self.unsolicited(now_ms, "NORMAL POWER DOWN");
            self.switch_off(now_ms + STOP_MS);
        } else if self.power.off_since_ms.is_some_and(|off| since_ms < off + OFF_LEAST_MS) {
            self.violations.push("switched on within 5 s after it went off".into());
        } else {
            self.start(now_ms + START_MS);
        }
    }

    /// The supply goes: everything that is not kept is gone without a word.
    pub fn lose_power(&mut self) {
        self.output.clear();
        // Whoever pulled the key has no power either.
        self.power.key_since_ms = None;
        self.switch_off(self.now_ms());
    }

    /// Restarts by itself, as `AT+CRESET` or a crash does.
    pub fn restart(&mut self) {
        let now_ms = self.now_ms();
        self.output.clear();
        self.switch_off(now_ms);
        self.start(now_ms + START_MS);
    }

    fn switch_off(&mut self, at_ms: u64) {
        self.power.on = false;
        self.power.off_since_ms = Some(at_ms);
        self.client = Client::None;
        self.sockets.restart();
        self.asking_time = false;
        self.certificates.clear();
        self.then.clear();
        self.input.clear();
        self.radio = false;
        self.network.unregister();
    }

    fn start(&mut self, ready_ms: u64) {
        self.starts += 1;
        self.power.on = true;
        self.power.ready_ms = ready_ms;
        self.power.announce = true;
        self.echo = true;
        self.numeric_errors = false;
        self.registration_mode = 0;
        self.busy_until_ms = 0;
        self.running_pauses_s = self.kept.next_pauses_s;
        self.running_utc = self.kept.next_utc;
    }

    /// Brings everything to now.
    pub(super) fn advance(&mut self) {
        self.carry();
        if !self.is_on() {
            return;
        }
        if std::mem::take(&mut self.power.announce) {
            let at_ms = self.power.ready_ms;
            self.set_radio(true, at_ms);
            // With autobauding it says nothing: it does not know at which speed.
            if self.kept.fixed_rate {
                self.unsolicited(at_ms, "RDY");
                self.unsolicited(at_ms, "+CFUN: 1");
                let card = self.card_line();
                self.unsolicited(at_ms, &card);
                self.unsolicited(at_ms, "SMS Ready");
            }
        }
        self.search();
        self.do_what_is_due();
    }
}
