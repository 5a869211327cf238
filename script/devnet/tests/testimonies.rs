//! A relayer that leaves records out: somebody names them on the chain, and they count, to whoever reads the chain and
//! IPFS alone.

mod support;

use std::{collections::BTreeMap, fs, io::Cursor, path::Path};

use bindings::area_to_bytes32;
use devnet::services::fleet_folder;
use ipfs_api_backend_hyper::{IpfsApi as _, IpfsClient, TryFromUri as _, request::BlockPut};
use protocol::{record::Record, testimony::MAX_TESTIMONY_BYTES};
use serde_json::{Value, json};
use support::{
    PATIENCE,
    town::{Town, key},
};
use tempfile::TempDir;

/// How many records of one area the relayer must have left out before they are named.
const WITHHELD: usize = 1;

/// The area of each public site, by its device.
async fn areas(town: &Town) -> BTreeMap<String, String> {
    let sites = town.ask("{ sites(first: 500) { items { deviceId areaId } } }", json!({})).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let sites = sites["sites"]["items"].as_array().cloned().expect("sites");
    sites.iter().map(|site| (text(&site["deviceId"]), text(&site["areaId"]))).collect()
}

/// What devices of public sites hold signed and nobody receipted, by area; as their owners could hand it out.
fn withheld(folder: &Path, areas: &BTreeMap<String, String>) -> BTreeMap<String, Vec<Record>> {
    let journal = fs::read_to_string(fleet_folder(folder).join("journal")).expect("the devices' journal");
    let mut open: BTreeMap<(String, u64), Record> = BTreeMap::new();
    for line in journal.lines() {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let of = |sequence: &str| (words[2].to_owned(), sequence.parse::<u64>().expect("a number"));
        match words[..] {
            [_, "s", _, sequence, bytes] => {
                open.insert(of(sequence), Record::parse(bytes.as_bytes()).expect("a record"));
            }
            [_, "r", _, sequence] => {
                let (device_id, up_to) = of(sequence);
                open.retain(|(device, sequence), _| *device != device_id || *sequence > up_to);
            }
            _ => {}
        }
    }
    let mut by_area: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for ((device_id, _), record) in open {
        if let Some(area) = areas.get(&device_id) {
            by_area.entry(area.clone()).or_default().push(record);
        }
    }
    by_area
}

/// Puts the block on IPFS and its digest on the chain, from an account that has no part in any of this.
async fn testify(town: &Town, area_id: &str, block: &[u8]) {
    let endpoints = &town.running.devnet.endpoints;
    let ipfs = IpfsClient::from_str(&endpoints.ipfs_api_url).expect("an address");
    let options = BlockPut { format: Some("raw"), mhtype: Some("sha2-256"), mhlen: None, pin: Some(true) };
    ipfs.block_put_with_options(Cursor::new(block.to_vec()), options).await.expect("put");
    let testimonies = town.contracts(key(&endpoints.officials[0])).testimonies;
    let call = testimonies.testify(area_to_bytes32(area_id).expect("an area"), protocol::digest(block).into());
    assert!(call.send().await.expect("sent").get_receipt().await.expect("mined").status());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_relayer_withholds_counts_by_testimony() {
    let folder = TempDir::new().expect("a folder");
    let mut town = Town::start(&folder, "anvil").await;
    let areas = areas(&town).await;

    town.running.devnet.stop_part("relayer").await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let (area_id, records) = loop {
        let withheld = withheld(folder.path(), &areas).into_iter().max_by_key(|(_, records)| records.len());
        if let Some(found) = withheld.filter(|(_, records)| records.len() >= WITHHELD) {
            break found;
        }
        assert!(tokio::time::Instant::now() < deadline, "no device had anything to say");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    };
    let mut block = Vec::new();
    let mut named = Vec::new();
    for record in &records {
        let line = [record.to_bytes(), b"\n".to_vec()].concat();
        if block.len() + line.len() > MAX_TESTIMONY_BYTES {
            break;
        }
        block.extend(line);
        named.push(record);
    }
    testify(&town, &area_id, &block).await;

    let query = "query ($area: String!) { testimonies(areaId: $area) {
        digest uri status records refused deviceIds by finalized } }";
    let counted = loop {
        let answer = town.ask(query, json!({ "area": area_id })).await;
        let newest = answer["testimonies"][0].clone();
        if newest["status"] == "COUNTED" {
            break newest;
        }
        assert!(tokio::time::Instant::now() < deadline, "not counted: {answer}");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    };
    assert_eq!(counted["records"], named.len(), "{counted}");
    assert_eq!(counted["refused"], 0);
    assert_eq!(counted["digest"], protocol::to_hex(&protocol::digest(&block)));

    // With GraphQL stopped, the verifier says the same of chain and IPFS.
    town.running.devnet.stop_part("graphql").await;
    let one = &named.last().expect("a record").statement;
    let sequence = one.sequence.to_string();
    let question = ["record", "--device", &one.device_id, "--sequence", &sequence];
    let (found, report) = town.verifier(&question);
    assert!(found, "{report}");
    assert_eq!(report["proofs"], json!([]), "{report}");
    assert_eq!(report["testified"][0]["counts"], true, "{report}");
    assert_eq!(report["testified"][0]["power_status"], one.power_status.as_str());
    let (good, report) = town.verifier(&["area", &area_id]);
    assert!(good, "{report}");
    let only_here = report["testimonies"][0]["only_here"].as_array().expect("records");
    assert_eq!(only_here.len(), named.len(), "{report}");

    // The relayer comes back: each record counts once, and by its batch.
    town.running.devnet.start_part("relayer").expect("starts again");
    town.running.devnet.start_part("graphql").expect("starts again");
    let is_open = |record: &&Record, open: &[Record]| open.iter().any(|other| other.statement == record.statement);
    loop {
        let open = withheld(folder.path(), &areas).remove(&area_id).unwrap_or_default();
        if !named.iter().any(|record| is_open(record, &open)) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the devices did not hand in what they hold");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    town.running.drain().await;
    let (found, report) = town.verifier(&question);
    assert!(found && report["proofs"].as_array().is_some_and(|proofs| proofs.len() == 1), "{report}");
    assert_eq!(report["testified"][0]["counts"], false, "{report}");
    assert_eq!(report["testified"][0]["is_contradicted"], false, "{report}");
    let (good, report) = town.verifier(&["area", &area_id]);
    assert!(good, "{report}");
    assert_eq!(report["testimonies"][0]["only_here"], json!([]), "{report}");
    assert_eq!(report["duplicates"], json!([]), "{report}");
    town.running.devnet.stop().await;
}
