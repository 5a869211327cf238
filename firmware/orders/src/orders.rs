//! The state machine: which order is taken, and what becomes of it.

use alloc::{string::String, vec::Vec};

use embedded_storage::nor_flash::NorFlash;
use protocol::key::PublicKey;

use crate::{
    CONFIRM_MS, Configuration, MAX_RELEASE_KEYS, Manifest, Refusal, SECTOR,
    boot::{FlashFailed, ImageState, OtaData},
    download::Download,
    state::{SECTORS, State, StateStore},
    transfer::Block,
};

mod configure;
mod update;

/// What the running image knows of itself.
#[derive(Clone, Debug)]
pub struct Running {
    /// The board that it was built for.
    pub board: &'static str,
    /// Its release.
    pub release: u64,
    /// Its security version.
    pub security_version: u64,
    /// Whose releases it takes, at most [`MAX_RELEASE_KEYS`]; none: it takes no update.
    pub release_keys: Vec<PublicKey>,
    /// The slot that it was started from, 0 or 1.
    pub slot: usize,
}

/// Where things lie in the flash.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The partition of [`crate::state`].
    pub state: u32,
    /// ESP-IDF's `otadata`.
    pub otadata: u32,
    /// The two slots for images.
    pub slots: [u32; 2],
    /// The size of each.
    pub slot_bytes: usize,
}

/// Why there are no orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrdersError {
    /// Partitions that do not lie on sectors within the flash, a slot that is none, or too many keys.
    #[error("the partitions for updates, or the release keys, are not what they must be")]
    Layout,
    /// The flash failed.
    #[error(transparent)]
    Flash(#[from] FlashFailed),
}

/// How things are when orders are polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The board's time since its start.
    pub now_ms: u64,
    /// There is power from the mains.
    pub mains: bool,
    /// The line is free, and no record waits to be sent.
    pub idle: bool,
}

/// What the host is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Publish this request for blocks.
    Publish(Vec<u8>),
    /// Restart: another image or configuration is to run.
    Restart,
}

/// A device's orders.
#[derive(Debug)]
pub struct Orders {
    running: Running,
    layout: Layout,
    device_id: String,
    operator_key: Option<PublicKey>,
    store: StateStore,
    state: State,
    otadata: OtaData,
    download: Option<Download>,
    /// The running image is on its first start.
    image_on_trial: bool,
    /// The configuration in force, and whether it is on trial.
    configuration: Option<Configuration>,
    configuration_on_trial: bool,
    /// Time on trial with mains present, since the start or the last receipt.
    trial_ms: u64,
    polled_ms: u64,
    /// Nothing is fetched or started before this.
    not_before_ms: u64,
    /// How often something else came than the image that is fetched.
    fetches_failed: u32,
    waiting_release: Option<Vec<u8>>,
    waiting_configuration: Option<Vec<u8>>,
    /// Number of the last order that was refused, and why.
    refused: Option<(u64, Refusal)>,
}

impl Orders {
    /// Reads what a reset left, and judges what it means: an image that was started and does not run has failed a try.
    /// `within_limits` says whether the device can run with a configuration.
    ///
    /// # Errors
    /// [`OrdersError`].
    pub fn open<F: NorFlash>(
        flash: &mut F,
        running: Running,
        layout: Layout,
        (device_id, operator_key): (&str, Option<PublicKey>),
        within_limits: impl Fn(&Configuration) -> bool,
    ) -> Result<Self, OrdersError> {
        let units = F::ERASE_SIZE == SECTOR && 4 % F::WRITE_SIZE == 0 && 4 % F::READ_SIZE == 0;
        let inside = |start: u32, bytes: usize| {
            start.is_multiple_of(SECTOR as u32) && start as usize + bytes <= flash.capacity()
        };
        let two = SECTORS * SECTOR;
        let slots = layout.slots.iter().all(|slot| inside(*slot, layout.slot_bytes));
        let lies = units && inside(layout.state, two) && inside(layout.otadata, two) && slots;
        if !lies || running.slot > 1 || running.release_keys.len() > MAX_RELEASE_KEYS {
            return Err(OrdersError::Layout);
        }
        let (store, state) = StateStore::open(flash, layout.state)?;
        let otadata = OtaData::read(flash, layout.otadata)?;
        let mut orders = Self {
            image_on_trial: otadata.is_pending(running.slot),
            running,
            layout,
            device_id: device_id.into(),
            operator_key,
            store,
            state,
            otadata,
            download: None,
            configuration: None,
            configuration_on_trial: false,
            trial_ms: 0,
            polled_ms: 0,
            not_before_ms: 0,
            fetches_failed: 0,
            waiting_release: None,
            waiting_configuration: None,
            refused: None,
        };
        orders.resume_update(flash)?;
        orders.resume_configuration(flash, within_limits)?;
        Ok(orders)
    }

    /// The configuration in force.
    #[must_use]
    pub fn configuration(&self) -> Option<&Configuration> {
        self.configuration.as_ref()
    }

    /// The running image.
    #[must_use]
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Whether image or configuration wait for a receipt that confirms them.
    #[must_use]
    pub fn is_on_trial(&self) -> bool {
        self.image_on_trial || self.configuration_on_trial
    }

    /// The release that is fetched, sectors of it that are written, and of all.
    #[must_use]
    pub fn progress(&self) -> Option<(u64, usize, usize)> {
        let download = self.download.as_ref()?;
        let (done, all) = download.progress();
        Some((download.manifest.release, done, all))
    }

    /// Number of the last order that was refused, and why.
    #[must_use]
    pub fn refused(&self) -> Option<(u64, Refusal)> {
        self.refused
    }

    /// Takes a manifest from the line; it is looked at when there is time for it.
    pub fn take_release(&mut self, bytes: &[u8]) {
        self.waiting_release = Some(bytes.into()).filter(|_| bytes.len() <= Manifest::MAX_BYTES);
    }

    /// Takes a configuration from the line; it is looked at when there is time for it.
    pub fn take_configuration(&mut self, bytes: &[u8]) {
        self.waiting_configuration = Some(bytes.into()).filter(|_| bytes.len() <= Configuration::MAX_BYTES);
    }

    /// Takes a block from the line; one that is not missing changes nothing.
    pub fn take_block(&mut self, bytes: &[u8]) {
        if let (Some(download), Some(block)) = (&mut self.download, Block::parse(bytes)) {
            download.take(&block);
        }
    }

    /// A receipt covers a record that was made since this start: what is on trial has shown that it works.
    ///
    /// # Errors
    /// [`OrdersError::Flash`]: start again.
    pub fn confirm<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), OrdersError> {
        if self.image_on_trial {
            self.otadata.judge(flash, self.running.slot, ImageState::Valid)?;
            self.image_on_trial = false;
            self.forget_update();
            self.save(flash, 0)?;
        }
        if self.configuration_on_trial {
            self.configuration_on_trial = false;
            self.state.configuration = core::mem::take(&mut self.state.trial);
            self.state.trial_starts = 0;
            self.save_all(flash)?;
        }
        Ok(())
    }

    /// A receipt came, for older records: a backlog on its way is no failure, and the trial's time begins anew.
    pub fn heard(&mut self) {
        self.trial_ms = 0;
    }

    /// Lets time pass: one step of what there is to do.
    ///
    /// # Errors
    /// [`OrdersError::Flash`]: start again.
    pub fn poll<F: NorFlash>(
        &mut self,
        flash: &mut F,
        moment: Moment,
        within_limits: impl Fn(&Configuration) -> bool,
    ) -> Result<Action, OrdersError> {
        let passed_ms = moment.now_ms.saturating_sub(self.polled_ms);
        self.polled_ms = moment.now_ms;
        if self.is_on_trial() {
            self.trial_ms += if moment.mains { passed_ms } else { 0 };
            return if self.trial_ms > CONFIRM_MS { self.take_back(flash) } else { Ok(Action::None) };
        }
        if !moment.mains || !moment.idle {
            return Ok(Action::None);
        }
        if let Some(bytes) = self.waiting_configuration.take() {
            return self.consider_configuration(flash, &bytes, within_limits);
        }
        if let Some(bytes) = self.waiting_release.take() {
            return self.consider_release(flash, &bytes);
        }
        if moment.now_ms < self.not_before_ms {
            return Ok(Action::None);
        }
        self.fetch(flash, moment.now_ms)
    }

    /// What nobody confirmed is taken back.
    fn take_back<F: NorFlash>(&mut self, flash: &mut F) -> Result<Action, OrdersError> {
        if self.configuration_on_trial {
            let number = self.configuration.as_ref().map_or(0, |it| it.configuration);
            self.drop_trial(number);
            self.save_all(flash)?;
        }
        if self.image_on_trial {
            self.otadata.judge(flash, self.running.slot, ImageState::Invalid)?;
        }
        Ok(Action::Restart)
    }

    fn refuse(&mut self, number: u64, refusal: Refusal) -> Action {
        self.refused = Some((number, refusal));
        Action::None
    }

    /// Keeps the state, and what is marked of an image.
    fn save_all<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), OrdersError> {
        let marks = self.store.marks(flash)?;
        self.save(flash, marks)
    }

    fn save<F: NorFlash>(&mut self, flash: &mut F, marks: usize) -> Result<(), OrdersError> {
        Ok(self.store.save(flash, &self.state, marks)?)
    }
}
