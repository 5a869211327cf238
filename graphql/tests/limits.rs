//! What this service pays for, to its limits and beyond: a real chain, a real store, a crowd at once.

mod support {
    mod servers;
    pub mod world;
    pub use servers::*;
}

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use alloy::{
    network::EthereumWallet,
    primitives::{B256, aliases::U40},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    signers::{SignerSync as _, local::PrivateKeySigner},
};
use bindings::{
    Accountability, Filing, Notice, Signed, SignedFiling, SignedNotice, area_to_bytes32, deploy,
    typed_data::name_to_bytes32,
};
use futures::StreamExt as _;
use graphql::Sponsorship;
use protocol::complaint::find_effort;
use serde::Serialize;
use serde_json::{Value, json};
use support::{ADMIN, ADMIN_KEY, Mongo, Process, Service, anvil, config, world};

const EFFORT_BITS: u32 = 4;
const AREA: &str = "ambala";
/// Requests under way at one time.
const CROWD: usize = 50;

struct Town {
    contracts: Accountability<DynProvider>,
    service: Service,
    mongo: Mongo,
    _anvil: Process,
}

impl Town {
    async fn new(filings_per_area_and_day: u64) -> Option<Self> {
        let mongo = Mongo::start().await?;
        let (anvil, rpc_url) = anvil(0)?;
        world::fill(&mongo).await;
        let signer = PrivateKeySigner::from_bytes(&ADMIN_KEY).unwrap();
        let wallet = EthereumWallet::from(signer);
        let provider = ProviderBuilder::new().wallet(wallet).connect_http(rpc_url.parse().unwrap()).erased();
        let deployed = deploy(provider.clone(), ADMIN, 0).await.unwrap();
        let (contracts, addresses) = (deployed.accountability, deployed.addresses);
        let (schedule, class) = (name_to_bytes32("town").unwrap(), name_to_bytes32("fuse").unwrap());
        let set = contracts.clocks.setClock(schedule, class, 3_600, U40::ZERO).send().await.unwrap();
        assert!(set.get_receipt().await.unwrap().status());
        let assign = contracts.clocks.assign(area_to_bytes32(AREA).unwrap(), schedule, U40::ZERO).send().await.unwrap();
        assert!(assign.get_receipt().await.unwrap().status());
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut config = config(&mongo);
        config.rpc_url = rpc_url;
        config.contracts = addresses;
        config.sponsorship = Some(Sponsorship {
            effort_bits: EFFORT_BITS,
            filings_per_area_and_day,
            remarks_per_area_and_day: 10,
            actions_per_area_and_day: 10,
        });
        let service = Service::start(config).await;
        Some(Self { contracts, service, mongo, _anvil: anvil })
    }

    fn deadline() -> U40 {
        U40::from(world::now() + 3_600)
    }

    /// A request that files a complaint with a text of its own.
    fn filing(&self, n: u64, area: &str, class: &str) -> Value {
        let key = PrivateKeySigner::random();
        let filing = Filing {
            area: area.into(),
            site: String::new(),
            feeder: "feeder-1".into(),
            class: class.into(),
            text: B256::from(protocol::digest(&n.to_be_bytes())),
            evidence: B256::ZERO,
            filer: key.address(),
        };
        let signed = SignedFiling { filing, deadline: Self::deadline() };
        request("FILING", &key, &signed, signed.digest(&self.contracts.complaints_domain()))
    }

    async fn send(&self, request: &Value) -> Value {
        self.service.post("/graphql", request.to_string()).await.1
    }

    async fn left(&self) -> Value {
        let query = format!("{{ sponsorship(areaId: \"{AREA}\") {{ filingsLeft freeAtUnixS }} }}");
        self.service.data(&query).await["sponsorship"].clone()
    }
}

fn request(kind: &str, key: &PrivateKeySigner, signed: &(impl Signed + Serialize), digest: B256) -> Value {
    let query = "mutation ($kind: SubmissionKind!, $payload: String!, $signature: String!, $effort: Int53!) {
        submit(kind: $kind, payload: $payload, signature: $signature, effort: $effort) { id state } }";
    let signature = alloy::hex::encode_prefixed(key.sign_hash_sync(&digest).unwrap().as_bytes());
    json!({ "query": query, "variables": {
        "kind": kind,
        "payload": serde_json::to_string(signed).unwrap(),
        "signature": signature,
        "effort": find_effort(&digest, EFFORT_BITS),
    } })
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("TAKEN")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_share_says_when_it_is_free_again() {
    let Some(town) = Town::new(2).await else { return };
    let requests: Vec<Value> = (0..3).map(|n| town.filing(n, AREA, "fuse")).collect();
    for request in &requests[..2] {
        assert_eq!(code(&town.send(request).await), "TAKEN");
    }
    let refused = town.send(&requests[2]).await;
    assert_eq!(code(&refused), "USED_UP", "{refused}");
    let error = &refused["errors"][0];
    let midnight = (world::now() / 86_400 + 1) * 86_400;
    assert_eq!(error["extensions"]["freeAtUnixS"], midnight);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(&midnight.to_string()) && message.contains("to the contract yourself"), "{message}");
    assert_eq!(town.left().await, json!({ "filingsLeft": 0, "freeAtUnixS": midnight }));
    // What was taken stays taken, and is answered: the same again costs nothing.
    assert_eq!(code(&town.send(&requests[0]).await), "TAKEN");

    // Names that nobody has set up have no share of their own.
    for (area, class) in [("nowhere", "fuse"), (AREA, "weather")] {
        let refused = town.send(&town.filing(9, area, class)).await;
        assert_eq!(code(&refused), "BAD_ARGUMENT", "{refused}");
        let message = refused["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("takes no complaints of the class"), "{message}");
    }
    let stranger = PrivateKeySigner::random();
    let start = U40::from(world::now() + 600);
    let notice = Notice {
        area: "nowhere".into(),
        feeder: String::new(),
        start,
        end: start + U40::from(600),
        restoration: start + U40::from(600),
        reason: "none".into(),
        withdrawn: false,
        changes: B256::ZERO,
        signer: stranger.address(),
    };
    let signed = SignedNotice { notice, deadline: Town::deadline() };
    let refused =
        town.send(&request("NOTICE", &stranger, &signed, signed.digest(&town.contracts.notices_domain()))).await;
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("is no official"), "{refused}");
    town.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_complaints_a_minute_are_taken_to_the_limit_and_none_is_lost() {
    const SENT: u64 = 1_000;
    const LIMIT: u64 = 700;
    let Some(town) = Town::new(LIMIT).await else { return };
    let requests: Vec<Value> = (0..SENT).map(|n| town.filing(n, AREA, "fuse")).collect();
    let began = Instant::now();
    let crowd = async {
        let answers = futures::stream::iter(&requests).map(|request| town.send(request)).buffer_unordered(CROWD);
        let answers: Vec<Value> = answers.collect().await;
        (answers, began.elapsed())
    };
    let others = async {
        let mut slowest = Duration::ZERO;
        // Until the crowd is through, somebody reads.
        loop {
            let asked = Instant::now();
            town.service.data("{ _meta { headNumber } areas { areaId } }").await;
            slowest = slowest.max(asked.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
            if town.left().await["filingsLeft"] == 0 {
                return slowest;
            }
        }
    };
    let ((answers, took), slowest) = tokio::join!(crowd, others);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for answer in &answers {
        *counts.entry(code(answer)).or_default() += 1;
    }
    eprintln!("{SENT} complaints in {took:?}: {counts:?}; the slowest reader waited {slowest:?}");
    assert_eq!(counts, BTreeMap::from([("TAKEN", LIMIT), ("USED_UP", SENT - LIMIT)]));
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");

    // Each that was taken is there, waiting to be sent, and none besides.
    let there = town.mongo.intake().collection::<bson::Document>("submissions");
    assert_eq!(there.count_documents(bson::doc! { "state": "waiting" }).await.unwrap(), LIMIT);
    for answer in answers.iter().filter(|answer| code(answer) == "TAKEN").step_by(50) {
        let id = answer["data"]["submit"]["id"].as_str().unwrap();
        let data = town.service.data(&format!("{{ submission(id: \"{id}\") {{ state }} }}")).await;
        assert_eq!(data["submission"]["state"], "WAITING");
    }
    town.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_many_times_at_once_takes_one_of_the_share() {
    let Some(town) = Town::new(5).await else { return };
    let request = town.filing(1, AREA, "fuse");
    let answers: Vec<Value> = futures::future::join_all((0..20).map(|_| town.send(&request))).await;
    assert!(answers.iter().all(|answer| ["TAKEN", "USED_UP"].contains(&code(answer))), "{answers:?}");
    assert!(answers.iter().any(|answer| code(answer) == "TAKEN"));
    assert_eq!(town.left().await["filingsLeft"], 4);
    town.service.stop().await;
}
