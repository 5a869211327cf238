//! The real components as processes on free ports; each ends with its value.

use std::{
    io::{BufRead as _, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn absent(what: &Path, hint: &str) {
    eprintln!("SKIPPED, NOT TESTED: {} is absent; {hint}", what.display());
}

/// Starts a process and gives the first line of its output that `find` takes.
fn start<T>(command: &mut Command, find: impl Fn(&str) -> Option<T>) -> (Running, T) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the process starts");
    let stdout = child.stdout.take().expect("piped");
    let running = Running(child);
    let mut lines = BufReader::new(stdout).lines();
    let found = lines.find_map(|line| find(&line.ok()?)).expect("it says where it listens");
    std::thread::spawn(move || lines.for_each(drop));
    (running, found)
}

pub struct Anvil {
    _running: Running,
    pub url: String,
}

impl Anvil {
    /// A chain whose clock begins at `genesis_unix_s`; a block is final when eight are above it.
    pub fn start(genesis_unix_s: u64) -> Option<Self> {
        let scope = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../node_modules/@foundry-rs");
        let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
        let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let binary = scope.join(format!("anvil-{os}-{arch}/bin/anvil"));
        if !binary.exists() {
            absent(&binary, "run `npm install` first");
            return None;
        }
        let (running, url) = start(
            Command::new(binary)
                .args(["--hardfork", "osaka", "--port", "0", "--slots-in-an-epoch", "4", "--timestamp"])
                .arg(genesis_unix_s.to_string()),
            |line| line.strip_prefix("Listening on ").map(|address| format!("http://{address}")),
        );
        Some(Self { _running: running, url })
    }
}

pub struct IpfsNode {
    running: Option<Running>,
    repo: tempfile::TempDir,
    pub api_url: String,
}

impl IpfsNode {
    pub fn start() -> Option<Self> {
        let repo = tempfile::tempdir().expect("a directory");
        let (running, api_url) = Self::spawn(repo.path(), "127.0.0.1:0")?;
        Some(Self { running: Some(running), repo, api_url })
    }

    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it again at the same address with the same blocks.
    pub fn resume(&mut self) {
        let address = self.api_url.trim_start_matches("http://").to_owned();
        let (running, api_url) = Self::spawn(self.repo.path(), &address).expect("it was there before");
        assert_eq!(api_url, self.api_url);
        self.running = Some(running);
    }

    fn spawn(repo: &Path, api: &str) -> Option<(Running, String)> {
        // Test binaries are in target/<profile>/deps, those of the workspace above it.
        let test = std::env::current_exe().expect("a path");
        let binary = test.ancestors().nth(2).expect("a target directory").join("ipfs-node");
        if !binary.exists() {
            absent(&binary, "run `cargo build -p ipfs-node` first");
            return None;
        }
        let mut command = Command::new(binary);
        command.args(["--api", api, "--gateway", "127.0.0.1:0", "--fetch-timeout-s", "1", "--repo"]).arg(repo);
        Some(start(&mut command, |line| {
            let mut words = line.strip_prefix("ipfs-node ready: api ")?.split(' ');
            words.next().map(str::to_owned)
        }))
    }
}

#[allow(dead_code, reason = "the verifier knows no store")]
pub struct Secantus {
    running: Option<Running>,
    binary: PathBuf,
    directory: tempfile::TempDir,
    port: u16,
    pub uri: String,
}

#[allow(dead_code, reason = "the verifier knows no store")]
impl Secantus {
    pub fn start() -> Option<Self> {
        let home = std::env::var_os("HOME").unwrap_or_default();
        let usual = || PathBuf::from(home).join(".cache/power-tracker/venv/bin/secantusd-py");
        let binary = std::env::var_os("SECANTUSD").map_or_else(usual, PathBuf::from);
        if !binary.exists() {
            absent(&binary, "install SecantusDB from PyPI, or name it in SECANTUSD");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port();
        let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
        let directory = tempfile::tempdir().expect("a directory");
        let mut store = Self { running: None, binary, directory, port, uri };
        store.resume();
        Some(store)
    }

    /// Ends it as a crash would.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it, again if it ran before: same address, same data.
    pub fn resume(&mut self) {
        let child = Command::new(&self.binary)
            .args(["--port", &self.port.to_string(), "--sync-on-commit", "--storage-path"])
            .arg(self.directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("SecantusDB starts");
        let mut running = Running(child);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(running.0.try_wait().expect("a status").is_none(), "SecantusDB ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        self.running = Some(running);
    }
}
