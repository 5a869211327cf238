//! The committed bytecode on a real chain: deployed, administered, anchored, read back, refused.

mod support;

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, aliases::U40, b256};
use alloy::providers::{DynProvider, Provider as _};
use bindings::{
    AccessManager, Anchors, Contracts, Entry, Error, Page, Place, Refusal, Rosters, area_to_bytes32, deploy,
    encode_entries,
};
use support::{ADMIN, ADMIN_KEY, Anvil, STRANGER, STRANGER_KEY};

/// The generator of P-256, as good a public key as any.
const KEY_X: B256 = b256!("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
const KEY_Y: B256 = b256!("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");

/// SHA-256 of "hello world\n", whose link is known.
const HELLO: B256 = b256!("a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447");
const HELLO_URI: &str = "ipfs://bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

const DELAY_S: u32 = 100;

async fn now(provider: &DynProvider) -> u64 {
    provider.get_block(BlockId::latest()).await.unwrap().unwrap().header.timestamp
}

/// Two areas in a lane that the admin may anchor, opened a minute ago.
async fn deployed(anvil: &Anvil) -> (DynProvider, Contracts<DynProvider>) {
    let provider = anvil.provider(ADMIN_KEY);
    let contracts = deploy(provider.clone(), ADMIN, DELAY_S).await.unwrap().contracts;
    send!(contracts.anchors.openLane());
    for area_id in ["ambala-1", "hisar"] {
        send!(contracts.anchors.joinLane(0, area_to_bytes32(area_id).unwrap()));
    }
    send!(contracts.anchors.grantRelayer(0, ADMIN, KEY_X, KEY_Y));
    // The node estimates gas as of its latest block, in which a period must have ended already.
    provider.raw_request::<_, serde_json::Value>("evm_increaseTime".into(), [60]).await.unwrap();
    provider.raw_request::<_, serde_json::Value>("evm_mine".into(), ()).await.unwrap();
    (provider, contracts)
}

fn refusal(error: impl Into<Error>) -> Refusal {
    match error.into() {
        Error::Refused(refusal) => refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn lanes_and_pages_come_back_as_they_were_anchored() {
    let Some(anvil) = Anvil::start() else { return };
    let (provider, contracts) = deployed(&anvil).await;

    assert_eq!(contracts.lane_count().await.unwrap(), 1);
    assert_eq!(contracts.lane(1).await.unwrap(), None);
    assert_eq!(contracts.areas(0).await.unwrap(), ["ambala-1", "hisar"]);
    assert_eq!(contracts.place("hisar").await.unwrap(), Some(Place { lane: 0, index: 1, since: 0 }));
    assert_eq!(contracts.place("karnal").await.unwrap(), None);
    let key = contracts.receipt_key(0, ADMIN).await.unwrap().expect("granted");
    assert_eq!(key.to_point()[1..33], KEY_X[..]);
    assert_eq!(contracts.receipt_key(0, STRANGER).await.unwrap(), None);
    assert!(contracts.is_relayer(0, ADMIN).await.unwrap() && !contracts.is_relayer(0, STRANGER).await.unwrap());

    let opened = contracts.lane(0).await.unwrap().unwrap();
    assert_eq!((opened.areas, opened.pages), (2, 0));
    assert_eq!(contracts.page(0, 0).await.unwrap(), None);
    assert_eq!(contracts.page_hash(0, 0).await.unwrap(), [0; 32]);

    let entries = vec![Entry { root: [7; 32], digest: HELLO.0, count: 12 }, Entry::default()];
    let end = opened.period_end_unix_s + 1;
    let receipt = send!(contracts.anchors.anchor(0, 0, B256::ZERO, U40::from(end), encode_entries(&entries)));

    let page = contracts.page(0, 0).await.unwrap().expect("anchored");
    assert_eq!((page.period_start_unix_s, page.period_end_unix_s), (opened.period_end_unix_s, end));
    assert_eq!(page.entries, entries);
    assert_eq!(page.page_hash, contracts.page_hash(0, 0).await.unwrap());
    let event = receipt.decoded_log::<Anchors::Anchored>().expect("logged");
    assert_eq!(Page::try_from(&event.data).unwrap(), page);
    let code = provider.get_code_at(event.page).await.unwrap();
    assert_eq!(alloy::primitives::keccak256(&code), page.page_hash);

    let batch = contracts.batch("ambala-1", 0).await.unwrap();
    assert_eq!((batch.root, batch.digest, batch.count), ([7; 32], HELLO.0, 12));
    assert_eq!((batch.period_start_unix_s, batch.period_end_unix_s), (opened.period_end_unix_s, end));
    assert_eq!(batch.anchored_at_unix_s, now(&provider).await);
    assert!(!batch.is_empty() && contracts.batch("hisar", 0).await.unwrap().is_empty());
    assert_eq!(contracts.uri("ambala-1", 0).await.unwrap(), HELLO_URI);

    let error = contracts.batch("hisar", 1).await.unwrap_err();
    assert!(matches!(&error, Error::NoBatch { area_id, number: 1 } if area_id == "hisar"), "{error:?}");
    assert!(matches!(contracts.batch("karnal", 0).await, Err(Error::NoBatch { number: 0, .. })));

    // What was anchored in this block was not there in the one before.
    let number = receipt.block_number.unwrap();
    assert!(contracts.at(BlockId::number(number)).batch("hisar", 0).await.is_ok());
    assert!(matches!(contracts.at(BlockId::number(number - 1)).batch("hisar", 0).await, Err(Error::NoBatch { .. })));
}

#[tokio::test]
async fn refusals_are_named_with_their_arguments() {
    let Some(anvil) = Anvil::start() else { return };
    let (_, contracts) = deployed(&anvil).await;
    let end = U40::from(contracts.lane(0).await.unwrap().unwrap().period_end_unix_s + 1);
    let entries = encode_entries(&[Entry::default(), Entry { root: [1; 32], digest: [2; 32], count: 3 }]);

    // Both where gas is estimated before sending, and in a plain call.
    let wrong = Anchors::WrongNumber { expected: 0, given: 5 };
    let sent = contracts.anchors.anchor(0, 5, B256::ZERO, end, entries.clone()).send().await.unwrap_err();
    let sent = refusal(sent);
    assert_eq!(sent, Refusal::Anchors(Anchors::AnchorsErrors::WrongNumber(wrong.clone())));
    assert_eq!(sent.to_string(), "WrongNumber { expected: 0, given: 5 }");
    let called = contracts.anchors.anchor(0, 5, B256::ZERO, end, entries.clone()).call().await.unwrap_err();
    assert_eq!(refusal(called), Refusal::Anchors(Anchors::AnchorsErrors::WrongNumber(wrong)));

    send!(contracts.anchors.anchor(0, 0, B256::ZERO, end, entries.clone()));
    let hash = contracts.page_hash(0, 0).await.unwrap();
    let again = contracts.anchors.anchor(0, 1, B256::ZERO, end, entries.clone()).call().await.unwrap_err();
    let expected = Anchors::WrongPrevious { expected: hash.into(), given: B256::ZERO };
    assert_eq!(refusal(again), Refusal::Anchors(Anchors::AnchorsErrors::WrongPrevious(expected)));

    let stranger =
        Contracts::new(anvil.provider(STRANGER_KEY), *contracts.anchors.address(), *contracts.rosters.address());
    let error = stranger.anchors.anchor(0, 1, hash.into(), end, entries).send().await.unwrap_err();
    assert_eq!(refusal(error).to_string(), format!("NotRelayer {{ lane: 0, account: {STRANGER:?} }}"));
    let error = stranger.anchors.openLane().send().await.unwrap_err();
    assert_eq!(refusal(error).to_string(), format!("AccessManagedUnauthorized {{ caller: {STRANGER:?} }}"));
    let area = area_to_bytes32("hisar").unwrap();
    let error = stranger.rosters.publish(area, 1, HELLO, HELLO, 1, end).send().await.unwrap_err();
    assert_eq!(refusal(error).to_string(), format!("NotRegistrar {{ account: {STRANGER:?}, area: hisar }}"));
    let error = contracts.uri("ambala-1", 0).await.unwrap_err();
    assert_eq!(error.to_string(), "the contract refuses: EmptyBatch { area: ambala-1, number: 0 }");
}

#[tokio::test]
async fn rosters_are_read_by_version_and_by_time() {
    let Some(anvil) = Anvil::start() else { return };
    let (provider, contracts) = deployed(&anvil).await;
    assert_eq!(contracts.roster_delay_s().await.unwrap(), u64::from(DELAY_S));
    assert_eq!(contracts.rosters("hisar").await.unwrap(), []);
    assert_eq!(contracts.roster_in_force("hisar", u64::MAX).await.unwrap(), None);

    send!(contracts.rosters.grantRegistrar(ADMIN, B256::ZERO));
    let area = area_to_bytes32("hisar").unwrap();
    let from = now(&provider).await + 1_000;
    for (version, at) in [(1, from), (2, from + 500)] {
        let digest = B256::repeat_byte(version);
        let publish = contracts.rosters.publish(area, version.into(), digest, HELLO, 9, U40::from(at));
        let receipt = send!(publish);
        let event = receipt.decoded_log::<Rosters::RosterPublished>().expect("logged");
        assert_eq!((event.version, event.digest), (version.into(), digest));
    }

    let rosters = contracts.rosters("hisar").await.unwrap();
    assert_eq!(rosters.iter().map(|r| r.version).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((rosters[1].digest, rosters[1].root, rosters[1].devices), ([2; 32], HELLO.0, 9));
    assert_eq!(rosters[1].effective_from_unix_s, from + 500);
    assert_eq!(rosters[1].published_at_unix_s, now(&provider).await);
    assert_eq!(contracts.roster("hisar", 1).await.unwrap(), rosters[0]);
    let error = contracts.roster("hisar", 3).await.unwrap_err();
    assert!(matches!(&error, Error::NoRoster { area_id, version: 3 } if area_id == "hisar"), "{error:?}");

    for (at, version) in [(from - 1, None), (from, Some(1)), (from + 499, Some(1)), (from + 500, Some(2))] {
        let in_force = contracts.roster_in_force("hisar", at).await.unwrap();
        assert_eq!(in_force.map(|r| r.version), version, "at {at}");
    }
    assert_eq!(contracts.roster_in_force("hisar", u64::MAX).await.unwrap(), Some(rosters[1].clone()));
    assert_eq!(contracts.roster_in_force("karnal", from).await.unwrap(), None);
}

#[tokio::test]
async fn a_failing_node_is_told_from_a_missing_contract() {
    let Some(anvil) = Anvil::start() else { return };
    let provider = anvil.provider(ADMIN_KEY);
    let nowhere = Contracts::new(provider.clone(), Address::repeat_byte(1), Address::repeat_byte(2));
    let error = nowhere.batch("hisar", 0).await.unwrap_err();
    assert!(matches!(error, Error::NoContract(_)) && !error.is_retryable(), "{error:?}");

    let manager = AccessManager::deploy(provider, ADMIN).await.unwrap();
    let wrong = Contracts::new(manager.provider().clone(), *manager.address(), *manager.address());
    assert!(!wrong.lane(0).await.unwrap_err().is_retryable());

    drop(anvil);
    let error = nowhere.batch("hisar", 0).await.unwrap_err();
    assert!(matches!(error, Error::Rpc(_)) && error.is_retryable(), "{error:?}");
}
