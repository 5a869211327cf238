//! A session with the server: handshake, one request at a time, and its end.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use coap_lite::RequestType;
use dimpl::{Config, Dtls, Output, PskResolver};

use crate::exchange::{Exchange, Heard, MAX_PAYLOAD, MTU};

/// A handshake that takes longer is given up.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(60);
/// Datagrams that wait to be sent; more than one request, one acknowledgement and a flight of the handshake never do.
const MAX_WAITING: usize = 16;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The shared key or its name is empty.
    #[error("identity and key must not be empty")]
    Key,
    /// Longer than a record, or no text for a path that leaves room for a block.
    #[error("a payload has at most {MAX_PAYLOAD} bytes, a path no empty parts, and both blocks that fit a datagram")]
    Request,
    /// A request is under way, or there is no session yet (RFC 7252, 4.7: one at a time).
    #[error("busy")]
    Busy,
    /// The peers do not agree: another key, another cipher, or an alert.
    #[error("DTLS: {0}")]
    Dtls(String),
    /// No handshake within [`HANDSHAKE_TIMEOUT`].
    #[error("the server does not answer")]
    Timeout,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The session is there; a request may be made.
    Connected,
    /// The server has the request: the line is free. The payload, if any, is a receipt's.
    Delivered {
        /// Of the answer.
        payload: Vec<u8>,
    },
    /// The server does not take it; the code as RFC 7252 writes it, `4.06`.
    Refused {
        /// Its code.
        code: String,
    },
    /// No answer: the request goes back to whoever made it.
    Unanswered,
    /// The server ended the session.
    Closed,
}

struct SharedKey {
    identity: Vec<u8>,
    key: Vec<u8>,
}

impl PskResolver for SharedKey {
    fn resolve(&self, identity: &[u8]) -> Option<Vec<u8>> {
        (identity == self.identity).then(|| self.key.clone())
    }
}

/// A session. Without `Debug`: it holds the key.
pub struct Session {
    dtls: Dtls,
    connected: bool,
    started: Instant,
    timer: Option<Instant>,
    exchange: Option<Exchange>,
    message_id: u16,
    token: u32,
    jitter: u8,
    datagrams: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

impl Session {
    /// Begins a handshake. `seed` is random: it spreads message ids and waits.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn begin(identity: &str, key: &[u8], seed: u64, now: Instant) -> Result<Self, Error> {
        if identity.is_empty() || key.is_empty() {
            return Err(Error::Key);
        }
        let identity = identity.as_bytes().to_vec();
        let shared = Arc::new(SharedKey { identity: identity.clone(), key: key.to_vec() });
        let config = Config::builder().with_psk_client(identity, shared).mtu(MTU).build();
        let config = config.map_err(|error| Error::Dtls(error.to_string()))?;
        let mut dtls = Dtls::new_12_psk(Arc::new(config), now);
        dtls.set_active(true);
        let mut session = Self {
            dtls,
            connected: false,
            started: now,
            timer: None,
            exchange: None,
            message_id: seed as u16,
            token: (seed >> 16) as u32,
            jitter: (seed >> 48) as u8,
            datagrams: VecDeque::new(),
            events: VecDeque::new(),
        };
        session.pass(now)?;
        Ok(session)
    }

    /// Puts a payload under a path, `power/v1/records/<device>/<sequence>`: as one datagram where it fits, else in blocks.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Request`], [`Error::Dtls`].
    pub fn put(&mut self, path: &str, payload: &[u8], now: Instant) -> Result<(), Error> {
        self.ask(RequestType::Put, path, payload, now)
    }

    /// Gets what lies under a path, `power/v1/receipts/<device>`: for receipts that no answer had with it.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Request`], [`Error::Dtls`].
    pub fn get(&mut self, path: &str, now: Instant) -> Result<(), Error> {
        self.ask(RequestType::Get, path, &[], now)
    }

    fn ask(&mut self, method: RequestType, path: &str, payload: &[u8], now: Instant) -> Result<(), Error> {
        if !self.connected || self.exchange.is_some() {
            return Err(Error::Busy);
        }
        if payload.len() > MAX_PAYLOAD || path.split('/').any(str::is_empty) {
            return Err(Error::Request);
        }
        let ids = (self.message_id.wrapping_add(1), self.token.wrapping_add(1).to_be_bytes());
        let exchange = Exchange::new(method, (path, payload), ids, self.jitter, now).ok_or(Error::Request)?;
        (self.message_id, self.token) = (ids.0, self.token.wrapping_add(1));
        self.exchange = Some(exchange);
        self.pass(now)
    }

    /// Takes a datagram of the server.
    ///
    /// # Errors
    /// [`Error`]: the session is over.
    pub fn take(&mut self, datagram: &[u8], now: Instant) -> Result<(), Error> {
        self.dtls.handle_packet(datagram).map_err(|error| Error::Dtls(error.to_string()))?;
        self.pass(now)
    }

    /// Lets time pass: needed at [`Session::next_due`].
    ///
    /// # Errors
    /// [`Error`]: the session is over.
    pub fn pass(&mut self, now: Instant) -> Result<(), Error> {
        self.dtls.handle_timeout(now).map_err(|error| Error::Dtls(error.to_string()))?;
        self.drain(now)?;
        if !self.connected && now.duration_since(self.started) > HANDSHAKE_TIMEOUT {
            return Err(Error::Timeout);
        }
        let Some(exchange) = &mut self.exchange else { return Ok(()) };
        match exchange.due(now) {
            Ok(None) => return Ok(()),
            Ok(Some(bytes)) => {
                let sent = self.dtls.send_application_data(bytes);
                sent.map_err(|error| Error::Dtls(error.to_string()))?;
            }
            Err(()) => {
                self.exchange = None;
                self.events.push_back(Event::Unanswered);
            }
        }
        self.drain(now)
    }

    /// The next datagram for the server.
    pub fn datagram(&mut self) -> Option<Vec<u8>> {
        self.datagrams.pop_front()
    }

    /// What happened.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Session::pass`] has something to do.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        let handshake = (!self.connected).then(|| self.started + HANDSHAKE_TIMEOUT);
        [self.timer, self.exchange.as_ref().map(Exchange::next_due), handshake].into_iter().flatten().min()
    }

    fn drain(&mut self, now: Instant) -> Result<(), Error> {
        let mut buffer = vec![0; 2 * MTU];
        loop {
            let message = match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) if self.datagrams.len() < MAX_WAITING => {
                    self.datagrams.push_back(packet.to_vec());
                    continue;
                }
                Output::Packet(_) => return Err(Error::Busy),
                Output::BufferTooSmall { needed } => {
                    buffer.resize(needed, 0);
                    continue;
                }
                Output::Connected => {
                    self.connected = true;
                    self.events.push_back(Event::Connected);
                    continue;
                }
                Output::CloseNotify => {
                    self.events.push_back(Event::Closed);
                    continue;
                }
                Output::Timeout(at) => {
                    self.timer = Some(at);
                    return Ok(());
                }
                Output::ApplicationData(message) => message.to_vec(),
                _ => continue,
            };
            self.hear(&message, now)?;
        }
    }

    fn hear(&mut self, message: &[u8], now: Instant) -> Result<(), Error> {
        let Some(exchange) = &mut self.exchange else { return Ok(()) };
        let (heard, acknowledgement) = exchange.hear(message, now);
        self.message_id = exchange.message_id();
        let event = match heard {
            Heard::Answered { taken: true, payload, .. } => Some(Event::Delivered { payload }),
            Heard::Answered { code, .. } => Some(Event::Refused { code }),
            Heard::Reset => Some(Event::Unanswered),
            Heard::Continued | Heard::Promised | Heard::Nothing => None,
        };
        if let Some(event) = event {
            self.exchange = None;
            self.events.push_back(event);
        }
        if let Some(bytes) = acknowledgement {
            self.dtls.send_application_data(&bytes).map_err(|error| Error::Dtls(error.to_string()))?;
        }
        Ok(())
    }
}
