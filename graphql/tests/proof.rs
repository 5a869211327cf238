//! Proofs and live cells: a real chain, a real IPFS node, a real store.

mod support {
    mod servers;
    pub mod world;
    pub use servers::*;
}

use std::process::Command;

use alloy::{
    eips::BlockId,
    network::EthereumWallet,
    primitives::{B256, aliases::U40},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    signers::local::PrivateKeySigner,
};
use bindings::{Contracts, Entry, area_to_bytes32, deploy, encode_entries};
use p256::ecdsa::{SigningKey, signature::Signer as _};
use protocol::{
    batch::{self, Contents, RosterReference, SealedBatch},
    cells::CellCount,
    key::{PublicKey, Signature},
    merkle::InclusionProof,
    record::{Phases, PowerStatus, Record, Statement, TimeQuality},
    roster::{Device, Provenance, Roster, SiteKind},
    supply::SupplyState,
};
use serde_json::{Value, json};
use store::views::documents::{BatchStatus, Cell, Span};
use support::{ADMIN, ADMIN_KEY, Mongo, Process, Service, anvil, config, start, world};

/// How long before now the chain begins.
const CHAIN_AGE_S: u64 = 1_000;

/// API and gateway of a node in a directory of its own.
fn ipfs(repo: &std::path::Path) -> Option<(Process, String, String)> {
    let test = std::env::current_exe().unwrap();
    let binary = test.parent()?.parent()?.join("ipfs-node");
    if !binary.exists() {
        eprintln!("SKIPPED, NOT TESTED: {} is absent; `cargo build -p ipfs-node` first", binary.display());
        return None;
    }
    let mut command = Command::new(binary);
    command.arg("--repo").arg(repo).args(["--api", "127.0.0.1:0", "--gateway", "127.0.0.1:0"]);
    let (process, at) = start(&mut command, |line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |word: &str| Some(words[words.iter().position(|w| *w == word)? + 1].to_owned());
        line.starts_with("ipfs-node ready").then(|| [after("api"), after("gateway")].into_iter().flatten().collect())
    });
    Some((process, at[0].clone(), at[1].clone()))
}

/// Puts a block as Kubo's RPC takes it.
async fn put(api: &str, block: &[u8]) {
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"data\"; filename=\"block\"\r\n\r\n".to_vec();
    body.extend_from_slice(block);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = reqwest::Client::new()
        .post(format!("{api}/api/v0/block/put?cid-codec=raw&mhtype=sha2-256&pin=true"))
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body);
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.text().await.unwrap());
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn device(device_id: &str, kind: SiteKind, seed: u8) -> Device {
    let point = key(seed).verifying_key().to_encoded_point(false);
    let is_house = kind == SiteKind::House;
    Device {
        cell: is_house.then(|| "cell-1".to_owned()),
        customers: if is_house { 1 } else { 35 },
        device_id: device_id.into(),
        feeder_id: "feeder-1".into(),
        feeder_name: "11KV CITY".into(),
        first_sequence: 0,
        heartbeat_s: 900,
        kind,
        last_sequence: protocol::MAX_INTEGER,
        position_e6: (!is_house).then_some((30_300_000, 76_700_000)),
        locality: "Naraingarh".into(),
        parent: None,
        provenance: Provenance::Generated,
        public_key: PublicKey::from_point(point.as_bytes()).unwrap(),
        removed: None,
        site_id: format!("site-{device_id}"),
        station_id: "station-1".into(),
    }
}

fn record(device_id: &str, seed: u8, sequence: u64, power_status: PowerStatus, timestamp_unix_s: u64) -> Record {
    let statement = Statement {
        device_id: device_id.into(),
        dropped: None,
        latitude_e6: 30_300_000,
        longitude_e6: 76_700_000,
        phases: None,
        power_status,
        previous_sequence: None,
        sequence,
        time_quality: None,
        timestamp_unix_s,
    };
    sign(statement, seed)
}

fn sign(statement: Statement, seed: u8) -> Record {
    let signature: p256::ecdsa::Signature = key(seed).sign(&statement.to_bytes());
    Record { statement, device_signature: Signature::normalized(&signature.to_bytes()).unwrap() }
}

macro_rules! send {
    ($call:expr) => {{
        let receipt = $call.send().await.unwrap().get_receipt().await.unwrap();
        assert!(receipt.status());
    }};
}

async fn advance(provider: &DynProvider, seconds: u64) {
    provider.raw_request::<_, Value>("evm_increaseTime".into(), [seconds]).await.unwrap();
    provider.raw_request::<_, Value>("evm_mine".into(), ()).await.unwrap();
}

/// Publishes a roster with one transformer and seven houses.
async fn enrol(contracts: &Contracts<DynProvider>, provider: &DynProvider, api: &str) -> (Roster, RosterReference) {
    let mut devices = vec![device("dt-1", SiteKind::Transformer, 1)];
    devices.extend((2..9).zip(world::HOUSES).map(|(seed, house)| device(house, SiteKind::House, seed)));
    let time = provider.get_block(BlockId::latest()).await.unwrap().unwrap().header.timestamp;
    let roster = Roster::new("ambala".into(), "Ambala".into(), 1, time + 10, 19_800, devices).unwrap();
    let sealed = roster.seal();
    for block in sealed.blocks.iter().chain([&sealed.header]) {
        put(api, block).await;
    }
    send!(contracts.rosters.grantRegistrar(ADMIN, B256::ZERO));
    send!(contracts.rosters.publish(
        area_to_bytes32("ambala").unwrap(),
        1,
        sealed.digest.into(),
        sealed.root.into(),
        8,
        U40::from(roster.effective_from_unix_s)
    ));
    advance(provider, 20).await;
    (roster, RosterReference { version: 1, digest: sealed.digest })
}

/// Seals, publishes and anchors batch 0: twelve records of the transformer, one under a sequence that was used.
async fn anchor(
    contracts: &Contracts<DynProvider>,
    provider: &DynProvider,
    api: &str,
    roster: RosterReference,
) -> SealedBatch {
    send!(contracts.anchors.openLane());
    send!(contracts.anchors.joinLane(0, area_to_bytes32("ambala").unwrap()));
    let [x, y] =
        [1..33, 33..65].map(|half| B256::from_slice(&key(1).verifying_key().to_encoded_point(false).as_bytes()[half]));
    send!(contracts.anchors.grantRelayer(0, ADMIN, x, y));
    advance(provider, 60).await;
    let start = contracts.lane(0).await.unwrap().unwrap().period_end_unix_s;
    let mut public: Vec<Record> = (0..12)
        .map(|n| record("dt-1", 1, n, if n == 5 { PowerStatus::Off } else { PowerStatus::On }, start + n))
        .collect();
    public.push(record("dt-1", 1, 5, PowerStatus::On, start + 50));
    // With all fields that there are: a batch of version 2.
    let mut full = public[7].statement.clone();
    (full.phases, full.time_quality) = (Some(Phases::ALL), Some(TimeQuality::CountedBack));
    public[7] = sign(full, 1);
    let sealed = (2..9).zip(world::HOUSES).map(|(seed, house)| record(house, seed, 0, PowerStatus::On, start).leaf());
    let batch = batch::seal(Contents {
        area_id: "ambala".into(),
        batch_number: 0,
        period_start_unix_s: start,
        period_end_unix_s: start + 30,
        previous_digest: [0; 32],
        roster,
        provenance: Provenance::Generated,
        public,
        sealed: sealed.collect(),
        cells: vec![CellCount::tally("cell-1", [SupplyState::On; 7])],
    });
    for block in batch.blocks.iter().chain([&batch.header]) {
        put(api, block).await;
    }
    let entry = Entry { root: batch.anchor.root, digest: batch.anchor.digest, count: batch.anchor.count as u32 };
    send!(contracts.anchors.anchor(0, 0, B256::ZERO, U40::from(start + 30), encode_entries(&[entry])));
    batch
}

#[tokio::test]
async fn a_record_comes_with_a_proof_that_holds_and_houses_are_counted_only() {
    let directory = tempfile::tempdir().unwrap();
    let (Some((_anvil, rpc_url)), Some((_ipfs, api, gateway))) = (anvil(CHAIN_AGE_S), ipfs(directory.path())) else {
        return;
    };
    let Some(mongo) = Mongo::start().await else { return };
    let signer = PrivateKeySigner::from_bytes(&ADMIN_KEY).unwrap();
    let builder = ProviderBuilder::new().with_simple_nonce_management().wallet(EthereumWallet::from(signer));
    let provider = builder.connect_http(rpc_url.parse().unwrap()).erased();
    let bindings::Deployment { contracts, addresses, .. } = deploy(provider.clone(), ADMIN, 0).await.unwrap();
    let (_, reference) = enrol(&contracts, &provider, &api).await;
    let sealed = anchor(&contracts, &provider, &api, reference).await;

    let views = mongo.views();
    mongo
        .insert(
            &views,
            "areas",
            &[world::area("ambala", vec![Cell { cell: "cell-1".into(), houses: 7, heartbeat_s: 900 }])],
        )
        .await;
    let span = Span { device_id: "dt-1".into(), first: 0, last: 11 };
    let batch =
        store::views::documents::Batch { spans: vec![span], ..world::batch("ambala", 0, BatchStatus::Verified) };
    mongo.insert(&views, "batches", &[batch]).await;
    let at = world::now();
    let off_houses: Vec<_> =
        world::HOUSES[..2].iter().map(|house| world::live(house, "ambala", "OFF", 1, at)).collect();
    let on_houses: Vec<_> = world::HOUSES[2..].iter().map(|house| world::live(house, "ambala", "ON", 1, at)).collect();
    mongo.insert(&mongo.intake(), "live", &[off_houses, on_houses].concat()).await;

    let mut config = config(&mongo);
    config.rpc_url = rpc_url;
    config.contracts = addresses;
    config.ipfs_api_url = api;
    config.ipfs_gateway_url = gateway;
    let service = Service::start(config).await;

    proven(&service, &sealed).await;
    contradicted(&service).await;
    cells(&service).await;
    chain_reads(&service, &contracts).await;
    service.stop().await;
}

async fn proven(service: &Service, sealed: &SealedBatch) {
    let fields =
        "record phases timeQuality leaf root areaId batchNumber headerCid blockCid blockLine timestampUnixS provenance
        proof { leafIndex treeSize path }";
    let data = service
        .data(&format!(
            "{{ record(deviceId: \"dt-1\", sequence: 7) {{ {fields} }}
        other: record(deviceId: \"dt-1\", sequence: 7, batchNumber: 3) {{ leaf }}
        none: record(deviceId: \"dt-1\", sequence: 99) {{ leaf }} }}"
        ))
        .await;
    assert_eq!((&data["other"], &data["none"]), (&Value::Null, &Value::Null));
    let answer = &data["record"];
    let text = |field: &str| answer[field].as_str().unwrap();
    let hash = |text: &str| protocol::from_hex(text).unwrap();
    let record = Record::parse(text("record").as_bytes()).unwrap();
    assert_eq!(record.statement.sequence, 7);
    assert_eq!((text("phases"), text("timeQuality")), ("111", "COUNTED_BACK"));
    record.verify(&device("dt-1", SiteKind::Transformer, 1).public_key).unwrap();
    assert_eq!(hash(text("leaf")), record.leaf());
    assert_eq!(hash(text("root")), sealed.anchor.root);
    let path = answer["proof"]["path"].as_array().unwrap().iter().map(|node| hash(node.as_str().unwrap())).collect();
    let number = |field: &str| answer["proof"][field].as_u64().unwrap();
    let proof = InclusionProof { leaf_index: number("leafIndex"), tree_size: number("treeSize"), path };
    assert_eq!(proof.tree_size, 20);
    proof.verify(&record.leaf(), &sealed.anchor.root).unwrap();
    assert_eq!((answer["batchNumber"].clone(), text("provenance")), (json!(0), "GENERATED"));
    assert_eq!(text("headerCid"), protocol::cid::from_digest(&sealed.anchor.digest));

    // The block is to be had here, and the record is on the line that is named.
    let response = service.get(&format!("/ipfs/{}", text("blockCid"))).await;
    assert_eq!(response.status(), 200);
    let block = response.text().await.unwrap();
    let line = answer["blockLine"].as_u64().unwrap() as usize;
    assert_eq!(block.lines().nth(line - 1), Some(text("record")));
}

async fn contradicted(service: &Service) {
    let data =
        service.data("{ records(deviceId: \"dt-1\", sequence: 5) { powerStatus leaf proof { leafIndex } } }").await;
    let records = data["records"].as_array().unwrap();
    assert_eq!(records.len(), 2, "both statements are shown: {data}");
    assert_ne!(records[0]["powerStatus"], records[1]["powerStatus"]);
}

async fn cells(service: &Service) {
    let data =
        service.data("{ cells(areaId: \"ambala\") { cell expected reporting off mask words provenance } }").await;
    let expected = json!([{ "cell": "cell-1", "expected": 7, "reporting": 7, "off": null, "mask": "FEW_OFF",
        "words": "a few are off (7 enrolled)", "provenance": "REPLAY" }]);
    assert_eq!(data["cells"], expected, "two of seven are off, which is not told");
}

async fn chain_reads(service: &Service, contracts: &Contracts<DynProvider>) {
    let logs = json!({ "address": contracts.anchors.address(), "fromBlock": "0x0", "toBlock": "latest" });
    let calls = json!([
        { "jsonrpc": "2.0", "id": "a", "method": "eth_chainId" },
        { "jsonrpc": "2.0", "id": 2, "method": "eth_getLogs", "params": [logs] },
        { "jsonrpc": "2.0", "id": 3, "method": "eth_sendRawTransaction", "params": ["0x"] },
    ]);
    let (_, answers) = service.post("/rpc", calls.to_string()).await;
    assert_eq!((&answers[0]["id"], &answers[0]["result"]), (&json!("a"), &json!("0x7a69")));
    assert!(!answers[1]["result"].as_array().unwrap().is_empty(), "{answers}");
    assert_eq!(answers[2]["error"]["code"], -32_601);
}
