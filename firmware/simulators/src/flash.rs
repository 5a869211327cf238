//! NOR flash: bits go from 1 to 0 word by word and back to 1 sector by sector, and the power may go in the midst of
//! either.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

use crate::Clock;

/// A sector.
pub const SECTOR: usize = 4_096;
/// What is programmed at once.
const PAGE: usize = 256;
/// A page takes so long at most, a sector typically (W25Q32JV, AC characteristics: tPP and tSE).
const PAGE_MS: u64 = 3;
/// See [`PAGE_MS`].
const ERASE_MS: u64 = 45;

/// A chip; clones are the same one.
#[derive(Clone, Debug)]
pub struct SimFlash(Arc<Mutex<Cells>>);

/// How far an operation came when the power went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Not at all.
    Before,
    /// Half of it.
    Half,
    /// It was done, and nobody was told.
    After,
}

/// Everything about a chip.
#[derive(Debug)]
pub struct Cells {
    bytes: Vec<u8>,
    /// Writes and erases so far.
    pub operations: u64,
    /// The power goes at this operation (0 is the next one after it was set), and stays away.
    cut: Option<(u64, Cut)>,
    off: bool,
    /// What was done against the rules: writes that would need a bit to go from 0 to 1.
    pub violations: Vec<String>,
    /// Where the bytes are kept beside.
    file: Option<File>,
    /// What its work takes time of.
    clock: Option<Clock>,
}

/// No power, or not what a flash can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashFault;

impl NorFlashError for FlashFault {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl SimFlash {
    /// An erased chip.
    #[must_use]
    pub fn erased(sectors: usize) -> Self {
        Self::holding(vec![0xff; sectors * SECTOR], None)
    }

    /// A chip whose bytes are a file's: what a process that is killed leaves is what a power cut leaves. A new file is
    /// an erased chip.
    ///
    /// # Errors
    /// The file cannot be read or written, or is of another size.
    pub fn in_file(path: &Path, sectors: usize) -> std::io::Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = vec![0xff; sectors * SECTOR];
        match file.metadata()?.len() {
            0 => file.write_all_at(&bytes, 0)?,
            length if length == bytes.len() as u64 => file.read_exact_at(&mut bytes, 0)?,
            _ => return Err(std::io::Error::other("a flash of another size")),
        }
        Ok(Self::holding(bytes, Some(file)))
    }

    fn holding(bytes: Vec<u8>, file: Option<File>) -> Self {
        let cells = Cells { bytes, operations: 0, cut: None, off: false, violations: Vec::new(), file, clock: None };
        Self(Arc::new(Mutex::new(cells)))
    }

    /// Lets its writes and erases take their time.
    #[must_use]
    pub fn timed(self, clock: &Clock) -> Self {
        self.cells().clock = Some(clock.clone());
        self
    }

    /// Its inside.
    ///
    /// # Panics
    /// Where a test panicked with it in hand.
    pub fn cells(&self) -> MutexGuard<'_, Cells> {
        self.0.lock().expect("no panic while it was held")
    }
}

impl Cells {
    /// Lets the power go at the `operation`th write or erase from now on.
    pub fn cut_at(&mut self, operation: u64, cut: Cut) {
        self.cut = Some((self.operations + operation, cut));
    }

    /// Whether the power has gone.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.off
    }

    /// Power again, and no further cut.
    pub fn power_on(&mut self) {
        self.off = false;
        self.cut = None;
    }

    /// Flips a bit, as years do.
    pub fn flip(&mut self, bit: usize) {
        self.bytes[bit / 8] ^= 1 << (bit % 8);
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts bytes in place of those that are there.
    pub fn set_bytes(&mut self, bytes: &[u8]) {
        self.bytes.copy_from_slice(bytes);
    }

    fn pass_ms(&self, ms: u64) {
        if let Some(clock) = &self.clock {
            clock.pass_ms(ms);
        }
    }

    /// Writes a range through to the file. One that cannot be written any more is a flash that failed.
    fn write_through(&self, from: usize, length: usize) -> Result<(), FlashFault> {
        let Some(file) = &self.file else { return Ok(()) };
        file.write_all_at(&self.bytes[from..from + length], from as u64).map_err(|_| FlashFault)
    }

    /// How much of an operation of `length` bytes is done, and whether its caller hears of it.
    fn begin(&mut self, length: usize) -> (usize, Result<(), FlashFault>) {
        if self.off {
            return (0, Err(FlashFault));
        }
        let at = self.operations;
        self.operations += 1;
        match self.cut {
            Some((operation, cut)) if operation == at => {
                self.off = true;
                let done = match cut {
                    Cut::Before => 0,
                    Cut::Half => length / 2,
                    Cut::After => length,
                };
                (done, Err(FlashFault))
            }
            _ => (length, Ok(())),
        }
    }
}

impl ErrorType for SimFlash {
    type Error = FlashFault;
}

impl ReadNorFlash for SimFlash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashFault> {
        let cells = self.cells();
        let from = offset as usize;
        let aligned = from.is_multiple_of(4) && bytes.len().is_multiple_of(4);
        let there = cells.bytes.get(from..from + bytes.len()).filter(|_| aligned && !cells.off).ok_or(FlashFault)?;
        bytes.copy_from_slice(there);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.cells().bytes.len()
    }
}

impl NorFlash for SimFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashFault> {
        let mut cells = self.cells();
        let (from, to) = (from as usize, to as usize);
        if !from.is_multiple_of(SECTOR) || !to.is_multiple_of(SECTOR) || to > cells.bytes.len() || from > to {
            return Err(FlashFault);
        }
        cells.pass_ms((to - from) as u64 / SECTOR as u64 * ERASE_MS);
        let (done, result) = cells.begin(to - from);
        cells.bytes[from..from + done].fill(0xff);
        cells.write_through(from, done)?;
        result
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashFault> {
        let mut cells = self.cells();
        let from = offset as usize;
        if !from.is_multiple_of(4) || !bytes.len().is_multiple_of(4) || from + bytes.len() > cells.bytes.len() {
            return Err(FlashFault);
        }
        let off = cells.off;
        if !off && cells.bytes[from..].iter().zip(bytes).any(|(cell, byte)| cell & byte != *byte) {
            cells.violations.push(format!("{} bytes at {from:#x} were not erased", bytes.len()));
        }
        // A write that crosses from one page into the next is two.
        let pages = (from + bytes.len()).div_ceil(PAGE) - from / PAGE;
        cells.pass_ms(pages as u64 * PAGE_MS);
        let (done, result) = cells.begin(bytes.len());
        for (cell, byte) in cells.bytes[from..].iter_mut().zip(&bytes[..done]) {
            *cell &= byte;
        }
        // The byte in hand when the power goes: some of its bits.
        if result.is_err() && !off && done < bytes.len() && done > 0 {
            cells.bytes[from + done] &= bytes[done] | 0x55;
        }
        cells.write_through(from, bytes.len())?;
        result
    }
}
