//! The modem as a state machine that its host polls.

mod recovery;
mod time_server;

use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady, Write};
use heapless::{String, Vec};

pub use crate::limits::{PROBES, REGISTER_MS, TIME_SERVER_HOLDS_MS, TIME_SERVER_WAIT_MS};
use crate::{
    Config, Event, Failed, MAX_COMMAND, MAX_DATAGRAM, MAX_PAYLOAD, MAX_READ, MAX_TOPIC, ModemError, PublishError,
    Reason, Rung,
    certificate::Certificate,
    command::Command,
    config,
    ladder::{HOLDS_MS, Ladder},
    line::Lines,
    stage::{Known, Stage, Step, command},
};

pub(crate) use time_server::TimeServer;
pub use time_server::{NITZ_WAIT_MS, TIME_SERVER_PAUSE_MS};

/// How long the power key is held: 800 ms at least, 1 s typically (hardware design).
pub const KEY_MS: u64 = 1_000;
/// How long nothing is asked after the key: longer than its 5 s between off and on.
pub const QUIET_MS: u64 = 6_000;
/// Between an answer and the next command, so that an answer given twice is over. One that comes later still is noticed
/// at the next command that must have a line of its own.
pub const GAP_MS: u64 = 100;
/// How often the registration is read meanwhile.
pub const REGISTER_POLL_MS: u64 = 2_000;
/// How often the clock is read while connected, which costs nothing on the air; and while it is not known.
pub const CLOCK_MS: u64 = 600_000;
/// See [`CLOCK_MS`].
pub const CLOCK_UNKNOWN_MS: u64 = 60_000;

/// What a command was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Probe(Step),
    Step(Step),
    Publish,
    Datagram,
    Clock,
    Signal,
    TimeServer,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) purpose: Purpose,
    pub(crate) answer: Option<&'static str>,
    pub(crate) answered: bool,
    /// From here on lines may be its answer.
    pub(crate) echoed: bool,
    deadline_ms: u64,
}

/// A modem on a serial line with its power key, which pulls PWRKEY low while the pin is high. Without `Debug`: the last
/// command may hold the password.
pub struct Modem<'a, U, K> {
    pub(crate) config: Config<'a>,
    certificate: Option<Certificate<'a>>,
    uart: U,
    key: K,
    lines: Lines,
    /// The last command, and how much of it is written.
    pub(crate) sent: Vec<u8, MAX_COMMAND>,
    written: usize,
    pub(crate) pending: Option<Pending>,
    pub(crate) stage: Stage,
    pub(crate) known: Known,
    ladder: Ladder,
    pub(crate) sim_ready: bool,
    pub(crate) registration: Option<u32>,
    pub(crate) online_since_ms: Option<u64>,
    pub(crate) clock_due_ms: u64,
    /// Since when the modem's clock is not set.
    pub(crate) unset_since_ms: Option<u64>,
    pub(crate) time_server: TimeServer,
    /// A time server was asked since the modem started: its clock may be that one's.
    pub(crate) may_be_time_servers: bool,
    /// No command of the driver's own before this.
    pub(crate) free_at_ms: u64,
    pub(crate) clock_unix_s: Option<u64>,
    pub(crate) signal: Option<u8>,
    /// Off as far as is known: never heard of, or just switched off. Then the key is pulled without ado.
    probably_off: bool,
    /// It did not answer when it was last asked whether it is there.
    silent: bool,
    pub(crate) topic: String<MAX_TOPIC>,
    /// Of a message or a datagram, of which there is ever only one kind.
    pub(crate) message: Vec<u8, MAX_DATAGRAM>,
    /// Datagrams that came and could not be taken.
    pub(crate) dropped: u32,
}

const _: () = assert!(MAX_PAYLOAD <= MAX_DATAGRAM, "a message must find its place where a datagram does");

impl<'a, U: Read + ReadReady + Write, K: OutputPin> Modem<'a, U, K> {
    /// A modem of which nothing is known: it may be on or off.
    ///
    /// # Errors
    /// [`ModemError`] where the settings are outside their limits.
    pub fn new(config: Config<'a>, uart: U, key: K) -> Result<Self, ModemError> {
        let certificate = config.check()?;
        Ok(Self {
            config,
            certificate,
            uart,
            key,
            lines: Lines::default(),
            sent: Vec::new(),
            written: 0,
            pending: None,
            stage: Stage::Probe { tries_left: PROBES, then: Step::Echo },
            known: Known::default(),
            ladder: Ladder::default(),
            sim_ready: false,
            registration: None,
            online_since_ms: None,
            clock_due_ms: 0,
            unset_since_ms: None,
            time_server: TimeServer::Due { at_ms: 0 },
            may_be_time_servers: false,
            free_at_ms: 0,
            clock_unix_s: None,
            signal: None,
            probably_off: true,
            silent: false,
            topic: String::new(),
            message: Vec::new(),
            dropped: 0,
        })
    }

    /// Whether it is connected to the broker, or has an open socket.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.stage == Stage::At(Step::Online)
    }

    /// Whether [`Modem::publish`] would take a message.
    #[must_use]
    pub fn can_publish(&self) -> bool {
        self.is_free() && self.config.mqtt().is_some()
    }

    /// Online, and at no command.
    pub(crate) fn is_free(&self) -> bool {
        self.is_online() && self.pending.is_none()
    }

    /// The registration as last heard (27.007: 1 at home, 5 roaming).
    #[must_use]
    pub fn registration(&self) -> Option<u32> {
        self.registration
    }

    /// Topic and payload of the last [`Event::Message`].
    #[must_use]
    pub fn message(&self) -> (&str, &[u8]) {
        (&self.topic, &self.message)
    }

    /// Sends a message; [`Event::Published`] or [`Event::Offline`] says how it went.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn publish(&mut self, topic: &str, payload: &[u8], now_ms: u64) -> Result<(), PublishError> {
        if !self.can_publish() {
            return Err(PublishError::Busy);
        }
        if !config::fits(topic, MAX_TOPIC) || payload.is_empty() || payload.len() > MAX_PAYLOAD {
            return Err(PublishError::Message);
        }
        self.send(Command::MqttPublish { topic, payload }, Purpose::Publish, now_ms);
        Ok(())
    }

    /// Asks for the strength of the signal: [`Event::Signal`] says it. Nothing is asked while it is not online, or at
    /// another command.
    pub fn read_signal(&mut self, now_ms: u64) {
        if self.is_free() {
            self.signal = None;
            self.send(Command::Signal, Purpose::Signal, now_ms);
        }
    }

    pub(crate) fn skipped_lines(&self) -> u32 {
        self.lines.skipped()
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config<'a> {
        &self.config
    }

    /// Makes the connection anew, for a host that hears no receipts; with datagrams: closes the socket and opens another,
    /// for a host whose peer does not answer.
    pub fn reconnect(&mut self, now_ms: u64) {
        if self.is_online() {
            self.fail(Reason::Asked, Rung::Session, now_ms);
        }
    }

    /// Ends a pause: the mains are back, or there is something that must go out now.
    pub fn hurry(&mut self, now_ms: u64) {
        if let Stage::Pause { until_ms, .. } = &mut self.stage {
            *until_ms = now_ms;
        }
    }

    /// Writes, reads and lets time pass; at most one event a call. Call it again at once after an event.
    ///
    /// # Errors
    /// [`Failed`] where line or pin fail.
    pub fn poll(&mut self, now_ms: u64) -> Result<Option<Event>, Failed> {
        self.write()?;
        for _ in 0..MAX_READ {
            let mut byte = [0];
            if !self.uart.read_ready().map_err(|_| Failed)? || self.uart.read(&mut byte).map_err(|_| Failed)? == 0 {
                break;
            }
            if let Some(line) = self.lines.push(byte[0])
                && let Some(event) = self.take_line(&line, now_ms)
            {
                return Ok(Some(event));
            }
        }
        if self.pending.is_some_and(|pending| pending.deadline_ms <= now_ms) {
            return self.timed_out(now_ms);
        }
        if self.pending.is_none() && self.free_at_ms <= now_ms {
            return self.go_on(now_ms);
        }
        Ok(None)
    }

    fn write(&mut self) -> Result<(), Failed> {
        while self.written < self.sent.len() && self.pending.is_some() {
            let count = self.uart.write(&self.sent[self.written..]).map_err(|_| Failed)?;
            if count == 0 {
                break;
            }
            self.written += count;
        }
        Ok(())
    }

    /// What does not fit was checked before: an empty line then has no answer, and times out.
    pub(crate) fn send(&mut self, command: Command<'_>, purpose: Purpose, now_ms: u64) {
        let mut line = String::<MAX_COMMAND>::new();
        if command.write(&mut line).is_err() || line.push('\r').is_err() {
            line.clear();
        }
        self.sent = line.into_bytes();
        self.written = 0;
        let echoed = matches!(command, Command::Attention | Command::Echo);
        let deadline_ms = now_ms + command.timeout_ms();
        self.pending = Some(Pending { purpose, answer: command.answer(), answered: false, echoed, deadline_ms });
    }

    /// The next command or the end of a wait; nothing is pending.
    fn go_on(&mut self, now_ms: u64) -> Result<Option<Event>, Failed> {
        match self.stage {
            Stage::Probe { then, .. } => self.send(Command::Attention, Purpose::Probe(then), now_ms),
            Stage::KeyDown { until_ms } if until_ms <= now_ms => {
                self.key.set_low().map_err(|_| Failed)?;
                self.stage = Stage::Quiet { until_ms: now_ms + QUIET_MS };
            }
            Stage::Quiet { until_ms } if until_ms <= now_ms => {
                self.stage = Stage::Probe { tries_left: PROBES, then: Step::Echo };
            }
            Stage::Pause { until_ms, rung } if until_ms <= now_ms => {
                self.probably_off = rung == Rung::PowerCycle && !self.silent;
                self.take_rung(rung, now_ms)?;
            }
            Stage::Registering { until_ms, .. } if until_ms <= now_ms => {
                return Ok(Some(self.fail(Reason::NotRegistered, Rung::Context, now_ms)));
            }
            Stage::Registering { next_ms, .. } if next_ms <= now_ms => {
                self.send(Command::Registration, Purpose::Step(Step::Register), now_ms);
            }
            Stage::At(Step::Online) => {
                if self.online_since_ms.is_some_and(|since| since + HOLDS_MS <= now_ms) {
                    self.ladder.begin_anew();
                }
                if self.clock_due_ms <= now_ms {
                    self.send(Command::Clock, Purpose::Clock, now_ms);
                } else {
                    self.see_to_time_server(now_ms);
                }
            }
            Stage::At(Step::Register) => {
                self.stage = Stage::Registering { next_ms: now_ms, until_ms: now_ms + REGISTER_MS, attached: false };
            }
            Stage::At(step) => self.send_step(step, now_ms),
            _ => {}
        }
        Ok(None)
    }

    fn send_step(&mut self, step: Step, now_ms: u64) {
        let next = match step {
            Step::RootCertificate(chunk) => {
                let certificate = self.certificate.filter(|certificate| certificate.chunk(chunk).is_some());
                certificate.map(|certificate| Command::RootCertificate { certificate, chunk })
            }
            _ => command(step, &self.config, &self.known),
        };
        match next {
            Some(command) => self.send(command, Purpose::Step(step), now_ms),
            None => {
                self.known.certificate_given |= matches!(step, Step::RootCertificate(_));
                self.step_done(step);
            }
        }
    }

    pub(crate) fn step_done(&mut self, step: Step) {
        self.stage = Stage::At(step.next(&self.config, &self.known));
    }
}
