//! Real servers for the tests, on free ports and in directories of their own; they end with the values.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener as StdListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use alloy::primitives::{Address, B256, address, b256};
use bindings::Addresses;
use bson::{Document, doc};
use graphql::{Config, ProvenanceKind, ProvenanceSettings};
use mongodb::{Client, Database};
use serde_json::{Value, json};
use store::Settings;
use tokio_util::sync::CancellationToken;

/// How long a server is waited for.
const STARTING: Duration = Duration::from_secs(60);
const ATTEMPTS: u32 = 5;
/// The first of the keys that every anvil funds.
pub const ADMIN_KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
pub const ADMIN: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

/// A child process that does not outlive the test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that says where it listens in its output.
pub fn start(command: &mut Command, find: impl Fn(&str) -> Option<Vec<String>>) -> (Process, Vec<String>) {
    let mut process = Process(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
    let found = lines.find_map(|line| find(&line.ok()?)).expect("it says where it listens");
    std::thread::spawn(move || lines.for_each(drop));
    (process, found)
}

/// An anvil whose first block is so old, and where it listens.
pub fn anvil(age_s: u64) -> Option<(Process, String)> {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let binary = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../node_modules/@foundry-rs/anvil-linux-{arch}/bin/anvil"));
    if !binary.exists() {
        eprintln!("SKIPPED, NOT TESTED: {} is absent; run `npm install` first", binary.display());
        return None;
    }
    let timestamp = (graphql::now::unix_s() - age_s).to_string();
    let mut command = Command::new(binary);
    command.args(["--hardfork", "osaka", "--port", "0", "--timestamp", &timestamp]);
    let (process, at) = start(&mut command, |line| Some(vec![line.strip_prefix("Listening on ")?.to_owned()]));
    Some((process, format!("http://{}", at[0])))
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A SecantusDB of its own.
pub struct Mongo {
    _process: Process,
    _directory: tempfile::TempDir,
    pub uri: String,
    pub client: Client,
}

impl Mongo {
    /// `None` where SecantusDB is not installed: the test then says so and proves nothing.
    pub async fn start() -> Option<Self> {
        let default =
            || PathBuf::from(std::env::var("HOME").unwrap()).join(".cache/power-tracker/venv/bin/secantusd-py");
        let binary = std::env::var_os("SECANTUSD").map_or_else(default, PathBuf::from);
        if !binary.exists() {
            eprintln!("SKIPPED, NOT TESTED: SecantusDB is absent: {}", binary.display());
            return None;
        }
        // The port may be taken between looking and starting: then another is tried.
        for _ in 0..ATTEMPTS {
            if let Some(mongo) = Self::try_start(&binary).await {
                return Some(mongo);
            }
        }
        panic!("SecantusDB does not start");
    }

    async fn try_start(binary: &PathBuf) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let child = Command::new(binary)
            .args(["--port", &port.to_string(), "--sync-on-commit", "--storage-path"])
            .arg(directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut process = Process(child);
        let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
        let client = Client::with_uri_str(&uri).await.unwrap();
        let ping = async {
            while client.database("admin").run_command(doc! { "ping": 1 }).await.is_err() {
                if process.0.try_wait().unwrap().is_some() {
                    return false;
                }
            }
            true
        };
        let is_up = tokio::time::timeout(STARTING, ping).await.unwrap_or(false);
        is_up.then_some(Self { _process: process, _directory: directory, uri, client })
    }

    pub fn views(&self) -> Database {
        self.client.database("power_views")
    }

    pub fn intake(&self) -> Database {
        self.client.database("power_intake")
    }

    pub async fn insert<T: serde::Serialize + Send + Sync>(&self, database: &Database, collection: &str, items: &[T]) {
        let documents: Vec<Document> = items.iter().map(|item| bson::to_document(item).unwrap()).collect();
        database.collection::<Document>(collection).insert_many(documents).await.unwrap();
    }
}

/// Addresses at which nothing is.
pub fn contracts() -> Addresses {
    let [a, b, c] = [0x0a, 0x0b, 0x0c].map(Address::repeat_byte);
    Addresses {
        chain_id: 31_337,
        start_block: 7,
        administrator: c,
        access_manager: c,
        anchors: a,
        rosters: b,
        officials: c,
        clocks: c,
        complaints: c,
        notices: c,
        testimonies: c,
        passkeys: c,
        verifier: c,
    }
}

/// Settings for a service over `mongo`; what is not given lies on a port that nobody serves.
pub fn config(mongo: &Mongo) -> Config {
    let nowhere = || format!("http://127.0.0.1:{}", free_port());
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        rpc_url: nowhere(),
        contracts: contracts(),
        sponsorship: None,
        ipfs_api_url: nowhere(),
        ipfs_gateway_url: nowhere(),
        dapp_dir: None,
        operator: "a test".into(),
        basemap_dir: None,
        basemap_credit: None,
        map_tiles_url: None,
        map_tiles_attribution: None,
        intake: Settings { uri: mongo.uri.clone(), database: "power_intake".into() },
        views: Settings { uri: mongo.uri.clone(), database: "power_views".into() },
        provenance: ProvenanceSettings {
            kind: ProvenanceKind::Replay,
            source: "a utility's files".into(),
            shift_s: 86_400 * 35,
            uncertainty_s: 60,
        },
    }
}

/// A running service.
pub struct Service {
    pub origin: String,
    pub client: reqwest::Client,
    shutdown: CancellationToken,
    served: tokio::task::JoinHandle<Result<(), graphql::RunError>>,
}

impl Service {
    pub async fn start(config: Config) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(graphql::serve(config, listener, shutdown.clone()));
        Self { origin, client: reqwest::Client::new(), shutdown, served }
    }

    /// Posts JSON; gives status and JSON.
    pub async fn post(&self, path: &str, body: String) -> (u16, Value) {
        let url = format!("{}{path}", self.origin);
        let request = self.client.post(url).header("content-type", "application/json").body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The answer to a query, errors and all.
    pub async fn ask(&self, query: &str) -> Value {
        self.post("/graphql", json!({ "query": query }).to_string()).await.1
    }

    /// The data of a query that has no errors.
    pub async fn data(&self, query: &str) -> Value {
        let answer = self.ask(query).await;
        assert!(answer["errors"].is_null(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// The first error's message and code.
    pub async fn error(&self, query: &str) -> (String, String) {
        let answer = self.ask(query).await;
        let error = &answer["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        assert!(error.is_object(), "{query}: {answer}");
        (text(&error["message"]), text(&error["extensions"]["code"]))
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.origin)).send().await.unwrap()
    }

    /// Ends the service as SIGTERM does.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.served.await.unwrap().unwrap();
    }
}
