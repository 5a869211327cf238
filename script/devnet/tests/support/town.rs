//! A devnet in which complaints are made, and who asks and signs there.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{fs, time::Duration};

use alloy::{
    network::EthereumWallet,
    primitives::{Address, B256, U256, aliases::U40},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    signers::{SignerSync as _, local::PrivateKeySigner},
    sol_types::SolValue as _,
};
use bindings::{
    Accountability, Act, Action, Addresses, Signed, SignedActions, area_to_bytes32,
    typed_data::{complaints_domain, notices_domain},
};
use devnet::{keys::Keys, officials::Official, status::Status, tools::Tools};
use fleet::{Source, generate::DEFAULT_DEVICES, scenario::Edge};
use p256::ecdsa::SigningKey;
use protocol::{complaint::find_effort, roster::SiteKind};
use serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Running;

/// How long a submission, or a view of it, may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long it must have been dark somewhere when a town begins, and must stay so.
const DARK_S: (u64, u64) = (600, 1_800);

/// A scenario in which it is dark at a transformer or in a street now: which one is, the clock decides.
fn dark_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let is_dark = |seed: &u64| {
        let source = Source::Generated { seed: *seed, devices: DEFAULT_DEVICES };
        let scenario = source.scenario().expect("a scenario");
        let shift_s = scenario.shift_s(now);
        let moved = |edge: &Edge| edge.unix_s.saturating_add_signed(shift_s);
        let lasts = |outage: &[Edge]| {
            moved(&outage[0]) + DARK_S.0 <= now && outage.get(1).is_none_or(|on| moved(on) >= now + DARK_S.1)
        };
        let public = scenario.sites.iter().zip(&scenario.edges).filter(|(site, _)| site.kind != SiteKind::House);
        public.into_iter().any(|(_, edges)| edges.chunks(2).any(lasts))
    };
    (7..200).find(is_dark).expect("somewhere it is dark")
}

/// An account that signs.
pub trait Signer {
    /// Its address.
    fn account(&self) -> Address;
    /// Its signature of a digest.
    fn signature(&self, digest: &B256) -> Vec<u8>;
}

impl Signer for PrivateKeySigner {
    fn account(&self) -> Address {
        self.address()
    }

    fn signature(&self, digest: &B256) -> Vec<u8> {
        self.sign_hash_sync(digest).expect("signed").as_bytes().to_vec()
    }
}

/// A contract wallet (ERC-1271): the account of a passkey, with what its authenticator answers.
pub struct Passkey {
    pub key: SigningKey,
    pub account: Address,
}

impl Passkey {
    /// The coordinates of a new key.
    pub fn new_key() -> (SigningKey, B256, B256) {
        let key = SigningKey::from_slice(&rand::random::<[u8; 32]>()).expect("a scalar");
        let point = key.verifying_key().to_encoded_point(false);
        let (x, y) = (B256::from_slice(&point.as_bytes()[1..33]), B256::from_slice(&point.as_bytes()[33..]));
        (key, x, y)
    }
}

impl Signer for Passkey {
    fn account(&self) -> Address {
        self.account
    }

    /// As `docs/protocol.md` (What is signed) has it.
    fn signature(&self, digest: &B256) -> Vec<u8> {
        const USER_VERIFIED: u8 = 0x05;
        let before = "{\"type\":\"webauthn.get\",";
        let challenge = data_encoding::BASE64URL_NOPAD.encode(digest.as_slice());
        let client =
            format!("{before}\"challenge\":\"{challenge}\",\"origin\":\"http://localhost\",\"crossOrigin\":false}}");
        let authenticator = [&protocol::digest(b"localhost")[..], &[USER_VERIFIED], &7_u32.to_be_bytes()].concat();
        let message = [&authenticator[..], &protocol::digest(client.as_bytes())].concat();
        let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(&self.key, &message);
        let signature = signature.normalize_s().unwrap_or(signature).to_bytes();
        let (r, s) = (B256::from_slice(&signature[..32]), B256::from_slice(&signature[32..]));
        let (challenge_at, type_at) = (U256::from(before.len()), U256::from(1));
        (r, s, challenge_at, type_at, alloy::primitives::Bytes::from(authenticator), client).abi_encode_params()
    }
}

pub struct Town {
    pub running: Running,
    pub addresses: Addresses,
    pub endpoints: String,
}

impl Town {
    /// A devnet whose chain is this client's.
    pub async fn start(folder: &TempDir, chain: &str) -> Self {
        let seed = dark_seed().to_string();
        let arguments = ["--generate", &seed, "--backlog-hours", "2", "--period-s", "5", "--chain", chain];
        let mut running = Running::start(folder, &arguments).await;
        running.until(Status::missing).await;
        let addresses = running.devnet.endpoints.contracts.clone().expect("deployed");
        let endpoints = folder.path().join("endpoints.json").to_str().expect("UTF-8").to_owned();
        Self { running, addresses, endpoints }
    }

    /// The contracts, with transactions of this key's own.
    pub fn contracts(&self, key: PrivateKeySigner) -> Accountability<DynProvider> {
        let url = self.running.devnet.endpoints.rpc_url.parse().expect("a URL");
        let provider = ProviderBuilder::new().wallet(EthereumWallet::from(key)).connect_http(url).erased();
        Accountability::new(provider, &self.addresses)
    }

    /// The contracts, with the administrator's transactions.
    pub fn administrator(&self) -> Accountability<DynProvider> {
        let keys = Keys::load_or_create(&self.running.devnet.folder().join("keys")).expect("keys");
        self.contracts(keys.admin)
    }

    /// A passkey's account, made and granted.
    pub async fn passkey_official(&self, area: &str, level: u8) -> Passkey {
        let contracts = self.administrator();
        let (key, x, y) = Passkey::new_key();
        let account = contracts.passkey_account(x.into(), y.into()).await.expect("asked");
        let made = contracts.passkeys.create(x, y).send().await.expect("sent").get_receipt().await.expect("mined");
        let area = area_to_bytes32(area).expect("an area");
        let granted = contracts.officials.grant(area, account, level, U40::ZERO, U40::MAX).send().await.expect("sent");
        assert!(made.status() && granted.get_receipt().await.expect("mined").status());
        Passkey { key, account }
    }

    async fn answer(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let answer = reqwest::Client::new().post(&self.running.devnet.endpoints.graphql_url).json(&body).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    /// The first error of what must be refused.
    pub async fn refused(&self, query: &str, variables: Value) -> Value {
        let answer = self.answer(query, variables).await;
        assert!(answer["errors"].is_array(), "{query}: {answer}");
        answer["errors"][0].clone()
    }

    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.answer(query, variables).await;
        assert!(answer["errors"].is_null(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// Asks until the answer at a pointer is as wanted.
    pub async fn until(&self, query: &str, variables: Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let answer = self.ask(query, variables.clone()).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(tokio::time::Instant::now() < deadline, "{query}: still {answer}");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    pub fn deadline() -> U40 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
        U40::from(now + 3_600)
    }

    fn digest(&self, kind: &str, signed: &impl Signed) -> B256 {
        signed.digest(&match kind {
            "NOTICE" => notices_domain(self.addresses.chain_id, self.addresses.notices),
            _ => complaints_domain(self.addresses.chain_id, self.addresses.complaints),
        })
    }

    /// Has it signed and submits; the answer, errors and all.
    pub async fn try_submit(&self, kind: &str, signer: &impl Signer, signed: &(impl Signed + Serialize)) -> Value {
        let digest = self.digest(kind, signed);
        let signature = alloy::hex::encode_prefixed(signer.signature(&digest));
        let bits = u32::try_from(self.sponsorship().await["effortBits"].as_u64().expect("bits")).expect("few");
        let variables = json!({
            "kind": kind,
            "payload": serde_json::to_string(signed).expect("JSON"),
            "signature": signature,
            "effort": find_effort(&digest, bits),
        });
        let mutation = "mutation ($kind: SubmissionKind!, $payload: String!, $signature: String!, $effort: Int53!) {
            submit(kind: $kind, payload: $payload, signature: $signature, effort: $effort) { id state } }";
        self.answer(mutation, variables).await
    }

    /// Has it signed, submits, and waits until the chain or the contract has said its word; the submission.
    pub async fn submit(&self, kind: &str, signer: &impl Signer, signed: &(impl Signed + Serialize)) -> Value {
        let digest = self.digest(kind, signed);
        // The same again is the same.
        for _ in 0..2 {
            let taken = self.try_submit(kind, signer, signed).await;
            assert_eq!(taken["data"]["submit"]["id"], digest.to_string(), "{taken}");
        }
        let query = "query ($id: String!) { submission(id: $id) { state reason reasonName transactionHash } }";
        let decided = |answer: &Value| {
            ["MINED", "FINAL", "REFUSED"].contains(&answer["submission"]["state"].as_str().unwrap_or_default())
        };
        self.until(query, json!({ "id": digest.to_string() }), decided).await["submission"].clone()
    }

    pub async fn sponsorship(&self) -> Value {
        let query = "{ sponsorship(areaId: \"sample-1\") { isOffered effortBits filingsLeft remarksLeft } }";
        self.ask(query, json!({})).await["sponsorship"].clone()
    }

    pub async fn complaint(&self, id: B256, wanted: impl Fn(&Value) -> bool) -> Value {
        let query = "query ($id: String!) { complaint(id: $id) {
            id areaId siteId feederId class stage lastAction index head reopenings level clockS affectedToo stillOff
            isSensorBacked contradiction { kind atUnixS deviceId sequence } evidenceUri textDigest text { state words } filer
            actions { kind signer signerLevel level index hash note noteDigest contradiction { kind } atUnixS
              transactionHash } } }";
        let wanted = |answer: &Value| !answer["complaint"].is_null() && wanted(&answer["complaint"]);
        self.until(query, json!({ "id": id.to_string() }), wanted).await["complaint"].clone()
    }

    pub async fn act(&self, official: &impl Signer, complaint: &Value, act: Act, note: &str) -> Value {
        self.submit("ACTIONS", official, &Self::signed(official, complaint, act, note)).await
    }

    /// The next action of a complaint as it is signed.
    pub fn signed(official: &impl Signer, complaint: &Value, act: Act, note: &str) -> SignedActions {
        let action = Action::new(
            act,
            complaint["id"].as_str().expect("an id").parse().expect("a hash"),
            u32::try_from(complaint["index"].as_u64().expect("a number")).expect("few") + 1,
            complaint["head"].as_str().expect("a head").parse().expect("a hash"),
            note,
            official.account(),
        );
        SignedActions { actions: vec![action], deadline: Self::deadline() }
    }

    pub fn verifier(&self, arguments: &[&str]) -> (bool, Value) {
        let verifier = Tools::find().expect("tools").service("verifier");
        let output = std::process::Command::new(verifier)
            .args(arguments)
            .args(["--endpoints", &self.endpoints, "--json"])
            .output()
            .expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{arguments:?}: {text}{error}"));
        (output.status.success(), answer)
    }
}

/// An official's key.
pub fn key(official: &Official) -> PrivateKeySigner {
    fs::read_to_string(&official.key_file).expect("a key").trim().parse().expect("a key")
}
