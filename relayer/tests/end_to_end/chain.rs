//! What the chain may do to a transaction.

use alloy::{consensus::Transaction as _, eips::Decodable2718 as _, primitives::aliases::U40};
use bindings::{Entry, encode_entries};
use protocol::key::PublicKey;
use store::intake::documents::{PageState, Transaction};

use crate::{
    world::{Options, eventually, record},
    world_or_skip,
};

fn fee(transaction: &Transaction) -> u128 {
    alloy::consensus::TxEnvelope::decode_2718(&mut transaction.raw.bytes.as_slice()).unwrap().max_fee_per_gas()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_not_mined_is_replaced_by_one_that_pays_more() {
    let mut world = world_or_skip!(Options { more_config: "fee_bump_after_s = 2".into(), ..Options::default() });
    world.start_relayer_and_wait().await;
    let records = [record("hisar-t", 0)];
    world.line.deliver(&records).await;
    world.rpc("evm_setIntervalMining", serde_json::json!([0])).await;
    world.rpc("evm_setAutomine", serde_json::json!([false])).await;
    let page = eventually("three transactions for a page", async || {
        let pages = world.intake.pages(0, 0, 100).await.ok()?;
        if let Some(page) = pages.into_iter().find(|page| page.transactions.len() >= 3) {
            return Some(page);
        }
        let pool = world.rpc("txpool_status", serde_json::json!([])).await;
        if pool["pending"] == "0x0" {
            world.rpc("anvil_mine", serde_json::json!([1])).await;
        }
        None
    })
    .await;
    for pair in page.transactions.windows(2) {
        assert_eq!(pair[0].nonce, pair[1].nonce);
        assert!(fee(&pair[1]) * 10 >= fee(&pair[0]) * 11, "{} then {}", fee(&pair[0]), fee(&pair[1]));
    }
    world.rpc("evm_setIntervalMining", serde_json::json!([1])).await;
    world.pages(PageState::Confirmed, 1).await;
    world.assert_anchored_once(&records).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_somebody_else_in_the_place_of_ours_needs_a_person() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer_and_wait().await;
    let page = world.pages(PageState::Confirmed, 1).await.remove(0);
    world.line.deliver(&[record("hisar-t", 0)]).await;
    world.kill_relayer();
    let anchors = &world.contracts.anchors;
    let lane = world.contracts.lane(0).await.unwrap().unwrap();
    let admin = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".parse().unwrap();
    let scalar = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let point = PublicKey::from_point(scalar.verifying_key().to_encoded_point(false).as_bytes()).unwrap().to_point();
    let (x, y) = (point[1..33].try_into().unwrap(), point[33..].try_into().unwrap());
    let grant = anchors.grantRelayer(0, admin, x, y);
    assert!(grant.send().await.unwrap().get_receipt().await.unwrap().status());
    let previous = world.contracts.page_hash(0, lane.pages - 1).await.unwrap();
    let foreign = Entry { root: [1; 32], digest: [2; 32], count: 3 };
    let entries = encode_entries(&[foreign, Entry::default()]);
    let anchor = anchors.anchor(0, lane.pages, previous.into(), U40::from(lane.period_end_unix_s + 1), entries);
    assert!(anchor.send().await.unwrap().get_receipt().await.unwrap().status());
    world.start_relayer();
    assert!(!world.relayer_end().await);
    let log = world.log();
    assert!(log.contains("operator action required") && log.contains("another page in its place"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relayer_without_a_grant_or_with_another_receipt_key_does_not_start() {
    let mut world = world_or_skip!(Options::default());
    let signer = world.dir.path().join("signer");
    let granted = std::fs::read(&signer).unwrap();
    std::fs::write(&signer, format!("0x{}", "77".repeat(32))).unwrap();
    world.start_relayer();
    assert!(!world.relayer_end().await);
    assert!(world.log().contains("is not one of its relayers"));
    std::fs::write(&signer, granted).unwrap();
    std::fs::write(world.dir.path().join("receipt"), "55".repeat(32)).unwrap();
    world.start_relayer();
    assert!(!world.relayer_end().await);
    assert!(world.log().contains("receipt_key_file is not the receipt key"));
}
