//! The chip's flash as one: where it is encrypted, slots and `otadata` are written encrypted; the bootloader reads them no
//! other way. Both are written by whole sectors after they were erased, which is what encryption needs.

use core::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use esp_storage::{FlashStorage, FlashStorageError};

/// The flash with its always encrypted partitions.
pub struct Flash {
    inner: FlashStorage<'static>,
    encrypted: [Range<u32>; 3],
    is_on: bool,
}

impl Flash {
    /// Looks in the chip's eFuses whether its flash is encrypted.
    pub fn new(inner: FlashStorage<'static>, encrypted: [Range<u32>; 3]) -> Self {
        Self { inner, encrypted, is_on: esp_storage::flash_encryption() }
    }

    fn is_encrypted(&self, offset: u32) -> bool {
        self.is_on && self.encrypted.iter().any(|range| range.contains(&offset))
    }
}

impl ErrorType for Flash {
    type Error = FlashStorageError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = <FlashStorage<'static> as ReadNorFlash>::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashStorageError> {
        if self.is_encrypted(offset) {
            return self.inner.read_encrypted(offset, bytes);
        }
        ReadNorFlash::read(&mut self.inner, offset, bytes)
    }

    fn capacity(&self) -> usize {
        ReadNorFlash::capacity(&self.inner)
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = <FlashStorage<'static> as NorFlash>::WRITE_SIZE;
    const ERASE_SIZE: usize = <FlashStorage<'static> as NorFlash>::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashStorageError> {
        NorFlash::erase(&mut self.inner, from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashStorageError> {
        if self.is_encrypted(offset) {
            return self.inner.write_encrypted(offset, bytes);
        }
        NorFlash::write(&mut self.inner, offset, bytes)
    }
}
