//! States, outages, coverage, cells, chains and flags.

mod support;

use proptest::prelude::*;
use protocol::{
    cells::{CellCount, OffCount, Reporting},
    chain::DeviceChain,
    flag::{self, Flag},
    receipt::{Receipt, ReceiptError},
    record::{
        Phases,
        PowerStatus::{self, Off, On},
    },
    roster::{Provenance, SiteKind},
    supply::{GRACE_S, LastReading, Reading, Stretch, SupplyState, Timeline, local_day, standing, standing_at, state},
};

const DAY: i32 = 19_800;

fn reading(sequence: u64, power_status: PowerStatus, timestamp_unix_s: u64) -> Reading {
    Reading {
        sequence,
        predecessor: sequence.checked_sub(1),
        power_status,
        timestamp_unix_s,
        heartbeat_s: 900,
        is_bound: false,
        phases: None,
    }
}

fn timeline(readings: &[Reading]) -> Timeline {
    let mut timeline = Timeline::default();
    for r in readings {
        timeline.insert(*r, DAY);
    }
    timeline
}

#[test]
fn silence_is_never_off() {
    let last = |power_status| Some(LastReading { sequence: 1, power_status, timestamp_unix_s: 1_000 });
    assert_eq!(state(None, 900, 1_000), SupplyState::NoData);
    assert_eq!(state(last(On), 900, 2_800 + GRACE_S), SupplyState::On);
    assert_eq!(state(last(On), 900, 2_801 + GRACE_S), SupplyState::NoData);
    assert_eq!(state(last(Off), 900, 99_999_999), SupplyState::Off);
}

#[test]
fn outages_begin_and_end_at_the_edges() {
    let t = timeline(&[
        reading(1, On, 100),
        reading(2, On, 1_000),
        reading(3, Off, 1_234),
        reading(4, On, 5_678),
        reading(5, Off, 6_000),
    ]);
    let outages = t.outages();
    assert_eq!(outages.len(), 2);
    assert_eq!((outages[0].start_unix_s, outages[0].end), (1_234, Some((5_678, 4))));
    assert!(!outages[0].start_uncertain && !outages[0].end_uncertain);
    assert_eq!((outages[1].start_unix_s, outages[1].end, t.since_unix_s()), (6_000, None, Some(6_000)));
}

#[test]
fn of_a_day_that_has_not_begun_nothing_is_expected() {
    let t = timeline(&[reading(1, On, 86_400 * 3)]);
    let day = local_day(86_400 * 3, DAY);
    let coverage = t.coverage(day + 1, 86_400 * 3 + 900, 900, DAY);
    assert_eq!((coverage.received, coverage.expected), (0, 0));
}

#[test]
fn a_gap_makes_ends_uncertain_until_it_is_filled() {
    let mut t = timeline(&[reading(1, On, 100), reading(4, Off, 400), reading(7, On, 700)]);
    assert!(t.outages()[0].start_uncertain && t.outages()[0].end_uncertain);
    for r in [reading(2, On, 200), reading(3, On, 300), reading(5, On, 500), reading(6, Off, 600)] {
        assert!(t.insert(r, DAY));
    }
    assert!(!t.insert(reading(5, Off, 555), DAY), "a sequence counts once");
    let ends: Vec<_> = t.outages().iter().map(|o| (o.start_unix_s, o.end.map(|e| e.0), o.start_uncertain)).collect();
    assert_eq!(ends, [(400, Some(500), false), (600, Some(700), false)]);
}

#[test]
fn skipped_numbers_are_no_gap() {
    let after = Reading { predecessor: Some(2), ..reading(10, Off, 300) };
    let t = timeline(&[reading(1, On, 100), reading(2, On, 200), after]);
    assert!(!t.outages()[0].start_uncertain);
}

#[test]
fn silence_ends_a_segment_of_on_and_none_of_off() {
    let last_in_time = 100 + 2 * 900 + GRACE_S;
    let t = timeline(&[reading(1, On, 100), reading(2, On, last_in_time)]);
    assert_eq!(t.segments().len(), 1);
    let mut t = timeline(&[reading(1, On, 100), reading(3, On, 9_000)]);
    t.insert(reading(2, On, last_in_time + 1), DAY);
    assert_eq!(t.segments().len(), 3);
    assert!(t.outages().is_empty());
    assert_eq!(t.since_unix_s(), Some(100), "no other status in between");
    assert_eq!(timeline(&[reading(1, Off, 100), reading(2, Off, 90_000)]).segments().len(), 1);
    // Heartbeats that are not known say nothing of silence.
    let unknown = |r: Reading| Reading { heartbeat_s: 0, ..r };
    assert_eq!(timeline(&[unknown(reading(1, On, 100)), unknown(reading(2, On, 90_000))]).segments().len(), 1);
}

#[test]
fn a_past_time_has_the_state_of_the_newest_statement_by_then() {
    let t = timeline(&[
        reading(1, On, 1_000),
        reading(2, On, 1_900),
        reading(3, Off, 2_500),
        reading(6, Off, 9_000),
        reading(7, On, 20_000),
        // Silent for long, without a gap.
        reading(8, On, 30_000),
    ]);
    let at = |unix_s| {
        let standing = standing_at(t.segments().iter().map(Stretch::from), 900, unix_s);
        (standing.state, standing.since_unix_s, standing.heard_unix_s)
    };
    let silent = 20_000 + 2 * 900 + GRACE_S;
    assert_eq!(at(999), (SupplyState::NoData, None, None));
    assert_eq!(at(1_000), (SupplyState::On, Some(1_000), Some(1_000)));
    assert_eq!(at(1_500), (SupplyState::On, Some(1_000), Some(1_500)));
    assert_eq!(at(2_499), (SupplyState::On, Some(1_000), Some(1_900)));
    assert_eq!(at(2_500), (SupplyState::Off, Some(2_500), Some(2_500)));
    assert_eq!(at(8_000), (SupplyState::Off, Some(2_500), Some(2_500)), "silence is never ON nor NO DATA after OFF");
    assert_eq!(at(19_999), (SupplyState::Off, Some(2_500), Some(9_000)), "it goes on across a gap");
    assert_eq!(at(silent), (SupplyState::On, Some(20_000), Some(20_000)));
    assert_eq!(at(silent + 1), (SupplyState::NoData, Some(silent), Some(20_000)));
    assert_eq!(at(30_000), (SupplyState::On, Some(20_000), Some(30_000)));
    // A clock that is ahead: the statement counts at once, but not for what was before its time.
    let ahead = timeline(&[reading(1, On, 1_000), reading(2, Off, 5_000)]);
    let stretches = || ahead.segments().iter().map(Stretch::from);
    assert_eq!(standing(stretches(), 900, 1_100).state, SupplyState::Off);
    assert_eq!(standing_at(stretches(), 900, 1_100).state, SupplyState::On);
    // What is known of the time before the stretches that are at hand.
    let known = stretches().map(|stretch| Stretch { since_unix_s: Some(7), ..stretch });
    assert_eq!(standing_at(known, 900, 1_100).since_unix_s, Some(7));
}

#[test]
fn coverage_counts_edges_and_heartbeats_of_a_local_day() {
    let midnight = 20_000 * 86_400 - 19_800;
    assert_eq!(local_day(midnight, DAY), 20_000);
    assert_eq!(local_day(midnight - 1, DAY), 19_999);
    let mut readings = vec![reading(1, On, midnight)];
    for i in 1..10 {
        readings.push(reading(1 + i, On, midnight + i * 900));
    }
    readings.push(reading(11, Off, midnight + 9_000));
    readings.push(reading(12, On, midnight + 20_000));
    let t = timeline(&readings);
    let c = t.coverage(20_000, midnight + 20_000, 900, DAY);
    assert_eq!((c.received, c.expected), (12 - 1 + 1, 12 - 1), "the ON at the very end is not due yet");
    let c = t.coverage(20_000, midnight + 20_001, 900, DAY);
    assert_eq!((c.received, c.expected), (12, 12));
    // Just after midnight the last accounted period still ends on the day before.
    let c = t.coverage(20_001, midnight + 20_000, 900, DAY);
    assert_eq!((c.received, c.expected), (0, 0));
}

#[test]
fn a_day_between_two_midnights_expects_what_a_device_sends() {
    let first = 20_000 * 86_400 - 19_800 - 450;
    let readings: Vec<Reading> = (0..200).map(|i| reading(i + 1, On, first + i * 900)).collect();
    let c = timeline(&readings).coverage(20_000, u64::MAX / 2, 900, DAY);
    assert_eq!((c.received, c.expected), (96, 96));
    let with_gap: Vec<Reading> = readings.into_iter().filter(|r| !(40..50).contains(&r.sequence)).collect();
    let c = timeline(&with_gap).coverage(20_000, u64::MAX / 2, 900, DAY);
    assert_eq!((c.received, c.expected), (86, 96));
}

/// A device beats first at any time within a period after its edge, and then every period: whatever that time, a day that it
/// was there for is covered, and so is what there is of a day.
#[test]
fn a_device_without_fault_covers_its_day_whenever_in_its_period_it_beats() {
    let midnight = 20_000 * 86_400 - 19_800;
    for first_s in [1, 300, 449, 450, 899, 900] {
        for on in [midnight - 86_400 * 3 + 7, midnight - 450, midnight, midnight + 40_321] {
            let beats = (0..400).map(|i| on + first_s + i * 900);
            let times: Vec<u64> = [on].into_iter().chain(beats).collect();
            let readings: Vec<Reading> =
                times.iter().zip(1..).map(|(at, sequence)| reading(sequence, On, *at)).collect();
            for until in [midnight + 1, midnight + 899, midnight + 901, midnight + 50_000, midnight + 86_400] {
                let arrived: Vec<Reading> = readings.iter().copied().filter(|r| r.timestamp_unix_s < until).collect();
                let c = timeline(&arrived).coverage(20_000, until, 900, DAY);
                assert!(c.received >= c.expected, "{first_s} s after {on}, until {until}: {c:?}");
            }
        }
    }
}

#[test]
fn an_upper_bound_makes_an_end_uncertain_and_moves_nothing() {
    let plain = [reading(0, On, 100), reading(1, Off, 200), reading(2, Off, 210), reading(3, On, 300)];
    let ends = |readings: &[Reading]| {
        let outage = timeline(readings).outages()[0];
        (outage.start_unix_s, outage.end.map(|end| end.0), outage.start_uncertain, outage.end_uncertain)
    };
    assert_eq!(ends(&plain), (200, Some(300), false, false));
    for (at, expected) in [(0, (false, false)), (1, (true, false)), (2, (false, false)), (3, (false, true))] {
        let mut readings = plain;
        readings[at].is_bound = true;
        assert_eq!(ends(&readings), (200, Some(300), expected.0, expected.1), "record {at}");
        readings.reverse();
        assert_eq!(ends(&readings), (200, Some(300), expected.0, expected.1), "in whatever order they arrive");
    }
}

#[test]
fn a_segment_has_the_phases_of_its_last_record() {
    let live = |r: Reading, phases| Reading { phases: Phases::from_text(phases), ..r };
    let readings =
        [live(reading(1, Off, 200), "110"), live(reading(2, Off, 210), "010"), live(reading(3, Off, 220), "011")];
    for order in [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0]] {
        let t = timeline(&order.map(|i: usize| readings[i]));
        assert_eq!((t.segments().len(), t.segments()[0].phases), (1, Phases::from_text("011")), "{order:?}");
    }
}

proptest! {
    /// Whatever the order of arrival, the timeline is that of the records in order.
    #[test]
    fn order_of_arrival_does_not_matter(
        statuses in proptest::collection::vec(any::<bool>(), 1..60),
        order in proptest::collection::vec(any::<u32>(), 60),
        heartbeats_s in proptest::collection::vec(200u64..600, 60),
    ) {
        let of = |(i, on): (usize, &bool)| Reading {
            heartbeat_s: heartbeats_s[i],
            ..reading(i as u64, if *on { On } else { Off }, 1_000 * i as u64)
        };
        let readings: Vec<Reading> = statuses.iter().enumerate().map(of).collect();
        let mut shuffled = readings.clone();
        shuffled.sort_by_key(|r| order[r.sequence as usize]);
        let t = timeline(&shuffled);
        prop_assert_eq!(&t, &timeline(&readings));
        let breaks = (1..statuses.len()).filter(|i| {
            statuses[*i] != statuses[i - 1] || statuses[*i] && 1_000 > 2 * heartbeats_s[*i] + GRACE_S
        });
        prop_assert_eq!(t.segments().len(), breaks.count() + 1);
        let starts = (0..statuses.len()).filter(|i| !statuses[*i] && (*i == 0 || statuses[i - 1])).count();
        prop_assert_eq!(t.outages().len(), starts);
    }

    /// What a receipt may say, against the plain definition.
    #[test]
    fn complete_means_every_sequence(received in proptest::collection::btree_set(1u64..40, 0..40)) {
        let device = support::TestDevice::new(0, SiteKind::Street);
        let mut chain = DeviceChain::default();
        for &sequence in received.iter().rev() {
            chain.insert(&device.statement(sequence, On, 0));
        }
        let complete = (1..).take_while(|s| received.contains(s)).last();
        prop_assert_eq!(chain.complete_up_to(1), complete);
        let highest = received.last().copied().unwrap_or(0);
        let missing: Vec<u64> = (1..=highest).filter(|s| !received.contains(s)).collect();
        let omissions: Vec<u64> = chain.omissions(1).into_iter().flat_map(|(a, b)| a..=b).collect();
        prop_assert_eq!(omissions, missing);
    }

    /// A count never tells of fewer than five households.
    #[test]
    fn cells_never_tell_of_few(on in 0u64..12, off in 0u64..12, silent in 0u64..12) {
        let states = std::iter::repeat_n(SupplyState::On, on as usize)
            .chain(std::iter::repeat_n(SupplyState::Off, off as usize))
            .chain(std::iter::repeat_n(SupplyState::NoData, silent as usize));
        let count = CellCount::tally("c", states);
        prop_assert!(count.is_consistent() || count.expected == 0);
        prop_assert_eq!(count.expected, on + off + silent);
        if let (Reporting::Count(reporting), OffCount::Count(told)) = (count.reporting, count.off) {
            prop_assert_eq!((reporting, told), (on + off, off));
            prop_assert!(told == 0 || told >= 5);
            prop_assert!(reporting == told || reporting - told >= 5);
        }
        prop_assert_eq!(count.reporting == Reporting::Few, (1..5).contains(&(on + off)));
    }
}

#[test]
fn skips_and_drops_are_accounted_for() {
    let device = support::TestDevice::new(0, SiteKind::Street);
    let mut chain = DeviceChain::default();
    chain.insert(&device.statement(1, On, 0));
    let mut skipping = device.statement(50, On, 0);
    skipping.previous_sequence = Some(20);
    skipping.dropped = Some((5, 20));
    chain.insert(&skipping);
    assert_eq!((chain.complete_up_to(1), chain.omissions(1)), (Some(1), vec![(2, 4)]));
    for sequence in 2..=4 {
        chain.insert(&device.statement(sequence, On, 0));
    }
    assert_eq!((chain.complete_up_to(1), chain.omissions(1)), (Some(50), vec![]));
    assert!(chain.has_received(3) && !chain.has_received(10));
}

#[test]
fn flags_follow_from_times() {
    let device = support::TestDevice::new(0, SiteKind::Street);
    let flags = |timestamp, enrolled, provenance| -> Vec<Flag> {
        flag::by_time(&device.statement(1, On, timestamp), 1_000_000, enrolled, provenance).collect()
    };
    assert_eq!(flags(1_000_300, 0, Provenance::Live), []);
    assert_eq!(flags(1_000_301, 0, Provenance::Replay), [Flag::ClockAhead]);
    assert_eq!(flags(1_000, 2_000, Provenance::Live), [Flag::BeforeEnrolment, Flag::VeryLate]);
    assert_eq!(flags(1_000, 2_000, Provenance::Replay), []);
}

#[test]
fn a_receipt_is_for_one_device_and_one_key() {
    let (relayer, other) =
        (support::TestDevice::new(1, SiteKind::Street), support::TestDevice::new(2, SiteKind::Street));
    let receipt: Receipt = Receipt {
        anchored_by_unix_s: 1_795_401_800,
        contract: "eip155:31337:0x5fbdb2315678afecb367f032d93f642f64180aa3".into(),
        device_id: "d-001".into(),
        sequence: 42,
    };
    let signature = relayer.sign_bytes(&receipt.to_bytes());
    let bytes = receipt.to_signed_bytes(&signature);
    assert_eq!(Receipt::verify(&bytes, &relayer.row().public_key), Ok(receipt));
    assert!(matches!(Receipt::verify(&bytes, &other.row().public_key), Err(ReceiptError::Signature(_))));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Receipt::verify(&changed, &relayer.row().public_key).is_err(), "byte {at}");
    }
}
