//! A complaint's whole life: filed without gas or name, acted on by officials' signatures, contradicted by the sensors,
//! reopened by its filer, and the same to whoever reads the chain and IPFS alone.

mod support;

use std::{fs, time::Duration};

use alloy::{
    primitives::{Address, B256, aliases::U40},
    signers::{SignerSync as _, local::PrivateKeySigner},
};
use bindings::{
    Act, Action, Addresses, Filing, Notice, Remark, Say, Signed, SignedActions, SignedFiling, SignedNotice,
    SignedRemark,
    typed_data::{complaints_domain, note_hash, notices_domain},
};
use devnet::{officials::Official, status::Status, tools::Tools};
use protocol::complaint::{Text, find_effort};
use serde::Serialize;
use serde_json::{Value, json};
use support::Running;
use tempfile::TempDir;

/// How long a submission, or a view of it, may take.
const PATIENCE: Duration = Duration::from_secs(60);

struct Town {
    running: Running,
    addresses: Addresses,
    endpoints: String,
}

impl Town {
    async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let answer = reqwest::Client::new().post(&self.running.devnet.endpoints.graphql_url).json(&body).send().await;
        let answer: Value = answer.expect("an answer").json().await.expect("JSON");
        assert!(answer["errors"].is_null(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// Asks until the answer at a pointer is as wanted.
    async fn until(&self, query: &str, variables: Value, wanted: impl Fn(&Value) -> bool) -> Value {
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

    fn deadline() -> U40 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
        U40::from(now + 3_600)
    }

    /// Signs, submits, and waits until the chain or the contract has said its word; the submission.
    async fn submit(&self, kind: &str, key: &PrivateKeySigner, signed: &(impl Signed + Serialize)) -> Value {
        let domain = match kind {
            "NOTICE" => notices_domain(self.addresses.chain_id, self.addresses.notices),
            _ => complaints_domain(self.addresses.chain_id, self.addresses.complaints),
        };
        let digest = signed.digest(&domain);
        let signature = alloy::hex::encode_prefixed(key.sign_hash_sync(&digest).expect("signed").as_bytes());
        let bits = u32::try_from(self.sponsorship().await["effortBits"].as_u64().expect("bits")).expect("few");
        let variables = json!({
            "kind": kind,
            "payload": serde_json::to_string(signed).expect("JSON"),
            "signature": signature,
            "effort": find_effort(&digest, bits),
        });
        let mutation = "mutation ($kind: SubmissionKind!, $payload: String!, $signature: String!, $effort: Int53!) {
            submit(kind: $kind, payload: $payload, signature: $signature, effort: $effort) { id state } }";
        let taken = self.ask(mutation, variables.clone()).await;
        assert_eq!(taken["submit"]["id"], digest.to_string());
        // The same again is the same.
        assert_eq!(self.ask(mutation, variables).await["submit"]["id"], digest.to_string());
        let query = "query ($id: String!) { submission(id: $id) { state reason reasonName transactionHash } }";
        let decided = |answer: &Value| {
            ["MINED", "FINAL", "REFUSED"].contains(&answer["submission"]["state"].as_str().unwrap_or_default())
        };
        self.until(query, json!({ "id": digest.to_string() }), decided).await["submission"].clone()
    }

    async fn sponsorship(&self) -> Value {
        let query = "{ sponsorship(areaId: \"sample-1\") { isOffered effortBits filingsLeft remarksLeft } }";
        self.ask(query, json!({})).await["sponsorship"].clone()
    }

    async fn complaint(&self, id: B256, wanted: impl Fn(&Value) -> bool) -> Value {
        let query = "query ($id: String!) { complaint(id: $id) {
            id areaId siteId feederId class stage lastAction index head reopenings level clockS affectedToo stillOff
            isSensorBacked contradiction { kind atUnixS deviceId sequence } evidenceUri textDigest text { state words } filer
            actions { kind signer signerLevel level index hash note noteDigest contradiction { kind } atUnixS
              transactionHash } } }";
        let wanted = |answer: &Value| !answer["complaint"].is_null() && wanted(&answer["complaint"]);
        self.until(query, json!({ "id": id.to_string() }), wanted).await["complaint"].clone()
    }

    async fn act(&self, official: &PrivateKeySigner, complaint: &Value, act: Act, note: &str) -> Value {
        let action = Action::new(
            act,
            complaint["id"].as_str().expect("an id").parse().expect("a hash"),
            u32::try_from(complaint["index"].as_u64().expect("a number")).expect("few") + 1,
            complaint["head"].as_str().expect("a head").parse().expect("a hash"),
            note,
            official.address(),
        );
        let signed = SignedActions { actions: vec![action], deadline: Self::deadline() };
        self.submit("ACTIONS", official, &signed).await
    }

    fn verifier(&self, arguments: &[&str]) -> (bool, Value) {
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

fn key(official: &Official) -> PrivateKeySigner {
    fs::read_to_string(&official.key_file).expect("a key").trim().parse().expect("a key")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_lives_and_everybody_reads_the_same() {
    let folder = TempDir::new().expect("a folder");
    let arguments = ["--generate", "7", "--backlog-hours", "2", "--period-s", "5"];
    let mut running = Running::start(&folder, &arguments).await;
    running.until(Status::missing).await;
    let addresses = running.devnet.endpoints.contracts.clone().expect("deployed");
    let endpoints = folder.path().join("endpoints.json").to_str().expect("UTF-8").to_owned();
    let mut town = Town { running, addresses, endpoints };

    // Somewhere it is dark.
    let dark = |answer: &Value| {
        let items = answer["outages"]["items"].as_array().cloned().unwrap_or_default();
        items.into_iter().find(|outage| outage["endUnixS"].is_null() && !outage["site"].is_null())
    };
    let query = "{ outages(first: 200) { items { areaId endUnixS site { siteId feederId } } } }";
    let answer = town.until(query, json!({}), |answer| dark(answer).is_some()).await;
    let outage = dark(&answer).expect("an outage that lasts");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let area = text(&outage["areaId"]);
    let classes = town.ask("query ($a: String!) { complaintClasses(areaId: $a) { class clockS schedule } }", json!({ "a": area }));
    let classes = classes.await["complaintClasses"].clone();
    let fuse = classes.as_array().expect("classes").iter().find(|class| class["class"] == "fuse").expect("fuse").clone();
    let officials: Vec<Official> =
        town.running.devnet.endpoints.officials.iter().filter(|official| official.area_id == area).cloned().collect();
    let first = key(&officials[0]);

    let complaint = filed(&town, &outage, &fuse).await;
    let id: B256 = text(&complaint.0["id"]).parse().expect("a hash");
    let filer = complaint.1;

    // Acknowledged, and called fixed in the dark.
    let taken = town.act(&first, &complaint.0, Act::Acknowledge, "").await;
    assert!(taken["state"] != "REFUSED", "{taken}");
    let complaint = town.complaint(id, |complaint| complaint["stage"] == "ACKNOWLEDGED").await;
    // Out of order: the chain has moved on.
    let stale = json!({ "id": complaint["id"], "index": 0, "head": complaint["head"] });
    let refused = town.act(&first, &stale, Act::Reject, "stale").await;
    assert_eq!((refused["state"].as_str(), refused["reasonName"].as_str()), (Some("REFUSED"), Some("WrongIndex")), "{refused}");
    let note = "फ़्यूज़ बदला। <script>alert(1)</script>";
    town.act(&first, &complaint, Act::ResolveFixed, note).await;
    let complaint = town.complaint(id, |complaint| complaint["stage"] == "RESOLVED").await;
    assert_eq!(complaint["contradiction"]["kind"], "STILL_OFF", "{complaint}");
    let proof = "query ($d: String!, $s: Int53!) { record(deviceId: $d, sequence: $s) { powerStatus } }";
    let proof = town.ask(proof, json!({ "d": complaint["contradiction"]["deviceId"], "s": complaint["contradiction"]["sequence"] }));
    assert_eq!(proof.await["record"]["powerStatus"], "OFF");
    let last = complaint["actions"].as_array().expect("actions").last().expect("one").clone();
    assert_eq!((last["kind"].as_str(), last["note"].as_str()), (Some("RESOLVE_FIXED"), Some(note)));
    assert_eq!(last["noteDigest"], note_hash(note).to_string());
    assert_eq!(last["signerLevel"], 1);
    assert_eq!(last["signer"], format!("{:#x}", first.address()));

    contested(&town, id, &filer, &complaint).await;
    a_stranger_is_refused(&town, id).await;
    announced_late(&town, &area, &first).await;
    all_read_the_same(&mut town, id, &area, first.address()).await;
    town.running.devnet.stop().await;
}

/// Files from a key made for it alone, with a text that is kept apart; the complaint and the key.
async fn filed(town: &Town, outage: &Value, class: &Value) -> (Value, PrivateKeySigner) {
    let filer = PrivateKeySigner::random();
    let text = Text { photo: None, salt: rand::random(), words: "कल से बिजली नहीं है".into() };
    let now: u64 = (Town::deadline() - U40::from(3_600)).to();
    let window = json!({ "a": outage["areaId"], "s": outage["site"]["siteId"], "f": now - 7_200, "t": now - 1 });
    let query = "query ($a: String!, $s: String!, $f: Int53!, $t: Int53!) {
        evidence(areaId: $a, siteId: $s, fromUnixS: $f, toUnixS: $t) { block digest records leftOut } }";
    let evidence = town.ask(query, window).await["evidence"].clone();
    assert!(evidence["records"].as_u64().expect("a number") > 0, "{evidence}");
    let digest = alloy::hex::decode(evidence["digest"].as_str().expect("a digest")).expect("hex");
    let filing = Filing {
        area: outage["areaId"].as_str().expect("an area").into(),
        site: outage["site"]["siteId"].as_str().expect("a site").into(),
        feeder: outage["site"]["feederId"].as_str().expect("a feeder").into(),
        class: class["class"].as_str().expect("a class").into(),
        text: text.digest().into(),
        evidence: B256::from_slice(&digest),
        filer: filer.address(),
    };
    let domain = complaints_domain(town.addresses.chain_id, town.addresses.complaints);
    let before = town.sponsorship().await;
    assert_eq!(before["isOffered"], true);
    let id = filing.id(&domain);
    let submission = town.submit("FILING", &filer, &SignedFiling { filing, deadline: Town::deadline() }).await;
    assert!(submission["state"] != "REFUSED" && submission["transactionHash"].is_string(), "{submission}");
    let block = String::from_utf8(text.to_bytes()).expect("UTF-8");
    let kept = town.ask("mutation ($block: String!) { submitText(block: $block) }", json!({ "block": block })).await;
    assert_eq!(kept["submitText"], protocol::to_hex(&text.digest()));
    let sent = "mutation ($block: String!) { submitEvidence(block: $block) }";
    let sent = town.ask(sent, json!({ "block": evidence["block"] })).await;
    assert_eq!(sent["submitEvidence"], evidence["digest"]);
    let complaint = town.complaint(id, |complaint| complaint["text"]["state"] == "HELD").await;
    assert!(complaint["evidenceUri"].as_str().expect("a link").starts_with("ipfs://bafkrei"), "{complaint}");
    assert_eq!(complaint["text"]["words"], text.words);
    assert_eq!(complaint["stage"], "FILED");
    assert_eq!(complaint["clockS"], class["clockS"]);
    assert_eq!(complaint["isSensorBacked"], true, "{complaint}");
    assert_eq!(complaint["filer"], format!("{:#x}", filer.address()));
    (complaint, filer)
}

/// "Still off" from a neighbour, reopened by the filer: the next officer's turn.
async fn contested(town: &Town, id: B256, filer: &PrivateKeySigner, complaint: &Value) {
    let neighbour = PrivateKeySigner::random();
    let remark = Remark::new(Say::StillOff, id, 0, "here too", neighbour.address());
    let said = town.submit("REMARK", &neighbour, &SignedRemark { remark, deadline: Town::deadline() }).await;
    assert!(said["state"] != "REFUSED", "{said}");
    town.act(filer, complaint, Act::Reopen, "still dark").await;
    let reopened = town.complaint(id, |complaint| complaint["stage"] == "REOPENED").await;
    assert_eq!((reopened["reopenings"].as_u64(), reopened["level"].as_u64()), (Some(1), Some(2)), "{reopened}");
    assert_eq!(reopened["stillOff"], 1);
    let kinds: Vec<_> = reopened["actions"].as_array().expect("actions").iter().map(|a| a["kind"].clone()).collect();
    assert_eq!(kinds, ["FILED", "ACKNOWLEDGE", "RESOLVE_FIXED", "STILL_OFF", "REOPEN"]);
}

async fn a_stranger_is_refused(town: &Town, id: B256) {
    let stranger = PrivateKeySigner::random();
    let complaint = town.complaint(id, |_| true).await;
    let refused = town.act(&stranger, &complaint, Act::ResolveFixed, "mine").await;
    assert_eq!(refused["reasonName"], "NotOfficial", "{refused}");
    assert!(refused["reason"].as_str().expect("words").contains(complaint["areaId"].as_str().expect("an area")));
}

async fn announced_late(town: &Town, area: &str, official: &PrivateKeySigner) {
    let now = Town::deadline() - U40::from(3_600);
    let notice = Notice {
        area: area.into(),
        feeder: String::new(),
        start: now - U40::from(600),
        end: now + U40::from(3_600),
        restoration: now + U40::from(3_600),
        reason: "Transformer is replaced".into(),
        withdrawn: false,
        changes: B256::ZERO,
        signer: official.address(),
    };
    let announced = town.submit("NOTICE", official, &SignedNotice { notice, deadline: Town::deadline() }).await;
    assert!(announced["state"] != "REFUSED", "{announced}");
    let query = "query ($area: String!) { notices(areaId: $area) { isLate reason withdrawn signerLevel } }";
    let there = |answer: &Value| answer["notices"].as_array().is_some_and(|notices| !notices.is_empty());
    let notices = town.until(query, json!({ "area": area }), there).await;
    let expected = json!([{ "isLate": true, "reason": "Transformer is replaced", "withdrawn": false, "signerLevel": 1 }]);
    assert_eq!(notices["notices"], expected);
}

/// What GraphQL says, the verifier says of chain and IPFS alone, with GraphQL stopped.
async fn all_read_the_same(town: &mut Town, id: B256, area: &str, official: Address) {
    let counts = "pendingBefore received redressed pending within50 within100 within200 over200 reopened fixed notFixed
        contradicted";
    let query = format!(
        "query ($area: String!, $official: String) {{ scorecard(areaId: $area, official: $official) {{
            sensorBacked {{ {counts} }} others {{ {counts} }} }} }}"
    );
    let whole = town.ask(&query, json!({ "area": area })).await["scorecard"].clone();
    let theirs = town.ask(&query, json!({ "area": area, "official": official.to_string() })).await["scorecard"].clone();
    assert_eq!(whole["sensorBacked"]["received"], 2, "{whole}");
    assert_eq!(whole["sensorBacked"]["contradicted"], 1);
    assert_eq!(whole["sensorBacked"]["pending"], 1);
    assert_eq!(theirs["sensorBacked"]["received"], 1, "{theirs}");
    let query = "query ($a: String!) { sites(areaId: $a, first: 500) { items { siteId stationId } }
        complaints(areaId: $a) { items { siteId } } }";
    let places = town.ask(query, json!({ "a": area })).await;
    let sites = places["sites"]["items"].as_array().cloned().expect("sites");
    let here = sites.iter().find(|site| site["siteId"] == places["complaints"]["items"][0]["siteId"]).expect("its site");
    let station = here["stationId"].as_str().expect("a station").to_owned();
    let query = format!("query ($a: String!, $s: String!) {{ scorecard(areaId: $a, stationId: $s) {{ sensorBacked {{ {counts} }} }} }}");
    let by_station = town.ask(&query, json!({ "a": area, "s": station })).await["scorecard"].clone();
    assert_eq!(by_station["sensorBacked"]["received"], 2, "{by_station}");
    town.running.devnet.stop_part("graphql").await;

    let (holds, report) = town.verifier(&["complaint", &id.to_string()]);
    assert!(holds, "{report}");
    assert_eq!(report["stands"], "reopen");
    assert_eq!(report["level"], 2);
    let contradiction = report["openings"][0]["contradiction"].as_str().expect("words");
    assert!(contradiction.starts_with("OFF when it was signed, by "), "{report}");
    assert!(report["evidence_records"].as_u64().expect("evidence") > 0, "{report}");
    assert_eq!(report["openings"][0]["is_sensor_backed"], true);
    let whats: Vec<_> = report["history"].as_array().expect("history").iter().map(|e| e["what"].clone()).collect();
    assert_eq!(whats, ["filed", "acknowledge", "resolve: fixed", "still off", "reopen"]);
    assert!(report["history"][2]["grant"].as_str().expect("a grant").starts_with("level 1 for "), "{report}");
    assert_eq!(report["planned"][0]["late"], true, "{report}");
    let (holds, notices) = town.verifier(&["notices", area]);
    assert!(holds, "{notices}");
    assert_eq!(notices["notices"].as_array().map(Vec::len), Some(1), "{notices}");
    assert_eq!(notices["notices"][0], report["planned"][0]);
    assert_eq!(notices["notices"][0]["reason"], note_hash("Transformer is replaced").to_string());
    assert_eq!(notices["notices"][0]["signer"], official.to_string().to_lowercase());
    let snake = |counts: &Value| -> Value {
        let counts = counts.as_object().expect("counts").iter().map(|(name, count)| {
            let name = name.replace("within", "within_").replace("over", "over_");
            let name: String = name
                .chars()
                .flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
                .collect();
            (name, count.clone())
        });
        Value::Object(counts.collect())
    };
    let wallet = official.to_string();
    for (arguments, said) in [(vec![], &whole), (vec!["--official", wallet.as_str()], &theirs)] {
        let (holds, report) = town.verifier(&[vec!["scorecard", "--area", area], arguments].concat());
        assert!(holds, "{report}");
        assert_eq!(report["sensor_backed"], snake(&said["sensorBacked"]), "{report}");
        assert_eq!(report["others"], snake(&said["others"]), "{report}");
    }
    // One substation: what GraphQL counts for it, the verifier does.
    let of_station = town.verifier(&["scorecard", "--area", area, "--station", &station]);
    assert!(of_station.0, "{}", of_station.1);
    assert_eq!(of_station.1["sensor_backed"], snake(&by_station["sensorBacked"]), "{}", of_station.1);
    let nobody = B256::repeat_byte(7).to_string();
    let missing = std::process::Command::new(Tools::find().expect("tools").service("verifier"))
        .args(["complaint", &nobody, "--endpoints", &town.endpoints])
        .output()
        .expect("it starts");
    assert_eq!(missing.status.code(), Some(1));
}
