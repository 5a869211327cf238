//! How a board is put together: new, from the files that it left behind, or as the copy of another.

use std::io;

use device::settings;
use node::flash::FlashStore;
use p256::ecdsa::SigningKey;
use protocol::record::PowerStatus;
use simulators::{Clock, atecc608::SimAtecc608, flash::SimFlash, sim7020::Sim7020};

use super::{
    super::{
        Happening, MAX_DRIFT_PPM, Station, Step,
        count::CountFile,
        maintenance::{SECTORS, maintenance},
        station::settings_text,
        supply::Supply,
    },
    Board, START_MS,
};
use crate::{member::Tally, scenario::Site};

/// What a device and its copy have in common.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) device_id: String,
    key: SigningKey,
    /// Both borrowed by the modem's driver for as long as a device runs.
    pub(super) partition: &'static [u8],
    pub(super) topics: &'static [&'static str],
    host: String,
    /// Of the queue's partition.
    pub(super) sectors: usize,
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

    /// The same key, the same flash, the same count, somewhere with mains and coverage, and nothing happens to it.
    pub(super) fn cloned(&self) -> Self {
        let flash = SimFlash::erased(self.identity.sectors);
        flash.cells().set_bytes(self.flash.cells().bytes());
        let count = self.chip.chip().counter(0);
        Self::assembled(self.identity.clone(), flash, count, self.unix_ms(), Vec::new())
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
