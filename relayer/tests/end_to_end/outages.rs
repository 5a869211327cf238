//! IPFS, RPC, store and broker go away and come back: the relayer waits, and nothing acknowledged is lost.

use protocol::record::Record;
use store::intake::documents::PageState;

use crate::{
    world::{AREAS, Options, World, devices, eventually, record},
    world_or_skip,
};

/// How long each is away: longer than a period.
const AWAY: std::time::Duration = std::time::Duration::from_secs(8);

fn readings(sequence: u64) -> Vec<Record> {
    AREAS.iter().flat_map(|area_id| devices(area_id)).map(|device| record(&device.device_id, sequence)).collect()
}

async fn settle(world: &mut World, delivered: &[Record]) {
    world.pages(PageState::Confirmed, 1).await;
    world.assert_anchored_once(delivered).await;
    assert!(!world.log().contains("panicked"));
    assert!(world.stop_relayer().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ipfs_away() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer();
    let mut delivered = readings(0);
    world.line.deliver(&delivered).await;
    world.ipfs_part.stop("KILL");
    // Records are taken in all the same.
    delivered.extend(readings(1));
    world.line.deliver(&delivered).await;
    tokio::time::sleep(AWAY).await;
    assert!(world.log().contains("IPFS"), "it says what it waits for");
    world.ipfs_part.start_again();
    delivered.extend(readings(2));
    world.line.deliver(&delivered).await;
    settle(&mut world, &delivered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rpc_away() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer();
    let mut delivered = readings(0);
    world.line.deliver(&delivered).await;
    world.anvil.signal("STOP");
    delivered.extend(readings(1));
    world.line.deliver(&delivered).await;
    tokio::time::sleep(AWAY).await;
    delivered.extend(readings(2));
    world.line.deliver(&delivered).await;
    world.anvil.signal("CONT");
    delivered.extend(readings(3));
    world.line.deliver(&delivered).await;
    settle(&mut world, &delivered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn store_away() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer();
    let mut delivered = readings(0);
    world.line.deliver(&delivered).await;
    world.store_part.stop("KILL");
    let next = readings(1);
    world.line.send(&next).await;
    tokio::time::sleep(AWAY).await;
    for record in &next {
        let receipt = world.line.receipt(&record.statement.device_id).expect("the earlier one");
        assert_eq!(receipt.sequence, 0, "no receipt for what is not durable");
    }
    world.store_part.start_again();
    delivered.extend(next);
    world.line.deliver(&delivered).await;
    settle(&mut world, &delivered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broker_away() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer();
    let mut delivered = readings(0);
    world.line.deliver(&delivered).await;
    for signal in ["TERM", "KILL"] {
        world.broker.stop(signal);
        delivered.extend(readings(delivered.len() as u64 / 16));
        world.line.send(&delivered[delivered.len() - 16..]).await;
        tokio::time::sleep(AWAY).await;
        world.broker.start_again();
        world.line.deliver(&delivered).await;
    }
    eventually("it noticed", async || world.log().contains("broker, records").then_some(())).await;
    settle(&mut world, &delivered).await;
}
