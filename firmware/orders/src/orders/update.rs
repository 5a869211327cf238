//! Updates: which release is taken, and its way into the other slot.

use embedded_storage::nor_flash::NorFlash;

use super::{Action, Orders, OrdersError};
use crate::{
    MAX_IMAGE_SECTORS, MAX_RETRY_PAUSE_MS, MAX_TRIES, Manifest, RETRY_PAUSE_MS, Refusal, SECTOR,
    download::{Download, Step},
    state::Phase,
};

impl Orders {
    pub(super) fn resume_update<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), OrdersError> {
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

    /// Whether a release that is signed may be taken.
    pub(super) fn judge(&self, manifest: &Manifest) -> Result<(), Refusal> {
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

    pub(super) fn consider_release<F: NorFlash>(&mut self, flash: &mut F, bytes: &[u8]) -> Result<Action, OrdersError> {
        let manifest = match Manifest::verify(bytes, &self.running.release_keys) {
            Ok(manifest) => manifest,
            Err(error) => return Ok(self.refuse(0, error.into())),
        };
        // The release that runs or is fetched comes again with every connection of the device's or the operator's.
        if let Some(download) = self.download.as_mut().filter(|_| bytes == self.state.manifest) {
            download.ask_anew();
            return Ok(Action::None);
        }
        if manifest.release == self.running.release {
            return Ok(Action::None);
        }
        if let Err(refusal) = self.judge(&manifest) {
            return Ok(self.refuse(manifest.release, refusal));
        }
        (self.state.phase, self.state.tries) = (Phase::Fetching, 0);
        self.state.manifest = bytes.into();
        self.save(flash, 0)?;
        (self.not_before_ms, self.fetches_failed) = (0, 0);
        self.download = Some(Download::new(manifest, self.other_slot(), 0));
        Ok(Action::None)
    }

    pub(super) fn fetch<F: NorFlash>(&mut self, flash: &mut F, now_ms: u64) -> Result<Action, OrdersError> {
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

    /// The try is counted before the image is started: whatever a power cut leaves, the tries come to an end.
    pub(super) fn start_other<F: NorFlash>(&mut self, flash: &mut F) -> Result<Action, OrdersError> {
        (self.state.phase, self.state.tries) = (Phase::Started, self.state.tries.saturating_add(1));
        self.save_all(flash)?;
        self.otadata.activate_other(flash, self.running.slot)?;
        Ok(Action::Restart)
    }

    /// What came is not the image: again from the start. What calls itself otherwise: never.
    pub(super) fn fetch_anew<F: NorFlash>(
        &mut self,
        flash: &mut F,
        now_ms: u64,
        refusal: Refusal,
    ) -> Result<(), OrdersError> {
        let Some(download) = self.download.take() else { return Ok(()) };
        self.refused = Some((download.manifest.release, refusal));
        // An image that calls itself otherwise will do so again.
        if refusal == Refusal::Image {
            return self.give_up(flash, download.manifest.release);
        }
        self.save(flash, 0)?;
        let pause_ms = RETRY_PAUSE_MS << self.fetches_failed.min(16);
        self.not_before_ms = now_ms + pause_ms.min(MAX_RETRY_PAUSE_MS);
        self.fetches_failed += 1;
        self.download = Some(Download::new(download.manifest, self.other_slot(), 0));
        Ok(())
    }

    pub(super) fn give_up<F: NorFlash>(&mut self, flash: &mut F, release: u64) -> Result<(), OrdersError> {
        self.state.given_up = self.state.given_up.max(release);
        self.forget_update();
        self.save(flash, 0)
    }

    pub(super) fn forget_update(&mut self) {
        (self.state.phase, self.state.tries, self.download) = (Phase::None, 0, None);
        self.state.manifest.clear();
    }

    pub(super) fn other_slot(&self) -> u32 {
        self.layout.slots[1 - self.running.slot]
    }
}
