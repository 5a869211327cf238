//! A real broker for a test: Debian's mosquitto with TLS on a free port of this machine, on certificates of its own.
//! It ends with its value, and with the thread that started it, however that ends.
//!
//! Whatever goes wrong here panics: a test without its broker has failed.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use broker::Broker;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// The authority's certificate, which clients trust: the file's name in [`Mosquitto::dir`].
pub const AUTHORITY: &str = "ca.pem";
const PROGRAM: &str = "/usr/sbin/mosquitto";
/// A free port may be taken before mosquitto has it: then another.
const ATTEMPTS: usize = 20;
/// How long it may take to listen.
const STARTING: Duration = Duration::from_secs(10);

/// Who may do what, where not everybody may do everything.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// As mosquitto's `acl_file` has them: first what everybody may.
    pub rules: &'a str,
    /// The one user that logs in.
    pub user: &'a str,
    /// Its password.
    pub password: &'a str,
}

/// A broker at work.
#[derive(Debug)]
pub struct Mosquitto {
    child: Child,
    port: u16,
    dir: TempDir,
}

impl Mosquitto {
    /// One where everybody may do everything, and nothing that waits is dropped.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::with("max_queued_messages 0\n", |_| {})
    }

    /// One with rules, and the devnet's limit of a message.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn guarded(access: Access<'_>) -> Self {
        Self::with("password_file users\nacl_file access\nmessage_size_limit 1024\n", |dir| {
            std::fs::write(dir.join("access"), access.rules).expect("a file of the test's");
            let mut command = Command::new("mosquitto_passwd");
            command.args(["-b", "-c"]).arg(dir.join("users")).args([access.user, access.password]);
            let made = command.output().expect("mosquitto is installed");
            assert!(made.status.success(), "{made:?}");
        })
    }

    fn with(settings: &str, prepare: impl FnOnce(&Path)) -> Self {
        let dir = tempfile::tempdir().expect("a place for files");
        certificates(dir.path());
        prepare(dir.path());
        for _ in 0..ATTEMPTS {
            let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
            let port = free.expect("a free port").port();
            // Started by root it would otherwise change to a user that may not read the folder.
            let text = format!(
                "user root\nlistener {port} 127.0.0.1\nallow_anonymous true\n\
                 cafile {AUTHORITY}\ncertfile broker.pem\nkeyfile broker.key\n{settings}"
            );
            std::fs::write(dir.path().join("mosquitto.conf"), text).expect("a file of the test's");
            let mut child = spawn(dir.path());
            if listens(&mut child, port) {
                return Self { child, port, dir };
            }
            end(&mut child);
        }
        panic!("mosquitto does not start: is {PROGRAM} installed (apt-get install mosquitto)?");
    }

    /// How a client that logs in as nobody reaches it.
    #[must_use]
    pub fn broker(&self) -> Broker {
        let authority_pem = std::fs::read(self.authority()).expect("written at the start");
        Broker::parse(&self.url(), authority_pem, None).expect("its own certificate")
    }

    /// `mqtts://localhost:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mqtts://localhost:{}", self.port)
    }

    /// The file with the authority's certificate.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.dir().join(AUTHORITY)
    }

    /// Where its files are, and a test's may be: it goes with the broker.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Writes [`AUTHORITY`], and `broker.pem` and `broker.key`: a certificate of its for `localhost` and `127.0.0.1`.
///
/// # Panics
/// They cannot be made or written.
pub fn certificates(dir: &Path) {
    let write = |name: &str, pem: String| std::fs::write(dir.join(name), pem).expect("a file of the test's");
    let pair = || KeyPair::generate().expect("a key");
    let (authority_key, key) = (pair(), pair());
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    write(AUTHORITY, authority.self_signed(&authority_key).expect("a certificate").pem());
    let issuer = Issuer::new(authority, authority_key);
    let names = ["localhost", "127.0.0.1"].map(String::from);
    let certificate = CertificateParams::new(names).and_then(|it| it.signed_by(&key, &issuer)).expect("a certificate");
    write("broker.pem", certificate.pem());
    write("broker.key", key.serialize_pem());
}

/// The kernel ends it with the thread that starts it (setpriv of util-linux): a test that is killed drops no values.
fn spawn(dir: &Path) -> Child {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", PROGRAM, "-c", "mosquitto.conf"]).current_dir(dir);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("util-linux is installed")
}

/// Whether it comes to listen; one that ends found its port taken.
fn listens(child: &mut Child, port: u16) -> bool {
    let started = Instant::now();
    let mut is_running = || child.try_wait().is_ok_and(|ended| ended.is_none());
    while started.elapsed() < STARTING && is_running() {
        // Whoever took the port may be another: it is ours if it still runs.
        if TcpStream::connect(("127.0.0.1", port)).is_ok() && is_running() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use rumqttc::{Client, Event, Packet};

    use super::*;

    fn ends(port: u16) -> bool {
        let started = Instant::now();
        while started.elapsed() < STARTING {
            if TcpStream::connect(("127.0.0.1", port)).is_err() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn connects(broker: &Broker) -> bool {
        let (_client, mut connection) = Client::new(broker.options("d-1"), 1);
        let first = connection.iter().next();
        matches!(first, Some(Ok(Event::Incoming(Packet::ConnAck(_)))))
    }

    #[test]
    fn it_is_reached_by_name_and_by_address_and_not_by_who_trusts_another_authority() {
        let (mosquitto, other) = (Mosquitto::start(), Mosquitto::start());
        let by_address = mosquitto.url().replace("localhost", "127.0.0.1");
        let trusting = |authority| Broker::parse(&by_address, std::fs::read(authority).unwrap(), None).unwrap();
        assert!(connects(&mosquitto.broker()) && connects(&trusting(mosquitto.authority())));
        assert!(!connects(&trusting(other.authority())));
    }

    #[test]
    fn a_broker_ends_with_its_value_and_with_the_thread_that_started_it() {
        let dropped = Mosquitto::start();
        let (port, dir) = (dropped.port, dropped.dir().to_owned());
        drop(dropped);
        assert!(ends(port) && !dir.exists());
        let started = std::thread::spawn(|| {
            let forgotten = Mosquitto::start();
            let (port, dir) = (forgotten.port, forgotten.dir().to_owned());
            std::mem::forget(forgotten);
            (port, dir)
        });
        let (port, dir) = started.join().unwrap();
        assert!(ends(port), "it outlives who started it");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
