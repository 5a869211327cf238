//! The modem's sockets, of which only UDP over IPv4 is here. Codes are those of `+CSOERR`; which one comes when is not in
//! the manual, except that one comes with the `ERROR`.

use std::net::SocketAddrV4;

use super::{
    super::{Datagram, State},
    Answer, BAD, Later, UNKNOWN, line, ok, refuse, unquote,
};

/// Most bytes of a datagram that is sent.
const MAX_SEND: usize = 512;
/// The first port of the network's end; the next socket has the next.
const FIRST_PORT: u16 = 49_152;

/// Any other trouble.
const COMMON: i8 = -1;
const NO_ROUTE: i8 = 1;
const CONNECTED: i8 = 10;
const PARAMETER: i8 = 12;

/// All of them.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Sockets {
    all: [Option<Socket>; 5],
    opened: u16,
    /// What comes is shown as text.
    text: bool,
}

#[derive(Clone, Copy, Debug)]
struct Socket {
    port: u16,
    peer: Option<SocketAddrV4>,
}

impl Sockets {
    /// They end with radio and power, without a word.
    pub(in super::super) fn close_all(&mut self) {
        self.all = Default::default();
    }

    pub(in super::super) fn restart(&mut self) {
        self.close_all();
        self.text = false;
    }

    fn find(&mut self, number: &str) -> Option<(u8, &mut Socket)> {
        let number = number.parse::<u8>().ok()?;
        Some((number, self.all.get_mut(usize::from(number))?.as_mut()?))
    }
}

/// `ERROR`, and the socket's own code after it.
fn fail(number: &str, code: i8) -> Answer {
    let then = number.parse().ok().map(|number| Later::SocketError(number, code));
    Answer { result: Err(None), then, ..ok(50) }
}

impl State {
    pub(super) fn sockets(&mut self, name: &str, values: &[&str]) -> Answer {
        match (name, values) {
            ("+CSORCVFLAG", [flag @ ("0" | "1")]) => {
                self.sockets.text = *flag == "1";
                ok(10)
            }
            ("+CSOC", ["1", "2", "1"] | ["1", "2", "1", _]) => self.open_socket(),
            ("+CSOCON", [number, port, address]) => self.connect_socket(number, port, address),
            ("+CSOSEND", [number, length, data]) => self.send_through(number, length, data),
            ("+CSOCL", [number]) => match self.sockets.find(number) {
                Some((number, _)) => {
                    self.sockets.all[usize::from(number)] = None;
                    ok(50)
                }
                None => Answer { result: Err(None), ..ok(20) },
            },
            ("+CSORCVFLAG" | "+CSOC" | "+CSOCON" | "+CSOSEND" | "+CSOCL", _) => refuse(BAD),
            _ => refuse(UNKNOWN),
        }
    }

    fn open_socket(&mut self) -> Answer {
        let Some(number) = self.sockets.all.iter().position(Option::is_none) else {
            return Answer { result: Err(None), ..ok(20) };
        };
        let port = FIRST_PORT + self.sockets.opened;
        self.sockets.opened += 1;
        self.sockets.all[number] = Some(Socket { port, peer: None });
        line(50, format!("+CSOC: {number}"))
    }

    fn connect_socket(&mut self, number: &str, port: &str, address: &str) -> Answer {
        let registered = self.is_registered();
        let address = unquote(address).and_then(|address| address.parse().ok());
        let Some((_, socket)) = self.sockets.find(number) else { return fail(number, PARAMETER) };
        let (Some(address), Ok(port @ 1..)) = (address, port.parse()) else { return fail(number, PARAMETER) };
        if socket.peer.is_some() {
            return fail(number, CONNECTED);
        }
        if !registered {
            return fail(number, NO_ROUTE);
        }
        socket.peer = Some(SocketAddrV4::new(address, port));
        ok(200)
    }

    /// A length of 0: a text in quotes. Else it is that of the hex, in characters or bytes.
    fn send_through(&mut self, number: &str, length: &str, data: &str) -> Answer {
        let (registered, counts_bytes) = (self.is_registered(), self.datagrams.counts_bytes);
        let Some((_, socket)) = self.sockets.find(number) else { return fail(number, PARAMETER) };
        let bytes = match (length.parse(), unquote(data)) {
            (Ok(0), Some(text)) => Some(text.as_bytes().to_vec()),
            (Ok(length), None) if length == data.len() / if counts_bytes { 2 } else { 1 } => {
                data_encoding::HEXUPPER_PERMISSIVE.decode(data.as_bytes()).ok()
            }
            _ => None,
        };
        let Some(bytes) = bytes.filter(|bytes| (1..=MAX_SEND).contains(&bytes.len())) else {
            return fail(number, PARAMETER);
        };
        match socket.peer {
            None => fail(number, COMMON),
            Some(_) if !registered => fail(number, NO_ROUTE),
            Some(peer) => Answer { then: Some(Later::Sent(Datagram { port: socket.port, peer, bytes })), ..ok(150) },
        }
    }

    /// A datagram at the modem: shown if it is for a socket that is connected to whoever sent it.
    pub(in super::super) fn receive(&mut self, datagram: &Datagram, at_ms: u64) {
        let wanted = |socket: &Option<Socket>| {
            socket.is_some_and(|socket| socket.port == datagram.port && socket.peer == Some(datagram.peer))
        };
        let Some(number) = self.sockets.all.iter().position(wanted).filter(|_| self.is_registered()) else { return };
        let data = if self.sockets.text {
            String::from_utf8_lossy(&datagram.bytes).into_owned()
        } else {
            data_encoding::HEXUPPER.encode(&datagram.bytes)
        };
        self.unsolicited(at_ms, &format!("+CSONMI: {number},{},{data}", data.len()));
    }

    /// Every socket fails: the modem says so, with a code of `+CSOERR`, and they are gone.
    pub fn fail_sockets(&mut self, code: i8) {
        let now_ms = self.now_ms();
        for number in
            (0..).zip(std::mem::take(&mut self.sockets.all)).filter_map(|(number, socket)| socket.map(|_| number))
        {
            self.say_socket_error(number, code, now_ms);
        }
    }

    pub(in super::super) fn say_socket_error(&mut self, number: u8, code: i8, at_ms: u64) {
        self.unsolicited(at_ms, &format!("+CSOERR: {number},{code}"));
    }

    /// How many sockets are open.
    #[must_use]
    pub fn open_sockets(&self) -> usize {
        self.sockets.all.iter().flatten().count()
    }
}
