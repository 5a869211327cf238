//! In which order records go out, when again, and what frees them.

mod world;

use node::{NodeError, ReceiptRefusal, Signer, SignerError, Store};
use protocol::receipt::ReceiptError;
use world::{Bench, CONTRACT, DEVICE, Key, at_ms};

/// Ten records waiting, the link just up.
fn ten() -> Bench {
    let mut bench = Bench::new(100);
    bench.run_to(7_600_000);
    assert_eq!(bench.node.backlog(), 10);
    bench.node.link_up();
    bench
}

const NOW: u64 = 7_600_000;

#[test]
fn the_newest_state_goes_first_then_the_oldest_within_the_window() {
    let mut bench = ten();
    assert_eq!(bench.publish_all(NOW), [10, 1, 2, 3, 4]);
    assert_eq!(bench.receipt(2, NOW), 2);
    assert_eq!(bench.publish_all(NOW), [] as [u64; 0], "the line is full until the broker acknowledges");
    for sequence in [10, 1, 2, 3, 4] {
        bench.node.acknowledged(sequence);
    }
    assert_eq!(bench.publish_all(NOW), [5, 6]);
}

#[test]
fn an_acknowledgement_of_the_broker_frees_nothing() {
    let mut bench = ten();
    bench.publish_all(NOW);
    for sequence in 1..=10 {
        bench.node.acknowledged(sequence);
    }
    assert_eq!(bench.node.backlog(), 10);
    assert_eq!(bench.publish_all(NOW + 9_999), [] as [u64; 0]);
}

#[test]
fn without_a_receipt_the_same_bytes_go_again_and_the_wait_grows() {
    let mut bench = ten();
    let first: Vec<_> = std::iter::from_fn(|| bench.publish(NOW)).collect();
    let mut now = NOW;
    for wait in [10_000, 20_000, 40_000, 60_000, 60_000] {
        assert_eq!(bench.node.next_resend_ms(), Some(now + wait));
        assert_eq!(bench.publish(now + wait - 1), None);
        now += wait;
        let again: Vec<_> = std::iter::from_fn(|| bench.publish(now)).collect();
        assert_eq!(again, first);
    }
    bench.receipt(1, now);
    assert_eq!(bench.node.next_resend_ms(), Some(now + 10_000), "an answer brings the wait back");
}

#[test]
fn a_new_link_starts_again_and_a_dead_one_sends_nothing() {
    let mut bench = ten();
    assert_eq!(bench.publish(NOW).unwrap().sequence, 10);
    bench.node.link_down();
    assert_eq!(bench.publish(NOW), None);
    bench.node.link_up();
    assert_eq!(bench.publish_all(NOW), [10, 1, 2, 3, 4]);
}

#[test]
fn receipts_that_are_not_ours_are_counted_and_ignored() {
    let mut bench = ten();
    let stranger = Key::new();
    let relayer = bench.relayer.clone();
    let mut cut = relayer.receipt(DEVICE, CONTRACT, 5);
    cut.pop();
    let mut refuses = |bytes: &[u8], as_is: fn(&ReceiptRefusal<'_>) -> bool| {
        let refusal = bench.node.receipt(bytes, at_ms(NOW), &mut bench.log).unwrap_err();
        assert!(as_is(&refusal), "{refusal}");
    };
    refuses(&stranger.receipt(DEVICE, CONTRACT, 5), |refusal| {
        matches!(refusal, ReceiptRefusal::Invalid(ReceiptError::Signature(_)))
    });
    refuses(&cut, |refusal| matches!(refusal, ReceiptRefusal::Invalid(ReceiptError::Syntax(_))));
    refuses(&relayer.receipt("d-2", CONTRACT, 5), |refusal| *refusal == ReceiptRefusal::OtherDevice("d-2"));
    refuses(&relayer.receipt(DEVICE, "eip155:1:0x01", 5), |refusal| {
        *refusal == ReceiptRefusal::OtherContract("eip155:1:0x01")
    });
    refuses(&relayer.receipt(DEVICE, CONTRACT, 11), |refusal| *refusal == ReceiptRefusal::NeverMade(11));
    assert_eq!((bench.node.backlog(), bench.node.counters().receipts_refused), (10, 5));
    assert_eq!(bench.receipt(5, NOW), 5);
    assert_eq!(bench.receipt(5, NOW), 0, "a repeat is no news and no fault");
    assert_eq!(bench.node.counters().receipts_refused, 5);
}

struct Dead;

impl Signer for Dead {
    fn sign(&mut self, _: &[u8]) -> Result<[u8; 64], SignerError> {
        Err(SignerError)
    }
}

#[test]
fn a_chip_that_does_not_answer_delays_and_loses_nothing() {
    let mut bench = ten();
    let refused = bench.node.next_publish(at_ms(NOW), &mut Dead, &mut bench.log);
    assert_eq!(refused, Err(NodeError::Signer(SignerError)));
    assert_eq!(bench.publish_all(NOW), [10, 1, 2, 3, 4]);
}

#[test]
fn records_can_be_signed_before_the_line_is_up() {
    let mut bench = Bench::new(100);
    bench.run_to(3_000_000);
    assert_eq!(bench.node.backlog(), 5);
    assert!(bench.node.sign_next(&mut bench.key, &mut bench.log).unwrap());
    assert!(bench.log.entry(5).unwrap().bytes.is_some(), "the newest first");
    while bench.node.sign_next(&mut bench.key, &mut bench.log).unwrap() {}
    let waiting: Vec<u64> = bench.node.unreceipted().collect();
    let signed: Vec<_> = waiting.iter().filter_map(|sequence| bench.log.entry(*sequence)?.bytes).collect();
    assert_eq!(signed.len(), 5);
    bench.node.link_up();
    assert_eq!(bench.publish(3_000_000).unwrap().bytes, signed[4]);
}
