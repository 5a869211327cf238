//! The whole way: records in, batches that anyone can verify out.

use std::collections::HashSet;

use protocol::{
    cells::{OffCount, Reporting},
    record::PowerStatus,
};
use store::{intake::documents::PageState, watch::Event};

use crate::{
    world::{AREAS, Options, PATIENCE, devices, key, record, sign, statement},
    world_or_skip,
};

#[tokio::test(flavor = "multi_thread")]
async fn records_come_in_and_verified_batches_go_out() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer_and_wait().await;
    let mut changes = world.intake.watch_live().await.unwrap();
    let mut records = Vec::new();
    for device in AREAS.iter().flat_map(|area_id| devices(area_id)) {
        records.extend((0..20).map(|sequence| record(&device.device_id, sequence)));
    }
    world.line.deliver(&records).await;

    let receipt = world.line.receipt("hisar-t").expect("receipted");
    assert_eq!(receipt.sequence, 19);
    let contract = format!("eip155:31337:{:#x}", world.contracts.anchors.address());
    assert_eq!(receipt.contract, contract);

    let pages = world.pages(PageState::Finalized, 2).await;
    world.assert_anchored_once(&records).await;
    let (public, sealed): (usize, usize) = {
        let batches = world.verified(AREAS[0]).await;
        for batch in &batches {
            assert_eq!(batch.header().cells.len(), 1);
            assert_eq!(batch.header().cells[0].expected, 6);
        }
        // Sequence 19 is OFF: 19 % 3 == 1.
        let last = &batches.last().unwrap().header().cells[0];
        assert_eq!((last.reporting, last.off), (Reporting::Count(6), OffCount::Count(6)));
        (batches.iter().map(|b| b.records().len()).sum(), batches.iter().map(|b| b.sealed().len()).sum())
    };
    assert_eq!((public, sealed), (40, 120), "houses are sealed, the others published");

    // Each was anchored by when its receipt promised.
    for page in &pages {
        let anchored = world.contracts.batch(AREAS[0], page.number).await.unwrap();
        assert!(anchored.anchored_at_unix_s <= receipt.anchored_by_unix_s, "{anchored:?}");
        assert_eq!(anchored.period_end_unix_s % 5, 0);
    }
    let counts = world.intake.counts().await.unwrap();
    assert_eq!((counts.records, counts.house_records), (320, 240));
    assert_eq!((counts.public_confirmed, counts.sealed_confirmed), (80, 240));
    assert!(counts.pages_confirmed >= 2);

    let live = world.intake.live_of_areas(&["hisar".into()]).await.unwrap();
    assert_eq!(live.len(), 8);
    assert!(live.iter().all(|reading| reading.sequence == 19 && reading.power_status == "OFF"));
    let mut seen = HashSet::new();
    while seen.len() < 16 {
        let event = tokio::time::timeout(PATIENCE, changes.next()).await.expect("an event").unwrap();
        if let Event::Put(change) = event
            && change.sequence == 19
        {
            seen.insert(change.device_id);
        }
    }
    assert_eq!(world.intake.live_all().await.unwrap().len(), 16);
    assert_eq!(world.intake.live_of_devices(&["hisar-t".into()]).await.unwrap().len(), 1);
    assert!(world.stop_relayer().await, "a clean end");
    assert!(!world.log().contains("panicked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_out_of_order_is_receipted_when_it_is_whole() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer_and_wait().await;
    let device_id = "hisar-t";
    let mut records: Vec<_> = (0..50).map(|sequence| record(device_id, sequence)).collect();
    // After a power cut the device skipped 50 to 59, and says so.
    let mut skipped = statement(device_id, 60, PowerStatus::Off);
    skipped.previous_sequence = Some(49);
    records.push(sign(skipped, &key(device_id)));
    let (first, rest) = records.split_first().unwrap();
    let mut rest = rest.to_vec();
    rest.reverse();
    world.line.send(&rest).await;
    crate::world::eventually("the rest is durable", async || {
        let counts = world.intake.counts().await.ok()?;
        (counts.records == rest.len() as u64).then_some(())
    })
    .await;
    assert_eq!(world.line.receipt(device_id), None, "sequence 0 is missing");
    world.line.deliver(std::slice::from_ref(first)).await;
    crate::world::eventually("a receipt for all", async || {
        (world.line.receipt(device_id)?.sequence == 60).then_some(())
    })
    .await;
    world.pages(PageState::Confirmed, 1).await;
    world.assert_anchored_once(&records).await;
}
