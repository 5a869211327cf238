//! The settings' partition, written as a whole: an encrypted one takes whole sectors and nothing less.

use alloc::{vec, vec::Vec};

use embedded_storage::nor_flash::NorFlash;

use crate::settings::MAX_SETTINGS;

/// The mark at the partition's end that closes the console.
pub const SEAL: [u8; 16] = *b"console sealed.\n";

/// The flash failed, or does not hold what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the flash with the settings failed")]
pub struct PartitionFault;

/// [`MAX_SETTINGS`] bytes of flash.
pub trait Partition {
    /// Reads all of it.
    ///
    /// # Errors
    /// [`PartitionFault`].
    fn read_whole(&mut self) -> Result<Vec<u8>, PartitionFault>;

    /// Writes all of it and reads it back. A cut in between leaves settings that are none.
    ///
    /// # Errors
    /// [`PartitionFault`].
    fn write_whole(&mut self, bytes: &[u8]) -> Result<(), PartitionFault>;
}

/// A region of a flash, from this offset on.
#[derive(Debug)]
pub struct Region<F>(pub F, pub u32);

impl<F: NorFlash> Partition for Region<F> {
    fn read_whole(&mut self) -> Result<Vec<u8>, PartitionFault> {
        let mut bytes = vec![0; MAX_SETTINGS];
        self.0.read(self.1, &mut bytes).map_err(|_| PartitionFault)?;
        Ok(bytes)
    }

    fn write_whole(&mut self, bytes: &[u8]) -> Result<(), PartitionFault> {
        if bytes.len() != MAX_SETTINGS {
            return Err(PartitionFault);
        }
        self.0.erase(self.1, self.1 + MAX_SETTINGS as u32).map_err(|_| PartitionFault)?;
        self.0.write(self.1, bytes).map_err(|_| PartitionFault)?;
        if self.read_whole()? == bytes { Ok(()) } else { Err(PartitionFault) }
    }
}

/// Whether the console is closed.
#[must_use]
pub fn is_sealed(partition: &[u8]) -> bool {
    partition.ends_with(&SEAL)
}
