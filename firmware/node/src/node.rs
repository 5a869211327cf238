//! The device as a state machine.

use protocol::{MAX_INTEGER, record::PowerStatus};

use crate::{
    Boot, Change, Config, Counters, Draft, Level, Losses, NodeError, Now, Publish, RecordBytes, Resume, Signer, Stamp,
    Store,
    losses::Unknown,
    mains::Mains,
    queue::Queue,
    receipt::{self, ReceiptRefusal},
};

mod drain;
mod edge;
mod sign;

/// One device.
#[derive(Debug)]
pub struct Node {
    config: Config,
    mains: Mains,
    pub(crate) last: Option<Draft>,
    /// The last reading of the clocks at which the time was known.
    pub(crate) known: Option<Now>,
    /// The first sequence of this start: what was made before it was made before the restart.
    pub(crate) first_of_start: u64,
    next_sequence: u64,
    /// The first sequence that may not be used yet.
    sequences_end: u64,
    /// The newest edge, where there was no sequence for it.
    pending: Option<(Level, Stamp)>,
    receipted: Option<u64>,
    /// What was overwritten or cannot be read, and is not receipted.
    lost: Losses,
    /// Until the first record of this start is made.
    unknown: Option<Unknown>,
    pub(crate) queue: Queue,
    heartbeat_ms: Option<u64>,
    link_up: bool,
    /// Given to the broker and not acknowledged by it.
    unacknowledged: usize,
    /// The present wait for a receipt, and when it ends.
    resend_wait_ms: u64,
    resend_at_ms: Option<u64>,
    counters: Counters,
}

impl Node {
    /// Starts a device, for the first time (an empty `resume`) or after a reset. Reports the state that it finds
    /// unless that is what its last record says: an outage in which it starts with the time that the host knows of.
    ///
    /// # Errors
    /// [`NodeError::Config`], [`NodeError::Sequence`].
    pub fn start(config: Config, resume: Resume, boot: Boot, store: &mut impl Store) -> Result<Self, NodeError> {
        config.check()?;
        let least = resume.last.map_or(config.first_sequence, |last| last.sequence + 1);
        let sequences = resume.sequences.clone().unwrap_or(least..MAX_INTEGER + 1);
        if sequences.start < least {
            return Err(NodeError::Sequence { next: sequences.start, last: least - 1 });
        }
        let mains = boot.mains.of(config.phases);
        let mut node = Self {
            mains: Mains::new(mains, config.debounce_ms),
            last: resume.last,
            known: None,
            first_of_start: sequences.start,
            next_sequence: sequences.start,
            sequences_end: sequences.end.min(MAX_INTEGER + 1),
            pending: None,
            receipted: resume.receipted,
            unknown: Unknown::of_start(&resume, config.first_sequence),
            lost: Losses::of_start(&resume),
            queue: Queue::new(resume.waiting, config.queue_limit),
            heartbeat_ms: None,
            link_up: false,
            unacknowledged: 0,
            resend_wait_ms: config.resend_ms,
            resend_at_ms: None,
            counters: Counters::default(),
            config,
        };
        let changed = |last: Draft| {
            let is_later = |since| last.stamp.unix_s().is_none_or(|unix_s| since > unix_s);
            (last.power_status, last.phases) != (mains.status(), mains.phases())
                || boot.since_unix_s.is_some_and(is_later)
        };
        node.learn(boot.now, store);
        if node.last.is_none_or(changed) {
            let since = boot.since_unix_s.map(|unix_s| Stamp::Known { unix_s, quality: None });
            node.make_state(mains, since.unwrap_or(boot.now.stamp()), store);
        }
        if let Some(time) = boot.now.time {
            node.resume_heartbeat(boot.now.monotonic_ms, time.unix_s);
        }
        Ok(node)
    }

    /// Takes a level of the mains: a periodic sample or an edge's interrupt.
    pub fn sample(&mut self, level: impl Into<Level>, now: Now, store: &mut impl Store) {
        self.take_time(now, store);
        let edge = self.mains.sample(level.into().of(self.config.phases), now);
        self.record_edge(edge, store);
        self.tick(now, store);
    }

    /// Lets time pass. Needed at [`Node::next_tick_ms`]; earlier and later calls do no harm.
    pub fn tick(&mut self, now: Now, store: &mut impl Store) {
        self.take_time(now, store);
        let edge = self.mains.settle(now);
        self.record_edge(edge, store);
        let Some(due) = self.heartbeat_ms.filter(|due| *due <= now.monotonic_ms && self.mains.is_settled()) else {
            return;
        };
        if now.time.is_none() {
            return;
        }
        self.make(self.mains.settled(), now.stamp(), store);
        // Beats that were slept through are not made up for; the grid stays.
        let period = self.period_ms();
        let missed = (now.monotonic_ms - due) / period;
        self.heartbeat_ms = Some(due.saturating_add((missed + 1).saturating_mul(period)));
    }

    /// Makes a heartbeat now, beside the grid of the others, if the mains are on and the time is known: a receipt for it shows
    /// that everything between here and the relayer works.
    pub fn beat(&mut self, now: Now, store: &mut impl Store) {
        let level = self.mains.settled();
        if self.mains.is_settled() && level.status() == PowerStatus::On && now.time.is_some() {
            self.make(level, now.stamp(), store);
        }
    }

    /// When [`Node::tick`] has something to record: the end of a debounce or a heartbeat. `None` in an outage, and where
    /// nothing but a heartbeat is due and the time is not known.
    #[must_use]
    pub fn next_tick_ms(&self) -> Option<u64> {
        self.mains.due_ms().or(self.heartbeat_ms.filter(|_| self.known.is_some()))
    }

    /// When records without a receipt are sent again.
    #[must_use]
    pub fn next_resend_ms(&self) -> Option<u64> {
        self.resend_at_ms
    }

    /// The line works: everything without a receipt may be sent, again from the start.
    pub fn link_up(&mut self) {
        self.take_back();
        self.resend_wait_ms = self.config.resend_ms;
        self.link_up = true;
    }

    /// The line is gone, or there is no power to use it.
    pub fn link_down(&mut self) {
        self.take_back();
        self.link_up = false;
    }

    /// The broker has a record. That frees the line, not the queue.
    pub fn acknowledged(&mut self, _sequence: u64) {
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
    }

    /// Takes a receipt from the line; says how many records it freed.
    ///
    /// # Errors
    /// [`ReceiptRefusal`]: counted, and nothing changed.
    pub fn receipt<'a>(
        &mut self,
        bytes: &'a [u8],
        now: Now,
        store: &mut impl Store,
    ) -> Result<usize, ReceiptRefusal<'a>> {
        let receipt = receipt::check(bytes, &self.config, self.next_sequence)
            .inspect_err(|_| self.counters.receipts_refused += 1)?;
        if self.receipted.is_some_and(|receipted| receipted >= receipt.sequence) {
            return Ok(0);
        }
        store.keep(Change::Receipted { sequence: receipt.sequence });
        self.receipted = Some(receipt.sequence);
        // What is lost later must not reach back over what waits since.
        self.lost.receipted(self.receipted);
        let freed = self.queue.free(receipt.sequence);
        self.counters.receipted += freed as u64;
        // The relayer answers: what is under way gets its full time again.
        self.resend_wait_ms = self.config.resend_ms;
        self.resend_at_ms =
            self.resend_at_ms.filter(|_| self.queue.len() > 0).map(|_| now.monotonic_ms + self.resend_wait_ms);
        Ok(freed)
    }

    /// The next bytes to publish, if any may go out now: none before the time is known. What the store was given must be
    /// durable first.
    ///
    /// # Errors
    /// [`NodeError::Signer`]: ask again later.
    pub fn next_publish(
        &mut self,
        now: Now,
        signer: &mut impl Signer,
        store: &mut impl Store,
    ) -> Result<Option<Publish>, NodeError> {
        if !self.may_publish(now) {
            return Ok(None);
        }
        while let Some(at) = self.queue.unsent(self.config.window) {
            let Some(bytes) = self.sign(at, signer, store)? else { continue };
            return Ok(Some(self.published(at, bytes, now)));
        }
        Ok(None)
    }

    /// Whether anything may go out. Takes back what has waited too long for its receipt.
    fn may_publish(&mut self, now: Now) -> bool {
        if !self.link_up || self.known.is_none() {
            return false;
        }
        if self.resend_at_ms.is_some_and(|at| at <= now.monotonic_ms) {
            self.take_back();
            self.resend_wait_ms = self.resend_wait_ms.saturating_mul(2).min(self.config.resend_max_ms);
        }
        // One more than the window: the newest state does not wait for the backlog's acknowledgements.
        self.unacknowledged <= self.config.window
    }

    fn published(&mut self, at: usize, bytes: RecordBytes, now: Now) -> Publish {
        self.queue.mark_sent(at);
        self.unacknowledged += 1;
        self.resend_at_ms.get_or_insert(now.monotonic_ms + self.resend_wait_ms);
        Publish { sequence: self.queue.sequence(at), bytes }
    }

    /// The settings it was started with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The settled level of the mains.
    #[must_use]
    pub fn mains(&self) -> Level {
        self.mains.settled()
    }

    /// The last record made.
    #[must_use]
    pub fn last(&self) -> Option<&Draft> {
        self.last.as_ref()
    }

    /// Everything up to here is receipted.
    #[must_use]
    pub fn receipted(&self) -> Option<u64> {
        self.receipted
    }

    /// Sequences of the records without a receipt, the oldest first.
    pub fn unreceipted(&self) -> impl Iterator<Item = u64> {
        self.queue.sequences()
    }

    /// How many sequences may be used before [`Node::extend`] is needed.
    #[must_use]
    pub fn sequences_left(&self) -> u64 {
        self.sequences_end.saturating_sub(self.next_sequence)
    }

    /// Takes all the memory that the queue may ever need, which a [`crate::flash`] store took already; after that the node
    /// allocates none: for hosts where none may be missing later.
    pub fn reserve(&mut self) {
        self.queue.reserve();
    }

    /// Whether no record may be sent now: those that may be on their way at a time are, or there are none.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.unsent(self.config.window).is_none()
    }

    /// How many records are without a receipt.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.queue.len()
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters { momentary: self.mains.momentary(), ..self.counters }
    }

    fn period_ms(&self) -> u64 {
        self.config.heartbeat_s.saturating_mul(1000)
    }

    /// Takes the time, if it is known; the first time that it is, heartbeats go on.
    fn take_time(&mut self, now: Now, store: &mut impl Store) {
        let Some(time) = now.time else { return };
        self.learn(now, store);
        if self.heartbeat_ms.is_none() {
            self.resume_heartbeat(now.monotonic_ms, time.unix_s);
        }
    }

    /// Heartbeats go on from the last record; from one of this start, which is its edge, and from the very first after the
    /// device's own wait.
    fn resume_heartbeat(&mut self, now_ms: u64, now_unix_s: u64) {
        let Some(last) = self.last.filter(|_| self.mains.settled().status() == PowerStatus::On) else { return };
        let first = last.sequence >= self.first_of_start
            || last.previous_sequence.unwrap_or(last.sequence - 1) < self.config.first_sequence;
        let wait_s = if first { self.config.first_heartbeat_s } else { self.config.heartbeat_s };
        // A clock that was set back must not silence the device.
        let last_unix_s = match last.stamp {
            Stamp::Known { unix_s, .. } => unix_s,
            Stamp::SinceStart { ms } => self.late_time(last.sequence, ms).map_or(now_unix_s, |(unix_s, _)| unix_s),
        };
        let left_s = last_unix_s.saturating_add(wait_s).saturating_sub(now_unix_s).min(wait_s);
        self.heartbeat_ms = Some(now_ms.saturating_add(left_s.saturating_mul(1000)));
    }

    fn make(&mut self, level: Level, stamp: Stamp, store: &mut impl Store) {
        let sequence = self.next_sequence;
        if sequence >= self.sequences_end {
            self.counters.exhausted += 1;
            return;
        }
        let before = self.queue.len();
        let must_drop = store.must_drop();
        must_drop.map(|up_to| self.queue.free(up_to));
        let unreceipted = self.receipted.map_or(self.config.first_sequence, |receipted| receipted + 1);
        if let Some(to) = self.queue.make_room().max(must_drop) {
            self.lost.insert(unreceipted, to);
        }
        self.counters.dropped += (before - self.queue.len()) as u64;
        if let Some(unknown) = self.unknown.take() {
            self.lost.insert_unknown(unknown, sequence);
        }
        // What may be lost behind the last record that can be read was not skipped.
        let predecessor = self.last.map_or(self.config.first_sequence - 1, |last| last.sequence);
        let predecessor = self.lost.end().map_or(predecessor, |end| predecessor.max(end));
        let previous_sequence = Some(predecessor).filter(|previous| previous + 1 != sequence);
        let dropped = self.lost.lowest(&self.queue);
        let (phases, power_status) = (level.phases(), level.status());
        let stamp = self.known_stamp(sequence, stamp);
        let draft = Draft { dropped, phases, power_status, previous_sequence, sequence, stamp };
        store.keep(Change::Made(draft));
        self.queue.push(sequence);
        self.last = Some(draft);
        self.next_sequence = sequence + 1;
        self.counters.made += 1;
    }

    fn take_back(&mut self) {
        self.counters.taken_back += self.queue.mark_all_unsent();
        self.unacknowledged = 0;
        self.resend_at_ms = None;
    }
}
