//! What may go away, come back, or be replaced.

use std::process::{Command, Stdio};

use bindings::Entry;
use indexer::Error;
use serde_json::json;
use store::views::documents::BatchStatus;

use crate::{
    fixture::Fixture,
    good::assert_same,
    world::{Arrived, Line, Mode, START, entry},
};

#[tokio::test(flavor = "multi_thread")]
async fn without_ipfs_batches_wait_and_come_in_later() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    f.world.page(vec![vec![a.on(1, START + 1)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;

    let batch = f.world.seal(0, vec![a.off(2, START + 901), a.on(3, START + 1_000)].into());
    f.world.publish(&batch).await;
    f.world.ipfs.stop();
    f.world.anchor(&[entry(&batch)]).await;
    let stored = f.batch(0, 1, BatchStatus::Unavailable).await;
    assert!(stored.reason.is_some_and(|reason| reason.contains("unavailable")));
    // The chain is followed all the same.
    f.world.mine(3).await;
    let head = f.world.head().await;
    f.until("the cursor at the head", || async {
        f.views.cursor().await.unwrap().filter(|cursor| cursor.block_number == head)
    })
    .await;
    f.world.ipfs.resume();
    let stored = f.batch(0, 1, BatchStatus::Verified).await;
    assert_eq!(stored.reason, None);
    assert_eq!(f.outages(&a.id).await, [(START + 901, Some(START + 1_000), false, false)]);
    f.stop().await;
}

/// The node answers with other bytes: the batch does not count, and does as soon as the node is honest.
#[tokio::test(flavor = "multi_thread")]
async fn a_lying_ipfs_node_is_found_out() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    f.stop().await;
    let line = Line::to(&f.world.ipfs.api_url).await;
    f.config.ipfs_api_url = line.url.clone();
    f.resume();
    f.world.page(vec![vec![a.on(1, START + 1)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;
    line.set(Mode::Lying);
    f.world.page(vec![vec![a.off(2, START + 901)].into()]).await;
    let stored = f.batch(0, 1, BatchStatus::Failed).await;
    assert!(stored.reason.is_some_and(|reason| reason.contains("the node answers 5 bytes with another SHA-256")));
    assert_eq!(f.outages(&a.id).await, []);
    line.set(Mode::Open);
    f.batch(0, 1, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await, [(START + 901, None, false, false)]);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_chain_or_store_it_waits_and_goes_on() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    f.stop().await;
    let line = Line::to(&f.world.anvil.url).await;
    f.config.rpc_url = line.url.clone();
    f.resume();
    f.world.page(vec![vec![a.on(1, START + 1)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;

    line.set(Mode::Cut);
    f.world.page(vec![vec![a.off(2, START + 901)].into()]).await;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert!(f.views.batch("area-0", 1).await.unwrap().is_none());
    line.set(Mode::Open);
    f.batch(0, 1, BatchStatus::Verified).await;

    f.store.stop();
    f.world.page(vec![vec![a.on(3, START + 1_801)].into()]).await;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    f.store.resume();
    f.batch(0, 2, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await, [(START + 901, Some(START + 1_801), false, false)]);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_block_holds_up_nobody_else() {
    let Some(mut f) = Fixture::start(2, 3).await else { return };
    let [a, b] = [f.world.areas[0].devices[0].clone(), f.world.areas[1].devices[0].clone()];
    // Anchored, but never published.
    let missing = f.world.seal(0, vec![a.off(1, START + 1), a.on(3, START + 3)].into());
    let other = f.world.seal(1, vec![b.on(1, START + 1)].into());
    f.world.publish(&other).await;
    f.world.anchor(&[entry(&missing), entry(&other)]).await;
    f.batch(1, 0, BatchStatus::Verified).await;
    f.batch(0, 0, BatchStatus::Unavailable).await;
    // Later batches of the same area come in before it. One contradicts what it will say.
    f.world.page(vec![vec![a.on(2, START + 950), a.off(3, START + 960)].into(), Arrived::default()]).await;
    f.batch(0, 1, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await, [(START + 960, None, false, false)]);
    // Published at last: its records are taken in, and count first.
    f.world.publish(&missing).await;
    let late = f.batch(0, 0, BatchStatus::Verified).await;
    f.until("the earlier statement counts", || async {
        (f.outages(&a.id).await == [(START + 1, Some(START + 950), false, false)]).then_some(())
    })
    .await;
    assert!(late.flags.is_empty(), "{:?}", late.flags);
    let contradicted = f.views.batch("area-0", 1).await.unwrap().unwrap();
    assert_eq!(
        contradicted.flags.iter().map(|f| (f.sequence, f.flag.as_str())).collect::<Vec<_>>(),
        [(3, "equivocation")]
    );
    f.finalize().await;
    let before = f.dump().await;
    f.rebuild().await;
    assert_same(&before, &f.dump().await);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_reorg_leaves_right_data() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    f.world.page(vec![vec![a.on(1, START + 1)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;
    f.finalize().await;

    let latest = f.world.areas[0].latest;
    let snapshot = f.world.raw("evm_snapshot", json!([])).await;
    f.world.page(vec![vec![a.off(2, START + 910), a.on(3, START + 950)].into()]).await;
    f.world.page(vec![vec![a.off(4, START + 1_900)].into()]).await;
    f.batch(0, 2, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await.len(), 2);
    // The chain goes back, and another page takes the place.
    f.world.raw("evm_revert", json!([snapshot])).await;
    f.world.pages = 1;
    f.world.areas[0].latest = latest;
    f.world.page(vec![vec![a.on(2, START + 905), a.off(3, START + 960)].into()]).await;
    f.world.mine(3).await;
    f.until("the other outage", || async {
        (f.outages(&a.id).await == [(START + 960, None, false, false)]).then_some(())
    })
    .await;
    assert!(f.views.batch("area-0", 2).await.unwrap().is_none());

    // A page dropped by a reorg, with nothing in its place, and then there again.
    let number = f.world.page(vec![vec![a.on(4, START + 1_905)].into()]).await;
    f.batch(0, number, BatchStatus::Verified).await;
    f.world.raw("anvil_reorg", json!([1, []])).await;
    f.until("the page is gone", || async { f.views.batch("area-0", number).await.unwrap().is_none().then_some(()) })
        .await;
    assert_eq!(f.outages(&a.id).await, [(START + 960, None, false, false)]);

    f.finalize().await;
    let before = f.dump().await;
    f.rebuild().await;
    assert_same(&before, &f.dump().await);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorg_below_finalized_stops_it() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    let snapshot = f.world.raw("evm_snapshot", json!([])).await;
    f.world.page(vec![vec![a.on(1, START + 1)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;
    f.finalize().await;
    f.world.raw("evm_revert", json!([snapshot])).await;
    f.world.mine(60).await;
    let error = f.ended().await;
    assert!(matches!(error, Error::DeepReorg { .. }), "{error}");
    assert!(error.to_string().contains("drop the views database"));
    // What was there is still there.
    assert_eq!(f.views.batch("area-0", 0).await.unwrap().unwrap().status, BatchStatus::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_another_contract_are_not_touched() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    f.until("a cursor", || async { f.views.cursor().await.unwrap() }).await;
    f.stop().await;
    f.config.contracts.anchors = f.config.contracts.rosters;
    f.resume();
    let error = f.ended().await;
    assert!(matches!(error, Error::OtherContract { .. }), "{error}");
    assert!(error.to_string().contains("name another database"));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_started_again_it_ends_with_the_same_views() {
    let Some(mut f) = Fixture::start(2, 4).await else { return };
    f.stop().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("indexer.toml");
    let settings = format!(
        "rpc_url = \"{}\"\nipfs_api_url = \"{}\"\npoll_ms = 10\n[contracts]\n{}\
         [store]\nuri = \"{}\"\ndatabase = \"power_views\"\n",
        f.config.rpc_url,
        f.config.ipfs_api_url,
        toml::to_string(&f.config.contracts).unwrap(),
        f.config.store.uri
    );
    std::fs::write(&file, settings).unwrap();
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_indexer"))
            .args(["--config".as_ref(), file.as_os_str()])
            .stderr(Stdio::null())
            .spawn()
            .expect("the indexer starts")
    };
    let devices: Vec<Vec<_>> = f.world.areas.iter().map(|area| area.devices[..4].to_vec()).collect();
    for page in 0..12_u64 {
        let at = START + page * 900;
        let arrived = devices.iter().map(|devices| {
            let records = devices.iter().flat_map(|d| [d.off(2 * page + 1, at), d.on(2 * page + 2, at + 60 + page)]);
            records.collect::<Vec<_>>().into()
        });
        let arrived = arrived.collect();
        let mut child = start();
        f.world.page(arrived).await;
        // Killed at moments that differ: before, in the middle of, and after its work.
        tokio::time::sleep(std::time::Duration::from_millis(page * 60)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    f.resume();
    for area in 0..2 {
        for number in 0..12 {
            f.batch(area, number, BatchStatus::Verified).await;
        }
    }
    for device in devices.iter().flatten() {
        let outages = f.outages(&device.id).await;
        let expected: Vec<_> = (0..12).map(|page| START + page * 900).collect();
        assert_eq!(outages.iter().map(|outage| outage.0).collect::<Vec<_>>(), expected);
        assert!(outages.iter().enumerate().all(|(page, o)| o.1 == Some(o.0 + 60 + page as u64) && !o.3));
    }
    f.finalize().await;
    let before = f.dump().await;
    f.rebuild().await;
    assert_same(&before, &f.dump().await);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_pages_and_areas_that_join_later_are_followed() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    f.world.anchor(&[Entry::default()]).await;
    f.batch(0, 0, BatchStatus::Empty).await;
    f.world.join_area().await;
    let b = f.world.areas[1].devices[0].clone();
    // Its roster is not yet in force when this period starts.
    f.world.page(vec![vec![a.on(1, START + 901)].into(), Arrived::default()]).await;
    f.batch(1, 1, BatchStatus::Empty).await;
    let number = f.world.page(vec![vec![a.on(2, START + 1_801)].into(), vec![b.on(1, START + 1_802)].into()]).await;
    f.batch(0, number, BatchStatus::Verified).await;
    f.batch(1, number, BatchStatus::Verified).await;
    assert_eq!(f.views.area("area-1").await.unwrap().unwrap().since, 1);
    f.stop().await;
}
