//! A key in flash, for boards without a secure element: whoever reads the flash has it.

use alloc::string::String;

use embedded_storage::nor_flash::NorFlash;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};

use crate::{
    keeper::{Keeper, KeeperError, KeyState},
    limits::MAX_DRAWS,
    settings::checksum,
};

/// What its bytes begin with.
const MAGIC: [u8; 8] = *b"devkey1\n";
/// Beginning, key, checksum, and what fills the last word.
const LENGTH: usize = 48;

/// A sector of flash that holds the key.
pub struct FlashKey<F, R> {
    flash: F,
    at: u32,
    serial: String,
    random: R,
}

impl<F: NorFlash, R: FnMut() -> [u8; 32]> FlashKey<F, R> {
    /// In the sector from `at` on, for the board with this serial number; `random` gives 32 bytes that nobody can guess.
    pub fn new(flash: F, at: u32, serial: String, random: R) -> Self {
        Self { flash, at, serial, random }
    }

    fn load(&mut self) -> Result<Option<SigningKey>, KeeperError> {
        let mut bytes = [0; LENGTH];
        self.flash.read(self.at, &mut bytes).map_err(|_| KeeperError::Flash)?;
        let is_whole = bytes[..8] == MAGIC && bytes[40..44] == checksum(&bytes[..40]).to_le_bytes();
        Ok(SigningKey::from_slice(&bytes[8..40]).ok().filter(|_| is_whole))
    }

    fn key(&mut self) -> Result<SigningKey, KeeperError> {
        self.load()?.ok_or(KeeperError::NoKey)
    }
}

impl<F: NorFlash, R: FnMut() -> [u8; 32]> Keeper for FlashKey<F, R> {
    const IS_DEVELOPMENT: bool = true;

    fn serial(&mut self) -> Result<String, KeeperError> {
        Ok(self.serial.clone())
    }

    fn state(&mut self) -> Result<KeyState, KeeperError> {
        Ok(if self.load()?.is_some() { KeyState::Done } else { KeyState::Blank })
    }

    fn make(&mut self) -> Result<[u8; 64], KeeperError> {
        if self.load()?.is_none() {
            let key = (0..MAX_DRAWS).find_map(|_| SigningKey::from_slice(&(self.random)()).ok());
            let mut bytes = [0xff; LENGTH];
            bytes[..8].copy_from_slice(&MAGIC);
            bytes[8..40].copy_from_slice(&key.ok_or(KeeperError::NoKey)?.to_bytes());
            let sum = checksum(&bytes[..40]);
            bytes[40..44].copy_from_slice(&sum.to_le_bytes());
            self.flash.erase(self.at, self.at + F::ERASE_SIZE as u32).map_err(|_| KeeperError::Flash)?;
            self.flash.write(self.at, &bytes).map_err(|_| KeeperError::Flash)?;
        }
        self.public_key()
    }

    fn public_key(&mut self) -> Result<[u8; 64], KeeperError> {
        let point = self.key()?.verifying_key().to_encoded_point(false);
        point.as_bytes()[1..].try_into().map_err(|_| KeeperError::NoKey)
    }

    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], KeeperError> {
        let signature: Signature = self.key()?.sign(message);
        Ok(signature.to_bytes().into())
    }

    fn test(&mut self) -> Result<(), KeeperError> {
        self.key().map(|_| ())
    }
}
