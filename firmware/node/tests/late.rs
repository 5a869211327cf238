//! Edges that are seen before the time is known, and those of three phases.

mod world;

use node::{Boot, Change, Draft, Entry, Node, Now, Resume, Stamp, Store, Time, TimeSource};
use protocol::record::{
    Phases,
    PowerStatus::{Off, On},
    Record, Statement,
    TimeQuality::{CountedBack, Sntp, UpperBound},
};
use world::{Bench, Kept, Log, at_ms, config, unix_s};

/// Without a clock since its start, with the mains on.
fn blind() -> Bench {
    Bench::boot(100, Boot { mains: On.into(), since_unix_s: None, now: Now::unknown(300) })
}

fn see(bench: &mut Bench, level: impl Into<node::Level>, now: Now) {
    bench.node.sample(level, now, &mut bench.log);
    bench.node.tick(Now { monotonic_ms: now.monotonic_ms + 200, ..now }, &mut bench.log);
}

fn published(bench: &mut Bench, ms: u64) -> Vec<Statement> {
    bench.node.link_up();
    let bytes: Vec<_> = std::iter::from_fn(|| bench.publish(ms)).map(|publish| publish.bytes).collect();
    let mut statements: Vec<_> = bytes.iter().map(|bytes| Record::parse(bytes).unwrap().statement).collect();
    statements.sort_by_key(|statement| statement.sequence);
    statements
}

#[test]
fn edges_before_the_time_is_known_are_counted_back_and_signed_then() {
    let mut bench = blind();
    see(&mut bench, Off, Now::unknown(5_000));
    see(&mut bench, On, Now::unknown(20_500));
    assert_eq!(bench.log.drafts().len(), 3, "kept at once, each with its sequence");
    assert_eq!(published(&mut bench, 30_000), []);
    assert_eq!(bench.node.sign_next(&mut bench.key, &mut bench.log), Ok(false), "nothing is signed without a time");

    bench.node.tick(at_ms(60_000), &mut bench.log);
    let told: Vec<_> = published(&mut bench, 60_000)
        .iter()
        .map(|s| (s.sequence, s.power_status, s.timestamp_unix_s, s.time_quality))
        .collect();
    let counted = Some(CountedBack);
    assert_eq!(told, [(1, On, unix_s(1), counted), (2, Off, unix_s(5), counted), (3, On, unix_s(21), counted)]);
    let first = |wanted: fn(&Kept) -> bool| bench.log.kept.iter().position(wanted).unwrap();
    assert!(first(|kept| matches!(kept, Kept::Timed(3, ..))) < first(|kept| matches!(kept, Kept::Signed(3, _))));
}

#[test]
fn a_restart_before_the_time_is_known_bounds_it_and_a_signed_record_stays() {
    let mut bench = blind();
    see(&mut bench, Off, Now::unknown(5_000));
    // Dark; the next start begins at 5,000 s, and knows the time after 40 s of its own.
    let resume = Resume::from(&bench.log.fold());
    assert_eq!(resume.last.map(|last| last.stamp), Some(Stamp::SinceStart { ms: 5_000 }));
    let boot = Boot { mains: On.into(), since_unix_s: None, now: Now::unknown(400) };
    bench.node = Node::start(config(&bench.relayer, 100), resume, boot, &mut bench.log).unwrap();
    bench.node.tick(Now::known(40_000, unix_s(5_040)), &mut bench.log);
    let told = published(&mut bench, 40_000);
    let times: Vec<_> = told.iter().map(|s| (s.power_status, s.timestamp_unix_s, s.time_quality)).collect();
    let bound = Some(UpperBound);
    assert_eq!(
        times,
        [(On, unix_s(5_000), bound), (Off, unix_s(5_000), bound), (On, unix_s(5_001), Some(CountedBack))]
    );

    // Another start, with another idea of the time: what was signed is sent again as it was.
    let resume = Resume::from(&bench.log.fold());
    let boot = Boot { mains: On.into(), since_unix_s: None, now: Now::known(0, unix_s(99_000)) };
    bench.node = Node::start(config(&bench.relayer, 100), resume, boot, &mut bench.log).unwrap();
    assert_eq!(published(&mut bench, 0)[..3], told);
}

/// The newest is signed first; the older ones have their time before it, so that a restart in between cannot give them a
/// later one.
#[test]
fn what_waits_for_its_time_gets_it_at_once_the_oldest_first() {
    let mut bench = blind();
    see(&mut bench, Off, Now::unknown(5_000));
    let resume = Resume::from(&bench.log.fold());
    let boot = Boot { mains: On.into(), since_unix_s: None, now: Now::unknown(400) };
    bench.node = Node::start(config(&bench.relayer, 100), resume, boot, &mut bench.log).unwrap();
    bench.node.tick(Now::known(40_000, unix_s(5_040)), &mut bench.log);
    assert_eq!(bench.node.sign_next(&mut bench.key, &mut bench.log), Ok(true));
    // Dark after one signature.
    let resume = Resume::from(&bench.log.fold());
    let boot = Boot { mains: On.into(), since_unix_s: None, now: Now::known(0, unix_s(99_000)) };
    bench.node = Node::start(config(&bench.relayer, 100), resume, boot, &mut bench.log).unwrap();
    let times: Vec<_> = published(&mut bench, 0).iter().map(|s| s.timestamp_unix_s).collect();
    assert_eq!(times, [unix_s(5_000), unix_s(5_000), unix_s(5_001)]);
}

#[test]
fn a_time_that_was_fixed_and_not_signed_is_not_fixed_again() {
    let mut bench = blind();
    let mut log = Log::default();
    log.kept.extend([Kept::Made(bench.log.drafts()[0]), Kept::Timed(1, unix_s(7), CountedBack)]);
    let boot = Boot { mains: On.into(), since_unix_s: None, now: Now::known(0, unix_s(99_000)) };
    bench.node = Node::start(config(&bench.relayer, 100), Resume::from(&log.fold()), boot, &mut log).unwrap();
    bench.log = log;
    let first = &published(&mut bench, 0)[0];
    assert_eq!((first.timestamp_unix_s, first.time_quality), (unix_s(7), Some(CountedBack)));
}

/// Gives one of its records back without the time that it was given to keep.
struct Forgetful<'l>(&'l mut Log, u64);

impl Store for Forgetful<'_> {
    fn keep(&mut self, change: Change<'_>) {
        self.0.keep(change);
    }

    fn entry(&mut self, sequence: u64) -> Option<Entry> {
        let entry = self.0.entry(sequence)?;
        let stamp = if sequence == self.1 { Stamp::SinceStart { ms: 5_000 } } else { entry.draft.stamp };
        Some(Entry { draft: Draft { stamp, ..entry.draft }, ..entry })
    }
}

#[test]
fn what_the_store_gives_back_without_its_time_is_declared_dropped_and_holds_nothing_up() {
    let mut bench = blind();
    see(&mut bench, Off, Now::unknown(5_000));
    see(&mut bench, On, Now::unknown(20_500));
    bench.node.tick(at_ms(60_000), &mut bench.log);
    bench.node.link_up();
    let Bench { node, key, log, .. } = &mut bench;
    let mut next = || node.next_publish(at_ms(60_000), key, &mut Forgetful(log, 2)).unwrap();
    assert_eq!(std::iter::from_fn(|| next().map(|publish| publish.sequence)).collect::<Vec<_>>(), [3, 1]);
    assert_eq!((bench.node.counters().unreadable, bench.node.backlog()), (1, 2));
    bench.run_to(1_000_000);
    assert_eq!(bench.log.drafts().last().unwrap().dropped, Some((2, 2)));
}

#[test]
fn heartbeats_wait_for_the_clock_and_keep_their_grid() {
    let mut bench = blind();
    see(&mut bench, Off, Now::unknown(5_000));
    see(&mut bench, On, Now::unknown(10_000));
    assert_eq!(bench.node.next_tick_ms(), None);
    bench.node.tick(Now::unknown(5_000_000), &mut bench.log);
    assert_eq!(bench.log.drafts().len(), 3);
    bench.node.tick(at_ms(5_000_001), &mut bench.log);
    assert_eq!(bench.log.drafts()[3].stamp, Stamp::Known { unix_s: unix_s(5_000), quality: None });
    assert_eq!(bench.node.next_tick_ms(), Some(10_000 + 300_000 + 6 * 900_000));

    // Without an edge they go on from the start.
    let mut quiet = blind();
    quiet.node.tick(at_ms(60_000), &mut quiet.log);
    assert_eq!(quiet.node.next_tick_ms(), Some(301_000), "the first after its wait, from the second of the record");
}

#[test]
fn a_time_servers_time_is_called_so() {
    let mut bench = blind();
    let time = |ms| Now { monotonic_ms: ms, time: Some(Time { unix_s: unix_s(ms / 1_000), source: TimeSource::Sntp }) };
    bench.node.tick(time(30_000), &mut bench.log);
    see(&mut bench, Off, time(40_000));
    see(&mut bench, On, at_ms(50_000));
    let qualities: Vec<_> = published(&mut bench, 50_200).iter().map(|s| s.time_quality).collect();
    assert_eq!(qualities, [Some(CountedBack), Some(Sntp), None]);
}

#[test]
fn one_dead_phase_is_not_on_and_each_change_is_told() {
    let (key, relayer, mut log) = (world::Key::new(), world::Key::new(), Log::default());
    let config = node::Config { phases: 3, window: 10, ..config(&relayer, 100) };
    let boot = Boot { mains: Phases::ALL.into(), since_unix_s: None, now: at_ms(0) };
    let node = Node::start(config, Resume::default(), boot, &mut log).unwrap();
    let mut bench = Bench { node, key, relayer, log };
    for (live, s) in [("110", 10), ("010", 20), ("000", 30), ("011", 40), ("111", 50)] {
        see(&mut bench, Phases::from_text(live).unwrap(), at_ms(s * 1_000));
    }
    bench.run_to(1_000_000);
    let told = published(&mut bench, 1_000_000);
    let told: Vec<_> = told.iter().map(|s| (s.power_status, s.phases.unwrap().as_str())).collect();
    assert_eq!(told, [(On, "111"), (Off, "110"), (Off, "010"), (Off, "000"), (Off, "011"), (On, "111"), (On, "111")]);
    let resume = Resume::from(&bench.log.fold());
    assert_eq!(resume.last.unwrap().phases, Some(Phases::ALL));
}
