//! A device and its operator: orders from the line to [`Orders`], what they ask for back to the line, and the self-test
//! report. Records go first: nothing here uses the line while one waits to be sent, nor without mains.

use alloc::{format, string::String};

use atecc608::{Error as ChipError, provision};
use embedded_hal::{delay::DelayNs, digital::OutputPin, i2c::I2c};
use embedded_io::{Read, ReadReady, Write};
use embedded_storage::nor_flash::NorFlash;
use node::Signer as _;
use orders::{Action, Configuration, Moment, Orders, Refusal, Report};
use protocol::{key::Signature, record::PowerStatus};

use crate::{
    BLOCK, CONFIGURATION, Device, Error, ORDERS_TOPIC, RELEASE, REPORT_AGAIN_MS, REPORT_MS, REPORTS_TOPIC,
    REQUESTS_TOPIC, device::ChipSigner, settings,
};

/// The modem's word for a strength that it does not know.
const SIGNAL_UNKNOWN: u8 = 99;

/// What a device needs to obey.
pub(crate) struct Obedience {
    orders: Orders,
    /// Why the board started.
    reset: &'static str,
    prefix: String,
    requests: String,
    reports: String,
    report_due_ms: u64,
    /// When one was last begun, and which refusal the last one told.
    asked_ms: Option<u64>,
    told: Option<(u64, Refusal)>,
    /// The record that shows whether what is on trial works is made.
    beaten: bool,
    /// Up to where the last receipt went.
    receipted: Option<u64>,
}

impl Obedience {
    /// After the start, once a day, and when another order was refused than the last report says.
    fn is_due(&self, now_ms: u64) -> bool {
        let rests = self.asked_ms.is_some_and(|asked_ms| now_ms < asked_ms + REPORT_AGAIN_MS);
        !rests && (self.report_due_ms <= now_ms || self.orders.refused() != self.told)
    }
}

/// Whether a node and a modem with these settings can run with a configuration.
#[must_use]
pub fn within_limits(node: &node::Config, modem: &sim7020::Config<'_>, configuration: &Configuration) -> bool {
    let mut node = node.clone();
    settings::change_node(&mut node, &configuration.changes);
    node.check().is_ok() && settings::changed_modem(*modem, &configuration.changes).check().is_ok()
}

impl<'a, F, I, D, U, K> Device<'a, F, I, D, U, K>
where
    F: NorFlash,
    I: I2c,
    D: DelayNs,
    U: Read + ReadReady + Write,
    K: OutputPin,
{
    /// Gives the device an operator, and `reset`, the board's word for why it started: 1 to 10 of a-z, 0-9 and `-`.
    #[must_use]
    pub fn with_orders(mut self, orders: Orders, reset: &'static str) -> Self {
        let device_id = self.device_id();
        self.orders = Some(Obedience {
            orders,
            reset,
            prefix: format!("{ORDERS_TOPIC}{device_id}/"),
            requests: format!("{REQUESTS_TOPIC}{device_id}"),
            reports: format!("{REPORTS_TOPIC}{device_id}"),
            report_due_ms: 0,
            asked_ms: None,
            told: None,
            beaten: false,
            receipted: None,
        });
        self
    }

    /// Its orders.
    #[must_use]
    pub fn orders(&self) -> Option<&Orders> {
        self.orders.as_ref().map(|obedience| &obedience.orders)
    }

    /// Whether the message that came is from the operator.
    pub(crate) fn is_order(&self) -> bool {
        let topic = self.modem.message().0;
        self.orders.as_ref().is_some_and(|obedience| topic.starts_with(&obedience.prefix))
    }

    pub(crate) fn take_order(&mut self) {
        let (topic, bytes) = self.modem.message();
        let Some(obedience) = &mut self.orders else { return };
        match topic.strip_prefix(obedience.prefix.as_str()) {
            Some(RELEASE) => obedience.orders.take_release(bytes),
            Some(CONFIGURATION) => obedience.orders.take_configuration(bytes),
            Some(BLOCK) => obedience.orders.take_block(bytes),
            _ => {}
        }
    }

    /// One step of what the operator has ordered, and the report when its time has come.
    pub(crate) fn obey(&mut self, now_ms: u64) -> Result<(), Error> {
        let (knows_time, now) = (self.knows_time(), self.clock.at(now_ms));
        let Some(obedience) = &mut self.orders else { return Ok(()) };
        let mains = self.off_since_ms.is_none();
        if obedience.orders.is_on_trial()
            && knows_time
            && let Some(node) = &mut self.node
        {
            if !obedience.beaten && node.mains().status() == PowerStatus::On {
                node.beat(now, &mut self.store);
                self.store.check()?;
                obedience.beaten = true;
            }
            if obedience.receipted != node.receipted() {
                obedience.receipted = node.receipted();
                obedience.orders.heard();
            }
            if node.receipted().is_some_and(|sequence| sequence >= self.first_sequence) {
                obedience.orders.confirm(self.store.flash())?;
            }
        }
        let sent = self.node.as_ref().is_some_and(node::Node::is_idle);
        let idle = sent && self.sending.is_none() && self.modem.can_publish() && knows_time;
        let moment = Moment { now_ms, mains, idle };
        let node = self.node.as_ref().map(node::Node::config).or(self.early.as_ref().map(|early| &early.config));
        let fits = |it: &Configuration| node.is_some_and(|node| within_limits(node, self.modem.config(), it));
        match obedience.orders.poll(self.store.flash(), moment, fits)? {
            Action::None => {}
            Action::Restart => return Err(Error::Ordered),
            // What the modem does not take now is asked for again.
            Action::Publish(request) => drop(self.modem.publish(&obedience.requests, &request, now_ms)),
        }
        // Not on trial: the operator takes a report for the word that what he ordered holds.
        if mains && idle && self.modem.can_publish() && !obedience.orders.is_on_trial() && obedience.is_due(now_ms) {
            obedience.asked_ms = Some(now_ms);
            self.modem.read_signal(now_ms);
        }
        Ok(())
    }

    /// The strength of the signal is known: the report goes out with it.
    pub(crate) fn report(&mut self, rssi: Option<u8>, now_ms: u64) {
        let Some(report) = self.look(rssi, now_ms) else { return };
        let signed = ChipSigner(&mut self.chip).sign(&report.to_bytes()).ok();
        let Some(signature) = signed.and_then(|raw| Signature::normalized(&raw).ok()) else { return };
        let Some(obedience) = &mut self.orders else { return };
        if self.modem.publish(&obedience.reports, &report.to_signed_bytes(&signature), now_ms).is_ok() {
            obedience.report_due_ms = now_ms + REPORT_MS;
            obedience.told = obedience.orders.refused();
        }
    }

    /// What the device finds when it looks at itself; none where the secure element says nothing now.
    fn look(&mut self, rssi: Option<u8>, now_ms: u64) -> Option<Report> {
        let (chip_serial, locked) = self.look_at_chip().ok()?;
        let timestamp_unix_s = self.clock.at(now_ms).time?.unix_s;
        let counts = self.counts();
        let Obedience { orders, reset, .. } = self.orders.as_ref()?;
        let refused = orders.refused();
        Some(Report {
            backlog: self.node.as_ref()?.backlog() as u64,
            chip_failures: counts.chip_failures.into(),
            chip_serial,
            chip_locked: locked.into(),
            clock_steps: self.clock.steps().into(),
            configuration: orders.configuration().map_or(0, |it| it.configuration),
            device_id: self.device_id().into(),
            exhausted: Some(counts.node.exhausted),
            lost: counts.node.dropped + counts.node.unreadable,
            momentary: Some(counts.node.momentary),
            refused: refused.map_or(0, |(number, _)| number),
            refusal: refused.map_or_else(|| "none".into(), |(_, refusal)| format!("{refusal}")),
            release: orders.running().release,
            reset: (*reset).into(),
            security_version: orders.running().security_version,
            signal: rssi.unwrap_or(SIGNAL_UNKNOWN).into(),
            slot: orders.running().slot as u64,
            timestamp_unix_s,
            uptime_s: now_ms / 1_000,
        })
    }

    /// Serial number, and whether everything is locked that is locked when it is provisioned.
    fn look_at_chip(&mut self) -> Result<([u8; 9], bool), ChipError> {
        let serial = self.chip.serial()?;
        Ok((serial, self.chip.provisioning_step() == Ok(provision::Step::Done)))
    }
}
