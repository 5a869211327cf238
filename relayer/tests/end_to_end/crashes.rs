//! Killed between any two steps, and started again: the same bytes, anchored once. Each step is tried both as "it
//! failed, and it had happened" and as "it failed, and it had not".

use protocol::record::Record;
use store::intake::documents::{Page, PageState};

use crate::{
    world::{AREAS, Options, World, devices, eventually, record},
    world_or_skip,
};

const STATES: [PageState; 6] = [
    PageState::Collecting,
    PageState::Sealed,
    PageState::Published,
    PageState::Submitted,
    PageState::Confirmed,
    PageState::Finalized,
];

fn readings(sequences: std::ops::Range<u64>) -> Vec<Record> {
    let devices: Vec<_> = AREAS.iter().flat_map(|area_id| devices(area_id)).collect();
    sequences
        .flat_map(|sequence| devices.iter().map(move |d| record(&d.device_id, sequence)).collect::<Vec<_>>())
        .collect()
}

/// The first page that holds anything, final.
async fn final_page(world: &World) -> Page {
    let pages = world.pages(PageState::Finalized, 1).await;
    pages.into_iter().find(|page| page.entries.iter().any(|entry| entry.count > 0)).expect("a page with records")
}

/// The page as it was stored in an earlier state: all later writes were lost.
fn earlier(page: &Page, state: PageState) -> Page {
    let mut page = page.clone();
    page.state = state;
    page.block_number = None;
    if state < PageState::Submitted {
        page.transactions.clear();
    }
    if state < PageState::Sealed {
        page.entries.clear();
    }
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_which_the_record_was_lost_is_found_done() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer();
    let records = readings(0..3);
    world.line.deliver(&records).await;
    let page = final_page(&world).await;
    let anchored = world.contracts.page(0, page.number).await.unwrap().unwrap();
    for state in
        [PageState::Collecting, PageState::Sealed, PageState::Published, PageState::Submitted, PageState::Confirmed]
    {
        world.kill_relayer();
        // Everything happened on IPFS and the chain; the store knows only the beginning.
        world.intake.advance(&earlier(&page, state), &STATES).await.unwrap();
        world.start_relayer();
        let again = eventually("the page is final again", async || {
            world.intake.page(0, page.number).await.ok()?.filter(|page| page.state == PageState::Finalized)
        })
        .await;
        assert_eq!(again.entries, page.entries, "from {state:?}");
        assert_eq!(world.contracts.page(0, page.number).await.unwrap().unwrap(), anchored);
    }
    world.assert_anchored_once(&records).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_stored_and_never_sent_is_sent_as_it_is() {
    let mut world = world_or_skip!(Options::default());
    // Nothing is mined from here on.
    let start = world.contracts.lane(0).await.unwrap().unwrap().period_end_unix_s;
    world.start_relayer();
    let records = readings(0..2);
    world.line.deliver(&records).await;
    world.rpc("evm_setIntervalMining", serde_json::json!([0])).await;
    world.rpc("evm_setAutomine", serde_json::json!([false])).await;
    let submitted = eventually("a submitted page", async || {
        let pages = world.intake.pages(0, 0, 100).await.ok()?;
        if let Some(page) = pages.into_iter().find(|page| page.state == PageState::Submitted) {
            return Some(page);
        }
        // The relayer waits for a block after the period's end; it comes by hand, and empty.
        let pool = world.rpc("txpool_status", serde_json::json!([])).await;
        if pool["pending"] == "0x0" {
            world.rpc("anvil_mine", serde_json::json!([1])).await;
        }
        None
    })
    .await;
    assert!(submitted.period_start_unix_s >= start);
    world.kill_relayer();
    for transaction in &submitted.transactions {
        world.rpc("anvil_dropTransaction", serde_json::json!([transaction.hash])).await;
    }
    world.start_relayer();
    world.rpc("evm_setIntervalMining", serde_json::json!([1])).await;
    let page = eventually("the page is confirmed", async || {
        world.intake.page(0, submitted.number).await.ok()?.filter(|page| page.state >= PageState::Confirmed)
    })
    .await;
    assert_eq!(page.transactions, submitted.transactions, "the stored bytes were sent, nothing was signed anew");
    world.pages(PageState::Confirmed, 1).await;
    world.assert_anchored_once(&records).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_loses_and_doubles_nothing() {
    let mut world = world_or_skip!(Options::default());
    let mut delivered = Vec::new();
    for round in 0..8_u64 {
        world.start_relayer();
        let records = readings(round * 4..round * 4 + 4);
        world.line.deliver(&records).await;
        delivered.extend(records);
        // Into the next steps by another distance each time.
        tokio::time::sleep(std::time::Duration::from_millis(700 * round)).await;
        // More on its way than is receipted.
        world.line.send(&readings(round * 4 + 4..round * 4 + 8)).await;
        world.kill_relayer();
    }
    world.start_relayer();
    let last = readings(32..36);
    world.line.deliver(&last).await;
    delivered.extend(last);
    world.pages(PageState::Finalized, 2).await;
    world.assert_anchored_once(&delivered).await;
    assert!(!world.log().contains("panicked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_a_reorganisation_drops_is_anchored_again_with_the_same_bytes() {
    let mut world =
        world_or_skip!(Options { more_config: "finality_depth_blocks = 100000".into(), ..Options::default() });
    world.start_relayer();
    let records = readings(0..2);
    world.line.deliver(&records).await;
    let before = world.rpc("evm_snapshot", serde_json::json!([])).await;
    let confirmed = world.pages(PageState::Confirmed, 1).await;
    let page = confirmed.into_iter().find(|page| page.entries.iter().any(|e| e.count > 0)).unwrap();
    world.rpc("evm_revert", serde_json::json!([before])).await;
    let dropped = format!("dropped by a reorganisation lane=0 number={}", page.number);
    eventually("the reorganisation is seen", async || world.log().contains(&dropped).then_some(())).await;
    let again = eventually("the page is confirmed again", async || {
        world.intake.page(0, page.number).await.ok()?.filter(|page| page.state == PageState::Confirmed)
    })
    .await;
    assert_eq!((again.entries, again.period_end_unix_s), (page.entries, page.period_end_unix_s));
    world.assert_anchored_once(&records).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_relayer_waits_for_the_lease() {
    let mut world = world_or_skip!(Options::default());
    let now = relayer::clock::now_unix_s();
    assert!(world.intake.take_lease(0, "somebody", now, 6).await.unwrap());
    assert!(!world.intake.take_lease(0, "else", now, 6).await.unwrap());
    assert!(world.intake.take_lease(0, "somebody", now, 6).await.unwrap(), "renewed");
    world.start_relayer();
    eventually("it waits", async || world.log().contains("another relayer has the lane").then_some(())).await;
    world.line.deliver(&[record("hisar-t", 0)]).await;
    assert!(relayer::clock::now_unix_s() >= now + 6, "not before the lease ended");
    // And ends when it is taken from it.
    world.intake.release_lease(0, "somebody").await.unwrap();
    world.signal_relayer("STOP");
    eventually("its lease ended", async || {
        world.intake.take_lease(0, "somebody", relayer::clock::now_unix_s(), 60).await.ok()?.then_some(())
    })
    .await;
    world.signal_relayer("CONT");
    assert!(!world.relayer_end().await);
    assert!(world.log().contains("the lease of lane 0 was lost"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_chain_under_the_same_store_is_refused_with_a_way_out() {
    let mut world = world_or_skip!(Options::default());
    let begin = world.rpc("evm_snapshot", serde_json::json!([])).await;
    world.start_relayer();
    world.line.deliver(&readings(0..1)).await;
    final_page(&world).await;
    world.kill_relayer();
    world.rpc("evm_revert", serde_json::json!([begin])).await;
    world.start_relayer();
    assert!(!world.relayer_end().await);
    assert!(world.log().contains("was final and is not there") && world.log().contains("drop the intake database"));
}
