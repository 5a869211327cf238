//! After its start a node allocates nothing: a week of a device on its flash, with every call counted.

mod world;

use std::{collections::BTreeMap, hint::black_box};

use allocation_counter::measure;
use node::{
    Boot, Config, Counters, Level, Node, Now, ReceiptRefusal, Signer, SignerError,
    flash::{self, FlashStore, MIN_SECTORS, SECTOR, SLOTS_A_SECTOR},
    sequence,
};
use protocol::{
    chain::DeviceChain,
    receipt::MAX_RECEIPT_BYTES,
    record::{
        Phases, Record,
        TimeQuality::{CountedBack, UpperBound},
    },
};
use simulators::flash::SimFlash;
use world::{CONTRACT, DEVICE, Key, config, unix_s};

const DAY: u64 = 1_440;
const WEEK: u64 = 7 * DAY;
/// Minutes from a start until the time is known.
const BLIND: u64 = 20;
/// Minutes at which the power goes and comes: in the second start the time does not become known.
const STARTS: [u64; 2] = [4 * DAY + 300, 4 * DAY + 310];
/// Minutes of a day in which there is no line: more records are made than the queue holds.
const NO_LINE: std::ops::Range<u64> = 120..560;

/// A secure element that does not answer every fiftieth time.
struct Moody {
    key: Key,
    asked: u64,
}

impl Signer for Moody {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        self.asked += 1;
        if self.asked.is_multiple_of(50) { Err(SignerError) } else { self.key.sign(message) }
    }
}

type Flash = FlashStore<SimFlash>;

/// A node with all that it needs. What any call into it allocates or frees ends the test, what flash and key do included.
struct Running {
    node: Node,
    store: Flash,
    key: Moody,
}

impl Running {
    fn call<T>(&mut self, what: &str, call: impl FnOnce(&mut Node, &mut Flash, &mut Moody) -> T) -> T {
        let mut answer = None;
        let counted = measure(|| answer = Some(call(&mut self.node, &mut self.store, &mut self.key)));
        let (bytes, left) = (counted.bytes_total, counted.count_current);
        assert_eq!((counted.count_total, left), (0, 0), "{what} allocates {bytes} bytes");
        answer.expect("it was called")
    }
}

/// The device, the mains that it sees, and a relayer that remembers everything.
struct Week {
    config: Config,
    flash: SimFlash,
    running: Running,
    relayer: Key,
    stranger: Key,
    minute: u64,
    start: u64,
    has_line: bool,
    chain: DeviceChain,
    arrived: BTreeMap<u64, Record>,
    published: u64,
    unanswered: u64,
    /// Of the starts before this one.
    counted: Vec<Counters>,
}

impl Week {
    fn new() -> Self {
        let (relayer, stranger) = (Key::new(), Key::new());
        let receipt_keys = vec![Key::new().public(), relayer.public()];
        let config = Config { phases: 3, receipt_keys, ..config(&relayer, flash::capacity(MIN_SECTORS)) };
        let flash = SimFlash::erased(MIN_SECTORS);
        let key = Moody { key: Key::new(), asked: 0 };
        Self {
            running: start(&config, &flash, key, 0),
            config,
            flash,
            relayer,
            stranger,
            minute: 0,
            start: 0,
            has_line: false,
            chain: DeviceChain::default(),
            arrived: BTreeMap::new(),
            published: 0,
            unanswered: 0,
            counted: Vec::new(),
        }
    }

    fn now(&self, after_ms: u64) -> Now {
        let since_ms = (self.minute - self.start) * 60_000 + after_ms;
        if since_ms < BLIND * 60_000 { Now::unknown(since_ms) } else { Now::known(since_ms, unix_s(self.minute * 60)) }
    }

    /// Two outages a day and more, one of a single phase, and one before the time is known again.
    fn mains(&self) -> Level {
        let minute = self.minute;
        let live = match minute % 420 {
            100..140 => Phases::NONE,
            200..204 => Phases::from_text("110").unwrap(),
            _ if (STARTS[0] + 3..STARTS[0] + 6).contains(&minute) => Phases::NONE,
            _ => Phases::ALL,
        };
        live.into()
    }

    fn restart(&mut self) {
        self.counted.push(self.running.node.counters());
        let key = Moody { key: self.running.key.key.clone(), asked: self.running.key.asked };
        self.start = self.minute;
        self.running = start(&self.config, &self.flash, key, self.counted.len() as u32);
        self.has_line = false;
    }

    fn pass(&mut self) {
        if STARTS.contains(&self.minute) {
            self.restart();
        }
        let (level, at, later) = (self.mains(), self.now(0), self.now(300));
        if self.minute % 97 == 13 {
            self.running.call("a flicker", |node, store, _| node.sample(Phases::NONE, at, store));
        }
        self.running.call("a sample", |node, store, _| node.sample(level, at, store));
        self.running.call("a tick", |node, store, _| node.tick(later, store));
        self.running.call("further sequences", |node, store, _| {
            // A device takes them from its secure element's counter.
            if node.sequences_left() < sequence::LOW {
                node.extend(sequence::of_step(1_000), store);
            }
        });
        let has_line = self.now(0).time.is_some() && !NO_LINE.contains(&(self.minute % DAY));
        if has_line != self.has_line {
            self.has_line = has_line;
            let change = if has_line { Node::link_up } else { Node::link_down };
            self.running.call("the line", |node, _, _| change(node));
        }
        let signed = self.running.call("signing", |node, store, key| node.sign_next(key, store));
        self.unanswered += u64::from(signed.is_err());
        self.send();
        if self.minute % 60 == 30 {
            self.refused_receipts();
        }
        assert_eq!(self.running.store.check(), Ok(()));
    }

    /// All that may go out. The relayer answers every third minute only, so that there is something to send again.
    fn send(&mut self) {
        let now = self.now(300);
        while let Ok(Some(publish)) =
            self.running.call("a publish", |node, store, key| node.next_publish(now, key, store))
        {
            self.published += 1;
            self.running.call("an acknowledgement", |node, _, _| node.acknowledged(publish.sequence));
            let record = Record::parse(&publish.bytes).expect("canonical, low S");
            record.verify(&self.running.key.key.public()).expect("signed by its key");
            self.chain.insert(&record.statement);
            self.arrived.insert(publish.sequence, record);
        }
        let complete = self.chain.complete_up_to(self.config.first_sequence);
        if let Some(sequence) = complete.filter(|_| self.has_line && self.minute.is_multiple_of(3)) {
            let receipt = self.relayer.receipt(DEVICE, CONTRACT, sequence);
            self.running.call("a receipt", |node, store, _| node.receipt(&receipt, now, store)).expect("the relayer's");
        }
    }

    fn refused_receipts(&mut self) {
        let now = self.now(300);
        let mut cut = self.relayer.receipt(DEVICE, CONTRACT, 1);
        cut.pop();
        let mut refuse = |bytes: &[u8], as_is: fn(&ReceiptRefusal<'_>) -> bool| {
            let refusal = self.running.call("a refused receipt", |node, store, _| node.receipt(bytes, now, store));
            assert!(as_is(&refusal.expect_err("nothing of the relayer's for this device")));
        };
        refuse(&cut, |refusal| matches!(refusal, ReceiptRefusal::Invalid(_)));
        refuse(&[b'{'; MAX_RECEIPT_BYTES + 1], |refusal| matches!(refusal, ReceiptRefusal::Invalid(_)));
        refuse(&self.stranger.receipt(DEVICE, CONTRACT, 1), |refusal| matches!(refusal, ReceiptRefusal::Invalid(_)));
        refuse(&self.relayer.receipt("d-2", CONTRACT, 1), |refusal| *refusal == ReceiptRefusal::OtherDevice("d-2"));
        refuse(&self.relayer.receipt(DEVICE, "eip155:1:0x01", 1), |refusal| {
            *refusal == ReceiptRefusal::OtherContract("eip155:1:0x01")
        });
        refuse(&self.relayer.receipt(DEVICE, CONTRACT, 1 << 50), |refusal| {
            *refusal == ReceiptRefusal::NeverMade(1 << 50)
        });
    }

    /// Makes what was recorded under a sequence that waits unreadable: more than one bit of it.
    fn damage(&self, sequence: u64) {
        let mut cells = self.flash.cells();
        let first_of = |slot: usize| slot / SLOTS_A_SECTOR * SECTOR + slot % SLOTS_A_SECTOR * (SECTOR / SLOTS_A_SECTOR);
        let is_here = |at: &usize| cells.bytes()[at + 1..at + 8] == sequence.to_le_bytes()[..7];
        let at = (0..MIN_SECTORS * SLOTS_A_SECTOR).map(first_of).find(is_here).expect("it is in the flash");
        for bit in 0..3 {
            cells.flip((at + 1) * 8 + bit);
        }
    }

    /// Of all starts.
    fn count(&self, of: fn(&Counters) -> u64) -> u64 {
        self.counted.iter().chain([&self.running.node.counters()]).map(of).sum()
    }
}

/// A start with its memory taken: all that is allocated.
fn start(config: &Config, flash: &SimFlash, key: Moody, starts_before: u32) -> Running {
    let (mut store, mut resume) = FlashStore::open(flash.clone(), 0, MIN_SECTORS, config).unwrap();
    resume.sequences = Some(sequence::of_step(starts_before + 1));
    let boot = Boot { mains: Phases::ALL.into(), since_unix_s: None, now: Now::unknown(0) };
    let mut node = Node::start(config.clone(), resume, boot, &mut store).unwrap();
    node.reserve();
    Running { node, store, key }
}

#[test]
fn a_week_after_its_start_a_node_has_allocated_nothing() {
    let mut week = Week::new();
    for minute in 0..WEEK {
        week.minute = minute;
        if minute == 2 * DAY + NO_LINE.end {
            let waiting = week.running.node.unreceipted().nth(5).expect("a night's records wait");
            week.damage(waiting);
        }
        week.pass();
    }
    // It was a week in which everything happened.
    let made = week.count(|counters| counters.made);
    assert!(made > 600, "{made} records made");
    assert!(week.published > made, "{} published, some again", week.published);
    let [receipted, dropped, taken_back, refused, momentary, unreadable] = [
        week.count(|counters| counters.receipted),
        week.count(|counters| counters.dropped),
        week.count(|counters| counters.taken_back),
        week.count(|counters| counters.receipts_refused),
        week.count(|counters| counters.momentary),
        week.count(|counters| counters.unreadable),
    ];
    assert!(receipted > 400, "{receipted} receipted");
    assert!(dropped > 50, "{dropped} overwritten");
    assert!(taken_back > 100, "{taken_back} sent again");
    assert_eq!(refused, 6 * WEEK / 60);
    assert!(momentary > 90, "{momentary} flickers");
    assert_eq!(unreadable, 1);
    assert!(week.unanswered > 5, "{} signatures not given", week.unanswered);
    let late = |quality| week.arrived.values().filter(|record| record.statement.time_quality == Some(quality)).count();
    assert!(late(CountedBack) > 1 && late(UpperBound) > 0, "{} and {}", late(CountedBack), late(UpperBound));
    let last = week.arrived.keys().last().copied();
    assert_eq!((week.chain.complete_up_to(1), week.running.node.last().map(|last| last.sequence)), (last, last));
    assert!(week.arrived.values().any(|record| record.statement.dropped.is_some()));
}

#[test]
fn what_allocates_is_counted() {
    let counted = measure(|| drop(black_box(Box::new(1_u64))));
    assert_eq!((counted.count_total, counted.bytes_total), (1, 8));
    let bytes = Week::new().relayer.receipt(DEVICE, CONTRACT, 1);
    assert_eq!(measure(|| drop(black_box(bytes.clone()))).count_total, 1);
}
