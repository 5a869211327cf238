//! Configurations: which one is taken, and what a reset makes of one on trial.

use embedded_storage::nor_flash::NorFlash;

use super::{Action, Orders, OrdersError};
use crate::{Configuration, MAX_TRIES, Refusal};

impl Orders {
    pub(super) fn resume_configuration<F: NorFlash>(
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

    pub(super) fn consider_configuration<F: NorFlash>(
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

    pub(super) fn drop_trial(&mut self, number: u64) {
        self.configuration_on_trial = false;
        self.state.trial.clear();
        self.state.trial_starts = 0;
        self.state.given_up_configuration = self.state.given_up_configuration.max(number);
        self.refused = Some((number, Refusal::Unconfirmed));
    }
}
