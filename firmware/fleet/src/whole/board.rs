//! One whole device.

mod assembly;

use std::{
    io,
    time::{Duration, Instant},
};

use assembly::Identity;
use device::{Device, Parts, RECORDS_TOPIC, settings};
use orders::Orders;
use protocol::record::PowerStatus;
use simulators::{
    Clock,
    atecc608::{Bus, SimAtecc608},
    flash::SimFlash,
    maintenance::{FIRST_RELEASE, Maintenance},
    sim7020::{PowerKey, Sim7020, Uart},
};

use super::{Happening, Step, count::CountFile, maintenance::CODE_BYTES, supply::Supply};
use crate::member::Tally;

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
const RECEIPT_PATIENCE: Duration = Duration::from_secs(60);
/// And how long where there is a copy: what stands against the copy's records may never be receipted.
const COPIED_PATIENCE: Duration = Duration::from_millis(500);
/// How near its time must come to the clock's to be the present.
const PRESENT_MS: u64 = 2_000;

type Running = Device<'static, SimFlash, Bus, Clock, Uart, PowerKey>;

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
