//! What was named past a relayer counts as anchored, once, and goes where the chain goes.

use bson::doc;
use protocol::{Hash, to_hex};
use serde_json::json;
use store::views::documents::{BatchStatus, Testimony, TestimonyStatus};

use crate::{
    fixture::Fixture,
    world::{START, block_of},
};

impl Fixture {
    /// The testimony of a block in area 0, as soon as it is as wanted.
    async fn testimony(&self, digest: Hash, wanted: TestimonyStatus) -> Testimony {
        self.until(&format!("a testimony {wanted:?}"), || async {
            let all = self.views.testimonies_of(Some("area-0"), 10).await.ok()?;
            all.into_iter().find(|one| one.digest == to_hex(&digest) && one.status == wanted)
        })
        .await
    }

    /// Accounts wait between testimonies.
    async fn wait_turn(&self) {
        self.world.raw("evm_increaseTime", json!([400])).await;
        self.world.mine(1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_relayer_leaves_out_counts_by_testimony() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let [a, b] = [f.world.areas[0].devices[0].clone(), f.world.areas[0].devices[1].clone()];
    let house = f.world.areas[0].devices[3].clone();
    let stranger = crate::world::TestDevice::new("x", 9, protocol::roster::SiteKind::Street);
    f.world.page(vec![vec![a.on(1, START + 10), b.on(1, START + 11)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;

    // Nobody has the block at first; then it is there.
    let records = [a.off(2, START + 1_000), b.on(2, START + 1_001), house.on(1, START + 5), stranger.on(1, START)];
    let mut block = block_of(&records);
    block.extend_from_slice(b"no record\n");
    let digest = f.world.testify(0, &block).await;
    let missing = f.testimony(digest, TestimonyStatus::Unavailable).await;
    assert!(missing.reason.as_deref().is_some_and(|reason| reason.contains("unavailable")), "{missing:?}");
    assert_eq!(f.outages(&a.id).await, []);
    f.world.put(&block).await;
    let counted = f.testimony(digest, TestimonyStatus::Counted).await;
    assert_eq!((counted.records, counted.refused, counted.roster_version), (2, 3, 1), "{counted:?}");
    assert_eq!(counted.devices, [a.id.clone(), b.id.clone()]);
    assert_eq!((counted.reason.as_deref(), counted.finalized), (None, false));
    assert_eq!(f.outages(&a.id).await, [(START + 1_000, None, false, false)]);
    assert!(f.timeline(&house.id).await.is_none());

    // The relayer comes round: the same counts once; where it holds another statement, that one counts.
    f.world.page(vec![vec![a.off(2, START + 1_000), b.off(2, START + 1_400), a.on(3, START + 1_500)].into()]).await;
    f.batch(0, 1, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await, [(START + 1_000, Some(START + 1_500), false, false)]);
    assert_eq!(f.outages(&b.id).await, [(START + 1_400, None, false, false)]);
    let timeline = f.timeline(&a.id).await.unwrap();
    assert_eq!(timeline.current.days.iter().map(|(_, count)| count).sum::<u64>(), 3);

    // Two testimonies with other statements under one sequence: the first on the chain counts.
    for record in [a.off(4, START + 1_700), a.off(4, START + 1_800)] {
        f.wait_turn().await;
        let block = block_of(&[record]);
        f.world.put(&block).await;
        let digest = f.world.testify(0, &block).await;
        f.testimony(digest, TestimonyStatus::Counted).await;
    }
    let expected = [(START + 1_000, Some(START + 1_500), false, false), (START + 1_700, None, false, false)];
    assert_eq!(f.outages(&a.id).await, expected);

    f.finalize().await;
    f.until("the testimonies are final", || async {
        let all = f.views.testimonies_of(None, 10).await.ok()?;
        (all.len() == 3 && all.iter().all(|testimony| testimony.finalized)).then_some(())
    })
    .await;
    let timeline = f.timeline(&a.id).await.unwrap();
    assert_eq!(timeline.testified.iter().map(|t| (t.reading.sequence, t.finalized)).collect::<Vec<_>>(), [(4, true)]);
    let before = f.dump().await;
    f.rebuild().await;
    f.until("the testimonies are counted again", || async {
        let open = f.database().await.collection::<Testimony>("testimonies");
        let open =
            open.count_documents(doc! { "$or": [{ "status": { "$ne": "counted" } }, { "finalized": false }] }).await;
        (open.ok()? == 0).then_some(())
    })
    .await;
    assert_eq!(before, f.dump().await);
    f.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorg_takes_a_testimony_and_its_records_back() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let a = f.world.areas[0].devices[0].clone();
    f.world.page(vec![vec![a.on(1, START + 10)].into()]).await;
    f.batch(0, 0, BatchStatus::Verified).await;
    let before = f.timeline(&a.id).await;
    let snapshot = f.world.raw("evm_snapshot", json!([])).await;
    let block = block_of(&[a.off(2, START + 1_000)]);
    f.world.put(&block).await;
    let digest = f.world.testify(0, &block).await;
    f.testimony(digest, TestimonyStatus::Counted).await;
    assert_eq!(f.outages(&a.id).await, [(START + 1_000, None, false, false)]);
    f.world.raw("evm_revert", json!([snapshot])).await;
    f.world.mine(3).await;
    f.until("the testimony is gone", || async {
        f.views.testimonies_of(None, 10).await.ok()?.is_empty().then_some(())
    })
    .await;
    assert_eq!(f.outages(&a.id).await, []);
    assert_eq!(f.timeline(&a.id).await, before);

    // Said again, it counts again; one that is too large never does, and holds up nothing.
    let large = vec![b'x'; protocol::testimony::MAX_TESTIMONY_BYTES + 1];
    f.world.put(&large).await;
    let digest = f.world.testify(0, &large).await;
    let refused = f.testimony(digest, TestimonyStatus::Unavailable).await;
    assert!(refused.reason.as_deref().is_some_and(|reason| reason.contains("more than 65536 bytes")), "{refused:?}");
    f.wait_turn().await;
    let digest = f.world.testify(0, &block).await;
    f.testimony(digest, TestimonyStatus::Counted).await;
    assert_eq!(f.outages(&a.id).await, [(START + 1_000, None, false, false)]);
    f.dump().await;
    f.stop().await;
}
