//! The second-stage bootloader of ESP-IDF (5.x) with roll-back and anti-rollback, as its documents and its source
//! (`bootloader_utility.c`, `bootloader_common.c`) have it: which slot it starts, and what it writes into `otadata`.
//! With images as it checks them: header, one segment, checksum, SHA-256 at the end; no signature.

use embedded_storage::nor_flash::{NorFlash as _, ReadNorFlash as _};
use sha2::{Digest as _, Sha256};

use crate::flash::{SECTOR, SimFlash};

const NEW: u32 = 0;
const PENDING_VERIFY: u32 = 1;
const INVALID: u32 = 3;
const ABORTED: u32 = 4;
/// `ESP_APP_DESC_MAGIC_WORD`.
const DESCRIPTOR_MAGIC: u32 = 0xabcd_5432;
/// Header of the image, then of its segment.
const SEGMENT_AT: usize = 24;
const DATA_AT: usize = 32;
const DESCRIPTOR: usize = 256;
/// Seed of the image's checksum.
const CHECKSUM_SEED: u8 = 0xef;

/// The partition table, as far as it matters, and the chip's eFuse.
#[derive(Clone, Copy, Debug)]
pub struct Bootloader {
    /// Where `otadata` begins.
    pub otadata: u32,
    /// Where the two slots begin.
    pub slots: [u32; 2],
    /// The size of each.
    pub slot_bytes: usize,
    /// `SECURE_VERSION`: images below it are not started.
    pub secure_version: u32,
}

/// An entry of `otadata`.
#[derive(Clone, Copy)]
struct Select {
    sequence: u32,
    state: u32,
    crc: u32,
}

impl Select {
    /// `bootloader_common_ota_select_invalid`, and its counterpart's checksum.
    fn is_valid(self) -> bool {
        let invalid = self.sequence == u32::MAX || matches!(self.state, INVALID | ABORTED);
        !invalid && self.crc == crc(self.sequence)
    }
}

/// `esp_rom_crc32_le(UINT32_MAX, &sequence, 4)`, bit by bit.
fn crc(sequence: u32) -> u32 {
    let mut crc = 0u32;
    for byte in sequence.to_le_bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

impl Bootloader {
    /// Starts: gives the slot whose image runs; none where the power went meanwhile, or where no image can be started.
    pub fn start(&self, flash: &mut SimFlash) -> Option<usize> {
        let mut entries = [self.read(flash, 0)?, self.read(flash, 1)?];
        // Whatever was not confirmed before this start will not be.
        for (at, entry) in entries.iter_mut().enumerate() {
            if entry.state == PENDING_VERIFY {
                entry.state = ABORTED;
                self.write(flash, at, *entry)?;
            }
        }
        let active = match entries.map(Select::is_valid) {
            [true, true] => Some(usize::from(entries[1].sequence > entries[0].sequence)),
            [true, false] => Some(0),
            [false, true] => Some(1),
            [false, false] => None,
        };
        // No factory image: the first slot.
        let chosen = active.map_or(0, |at| (entries[at].sequence - 1) as usize % 2);
        if let Some(at) = active.filter(|at| entries[*at].state == NEW) {
            self.write(flash, at, Select { state: PENDING_VERIFY, ..entries[at] })?;
        }
        // An image that does not check is passed over.
        [chosen, 1 - chosen].into_iter().find(|slot| self.checks(flash, *slot))
    }

    fn read(&self, flash: &mut SimFlash, at: usize) -> Option<Select> {
        let mut bytes = [0; 32];
        flash.read(self.otadata + (at * SECTOR) as u32, &mut bytes).ok()?;
        Some(Select { sequence: word(&bytes, 0), state: word(&bytes, 24), crc: word(&bytes, 28) })
    }

    /// `write_otadata`: the sector is erased, then written.
    fn write(&self, flash: &mut SimFlash, at: usize, entry: Select) -> Option<()> {
        let from = self.otadata + (at * SECTOR) as u32;
        let mut bytes = [0xff; 32];
        bytes[..4].copy_from_slice(&entry.sequence.to_le_bytes());
        bytes[24..28].copy_from_slice(&entry.state.to_le_bytes());
        bytes[28..].copy_from_slice(&entry.crc.to_le_bytes());
        flash.erase(from, from + SECTOR as u32).ok()?;
        flash.write(from, &bytes).ok()
    }

    fn checks(&self, flash: &SimFlash, slot: usize) -> bool {
        let from = self.slots[slot] as usize;
        let cells = flash.cells();
        let secure_version = |image: &[u8]| word(image, DATA_AT + 4);
        !cells.is_off()
            && whole(&cells.bytes()[from..from + self.slot_bytes])
                .is_some_and(|image| secure_version(image) >= self.secure_version)
    }

    /// The release that an image calls itself; none where it is none or not whole.
    #[must_use]
    pub fn release(&self, flash: &SimFlash, slot: usize) -> Option<u64> {
        let from = self.slots[slot] as usize;
        let cells = flash.cells();
        let image = whole(&cells.bytes()[from..from + self.slot_bytes])?;
        let version = &image[DATA_AT + 16..DATA_AT + 48];
        std::str::from_utf8(version).ok()?.trim_end_matches('\0').parse().ok()
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The image at the beginning of a slot, if it is whole.
fn whole(slot: &[u8]) -> Option<&[u8]> {
    let length = word(slot, SEGMENT_AT + 4) as usize;
    let data = slot.get(DATA_AT..DATA_AT.checked_add(length)?)?;
    if slot[0] != 0xe9 || slot[1] != 1 || length < DESCRIPTOR || word(data, 0) != DESCRIPTOR_MAGIC {
        return None;
    }
    let end = (DATA_AT + length + 1).next_multiple_of(16);
    let digest = slot.get(end..end + 32)?;
    let sum = data.iter().fold(CHECKSUM_SEED, |sum, byte| sum ^ byte);
    (slot[end - 1] == sum && Sha256::digest(&slot[..end])[..] == *digest).then(|| &slot[..end + 32])
}

/// An image of one segment with `length` bytes of code, as `esptool elf2image` lays it out.
#[must_use]
pub fn image(board: &str, release: u64, secure_version: u32, length: usize) -> Vec<u8> {
    let mut data = vec![0; DESCRIPTOR];
    data[..4].copy_from_slice(&DESCRIPTOR_MAGIC.to_le_bytes());
    data[4..8].copy_from_slice(&secure_version.to_le_bytes());
    let version = release.to_string();
    data[16..16 + version.len()].copy_from_slice(version.as_bytes());
    data[48..48 + board.len()].copy_from_slice(board.as_bytes());
    data.extend((0..length as u64).map(|at| (at.wrapping_mul(2_654_435_761).wrapping_add(release) >> 7) as u8));
    let mut image = vec![0; DATA_AT];
    (image[0], image[1]) = (0xe9, 1);
    image[SEGMENT_AT + 4..DATA_AT].copy_from_slice(&(data.len() as u32).to_le_bytes());
    image.extend_from_slice(&data);
    image.resize((image.len() + 1).next_multiple_of(16) - 1, 0);
    image.push(data.iter().fold(CHECKSUM_SEED, |sum, byte| sum ^ byte));
    let digest = Sha256::digest(&image);
    image.extend_from_slice(&digest);
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: usize = 4 * SECTOR;
    const LOADER: Bootloader =
        Bootloader { otadata: 0, slots: [0x2000, 0x2000 + SLOT as u32], slot_bytes: SLOT, secure_version: 1 };

    fn flash(images: [Option<Vec<u8>>; 2]) -> SimFlash {
        let flash = SimFlash::erased(2 + 2 * SLOT / SECTOR);
        let mut bytes = flash.cells().bytes().to_vec();
        for (slot, image) in images.into_iter().enumerate() {
            let image = image.unwrap_or_default();
            bytes[LOADER.slots[slot] as usize..][..image.len()].copy_from_slice(&image);
        }
        flash.cells().set_bytes(&bytes);
        flash
    }

    fn select(flash: &mut SimFlash, at: usize, sequence: u32, state: u32) {
        LOADER.write(flash, at, Select { sequence, state, crc: crc(sequence) }).unwrap();
    }

    #[test]
    fn a_new_image_is_started_once_and_stays_only_when_it_is_called_valid() {
        let mut flash = flash([Some(image("b", 1, 1, 100)), Some(image("b", 2, 1, 100))]);
        assert_eq!(LOADER.start(&mut flash), Some(0), "nothing is chosen");
        select(&mut flash, 0, 1, 2);
        select(&mut flash, 1, 2, NEW);
        assert_eq!(LOADER.start(&mut flash), Some(1));
        assert_eq!(LOADER.start(&mut flash), Some(0), "it was not confirmed");
        select(&mut flash, 1, 4, NEW);
        assert_eq!(LOADER.start(&mut flash), Some(1));
        select(&mut flash, 1, 4, 2);
        assert_eq!([(); 3].map(|()| LOADER.start(&mut flash)), [Some(1); 3]);
        assert_eq!(LOADER.release(&flash, 1), Some(2));
    }

    #[test]
    fn what_is_not_whole_or_below_the_secure_version_is_passed_over() {
        let mut half = image("b", 2, 1, 100);
        half.truncate(200);
        for bad in [Some(half), Some(image("b", 2, 0, 100)), None] {
            let mut flash = flash([Some(image("b", 1, 1, 100)), bad]);
            select(&mut flash, 0, 2, NEW);
            assert_eq!(LOADER.start(&mut flash), Some(0));
        }
        assert_eq!(LOADER.start(&mut flash([None, None])), None);
    }
}
