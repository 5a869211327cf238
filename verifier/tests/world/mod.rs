//! A small world for tests: a real chain with the contracts, a real IPFS node, devices, rosters and batches. The
//! chain's clock is set, so that every time in a test is a number one can write down.
#![allow(dead_code, reason = "each test file uses a part")]

mod devices;
mod line;
mod processes;

use std::io::Cursor;

use alloy::{
    eips::BlockId,
    network::EthereumWallet,
    primitives::{Address, B256, address, aliases::U40, b256},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    signers::local::PrivateKeySigner,
};
use bindings::{Addresses, Contracts, Entry, RosterAnchor, area_to_bytes32, deploy, encode_entries};
use ipfs_api_backend_hyper::{IpfsApi as _, IpfsClient, TryFromUri as _, request::BlockPut};
use protocol::{
    Hash,
    batch::{Contents, RosterReference, SealedBatch, seal},
    cells::CellCount,
    record::Record,
    roster::Roster,
    supply::SupplyState,
};

pub use devices::{TestDevice, devices};
#[allow(unused_imports, reason = "not every test cuts a line")]
pub use line::{Line, Mode};
#[allow(unused_imports, reason = "the verifier knows no store")]
pub use processes::{Anvil, IpfsNode, Secantus};
use verifier::{Ipfs, Verifier};

/// The chain's first second.
pub const GENESIS: u64 = 1_900_000_000;
/// From when the first rosters are in force, and shortly before the first period.
pub const ROSTER_FROM: u64 = GENESIS + 1_000;
/// Where the first period starts.
pub const START: u64 = GENESIS + 2_000;
pub const PERIOD: u64 = 900;
const DELAY: u32 = 100;

/// The first of the keys that every anvil funds.
const KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
#[allow(dead_code, reason = "not every test acts as it")]
pub const ADMIN: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const KEY_X: B256 = b256!("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
const KEY_Y: B256 = b256!("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");

macro_rules! send {
    ($call:expr) => {{
        let receipt = $call.send().await.expect("sent").get_receipt().await.expect("mined");
        assert!(receipt.status());
        receipt
    }};
}

/// An area with its devices; the roster versions published so far.
pub struct TestArea {
    pub id: String,
    pub devices: Vec<TestDevice>,
    pub rosters: Vec<(Roster, RosterAnchor)>,
    /// Digest of the last batch that was not empty.
    pub latest: Hash,
}

impl TestArea {
    pub fn reference(&self) -> RosterReference {
        let (roster, anchor) = self.rosters.last().expect("published");
        RosterReference { version: roster.version, digest: anchor.digest }
    }
}

/// What arrived for an area in a period.
#[derive(Default, Clone)]
pub struct Arrived {
    pub public: Vec<Record>,
    pub sealed: Vec<Hash>,
}

impl From<Vec<Record>> for Arrived {
    fn from(public: Vec<Record>) -> Self {
        Self { public, sealed: Vec::new() }
    }
}

pub struct World {
    pub anvil: Anvil,
    pub ipfs: IpfsNode,
    pub client: IpfsClient,
    pub provider: DynProvider,
    pub contracts: Contracts<DynProvider>,
    /// Where all contracts are.
    pub addresses: Addresses,
    pub areas: Vec<TestArea>,
    pub pages: u64,
}

impl World {
    /// Areas `area-0` and so on in lane 0, each with its first roster in force; `None` where a component is absent.
    pub async fn start(areas: usize, devices_an_area: u16) -> Option<Self> {
        let anvil = Anvil::start(GENESIS)?;
        let ipfs = IpfsNode::start()?;
        let signer = PrivateKeySigner::from_bytes(&KEY).expect("a key");
        let url = anvil.url.parse().expect("a URL");
        // A nonce is asked for each time: a reorg takes transactions back.
        let provider = ProviderBuilder::new()
            .disable_recommended_fillers()
            .with_gas_estimation()
            .with_simple_nonce_management()
            .fetch_chain_id()
            .wallet(EthereumWallet::from(signer))
            .connect_http(url)
            .erased();
        let bindings::Deployment { contracts, addresses, .. } =
            deploy(provider.clone(), ADMIN, DELAY).await.expect("deployed");
        let client = IpfsClient::from_str(&ipfs.api_url).expect("a URL");
        let mut world = Self { anvil, ipfs, client, provider, contracts, addresses, areas: Vec::new(), pages: 0 };
        send!(world.contracts.rosters.grantRegistrar(ADMIN, B256::ZERO));
        for n in 0..areas {
            world.set_time(GENESIS + 500 + n as u64).await;
            world.add_area(devices_an_area, ROSTER_FROM).await;
        }
        world.set_time(START).await;
        send!(world.contracts.anchors.openLane());
        for area in &world.areas {
            send!(world.contracts.anchors.joinLane(0, area_to_bytes32(&area.id).expect("an area")));
        }
        send!(world.contracts.anchors.grantRelayer(0, ADMIN, KEY_X, KEY_Y));
        Some(world)
    }

    async fn add_area(&mut self, devices_an_area: u16, roster_from: u64) {
        let n = self.areas.len();
        let devices = devices(&format!("d{n}"), devices_an_area);
        self.areas.push(TestArea { id: format!("area-{n}"), devices, rosters: Vec::new(), latest: [0; 32] });
        self.publish_roster(n, roster_from, |row| row).await;
    }

    /// One more area in the lane, its roster in force before the next period.
    pub async fn join_area(&mut self) {
        let (start, _) = self.period(self.pages);
        self.add_area(3, start + 150).await;
        let area = &self.areas[self.areas.len() - 1];
        send!(self.contracts.anchors.joinLane(0, area_to_bytes32(&area.id).expect("an area")));
    }

    pub fn verifier(&self) -> Verifier {
        let ipfs = Ipfs::new(&self.ipfs.api_url).expect("an address");
        Verifier::connect(
            self.anvil.url.parse().expect("a URL"),
            *self.contracts.anchors.address(),
            *self.contracts.rosters.address(),
            ipfs,
        )
    }

    pub async fn raw(&self, method: &'static str, parameters: serde_json::Value) -> serde_json::Value {
        self.provider.raw_request(method.into(), parameters).await.expect(method)
    }

    /// The time of the next block.
    pub async fn set_time(&self, unix_s: u64) {
        self.raw("evm_setNextBlockTimestamp", serde_json::json!([unix_s])).await;
    }

    pub async fn mine(&self, blocks: u64) {
        self.raw("anvil_mine", serde_json::json!([blocks])).await;
    }

    pub async fn head(&self) -> u64 {
        self.provider.get_block(BlockId::latest()).await.expect("asked").expect("a head").header.number
    }

    pub async fn put(&self, block: &[u8]) {
        let options = BlockPut { format: Some("raw"), mhtype: Some("sha2-256"), mhlen: None, pin: Some(true) };
        self.client.block_put_with_options(Cursor::new(block.to_vec()), options).await.expect("put");
    }

    /// Names a block of an area's records on the chain, past the relayers; whether it is on IPFS is the caller's affair.
    pub async fn testify(&self, area: usize, block: &[u8]) -> Hash {
        let testimonies = bindings::Testimonies::new(self.addresses.testimonies, self.provider.clone());
        let digest = protocol::digest(block);
        send!(testimonies.testify(area_to_bytes32(&self.areas[area].id).expect("an area"), digest.into()));
        digest
    }

    /// Publishes an area's next roster, its rows changed by `change`.
    pub async fn publish_roster(
        &mut self,
        area: usize,
        effective_from_unix_s: u64,
        change: impl Fn(protocol::roster::Device) -> protocol::roster::Device,
    ) {
        let version = self.areas[area].rosters.len() as u64 + 1;
        let rows = self.areas[area].devices.iter().map(|device| change(device.row())).collect();
        let id = self.areas[area].id.clone();
        let name = format!("Area {area}");
        let roster = Roster::new(id.clone(), name, version, effective_from_unix_s, 19_800, rows).expect("a roster");
        let sealed = roster.seal();
        self.put(&sealed.header).await;
        for block in &sealed.blocks {
            self.put(block).await;
        }
        send!(self.contracts.rosters.publish(
            area_to_bytes32(&id).expect("an area"),
            version,
            sealed.digest.into(),
            sealed.root.into(),
            roster.devices().len() as u32,
            U40::from(effective_from_unix_s),
        ));
        let anchor = self.contracts.roster(&id, version).await.expect("published");
        self.areas[area].rosters.push((roster, anchor));
    }

    /// Beginning and end of a page's period.
    pub fn period(&self, number: u64) -> (u64, u64) {
        (START + number * PERIOD, START + (number + 1) * PERIOD)
    }

    /// The batch that an honest relayer makes of what arrived.
    pub fn seal(&self, area: usize, arrived: Arrived) -> SealedBatch {
        let (start, end) = self.period(self.pages);
        let area = &self.areas[area];
        let (roster, _) = area.rosters.last().expect("published");
        let cells = roster.cells();
        let cells =
            cells.iter().map(|(cell, houses)| CellCount::tally(cell, houses.iter().map(|_| SupplyState::NoData)));
        seal(Contents {
            area_id: area.id.clone(),
            batch_number: self.pages,
            period_start_unix_s: start,
            period_end_unix_s: end,
            previous_digest: area.latest,
            roster: area.reference(),
            provenance: roster.provenance(),
            public: arrived.public,
            sealed: arrived.sealed,
            cells: cells.collect(),
        })
    }

    pub async fn publish(&self, batch: &SealedBatch) {
        for block in batch.blocks.iter().chain([&batch.header]) {
            self.put(block).await;
        }
    }

    /// Anchors the next page, an entry an area.
    pub async fn anchor(&mut self, entries: &[Entry]) -> u64 {
        let number = self.pages;
        let (_, end) = self.period(number);
        let previous = match number.checked_sub(1) {
            Some(before) => self.contracts.page_hash(0, before).await.expect("a hash"),
            None => [0; 32],
        };
        self.set_time(end + 5).await;
        send!(self.contracts.anchors.anchor(0, number, previous.into(), U40::from(end), encode_entries(entries)));
        for (area, entry) in self.areas.iter_mut().zip(entries) {
            if !entry.is_empty() {
                area.latest = entry.digest;
            }
        }
        self.pages += 1;
        number
    }

    /// Seals, publishes and anchors what arrived in each area: an honest relayer's page.
    pub async fn page(&mut self, arrived: Vec<Arrived>) -> u64 {
        let mut entries = Vec::new();
        for (area, arrived) in arrived.into_iter().enumerate() {
            if arrived.public.is_empty() && arrived.sealed.is_empty() {
                entries.push(Entry::default());
                continue;
            }
            let batch = self.seal(area, arrived);
            self.publish(&batch).await;
            entries.push(entry(&batch));
        }
        self.anchor(&entries).await
    }
}

/// Records as a block of lines.
pub fn block_of(records: &[Record]) -> Vec<u8> {
    records.iter().flat_map(|record| [record.to_bytes(), vec![b'\n']].concat()).collect()
}

pub fn entry(batch: &SealedBatch) -> Entry {
    Entry { root: batch.anchor.root, digest: batch.anchor.digest, count: batch.anchor.count as u32 }
}
