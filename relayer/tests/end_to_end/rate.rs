//! How fast records become durable and how fast a start is. Not a check: run with `--ignored --nocapture`.

use std::time::Instant;

use protocol::record::Record;
use store::intake::documents::PageState;

use crate::{
    world::{AREAS, Options, devices, eventually, record},
    world_or_skip,
};

const SEQUENCES: u64 = 2000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures"]
async fn rate() {
    let mut world = world_or_skip!(Options { period_s: Some(30), ..Options::default() });
    world.start_relayer_and_wait().await;
    let devices: Vec<_> = AREAS.iter().flat_map(|area_id| devices(area_id)).collect();
    let records: Vec<Record> = (0..SEQUENCES)
        .flat_map(|sequence| devices.iter().map(move |device| record(&device.device_id, sequence)).collect::<Vec<_>>())
        .collect();
    let total = records.len() as u64;
    let began = Instant::now();
    world.line.send(&records).await;
    eventually("all are durable", async || (world.intake.counts().await.ok()?.records == total).then_some(())).await;
    let took = began.elapsed();
    println!("{total} records durable in {took:?}: {:.0}/s", total as f64 / took.as_secs_f64());

    println!("{}", world.log().lines().filter(|line| line.contains("taken in")).collect::<Vec<_>>().join("\n"));
    let began = Instant::now();
    let history = relayer::lane::history::History::load(&world.intake, 0).await.unwrap();
    let took = began.elapsed();
    assert_eq!(history.devices().count(), devices.len());
    println!("history of {total} records loaded in {took:?}: {:.0}/s", total as f64 / took.as_secs_f64());

    let began = Instant::now();
    world.line.forget_receipts();
    world.line.deliver(&records[records.len() - devices.len()..]).await;
    println!("a repeat of {} answered in {:?}", devices.len(), began.elapsed());
    world.pages(PageState::Confirmed, 1).await;
    println!("all anchored {:?} after that", began.elapsed());
}
