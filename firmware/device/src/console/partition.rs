//! The settings' partition: two copies of a sector each. An encrypted one takes whole sectors and nothing less.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use node::flash::SECTOR;

use crate::{
    limits::MAX_ERASED,
    settings::{COPY, MAX_SETTINGS, counting},
};

/// The mark at a copy's end that closes the console.
pub const SEAL: [u8; 16] = *b"console sealed.\n";

/// Bytes that are read at once to see whether a sector is erased.
const LOOK: usize = 256;

/// The flash failed, or does not hold what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the flash with the settings failed")]
pub struct PartitionFault;

/// [`MAX_SETTINGS`] bytes of flash, and the queue's partition, whose records go out under the settings' id.
pub trait Partition {
    /// Reads all of it.
    ///
    /// # Errors
    /// [`PartitionFault`].
    fn read_whole(&mut self) -> Result<Vec<u8>, PartitionFault>;

    /// Erases this copy, 0 or 1, and writes it; the other is not touched. `bytes` are [`COPY`].
    ///
    /// # Errors
    /// [`PartitionFault`].
    fn write_copy(&mut self, copy: usize, bytes: &[u8]) -> Result<(), PartitionFault>;

    /// Writes both copies, each read back before the next is begun. The one that counts is the last, so that a cut
    /// leaves what was there or what was to be written, whole.
    ///
    /// # Errors
    /// [`PartitionFault`].
    fn write_whole(&mut self, bytes: &[u8]) -> Result<(), PartitionFault> {
        if bytes.len() != COPY {
            return Err(PartitionFault);
        }
        let counts = counting(&self.read_whole()?).unwrap_or(1);
        for copy in [1 - counts, counts] {
            self.write_copy(copy, bytes)?;
            if self.read_whole()?[copy * COPY..][..COPY] != *bytes {
                return Err(PartitionFault);
            }
        }
        Ok(())
    }

    /// Whether the queue's partition has anything in it; also records with a receipt, since the next one names the last.
    ///
    /// # Errors
    /// [`PartitionFault`].
    fn has_records(&mut self) -> Result<bool, PartitionFault>;

    /// Erases [`MAX_ERASED`] sectors of the queue's partition that are not erased; says whether others are left.
    ///
    /// # Errors
    /// [`PartitionFault`].
    fn erase_records(&mut self) -> Result<bool, PartitionFault>;
}

/// The first sector of this range, which is of whole sectors, that is not erased.
///
/// # Errors
/// [`PartitionFault`].
pub fn first_used(flash: &mut impl NorFlash, range: Range<u32>) -> Result<Option<u32>, PartitionFault> {
    let mut bytes = [0; LOOK];
    for at in range.step_by(LOOK) {
        flash.read(at, &mut bytes).map_err(|_| PartitionFault)?;
        if bytes != [0xff; LOOK] {
            return Ok(Some(at / SECTOR as u32 * SECTOR as u32));
        }
    }
    Ok(None)
}

/// [`Partition::erase_records`] in this range of a flash, whole sectors.
///
/// # Errors
/// [`PartitionFault`].
pub fn erase_used(flash: &mut impl NorFlash, mut range: Range<u32>) -> Result<bool, PartitionFault> {
    for _ in 0..MAX_ERASED {
        let Some(sector) = first_used(flash, range.clone())? else { return Ok(false) };
        range.start = sector + SECTOR as u32;
        flash.erase(sector, range.start).map_err(|_| PartitionFault)?;
    }
    Ok(first_used(flash, range)?.is_some())
}

/// A flash, the settings' offset in it, and where the queue is, in whole sectors.
#[derive(Debug)]
pub struct Region<F>(pub F, pub u32, pub Range<u32>);

impl<F: NorFlash> Partition for Region<F> {
    fn read_whole(&mut self) -> Result<Vec<u8>, PartitionFault> {
        let mut bytes = vec![0; MAX_SETTINGS];
        self.0.read(self.1, &mut bytes).map_err(|_| PartitionFault)?;
        Ok(bytes)
    }

    fn write_copy(&mut self, copy: usize, bytes: &[u8]) -> Result<(), PartitionFault> {
        let at = self.1 + (copy * COPY) as u32;
        self.0.erase(at, at + COPY as u32).map_err(|_| PartitionFault)?;
        self.0.write(at, bytes).map_err(|_| PartitionFault)
    }

    fn has_records(&mut self) -> Result<bool, PartitionFault> {
        Ok(first_used(&mut self.0, self.2.clone())?.is_some())
    }

    fn erase_records(&mut self) -> Result<bool, PartitionFault> {
        erase_used(&mut self.0, self.2.clone())
    }
}

/// Whether the console is closed: one copy's word is enough.
#[must_use]
pub fn is_sealed(partition: &[u8]) -> bool {
    partition.chunks(COPY).any(|copy| copy.ends_with(&SEAL))
}
