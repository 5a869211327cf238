//! The state machine: which order is taken, and what becomes of it.

use alloc::{string::String, vec::Vec};

use embedded_storage::nor_flash::NorFlash;
use protocol::key::PublicKey;

use crate::{
    CONFIRM_MS, Configuration, MAX_IMAGE_SECTORS, MAX_RELEASE_KEYS, MAX_TRIES, Manifest, RETRY_PAUSE_MS, Refusal,
    SECTOR,
    boot::{FlashFailed, ImageState, OtaData},
    download::{Download, Step},
    state::{Phase, SECTORS, State, StateStore},
    transfer::Block,
};

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
    /// Time on trial with mains present.
    trial_ms: u64,
    polled_ms: u64,
    /// Nothing is fetched or started before this.
    not_before_ms: u64,
    waiting_release: Option<Vec<u8>>,
    waiting_configuration: Option<Vec<u8>>,
    /// Number of the last order that was refused, and why.
    refused: Option<(u64, Refusal)>,
    blocks_refused: u32,
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
            waiting_release: None,
            waiting_configuration: None,
            refused: None,
            blocks_refused: 0,
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

    /// Blocks that came and were not missing.
    #[must_use]
    pub fn blocks_refused(&self) -> u32 {
        self.blocks_refused
    }

    /// Takes a manifest from the line; it is looked at when there is time for it.
    pub fn take_release(&mut self, bytes: &[u8]) {
        self.waiting_release = Some(bytes.into()).filter(|_| bytes.len() <= Manifest::MAX_BYTES);
    }

    /// Takes a configuration from the line; it is looked at when there is time for it.
    pub fn take_configuration(&mut self, bytes: &[u8]) {
        self.waiting_configuration = Some(bytes.into()).filter(|_| bytes.len() <= Configuration::MAX_BYTES);
    }

    /// Takes a block from the line.
    pub fn take_block(&mut self, bytes: &[u8]) {
        let block = Block::parse(bytes);
        let taken = self.download.as_mut().zip(block).is_some_and(|(download, block)| download.take(&block));
        self.blocks_refused = self.blocks_refused.saturating_add(u32::from(!taken));
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

    fn resume_update<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), OrdersError> {
        if self.state.phase == Phase::None || self.image_on_trial {
            return Ok(());
        }
        let acceptable = Manifest::verify(&self.state.manifest, &self.running.release_keys)
            .ok()
            .filter(|manifest| self.judge(manifest).is_ok());
        // Ours already, or of a key that does not count any more.
        let Some(manifest) = acceptable else {
            self.forget_update();
            return self.save(flash, 0);
        };
        let marks = self.store.marks(flash)?;
        if self.state.phase == Phase::Started {
            self.refused = Some((manifest.release, Refusal::Unconfirmed));
            if self.state.tries >= MAX_TRIES {
                return self.give_up(flash, manifest.release);
            }
            self.state.phase = Phase::Fetching;
            self.save(flash, marks)?;
        }
        if self.state.tries > 0 {
            self.not_before_ms = RETRY_PAUSE_MS;
        }
        self.download = Some(Download::new(manifest, self.other_slot(), marks));
        Ok(())
    }

    fn resume_configuration<F: NorFlash>(
        &mut self,
        flash: &mut F,
        within_limits: impl Fn(&Configuration) -> bool,
    ) -> Result<(), OrdersError> {
        let ours = |bytes: &[u8]| {
            let configuration = Configuration::verify(bytes, self.operator_key.as_ref()).ok()?;
            Some(configuration).filter(|it| it.device_id == self.device_id && within_limits(it))
        };
        let (kept, trial) = (ours(&self.state.configuration), ours(&self.state.trial));
        self.configuration = kept;
        if self.state.trial.is_empty() {
            return Ok(());
        }
        match trial {
            Some(trial) if self.state.trial_starts < MAX_TRIES => {
                self.state.trial_starts += 1;
                self.configuration = Some(trial);
                self.configuration_on_trial = true;
            }
            trial => self.drop_trial(trial.map_or(0, |trial| trial.configuration)),
        }
        self.save_all(flash)
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

    fn drop_trial(&mut self, number: u64) {
        self.configuration_on_trial = false;
        self.state.trial.clear();
        self.state.trial_starts = 0;
        self.state.given_up_configuration = self.state.given_up_configuration.max(number);
        self.refused = Some((number, Refusal::Unconfirmed));
    }

    fn consider_configuration<F: NorFlash>(
        &mut self,
        flash: &mut F,
        bytes: &[u8],
        within_limits: impl Fn(&Configuration) -> bool,
    ) -> Result<Action, OrdersError> {
        let configuration = match Configuration::verify(bytes, self.operator_key.as_ref()) {
            Ok(configuration) => configuration,
            Err(error) => return Ok(self.refuse(0, error.into())),
        };
        let number = configuration.configuration;
        let last = self.configuration.as_ref().map_or(0, |it| it.configuration);
        if configuration.device_id != self.device_id {
            return Ok(self.refuse(number, Refusal::Addressee));
        }
        // The one in force comes again with every connection.
        if number == last && bytes == self.state.configuration {
            return Ok(Action::None);
        }
        if number <= self.state.given_up_configuration {
            return Ok(self.refuse(number, Refusal::GivenUp));
        }
        if number <= last {
            return Ok(self.refuse(number, Refusal::Downgrade));
        }
        if !within_limits(&configuration) {
            return Ok(self.refuse(number, Refusal::Limits));
        }
        self.state.trial = bytes.into();
        self.state.trial_starts = 0;
        self.save_all(flash)?;
        Ok(Action::Restart)
    }

    /// Whether a release that is signed may be taken.
    fn judge(&self, manifest: &Manifest) -> Result<(), Refusal> {
        let most = self.layout.slot_bytes.min(MAX_IMAGE_SECTORS * SECTOR) as u64;
        if manifest.board != self.running.board {
            return Err(Refusal::Addressee);
        }
        if manifest.release <= self.running.release || manifest.security_version < self.running.security_version {
            return Err(Refusal::Downgrade);
        }
        if manifest.release <= self.state.given_up {
            return Err(Refusal::GivenUp);
        }
        if manifest.size == 0 || manifest.size > most { Err(Refusal::Size) } else { Ok(()) }
    }

    fn consider_release<F: NorFlash>(&mut self, flash: &mut F, bytes: &[u8]) -> Result<Action, OrdersError> {
        let manifest = match Manifest::verify(bytes, &self.running.release_keys) {
            Ok(manifest) => manifest,
            Err(error) => return Ok(self.refuse(0, error.into())),
        };
        // The release that runs or is fetched comes again with every connection.
        let known = self.download.is_some() && bytes == self.state.manifest;
        if known || manifest.release == self.running.release {
            return Ok(Action::None);
        }
        if let Err(refusal) = self.judge(&manifest) {
            return Ok(self.refuse(manifest.release, refusal));
        }
        (self.state.phase, self.state.tries) = (Phase::Fetching, 0);
        self.state.manifest = bytes.into();
        self.save(flash, 0)?;
        self.not_before_ms = 0;
        self.download = Some(Download::new(manifest, self.other_slot(), 0));
        Ok(Action::None)
    }

    fn fetch<F: NorFlash>(&mut self, flash: &mut F, now_ms: u64) -> Result<Action, OrdersError> {
        let Some(download) = &mut self.download else { return Ok(Action::None) };
        match download.step(flash, now_ms)? {
            Step::Nothing => Ok(Action::None),
            Step::Ask(request) => Ok(Action::Publish(request.to_bytes())),
            Step::Written(sector) => {
                self.store.mark(flash, sector)?;
                Ok(Action::None)
            }
            Step::Whole => self.start_other(flash),
            Step::Wrong(refusal) => {
                self.fetch_anew(flash, now_ms, refusal)?;
                Ok(Action::None)
            }
        }
    }

    /// The try is counted before the image is started: a power cut cannot make it one that was not.
    fn start_other<F: NorFlash>(&mut self, flash: &mut F) -> Result<Action, OrdersError> {
        (self.state.phase, self.state.tries) = (Phase::Started, self.state.tries.saturating_add(1));
        self.save_all(flash)?;
        self.otadata.activate_other(flash, self.running.slot)?;
        Ok(Action::Restart)
    }

    /// What came is not the image: again from the start, or never.
    fn fetch_anew<F: NorFlash>(&mut self, flash: &mut F, now_ms: u64, refusal: Refusal) -> Result<(), OrdersError> {
        let Some(download) = self.download.take() else { return Ok(()) };
        self.refused = Some((download.manifest.release, refusal));
        self.state.tries = self.state.tries.saturating_add(1);
        // An image that calls itself otherwise will do so again.
        if self.state.tries >= MAX_TRIES || refusal == Refusal::Image {
            return self.give_up(flash, download.manifest.release);
        }
        self.save(flash, 0)?;
        self.not_before_ms = now_ms + RETRY_PAUSE_MS;
        self.download = Some(Download::new(download.manifest, self.other_slot(), 0));
        Ok(())
    }

    fn give_up<F: NorFlash>(&mut self, flash: &mut F, release: u64) -> Result<(), OrdersError> {
        self.state.given_up = self.state.given_up.max(release);
        self.forget_update();
        self.save(flash, 0)
    }

    fn forget_update(&mut self) {
        (self.state.phase, self.state.tries, self.download) = (Phase::None, 0, None);
        self.state.manifest.clear();
    }

    fn refuse(&mut self, number: u64, refusal: Refusal) -> Action {
        self.refused = Some((number, refusal));
        Action::None
    }

    fn other_slot(&self) -> u32 {
        self.layout.slots[1 - self.running.slot]
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
