//! What is recorded, when, and under which sequence.

mod world;

use node::{Boot, Change, Config, ConfigError, Draft, Node, NodeError, Now, Resume, Stamp, Stored};
use protocol::record::{PowerStatus, PowerStatus::Off, PowerStatus::On, Record, TimeQuality};
use world::{Bench, DEVICE, Log, at, at_ms, config};

#[test]
fn heartbeats_follow_the_edge_and_stop_in_an_outage() {
    let mut bench = Bench::new(100);
    bench.level(Off, 1_000);
    bench.level(On, 9_007);
    bench.run_to(11_000_000);
    assert_eq!(
        bench.made(),
        [(On, 0, 1), (On, 300, 2), (Off, 1_000, 3), (On, 9_007, 4), (On, 9_307, 5), (On, 10_207, 6)],
        "the first heartbeat after an edge has a wait of its own; an outage is silent"
    );
}

/// An outage is mostly longer than the hold-up: the ON is then what a start finds.
#[test]
fn the_first_heartbeat_after_a_start_in_which_the_mains_are_back_has_its_wait_too() {
    let mut bench = Bench::new(100);
    bench.level(Off, 1_000);
    bench.run_to(1_001_000);
    let stored = bench.log.fold();
    let (node, log) = restart(&stored, On, Some(9_007), 9_010);
    assert_eq!((log.drafts().len(), node.next_tick_ms()), (1, Some(9_307_000)));

    let (relayer, mut log) = (world::Key::new(), Log::default());
    let boot = Boot { mains: On.into(), since_unix_s: None, now: Now::unknown(500) };
    let mut node = Node::start(config(&relayer, 100), (&stored).into(), boot, &mut log).unwrap();
    node.tick(at(40), &mut log);
    assert_eq!(node.next_tick_ms(), Some(301_000), "from the second of the record, whose time is known since");
    node.tick(at(301), &mut log);
    assert_eq!(node.next_tick_ms(), Some(1_201_000));
    // A start that finds nothing new goes on where the one before was.
    let mut before = stored.clone();
    log.drafts().into_iter().for_each(|draft| before.apply(Change::Made(draft)));
    let (node, log) = restart(&before, On, None, 400);
    assert_eq!((log.drafts().len(), node.next_tick_ms()), (0, Some(1_201_000)));
}

#[test]
fn a_late_tick_makes_one_heartbeat_and_keeps_the_grid() {
    let mut bench = Bench::new(100);
    bench.node.tick(at(300 + 2 * 900 + 5), &mut bench.log);
    assert_eq!(bench.made()[1..], [(On, 2_105, 2)]);
    assert_eq!(bench.node.next_tick_ms(), Some(3_000_000));
}

#[test]
fn no_heartbeat_is_made_while_the_level_is_unsettled() {
    let mut bench = Bench::new(100);
    bench.node.sample(Off, at_ms(299_900), &mut bench.log);
    bench.node.tick(at_ms(300_000), &mut bench.log);
    assert_eq!(bench.made().len(), 1);
    bench.node.tick(at_ms(300_100), &mut bench.log);
    assert_eq!(bench.made()[1..], [(Off, 299, 2)], "with the time of the edge");
    assert_eq!(bench.node.next_tick_ms(), None);
}

#[test]
fn a_heartbeat_can_be_asked_for_while_the_mains_are_on_and_leaves_the_grid() {
    let mut bench = Bench::new(100);
    let due_ms = bench.node.next_tick_ms();
    bench.node.beat(at(50), &mut bench.log);
    assert_eq!((&bench.made()[1..], bench.node.next_tick_ms()), (&[(On, 50, 2)][..], due_ms));
    bench.level(Off, 60);
    bench.node.beat(at_ms(60_050), &mut bench.log);
    bench.run_to(65_000);
    bench.node.beat(at(70), &mut bench.log);
    assert_eq!(bench.made()[2..], [(Off, 60, 3)], "an outage is silent");
}

#[test]
fn a_blip_is_counted_and_not_recorded() {
    let mut bench = Bench::new(100);
    bench.node.sample(Off, at_ms(1_000), &mut bench.log);
    bench.node.sample(On, at_ms(1_100), &mut bench.log);
    bench.node.tick(at_ms(2_000), &mut bench.log);
    assert_eq!((bench.made().len(), bench.node.counters().momentary), (1, 1));
}

#[test]
fn a_node_that_starts_in_an_outage_reports_when_it_began() {
    let bench = Bench::boot(100, Boot { mains: Off.into(), since_unix_s: Some(1_000_010), now: at(5_000) });
    assert_eq!(bench.made(), [(Off, 10, 1)]);
    assert_eq!(bench.node.next_tick_ms(), None);
}

fn restart(stored: &Stored, mains: PowerStatus, since_s: Option<u64>, now_s: u64) -> (Node, Log) {
    resume(stored.into(), mains, since_s, now_s)
}

fn resume(resume: Resume, mains: PowerStatus, since_s: Option<u64>, now_s: u64) -> (Node, Log) {
    let (relayer, mut log) = (world::Key::new(), Log::default());
    let boot = Boot { mains: mains.into(), since_unix_s: since_s.map(|s| 1_000_000 + s), now: at(now_s) };
    let node = Node::start(config(&relayer, 100), resume, boot, &mut log).unwrap();
    (node, log)
}

#[test]
fn a_reset_records_only_what_has_changed() {
    let mut bench = Bench::new(100);
    bench.run_to(1_200_000);
    let stored = bench.log.fold();

    let (node, log) = restart(&stored, On, None, 1_500);
    assert_eq!((log.drafts().len(), node.next_tick_ms()), (0, Some(2_100_000)), "the grid goes on");

    let (_, log) = restart(&stored, Off, Some(1_400), 1_500);
    let stamp = Stamp::Known { unix_s: 1_001_400, quality: None };
    let off = Draft { dropped: None, phases: None, power_status: Off, previous_sequence: None, sequence: 4, stamp };
    assert_eq!(log.drafts(), [off]);

    let (_, log) = restart(&stored, On, Some(1_450), 1_500);
    assert_eq!(log.drafts()[0].stamp.unix_s(), Some(1_001_450), "an interruption that it slept through");
}

#[test]
fn skipped_numbers_are_stated() {
    let mut bench = Bench::new(100);
    bench.run_to(400_000);
    let mut stored = Resume::from(&bench.log.fold());
    stored.sequences = Some(50..60);
    let (_, log) = resume(stored.clone(), Off, None, 500);
    assert_eq!((log.drafts()[0].sequence, log.drafts()[0].previous_sequence), (50, Some(2)));

    let unborn = Resume { sequences: Some(9..20), ..Resume::default() };
    let (_, log) = resume(unborn, On, None, 0);
    assert_eq!((log.drafts()[0].sequence, log.drafts()[0].previous_sequence), (9, Some(0)));

    stored.sequences = Some(2..60);
    let boot = Boot { mains: On.into(), since_unix_s: None, now: at(0) };
    let refused = Node::start(config(&bench.relayer, 100), stored, boot, &mut Log::default());
    assert_eq!(refused.unwrap_err(), NodeError::Sequence { next: 2, last: 2 });
}

#[test]
fn a_step_of_sequences_ends_and_the_next_goes_on() {
    let steps = Resume { sequences: Some(10..12), ..Resume::default() };
    let (mut node, mut log) = resume(steps, On, None, 0);
    node.tick(at(300), &mut log);
    node.tick(at(1_200), &mut log);
    assert_eq!((node.sequences_left(), node.counters().exhausted, log.drafts().len()), (0, 1, 2));
    node.extend(20..22, &mut log);
    node.tick(at(2_100), &mut log);
    assert_eq!((log.drafts()[2].sequence, log.drafts()[2].previous_sequence), (20, Some(11)));
    node.extend(22..24, &mut log);
    node.tick(at(3_000), &mut log);
    node.tick(at(3_900), &mut log);
    let last: Vec<_> = log.drafts()[3..].iter().map(|d| (d.sequence, d.previous_sequence)).collect();
    assert_eq!(last, [(21, None), (22, None)], "steps that follow each other leave nothing out");
    node.extend(1..24, &mut log);
    assert_eq!(node.sequences_left(), 1, "what was given already is not given again");
}

/// Nothing follows an OFF that would tell it later.
#[test]
fn an_edge_without_a_sequence_waits_for_one_and_keeps_its_time() {
    let steps = Resume { sequences: Some(10..11), ..Resume::default() };
    let (mut node, mut log) = resume(steps, On, None, 0);
    node.sample(Off, at(50), &mut log);
    node.tick(at(60), &mut log);
    assert_eq!((node.mains().status(), log.drafts().len(), node.next_tick_ms()), (Off, 1, None));
    node.extend(5..11, &mut log);
    assert_eq!(log.drafts().len(), 1, "no further ones");
    node.extend(20..21, &mut log);
    let off = &log.drafts()[1];
    assert_eq!((off.power_status, off.stamp.unix_s(), off.sequence), (Off, Some(1_000_050), 20));
    assert_eq!((off.previous_sequence, node.counters().exhausted), (Some(10), 0));
    node.tick(at(10_000), &mut log);
    node.extend(20..25, &mut log);
    assert_eq!(log.drafts().len(), 2, "once");
}

#[test]
fn of_edges_without_a_sequence_the_newest_is_recorded_and_the_others_are_counted() {
    let steps = Resume { sequences: Some(10..11), ..Resume::default() };
    let (mut node, mut log) = resume(steps, On, None, 0);
    for (level, s) in [(Off, 50), (On, 60), (Off, 70), (On, 80)] {
        node.sample(level, at(s), &mut log);
        node.tick(at(s + 1), &mut log);
    }
    node.tick(at(80 + 300), &mut log);
    assert_eq!(node.counters().exhausted, 4, "three edges and a heartbeat");
    node.extend(11..20, &mut log);
    node.tick(at(80 + 300 + 900), &mut log);
    let told: Vec<_> = log.drafts()[1..].iter().map(|d| (d.power_status, d.stamp.unix_s(), d.sequence)).collect();
    assert_eq!(told, [(On, Some(1_000_080), 11), (On, Some(1_001_280), 12)]);
}

#[test]
fn heartbeats_follow_an_edge_that_waited_for_its_sequence() {
    let (mut node, mut log) = resume(Resume { sequences: Some(10..10), ..Resume::default() }, On, None, 0);
    node.tick(at(100), &mut log);
    node.extend(10..20, &mut log);
    node.tick(at(101), &mut log);
    assert_eq!((log.drafts().len(), node.next_tick_ms()), (1, Some(300_000)));
}

/// A start that finds all sequences used, before it knows the time.
#[test]
fn the_state_of_a_start_waits_for_a_sequence_and_its_time_is_counted_back() {
    let (relayer, mut log) = (world::Key::new(), Log::default());
    let steps = Resume { sequences: Some(10..10), ..Resume::default() };
    let boot = Boot { mains: Off.into(), since_unix_s: None, now: Now::unknown(2_000) };
    let mut node = Node::start(config(&relayer, 100), steps, boot, &mut log).unwrap();
    node.tick(at(90), &mut log);
    node.extend(10..20, &mut log);
    let stamp = Stamp::Known { unix_s: 1_000_002, quality: Some(TimeQuality::CountedBack) };
    assert_eq!(log.drafts().iter().map(|d| (d.power_status, d.stamp)).collect::<Vec<_>>(), [(Off, stamp)]);
}

/// A device whose secure element does not count at its start gets its sequences later.
#[test]
fn what_is_lost_behind_the_last_record_is_declared_once_there_are_sequences() {
    let mut bench = Bench::new(100);
    bench.run_to(400_000);
    let stored = Resume { sequences: Some(3..3), newest_lost: true, ..Resume::from(&bench.log.fold()) };
    let (mut node, mut log) = resume(stored, Off, None, 500);
    assert_eq!(log.drafts(), []);
    node.extend(50..60, &mut log);
    let first = log.drafts()[0];
    assert_eq!((first.sequence, first.dropped, first.previous_sequence), (50, Some((3, 49)), None));
}

#[test]
fn what_the_store_cannot_read_is_declared_dropped() {
    let mut bench = Bench::new(100);
    bench.run_to(2_200_000);
    bench.log.kept.retain(|kept| !matches!(kept, world::Kept::Made(draft) if draft.sequence == 2));
    bench.node.link_up();
    assert_eq!(bench.publish_all(2_200_000), [4, 1, 3]);
    assert_eq!((bench.node.counters().unreadable, bench.node.backlog()), (1, 3));
    bench.run_to(3_000_000);
    assert_eq!(bench.log.drafts().last().unwrap().dropped, Some((2, 2)), "and nothing that can be read");
}

#[test]
fn a_full_queue_overwrites_the_oldest_and_says_so() {
    let mut bench = Bench::new(3);
    bench.run_to(8_000_000);
    let dropped: Vec<_> = bench.log.drafts().iter().map(|d| d.dropped).collect();
    let all_since_the_last_receipt = (1..=7).map(|to| Some((1, to)));
    let expected: Vec<_> = [None; 3].into_iter().chain(all_since_the_last_receipt).collect();
    assert_eq!(dropped, expected);
    assert_eq!((bench.node.backlog(), bench.node.counters().dropped), (3, 7));
    assert_eq!(bench.log.fold().entries.len(), 3, "the store agrees");
}

#[test]
fn what_is_receipted_is_not_declared_dropped() {
    let mut bench = Bench::new(3);
    bench.run_to(6_000_000);
    bench.node.link_up();
    assert_eq!(bench.made().last().unwrap().2, 8);
    assert_eq!(bench.receipt(7, 6_000_000), 2);
    bench.run_to(8_000_000);
    assert_eq!(bench.log.drafts().last().unwrap().dropped, None);
    bench.run_to(9_000_000);
    assert_eq!(bench.log.drafts().last().unwrap().dropped, Some((8, 8)));
}

/// The range that was overwritten before is receipted: what waits between it and the loss is not declared with it.
#[test]
fn a_later_loss_does_not_reach_back_over_what_waits() {
    let mut bench = Bench::new(3);
    bench.run_to(6_000_000);
    assert_eq!(bench.log.drafts().last().unwrap().dropped, Some((1, 5)));
    bench.node.link_up();
    assert_eq!(bench.receipt(5, 6_000_000), 0);
    bench.log.kept.retain(|kept| !matches!(kept, world::Kept::Made(draft) if draft.sequence == 7));
    let resume = Resume { lost: [(7, 7)].into_iter().collect(), ..Resume::from(&bench.log.fold()) };
    assert_eq!(bench.publish_all(6_000_000), [8, 6]);
    bench.run_to(7_000_000);
    assert_eq!(bench.log.drafts().last().unwrap().dropped, Some((7, 7)));

    // The same after a restart.
    let boot = Boot { mains: Off.into(), since_unix_s: None, now: at(6_500) };
    let mut log = Log::default();
    Node::start(config(&bench.relayer, 3), resume, boot, &mut log).unwrap();
    assert_eq!(log.drafts()[0].dropped, Some((7, 7)));
}

#[test]
fn records_are_canonical_low_s_and_signed_over_the_statement() {
    let mut bench = Bench::new(100);
    bench.run_to(3_000_000);
    bench.node.link_up();
    let published: Vec<_> = std::iter::from_fn(|| bench.publish(3_000_000)).collect();
    assert_eq!(published.len(), 5);
    for publish in published {
        let record = Record::parse(&publish.bytes).expect("canonical, low S");
        record.verify(&bench.key.public()).expect("the device's own");
        assert_eq!((record.statement.device_id.as_str(), record.statement.sequence), (DEVICE, publish.sequence));
    }
}

#[test]
fn settings_outside_their_limits_are_refused() {
    let relayer = world::Key::new();
    type Break = fn(&mut Config);
    let broken: [(&str, Break); 8] = [
        ("phases", |c| c.phases = 2),
        ("first_sequence", |c| c.first_sequence = 0),
        ("heartbeat_s", |c| c.heartbeat_s = 0),
        ("first_heartbeat_s", |c| c.first_heartbeat_s = 901),
        ("debounce_ms", |c| c.debounce_ms = 10_001),
        ("queue_limit", |c| c.queue_limit = 0),
        ("window", |c| c.window = 65),
        ("resend_ms", |c| c.resend_ms = 60_001),
    ];
    for (name, break_it) in broken {
        let mut config = config(&relayer, 10);
        break_it(&mut config);
        assert_eq!(config.check(), Err(ConfigError::Limit(name)));
    }
    let mut shouting = config(&relayer, 10);
    shouting.device_id = "D-1".into();
    assert!(matches!(shouting.check(), Err(ConfigError::Record(_))));
}
