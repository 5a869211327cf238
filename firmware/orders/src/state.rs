//! What of orders survives a reset, in a partition of two sectors that are written in turn: each holds all of it, with
//! a generation and a CRC-32, and the newer whole one counts. A power cut leaves the old or the new.
//!
//! Behind it each sector has a word for every sector of an image: it is made zero once that sector of the slot is
//! written and read back, so that a download that was cut off goes on where it was without a rewrite a block.
//!
//! Orders are kept with their signatures and checked again at every start: what somebody writes here with the device in
//! hand is no order. The partition is not encrypted; nothing in it is secret.

use alloc::vec::Vec;

use embedded_storage::nor_flash::NorFlash;

use crate::{Configuration, MAX_IMAGE_SECTORS, Manifest, SECTOR, boot::FlashFailed};

/// Sectors of the partition.
pub const SECTORS: usize = 2;
/// Bytes of the state in its sector.
const BODY: usize = 2_048;
/// The words of the image's sectors.
const MARKS_AT: usize = BODY;
const _: () = assert!(MARKS_AT + 4 * MAX_IMAGE_SECTORS <= SECTOR);
/// First word: the format and its version. Another is as if nothing were there.
const MAGIC: u32 = 0x0152_444f;

/// How far an update has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// None is under way.
    #[default]
    None,
    /// The image is fetched or checked.
    Fetching,
    /// It was started, or was about to be.
    Started,
}

/// Everything that survives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How far the update has come.
    pub phase: Phase,
    /// How often it was tried.
    pub tries: u8,
    /// Its signed manifest.
    pub manifest: Vec<u8>,
    /// Releases up to here were given up and are not tried again.
    pub given_up: u64,
    /// The signed configuration that a receipt has confirmed.
    pub configuration: Vec<u8>,
    /// The signed configuration that is on trial.
    pub trial: Vec<u8>,
    /// How often the device started with the one on trial.
    pub trial_starts: u8,
    /// Configurations up to here were given up.
    pub given_up_configuration: u64,
}

impl State {
    fn to_bytes(&self, generation: u32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(BODY);
        bytes.extend_from_slice(&MAGIC.to_le_bytes());
        bytes.extend_from_slice(&generation.to_le_bytes());
        bytes.extend_from_slice(&self.given_up.to_le_bytes());
        bytes.extend_from_slice(&self.given_up_configuration.to_le_bytes());
        bytes.extend_from_slice(&[self.phase as u8, self.tries, self.trial_starts, 0]);
        for (text, most) in [
            (&self.manifest, Manifest::MAX_BYTES),
            (&self.configuration, Configuration::MAX_BYTES),
            (&self.trial, Configuration::MAX_BYTES),
        ] {
            let length = text.len().min(most);
            bytes.extend_from_slice(&(length as u32).to_le_bytes());
            bytes.extend_from_slice(&text[..length]);
        }
        bytes.resize(BODY - 4, 0);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// The state and its generation; none where the bytes are not whole.
    fn read(bytes: &[u8]) -> Option<(Self, u32)> {
        let (body, sum) = bytes.split_last_chunk()?;
        if bytes.len() != BODY || checksum(body) != u32::from_le_bytes(*sum) {
            return None;
        }
        let mut rest = body;
        if u32::from_le_bytes(take(&mut rest)?) != MAGIC {
            return None;
        }
        let generation = u32::from_le_bytes(take(&mut rest)?);
        let given_up = u64::from_le_bytes(take(&mut rest)?);
        let given_up_configuration = u64::from_le_bytes(take(&mut rest)?);
        let [phase, tries, trial_starts, _] = take(&mut rest)?;
        let phase = match phase {
            0 => Phase::None,
            1 => Phase::Fetching,
            2 => Phase::Started,
            _ => return None,
        };
        let mut text = |most: usize| {
            let length = u32::from_le_bytes(take(&mut rest)?) as usize;
            let (text, after) = rest.split_at_checked(length).filter(|_| length <= most)?;
            rest = after;
            Some(text.to_vec())
        };
        let manifest = text(Manifest::MAX_BYTES)?;
        let configuration = text(Configuration::MAX_BYTES)?;
        let trial = text(Configuration::MAX_BYTES)?;
        let state =
            Self { phase, tries, manifest, given_up, configuration, trial, trial_starts, given_up_configuration };
        Some((state, generation))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*bytes)
}

fn checksum(bytes: &[u8]) -> u32 {
    crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC).checksum(bytes)
}

/// The partition.
#[derive(Debug)]
pub struct StateStore {
    start: u32,
    /// The sector that counts, and its generation.
    current: Option<(usize, u32)>,
}

impl StateStore {
    /// Reads the partition from `start` on; an empty state where there is none.
    ///
    /// # Errors
    /// [`FlashFailed`].
    pub fn open<F: NorFlash>(flash: &mut F, start: u32) -> Result<(Self, State), FlashFailed> {
        let mut newest: Option<(usize, u32, State)> = None;
        let mut bytes = alloc::vec![0; BODY];
        for sector in 0..SECTORS {
            flash.read(start + (sector * SECTOR) as u32, &mut bytes).map_err(|_| FlashFailed)?;
            if let Some((state, generation)) = State::read(&bytes)
                && newest.as_ref().is_none_or(|(_, newer, _)| *newer < generation)
            {
                newest = Some((sector, generation, state));
            }
        }
        let current = newest.as_ref().map(|(sector, generation, _)| (*sector, *generation));
        Ok((Self { start, current }, newest.map(|(.., state)| state).unwrap_or_default()))
    }

    /// Keeps a state in place of the one before, with `marks` sectors of the image marked as written.
    ///
    /// # Errors
    /// [`FlashFailed`]: then the old state counts, or the new one.
    pub fn save<F: NorFlash>(&mut self, flash: &mut F, state: &State, marks: usize) -> Result<(), FlashFailed> {
        let (sector, generation) = match self.current {
            Some((sector, generation)) => (1 - sector, generation.saturating_add(1)),
            None => (0, 1),
        };
        let from = self.start + (sector * SECTOR) as u32;
        flash.erase(from, from + SECTOR as u32).map_err(|_| FlashFailed)?;
        let zeros = alloc::vec![0; 4 * marks.min(MAX_IMAGE_SECTORS)];
        if !zeros.is_empty() {
            flash.write(from + MARKS_AT as u32, &zeros).map_err(|_| FlashFailed)?;
        }
        // Last: with its checksum the sector counts.
        flash.write(from, &state.to_bytes(generation)).map_err(|_| FlashFailed)?;
        self.current = Some((sector, generation));
        Ok(())
    }

    /// Marks the next sector of the image as written.
    ///
    /// # Errors
    /// [`FlashFailed`].
    pub fn mark<F: NorFlash>(&mut self, flash: &mut F, image_sector: usize) -> Result<(), FlashFailed> {
        let Some((sector, _)) = self.current.filter(|_| image_sector < MAX_IMAGE_SECTORS) else { return Ok(()) };
        let at = self.start + (sector * SECTOR + MARKS_AT + 4 * image_sector) as u32;
        flash.write(at, &[0; 4]).map_err(|_| FlashFailed)
    }

    /// How many sectors of the image are marked, from the first on. A mark that was cut off is none.
    ///
    /// # Errors
    /// [`FlashFailed`].
    pub fn marks<F: NorFlash>(&mut self, flash: &mut F) -> Result<usize, FlashFailed> {
        let Some((sector, _)) = self.current else { return Ok(0) };
        let mut words = alloc::vec![0; 4 * MAX_IMAGE_SECTORS];
        flash.read(self.start + (sector * SECTOR + MARKS_AT) as u32, &mut words).map_err(|_| FlashFailed)?;
        Ok(words.chunks(4).take_while(|word| *word == [0; 4]).count())
    }
}
