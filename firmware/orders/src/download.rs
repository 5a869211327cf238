//! An image on its way into the slot that is not running: a sector at a time, in order.
//!
//! A sector is erased before its blocks are asked for: while the flash is erased the line is not heard. It is written
//! once all of them are there, read back, and marked. After a reset it goes on with the first sector without a mark.

use alloc::vec::Vec;

use embedded_storage::nor_flash::NorFlash;
use sha2::{Digest as _, Sha256};

use crate::{
    ASK_MS, MAX_ASK_MS, MAX_TRIES, Manifest, Refusal, SECTOR,
    boot::FlashFailed,
    image::{self, Descriptor},
    transfer::{BLOCK, BLOCKS, Block, Request},
};

/// What a step has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing for others to do.
    Nothing,
    /// Blocks are to be asked for.
    Ask(Request),
    /// This sector is written and read back.
    Written(usize),
    /// The image is in the slot, as its manifest says.
    Whole,
    /// It is not what the manifest says, or cannot be written.
    Wrong(Refusal),
}

/// A download.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) manifest: Manifest,
    /// Where the slot begins.
    slot: u32,
    /// Sectors written; of these so many are in `came`.
    done: usize,
    hashed: usize,
    /// The digest of what came.
    came: Sha256,
    /// The digest of what is read back, and how many sectors are in it.
    read_back: Option<(Sha256, usize)>,
    sector: Vec<u8>,
    /// The sector in hand is erased, and these blocks of it are missing.
    missing: Option<u16>,
    asked_ms: Option<u64>,
    wait_ms: u64,
    /// Sectors that were read back otherwise than written.
    unwritten: u8,
}

impl Download {
    /// A download of which `done` sectors are written.
    pub(crate) fn new(manifest: Manifest, slot: u32, done: usize) -> Self {
        let done = done.min(sectors(&manifest));
        Self {
            manifest,
            slot,
            done,
            hashed: 0,
            came: Sha256::new(),
            read_back: None,
            sector: alloc::vec![0xff; SECTOR],
            missing: None,
            asked_ms: None,
            wait_ms: ASK_MS,
            unwritten: 0,
        }
    }

    /// Sectors written so far, and of all.
    pub(crate) fn progress(&self) -> (usize, usize) {
        (self.done, sectors(&self.manifest))
    }

    /// The image's bytes in a sector.
    fn length(&self, sector: usize) -> usize {
        (self.manifest.size as usize - sector * SECTOR).min(SECTOR)
    }

    fn address(&self, sector: usize) -> u32 {
        self.slot + (sector * SECTOR) as u32
    }

    /// Takes a block that is missing. One that comes again, late, or of another length changes nothing.
    pub(crate) fn take(&mut self, block: &Block<'_>) {
        let Some(missing) = self.missing.filter(|_| block.release == self.manifest.release) else { return };
        let Some(at) = block.offset.checked_sub(self.done * SECTOR) else { return };
        let (number, length) = (at / BLOCK, self.length(self.done));
        let fits = at.is_multiple_of(BLOCK) && number < BLOCKS && at < length;
        if !fits || missing & (1 << number) == 0 || block.bytes.len() != BLOCK.min(length - at) {
            return;
        }
        self.sector[at..at + block.bytes.len()].copy_from_slice(block.bytes);
        self.missing = Some(missing & !(1 << number));
        // Somebody answers.
        self.wait_ms = ASK_MS;
    }

    /// Somebody may answer again: what is missing is asked for at once.
    pub(crate) fn ask_anew(&mut self) {
        (self.asked_ms, self.wait_ms) = (None, ASK_MS);
    }

    /// One step; none takes longer than a sector's erasing.
    pub(crate) fn step<F: NorFlash>(&mut self, flash: &mut F, now_ms: u64) -> Result<Step, FlashFailed> {
        if self.hashed < self.done {
            self.read(flash, self.hashed)?;
            self.came.update(&self.sector[..self.length(self.hashed)]);
            self.hashed += 1;
            return Ok(Step::Nothing);
        }
        if self.done == sectors(&self.manifest) {
            return self.check(flash);
        }
        match self.missing {
            None => {
                let from = self.address(self.done);
                flash.erase(from, from + SECTOR as u32).map_err(|_| FlashFailed)?;
                self.sector.fill(0xff);
                self.missing = Some((1 << self.length(self.done).div_ceil(BLOCK)) - 1);
                self.asked_ms = None;
                Ok(Step::Nothing)
            }
            Some(0) => self.write(flash),
            Some(missing) => Ok(self.ask(missing, now_ms)),
        }
    }

    fn ask(&mut self, missing: u16, now_ms: u64) -> Step {
        match self.asked_ms {
            Some(asked_ms) if now_ms < asked_ms + self.wait_ms => return Step::Nothing,
            Some(_) => self.wait_ms = (self.wait_ms * 2).min(MAX_ASK_MS),
            None => {}
        }
        self.asked_ms = Some(now_ms);
        Step::Ask(Request { missing, release: self.manifest.release, sector: self.done })
    }

    fn read<F: NorFlash>(&mut self, flash: &mut F, sector: usize) -> Result<(), FlashFailed> {
        flash.read(self.address(sector), &mut self.sector).map_err(|_| FlashFailed)
    }

    fn write<F: NorFlash>(&mut self, flash: &mut F) -> Result<Step, FlashFailed> {
        self.missing = None;
        flash.write(self.address(self.done), &self.sector).map_err(|_| FlashFailed)?;
        let mut came = self.came.clone();
        came.update(&self.sector[..self.length(self.done)]);
        let written = Sha256::digest(&self.sector);
        self.read(flash, self.done)?;
        if Sha256::digest(&self.sector) != written {
            // Erased and asked for again, but not for ever.
            self.unwritten += 1;
            return Ok(if self.unwritten < MAX_TRIES { Step::Nothing } else { Step::Wrong(Refusal::Digest) });
        }
        self.came = came;
        (self.done, self.hashed) = (self.done + 1, self.hashed + 1);
        Ok(Step::Written(self.done - 1))
    }

    /// First what came, then what the slot holds, a sector a step, then what the image says of itself.
    fn check<F: NorFlash>(&mut self, flash: &mut F) -> Result<Step, FlashFailed> {
        let Some((mut digest, at)) = self.read_back.take() else {
            if self.came.clone().finalize()[..] != self.manifest.image_sha256 {
                return Ok(Step::Wrong(Refusal::Digest));
            }
            self.read_back = Some((Sha256::new(), 0));
            return Ok(Step::Nothing);
        };
        if at < self.done {
            self.read(flash, at)?;
            digest.update(&self.sector[..self.length(at)]);
            self.read_back = Some((digest, at + 1));
            return Ok(Step::Nothing);
        }
        if digest.finalize()[..] != self.manifest.image_sha256 {
            return Ok(Step::Wrong(Refusal::Digest));
        }
        let mut bytes = [0; image::LENGTH];
        flash.read(self.slot, &mut bytes).map_err(|_| FlashFailed)?;
        let says_the_same = Descriptor::read(&bytes).is_some_and(|descriptor| descriptor.is_of(&self.manifest));
        Ok(if says_the_same { Step::Whole } else { Step::Wrong(Refusal::Image) })
    }
}

fn sectors(manifest: &Manifest) -> usize {
    (manifest.size as usize).div_ceil(SECTOR)
}
