//! Lines that carry their own checksum: a serial line has none, and what it has damaged must not be done.
//!
//! A line is printable ASCII, one space, eight lower hex digits of the CRC-32 (ISO-HDLC, as in Ethernet) over all that
//! stands before that space, and a line feed. A carriage return before the line feed is passed over.

use alloc::{format, string::String};

pub use crate::limits::MAX_LINE;
use crate::settings::checksum;

/// A space and the checksum.
const SUM_LENGTH: usize = 9;

/// Why a line is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// More than [`MAX_LINE`].
    #[error("a line has at most {MAX_LINE} bytes")]
    Length,
    /// Damaged, or said by somebody else: a boot loader's message, noise.
    #[error("the line's checksum is missing or wrong")]
    Checksum,
}

/// Puts a line together from bytes; without allocation.
#[derive(Debug, Default)]
pub struct Lines {
    bytes: heapless::Vec<u8, MAX_LINE>,
    /// Of the line in hand more came than there is room for.
    is_too_long: bool,
    /// The line in hand has been given out.
    is_whole: bool,
}

impl Lines {
    /// Takes a byte; at a line's end gives its text without the checksum. Empty lines are passed over.
    ///
    /// # Errors
    /// [`LineError`]: the line is gone, and the next one begins.
    pub fn take(&mut self, byte: u8) -> Option<Result<&str, LineError>> {
        if self.is_whole {
            self.bytes.clear();
            (self.is_whole, self.is_too_long) = (false, false);
        }
        match byte {
            b'\r' => None,
            b'\n' if self.bytes.is_empty() => None,
            b'\n' => {
                self.is_whole = true;
                Some(if self.is_too_long { Err(LineError::Length) } else { open(&self.bytes) })
            }
            byte => {
                self.is_too_long |= self.bytes.push(byte).is_err();
                None
            }
        }
    }
}

/// The text of a line without its end.
///
/// # Errors
/// [`LineError`].
pub fn open(line: &[u8]) -> Result<&str, LineError> {
    if line.len() > MAX_LINE {
        return Err(LineError::Length);
    }
    let (text, sum) = line.split_at(line.len().saturating_sub(SUM_LENGTH));
    let printable = text.iter().all(|byte| (b' '..=b'~').contains(byte));
    if text.is_empty() || !printable || sum != format!(" {:08x}", checksum(text)).as_bytes() {
        return Err(LineError::Checksum);
    }
    core::str::from_utf8(text).map_err(|_| LineError::Checksum)
}

/// The line that says a text, with its end.
#[must_use]
pub fn close(text: &str) -> String {
    format!("{text} {:08x}\n", checksum(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString as _, vec::Vec};

    use super::*;

    fn all(bytes: &[u8]) -> Vec<Result<String, LineError>> {
        let mut lines = Lines::default();
        bytes.iter().filter_map(|byte| lines.take(*byte).map(|line| line.map(str::to_string))).collect()
    }

    #[test]
    fn a_line_is_taken_whole_or_not_at_all() {
        let line = close("1 who");
        assert_eq!(line, "1 who dbc62aa6\n");
        assert_eq!(all(line.as_bytes()), [Ok("1 who".to_string())]);
        for bit in 0..(line.len() - 1) * 8 {
            let mut damaged = line.clone().into_bytes();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(all(&damaged).iter().all(Result::is_err), "{bit}");
        }
    }

    #[test]
    fn noise_costs_one_line_and_length_is_bounded() {
        let good = close("2 who");
        assert_eq!(
            all(alloc::format!("ESP-ROM:\u{7f}\r\n\n{good}").as_bytes()),
            [Err(LineError::Checksum), Ok("2 who".to_string())]
        );
        let long = close(&"x".repeat(MAX_LINE));
        assert_eq!(all(alloc::format!("{long}{good}").as_bytes()), [Err(LineError::Length), Ok("2 who".to_string())]);
        assert!(all(close(&"x".repeat(MAX_LINE - 9)).as_bytes())[0].is_ok(), "the longest");
    }
}
