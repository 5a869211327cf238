//! What is done when the modem fails, keeps silent or restarts: one rung of the ladder after the other, down to its power
//! key.

use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady, Write};

use super::{KEY_MS, Modem, PROBES, Purpose, QUIET_MS, TimeServer};
use crate::{
    Event, Failed, Reason, Rung,
    stage::{Stage, Step},
};

impl<U: Read + ReadReady + Write, K: OutputPin> Modem<'_, U, K> {
    pub(super) fn take_rung(&mut self, rung: Rung, now_ms: u64) -> Result<(), Failed> {
        let registered = matches!(self.registration, Some(1 | 5));
        let then = match rung {
            Rung::Session if registered => Step::Clock,
            // Without a card there is nothing to attach with: the whole way again.
            Rung::Session => Step::Echo,
            Rung::Context | Rung::Radio if !self.sim_ready => Step::Echo,
            Rung::Context => Step::Detach,
            Rung::Radio => Step::RadioOff,
            Rung::Restart => Step::Restart,
            Rung::PowerCycle => {
                self.key.set_high().map_err(|_| Failed)?;
                self.forget();
                self.stage = Stage::KeyDown { until_ms: now_ms + KEY_MS };
                return Ok(());
            }
        };
        self.stage = Stage::Probe { tries_left: PROBES, then };
        Ok(())
    }

    /// What a restart of the modem takes away.
    pub(crate) fn forget(&mut self) {
        self.known.certificate_given = false;
        self.known.socket = None;
        self.registration = None;
        self.sim_ready = false;
        self.unset_since_ms = None;
        self.time_server = TimeServer::Due { at_ms: 0 };
        self.may_be_time_servers = false;
    }

    pub(crate) fn fail(&mut self, reason: Reason, at_least: Rung, now_ms: u64) -> Event {
        let (rung, pause_ms) = self.ladder.climb(at_least);
        // A modem that lost its certificate without a word is given it again.
        self.known.certificate_given = false;
        self.known.socket = None;
        self.pending = None;
        self.online_since_ms = None;
        self.stage = Stage::Pause { until_ms: now_ms + pause_ms, rung };
        Event::Offline(reason, rung)
    }

    pub(super) fn timed_out(&mut self, now_ms: u64) -> Result<Option<Event>, Failed> {
        let Some(pending) = self.pending.take() else { return Ok(None) };
        self.lines.clear();
        let (Purpose::Probe(then), Stage::Probe { tries_left, .. }) = (pending.purpose, self.stage) else {
            if let Purpose::Step(Step::Restart | Step::RestartForSettings) = pending.purpose {
                // It restarted at once, as its manual says.
                self.restarting(now_ms);
                return Ok(None);
            }
            return Ok(Some(self.fail(Reason::Timeout, Rung::Session, now_ms)));
        };
        if tries_left > 1 {
            self.stage = Stage::Probe { tries_left: tries_left - 1, then };
            return Ok(None);
        }
        // Off, or dead: the power key is the one thing left, and the next probes tell which it was. A supply that only
        // blinked has just switched it off: then the key waits.
        if self.probably_off && now_ms < QUIET_MS {
            self.stage = Stage::Quiet { until_ms: QUIET_MS };
            return Ok(None);
        }
        if core::mem::take(&mut self.probably_off) {
            self.take_rung(Rung::PowerCycle, now_ms)?;
            return Ok(None);
        }
        self.silent = true;
        Ok(Some(self.fail(Reason::Silent, Rung::PowerCycle, now_ms)))
    }

    pub(crate) fn heard(&mut self) {
        self.probably_off = false;
        self.silent = false;
    }

    /// The modem was told to restart: nothing is asked of it for a while.
    pub(crate) fn restarting(&mut self, now_ms: u64) {
        self.forget();
        self.known.search_pauses = None;
        self.stage = Stage::Quiet { until_ms: now_ms + QUIET_MS };
    }
}
