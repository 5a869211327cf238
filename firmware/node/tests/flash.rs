//! The device's store: the power goes at every single flash operation of a scenario, bits flip, the ring comes round,
//! and what is delivered in the end is whole.

mod common;

use std::collections::BTreeMap;

use common::{CONTRACT, DEVICE, Key, config, unix_s};
use node::{
    Boot, Config, Node, NodeError, Now,
    flash::{self, FlashError, FlashStore, MIN_SECTORS, SLOTS_A_SECTOR},
    sequence,
};
use protocol::{
    chain::DeviceChain,
    record::{PowerStatus, Record, TimeQuality},
};
use simulators::flash::{Cut, SECTOR, SimFlash};

/// A device that is switched off and on, the mains that it sees, and a relayer that remembers everything.
struct Device {
    config: Config,
    sectors: usize,
    flash: SimFlash,
    key: Key,
    relayer: Key,
    /// The secure element's counter.
    count: u32,
    now_s: u64,
    /// When it was switched on last.
    boot_s: u64,
    /// When it last was about to record something: perhaps it did, and the power went before it could say so.
    trying_s: u64,
    /// How long after being switched on it does not know the time.
    blind_s: u64,
    mains: PowerStatus,
    /// Whole edges that were stored, and when they truly were: none of them may be lost.
    stored: BTreeMap<u64, u64>,
    published: BTreeMap<u64, Vec<u8>>,
    arrived: BTreeMap<u64, Record>,
    chain: DeviceChain,
}

/// The power went.
struct Dark;

type Running = (Node, FlashStore<SimFlash>);

impl Device {
    fn new(sectors: usize) -> Self {
        let relayer = Key::new();
        let config = Config { queue_limit: flash::capacity(sectors), ..config(&relayer, 1) };
        Self {
            config,
            sectors,
            flash: SimFlash::erased(sectors),
            key: Key::new(),
            relayer,
            count: 0,
            now_s: 0,
            boot_s: 0,
            trying_s: 0,
            blind_s: 0,
            mains: PowerStatus::On,
            stored: BTreeMap::new(),
            published: BTreeMap::new(),
            arrived: BTreeMap::new(),
            chain: DeviceChain::default(),
        }
    }

    /// The device's clocks, `after_ms` later than the second.
    fn clocks(&self, after_ms: u64) -> Now {
        let since_ms = (self.now_s - self.boot_s) * 1_000 + after_ms;
        if since_ms < self.blind_s * 1_000 {
            Now::unknown(since_ms)
        } else {
            Now::known(since_ms, unix_s(self.now_s + after_ms / 1_000))
        }
    }

    fn boot(&mut self) -> Result<Running, Dark> {
        self.boot_s = self.now_s;
        self.count += 1;
        let opened = FlashStore::open(self.flash.clone(), 0, self.sectors, &self.config);
        let (mut store, mut resume) = opened.map_err(|_| Dark)?;
        if let Some(last) = resume.last {
            self.stored.entry(last.sequence).or_insert(unix_s(self.trying_s));
        }
        self.trying_s = self.now_s;
        resume.sequences = Some(sequence::of_step(self.count));
        // Before it knows the time it does not know since when either.
        let since_unix_s = (self.blind_s == 0).then(|| unix_s(self.now_s));
        let boot = Boot { mains: self.mains.into(), since_unix_s, now: self.clocks(0) };
        let node = Node::start(self.config.clone(), resume, boot, &mut store);
        let node = node.unwrap_or_else(|error: NodeError| panic!("{error}"));
        self.keep(&node, &store)?;
        Ok((node, store))
    }

    /// What is durable counts from now on.
    fn keep(&mut self, node: &Node, store: &FlashStore<SimFlash>) -> Result<(), Dark> {
        store.check().map_err(|error| {
            assert_eq!(error, FlashError::Flash, "nothing else can happen");
            Dark
        })?;
        let last = node.last().expect("a device always has a record").sequence;
        self.stored.entry(last).or_insert(unix_s(self.now_s));
        Ok(())
    }

    fn wait(&mut self, running: &mut Running, s: u64) -> Result<(), Dark> {
        let end_s = self.now_s + s;
        loop {
            let due_ms = running.0.next_tick_ms().map(|due_ms| self.boot_s * 1_000 + due_ms);
            let due_ms = due_ms.filter(|due_ms| *due_ms <= end_s * 1_000).unwrap_or(end_s * 1_000);
            self.now_s = due_ms / 1_000;
            self.trying_s = self.now_s;
            running.0.tick(self.clocks(due_ms % 1_000), &mut running.1);
            if running.0.sequences_left() < sequence::LOW {
                self.count += 1;
                running.0.extend(sequence::of_step(self.count), &mut running.1);
            }
            self.keep(&running.0, &running.1)?;
            if due_ms == end_s * 1_000 {
                return Ok(());
            }
        }
    }

    fn toggle(&mut self, running: &mut Running) -> Result<(), Dark> {
        self.mains = if self.mains == PowerStatus::On { PowerStatus::Off } else { PowerStatus::On };
        self.trying_s = self.now_s;
        running.0.sample(self.mains, self.clocks(0), &mut running.1);
        self.wait(running, 1)?;
        while running.0.sign_next(&mut self.key, &mut running.1).map_err(|_| Dark)? {
            running.1.check().map_err(|_| Dark)?;
        }
        Ok(())
    }

    /// Sends up to `count` records, each receipted at once if `receipts`.
    fn send(&mut self, running: &mut Running, count: usize, receipts: bool) -> Result<(), Dark> {
        let (node, store) = running;
        for _ in 0..count {
            let now = self.clocks(0);
            let Some(publish) = node.next_publish(now, &mut self.key, store).map_err(|_| Dark)? else { break };
            store.check().map_err(|_| Dark)?;
            let first = self.published.entry(publish.sequence).or_insert_with(|| publish.bytes.to_vec());
            let (first, again) = (Record::parse(first).unwrap(), Record::parse(&publish.bytes).unwrap());
            assert_eq!(first.statement, again.statement, "a sequence has one content for ever");
            node.acknowledged(publish.sequence);
            self.chain.insert(&again.statement);
            self.arrived.insert(publish.sequence, again);
            if let Some(sequence) = self.chain.complete_up_to(1).filter(|_| receipts) {
                let receipt = self.relayer.receipt(DEVICE, CONTRACT, sequence);
                node.receipt(&receipt, now, store).unwrap();
                store.check().map_err(|_| Dark)?;
            }
        }
        Ok(())
    }

    /// An afternoon: edges, heartbeats, a link that comes and goes, receipts that come and do not.
    fn scenario(&mut self, running: &mut Running, steps: std::ops::Range<usize>, done: &mut usize) -> Result<(), Dark> {
        for step in steps {
            *done = step;
            if self.blind_s > 0 && step % 4 == 3 {
                // Switched off, as devices are in an outage.
                *done = step + 1;
                return Err(Dark);
            }
            match step % 7 {
                0 | 3 | 5 => self.toggle(running)?,
                1 => self.wait(running, 2_000)?,
                2 => {
                    running.0.link_up();
                    self.send(running, 3, step % 2 == 0)?;
                }
                4 => self.send(running, 4, true)?,
                _ => running.0.link_down(),
            }
            self.wait(running, 60)?;
        }
        *done = usize::MAX;
        Ok(())
    }

    /// The line holds from now on: all of it arrives.
    fn settle(&mut self, running: &mut Running) -> Result<(), Dark> {
        // One more record, which declares what must be declared.
        self.toggle(running)?;
        running.0.link_up();
        for _ in 0..200 {
            self.send(running, 100, true)?;
            if running.0.backlog() == 0 {
                return Ok(());
            }
            self.wait(running, 61)?;
        }
        panic!("{} records without a receipt", running.0.backlog());
    }

    /// Every record that was stored has arrived or is declared dropped; the chain is whole.
    fn check(&self, declared: bool) {
        for (sequence, truth_unix_s) in &self.stored {
            if let Some(record) = self.arrived.get(sequence) {
                let (said, truth) = (record.statement.timestamp_unix_s, *truth_unix_s);
                let holds = match record.statement.time_quality {
                    None => said == truth,
                    Some(TimeQuality::CountedBack) => said.abs_diff(truth) <= 1,
                    Some(TimeQuality::UpperBound) => said >= truth,
                    Some(TimeQuality::Sntp) => false,
                };
                assert!(holds, "{:?} was at {truth}", record.statement);
            }
            let covers = |r: &&Record| r.statement.dropped.is_some_and(|(a, b)| (a..=b).contains(sequence));
            let dropped = self.arrived.values().find(covers).is_some();
            let arrived = self.arrived.contains_key(sequence);
            assert!(arrived || (declared && dropped), "{sequence} was stored and is lost");
        }
        let times = |record: &Record| (record.statement.timestamp_unix_s, record.statement.time_quality);
        let times: Vec<_> = self.arrived.values().map(times).collect();
        let falls = times.windows(2).find(|pair| pair[0].0 > pair[1].0);
        assert!(falls.is_none(), "times fall along sequences: {falls:?}");
        let (last, newest) = self.arrived.last_key_value().unwrap();
        newest.verify(&self.key.public()).unwrap();
        assert_eq!((self.chain.complete_up_to(1), self.chain.omissions(1)), (Some(*last), vec![]));
        let violations = self.flash.cells().violations.clone();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

const STEPS: usize = 70;

/// How large the ring is, how long the scenario, and for how long after each start the time is not known.
#[derive(Clone, Copy)]
struct Run {
    sectors: usize,
    steps: usize,
    blind_s: u64,
}

const PLAIN: Run = Run { sectors: 8, steps: STEPS, blind_s: 0 };
const ROUND: Run = Run { sectors: MIN_SECTORS, steps: 2 * STEPS, blind_s: 0 };
/// Switched off so often that in some starts the time is never known.
const BLIND: Run = Run { sectors: 8, steps: STEPS, blind_s: 1_500 };

/// Runs the scenario with a cut at one operation; after it the device starts again and goes on. Gives the device, and
/// whether the cut was reached.
fn run_with_cut(run: Run, operation: u64, cut: Cut, second: Option<u64>) -> (Device, bool) {
    let Run { sectors, steps, blind_s } = run;
    let mut device = Device { blind_s, ..Device::new(sectors) };
    device.flash.cells().cut_at(operation, cut);
    let (mut done, mut cuts) = (0, 0);
    loop {
        let run = device.boot().and_then(|mut running| {
            device.scenario(&mut running, done..steps, &mut done)?;
            Ok(running)
        });
        if let Ok(mut running) = run {
            device.flash.cells().power_on();
            assert!(device.wait(&mut running, device.blind_s).is_ok());
            assert!(device.settle(&mut running).is_ok());
            break;
        }
        if !device.flash.cells().is_off() {
            continue;
        }
        cuts += 1;
        device.flash.cells().power_on();
        if let Some(operation) = second.filter(|_| cuts == 1) {
            device.flash.cells().cut_at(operation, cut);
        }
        device.now_s += 10;
        if done == usize::MAX {
            done = steps;
        }
    }
    // A small ring comes round to records without a receipt and says so.
    device.check(sectors == MIN_SECTORS);
    (device, cuts > 0)
}

#[test]
fn the_power_may_go_at_every_flash_operation() {
    let mut runs = 0;
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        let mut operation = 0;
        while run_with_cut(PLAIN, operation, cut, None).1 {
            operation += 1;
            runs += 1;
        }
    }
    assert!(runs > 3 * 100, "{runs} cuts");
}

#[test]
fn the_power_may_go_at_every_flash_operation_of_a_device_that_does_not_know_the_time() {
    let (mut runs, mut qualities) = (0, BTreeMap::new());
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        let mut operation = 0;
        loop {
            let (device, reached) = run_with_cut(BLIND, operation, cut, None);
            for record in device.arrived.values() {
                *qualities.entry(record.statement.time_quality).or_insert(0) += 1;
            }
            if !reached {
                break;
            }
            operation += 1;
            runs += 1;
        }
    }
    assert!(runs > 3 * 60, "{runs} cuts");
    let of = |quality| qualities.get(&quality).copied().unwrap_or(0) / runs;
    let [known, counted, bound] = [None, Some(TimeQuality::CountedBack), Some(TimeQuality::UpperBound)].map(of);
    assert!(known > 2 && counted > 2 && bound > 2, "a run has {known} known, {counted} counted back, {bound} bounded");
}

#[test]
fn the_power_may_go_at_every_flash_operation_of_a_ring_that_comes_round() {
    let mut operation = 0;
    while run_with_cut(ROUND, operation, Cut::Half, None).1 {
        operation += 1;
    }
    assert!(operation > 150, "{operation} cuts");
}

#[test]
fn the_power_may_go_again_while_it_recovers() {
    for operation in (0..120).step_by(12) {
        for second in 0..5 {
            for cut in [Cut::Before, Cut::Half, Cut::After] {
                run_with_cut(PLAIN, operation, cut, Some(second));
                run_with_cut(BLIND, operation, cut, Some(second));
            }
        }
    }
}

#[test]
fn a_storm_of_power_cuts_on_a_small_ring_declares_what_it_drops() {
    // Every start gets a few operations further only: slots are used up by writes that were cut off.
    for allowance in 1..12 {
        let mut device = Device::new(MIN_SECTORS);
        let mut done = 0;
        for start in 0..150 {
            let cut = [Cut::Before, Cut::Half, Cut::After][start % 3];
            device.flash.cells().cut_at(allowance + start as u64 % 3, cut);
            if let Ok(mut running) = device.boot() {
                let from = if done == usize::MAX { 0 } else { done };
                let _ = device.scenario(&mut running, from..STEPS, &mut done);
            }
            device.flash.cells().power_on();
            device.now_s += 5;
        }
        let Ok(mut running) = device.boot() else { panic!("there is power") };
        assert!(device.settle(&mut running).is_ok());
        device.check(true);
    }
}

#[test]
fn a_backlog_of_weeks_fits_and_the_newest_goes_first() {
    let sectors = 128;
    let mut device = Device::new(sectors);
    let capacity = device.config.queue_limit;
    assert!(capacity as u64 * 900 > 25 * 86_400, "{capacity} records of 15 minutes");
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.wait(&mut running, capacity as u64 * 900 + 3_600).is_ok());
    assert_eq!((running.0.backlog(), running.0.counters().dropped > 0), (capacity, true));
    drop(running);
    let Ok(mut running) = device.boot() else { panic!() };
    assert_eq!(running.0.backlog(), capacity, "a reset loses none of it");
    running.0.link_up();
    assert!(device.send(&mut running, 3, false).is_ok());
    let newest = running.0.last().unwrap().sequence;
    assert!(device.arrived.contains_key(&newest) && device.arrived.len() == 3);
}

#[test]
fn the_ring_comes_round_many_times() {
    let mut device = Device::new(MIN_SECTORS);
    let Ok(mut running) = device.boot() else { panic!() };
    for _ in 0..SLOTS_A_SECTOR * 12 {
        assert!(device.wait(&mut running, 900).is_ok());
        running.0.link_up();
        assert!(device.send(&mut running, 4, true).is_ok());
    }
    assert!(device.settle(&mut running).is_ok());
    device.check(false);
    assert_eq!(running.0.counters().dropped, 0);
}

#[test]
fn any_one_flipped_bit_is_put_right() {
    // With times that were known, that came later, and that never came.
    for (blind_s, later) in [(0, false), (60, true), (1_000, false)] {
        let mut device = Device { blind_s, ..Device::new(MIN_SECTORS) };
        let Ok(mut running) = device.boot() else { panic!() };
        assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 50).is_ok());
        assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 50).is_ok());
        assert!(!later || device.toggle(&mut running).is_ok());
        drop(running);
        flip_every_bit(&device);
    }
}

fn flip_every_bit(device: &Device) {
    let bytes = device.flash.cells().bytes().to_vec();
    let used = bytes.iter().rposition(|byte| *byte != 0xff).unwrap() + 64;
    let whole = open(device);
    for bit in 0..used * 8 {
        device.flash.cells().flip(bit);
        assert_eq!(open(device), whole, "bit {bit}");
        device.flash.cells().set_bytes(&bytes);
    }
}

/// What the store says of itself, its records included.
fn open(device: &Device) -> (node::Resume, Vec<Option<node::Entry>>) {
    use node::Store as _;
    let (mut store, resume) = FlashStore::open(device.flash.clone(), 0, device.sectors, &device.config).unwrap();
    let entries = resume.waiting.iter().map(|(sequence, _)| store.entry(sequence)).collect();
    (resume, entries)
}

/// A signed record whose time cannot be read any more is not given another.
#[test]
fn a_time_that_is_beyond_reading_is_never_fixed_anew() {
    let slot = SECTOR / SLOTS_A_SECTOR;
    let mut device = Device { blind_s: 100, ..Device::new(MIN_SECTORS) };
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 200).is_ok());
    assert!(device.toggle(&mut running).is_ok());
    running.0.link_up();
    assert!(device.send(&mut running, 9, false).is_ok());
    let before = device.published.clone();
    assert_eq!(before.len(), 3);
    drop(running);
    // The first two have their time where a second signature would be.
    for record in 0..2 {
        for bit in 0..10 {
            device.flash.cells().flip((record * slot + 48 + 76) * 8 + bit * 7);
        }
    }
    device.blind_s = 0;
    device.now_s += 10_000;
    let Ok(mut running) = device.boot() else { panic!() };
    running.0.link_up();
    assert!(device.send(&mut running, 9, false).is_ok(), "`send` compares what comes again");
    assert_eq!(running.0.counters().unreadable, 2);
    assert!(device.settle(&mut running).is_ok());
    let dropped = device.arrived.values().filter_map(|record| record.statement.dropped).next();
    assert_eq!(dropped.map(|(_, to)| to), before.keys().nth(1).copied());
}

/// What the layout before had written is read, and what needs no more is written like it.
#[test]
fn a_slot_of_the_first_layout_is_read_and_written() {
    let mut device = Device::new(MIN_SECTORS);
    let Ok(running) = device.boot() else { panic!() };
    drop(running);
    let bytes = device.flash.cells().bytes()[..48].to_vec();
    // ON after a skip, from sequence 1,024 at 1,000,000 s: as the version of 2026 wrote it.
    let mut old = [0; 48];
    old[0] = 0x10 | 2;
    old[1..3].copy_from_slice(&1_024_u16.to_le_bytes());
    old[8..11].copy_from_slice(&1_000_000_u32.to_le_bytes()[..3]);
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&old[..44]);
    old[44..].copy_from_slice(&sum.to_le_bytes());
    assert_eq!(bytes, old);
}

#[test]
fn a_record_that_is_beyond_reading_is_declared_and_the_rest_arrives() {
    let slot = SECTOR / SLOTS_A_SECTOR;
    for broken in 0..4 {
        let mut device = Device::new(MIN_SECTORS);
        let Ok(mut running) = device.boot() else { panic!() };
        for _ in 0..4 {
            assert!(device.toggle(&mut running).is_ok() && device.wait(&mut running, 30).is_ok());
        }
        drop(running);
        for bit in 0..20 {
            device.flash.cells().flip((broken * slot + 3) * 8 + bit * 5);
        }
        let Ok(mut running) = device.boot() else { panic!() };
        assert!(device.settle(&mut running).is_ok());
        assert!(device.settle(&mut running).is_ok());
        device.check(true);
        assert!(device.arrived.len() >= 5, "the rest is there");
    }
}

#[test]
fn an_erased_or_exchanged_flash_never_brings_a_sequence_back() {
    let mut device = Device::new(MIN_SECTORS);
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.settle(&mut running).is_ok());
    let used = *device.published.keys().last().unwrap();
    device.flash = SimFlash::erased(MIN_SECTORS);
    let Ok(mut running) = device.boot() else { panic!() };
    assert!(device.toggle(&mut running).is_ok());
    running.0.link_up();
    assert!(device.send(&mut running, 9, true).is_ok());
    let again = device.published.range(used + 1..).count();
    assert!(again >= 1 && device.published.len() == again + 2, "all of them are new");
}

#[test]
fn partitions_that_cannot_work_are_refused() {
    let device = Device::new(MIN_SECTORS);
    for (start, sectors) in [(0, MIN_SECTORS - 1), (0, MIN_SECTORS + 1), (4, MIN_SECTORS), (4_096, MIN_SECTORS)] {
        let refused = FlashStore::open(device.flash.clone(), start, sectors, &device.config);
        assert_eq!(refused.unwrap_err(), FlashError::Region);
    }
}
