//! A device on its flash, for tests that let the power go and bits flip.

use std::collections::BTreeMap;

use node::{
    Boot, Config, Node, NodeError, Now,
    flash::{self, FlashError, FlashStore},
    sequence,
};
use protocol::{
    chain::DeviceChain,
    record::{PowerStatus, Record, TimeQuality},
};
use simulators::flash::SimFlash;

use super::{CONTRACT, DEVICE, Key, config, unix_s};

/// A device that is switched off and on, the mains that it sees, and a relayer that remembers everything.
pub struct Device {
    pub config: Config,
    pub sectors: usize,
    pub flash: SimFlash,
    pub key: Key,
    pub relayer: Key,
    /// The secure element's counter.
    pub count: u32,
    pub now_s: u64,
    /// When it was switched on last.
    pub boot_s: u64,
    /// When it last was about to record something: perhaps it did, and the power went before it could say so.
    pub trying_s: u64,
    /// How long after being switched on it does not know the time.
    pub blind_s: u64,
    pub mains: PowerStatus,
    /// Whole edges that were stored, and when they truly were: none of them may be lost.
    pub stored: BTreeMap<u64, u64>,
    pub published: BTreeMap<u64, Vec<u8>>,
    pub arrived: BTreeMap<u64, Record>,
    pub chain: DeviceChain,
}

/// The power went.
pub struct Dark;

pub type Running = (Node, FlashStore<SimFlash>);

impl Device {
    pub fn new(sectors: usize) -> Self {
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
    pub fn clocks(&self, after_ms: u64) -> Now {
        let since_ms = (self.now_s - self.boot_s) * 1_000 + after_ms;
        if since_ms < self.blind_s * 1_000 {
            Now::unknown(since_ms)
        } else {
            Now::known(since_ms, unix_s(self.now_s + after_ms / 1_000))
        }
    }

    pub fn boot(&mut self) -> Result<Running, Dark> {
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
    pub fn keep(&mut self, node: &Node, store: &FlashStore<SimFlash>) -> Result<(), Dark> {
        store.check().map_err(|error| {
            assert_eq!(error, FlashError::Flash, "nothing else can happen");
            Dark
        })?;
        let last = node.last().expect("a device always has a record").sequence;
        self.stored.entry(last).or_insert(unix_s(self.now_s));
        Ok(())
    }

    pub fn wait(&mut self, running: &mut Running, s: u64) -> Result<(), Dark> {
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

    pub fn toggle(&mut self, running: &mut Running) -> Result<(), Dark> {
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
    pub fn send(&mut self, running: &mut Running, count: usize, receipts: bool) -> Result<(), Dark> {
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
    pub fn scenario(
        &mut self,
        running: &mut Running,
        steps: std::ops::Range<usize>,
        done: &mut usize,
    ) -> Result<(), Dark> {
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
    pub fn settle(&mut self, running: &mut Running) -> Result<(), Dark> {
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
    pub fn check(&self, declared: bool) {
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
