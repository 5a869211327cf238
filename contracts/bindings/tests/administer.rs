//! `contracts/administer`, the command by which officials, clocks and schedules are changed, on a chain of its own.

mod support;

use std::path::PathBuf;
use std::process::Command;

use alloy::hex;
use alloy::network::TransactionBuilder as _;
use alloy::primitives::{Address, B256, U256, aliases::U40};
use alloy::providers::{DynProvider, Provider as _};
use alloy::rpc::types::TransactionRequest;
use bindings::{Accountability, Addresses, area_to_bytes32, deploy};
use serde_json::Value;
use support::{ADMIN, ADMIN_KEY, Anvil, STRANGER, STRANGER_KEY};

const AREA: &str = "palwal-3";
const OTHER: Address = Address::repeat_byte(0x0e);

struct Office {
    provider: DynProvider,
    contracts: Accountability<DynProvider>,
    rpc_url: String,
    file: PathBuf,
}

impl Office {
    async fn new(anvil: &Anvil) -> Self {
        let provider = anvil.provider(ADMIN_KEY);
        let deployed = deploy(provider.clone(), ADMIN, 0).await.unwrap();
        // The port is this anvil's alone.
        let port = anvil.url().rsplit(':').next().unwrap();
        let file = std::env::temp_dir().join(format!("administer-{}-{port}.json", std::process::id()));
        write(&file, &deployed.addresses);
        let publish = deployed.contracts.rosters;
        send!(publish.grantRegistrar(ADMIN, B256::ZERO));
        let now = now(&provider).await;
        let area = area_to_bytes32(AREA).unwrap();
        send!(publish.publish(area, 1, B256::repeat_byte(7), B256::repeat_byte(8), 39, U40::from(now + 10)));
        Self { provider, contracts: deployed.accountability, rpc_url: anvil.url().to_owned(), file }
    }

    /// Whether it went well, and what it said.
    fn administer(&self, arguments: &[&str]) -> (bool, String) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../administer");
        let mut command = Command::new(script);
        command.args(["--rpc-url", &self.rpc_url, "--contracts"]).arg(&self.file).args(arguments);
        let output = command.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said.into_owned())
    }

    /// As the administrator, which must go well.
    fn done(&self, arguments: &[&str]) -> String {
        let key = hex::encode_prefixed(ADMIN_KEY);
        let (well, said) = self.administer(&[arguments, &["--private-key", &key]].concat());
        assert!(well, "{arguments:?}: {said}");
        said
    }

    /// What must be refused, with what it says.
    fn refused(&self, arguments: &[&str], said: &str) {
        let (well, answer) = self.administer(arguments);
        assert!(!well && answer.contains(said), "{arguments:?}: {answer}");
    }

    async fn pass(&self, seconds: u64) {
        let _: Value = self.provider.raw_request("evm_increaseTime".into(), [seconds]).await.unwrap();
        let _: Value = self.provider.raw_request("evm_mine".into(), ()).await.unwrap();
    }

    async fn clock_s(&self, class: &str) -> Option<u32> {
        self.contracts.clock_s(AREA, class, now(&self.provider).await).await.unwrap()
    }

    async fn level(&self, wallet: Address) -> Option<u8> {
        self.contracts.official_level(AREA, wallet, now(&self.provider).await).await.unwrap()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// As a devnet's endpoints.json has them.
fn write(file: &PathBuf, addresses: &Addresses) {
    std::fs::write(file, serde_json::json!({ "contracts": addresses }).to_string()).unwrap();
}

async fn now(provider: &DynProvider) -> u64 {
    provider.get_block(alloy::eips::BlockId::latest()).await.unwrap().unwrap().header.timestamp
}

#[tokio::test]
async fn an_area_gets_clocks_and_another_schedule_from_a_time_on() {
    let Some(anvil) = Anvil::start() else { return };
    let office = Office::new(&anvil).await;
    let key = hex::encode_prefixed(ADMIN_KEY);
    office.refused(&["assign", AREA, "town", "--private-key", &key], "has no clocks: set them first");
    office.done(&["clock", "town", "fuse", "3600"]);
    office.done(&["clock", "village", "fuse", "7200"]);
    office.done(&["assign", AREA, "town"]);
    office.pass(2).await;
    assert_eq!(office.clock_s("fuse").await, Some(3_600));
    // The other schedule, an hour from now on.
    let from = now(&office.provider).await + 3_600;
    office.done(&["assign", AREA, "village", &from.to_string()]);
    assert_eq!(office.clock_s("fuse").await, Some(3_600));
    office.pass(3_601).await;
    assert_eq!(office.clock_s("fuse").await, Some(7_200));
    office.done(&["assign", AREA, "none"]);
    office.pass(2).await;
    assert_eq!(office.clock_s("fuse").await, None);
    let (well, shown) = office.administer(&["show", AREA]);
    assert!(well, "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    for (line, begin) in lines.iter().zip(["schedule town from ", "schedule village from ", "schedule none from "]) {
        assert!(line.starts_with(begin), "{shown}");
    }
    assert!(shown.contains("no schedule now") && shown.contains("roster 1: 39 devices from "), "{shown}");

    office.refused(&["assign", "Palwal 3", "town"], "is no name");
    office.refused(&["clock", "town", "fuse", "soon"], "is no number");
    office.refused(&["clock", "town", "fuse", "60", "yesterday-ish"], "is no time");
    office.refused(&["clock", "town", "fuse"], "too few arguments");
    office.refused(&["appoint", AREA], "no such command");
    // The contract's own word, in the past.
    office.refused(&["assign", AREA, "town", "1", "--private-key", &key], "not sent");
}

#[tokio::test]
async fn a_lost_key_is_replaced_and_everything_is_shown() {
    let Some(anvil) = Anvil::start() else { return };
    let office = Office::new(&anvil).await;
    let stranger = STRANGER.to_string();
    office.done(&["grant", AREA, &stranger, "2", "never"]);
    office.done(&["grant", "all", &Address::repeat_byte(0x0a).to_string(), "3", "2100-01-01 00:00 UTC"]);
    assert_eq!(office.level(STRANGER).await, Some(2));
    office.done(&["replace", AREA, &stranger, "0", &OTHER.to_string()]);
    assert_eq!((office.level(STRANGER).await, office.level(OTHER).await), (None, Some(2)));
    let (_, shown) = office.administer(&["show", AREA]);
    let line = |words: &[&str]| shown.lines().any(|line| words.iter().all(|word| line.contains(word)));
    let lower = |address: Address| format!("{address:#x}");
    assert!(line(&["official of palwal-3", &lower(STRANGER), "grant 0", "level 2", "revoked "]), "{shown}");
    assert!(line(&["official of palwal-3", &lower(OTHER), "level 2", "to never"]), "{shown}");
    assert!(line(&["official of all areas", "level 3", "to 2100-01-01 00:00:00 UTC"]), "{shown}");
    office.refused(&["replace", AREA, &stranger, "0", &OTHER.to_string()], "has been revoked");
    office.refused(&["replace", AREA, &stranger, "7", &OTHER.to_string()], "has no grant 7");
    office.done(&["revoke", AREA, &OTHER.to_string(), "0"]);
    assert_eq!(office.level(OTHER).await, None);

    // Who does not administer is refused by the contract, and changes nothing.
    let key = hex::encode_prefixed(STRANGER_KEY);
    office.refused(&["grant", AREA, &stranger, "1", "never", "--private-key", &key], "not sent");
    assert_eq!(office.level(STRANGER).await, None);
}

#[tokio::test]
async fn without_a_wallet_a_transaction_is_printed_for_a_multisig() {
    let Some(anvil) = Anvil::start() else { return };
    let office = Office::new(&anvil).await;
    let (well, printed) = office.administer(&["grant", AREA, &STRANGER.to_string(), "1", "never"]);
    assert!(well, "{printed}");
    assert_eq!(office.level(STRANGER).await, None, "nothing is sent");
    let proposed: Value = serde_json::from_str(&printed).unwrap();
    let to: Address = proposed["to"].as_str().unwrap().parse().unwrap();
    assert_eq!(to, *office.contracts.officials.address());
    let data = hex::decode(proposed["data"].as_str().unwrap()).unwrap();
    let request = TransactionRequest::default().with_to(to).with_input(data).with_value(U256::ZERO);
    let receipt = office.provider.send_transaction(request).await.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status());
    assert_eq!(office.level(STRANGER).await, Some(1));
}
