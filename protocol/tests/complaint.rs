//! Complaints: their course, what contradicts a "fixed", and the register's identities for any input.

use proptest::prelude::*;
use protocol::{
    complaint::{
        Act, Backing, CONTRADICTED_WITHIN_S, Case, ContradictionKind, Counts, Course, Opening, Period, SENSOR_WINDOW_S,
        Scorecard, Stage, Step, Supply, backing, contradiction,
    },
    record::PowerStatus::{self, Off, On},
    supply::Segment,
};

const CLOCK_S: u32 = 3_600;
const HEARTBEAT_S: u64 = 900;

fn step(act: Act, index: u32, at_unix_s: u64) -> Step<u8> {
    Step { act, signer: 7, index, level: 2, clock_s: 2 * CLOCK_S, at_unix_s }
}

fn course(acts: &[(Act, u64)]) -> Course<u8> {
    let mut course = Course::filed(1_000, CLOCK_S);
    for (index, (act, at)) in (1..).zip(acts) {
        course.take(&step(*act, index, *at)).unwrap();
    }
    course
}

#[test]
fn a_course_follows_the_contract() {
    let whole = course(&[
        (Act::Acknowledge, 1_100),
        (Act::ResolveFixed, 2_000),
        (Act::Reopen, 9_000),
        (Act::ResolveNotFixed, 10_000),
    ]);
    assert_eq!((whole.stage(), whole.last(), whole.index()), (Stage::Resolved, Some(Act::ResolveNotFixed), 4));
    assert_eq!((whole.reopenings(), whole.last_at_unix_s()), (1, 10_000));
    let openings: Vec<_> = whole.openings().map(|o| (o.at_unix_s, o.clock_s, o.level, o.due_at_unix_s())).collect();
    assert_eq!(openings, [(1_000, CLOCK_S, 1, 4_600), (9_000, 2 * CLOCK_S, 2, 16_200)]);

    for (acts, next) in [
        (vec![], Act::Reopen),
        (vec![(Act::Acknowledge, 1_001)], Act::Acknowledge),
        (vec![(Act::Reject, 1_001)], Act::ResolveFixed),
        (vec![(Act::ResolveFixed, 1_001)], Act::Acknowledge),
        (vec![(Act::ResolveFixed, 1_001), (Act::Reopen, 1_002)], Act::Reopen),
    ] {
        let mut course = course(&acts);
        let before = course.clone();
        let index = course.index() + 1;
        assert!(course.take(&step(next, index, 2_000)).is_err(), "{next} after {acts:?}");
        assert_eq!(course, before, "what is refused changes nothing");
    }
    let mut skipping = course(&[]);
    assert!(skipping.take(&step(Act::Acknowledge, 2, 1_001)).is_err());
}

#[test]
fn the_level_rises_each_time_the_clock_has_run_out() {
    let open = course(&[]);
    let at = |unix_s| open.newest().level_at(unix_s);
    assert_eq!([at(1_000), at(4_600), at(4_601), at(8_200), at(8_201)], [1, 1, 2, 2, 3]);
    assert_eq!(at(u64::from(u32::MAX)), 9);
    let closed = course(&[(Act::ResolveFixed, 4_600)]);
    assert_eq!(closed.newest().level_at(1_000_000), 1, "it stays as it was when it was closed");
}

fn supply(stretches: &[(PowerStatus, u64, u64)]) -> Supply {
    let segments = (0..).zip(stretches).map(|(at, &(power_status, first_unix_s, last_unix_s))| Segment {
        power_status,
        first_sequence: 10 * at,
        predecessor: None,
        first_unix_s,
        last_sequence: 10 * at + 9,
        heartbeat_s: HEARTBEAT_S,
        last_unix_s,
        first_is_bound: false,
        phases: None,
    });
    Supply { device_id: "d".into(), heartbeat_s: HEARTBEAT_S, segments: segments.collect() }
}

#[test]
fn fixed_is_contradicted_by_a_signed_off_and_never_by_silence() {
    let fixed = 100_000;
    let contradiction = |supplies: &[Supply], at| {
        contradiction(supplies, at).map(|found| (found.kind, found.at_unix_s, found.sequence))
    };
    let still = |sequence| Some((ContradictionKind::StillOff, fixed, sequence));
    let off_again = |at| Some((ContradictionKind::OffAgain, at, 10));
    let dark = supply(&[(On, 10_000, 90_000), (Off, 95_000, 95_000)]);
    assert_eq!(contradiction(std::slice::from_ref(&dark), fixed), still(10));
    let back = supply(&[(Off, 95_000, 95_000), (On, 99_000, 200_000)]);
    assert_eq!(contradiction(std::slice::from_ref(&back), fixed), None);
    let silent = supply(&[(On, 10_000, 90_000)]);
    assert_eq!(contradiction(std::slice::from_ref(&silent), fixed), None);
    assert_eq!(contradiction(&[], fixed), None);
    assert_eq!(contradiction(&[supply(&[])], fixed), None);
    // One that is heard and OFF among silent ones; one that is ON speaks for the feeder.
    assert_eq!(contradiction(&[silent, dark.clone()], fixed), still(10));
    assert_eq!(contradiction(&[dark, back], fixed), None);

    let again = |at| supply(&[(On, 99_000, at - 1), (Off, at, at)]);
    let last = fixed + CONTRADICTED_WITHIN_S;
    assert_eq!(contradiction(&[again(last)], fixed), off_again(last));
    assert_eq!(contradiction(&[again(last + 1)], fixed), None);
    assert_eq!(contradiction(&[again(fixed + 1)], fixed), off_again(fixed + 1));
    // The moment itself is an OFF already.
    assert_eq!(contradiction(&[again(fixed)], fixed), still(10));
}

fn is_backed(supplies: &[Supply], opened_at_unix_s: u64) -> bool {
    backing(supplies, opened_at_unix_s, None).is_some()
}

#[test]
fn a_complaint_is_backed_by_an_off_in_the_day_before() {
    let opened = 500_000;
    let from = opened - SENSOR_WINDOW_S;
    assert!(is_backed(&[supply(&[(Off, 1_000, 1_000)])], opened), "OFF for long");
    assert!(is_backed(&[supply(&[(On, 1, opened), (Off, opened, opened)])], opened));
    assert!(is_backed(&[supply(&[(Off, from, from), (On, from + 60, opened)])], opened));
    assert!(!is_backed(&[supply(&[(Off, from - 60, from - 60), (On, from - 1, opened)])], opened));
    assert!(!is_backed(&[supply(&[(On, 1, opened), (Off, opened + 1, opened + 1)])], opened));
    assert!(!is_backed(&[supply(&[(On, 1, 10)])], opened), "silence backs nothing");
}

#[test]
fn a_reopening_is_backed_by_what_came_since_the_closing() {
    let (off, on, opened) = (400_000, 410_000, 420_000);
    let back = [supply(&[(Off, off, off), (On, on, opened)])];
    assert!(backing(&back, opened, None).is_some());
    assert!(backing(&back, opened, Some(on - 1)).is_some(), "it was OFF when it was closed");
    assert_eq!(backing(&back, opened, Some(on)), None, "the outage was over");
    // The outage is named by its first OFF, the latest of several.
    let twice = [supply(&[(Off, off, off), (On, on, on), (Off, on + 9, opened)])];
    assert_eq!(backing(&twice, opened, None).map(|backing| backing.sequence), Some(20));
}

#[test]
fn buckets_end_where_they_say() {
    let counts = |took: u64, act: Act, contradicted: bool| -> Counts {
        let course = course(&[(act, 1_000 + took)]);
        let opening = course.newest();
        let backing = Some(&Backing { device_id: "d-1".into(), sequence: 7 });
        let case = Case { complaint: "c-1", opening, is_reopening: false, backing, is_contradicted: contradicted };
        Scorecard::of([case], |_| true, Period { from_unix_s: 0, to_unix_s: 1_000_000 }).sensor_backed
    };
    let buckets = |took| {
        let counts = counts(took, Act::ResolveFixed, false);
        [counts.within_50, counts.within_100, counts.within_200, counts.over_200]
    };
    assert_eq!(buckets(1_800), [1, 0, 0, 0]);
    assert_eq!(buckets(1_801), [0, 1, 0, 0]);
    assert_eq!(buckets(3_600), [0, 1, 0, 0]);
    assert_eq!(buckets(3_601), [0, 0, 1, 0]);
    assert_eq!(buckets(7_200), [0, 0, 1, 0]);
    assert_eq!(buckets(7_201), [0, 0, 0, 1]);
    let not_fixed = counts(10, Act::ResolveNotFixed, true);
    assert_eq!(
        (not_fixed.fixed, not_fixed.not_fixed, not_fixed.contradicted),
        (0, 1, 0),
        "it is never counted as fixed"
    );
    assert_eq!(counts(10, Act::ResolveFixed, true).contradicted, 1);
}

/// Any course: acts that cannot follow are left out.
fn any_course() -> impl Strategy<Value = Course<u8>> {
    let acts = prop::collection::vec((0..7_usize, 0..20_000_u64, 0..4_u8), 0..12);
    (0..50_000_u64, 0..10_000_u32, acts).prop_map(|(filed, clock_s, acts)| {
        let mut course = Course::filed(filed, clock_s);
        let mut at = filed;
        for (act, wait, signer) in acts {
            at += wait;
            let index = course.index() + 1;
            let step = Step { act: Act::ALL[act], signer, index, level: 2, clock_s, at_unix_s: at };
            let _ = course.take(&step);
        }
        course
    })
}

/// A complaint: its course, the outage behind its filing and behind its reopenings, and whether its closings are contradicted.
type Drawn = (Course<u8>, Option<Backing>, bool);

fn any_complaint() -> impl Strategy<Value = Drawn> {
    let backing = prop::option::of((0..3_u64).prop_map(|sequence| Backing { device_id: "d-1".into(), sequence }));
    (any_course(), backing, any::<bool>())
}

fn cases<'a>(drawn: &'a [Drawn], names: &'a [String]) -> impl Iterator<Item = Case<'a, u8>> {
    drawn.iter().zip(names).flat_map(|((course, backing, contradicted), complaint)| {
        course.openings().enumerate().map(move |(i, opening)| Case {
            complaint,
            opening,
            is_reopening: i > 0,
            backing: backing.as_ref(),
            is_contradicted: *contradicted,
        })
    })
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("c-{number:03}")).collect()
}

proptest! {
    #[test]
    fn the_register_balances(
        drawn in prop::collection::vec(any_complaint(), 0..20),
        from in 0..200_000_u64,
        length in 0..200_000_u64,
    ) {
        let period = Period { from_unix_s: from, to_unix_s: from + length };
        let names = names(drawn.len());
        let card = Scorecard::of(cases(&drawn, &names), |_| true, period);
        prop_assert!(card.sensor_backed.is_balanced() && card.others.is_balanced(), "{card:?}");
        prop_assert!(card.sensor_backed.contradicted <= card.sensor_backed.fixed);
        prop_assert!(card.sensor_backed.fixed + card.sensor_backed.not_fixed <= card.sensor_backed.redressed);

        // What is pending at the end of a period is pending at the beginning of the next.
        let after = Period { from_unix_s: from + length, to_unix_s: from + 2 * length };
        let next = Scorecard::of(cases(&drawn, &names), |_| true, after);
        if length > 0 {
            prop_assert_eq!(next.others.pending_before, card.others.pending);
        }
        // Each opening is one official's or nobody's: the cards of all of them add up to the area's.
        let owner = |case: &Case<'_, u8>| case.opening.owner().copied();
        let of = |wanted: Option<u8>| Scorecard::of(cases(&drawn, &names), |case| owner(case) == wanted, period);
        let parts = [None, Some(0), Some(1), Some(2), Some(3)].map(of);
        let sum = |count: fn(&Counts) -> u64| parts.iter().map(|part| count(&part.others)).sum::<u64>();
        prop_assert_eq!(sum(|counts| counts.received), card.others.received);
        prop_assert_eq!(sum(|counts| counts.redressed), card.others.redressed);
        prop_assert_eq!(sum(|counts| counts.pending), card.others.pending);
        let headline: u64 = parts.iter().map(|part| part.sensor_backed.received).sum();
        prop_assert_eq!(headline, card.sensor_backed.received);
    }

    /// Whoever files again on an outage that is told of moves nothing in the headline; nor do complaints without a sensor.
    #[test]
    fn more_of_the_same_leaves_the_headline(
        drawn in prop::collection::vec(any_complaint(), 1..12),
        more in prop::collection::vec(any_complaint(), 0..12),
    ) {
        let period = Period { from_unix_s: 0, to_unix_s: 1_000_000 };
        let before = Scorecard::of(cases(&drawn, &names(drawn.len())), |_| true, period);
        let told = |backing: &Option<Backing>, is_reopened: bool| {
            drawn.iter().any(|(course, other, _)| other == backing && (!is_reopened || course.reopenings() > 0))
        };
        // Later than all, of outages that are told of already, or of none.
        let is_more = |(course, backing, _): &&Drawn| {
            let late = course.openings().all(|opening| opening.at_unix_s > 500_000);
            backing.is_none() || (late && told(backing, false) && (course.reopenings() == 0 || told(backing, true)))
        };
        let late = |(course, backing, contradicted): Drawn| {
            let mut moved = Course::filed(course.openings().next().map_or(0, |first| first.at_unix_s) + 600_000, 100);
            if let Some(closing) = course.openings().next().and_then(|first| first.closing.as_ref()) {
                let at_unix_s = closing.at_unix_s + 600_000;
                let step = Step { act: closing.act, signer: closing.signer, index: 1, level: 1, clock_s: 100, at_unix_s };
                moved.take(&step).expect("a closing may follow a filing");
            }
            (moved, backing, contradicted)
        };
        let more: Vec<Drawn> = more.into_iter().map(late).collect();
        let all: Vec<Drawn> = drawn.iter().chain(more.iter().filter(is_more)).cloned().collect();
        let after = Scorecard::of(cases(&all, &names(all.len())), |_| true, period);
        prop_assert_eq!(after.sensor_backed, before.sensor_backed);
    }

    #[test]
    fn openings_join_and_do_not_overlap(course in any_course()) {
        let openings: Vec<&Opening<u8>> = course.openings().collect();
        prop_assert_eq!(openings.len(), course.reopenings() + 1);
        for pair in openings.windows(2) {
            let closed = pair[0].closing.as_ref().expect("only what is closed is reopened");
            prop_assert!(closed.at_unix_s <= pair[1].at_unix_s);
        }
        prop_assert_eq!(course.stage().is_open(), course.newest().closing.is_none());
    }
}
