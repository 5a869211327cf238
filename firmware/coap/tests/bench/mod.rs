//! libcoap's own server and client, and a device with something to tell.
#![allow(dead_code)]

use std::{
    net::UdpSocket,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use node::{Boot, Config, Node, Now, Publish, Signer, SignerError, Stored};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use protocol::{key::PublicKey, record::PowerStatus};
use rand::{Rng as _, rngs::OsRng};

const SERVER: &str = "/usr/bin/coap-server-openssl";
const CLIENT: &str = "/usr/bin/coap-client-openssl";
pub const IDENTITY: &str = "transformer-000001";
pub const KEY: &str = "correct-horse-battery";
pub const CONTRACT: &str = "eip155:1:0xaa";
pub const START_UNIX_S: u64 = 1_795_000_000;

/// libcoap's server on two free ports: CoAP, and DTLS on the next. Killed when dropped.
pub struct Server {
    child: Child,
    pub port: u16,
    dir: Dir,
}

struct Dir(PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Server {
    /// With arguments of its own; `None` where it is not installed.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        if !std::path::Path::new(SERVER).exists() {
            eprintln!("SKIPPED: CoAP over DTLS, for want of libcoap's server (apt-get install libcoap3-bin)");
            return None;
        }
        let dir = Dir(std::env::temp_dir().join(format!("coap-{}-{}", std::process::id(), OsRng.r#gen::<u64>())));
        std::fs::create_dir(&dir.0).unwrap();
        // Debian's OpenSSL leaves out ciphers with short tags; CoAP's own has one (RFC 7252, 9.1.3.1).
        let openssl =
            "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCipherString = ALL:@SECLEVEL=0\n";
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
                return Some(Self { child, port: port + 1, dir });
            }
        }
        panic!("libcoap's server does not start");
    }

    /// What lies under a path, by libcoap's client.
    pub fn get(&self, path: &str) -> Vec<u8> {
        self.client(&[], path)
    }

    /// As [`Server::get`], where there is something.
    pub fn find(&self, path: &str) -> Option<Vec<u8>> {
        Some(self.get(path)).filter(|bytes| !bytes.is_empty())
    }

    /// Puts a payload under a path, by libcoap's client.
    pub fn put(&self, path: &str, payload: &[u8]) {
        let file = self.dir.0.join("payload");
        std::fs::write(&file, payload).unwrap();
        self.client(&["-m", "put", "-f", file.to_str().unwrap()], path);
    }

    fn client(&self, arguments: &[&str], path: &str) -> Vec<u8> {
        let output = Command::new(CLIENT)
            .args(["-u", IDENTITY, "-k", KEY, "-B", "20", "-v", "0"])
            .args(arguments)
            .arg(format!("coaps://127.0.0.1:{}/{path}", self.port))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout.trim_ascii_end().to_vec()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Key(pub SigningKey);

impl Signer for Key {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_bytes().into())
    }
}

impl Key {
    pub fn random() -> Self {
        Self(SigningKey::random(&mut OsRng))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey::from_point(self.0.verifying_key().to_encoded_point(false).as_bytes()).unwrap()
    }
}

/// A device's logic, whose clock is the caller's.
pub struct Bench {
    pub node: Node,
    pub store: Stored,
    pub public: PublicKey,
    /// Whose receipts it takes.
    pub relayer: Key,
    pub now_ms: u64,
    key: Key,
}

impl Bench {
    /// After so many records less one of outages, ten seconds from one to the next.
    pub fn with_outages(count: usize) -> Self {
        let (key, relayer) = (Key::random(), Key::random());
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
            contract: CONTRACT.into(),
            receipt_keys: vec![relayer.public()],
        };
        let mut store = Stored::default();
        let boot = Boot { mains: PowerStatus::On.into(), since_unix_s: None, now: at(0) };
        let node = Node::start(config, node::Resume::default(), boot, &mut store).unwrap();
        let public = key.public();
        let mut bench = Self { node, store, public, relayer, now_ms: 0, key };
        for _ in 1..count {
            bench.now_ms += 10_000;
            bench.turn();
        }
        bench.now_ms += 10_000;
        bench
    }

    /// The mains go, or come back.
    pub fn turn(&mut self) {
        let level = if self.node.mains().status() == PowerStatus::On { PowerStatus::Off } else { PowerStatus::On };
        self.node.sample(level, at(self.now_ms), &mut self.store);
    }

    pub fn next_publish(&mut self) -> Option<Publish> {
        self.node.next_publish(at(self.now_ms), &mut self.key, &mut self.store).unwrap()
    }

    /// How many records a receipt frees.
    pub fn receipt(&mut self, bytes: &[u8]) -> usize {
        self.node.receipt(bytes, at(self.now_ms), &mut self.store).unwrap()
    }
}

fn at(ms: u64) -> Now {
    Now::known(ms, START_UNIX_S + ms / 1_000)
}

pub fn path(sequence: u64) -> String {
    format!("power/v1/records/{IDENTITY}/{sequence}")
}
