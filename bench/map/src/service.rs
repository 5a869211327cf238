//! The real service, in a process of its own.

use std::{
    fs::File,
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use eyre::{WrapErr as _, bail, eyre};
use serde_json::{Value, json};

use crate::figure::Figure;

/// How long the service is waited for.
const PATIENCE: Duration = Duration::from_secs(900);

/// An answer as it was sent.
pub struct Answer {
    /// How long it took to come in whole.
    pub seconds: f64,
    /// Bytes of its body.
    pub bytes: usize,
    /// The body; none where it came packed.
    pub data: Option<Value>,
}

/// A running service; ends with the value.
pub struct Service {
    child: Child,
    url: String,
    client: reqwest::Client,
    /// From its start to its first answer about the map.
    start_s: f64,
    _directory: tempfile::TempDir,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Starts it on a store, and waits until it answers about the map.
    pub async fn start(program: &Path, store: &str) -> eyre::Result<Self> {
        let directory = tempfile::tempdir()?;
        let settings = directory.path().join("graphql.toml");
        let port = free_port()?;
        File::create(&settings)?.write_all(configuration(store, port)?.as_bytes())?;
        let log = File::create(directory.path().join("log"))?;
        let begun = Instant::now();
        let child = Command::new(program)
            .arg("--config")
            .arg(&settings)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .wrap_err_with(|| format!("{} does not start", program.display()))?;
        let url = format!("http://127.0.0.1:{port}/graphql");
        let mut service = Self { child, url, client: reqwest::Client::new(), start_s: 0.0, _directory: directory };
        while begun.elapsed() < PATIENCE {
            if let Some(status) = service.child.try_wait()? {
                let log = std::fs::read_to_string(service._directory.path().join("log"))?;
                bail!("the service ended: {status}\n{log}");
            }
            let ready = service.ask(r#"{ near(latitudeDeg: 0, longitudeDeg: 0) { distanceM } }"#, json!({})).await;
            if ready.is_ok() {
                service.start_s = begun.elapsed().as_secs_f64();
                return Ok(service);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the service does not answer within {} s", PATIENCE.as_secs())
    }

    /// Asks for data, not packed.
    pub async fn ask(&self, query: &str, variables: Value) -> eyre::Result<Answer> {
        self.post(query, variables, false).await
    }

    /// Asks as browsers do; the answer stays packed.
    pub async fn ask_packed(&self, query: &str, variables: Value) -> eyre::Result<Answer> {
        self.post(query, variables, true).await
    }

    async fn post(&self, query: &str, variables: Value, packed: bool) -> eyre::Result<Answer> {
        let begun = Instant::now();
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = self.client.post(&self.url).header("content-type", "application/json").body(body);
        if packed {
            request = request.header("accept-encoding", "gzip");
        }
        let response = request.send().await?.error_for_status()?;
        let is_packed = response.headers().get("content-encoding").is_some_and(|encoding| encoding == "gzip");
        let body = response.bytes().await?;
        let seconds = begun.elapsed().as_secs_f64();
        if is_packed {
            return Ok(Answer { seconds, bytes: body.len(), data: None });
        }
        let answer: Value = serde_json::from_slice(&body)?;
        if !answer["errors"].is_null() {
            return Err(eyre!("{query}: {}", answer["errors"]));
        }
        Ok(Answer { seconds, bytes: body.len(), data: Some(answer["data"].clone()) })
    }

    /// What its start took.
    pub fn figures(&self, sites: usize) -> eyre::Result<[Figure; 2]> {
        Ok([Figure::new("sites", sites as f64, "sites"), Figure::new("service_start", self.start_s, "s")])
    }

    /// What it holds in memory now.
    pub fn memory(&self, sites: usize) -> eyre::Result<Figure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or_else(|| eyre!("no VmRSS"))?;
        let kb: f64 = line.split_whitespace().nth(1).ok_or_else(|| eyre!("no VmRSS"))?.parse()?;
        Ok(Figure::new("service_memory_per_site", kb * 1024.0 / sites as f64, "bytes"))
    }
}

/// Addresses that the settings must have, and that nothing here asks.
const CONTRACTS: [&str; 11] = [
    "administrator",
    "access_manager",
    "anchors",
    "rosters",
    "officials",
    "clocks",
    "complaints",
    "notices",
    "testimonies",
    "passkeys",
    "verifier",
];

fn free_port() -> eyre::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Settings: the map asks neither chain nor IPFS.
fn configuration(store: &str, port: u16) -> eyre::Result<String> {
    let nowhere = free_port()?;
    let contracts: String = CONTRACTS.iter().zip(1..).map(|(name, n)| format!("{name} = \"0x{n:040x}\"\n")).collect();
    Ok(format!(
        r#"listen = "127.0.0.1:{port}"
rpc_url = "http://127.0.0.1:{nowhere}"
ipfs_api_url = "http://127.0.0.1:{nowhere}"
ipfs_gateway_url = "http://127.0.0.1:{nowhere}"
intake = {{ uri = "{store}", database = "bench_intake" }}
views = {{ uri = "{store}", database = "bench_views" }}
provenance = {{ kind = "generated", source = "made up to measure" }}

[contracts]
chain_id = 31337
start_block = 0
{contracts}"#
    ))
}
