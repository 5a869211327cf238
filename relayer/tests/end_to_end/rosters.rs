//! Rosters that change while the relayer runs, and lanes that grow.

use std::collections::BTreeSet;

use bindings::area_to_bytes32;
use protocol::roster::SiteKind;
use store::intake::documents::PageState;

use crate::{
    world::{AREAS, OTHER_AREA, Options, devices, eventually, key, public_key, publish_roster, record, row},
    world_or_skip,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_device_counts_from_the_page_on_that_its_roster_is_in_force_for() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer_and_wait().await;
    let early = record("hisar-t", 0);
    world.line.deliver(std::slice::from_ref(&early)).await;
    let late = record("late", 0);
    world.line.publish("late", late.to_bytes()).await;
    eventually("it is refused", async || {
        let refusals = world.intake.refusals().await.ok()?;
        refusals.iter().any(|refusal| refusal.reason == "unknown-device").then_some(())
    })
    .await;
    let mut rows = devices("hisar");
    rows.push(row("late", SiteKind::Street, public_key(&key("late")), 0));
    publish_roster(&world.provider, &world.contracts, &world.ipfs, "hisar", 2, rows).await;
    // An area that joins the lane while pages are on their way.
    publish_roster(&world.provider, &world.contracts, &world.ipfs, "rohtak", 1, devices("rohtak")).await;
    let join = world.contracts.anchors.joinLane(0, area_to_bytes32("rohtak").unwrap());
    assert!(join.send().await.unwrap().get_receipt().await.unwrap().status());
    let joined = record("rohtak-t", 0);
    world.line.deliver(&[late.clone(), joined.clone()]).await;
    world.pages(PageState::Confirmed, 2).await;
    world.assert_anchored_once_in(&["ambala-1", "hisar", "rohtak"], &[early, late, joined]).await;
    let versions: BTreeSet<_> =
        world.verified("hisar").await.iter().map(|batch| batch.header().roster.version).collect();
    assert_eq!(versions, BTreeSet::from([1, 2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_anchors_two_lanes() {
    let mut world = world_or_skip!(Options { lanes: Some(vec![0, 1]), ..Options::default() });
    world.start_relayer_and_wait().await;
    let areas = [AREAS[0], AREAS[1], OTHER_AREA];
    let mut records = Vec::new();
    for sequence in 0..3 {
        let made = areas.iter().flat_map(|area_id| devices(area_id)).map(|device| record(&device.device_id, sequence));
        let made: Vec<_> = made.collect();
        world.line.deliver(&made).await;
        records.extend(made);
        world.pages(PageState::Confirmed, 1).await;
    }
    eventually("the second lane is anchored, too", async || {
        let mut anchored = 0;
        for page in world.intake.pages(1, 0, 1000).await.ok()? {
            anchored += if page.state >= PageState::Confirmed { page.entries[0].count } else { 0 };
        }
        (anchored == 24).then_some(())
    })
    .await;
    world.assert_anchored_once_in(&areas, &records).await;
}
