//! A world to relay in: contracts with two lanes, rosters, devices behind the broker, and the relayer's binary.

mod devices;
mod line;

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use alloy::{
    network::EthereumWallet,
    primitives::{B256, U256, aliases::U40},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};
use bindings::{Addresses, Contracts, area_to_bytes32, deploy};
use p256::ecdsa::SigningKey;
use protocol::{
    batch::{self, Anchor, VerifiedBatch},
    record::{Record, Statement},
    roster::{Device, Roster},
};
use relayer::{clock::now_unix_s, ipfs::Ipfs};
use store::{
    Settings,
    intake::{
        Intake,
        documents::{Page, PageState},
    },
};
use tempfile::TempDir;

use crate::parts::{Binaries, Part};
pub use devices::{devices, key, public_key, record, row, sign, statement};
pub use line::Line;

/// The first of the keys that every anvil funds administers, the second relays.
const ADMIN_KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const RELAYER_KEY: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
/// The third pays for what others sign.
const SPONSOR_KEY: &str = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const RECEIPT_SCALAR: [u8; 32] = [0x42; 32];
/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(120);
pub const AREAS: [&str; 2] = ["ambala-1", "hisar"];
pub const OTHER_AREA: &str = "karnal";

/// What a test wants to be different.
#[derive(Clone, Default)]
pub struct Options {
    /// Rows to add to the first area's roster.
    pub more_devices: Vec<Device>,
    /// The lanes to relay; the first without it.
    pub lanes: Option<Vec<u32>>,
    /// Length of a period; 5 s without it.
    pub period_s: Option<u64>,
    /// Lines to add to the configuration.
    pub more_config: String,
    /// Whether it pays for what others sign.
    pub pays: bool,
}

pub struct World {
    pub options: Options,
    pub anvil: Part,
    pub ipfs_part: Part,
    pub store_part: Part,
    pub broker: Part,
    pub provider: DynProvider,
    pub contracts: Contracts<DynProvider>,
    pub addresses: Addresses,
    pub ipfs: Ipfs,
    pub intake: Intake,
    pub line: Line,
    relayer: Option<Child>,
    pub dir: TempDir,
}

/// Waits for something; panics with `what` where it does not come.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

macro_rules! mined {
    ($call:expr) => {{
        let receipt: TransactionReceipt = $call.send().await.unwrap().get_receipt().await.unwrap();
        assert!(receipt.status());
    }};
}

impl World {
    /// Everything but the relayer.
    pub async fn start(options: Options) -> Option<Self> {
        let binaries = Binaries::find()?;
        let dir = TempDir::new().unwrap();
        let path = dir.path();
        let (anvil, ipfs_part, store_part, broker) =
            (binaries.anvil(path), binaries.ipfs(path), binaries.store(path), binaries.broker(path));
        let ipfs = Ipfs::new(&format!("http://127.0.0.1:{}", ipfs_part.port)).unwrap();
        let signer: PrivateKeySigner = ADMIN_KEY.parse().unwrap();
        let admin = signer.address();
        let url = format!("http://127.0.0.1:{}", anvil.port).parse().unwrap();
        let provider = ProviderBuilder::new().wallet(EthereumWallet::from(signer)).connect_http(url).erased();
        let bindings::Deployment { contracts, addresses, .. } = deploy(provider.clone(), admin, 0).await.unwrap();
        mined!(contracts.rosters.grantRegistrar(admin, B256::ZERO));
        for area_id in AREAS.into_iter().chain([OTHER_AREA]) {
            let mut rows = devices(area_id);
            if area_id == AREAS[0] {
                rows.extend(options.more_devices.clone());
            }
            publish_roster(&provider, &contracts, &ipfs, area_id, 1, rows).await;
        }
        // A roster is in force from a time on that must come before the lane opens.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let receipt_key = public_key(&SigningKey::from_slice(&RECEIPT_SCALAR).unwrap());
        let (x, y) =
            (B256::from_slice(&receipt_key.to_point()[1..33]), B256::from_slice(&receipt_key.to_point()[33..]));
        for (lane, areas) in [(0, AREAS.to_vec()), (1, vec![OTHER_AREA])] {
            mined!(contracts.anchors.openLane());
            for area_id in areas {
                mined!(contracts.anchors.joinLane(lane, area_to_bytes32(area_id).unwrap()));
            }
            let relayer: PrivateKeySigner = RELAYER_KEY.parse().unwrap();
            mined!(contracts.anchors.grantRelayer(lane, relayer.address(), x, y));
        }
        let _: serde_json::Value = provider.raw_request("evm_setIntervalMining".into(), [1]).await.unwrap();
        let settings = Settings {
            uri: format!("mongodb://127.0.0.1:{}/?directConnection=true", store_part.port),
            database: "power_intake".into(),
        };
        let intake = Intake::connect(&settings).await.unwrap();
        let line = Line::connect(broker.port, fs::read(path.join("ca.pem")).unwrap(), receipt_key).await;
        let world = Self {
            options,
            anvil,
            ipfs_part,
            store_part,
            broker,
            provider,
            contracts,
            addresses,
            ipfs,
            intake,
            line,
            relayer: None,
            dir,
        };
        world.write_config(&settings);
        Some(world)
    }

    fn write_config(&self, settings: &Settings) {
        let path = self.dir.path();
        let dir = path.display();
        fs::write(path.join("signer"), RELAYER_KEY).unwrap();
        fs::write(path.join("receipt"), data_encoding::HEXLOWER.encode(&RECEIPT_SCALAR)).unwrap();
        fs::write(path.join("password"), "secret").unwrap();
        fs::write(path.join("sponsor"), SPONSOR_KEY).unwrap();
        let sponsor = format!("sponsor_key_file = \"{dir}/sponsor\"");
        let sponsor = if self.options.pays { sponsor.as_str() } else { "" };
        let config = format!(
            "rpc_url = \"http://127.0.0.1:{}\"\nlanes = {:?}\nperiod_s = {}\n\
             ipfs_api_url = \"http://127.0.0.1:{}\"\nsigner_key_file = \"{dir}/signer\"\n\
             receipt_key_file = \"{dir}/receipt\"\nlease_s = 2\n{sponsor}\n{}\n\
             [contracts]\n{}\
             [store]\nuri = \"{}\"\ndatabase = \"{}\"\n\
             [mqtt]\nurl = \"mqtts://127.0.0.1:{}\"\nca_file = \"{dir}/ca.pem\"\nclient_id = \"relayer-0\"\n\
             username = \"relayer\"\npassword_file = \"{dir}/password\"\n",
            self.anvil.port,
            self.options.lanes.clone().unwrap_or(vec![0]),
            self.options.period_s.unwrap_or(5),
            self.ipfs_part.port,
            self.options.more_config,
            toml::to_string(&self.addresses).unwrap(),
            settings.uri,
            settings.database,
            self.broker.port,
        );
        fs::write(path.join("relayer.toml"), config).unwrap();
    }

    pub fn log_path(&self) -> PathBuf {
        self.dir.path().join("relayer.log")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub fn start_relayer(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.log_path()).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_relayer"))
            .arg("--config")
            .arg(self.dir.path().join("relayer.toml"))
            .env("RUST_LOG", "info,relayer=debug")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the relayer starts");
        self.relayer = Some(child);
    }

    /// Starts it and waits until the broker keeps records for it: what came before is gone, as devices expect.
    pub async fn start_relayer_and_wait(&mut self) {
        self.start_relayer();
        eventually("it listens", async || self.log().contains("listening to the broker").then_some(())).await;
    }

    pub fn signal_relayer(&self, name: &str) {
        let id = self.relayer.as_ref().expect("a relayer runs").id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    pub fn kill_relayer(&mut self) {
        let mut child = self.relayer.take().expect("a relayer runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ends it in order; whether it ended well.
    pub async fn stop_relayer(&mut self) -> bool {
        let child = self.relayer.as_ref().expect("a relayer runs");
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        self.relayer_end().await
    }

    /// Waits for its end; whether it ended well.
    pub async fn relayer_end(&mut self) -> bool {
        let mut child = self.relayer.take().expect("a relayer runs");
        let status = eventually("the relayer's end", async || child.try_wait().unwrap()).await;
        status.success()
    }

    /// All pages, when each that holds records, and these many pages at least, are in this state.
    pub async fn pages(&self, state: PageState, at_least: usize) -> Vec<Page> {
        eventually(&format!("{at_least} pages {state:?}"), async || {
            let pages = self.intake.pages(0, 0, 1000).await.ok()?;
            let (there, open): (Vec<_>, Vec<_>) = pages.into_iter().partition(|page| page.state >= state);
            let mut left = 0;
            for page in open {
                left += self.intake.extent(0, page.number).await.ok()?.1;
            }
            (there.len() >= at_least && left == 0).then_some(there)
        })
        .await
    }

    /// Every batch of an area that is not empty, verified from chain and IPFS alone.
    pub async fn verified(&self, area_id: &str) -> Vec<VerifiedBatch> {
        let place = self.contracts.place(area_id).await.unwrap().expect("the area has joined a lane");
        let pages = self.contracts.lane(place.lane).await.unwrap().unwrap().pages;
        let (mut batches, mut previous_digest) = (Vec::new(), [0; 32]);
        for number in place.since..pages {
            let anchored = self.contracts.batch(area_id, number).await.unwrap();
            if anchored.is_empty() {
                continue;
            }
            let anchor = Anchor {
                area_id: area_id.to_owned(),
                batch_number: number,
                root: anchored.root,
                digest: anchored.digest,
                count: anchored.count.into(),
                period_start_unix_s: anchored.period_start_unix_s,
                period_end_unix_s: anchored.period_end_unix_s,
                previous_digest,
            };
            let in_force =
                self.contracts.roster_in_force(area_id, anchored.period_start_unix_s).await.unwrap().unwrap();
            let header = self.ipfs.get(&in_force.digest).await.unwrap();
            let listed = protocol::roster::listed_blocks(&header, &in_force.digest).unwrap();
            let blocks = self.ipfs.get_all(&listed).await.unwrap();
            let roster = protocol::roster::verify(&header, &blocks, &in_force.digest, &in_force.root).unwrap();
            let header = self.ipfs.get(&anchored.digest).await.unwrap();
            let listed = batch::Header::parse(&header).unwrap().blocks;
            let blocks = self.ipfs.get_all(&listed).await.unwrap();
            let verified = batch::verify(&anchor, &roster, &in_force.digest, &header, &blocks).unwrap();
            previous_digest = anchored.digest;
            batches.push(verified);
        }
        batches
    }

    /// How often each leaf is anchored, over some areas.
    async fn leaves(&self, areas: &[&str]) -> BTreeMap<protocol::Hash, usize> {
        let mut leaves = BTreeMap::new();
        for area_id in areas {
            for batch in self.verified(area_id).await {
                for leaf in batch.leaves() {
                    *leaves.entry(leaf).or_insert(0) += 1;
                }
            }
        }
        leaves
    }

    /// That each of these records is anchored, once, and nothing else in the lane's first areas.
    pub async fn assert_anchored_once(&self, records: &[Record]) {
        self.assert_anchored_once_in(&AREAS, records).await;
    }

    /// That each of these records is anchored, once, and nothing else in these areas.
    pub async fn assert_anchored_once_in(&self, areas: &[&str], records: &[Record]) {
        let leaves = self.leaves(areas).await;
        for record in records {
            let found = leaves.get(&record.leaf()).copied().unwrap_or(0);
            let Statement { device_id, sequence, .. } = &record.statement;
            assert_eq!(found, 1, "{device_id} {sequence} is anchored {found} times");
        }
        assert_eq!(leaves.len(), records.len(), "nothing else is anchored");
    }

    pub async fn rpc(&self, method: &'static str, params: serde_json::Value) -> serde_json::Value {
        self.provider.raw_request(method.into(), params).await.unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.relayer.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the relayer's log:\n{}", self.log());
        }
    }
}

/// Publishes a version of a roster that is in force two seconds later.
pub async fn publish_roster(
    provider: &DynProvider,
    contracts: &Contracts<DynProvider>,
    ipfs: &Ipfs,
    area_id: &str,
    version: u64,
    rows: Vec<Device>,
) {
    let head = provider.get_block_by_number(alloy::eips::BlockNumberOrTag::Latest).await.unwrap().unwrap();
    let effective_from = head.header.timestamp.max(now_unix_s()) + 2;
    let roster = Roster::new(area_id.to_owned(), area_id.to_owned(), version, effective_from, 19_800, rows).unwrap();
    let sealed = roster.seal();
    let blocks = sealed.blocks.iter().map(Vec::as_slice).chain([sealed.header.as_slice()]);
    ipfs.publish(blocks.collect()).await.unwrap();
    let count = u32::try_from(roster.devices().len()).unwrap();
    mined!(contracts.rosters.publish(
        area_to_bytes32(area_id).unwrap(),
        version,
        sealed.digest.into(),
        sealed.root.into(),
        count,
        U40::from(U256::from(effective_from)),
    ));
}
