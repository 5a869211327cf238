//! Whatever happens to line, relayer and device: what was recorded arrives, once and unchanged.

mod world;

use std::collections::BTreeMap;

use node::{Boot, Config, Draft, Node, Resume};
use proptest::prelude::*;
use protocol::{chain::DeviceChain, record::PowerStatus, record::Record};
use world::{CONTRACT, DEVICE, Key, Log, at, at_ms, config, unix_s};

const QUEUE: usize = 12;

#[derive(Clone, Debug)]
enum Event {
    Wait {
        s: u64,
    },
    Toggle,
    Blip,
    LinkUp,
    LinkDown,
    /// Publishes; where a bit is set, the record or the receipt for it is lost, or the acknowledgement.
    Send {
        count: usize,
        lost_records: u32,
        lost_receipts: u32,
        lost_acknowledgements: u32,
    },
    /// A receipt of somebody else.
    Forgery,
    /// Power fails: what the store had not yet made durable is gone, the counter skips.
    Reset {
        margin: u64,
        off_s: u64,
        toggled: bool,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1..3_000u64).prop_map(|s| Event::Wait { s }),
        4 => Just(Event::Toggle),
        1 => Just(Event::Blip),
        3 => Just(Event::LinkUp),
        1 => Just(Event::LinkDown),
        6 => (1..12usize, any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(count, a, b, c)| Event::Send {
            count, lost_records: a, lost_receipts: b, lost_acknowledgements: c,
        }),
        1 => Just(Event::Forgery),
        2 => (0..5u64, 1..2_000u64, any::<bool>()).prop_map(|(margin, off_s, toggled)| Event::Reset { margin, off_s, toggled }),
    ]
}

struct World {
    config: Config,
    key: Key,
    relayer: Key,
    stranger: Key,
    node: Node,
    log: Log,
    now_s: u64,
    mains: PowerStatus,
    /// Every true edge, and the start.
    edges: Vec<(PowerStatus, u64)>,
    chain: DeviceChain,
    published: BTreeMap<u64, Vec<u8>>,
    arrived: BTreeMap<u64, Record>,
    resets: usize,
}

fn other(mains: PowerStatus) -> PowerStatus {
    if mains == PowerStatus::On { PowerStatus::Off } else { PowerStatus::On }
}

impl World {
    fn new() -> Self {
        let (key, relayer, mut log) = (Key::new(), Key::new(), Log::default());
        let config = config(&relayer, QUEUE);
        let boot = Boot { mains: PowerStatus::On.into(), since_unix_s: None, now: at(0) };
        let node = Node::start(config.clone(), Resume::default(), boot, &mut log).unwrap();
        Self {
            config,
            key,
            relayer,
            stranger: Key::new(),
            node,
            log,
            now_s: 0,
            mains: PowerStatus::On,
            edges: vec![(PowerStatus::On, 1_000_000)],
            chain: DeviceChain::default(),
            published: BTreeMap::new(),
            arrived: BTreeMap::new(),
            resets: 0,
        }
    }

    fn wait(&mut self, s: u64) {
        self.now_s += s;
        while let Some(due) = self.node.next_tick_ms().filter(|due| *due <= self.now_s * 1000) {
            self.node.tick(at_ms(due), &mut self.log);
        }
    }

    fn toggle(&mut self) {
        self.mains = other(self.mains);
        self.edges.push((self.mains, unix_s(self.now_s)));
    }

    fn reset(&mut self, margin: u64, off_s: u64, toggled: bool) {
        self.log.lose_the_rest();
        let mut resume = Resume::from(&self.log.fold());
        let next = resume.last.map_or(1, |last| last.sequence + 1) + margin;
        resume.sequences = Some(next..u64::MAX);
        self.now_s += off_s;
        if toggled {
            self.toggle();
        }
        let since_unix_s = self.edges.last().filter(|_| self.edges.len() > 1).map(|(_, unix_s)| *unix_s);
        let boot = Boot { mains: self.mains.into(), since_unix_s, now: at(self.now_s) };
        self.node = Node::start(self.config.clone(), resume, boot, &mut self.log).unwrap();
        self.resets += 1;
    }

    fn send(&mut self, count: usize, lost_records: u32, lost_receipts: u32, lost_acknowledgements: u32) {
        for i in 0..count {
            let now = at(self.now_s);
            let Some(publish) = self.node.next_publish(now, &mut self.key, &mut self.log).unwrap() else { return };
            self.log.flush();
            let first = self.published.entry(publish.sequence).or_insert_with(|| publish.bytes.to_vec());
            assert_eq!(*first, *publish.bytes, "a sequence has one content and one signature for ever");
            let lost = |bits: u32| bits >> (i % 32) & 1 == 1;
            if !lost(lost_acknowledgements) {
                self.node.acknowledged(publish.sequence);
            }
            if lost(lost_records) {
                continue;
            }
            let record = Record::parse(&publish.bytes).expect("canonical");
            record.verify(&self.key.public()).expect("the device's own");
            self.chain.insert(&record.statement);
            self.arrived.insert(publish.sequence, record);
            if let Some(sequence) = self.chain.complete_up_to(1).filter(|_| !lost(lost_receipts)) {
                let receipt = self.relayer.receipt(DEVICE, CONTRACT, sequence);
                self.node.receipt(&receipt, now, &mut self.log).expect("our relayer's");
            }
        }
    }

    fn apply(&mut self, event: &Event) {
        match *event {
            Event::Wait { s } => self.wait(s),
            Event::Toggle => {
                self.wait(1);
                self.toggle();
                self.node.sample(self.mains, at(self.now_s), &mut self.log);
                self.wait(1);
            }
            Event::Blip => {
                let ms = self.now_s * 1000;
                self.node.sample(other(self.mains), at_ms(ms), &mut self.log);
                self.node.sample(self.mains, at_ms(ms + 100), &mut self.log);
                self.wait(1);
            }
            Event::LinkUp => self.node.link_up(),
            Event::LinkDown => self.node.link_down(),
            Event::Send { count, lost_records, lost_receipts, lost_acknowledgements } => {
                self.send(count, lost_records, lost_receipts, lost_acknowledgements);
            }
            Event::Forgery => {
                let before = self.node.backlog();
                let last = self.node.last().map_or(1, |last| last.sequence);
                let forged = self.stranger.receipt(DEVICE, CONTRACT, last);
                self.node.receipt(&forged, at(self.now_s), &mut self.log).expect_err("not our relayer's");
                assert_eq!(self.node.backlog(), before);
            }
            Event::Reset { margin, off_s, toggled } => self.reset(margin, off_s, toggled),
        }
        assert!(self.node.backlog() <= QUEUE, "memory is bounded");
    }

    /// The line holds from now on: everything must arrive in a bounded number of rounds.
    fn settle(&mut self) {
        self.wait(1);
        self.node.link_up();
        for _ in 0..20 {
            self.send(2 * QUEUE, 0, 0, 0);
            if self.node.backlog() == 0 {
                return;
            }
            // Long enough for every resend, too short for a heartbeat to be due each time.
            self.wait(60);
        }
        panic!("{} records without a receipt", self.node.backlog());
    }

    fn check(&self) {
        let drafts = self.log.drafts();
        let declared = |sequence: u64| {
            let covers = |r: &&Record| r.statement.dropped.is_some_and(|(a, b)| (a..=b).contains(&sequence));
            self.arrived.values().find(covers).is_some()
        };
        for draft in &drafts {
            match self.arrived.get(&draft.sequence) {
                Some(record) => {
                    let drafted = draft.statement(&self.config).map(|statement| statement.to_bytes());
                    assert_eq!(Some(record.statement.to_bytes()), drafted);
                }
                None => assert!(declared(draft.sequence), "{draft:?} neither arrived nor was declared dropped"),
            }
        }
        let last = drafts.last().expect("a device always has a record").sequence;
        assert_eq!(self.chain.complete_up_to(1), Some(last), "the chain is whole");
        assert_eq!(self.chain.omissions(1), []);
        self.check_edges(&drafts);
    }

    fn check_edges(&self, drafts: &[Draft]) {
        let mut previous: Option<&Draft> = None;
        for draft in drafts {
            assert!(previous.is_none_or(|previous| previous.sequence < draft.sequence), "sequences never repeat");
            let edge = (draft.power_status, draft.stamp.unix_s().unwrap());
            if draft.power_status == PowerStatus::Off {
                assert!(self.edges.contains(&edge), "{draft:?} is no edge: an outage has no heartbeats");
                assert!(
                    previous.is_none_or(|p| (p.power_status, p.stamp.unix_s().unwrap()) != edge),
                    "OFF is said once"
                );
            } else if previous.is_some_and(|previous| previous.power_status == PowerStatus::Off) {
                assert!(self.edges.contains(&edge), "{draft:?} ends an outage at no edge");
            }
            previous = Some(draft);
        }
        if self.resets == 0 {
            let recorded = |edge: &(PowerStatus, u64)| {
                drafts.iter().any(|draft| (draft.power_status, draft.stamp.unix_s().unwrap()) == *edge)
            };
            assert!(self.edges.iter().all(recorded), "every edge that held is recorded");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_recorded_arrives_once_and_unchanged(events in proptest::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        for event in &events {
            world.apply(event);
        }
        world.settle();
        world.check();
    }
}
