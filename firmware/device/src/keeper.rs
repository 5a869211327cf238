//! Who makes the device's key and keeps it.

use alloc::string::String;

use atecc608::{Atecc608, provision::Step};
use data_encoding::HEXLOWER;
use embedded_hal::{delay::DelayNs, i2c::I2c};

/// How far a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// There is none, and nothing was begun.
    Blank,
    /// Some of the steps were taken: they go on where they ended.
    Begun,
    /// It is made and cannot be replaced.
    Done,
}

impl KeyState {
    /// As the console spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Begun => "begun",
            Self::Done => "done",
        }
    }
}

/// Why there is no key, or no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeeperError {
    /// The secure element.
    #[error(transparent)]
    Chip(#[from] atecc608::Error),
    /// The flash that holds a development key.
    #[error("the flash with the key failed")]
    Flash,
    /// No key was made.
    #[error("no key was made")]
    NoKey,
}

/// A secure element, or the flash of a board without one.
pub trait Keeper {
    /// Whether what it signs may be news: false where the key can be read.
    const IS_DEVELOPMENT: bool;

    /// What no other part has, in lower hex digits.
    ///
    /// # Errors
    /// [`KeeperError`].
    fn serial(&mut self) -> Result<String, KeeperError>;

    /// How far its key is; changes nothing.
    ///
    /// # Errors
    /// [`KeeperError`].
    fn state(&mut self) -> Result<KeyState, KeeperError>;

    /// Makes the key, or takes up what was cut off; with one that is made it does nothing. Gives the public key, X||Y.
    ///
    /// # Errors
    /// [`KeeperError`].
    fn make(&mut self) -> Result<[u8; 64], KeeperError>;

    /// The public key, X||Y.
    ///
    /// # Errors
    /// [`KeeperError`].
    fn public_key(&mut self) -> Result<[u8; 64], KeeperError>;

    /// P-256 over the message's SHA-256: R||S, S as it comes.
    ///
    /// # Errors
    /// [`KeeperError`].
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], KeeperError>;

    /// Whether the part works.
    ///
    /// # Errors
    /// [`KeeperError`]: what is wrong with it.
    fn test(&mut self) -> Result<(), KeeperError>;
}

impl<I: I2c, D: DelayNs> Keeper for Atecc608<I, D> {
    const IS_DEVELOPMENT: bool = false;

    fn serial(&mut self) -> Result<String, KeeperError> {
        Ok(HEXLOWER.encode(&Atecc608::serial(self)?))
    }

    fn state(&mut self) -> Result<KeyState, KeeperError> {
        Ok(match self.provisioning_step()? {
            Step::WriteConfig => KeyState::Blank,
            Step::Done => KeyState::Done,
            _ => KeyState::Begun,
        })
    }

    fn make(&mut self) -> Result<[u8; 64], KeeperError> {
        Ok(self.provision()?)
    }

    fn public_key(&mut self) -> Result<[u8; 64], KeeperError> {
        Ok(Atecc608::public_key(self)?)
    }

    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], KeeperError> {
        Ok(Atecc608::sign(self, message)?)
    }

    fn test(&mut self) -> Result<(), KeeperError> {
        // Awake, with a CRC that is right, and of the kind that the driver knows.
        self.provisioning_step()?;
        Ok(())
    }
}
