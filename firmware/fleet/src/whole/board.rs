//! One whole device.

use std::{
    io,
    time::{Duration, Instant},
};

use device::{Device, Parts, RECORDS_TOPIC, settings};
use node::flash::FlashStore;
use orders::Orders;
use p256::ecdsa::SigningKey;
use protocol::record::PowerStatus;
use simulators::{
    Clock,
    atecc608::{Bus, SimAtecc608},
    flash::SimFlash,
    maintenance::{FIRST_RELEASE, Maintenance},
    sim7020::{PowerKey, Sim7020, Uart},
};

use super::{
    Happening, MAX_DRIFT_PPM, Station, Step,
    count::CountFile,
    maintenance::{CODE_BYTES, SECTORS, maintenance},
    station::settings_text,
    supply::Supply,
};
use crate::{member::Tally, scenario::Site};

/// From power to the first look at the mains.
const START_MS: u64 = 300;
/// Before a start is tried again, as the image waits.
const RESTART_PAUSE_MS: u64 = 60_000;
/// How long the power stays away when it went in the midst of a flash operation.
const CUT_MS: u64 = 5_000;
/// Longest time between two polls with something to do, unless the modem has something to say.
const BUSY_MS: u64 = 250;
/// And at rest.
const RESTING_MS: u64 = 1_000;
/// Polls in one round: every device has its turn.
const POLLS_A_ROUND: usize = 20_000;
/// How much later a device may be, by its own time, before it waits for the receipts of what it has sent. Shorter than
/// any wait after which it would send again.
const WITHOUT_RECEIPT_MS: u64 = 20_000;
/// How long it waits for them by the clock.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(15);
/// And how long where there is a copy: what stands against the copy's records may never be receipted.
const COPIED_PATIENCE: Duration = Duration::from_millis(500);
/// How near its time must come to the clock's to be the present.
const PRESENT_MS: u64 = 2_000;

type Running = Device<'static, SimFlash, Bus, Clock, Uart, PowerKey>;

/// What a device and its copy have in common.
#[derive(Clone)]
struct Identity {
    device_id: String,
    key: SigningKey,
    /// Both borrowed by the modem's driver for as long as a device runs.
    partition: &'static [u8],
    topics: &'static [&'static str],
    host: String,
    /// Of the queue's partition.
    sectors: usize,
}

/// A whole device in the hands of the field.
pub struct Board {
    identity: Identity,
    clock: Clock,
    /// UNIX time at the clock's zero, in ms.
    zero_unix_ms: u64,
    drift_ppm: i64,
    modem: Sim7020,
    chip: SimAtecc608,
    flash: SimFlash,
    supply: Supply,
    device: Option<Running>,
    /// When it started, or will: ms of the clock.
    boot_ms: u64,
    steps: Vec<Step>,
    next_step: usize,
    count_file: Option<CountFile>,
    /// Since when records are on their way: ms of the device's clock, and really.
    in_flight: Option<(u64, Instant)>,
    copy: Option<Box<Board>>,
    maintenance: Option<Maintenance>,
    /// Mains went while some of an image was there and some was not.
    cut_off_download: bool,
    /// What was counted before its last start.
    before: Tally,
    backlog: u64,
    caught_up: bool,
}

impl Board {
    /// A device as the steps up to `start_unix_ms` have it, with mains before the first; from where it was left where its
    /// flash is kept.
    ///
    /// # Errors
    /// Its files, or settings that the device does not take.
    pub fn new(
        site: &Site,
        key: &SigningKey,
        steps: Vec<Step>,
        start_unix_ms: u64,
        station: &Station,
    ) -> io::Result<Self> {
        let text = settings_text(site, station).map_err(io::Error::other)?;
        let partition: &'static [u8] = settings::seal(&text).into_bytes().leak();
        let is_updated = steps.iter().any(|step| step.what == Happening::Release);
        // Without an operator it listens to receipts alone.
        let topics = settings::topics(&site.device_id).into_iter().take(if is_updated { 2 } else { 1 });
        let topics: &'static [&'static str] = topics.map(|topic| &*topic.leak()).collect::<Vec<&'static str>>().leak();
        settings::parse(partition, node::flash::capacity(station.queue_sectors), topics).map_err(io::Error::other)?;
        let device_id = site.device_id.clone();
        let identity = Identity {
            device_id,
            key: key.clone(),
            partition,
            topics,
            host: station.host.clone(),
            sectors: station.queue_sectors,
        };
        let file = |what: &str| station.dir.as_ref().map(|dir| dir.join(format!("{}.{what}", site.device_id)));
        let sectors = station.queue_sectors + if is_updated { SECTORS } else { 0 };
        let flash = match file("flash") {
            Some(path) => SimFlash::in_file(&path, sectors)?,
            None => SimFlash::erased(sectors),
        };
        let (count_file, left_unix_ms) = match file("counter") {
            Some(path) => CountFile::open(path).map(|(file, unix_ms)| (Some(file), unix_ms))?,
            None => (None, 0),
        };
        let count = count_file.as_ref().map_or(0, CountFile::count);
        let left_unix_ms = left_unix_ms.max(last_record_ms(&flash, &identity)?);
        let begins_unix_ms = if left_unix_ms > 0 { left_unix_ms } else { start_unix_ms };
        let mut board = Self::assembled(identity, flash, count, begins_unix_ms, steps);
        board.count_file = count_file;
        if is_updated {
            board.maintenance = Some(maintenance(&site.device_id, &board.flash, station.queue_sectors)?);
        }
        // What happened before has left its mark.
        while let Some(step) = board.steps.get(board.next_step).filter(|step| step.unix_ms <= begins_unix_ms) {
            let what = step.what;
            board.next_step += 1;
            if !matches!(what, Happening::FlashCut(..)) {
                board.happen(what)?;
            }
        }
        Ok(board)
    }

    fn assembled(identity: Identity, flash: SimFlash, count: u32, zero_unix_ms: u64, steps: Vec<Step>) -> Self {
        let clock = Clock::default();
        let chip = SimAtecc608::provisioned(&clock, identity.key.clone(), count);
        let modem = Sim7020::new(&clock);
        let flash = flash.timed(&clock);
        {
            let mut state = modem.state();
            state.broker.name.clone_from(&identity.host);
            state.network.unix_s_at_zero = Some(zero_unix_ms / 1_000);
        }
        let spread = protocol::digest(identity.device_id.as_bytes())[0];
        Self {
            drift_ppm: i64::from(spread) % (2 * MAX_DRIFT_PPM + 1) - MAX_DRIFT_PPM,
            // The network tells whole seconds: its zero is one.
            zero_unix_ms: zero_unix_ms / 1_000 * 1_000,
            supply: Supply::new(PowerStatus::On, 0),
            boot_ms: START_MS,
            next_step: 0,
            device: None,
            count_file: None,
            in_flight: None,
            copy: None,
            maintenance: None,
            cut_off_download: false,
            before: Tally::default(),
            backlog: 0,
            caught_up: false,
            identity,
            clock,
            modem,
            chip,
            flash,
            steps,
        }
    }

    /// Its own time.
    #[must_use]
    pub fn unix_ms(&self) -> u64 {
        self.zero_unix_ms + self.clock.ms()
    }

    /// The line to the real broker is up or down: the simulated one is as reachable.
    pub fn set_line(&mut self, up: bool) {
        let mut state = self.modem.state();
        state.broker.reachable = up;
        if !up {
            state.drop_connection();
        }
        drop(state);
        if let Some(copy) = &mut self.copy {
            copy.set_line(up);
        }
    }

    /// A message of the broker's.
    pub fn deliver(&mut self, topic: &str, bytes: &[u8]) {
        self.modem.state().deliver(topic, bytes);
        // Of what is still on its way the wait begins anew; when nothing is, the next poll ends it.
        self.in_flight = self.in_flight.map(|_| (self.clock.ms(), Instant::now()));
        if let Some(copy) = &mut self.copy {
            copy.deliver(topic, bytes);
        }
    }

    /// Lets its time run up to the clock's, or until it waits for receipts; gives what it published.
    ///
    /// # Errors
    /// What must be kept cannot be.
    pub fn work(&mut self, now_unix_ms: u64, out: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
        for _ in 0..POLLS_A_ROUND {
            if self.unix_ms() >= now_unix_ms || self.waits(now_unix_ms) {
                break;
            }
            self.go_on(now_unix_ms)?;
        }
        let (count, unix_ms) = (self.chip.chip().counter(0), self.unix_ms());
        if let Some(file) = &mut self.count_file {
            file.keep(count, unix_ms)?;
        }
        let published = std::mem::take(&mut self.modem.state().broker.received);
        out.extend(published);
        if let Some(copy) = &mut self.copy {
            copy.work(now_unix_ms, out)?;
        }
        Ok(())
    }

    /// Records without a receipt, as last seen.
    #[must_use]
    pub fn backlog(&self) -> u64 {
        self.backlog
    }

    /// What is counted.
    pub(crate) fn tally(&self) -> Tally {
        let behind = u64::from(!self.caught_up);
        Tally {
            unreceipted: self.backlog,
            updated: self.is_updated(),
            cut_off: self.cut_off_download,
            backlog_left: if self.caught_up { 0 } else { self.backlog + behind },
            ..self.counted()
        }
    }

    /// What its devices have counted, one start after the other.
    fn counted(&self) -> Tally {
        self.device.as_ref().map_or(self.before, |device| self.before.with(device.counts()))
    }

    /// Whether it runs a release that came over the air and that a receipt has confirmed.
    fn is_updated(&self) -> bool {
        let orders = self.device.as_ref().and_then(Device::orders);
        orders.is_some_and(|it| it.running().release > FIRST_RELEASE && !it.is_on_trial())
    }

    fn is_downloading(&self) -> bool {
        let progress = self.device.as_ref().and_then(Device::orders).and_then(Orders::progress);
        progress.is_some_and(|(_, written, all)| (1..all).contains(&written))
    }

    fn waits(&self, now_unix_ms: u64) -> bool {
        let patience = if self.copy.is_some() { COPIED_PATIENCE } else { RECEIPT_PATIENCE };
        let waited = |(since_ms, since): (u64, Instant)| {
            since_ms + WITHOUT_RECEIPT_MS <= self.clock.ms() && since.elapsed() < patience
        };
        self.unix_ms() + PRESENT_MS < now_unix_ms && self.in_flight.is_some_and(waited)
    }

    /// Up to the next poll, or the next happening, whichever comes first.
    fn go_on(&mut self, now_unix_ms: u64) -> io::Result<()> {
        let most_ms = now_unix_ms - self.unix_ms();
        let now_ms = self.clock.ms();
        let happens_ms = self.steps.get(self.next_step).map(|step| step.unix_ms.saturating_sub(self.zero_unix_ms));
        let ends = [happens_ms, self.supply.empty_ms(), Some(self.boot_ms)];
        let next_ms = ends.into_iter().flatten().filter(|at_ms| *at_ms > now_ms).min().unwrap_or(u64::MAX);
        let pause_ms = if self.device.is_some() { self.pause_ms() } else { u64::MAX };
        self.clock.pass_ms(pause_ms.min(next_ms - now_ms).min(most_ms).max(1));
        while let Some(step) = self.steps.get(self.next_step).filter(|step| step.unix_ms <= self.unix_ms()) {
            let what = step.what;
            self.next_step += 1;
            self.happen(what)?;
        }
        if !self.supply.carries(self.clock.ms()) {
            self.go_dark();
        } else if self.device.is_some() {
            self.poll();
        } else if self.boot_ms <= self.clock.ms() {
            self.start();
        }
        // What stands against its copy's records may never be receipted.
        let is_present = self.unix_ms() + PRESENT_MS >= now_unix_ms;
        if !self.caught_up && is_present && (self.backlog == 0 || self.copy.is_some()) {
            tracing::info!(device_id = self.identity.device_id, "has come to the present");
            self.caught_up = true;
        }
        Ok(())
    }

    /// Until the modem has something to say, but not long while there is something to do.
    fn pause_ms(&self) -> u64 {
        let online = self.device.as_ref().is_some_and(Device::is_online);
        let most_ms = if online && self.backlog == 0 { RESTING_MS } else { BUSY_MS };
        let due_ms = self.modem.state().next_due_ms().unwrap_or(u64::MAX);
        due_ms.saturating_sub(self.clock.ms()).clamp(1, most_ms)
    }

    fn happen(&mut self, what: Happening) -> io::Result<()> {
        let now_ms = self.clock.ms();
        match what {
            Happening::Mains(mains) => {
                let dark = !self.supply.carries(now_ms);
                self.cut_off_download |= mains == PowerStatus::Off && self.is_downloading();
                self.supply.set(mains, now_ms);
                if dark && mains == PowerStatus::On {
                    self.boot_ms = now_ms + START_MS;
                }
            }
            Happening::Coverage(coverage) => self.modem.state().set_coverage(coverage),
            Happening::HoldUpMs(hold_up_ms) => self.supply.hold_up_ms = hold_up_ms,
            Happening::FlashCut(operation, cut) => self.flash.cells().cut_at(operation, cut),
            Happening::Release => {
                if let Some(maintenance) = &mut self.maintenance {
                    maintenance.release(&self.modem, FIRST_RELEASE + 1, CODE_BYTES);
                }
            }
            Happening::Cloned => self.copy = Some(Box::new(self.cloned())),
        }
        Ok(())
    }

    /// The same key, the same flash, the same count, somewhere with mains and coverage, and nothing happens to it.
    fn cloned(&self) -> Self {
        let flash = SimFlash::erased(self.identity.sectors);
        flash.cells().set_bytes(self.flash.cells().bytes());
        let count = self.chip.chip().counter(0);
        Self::assembled(self.identity.clone(), flash, count, self.unix_ms(), Vec::new())
    }

    fn go_dark(&mut self) {
        self.forget_device();
        self.modem.state().lose_power();
        self.chip.chip().lose_power();
        self.boot_ms = u64::MAX;
    }

    fn forget_device(&mut self) {
        self.before = self.counted();
        self.device = None;
    }

    fn start(&mut self) {
        self.boot_ms = self.clock.ms();
        self.flash.cells().power_on();
        let Identity { partition, topics, sectors, .. } = self.identity;
        let Ok(told) = settings::parse(partition, node::flash::capacity(sectors), topics) else { return };
        let running = self.maintenance.as_ref().map(|maintenance| maintenance.boot(&mut self.flash));
        let parts = Parts {
            flash: (self.flash.clone(), 0, sectors),
            chip: (self.chip.bus(100_000), self.clock.clone(), atecc608::ADDRESS),
            modem: (self.modem.uart(), self.modem.power_key()),
        };
        self.device = Device::start(parts, told.node, told.modem)
            .inspect_err(|error| tracing::warn!(device_id = self.identity.device_id, %error, "does not start"))
            .ok();
        if let (Some(running), Some(maintenance)) = (running, &self.maintenance) {
            let who = (self.identity.device_id.as_str(), None);
            let orders = running
                .and_then(|running| Orders::open(&mut self.flash, running, maintenance.layout, who, |_| true).ok());
            self.device = self.device.take().zip(orders).map(|(device, orders)| device.with_orders(orders, "power-on"));
        }
        if self.device.is_none() {
            self.boot_ms = self.clock.ms() + RESTART_PAUSE_MS;
        }
    }

    fn poll(&mut self) {
        // Its own crystal.
        let true_ms = self.clock.ms().saturating_sub(self.boot_ms);
        let board_ms = true_ms.saturating_add_signed(true_ms as i64 * self.drift_ppm / 1_000_000);
        let mains = self.supply.mains();
        let Some(device) = &mut self.device else { return };
        let polled = device.poll(mains, board_ms);
        self.backlog = device.node().map_or(self.backlog, |node| node.backlog() as u64);
        // Reports are answered by nobody. A wait that was in vain does not keep the next record from being waited for.
        let sent = self.modem.state().broker.received.iter().any(|(topic, _)| topic.starts_with(RECORDS_TOPIC));
        if self.backlog == 0 || !device.is_online() {
            self.in_flight = None;
        } else if sent && self.in_flight.is_none_or(|(_, since)| since.elapsed() > RECEIPT_PATIENCE) {
            self.in_flight = Some((self.clock.ms(), Instant::now()));
        }
        if let Some(maintenance) = &self.maintenance {
            maintenance.serve(&self.modem);
        }
        if let Err(device::Error::Ordered) = polled {
            self.forget_device();
            self.boot_ms = self.clock.ms() + START_MS;
        } else if let Err(error) = polled {
            let cut = self.flash.cells().is_off();
            tracing::debug!(device_id = self.identity.device_id, %error, cut, "starts again");
            if cut {
                self.go_dark();
            }
            self.forget_device();
            self.boot_ms = self.clock.ms() + if cut { CUT_MS } else { RESTART_PAUSE_MS };
        }
    }
}

/// When the last record in a flash was made, 0 where there is none: what happened up to then is told.
fn last_record_ms(flash: &SimFlash, identity: &Identity) -> io::Result<u64> {
    let limit = node::flash::capacity(identity.sectors);
    let told = settings::parse(identity.partition, limit, identity.topics).map_err(io::Error::other)?;
    let opened = FlashStore::open(flash.clone(), 0, identity.sectors, &told.node).map_err(io::Error::other)?;
    let last_unix_s = opened.1.last.and_then(|last| last.stamp.unix_s());
    Ok(last_unix_s.map_or(0, |unix_s| (unix_s + 1) * 1_000))
}
