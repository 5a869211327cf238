//! What a dishonest relayer may publish: each batch fails by name, is kept, and nothing of it counts.

use bindings::Entry;
use protocol::{
    batch::{Header, SealedBatch},
    digest,
};
use store::views::documents::BatchStatus;

use crate::{
    fixture::Fixture,
    world::{START, World, entry},
};

/// A batch whose header a relayer has changed, with the digest that follows.
fn with_header(mut batch: SealedBatch, change: impl Fn(&mut Header)) -> SealedBatch {
    let mut header = Header::parse(&batch.header).expect("it was sealed");
    change(&mut header);
    batch.header = header.to_bytes();
    batch.anchor.digest = digest(&batch.header);
    batch
}

/// A batch whose first block a relayer has changed, and its header accordingly.
fn with_block(mut batch: SealedBatch, change: impl Fn(&mut Vec<u8>)) -> SealedBatch {
    change(&mut batch.blocks[0]);
    let listed = digest(&batch.blocks[0]);
    with_header(batch, |header| header.blocks[0] = listed)
}

fn swap_lines(block: &mut Vec<u8>) {
    let mut lines: Vec<_> = block.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    lines.swap(0, 1);
    *block = lines.concat();
}

fn drop_last_line(block: &mut Vec<u8>) {
    let lines: Vec<_> = block.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    *block = lines[..lines.len() - 1].concat();
}

/// How a batch of these records is spoilt, and the reason that must be given.
fn spoilt(world: &World, case: usize) -> Option<(SealedBatch, Entry, &'static str)> {
    let devices = &world.areas[0].devices;
    let [a, b, house] = [&devices[0], &devices[1], &devices[3]];
    let (start, _) = world.period(world.pages);
    let good = || vec![a.off(1, start + 1), a.on(2, start + 2), b.off(1, start + 3)];
    let honest = || world.seal(0, good().into());
    let mut forged = good();
    forged[1].device_signature = b.on(2, start + 2).device_signature;
    let mut unknown = good();
    unknown[0] = crate::world::TestDevice::new("stranger", 1, house.kind).off(1, start + 1);
    let mut published = good();
    published.push(house.off(1, start + 4));
    let mut early = good();
    early.push(a.on(0, start));
    let (batch, reason) = match case {
        0 => (with_block(honest(), |block| *block.iter_mut().rev().nth(2).unwrap() ^= 1), "signature does not verify"),
        1 => (with_block(honest(), drop_last_line), "2 public leaves, counted 3"),
        2 => (with_block(honest(), swap_lines), "leaf 1: out of order"),
        3 => (with_header(honest(), |h| h.period_end_unix_s += 1), "the header's period_end is not the chain's"),
        4 => {
            (with_header(honest(), |h| h.previous_digest = [7; 32]), "the header's previous_digest is not the chain's")
        }
        5 => (with_header(honest(), |h| h.batch_number += 1), "the header's batch_number is not the chain's"),
        6 => (world.seal(0, forged.into()), "leaf 1: signature does not verify"),
        7 => (world.seal(0, published.into()), "the record of a house is published"),
        8 => (world.seal(0, unknown.into()), "the roster does not have this device"),
        9 => (world.seal(0, early.into()), "the roster does not have this device with this sequence"),
        10 => (with_header(honest(), |h| h.roster.version = 2), "uses roster version 2, in force is 1"),
        11 => (with_header(honest(), |h| h.cells.clear()), "cells do not fit the roster"),
        12 => (with_block(honest(), |block| block.truncate(block.len() - 1)), "block 0 is not made of lines"),
        13 => {
            let mut batch = honest();
            batch.header.push(b' ');
            batch.anchor.digest = digest(&batch.header);
            (batch, "header not canonical")
        }
        14 => {
            // The header agrees with the chain, the leaves with neither.
            let mut batch = with_header(honest(), |h| h.root = [9; 32]);
            batch.anchor.root = [9; 32];
            (batch, "the leaves do not have the anchored root")
        }
        15 => {
            let mut batch = honest();
            batch.anchor.root = [9; 32];
            (batch, "the header's root is not the chain's")
        }
        16 => {
            let mut batch = honest();
            batch.anchor.count += 1;
            (batch, "the header's count is not the chain's")
        }
        _ => return None,
    };
    let entry = entry(&batch);
    Some((batch, entry, reason))
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_fail_by_name_and_do_not_count() {
    let Some(mut f) = Fixture::start(2, 3).await else { return };
    let other = f.world.areas[1].devices[0].clone();
    let mut case = 0;
    while let Some((batch, bad, reason)) = spoilt(&f.world, case) {
        // The other area of the lane is honest, and goes on.
        let honest = f.world.seal(1, vec![other.on(case as u64 + 1, START + case as u64)].into());
        f.world.publish(&batch).await;
        f.world.publish(&honest).await;
        let number = f.world.anchor(&[bad, entry(&honest)]).await;
        let stored = f.batch(0, number, BatchStatus::Failed).await;
        let given = stored.reason.clone().unwrap_or_default();
        assert!(given.contains(reason), "case {case}: {given:?} instead of {reason:?}");
        assert!(stored.spans.is_empty() && stored.blocks.is_empty());
        f.batch(1, number, BatchStatus::Verified).await;
        case += 1;
    }
    let [a, b] = [f.world.areas[0].devices[0].clone(), f.world.areas[0].devices[1].clone()];
    assert!(f.timeline(&a.id).await.is_none() && f.timeline(&b.id).await.is_none());
    assert_eq!(f.outages(&a.id).await, []);

    // What failed batches held may come again, and counts then.
    let (start, _) = f.world.period(f.world.pages);
    let again = f.world.seal(0, vec![a.off(1, start + 1), a.on(2, start + 2)].into());
    f.world.publish(&again).await;
    let number = f.world.anchor(&[entry(&again), Entry::default()]).await;
    f.batch(0, number, BatchStatus::Verified).await;
    assert_eq!(f.outages(&a.id).await, [(start + 1, Some(start + 2), false, false)]);

    // Another start looks at failed ones again, and finds the same.
    f.finalize().await;
    let before = f.dump().await;
    f.stop().await;
    f.resume();
    f.world.page(vec![crate::world::Arrived::default(); 2]).await;
    f.batch(0, number + 1, BatchStatus::Empty).await;
    f.finalize().await;
    let after = f.dump().await;
    let failed = |dump: &[(String, Vec<bson::Document>)]| {
        dump[4].1.iter().filter(|batch| batch.get_str("status") == Ok("failed")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(failed(&before).len(), case);
    assert_eq!(failed(&before), failed(&after));
    f.stop().await;
}
