//! A device's records to libcoap's own server, over DTLS.

use std::{
    net::UdpSocket,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use coap::{Error, Event, Session};
use node::{Boot, Config, Node, Now, Signer, SignerError, Stored};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use protocol::{
    key::PublicKey,
    record::{PowerStatus, Record},
};
use rand::{Rng as _, rngs::OsRng};

const SERVER: &str = "/usr/bin/coap-server-openssl";
const IDENTITY: &str = "transformer-000001";
const KEY: &str = "correct-horse-battery";
const UDP_IP: usize = 28;
/// Nothing here depends on speed; this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// libcoap's server on two free ports: CoAP, and DTLS on the next. Killed when dropped.
struct Server {
    child: Child,
    port: u16,
    _dir: Dir,
}

struct Dir(std::path::PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Server {
    /// With arguments of its own; `None` where it is not installed.
    fn start(arguments: &[&str]) -> Option<Self> {
        if !std::path::Path::new(SERVER).exists() {
            eprintln!("SKIPPED: CoAP over DTLS, for want of libcoap's server (apt-get install libcoap3-bin)");
            return None;
        }
        let dir = Dir(std::env::temp_dir().join(format!("coap-{}-{}", std::process::id(), OsRng.r#gen::<u64>())));
        std::fs::create_dir(&dir.0).unwrap();
        // Debian's OpenSSL leaves out ciphers with short tags; CoAP's own has one (RFC 7252, 9.1.3.1).
        let openssl = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCipherString = ALL:@SECLEVEL=0\n";
        std::fs::write(dir.0.join("openssl.cnf"), openssl).unwrap();
        for _ in 0..20 {
            let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let port = port.clamp(2_000, 65_000);
            let mut child = Command::new(SERVER)
                .args(["-A", "127.0.0.1", "-p", &port.to_string(), "-k", KEY, "-h", "operator", "-d", "100"])
                .args(arguments)
                .env("OPENSSL_CONF", dir.0.join("openssl.cnf"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(300));
            if child.try_wait().unwrap().is_none() {
                return Some(Self { child, port: port + 1, _dir: dir });
            }
        }
        panic!("libcoap's server does not start");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Line {
    socket: UdpSocket,
    session: Session,
    /// Of a hundred datagrams each way, so many are lost.
    lossy: u32,
    /// Length of the last datagram sent.
    sent: usize,
    /// All of both ways, with UDP and IP.
    on_air: usize,
}

impl Line {
    fn begin(port: u16, key: &str, lossy: u32) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", port)).unwrap();
        let session = Session::begin(IDENTITY, key.as_bytes(), OsRng.r#gen(), Instant::now()).unwrap();
        Self { socket, session, lossy, sent: 0, on_air: 0 }
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
                    self.on_air += length + UDP_IP;
                    self.session.take(&buffer[..length], Instant::now())?;
                }
                _ => self.session.pass(Instant::now())?,
            }
        }
    }
}

struct Key(SigningKey);

impl Signer for Key {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_bytes().into())
    }
}

/// A device with an outage to tell.
fn records(count: usize) -> (Vec<(u64, Vec<u8>)>, PublicKey) {
    let mut key = Key(SigningKey::random(&mut OsRng));
    let public = PublicKey::from_point(key.0.verifying_key().to_encoded_point(false).as_bytes()).unwrap();
    let config = Config {
        device_id: IDENTITY.into(),
        latitude_e6: 25_594_095,
        longitude_e6: 85_137_566,
        phases: 1,
        first_sequence: 1,
        heartbeat_s: 900,
        first_heartbeat_s: 900,
        debounce_ms: 0,
        queue_limit: 100,
        window: 8,
        resend_ms: 60_000,
        resend_max_ms: 60_000,
        contract: "eip155:1:0xaa".into(),
        receipt_keys: Vec::new(),
    };
    let mut store = Stored::default();
    let now = |s: u64| Now::known(s * 1_000, 1_795_000_000 + s);
    let boot = Boot { mains: PowerStatus::On.into(), since_unix_s: None, now: now(0) };
    let mut node = Node::start(config, &node::Resume::default(), boot, &mut store).unwrap();
    for edge in 1..count as u64 {
        let level = if edge % 2 == 1 { PowerStatus::Off } else { PowerStatus::On };
        node.sample(level, now(edge * 10), &mut store);
    }
    node.link_up();
    let mut all = Vec::new();
    while let Some(publish) = node.next_publish(now(count as u64 * 10), &mut key, &mut store).unwrap() {
        node.acknowledged(publish.sequence);
        all.push((publish.sequence, publish.bytes.to_vec()));
    }
    (all, public)
}

fn path(sequence: u64) -> String {
    format!("power/v1/records/{IDENTITY}/{sequence}")
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
        let uri = format!("coaps://127.0.0.1:{}/{}", server.port, path(*sequence));
        let output = Command::new("/usr/bin/coap-client-openssl")
            .args(["-u", IDENTITY, "-k", KEY, "-B", "20", "-v", "0", &uri])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let record = Record::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error} in {text:?}: {output:?}"));
        record.verify(&public).unwrap();
        assert_eq!(text.as_bytes(), bytes);
    }
}

#[test]
fn lost_datagrams_are_sent_again_in_handshake_and_requests() {
    let Some(server) = Server::start(&[]) else { return };
    let (records, _) = records(4);
    let mut line = Line::begin(server.port, KEY, 20);
    assert_eq!(line.event().unwrap(), Event::Connected);
    for (sequence, bytes) in &records {
        line.session.put(&path(*sequence), bytes, Instant::now()).unwrap();
        assert!(matches!(line.event().unwrap(), Event::Delivered { .. }), "{sequence}");
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
