//! Datagrams through one UDP socket of the modem, to one peer, where the host brings its own security (DTLS).
//!
//! The socket is opened as the last step of the bring-up, and closed with whatever makes the modem offline: an error of
//! its own, a lost network, the host's word. Nothing waits here: a datagram goes out before the next is taken, and one that
//! comes is an event before the next is read.

use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady, Write};

use crate::{
    Event, MAX_DATAGRAM, MAX_SOCKETS, Modem, Reason, Rung, SendError,
    command::Command,
    modem::Purpose,
    parse::{Field, Fields, from_hex},
    stage::{Stage, Step},
};

impl<U: Read + ReadReady + Write, K: OutputPin> Modem<'_, U, K> {
    /// Whether [`Modem::send_datagram`] would take one.
    #[must_use]
    pub fn can_send(&self) -> bool {
        self.is_free() && self.known.socket.is_some()
    }

    /// Sends a datagram to the peer; [`Event::Sent`] or [`Event::Offline`] says how it went.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn send_datagram(&mut self, datagram: &[u8], now_ms: u64) -> Result<(), SendError> {
        let (Some(socket), Some(&peer), true) = (self.known.socket, self.config.peer(), self.is_free()) else {
            return Err(SendError::Busy);
        };
        if datagram.is_empty() || datagram.len() > MAX_DATAGRAM {
            return Err(SendError::Datagram);
        }
        let command = Command::SocketSend { socket, datagram, length: peer.length };
        self.send(command, Purpose::Datagram, now_ms);
        Ok(())
    }

    /// The datagram of the last [`Event::Datagram`].
    #[must_use]
    pub fn datagram(&self) -> &[u8] {
        &self.message
    }

    /// How many datagrams came and were dropped: longer than [`MAX_DATAGRAM`], or not as the manual prints them. Every
    /// line longer than [`crate::MAX_LINE`] counts, since only datagrams are that long.
    #[must_use]
    pub fn dropped_datagrams(&self) -> u32 {
        self.dropped.saturating_add(self.skipped_lines())
    }

    /// A socket does not say that the network is gone, so the registration must.
    pub(crate) fn has_lost_network(&self) -> bool {
        self.is_online() && self.config.peer().is_some() && !matches!(self.registration, Some(1 | 5))
    }

    /// The number of the new socket; says whether it was one.
    pub(crate) fn take_socket(&mut self, mut fields: Fields<'_>) -> bool {
        if self.stage != Stage::At(Step::OpenSocket) {
            return false;
        }
        let number = fields.number().and_then(|number| u8::try_from(number).ok());
        self.known.socket = number.filter(|socket| *socket < MAX_SOCKETS);
        self.known.socket.is_some()
    }

    /// `+CSONMI: <socket>,<length>,<hex>`.
    pub(crate) fn take_datagram(&mut self, mut fields: Fields<'_>) -> Option<Event> {
        let socket = fields.number().and_then(|number| u8::try_from(number).ok());
        if !self.is_online() || socket.is_none() || socket != self.known.socket {
            return None;
        }
        let taken = self.keep_datagram(fields);
        if taken.is_none() {
            self.dropped = self.dropped.saturating_add(1);
        }
        taken
    }

    /// The vendor's example counts hex characters, other sources bytes: either will do, for the line ends with its data.
    fn keep_datagram(&mut self, mut fields: Fields<'_>) -> Option<Event> {
        let length = fields.number()? as usize;
        let hex = fields.next()?.text;
        if length != hex.len() && length.checked_mul(2) != Some(hex.len()) {
            return None;
        }
        let mut datagram = [0; MAX_DATAGRAM];
        let datagram = from_hex(hex, &mut datagram).filter(|datagram| !datagram.is_empty())?;
        self.message.clear();
        self.message.extend_from_slice(datagram).ok()?;
        Some(Event::Datagram)
    }

    /// `+CSOERR: <socket>,<code>`, by itself or beside the `ERROR` of a command, before it or after it.
    pub(crate) fn take_socket_error(&mut self, mut fields: Fields<'_>, now_ms: u64) -> Option<Event> {
        let socket = fields.number().and_then(|number| u8::try_from(number).ok())?;
        let code = fields.next().filter(|field: &Field<'_>| !field.quoted)?.text.parse().ok()?;
        let ours = self.known.socket == Some(socket);
        let open = matches!(self.stage, Stage::At(Step::ConnectSocket | Step::Online));
        (ours && open).then(|| self.fail(Reason::Socket(code), Rung::Session, now_ms))
    }
}
