//! A complaint's whole life: filed without gas or name, acted on by officials' signatures, contradicted by the sensors,
//! reopened by its filer, resolved again by a contract wallet, and the same to whoever reads the chain and IPFS alone.

mod support;

use alloy::{
    primitives::{Address, B256, aliases::U40},
    signers::local::PrivateKeySigner,
};
use bindings::{
    Act, Action, Filing, Notice, Remark, Say, SignedActions, SignedFiling, SignedNotice, SignedRemark,
    typed_data::{complaints_domain, note_hash},
};
use devnet::{error::DevnetError, officials::Official, tools::Tools};
use protocol::complaint::Text;
use serde_json::{Value, json};
use support::town::{Passkey, Town, key};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_lives_and_everybody_reads_the_same() {
    a_life("anvil").await;
}

/// The same on a client that was written by others: go-ethereum, in its developer mode.
#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_lives_the_same_on_geth() {
    match Tools::find().expect("tools").geth {
        Some(_) => a_life("geth").await,
        None => eprintln!("SKIPPED, NOT TESTED: {}", DevnetError::MissingGeth),
    }
}

async fn a_life(chain: &str) {
    let folder = TempDir::new().expect("a folder");
    let mut town = Town::start(&folder, chain).await;

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
    let classes = town
        .ask("query ($a: String!) { complaintClasses(areaId: $a) { class clockS schedule } }", json!({ "a": area }));
    let classes = classes.await["complaintClasses"].clone();
    let fuse =
        classes.as_array().expect("classes").iter().find(|class| class["class"] == "fuse").expect("fuse").clone();
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
    assert_eq!(
        (refused["state"].as_str(), refused["reasonName"].as_str()),
        (Some("REFUSED"), Some("WrongIndex")),
        "{refused}"
    );
    let note = "फ़्यूज़ बदला। <script>alert(1)</script>";
    town.act(&first, &complaint, Act::ResolveFixed, note).await;
    let complaint = town.complaint(id, |complaint| complaint["stage"] == "RESOLVED").await;
    assert_eq!(complaint["contradiction"]["kind"], "STILL_OFF", "{complaint}");
    let proof = "query ($d: String!, $s: Int53!) { record(deviceId: $d, sequence: $s) { powerStatus } }";
    let proof = town.ask(
        proof,
        json!({ "d": complaint["contradiction"]["deviceId"], "s": complaint["contradiction"]["sequence"] }),
    );
    assert_eq!(proof.await["record"]["powerStatus"], "OFF");
    let last = complaint["actions"].as_array().expect("actions").last().expect("one").clone();
    assert_eq!((last["kind"].as_str(), last["note"].as_str()), (Some("RESOLVE_FIXED"), Some(note)));
    assert_eq!(last["noteDigest"], note_hash(note).to_string());
    assert_eq!(last["signerLevel"], 1);
    assert_eq!(last["signer"], format!("{:#x}", first.address()));

    contested(&town, id, &filer, &complaint).await;
    by_own_transaction(&town, id, &first).await;
    a_stranger_is_refused(&town, id).await;
    resolved_by_a_contract_wallet(&town, id, &area).await;
    announced_late(&town, &area, &first).await;
    all_read_the_same(&mut town, id, &area, first.address()).await;
    town.running.devnet.stop().await;
}

/// Files from a key made for it alone, with a text that is kept apart; the complaint and the key.
async fn filed(town: &Town, outage: &Value, class: &Value) -> (Value, PrivateKeySigner) {
    let filer = PrivateKeySigner::random();
    let text =
        Text { photo: None, salt: rand::random(), words: "कल से बिजली नहीं है".into() };
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

/// A note that the official pays for: the chain has its hash alone, and the service takes the words that have it.
async fn by_own_transaction(town: &Town, id: B256, official: &PrivateKeySigner) {
    let words = "I pay for this myself";
    let remark = Remark::new(Say::Note, id, 0, words, official.address());
    let contracts = town.contracts(official.clone());
    let call = contracts.complaints.remark(remark.to_call().expect("a call"));
    let receipt = call.send().await.expect("sent").get_receipt().await.expect("mined");
    assert!(receipt.status());
    // At once, before anybody has read the block.
    let give = "mutation ($note: String!, $hash: String) { submitNote(note: $note, transactionHash: $hash) }";
    let hash = receipt.transaction_hash.to_string();
    let kept = town.ask(give, json!({ "note": words, "hash": hash })).await;
    assert_eq!(kept["submitNote"], note_hash(words).to_string());
    let other = town.refused(give, json!({ "note": "I pay for nothing", "hash": hash })).await;
    assert_eq!(other["extensions"]["code"], "BAD_ARGUMENT", "{other}");
    let noted =
        |complaint: &Value| complaint["actions"].as_array().is_some_and(|all| all.iter().any(|a| a["note"] == words));
    let noted = town.complaint(id, noted).await;
    let last = noted["actions"].as_array().expect("actions").last().expect("one").clone();
    assert_eq!((&last["kind"], &last["transactionHash"]), (&json!("NOTE"), &json!(hash)));
}

/// The next officer is the account of a passkey, a contract that says which signatures are its own (ERC-1271).
async fn resolved_by_a_contract_wallet(town: &Town, id: B256, area: &str) {
    let official = town.passkey_official(area, 2).await;
    let complaint = town.complaint(id, |complaint| complaint["stage"] == "REOPENED").await;
    let taken = town.act(&official, &complaint, Act::Acknowledge, "").await;
    assert!(taken["state"] != "REFUSED", "{taken}");
    let complaint = town.complaint(id, |complaint| complaint["stage"] == "ACKNOWLEDGED").await;
    let done = town.act(&official, &complaint, Act::ResolveFixed, "signed by my phone").await;
    assert!(done["state"] != "REFUSED", "{done}");
    let complaint = town.complaint(id, |complaint| complaint["stage"] == "RESOLVED").await;
    let last = complaint["actions"].as_array().expect("actions").last().expect("one").clone();
    assert_eq!(last["signer"], format!("{:#x}", official.account));
    assert_eq!((&last["note"], &last["signerLevel"]), (&json!("signed by my phone"), &json!(2)));
    // What another key signs in its name is not taken in.
    let stranger = Passkey { key: Passkey::new_key().0, account: official.account };
    let action = Action::new(Act::Reopen, id, 1, id, "", official.account);
    let signed = SignedActions { actions: vec![action], deadline: Town::deadline() };
    let refused = town.try_submit("ACTIONS", &stranger, &signed).await;
    let message = refused["errors"][0]["message"].as_str().expect("an error");
    assert!(message.contains("not the signature of"), "{refused}");
}

async fn a_stranger_is_refused(town: &Town, id: B256) {
    let stranger = PrivateKeySigner::random();
    let complaint = town.complaint(id, |_| true).await;
    let signed = Town::signed(&stranger, &complaint, Act::ResolveFixed, "mine");
    let refused = town.try_submit("ACTIONS", &stranger, &signed).await;
    let error = &refused["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_ARGUMENT", "{refused}");
    let area = complaint["areaId"].as_str().expect("an area");
    let words = error["message"].as_str().expect("words");
    assert!(words.contains("is no official of the area") && words.contains(area), "{words}");
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
    let expected =
        json!([{ "isLate": true, "reason": "Transformer is replaced", "withdrawn": false, "signerLevel": 1 }]);
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
    assert_eq!(whole["sensorBacked"]["redressed"], 2);
    assert_eq!(whole["sensorBacked"]["contradicted"], 2);
    assert_eq!(whole["sensorBacked"]["pending"], 0);
    assert_eq!(theirs["sensorBacked"]["received"], 1, "{theirs}");
    let query = "query ($a: String!) { sites(areaId: $a, first: 500) { items { siteId stationId } }
        complaints(areaId: $a) { items { siteId } } }";
    let places = town.ask(query, json!({ "a": area })).await;
    let sites = places["sites"]["items"].as_array().cloned().expect("sites");
    let here =
        sites.iter().find(|site| site["siteId"] == places["complaints"]["items"][0]["siteId"]).expect("its site");
    let station = here["stationId"].as_str().expect("a station").to_owned();
    let query = format!(
        "query ($a: String!, $s: String!) {{ scorecard(areaId: $a, stationId: $s) {{ sensorBacked {{ {counts} }} }} }}"
    );
    let by_station = town.ask(&query, json!({ "a": area, "s": station })).await["scorecard"].clone();
    assert_eq!(by_station["sensorBacked"]["received"], 2, "{by_station}");
    town.running.devnet.stop_part("graphql").await;

    let (holds, report) = town.verifier(&["complaint", &id.to_string()]);
    assert!(holds, "{report}");
    assert_eq!(report["stands"], "resolve: fixed");
    assert_eq!(report["level"], 2);
    let contradiction = report["openings"][0]["contradiction"].as_str().expect("words");
    assert!(contradiction.starts_with("OFF when it was signed, by "), "{report}");
    assert!(report["evidence_records"].as_u64().expect("evidence") > 0, "{report}");
    assert_eq!(report["openings"][0]["is_sensor_backed"], true);
    let whats: Vec<_> = report["history"].as_array().expect("history").iter().map(|e| e["what"].clone()).collect();
    let again = ["still off", "reopen", "note", "acknowledge", "resolve: fixed"];
    assert_eq!(whats, [&["filed", "acknowledge", "resolve: fixed"][..], &again].concat());
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
