//! A device's records to libcoap's own server, over DTLS.

mod bench;

use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};

use bench::{Bench, IDENTITY, KEY, Server, path};
use coap::{Error, Event, Session};
use protocol::{key::PublicKey, record::Record};
use rand::{Rng as _, rngs::OsRng};

const UDP_IP: usize = 28;
/// Nothing here depends on speed; this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

struct Line {
    socket: UdpSocket,
    session: Session,
    /// Of a hundred datagrams each way, so many are lost.
    lossy: u32,
    /// Length of the last datagram sent.
    sent: usize,
    /// Of the longest one, either way.
    longest: usize,
    /// All of both ways, with UDP and IP.
    on_air: usize,
}

impl Line {
    fn begin(port: u16, key: &str, lossy: u32) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", port)).unwrap();
        let session = Session::begin(IDENTITY, key.as_bytes(), OsRng.r#gen(), Instant::now()).unwrap();
        Self { socket, session, lossy, sent: 0, longest: 0, on_air: 0 }
    }

    /// With a session. A handshake that loses too much is given up and begun anew, as a device does.
    fn connect(port: u16, lossy: u32) -> Self {
        for _ in 0..10 {
            let mut line = Self::begin(port, KEY, lossy);
            match line.event() {
                Ok(event) => {
                    assert_eq!(event, Event::Connected);
                    return line;
                }
                Err(error) => assert!(lossy > 0 && matches!(error, Error::Dtls(_) | Error::Timeout), "{error}"),
            }
        }
        panic!("no handshake succeeds");
    }

    /// Puts until it is answered: what is lost five times goes back to whoever made it.
    fn deliver(&mut self, path: &str, payload: &[u8]) {
        for _ in 0..10 {
            self.session.put(path, payload, Instant::now()).unwrap();
            match self.event().unwrap() {
                Event::Delivered { .. } => return,
                event => assert!(self.lossy > 0 && event == Event::Unanswered, "{event:?}"),
            }
        }
        panic!("{path} is never answered");
    }

    fn loses(&self) -> bool {
        OsRng.gen_range(0..100) < self.lossy
    }

    /// Until something happens.
    fn event(&mut self) -> Result<Event, Error> {
        let started = Instant::now();
        loop {
            while let Some(datagram) = self.session.datagram() {
                self.sent = datagram.len();
                self.longest = self.longest.max(datagram.len());
                self.on_air += datagram.len() + UDP_IP;
                if !self.loses() {
                    let _ = self.socket.send(&datagram);
                }
            }
            if let Some(event) = self.session.event() {
                return Ok(event);
            }
            assert!(started.elapsed() < PATIENCE, "nothing happens");
            let due = self.session.next_due().map_or(PATIENCE, |due| due.saturating_duration_since(Instant::now()));
            self.socket.set_read_timeout(Some(due.max(Duration::from_millis(1)))).unwrap();
            let mut buffer = [0; 2_048];
            match self.socket.recv(&mut buffer) {
                Ok(length) if !self.loses() => {
                    self.longest = self.longest.max(length);
                    self.on_air += length + UDP_IP;
                    self.session.take(&buffer[..length], Instant::now())?;
                }
                _ => self.session.pass(Instant::now())?,
            }
        }
    }
}

/// A device with an outage to tell, and what it has signed.
fn records(count: usize) -> (Vec<(u64, Vec<u8>)>, PublicKey) {
    let mut bench = Bench::with_outages(count);
    bench.node.link_up();
    let mut all = Vec::new();
    while let Some(publish) = bench.next_publish() {
        bench.node.acknowledged(publish.sequence);
        all.push((publish.sequence, publish.bytes.to_vec()));
    }
    (all, bench.public)
}

/// What bench/firmware counts with: DTLS record (13), explicit nonce and tag (8 each), CoAP header and token (4 each), a
/// byte before each part of the path and before the payload; longer parts need one more.
fn overhead(path: &str) -> usize {
    let part = |part: &str| part.len() + if part.len() > 12 { 2 } else { 1 };
    13 + 8 + 8 + 4 + 4 + path.split('/').map(part).sum::<usize>() + 1
}

#[test]
fn records_are_put_and_stand_there_byte_for_byte() {
    let Some(server) = Server::start(&[]) else { return };
    let (records, public) = records(6);
    let mut line = Line::begin(server.port, KEY, 0);
    assert_eq!(line.event().unwrap(), Event::Connected);
    eprintln!("a handshake on the air: {} bytes", line.on_air);
    assert!(line.on_air <= 900, "{} bytes: what bench/firmware counts with", line.on_air);
    for (sequence, bytes) in &records {
        line.session.put(&path(*sequence), bytes, Instant::now()).unwrap();
        assert!(matches!(line.event().unwrap(), Event::Delivered { .. }), "{sequence}");
        assert_eq!(line.sent, bytes.len() + overhead(&path(*sequence)));
        // Twice is once.
        line.session.put(&path(*sequence), bytes, Instant::now()).unwrap();
        assert!(matches!(line.event().unwrap(), Event::Delivered { .. }), "{sequence} again");
    }
    // By another client, libcoap's own.
    for (sequence, bytes) in &records {
        let text = server.get(&path(*sequence));
        let record = Record::parse(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"));
        record.verify(&public).unwrap();
        assert_eq!(&text, bytes);
    }
}

#[test]
fn lost_datagrams_are_sent_again_in_handshake_and_requests() {
    let Some(server) = Server::start(&[]) else { return };
    let (records, _) = records(4);
    let mut line = Line::connect(server.port, 20);
    for (sequence, bytes) in &records {
        line.deliver(&path(*sequence), bytes);
        assert_eq!(&server.get(&path(*sequence)), bytes);
    }
}

#[test]
fn a_server_with_another_key_is_none_of_ours_and_none_at_all_is_noticed() {
    let Some(server) = Server::start(&[]) else { return };
    let mut line = Line::begin(server.port, "another-key", 0);
    let outcome = line.event();
    assert!(matches!(outcome, Err(Error::Dtls(_) | Error::Timeout)), "{outcome:?}");
    assert!(matches!(line.session.put("a", b"{}", Instant::now()), Err(Error::Busy)));
    // Time is the caller's: the end of patience needs no waiting.
    let start = Instant::now();
    let mut session = Session::begin(IDENTITY, KEY.as_bytes(), 7, start).unwrap();
    let mut now = start;
    let error = loop {
        while session.datagram().is_some() {}
        now = session.next_due().expect("a handshake is timed").max(now + Duration::from_millis(1));
        if let Err(error) = session.pass(now) {
            break error;
        }
    };
    assert!(matches!(error, Error::Timeout | Error::Dtls(_)), "{error}");
    assert!(now - start <= coap::HANDSHAKE_TIMEOUT + Duration::from_secs(2));
}

#[test]
fn what_does_not_fit_is_refused_before_it_is_sent_and_a_full_server_says_so() {
    let Some(server) = Server::start(&["-d", "1"]) else { return };
    let mut line = Line::begin(server.port, KEY, 0);
    assert_eq!(line.event().unwrap(), Event::Connected);
    let now = Instant::now();
    assert!(matches!(line.session.put("a//b", b"{}", now), Err(Error::Request)));
    assert!(matches!(line.session.put("a", &[b'x'; coap::MAX_PAYLOAD + 1], now), Err(Error::Request)));
    line.session.put("one", b"{}", now).unwrap();
    assert!(matches!(line.session.put("two", b"{}", now), Err(Error::Busy)));
    assert!(matches!(line.event().unwrap(), Event::Delivered { .. }));
    line.session.put("two", b"{}", Instant::now()).unwrap();
    assert_eq!(line.event().unwrap(), Event::Refused { code: "4.06".into() });
    assert!(matches!(Session::begin("", KEY.as_bytes(), 0, now), Err(Error::Key)));
}

/// The longest record of the longest name; libcoap's client cuts a path after 100 characters.
#[test]
fn what_is_longer_than_a_datagram_is_put_in_blocks_and_fetched_as_one() {
    let Some(server) = Server::start(&[]) else { return };
    let mut line = Line::connect(server.port, 10);
    let path = format!("power/v1/records/{}/{}", "x".repeat(protocol::record::MAX_DEVICE_ID), 4_000_000);
    for length in [coap::MAX_PAYLOAD, 257, 1] {
        let payload = "0123456789".repeat(50).as_bytes()[..length].to_vec();
        line.deliver(&path, &payload);
        assert_eq!(server.get(&path), payload);
    }
    assert!(line.longest <= 512, "what the modem's socket carries: {}", line.longest);
    let receipt = "r".repeat(protocol::receipt::MAX_RECEIPT_BYTES);
    line.lossy = 0;
    server.put("power/v1/receipts/d-1", receipt.as_bytes());
    line.session.get("power/v1/receipts/d-1", Instant::now()).unwrap();
    assert_eq!(line.event().unwrap(), Event::Delivered { payload: receipt.into_bytes() });
    line.session.get("power/v1/receipts/d-2", Instant::now()).unwrap();
    assert_eq!(line.event().unwrap(), Event::Refused { code: "4.04".into() });
}
