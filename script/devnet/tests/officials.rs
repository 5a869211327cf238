//! Complaints can be taken in every area of a devnet from its first start on: contracts, clocks, officials.

mod support;

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt as _};

use alloy::{
    eips::BlockId,
    primitives::Address,
    providers::{Provider as _, ProviderBuilder},
    signers::local::PrivateKeySigner,
};
use bindings::{Accountability, schedules};
use serde_json::Value;
use support::Running;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn every_area_has_officials_and_clocks() {
    let folder = TempDir::new().expect("a folder");
    let running = Running::start(&folder, &["--generate", "7", "--backlog-hours", "1", "--period-s", "5"]).await;
    let written = fs::read_to_string(folder.path().join("endpoints.json")).expect("endpoints.json");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    let addresses: bindings::Addresses = serde_json::from_value(written["contracts"].clone()).expect("addresses");
    let provider =
        ProviderBuilder::new().connect_http(running.devnet.endpoints.rpc_url.parse().expect("a URL")).erased();
    for contract in addresses.contracts() {
        assert!(!provider.get_code_at(contract).await.expect("code").is_empty(), "nothing is at {contract}");
    }

    let contracts = Accountability::new(provider.clone(), &addresses);
    let now = provider.get_block(BlockId::latest()).await.expect("asked").expect("a block").header.timestamp;
    let mut wallets = BTreeSet::from([addresses.administrator, running.devnet.deployment.relayer]);
    let officials = written["officials"].as_array().expect("officials");
    let mut areas = BTreeSet::new();
    for official in officials {
        let text = |name: &str| official[name].as_str().unwrap_or_else(|| panic!("{name} in {official}"));
        let (area, wallet) = (text("area_id"), text("wallet").parse::<Address>().expect("an address"));
        let level = contracts.official_level(area, wallet, now).await.expect("asked");
        assert_eq!(level.map(u64::from), official["level"].as_u64(), "{official}");
        assert!(wallets.insert(wallet), "a key is used twice: {official}");
        let mode = fs::metadata(text("key_file")).expect("the key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{official}");
        let key: PrivateKeySigner =
            fs::read_to_string(text("key_file")).expect("the key").trim().parse().expect("a key");
        assert_eq!(key.address(), wallet);
        areas.insert(area);
    }
    assert!(areas.len() >= 3 && officials.len() == 2 * areas.len(), "{officials:?}");
    for area in areas {
        let assignments = contracts.assignments(area).await.expect("asked");
        let schedule = assignments[0].schedule.as_deref().expect("a schedule");
        for (class, seconds) in &schedules()[schedule] {
            assert_eq!(
                contracts.clock_s(area, class, now).await.expect("asked"),
                Some(*seconds),
                "{area}: {class} at {now}: {assignments:?}"
            );
        }
    }

    let config: Value = reqwest::get(format!("{}/config.json", running.devnet.endpoints.dapp_url))
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    for (name, value) in written["contracts"].as_object().expect("addresses") {
        assert_eq!(&config[name], value, "{name}");
    }
    running.devnet.stop().await;
}
