//! ESP-IDF's `otadata`: two sectors with an entry each (sequence, 20 bytes of label, state, CRC-32 of the sequence, all
//! little-endian), of which the valid one with the higher sequence names the slot, `(sequence - 1) % 2`.
//!
//! The bootloader, built with roll-back, makes NEW into PENDING on the first start and PENDING into ABORTED on the next;
//! only VALID stays. Here nothing is written but the entry that is not the running image's: whatever a power cut leaves
//! of it, the running image starts again. The one exception is confirming, which rewrites the new image's entry: a cut
//! there lets the old image start, which has the new one started again.

use embedded_storage::nor_flash::NorFlash;

use crate::SECTOR;

/// Bytes of an entry.
pub const ENTRY: usize = 32;
/// The CRC of ESP-IDF's `esp_rom_crc32_le(UINT32_MAX, ..)`, which inverts its seed: it begins with zero.
const CRC: crc::Algorithm<u32> = crc::Algorithm {
    width: 32,
    poly: 0x04c1_1db7,
    init: 0,
    refin: true,
    refout: true,
    xorout: u32::MAX,
    check: 0,
    residue: 0,
};

/// The flash failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the flash failed")]
pub struct FlashFailed;

/// What is known of a slot's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageState {
    /// Never started.
    New,
    /// Started for the first time, not confirmed.
    Pending,
    /// Confirmed.
    Valid,
    /// Taken back by itself.
    Invalid,
    /// Started again without having been confirmed.
    Aborted,
    /// Written by something that knows no states.
    Undefined,
}

impl ImageState {
    /// As ESP-IDF numbers them.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::New => 0,
            Self::Pending => 1,
            Self::Valid => 2,
            Self::Invalid => 3,
            Self::Aborted => 4,
            Self::Undefined => u32::MAX,
        }
    }

    fn of(number: u32) -> Option<Self> {
        let states = [Self::New, Self::Pending, Self::Valid, Self::Invalid, Self::Aborted, Self::Undefined];
        states.into_iter().find(|state| state.number() == number)
    }
}

/// One of the two entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts up from 1.
    pub sequence: u32,
    /// The state of the slot that it names.
    pub state: ImageState,
}

impl Entry {
    /// An entry from its bytes; none where they are erased, damaged or were cut off.
    #[must_use]
    pub fn read(bytes: &[u8; ENTRY]) -> Option<Self> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let sequence = word(0);
        let whole = !matches!(sequence, 0 | u32::MAX) && word(28) == checksum(sequence);
        Some(Self { sequence, state: ImageState::of(word(24))? }).filter(|_| whole)
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0xff; ENTRY];
        bytes[..4].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.state.number().to_le_bytes());
        bytes[28..].copy_from_slice(&checksum(self.sequence).to_le_bytes());
        bytes
    }

    /// The slot that it names.
    #[must_use]
    pub fn slot(self) -> usize {
        (self.sequence as usize - 1) % 2
    }

    /// Whether the bootloader would start what it names.
    fn is_startable(self) -> bool {
        !matches!(self.state, ImageState::Invalid | ImageState::Aborted)
    }
}

fn checksum(sequence: u32) -> u32 {
    crc::Crc::<u32, crc::NoTable>::new(&CRC).checksum(&sequence.to_le_bytes())
}

/// Both entries, and where they lie.
#[derive(Clone, Copy, Debug)]
pub struct OtaData {
    start: u32,
    entries: [Option<Entry>; 2],
}

impl OtaData {
    /// Reads the partition of two sectors from `start` on.
    ///
    /// # Errors
    /// [`FlashFailed`].
    pub fn read<F: NorFlash>(flash: &mut F, start: u32) -> Result<Self, FlashFailed> {
        let mut entries = [None; 2];
        for (at, entry) in entries.iter_mut().enumerate() {
            let mut bytes = [0; ENTRY];
            flash.read(start + (at * SECTOR) as u32, &mut bytes).map_err(|_| FlashFailed)?;
            *entry = Entry::read(&bytes);
        }
        Ok(Self { start, entries })
    }

    /// Whether the running image, in `slot`, is on its first start: not confirmed, and aborted by the next one.
    #[must_use]
    pub fn is_pending(&self, slot: usize) -> bool {
        self.of(slot).is_some_and(|(_, entry)| entry.state == ImageState::Pending)
    }

    /// Has the other slot started next, by an entry in the sector that is not the running image's. Gives the running
    /// image an entry first where it has none: without one the bootloader would fall back to slot 0, whatever is there.
    ///
    /// # Errors
    /// [`FlashFailed`].
    pub fn activate_other<F: NorFlash>(&mut self, flash: &mut F, running: usize) -> Result<(), FlashFailed> {
        let (kept, _) = match self.of(running) {
            Some(found) => found,
            None => {
                let at = usize::from(self.entries[0].is_some_and(Entry::is_startable));
                self.write(flash, at, Entry { sequence: self.next(running), state: ImageState::Valid })?
            }
        };
        let entry = Entry { sequence: self.next(1 - running), state: ImageState::New };
        self.write(flash, 1 - kept, entry).map(|_| ())
    }

    /// Says of the running image what its first start has shown. Nothing happens where it has no entry.
    ///
    /// # Errors
    /// [`FlashFailed`].
    pub fn judge<F: NorFlash>(&mut self, flash: &mut F, running: usize, state: ImageState) -> Result<(), FlashFailed> {
        match self.of(running) {
            Some((at, entry)) => self.write(flash, at, Entry { state, ..entry }).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The newest startable entry that names a slot.
    fn of(&self, slot: usize) -> Option<(usize, Entry)> {
        let named = |(at, entry): (usize, &Option<Entry>)| Some((at, (*entry)?));
        let startable = |(_, entry): &(usize, Entry)| entry.slot() == slot && entry.is_startable();
        self.entries.iter().enumerate().filter_map(named).filter(startable).max_by_key(|(_, entry)| entry.sequence)
    }

    /// The next sequence, above all that are there, that names a slot.
    fn next(&self, slot: usize) -> u32 {
        let last = self.entries.iter().flatten().map(|entry| entry.sequence).max().unwrap_or(0);
        (last + 1..).find(|sequence| (*sequence as usize - 1) % 2 == slot).unwrap_or(u32::MAX)
    }

    fn write<F: NorFlash>(&mut self, flash: &mut F, at: usize, entry: Entry) -> Result<(usize, Entry), FlashFailed> {
        let from = self.start + (at * SECTOR) as u32;
        flash.erase(from, from + SECTOR as u32).map_err(|_| FlashFailed)?;
        flash.write(from, &entry.to_bytes()).map_err(|_| FlashFailed)?;
        self.entries[at] = Some(entry);
        Ok((at, entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_chips_rom() {
        // As dumps of partitions that ESP-IDF wrote show them.
        assert_eq!((checksum(1), checksum(2)), (0x4743_989a, 0x55f6_3774));
    }

    #[test]
    fn an_entry_is_read_as_it_was_written_and_damaged_not_at_all() {
        let entry = Entry { sequence: 7, state: ImageState::Pending };
        assert_eq!(Entry::read(&entry.to_bytes()), Some(entry));
        assert_eq!(Entry::read(&[0xff; ENTRY]), None);
        let mut damaged = entry.to_bytes();
        damaged[0] ^= 1;
        assert_eq!(Entry::read(&damaged), None);
    }
}
