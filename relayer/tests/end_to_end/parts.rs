//! The real parts, as processes of their own on free ports. Each ends with its value.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a part may take to listen.
const START: Duration = Duration::from_secs(60);

/// A child process.
pub struct Part {
    child: Child,
    command: Box<dyn Fn() -> Command + Send + Sync>,
    pub port: u16,
}

impl Part {
    fn start(port: u16, command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        let child = command().spawn().expect("the part starts");
        let mut part = Self { child, command: Box::new(command), port };
        part.wait_until_listening();
        part
    }

    fn wait_until_listening(&mut self) {
        let deadline = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "nothing listens on {}", self.port);
            assert!(self.child.try_wait().unwrap().is_none(), "a part ended at its start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Ends it: `KILL` as a crash does, `TERM` in order.
    pub fn stop(&mut self, signal: &str) {
        self.signal(signal);
        self.child.wait().unwrap();
    }

    pub fn start_again(&mut self) {
        self.child = (self.command)().spawn().expect("the part starts again");
        self.wait_until_listening();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn quiet(mut command: Command, dir: &Path, name: &str) -> Command {
    let log = fs::File::options().create(true).append(true).open(dir.join(format!("{name}.log"))).unwrap();
    command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
    command
}

fn skip(what: &str) {
    eprintln!("SKIPPED, NOT TESTED: {what}");
}

/// Where the binaries are, or `None` and a word about what is absent.
pub struct Binaries {
    anvil: PathBuf,
    ipfs_node: PathBuf,
    secantusd: PathBuf,
    mosquitto: PathBuf,
}

impl Binaries {
    pub fn find() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
        let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let anvil = root.join(format!("node_modules/@foundry-rs/anvil-{os}-{arch}/bin/anvil"));
        let ipfs_node = Path::new(env!("CARGO_BIN_EXE_relayer")).with_file_name("ipfs-node");
        let home = std::env::var("HOME").unwrap_or_default();
        let default = Path::new(&home).join(".cache/power-tracker/venv/bin/secantusd-py");
        let secantusd = std::env::var("SECANTUSD").map_or(default, PathBuf::from);
        let mosquitto = PathBuf::from("/usr/sbin/mosquitto");
        for (path, hint) in [
            (&anvil, "run `npm install`"),
            (&ipfs_node, "run `cargo build -p ipfs-node`"),
            (&secantusd, "pip install SecantusDB into a venv and set SECANTUSD"),
            (&mosquitto, "apt-get install mosquitto"),
        ] {
            if !path.exists() {
                skip(&format!("{} is absent: {hint}", path.display()));
                return None;
            }
        }
        Some(Self { anvil, ipfs_node, secantusd, mosquitto })
    }

    pub fn anvil(&self, dir: &Path) -> Part {
        let (binary, dir, port) = (self.anvil.clone(), dir.to_owned(), free_port());
        Part::start(port, move || {
            let mut command = Command::new(&binary);
            command.args(["--hardfork", "osaka", "--slots-in-an-epoch", "1", "--port", &port.to_string()]);
            quiet(command, &dir, "anvil")
        })
    }

    pub fn ipfs(&self, dir: &Path) -> Part {
        let (binary, dir, port, gateway) = (self.ipfs_node.clone(), dir.to_owned(), free_port(), free_port());
        Part::start(port, move || {
            let mut command = Command::new(&binary);
            command.arg("--repo").arg(dir.join("ipfs"));
            command.args(["--api", &format!("127.0.0.1:{port}"), "--gateway", &format!("127.0.0.1:{gateway}")]);
            quiet(command, &dir, "ipfs")
        })
    }

    pub fn store(&self, dir: &Path) -> Part {
        let (binary, dir, port) = (self.secantusd.clone(), dir.to_owned(), free_port());
        Part::start(port, move || {
            let mut command = Command::new(&binary);
            command.args(["--port", &port.to_string(), "--sync-on-commit", "--storage-path"]).arg(dir.join("store"));
            command.current_dir(&dir);
            quiet(command, &dir, "store")
        })
    }

    pub fn broker(&self, dir: &Path) -> Part {
        let (binary, dir, port) = (self.mosquitto.clone(), dir.to_owned(), free_port());
        mosquitto::certificates(&dir);
        let data = dir.join("broker");
        fs::create_dir_all(&data).unwrap();
        let (data, files) = (data.display(), dir.display());
        let config = format!(
            "listener {port} 127.0.0.1\ncafile {files}/ca.pem\ncertfile {files}/broker.pem\nkeyfile {files}/broker.key\n\
             allow_anonymous true\nuser root\npersistence true\npersistence_location {data}/\n\
             max_inflight_messages 0\nmax_queued_messages 0\n",
        );
        fs::write(dir.join("mosquitto.conf"), config).unwrap();
        Part::start(port, move || {
            let mut command = Command::new(&binary);
            command.arg("-c").arg(dir.join("mosquitto.conf"));
            quiet(command, &dir, "broker")
        })
    }
}
