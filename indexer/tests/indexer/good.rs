//! What honest relayers and honest devices make of the views.

use bson::Document;
use protocol::record::{
    Phases,
    PowerStatus::{Off, On},
    TimeQuality,
};
use store::views::documents::BatchStatus;

use crate::{
    fixture::Fixture,
    world::{Arrived, START},
};

#[tokio::test(flavor = "multi_thread")]
async fn records_become_states_and_outages_to_the_second() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let [a, b] = [f.world.areas[0].devices[0].clone(), f.world.areas[0].devices[1].clone()];
    let house = f.world.areas[0].devices[3].clone();
    let sealed = vec![house.on(1, START + 5).leaf()];

    let public = vec![a.on(1, START + 10), a.off(2, START + 301), b.on(1, START + 11)];
    f.world.page(vec![Arrived { public, sealed }]).await;
    let batch = f.batch(0, 0, BatchStatus::Verified).await;
    assert_eq!((batch.count, batch.public_count, batch.sealed_count, batch.off_records), (4, 3, 1, 1));
    assert_eq!(batch.cells.len(), 1);
    assert_eq!((batch.cells[0].expected, batch.cells[0].reporting, batch.cells[0].off), (5, Some(0), Some(0)));
    assert_eq!(batch.previous_digest, "0".repeat(64));
    assert!(batch.flags.is_empty(), "{:?}", batch.flags);
    assert_eq!(f.outages(&a.id).await, [(START + 301, None, false, false)]);
    assert_eq!(f.outages(&b.id).await, []);

    // The ON that ended it is late: what arrives first is a heartbeat after a gap.
    f.world.page(vec![vec![a.on(4, START + 1_700)].into()]).await;
    let second = f.batch(0, 1, BatchStatus::Verified).await;
    assert_eq!(second.previous_digest, batch.digest);
    assert_eq!(f.outages(&a.id).await, [(START + 301, Some(START + 1_700), false, true)]);
    f.world.page(vec![Arrived::default()]).await;
    assert_eq!(f.batch(0, 2, BatchStatus::Empty).await.count, 0);
    f.world.page(vec![vec![a.on(3, START + 799)].into()]).await;
    let last = f.batch(0, 3, BatchStatus::Verified).await;
    assert_eq!(last.previous_digest, second.digest);
    assert_eq!(f.outages(&a.id).await, [(START + 301, Some(START + 799), false, false)]);
    let timeline = f.timeline(&a.id).await.unwrap();
    assert_eq!(timeline.current.segments.len(), 3);
    assert_eq!(timeline.current.days.iter().map(|(_, count)| count).sum::<u64>(), 4);
    assert!(f.timeline(&house.id).await.is_none());

    f.finalize().await;
    let timeline = f.timeline(&a.id).await.unwrap();
    assert!(timeline.recent.is_empty());
    assert_eq!(timeline.settled, timeline.current);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn phases_and_bounds_of_time_are_kept() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    let with = |sequence, status, phases, quality| {
        let mut statement = a.statement(sequence, status, START + 100 * sequence);
        (statement.phases, statement.time_quality) = (Phases::from_text(phases), quality);
        a.sign(statement)
    };
    let bound = Some(TimeQuality::UpperBound);
    f.world.page(vec![vec![with(1, On, "111", None), with(2, Off, "110", bound)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await, [(START + 200, None, true, false)]);
    let counted = Some(TimeQuality::CountedBack);
    f.world.page(vec![vec![with(3, Off, "010", None), with(4, On, "111", counted)].into()]).await;
    f.batch(0, 1, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await, [(START + 200, Some(START + 400), true, false)]);
    let phases = |timeline: store::views::documents::DeviceTimeline| {
        timeline.current.segments.into_iter().map(|segment| segment.phases.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(phases(f.timeline(&a.id).await.unwrap()), ["111", "010", "111"]);
    f.finalize().await;
    assert_eq!(phases(f.timeline(&a.id).await.unwrap()), ["111", "010", "111"]);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_parts_what_follows_without_a_gap_by_the_roster_of_its_batch() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    let heartbeat_s = f.world.areas[0].rosters[0].0.devices()[0].heartbeat_s;
    let patience_s = 2 * heartbeat_s + protocol::supply::GRACE_S;
    let (one, two) = (START + 10, START + 10 + patience_s);
    let three = two + patience_s + 1;
    // The second comes last: what follows does not depend on the order of arrival.
    f.world.page(vec![vec![a.on(1, one), a.on(3, three)].into()]).await;
    f.world.page(vec![vec![a.on(2, two)].into()]).await;
    f.batch(0, 1, BatchStatus::Verified).await;
    let ends = |timeline: store::views::documents::DeviceTimeline| {
        let segments = timeline.current.segments.iter();
        segments.map(|segment| (segment.first_unix_s, segment.last_unix_s, segment.heartbeat_s)).collect::<Vec<_>>()
    };
    let expected = [(one, two, heartbeat_s), (three, three, heartbeat_s)];
    assert_eq!(ends(f.timeline(&a.id).await.unwrap()), expected);
    f.finalize().await;
    assert_eq!(ends(f.timeline(&a.id).await.unwrap()), expected);
    f.dump().await;
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sheets_that_are_missing_are_made_at_the_start() {
    let Some(mut f) = Fixture::start(2, 3).await else { return };
    let [a, b] = [0, 1].map(|area| f.world.areas[area].devices[0].clone());
    f.world.page(vec![vec![a.on(1, START + 10), a.off(2, START + 300)].into(), Arrived::default()]).await;
    f.world.page(vec![Arrived::default(), vec![b.on(1, START + 20)].into()]).await;
    f.batch(1, 1, BatchStatus::Verified).await;
    f.batch(0, 0, BatchStatus::Verified).await;
    let before = f.dump().await;
    f.stop().await;
    for name in ["sheets", "progress"] {
        f.database().await.collection::<Document>(name).drop().await.unwrap();
    }
    f.resume();
    f.until("both areas have progress", || async { (f.views.all_progress().await.ok()?.len() == 2).then_some(()) })
        .await;
    f.stop().await;
    assert_same(&before, &f.dump().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_records_are_flagged_and_repeats_count_once() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    let public = vec![a.on(1, START - 1_500), a.on(2, START + 10), a.on(3, START + 5_000), a.on(4, START + 20)];
    f.world.page(vec![public.into()]).await;
    let flags = |batch: store::views::documents::Batch| {
        batch.flags.into_iter().map(|f| (f.sequence, f.flag)).collect::<Vec<_>>()
    };
    let first = f.batch(0, 0, BatchStatus::Verified).await;
    assert_eq!(flags(first), [(1, "before-enrolment".to_owned()), (3, "clock-ahead".to_owned())]);

    // The same statement with another signature, another statement, and two at once.
    let again = a.sign_again(a.on(2, START + 10).statement);
    f.world.page(vec![vec![again, a.off(4, START + 20), a.on(5, START + 950), a.off(5, START + 950)].into()]).await;
    let second = f.batch(0, 1, BatchStatus::Verified).await;
    assert_eq!(second.public_count, 4);
    assert_eq!(flags(second), [(4, "equivocation".to_owned()), (5, "equivocation".to_owned())]);
    let timeline = f.timeline(&a.id).await.unwrap();
    assert_eq!(timeline.current.days.iter().map(|(_, count)| count).sum::<u64>(), 5);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rosters_take_effect_at_their_time() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    f.world.page(vec![vec![a.off(1, START + 10)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;
    let enrolled = f.views.site(&a.id).await.unwrap().unwrap().enrolled_unix_s;
    assert_eq!(enrolled, crate::world::ROSTER_FROM);

    // In force from the middle of the period of batch 1: that one still uses version 1.
    let from = START + 900 + 450;
    f.world.set_time(START + 900 + 10).await;
    let old = f.world.areas[0].rosters.last().unwrap().clone();
    f.world
        .publish_roster(0, from, |mut row| {
            row.feeder_id = "f-2".into();
            row.customers = 7;
            row
        })
        .await;
    let new = f.world.areas[0].rosters.pop().unwrap();
    f.world.page(vec![vec![a.on(2, START + 920)].into()]).await;
    assert_eq!(f.batch(0, 1, BatchStatus::Verified).await.roster_version, 1);
    f.until("version 2 in the views", || async {
        f.views.area("area-0").await.unwrap().filter(|area| area.roster_version == 2 && area.customers == 8 * 7)
    })
    .await;
    assert_eq!(f.world.areas[0].rosters, std::slice::from_ref(&old));
    f.world.areas[0].rosters.push(new);
    f.world.page(vec![vec![a.off(3, START + 1_900)].into()]).await;
    assert_eq!(f.batch(0, 2, BatchStatus::Verified).await.roster_version, 2);
    let site = f.views.site(&a.id).await.unwrap().unwrap();
    assert_eq!((site.feeder_id.as_str(), site.enrolled_unix_s), ("f-2", enrolled));
    assert_eq!(f.timeline(&a.id).await.unwrap().feeder_id, "f-2");
    assert_eq!(f.outages(&a.id).await.len(), 2);
    f.finalize().await;
    let before = f.dump().await;
    f.rebuild().await;
    assert_same(&before, &f.dump().await);
    f.stop().await;
}

pub fn assert_same(before: &[(String, Vec<Document>)], after: &[(String, Vec<Document>)]) {
    for ((name, before), (_, after)) in before.iter().zip(after) {
        assert_eq!(before.len(), after.len(), "{name}");
        for (before, after) in before.iter().zip(after) {
            assert_eq!(before, after, "{name}");
        }
    }
}
