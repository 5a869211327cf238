//! Bytes to lines: pure, and at home with anything.

use heapless::Vec;

use crate::MAX_LINE;

/// Gathers bytes into lines, split at CR and LF; empty lines vanish.
#[derive(Debug, Default)]
pub struct Lines {
    bytes: Vec<u8, MAX_LINE>,
    /// The line is longer than the buffer: it is skipped to its end.
    overlong: bool,
    /// How many lines were skipped for their length.
    skipped: u32,
}

impl Lines {
    /// Takes a byte; gives the line that it ended.
    pub fn push(&mut self, byte: u8) -> Option<Vec<u8, MAX_LINE>> {
        if byte != b'\r' && byte != b'\n' {
            self.overlong |= self.bytes.push(byte).is_err();
            return None;
        }
        let line = core::mem::take(&mut self.bytes);
        if core::mem::take(&mut self.overlong) {
            self.skipped = self.skipped.saturating_add(1);
            return None;
        }
        Some(line).filter(|line| !line.is_empty())
    }

    /// Forgets a line begun.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.overlong = false;
    }

    /// How many lines were longer than [`MAX_LINE`].
    #[must_use]
    pub fn skipped(&self) -> u32 {
        self.skipped
    }
}
