//! What the modem's lines do to the state: answers to the pending command, and whatever comes unasked in between.

use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady, Write};

use crate::{
    ClockSource, Event, MAX_PAYLOAD, Modem, Reason, Rung, clock,
    command::Command,
    modem::{CLOCK_MS, CLOCK_UNKNOWN_MS, GAP_MS, Purpose, REGISTER_POLL_MS, TimeServer},
    parse::{Fault, Field, Fields, Line, from_hex, parse},
    stage::{Stage, Step},
};

impl<U: Read + ReadReady + Write, K: OutputPin> Modem<'_, U, K> {
    pub(crate) fn take_line(&mut self, line: &[u8], now_ms: u64) -> Option<Event> {
        // An unsolicited line can cut an echo in pieces: the first piece is enough.
        if line.starts_with(b"AT") && self.sent.starts_with(line) {
            if let Some(pending) = &mut self.pending {
                pending.echoed = true;
            }
            return None;
        }
        match parse(line) {
            Line::Ok => self.finish(Ok(()), now_ms),
            Line::Error(fault) => self.finish(Err(fault), now_ms),
            Line::NoCarrier => match self.pending.map(|pending| pending.purpose) {
                Some(Purpose::Step(Step::Detach)) => self.finish(Ok(()), now_ms),
                _ => None,
            },
            Line::Named(name, fields) => self.take_named(name, fields, now_ms),
            Line::Text(text) => self.take_text(text, now_ms),
        }
    }

    fn take_named(&mut self, name: &str, mut fields: Fields<'_>, now_ms: u64) -> Option<Event> {
        let mut may_answer = true;
        match name {
            "+CPIN" => self.sim_ready = fields.rest() == "READY",
            "+CEREG" => {
                may_answer = self.take_registration(fields, now_ms);
                if self.has_lost_network() {
                    return Some(self.fail(Reason::NotRegistered, Rung::Session, now_ms));
                }
            }
            "+CSQ" => self.signal = fields.number().and_then(|signal| signal.try_into().ok()),
            "+CCLK" => self.clock_unix_s = clock::parse(fields.rest()),
            "+CNWRCCFG" => {
                let mut pauses = [0; 6];
                let read = |pause: &mut u16| {
                    *pause = fields.number().and_then(|number| number.try_into().ok())?;
                    Some(())
                };
                self.known.search_pauses = pauses.iter_mut().try_for_each(read).map(|()| pauses);
            }
            "+CMQTTSNEW" => may_answer = fields.number() == Some(0),
            "+CSOC" => may_answer = self.take_socket(fields),
            "+CSONMI" => return self.take_datagram(fields),
            "+CSOERR" => return self.take_socket_error(fields, now_ms),
            "+CMQPUB" => return self.take_message(fields),
            // It also shows while an instance is freed or a connect fails: then the answer decides.
            "+CMQDISCON" if self.is_online() => return Some(self.fail(Reason::Lost, Rung::Session, now_ms)),
            // The network has set the clock.
            "+CLTS" | "+CTZV" => {
                self.clock_due_ms = now_ms;
                self.may_be_time_servers = false;
            }
            "+CSNTP" => return self.take_time_server(fields.rest()),
            _ => {}
        }
        if let Some(pending) = &mut self.pending {
            pending.answered |= may_answer && pending.echoed && pending.answer == Some(name);
        }
        None
    }

    /// The read answer has the mode in front, the unsolicited line has not: there a quoted area code follows, or
    /// nothing. Says whether it was the answer.
    fn take_registration(&mut self, mut fields: Fields<'_>, now_ms: u64) -> bool {
        let first = fields.number();
        let second = fields.next().and_then(|field: Field<'_>| field.number());
        self.registration = second.or(first);
        if second.is_none()
            && let Stage::Registering { next_ms, .. } = &mut self.stage
        {
            *next_ms = now_ms;
        }
        second.is_some()
    }

    fn take_message(&mut self, mut fields: Fields<'_>) -> Option<Event> {
        let _client = fields.number()?;
        let topic = fields.next().filter(|field| field.quoted)?;
        let (_quality, _retained, _again) = (fields.number()?, fields.number()?, fields.number()?);
        let length = fields.number()?;
        let hex = fields.next().filter(|field| field.quoted && field.text.len() as u64 == u64::from(length))?;
        let mut payload = [0; MAX_PAYLOAD];
        let payload = from_hex(hex.text, &mut payload)?;
        let topic = topic.text.try_into().ok()?;
        self.message.clear();
        self.message.extend_from_slice(payload).ok()?;
        self.topic = topic;
        Some(Event::Message)
    }

    fn take_text(&mut self, text: &str, now_ms: u64) -> Option<Event> {
        let on = match text {
            "RDY" => true,
            "NORMAL POWER DOWN" | "UNDER-VOLTAGE POWER DOWN" | "OVER-VOLTAGE POWER DOWN" => false,
            _ => return None,
        };
        self.forget();
        match self.stage {
            Stage::Quiet { .. } if on => {
                self.stage = Stage::Quiet { until_ms: now_ms };
                None
            }
            Stage::At(Step::Restart | Step::RestartForSettings) => {
                self.pending = None;
                self.restart_done(now_ms);
                None
            }
            Stage::At(_) | Stage::Registering { .. } => Some(self.fail(Reason::Restarted, Rung::Session, now_ms)),
            _ => None,
        }
    }

    fn finish(&mut self, result: Result<(), Fault>, now_ms: u64) -> Option<Event> {
        let pending = self.pending.filter(|pending| pending.echoed)?;
        self.pending = None;
        self.free_at_ms = now_ms + GAP_MS;
        // An answer that lacks what was asked for is none.
        let result = if pending.answer.is_some() && !pending.answered { result.and(Err(Fault::Plain)) } else { result };
        match (pending.purpose, result) {
            // Whatever it says, it is there.
            (Purpose::Probe(then), _) => {
                self.heard();
                self.stage = Stage::At(then);
                None
            }
            (Purpose::Publish, Ok(())) => Some(Event::Published),
            (Purpose::Datagram, Ok(())) => Some(Event::Sent),
            (Purpose::Clock, _) => self.take_clock(now_ms),
            // Where it is refused it is tried again after a pause.
            (Purpose::TimeServer, _) => None,
            (Purpose::Signal, _) => Some(Event::Signal { rssi: self.signal.take() }),
            (Purpose::Step(step), Ok(())) => self.step_succeeded(step, now_ms),
            (Purpose::Step(step), Err(fault)) => self.step_refused(step, fault, now_ms),
            (Purpose::Publish | Purpose::Datagram, Err(fault)) => {
                Some(self.fail(Reason::Refused(fault), Rung::Session, now_ms))
            }
        }
    }

    fn step_succeeded(&mut self, step: Step, now_ms: u64) -> Option<Event> {
        match step {
            Step::Sim if !self.sim_ready => return Some(self.fail(Reason::Sim, Rung::Session, now_ms)),
            Step::Register => self.registration_read(now_ms),
            Step::Attach if matches!(self.stage, Stage::Registering { .. }) => {}
            Step::Restart | Step::RestartForSettings => self.restart_done(now_ms),
            Step::RootCertificate(chunk) => self.stage = Stage::At(Step::RootCertificate(chunk + 1)),
            Step::Clock => {
                self.step_done(step);
                return self.take_clock(now_ms);
            }
            Step::Subscribe(_) | Step::ConnectSocket => {
                self.step_done(step);
                if self.is_online() {
                    self.online_since_ms = Some(now_ms);
                    return Some(Event::Online);
                }
            }
            _ => self.step_done(step),
        }
        None
    }

    fn step_refused(&mut self, step: Step, fault: Fault, now_ms: u64) -> Option<Event> {
        match step {
            // Settings that not every release of the modem's firmware has, and the freeing of what was not in use.
            Step::FixedRate
            | Step::HexDatagrams
            | Step::ClockInUtc
            | Step::ClockByNetwork
            | Step::SearchPauses
            | Step::PowerSaving
            | Step::Clock
            | Step::Free
            | Step::CloseSocket(_) => self.step_done(step),
            Step::SetSearchPauses => {
                self.known.pauses_set = true;
                self.step_done(Step::SearchPauses);
            }
            // Read again until the time for it is over.
            Step::Register | Step::Attach if matches!(self.stage, Stage::Registering { .. }) => {}
            Step::Sim => return Some(self.fail(Reason::Sim, Rung::Session, now_ms)),
            _ => return Some(self.fail(Reason::Refused(fault), Rung::Session, now_ms)),
        }
        None
    }

    fn registration_read(&mut self, now_ms: u64) {
        let Stage::Registering { until_ms, attached, .. } = self.stage else { return };
        match self.registration {
            Some(1 | 5) => self.step_done(Step::Register),
            // A network was found and waits to be told.
            Some(100) if !attached => {
                self.stage = Stage::Registering { next_ms: now_ms, until_ms, attached: true };
                self.send(Command::Attach(true), Purpose::Step(Step::Attach), now_ms);
            }
            _ => self.stage = Stage::Registering { next_ms: now_ms + REGISTER_POLL_MS, until_ms, attached },
        }
    }

    fn restart_done(&mut self, now_ms: u64) {
        self.known.pauses_set |= self.stage == Stage::At(Step::RestartForSettings);
        self.restarting(now_ms);
    }

    fn take_clock(&mut self, now_ms: u64) -> Option<Event> {
        let unix_s = self.clock_unix_s.take();
        self.clock_due_ms = now_ms + if unix_s.is_some() { CLOCK_MS } else { CLOCK_UNKNOWN_MS };
        self.unset_since_ms = if unix_s.is_some() { None } else { self.unset_since_ms.or(Some(now_ms)) };
        // The manual does not say whether a time server's answer sets the modem's clock too.
        let source = if self.may_be_time_servers { ClockSource::TimeServer } else { ClockSource::Network };
        unix_s.map(|unix_s| Event::Clock { unix_s, source })
    }

    fn take_time_server(&mut self, text: &str) -> Option<Event> {
        if !matches!(self.time_server, TimeServer::Asked { .. }) {
            return None;
        }
        let unix_s = clock::parse_time_server(text)?;
        self.time_server = TimeServer::Answered;
        Some(Event::Clock { unix_s, source: ClockSource::TimeServer })
    }
}
