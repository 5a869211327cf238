//! What is refused, by name and counted; what is odd and kept.

use std::collections::BTreeMap;

use protocol::{
    key::PublicKey,
    record::{PowerStatus, Record},
    roster::SiteKind,
};
use serde::Deserialize;
use store::intake::documents::PageState;

use crate::{
    world::{OTHER_AREA, Options, World, eventually, key, record, row, sign, statement},
    world_or_skip,
};

#[derive(Deserialize)]
struct Vector {
    public_key: String,
    record: String,
    valid: bool,
    why: Option<String>,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../../protocol/tests/golden/record.json")).unwrap()
}

/// The device that a vector is about: its own, or where it names none, the one that most refused ones are of.
fn device_of(vector: &Vector) -> String {
    let record: serde_json::Value = serde_json::from_str(&vector.record).unwrap_or_default();
    let named = record["device_id"].as_str().filter(|id| !id.is_empty() && id.len() <= 64 && id.is_ascii());
    named.unwrap_or("xntq").to_owned()
}

async fn refusals(world: &World, total: u64) -> BTreeMap<(Option<String>, String), u64> {
    eventually(&format!("{total} refusals"), async || {
        let mut counts = BTreeMap::new();
        for refusal in world.intake.refusals().await.ok()? {
            *counts.entry((refusal.area_id, refusal.reason)).or_insert(0) += refusal.count;
        }
        (counts.values().sum::<u64>() >= total).then_some(counts)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_vector_is_refused_and_counted_and_every_valid_one_anchored() {
    let vectors = vectors();
    let mut rows = BTreeMap::new();
    for vector in &vectors {
        // Of the two keys under this name the one is there to be the wrong one.
        if vector.why.as_deref() == Some("signed by another key") {
            continue;
        }
        let (id, key) = (device_of(vector), PublicKey::from_hex(&vector.public_key).unwrap());
        let first = Record::parse(vector.record.as_bytes()).map_or(0, |record| record.statement.sequence);
        rows.entry(id.clone()).or_insert_with(|| row(&id, SiteKind::Street, key, first));
    }
    let more_devices = rows.into_values().collect();
    let mut world = world_or_skip!(Options { more_devices, ..Options::default() });
    world.start_relayer_and_wait().await;
    let refused: Vec<_> = vectors.iter().filter(|vector| !vector.valid).collect();
    for vector in &refused {
        let record = if vector.why.as_deref() == Some("signed by another key") {
            // Under the name of a device that has yet another key.
            sign(statement("hisar-s", 0, PowerStatus::On), &key("hisar-t")).to_bytes()
        } else {
            vector.record.clone().into_bytes()
        };
        let device_id =
            if record.starts_with(b"{\"device_id\":\"hisar-s") { "hisar-s".into() } else { device_of(vector) };
        world.line.publish(&device_id, record).await;
    }
    let valid: Vec<_> =
        vectors.iter().filter(|v| v.valid).map(|v| Record::parse(v.record.as_bytes()).unwrap()).collect();
    world.line.deliver(&valid).await;
    let counts = refusals(&world, refused.len() as u64).await;
    assert_eq!(counts.values().sum::<u64>(), refused.len() as u64, "{counts:?}");
    let reasons: Vec<_> = counts.keys().map(|(_, reason)| reason.as_str()).collect();
    assert!(reasons.iter().all(|r| ["not-canonical", "bad-signature"].contains(r)), "{counts:?}");
    let count = |area: &str, reason: &str| counts.get(&(Some(area.into()), reason.into())).copied().unwrap_or(0);
    assert_eq!(count("hisar", "bad-signature"), 1, "{counts:?}");
    assert!(count("ambala-1", "bad-signature") >= 4 && count("ambala-1", "not-canonical") >= 30, "{counts:?}");
    world.pages(PageState::Confirmed, 1).await;
    world.assert_anchored_once(&valid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unknown_and_the_misplaced_are_refused_by_name() {
    let mut world = world_or_skip!(Options {
        more_devices: vec![row("late", SiteKind::Street, crate::world::public_key(&key("late")), 10)],
        ..Options::default()
    });
    world.start_relayer_and_wait().await;
    // The directory of other areas is read in the background.
    world.line.deliver(&[record("hisar-t", 0)]).await;
    eventually("the other area's devices are known", async || {
        world.line.publish("karnal-t", record("karnal-t", 0).to_bytes()).await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let refusals = world.intake.refusals().await.ok()?;
        refusals.iter().any(|refusal| refusal.reason == "other-area").then_some(())
    })
    .await;
    world.line.publish("nobody", record("nobody", 0).to_bytes()).await;
    world.line.publish("hisar-t", record("hisar-s", 0).to_bytes()).await;
    world.line.publish("late", record("late", 9).to_bytes()).await;
    let counts = eventually("all four reasons", async || {
        let counts = refusals(&world, 4).await;
        (counts.keys().map(|(_, reason)| reason.clone()).collect::<std::collections::BTreeSet<_>>().len() >= 4)
            .then_some(counts)
    })
    .await;
    let count = |area: Option<&str>, reason: &str| {
        counts.get(&(area.map(str::to_owned), reason.to_owned())).copied().unwrap_or(0)
    };
    assert_eq!(count(None, "unknown-device"), 1 + count(Some("-"), "unknown-device"), "{counts:?}");
    assert_eq!(count(Some("hisar"), "topic-mismatch"), 1, "{counts:?}");
    assert_eq!(count(Some("ambala-1"), "not-enrolled"), 1, "{counts:?}");
    assert!(count(Some(OTHER_AREA), "other-area") >= 1, "{counts:?}");
    world.pages(PageState::Confirmed, 1).await;
    world.assert_anchored_once(&[record_of(&world, "hisar-t").await]).await;
}

/// The one record that is stored of a device.
async fn record_of(world: &World, device_id: &str) -> Record {
    let wanted = BTreeMap::from([(device_id.to_owned(), (0, u64::MAX >> 1))]);
    let mut found = Vec::new();
    let each = |line: &[u8]| found.extend(Record::parse(line).ok().filter(|r| r.statement.device_id == device_id));
    world.intake.stored_records(0, &wanted, each).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_stored_once_and_a_contradiction_is_kept() {
    let mut world = world_or_skip!(Options::default());
    world.start_relayer_and_wait().await;
    let device_id = "ambala-1-t";
    let first = record(device_id, 0);
    world.line.deliver(std::slice::from_ref(&first)).await;

    // The same statement again, as stored and newly signed, in the same page or a later one: a receipt each time.
    for _ in 0..2 {
        for again in [first.clone(), sign(first.statement.clone(), &key(device_id))] {
            world.line.forget_receipts();
            world.line.deliver(&[again]).await;
        }
        world.pages(PageState::Confirmed, 1).await;
    }
    // In one group with itself.
    let second = record(device_id, 1);
    world.line.send(&[second.clone(), second.clone(), second.clone()]).await;
    world.line.deliver(std::slice::from_ref(&second)).await;

    let mut other = statement(device_id, 0, PowerStatus::Off);
    other.timestamp_unix_s -= 1000;
    let other = sign(other, &key(device_id));
    let mut future = statement(device_id, 2, PowerStatus::On);
    future.timestamp_unix_s += 10 * 365 * 86_400;
    let future = sign(future, &key(device_id));
    world.line.send(std::slice::from_ref(&other)).await;
    world.line.deliver(std::slice::from_ref(&future)).await;
    eventually("four records", async || (world.intake.counts().await.ok()?.records == 4).then_some(())).await;
    world.pages(PageState::Confirmed, 2).await;
    world.assert_anchored_once(&[first, second, other, future]).await;
    assert_eq!(world.intake.refusals().await.unwrap(), []);
}
