//! Reading and writing canonical JSON (RFC 8785) of objects whose fields are known: integers, ASCII strings, objects
//! and arrays of those. The reader is a cursor over bytes that accepts the one spelling that the writer makes, so
//! that no two texts mean the same and a hash of the text is a hash of the meaning.

use alloc::{string::String, vec::Vec};

use crate::{Hash, MAX_INTEGER};

/// The bytes are not the canonical spelling of what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical: expected {expected} at byte {at}")]
pub struct SyntaxError {
    /// What the format has at that place.
    pub expected: &'static str,
    /// Offset in bytes from the beginning.
    pub at: usize,
}

/// A cursor over untrusted bytes, for parsers of canonical JSON.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of some bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// An error at this place.
    ///
    /// # Errors
    /// Always.
    pub fn error<T>(&self, expected: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError { expected, at: self.at })
    }

    /// Takes `text` if it is next; says whether it was.
    pub fn skip(&mut self, text: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(text.as_bytes());
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes `text`, which must be next.
    ///
    /// # Errors
    /// [`SyntaxError`].
    pub fn literal(&mut self, text: &'static str) -> Result<(), SyntaxError> {
        if self.skip(text) { Ok(()) } else { self.error(text) }
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// [`SyntaxError`].
    pub fn end(&self) -> Result<(), SyntaxError> {
        if self.at == self.bytes.len() { Ok(()) } else { self.error("the end") }
    }

    fn run(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|b| !(b.is_ascii() && accept(*b))).unwrap_or(rest.len());
        self.at += length;
        core::str::from_utf8(&rest[..length]).unwrap_or_default()
    }

    /// An integer from 0 to 2^53 - 1, without sign or leading zero.
    ///
    /// # Errors
    /// [`SyntaxError`].
    pub fn unsigned(&mut self, expected: &'static str) -> Result<u64, SyntaxError> {
        let start = self.at;
        let digits = self.run(|b| b.is_ascii_digit());
        let canonical = digits == "0" || !(digits.is_empty() || digits.starts_with('0'));
        match digits.parse::<u64>() {
            Ok(value) if canonical && value <= MAX_INTEGER => Ok(value),
            _ => Err(SyntaxError { expected, at: start }),
        }
    }

    /// An integer between `-limit` and `limit`; `-0` is not one.
    pub(crate) fn signed(&mut self, limit: i32, expected: &'static str) -> Result<i32, SyntaxError> {
        let start = self.at;
        let negative = self.skip("-");
        let magnitude = self.unsigned(expected)?;
        match i32::try_from(magnitude) {
            Ok(0) if negative => Err(SyntaxError { expected, at: start }),
            Ok(value) if value <= limit => Ok(if negative { -value } else { value }),
            _ => Err(SyntaxError { expected, at: start }),
        }
    }

    /// The inside of a string up to its closing quote, of 1 to `longest` bytes that `accept` takes; escapes are not
    /// among what our formats hold.
    ///
    /// # Errors
    /// [`SyntaxError`].
    pub fn string(
        &mut self,
        longest: usize,
        accept: impl Fn(u8) -> bool,
        expected: &'static str,
    ) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        let text = self.run(accept);
        if text.is_empty() || text.len() > longest || !self.skip("\"") {
            return Err(SyntaxError { expected, at: start });
        }
        Ok(text)
    }

    /// An object without others in it, braces and all, of at most `longest` bytes: its own parser reads it.
    pub(crate) fn object(&mut self, longest: usize, expected: &'static str) -> Result<&'a [u8], SyntaxError> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().take(longest).position(|byte| *byte == b'}');
        match end {
            Some(end) if rest.first() == Some(&b'{') => {
                self.at += end + 1;
                Ok(&rest[..=end])
            }
            _ => self.error(expected),
        }
    }

    /// The inside of a string of any characters up to its closing quote, escapes resolved. Which of several spellings it
    /// was is for the caller to compare.
    pub(crate) fn words(&mut self, expected: &'static str) -> Result<String, SyntaxError> {
        let start = self.at;
        let wrong = SyntaxError { expected, at: start };
        let mut words = Vec::new();
        loop {
            let Some(&byte) = self.bytes.get(self.at) else { return Err(wrong) };
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(words).map_err(|_| wrong),
                0..0x20 => return Err(wrong),
                b'\\' => {
                    let Some(&escape) = self.bytes.get(self.at) else { return Err(wrong) };
                    self.at += 1;
                    words.push(match escape {
                        b'"' | b'\\' => escape,
                        b'b' => 8,
                        b't' => b'\t',
                        b'n' => b'\n',
                        b'f' => 12,
                        b'r' => b'\r',
                        b'u' if self.skip("00") => self.control().ok_or(wrong.clone())?,
                        _ => return Err(wrong),
                    });
                }
                other => words.push(other),
            }
        }
    }

    /// The last two digits of an escaped control character.
    fn control(&mut self) -> Option<u8> {
        let digits = self.bytes.get(self.at..self.at + 2)?;
        self.at += 2;
        let code = u8::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?;
        (code < 0x20).then_some(code)
    }

    /// A hash in lower-case hex up to its closing quote.
    ///
    /// # Errors
    /// [`SyntaxError`].
    pub fn hash(&mut self, expected: &'static str) -> Result<Hash, SyntaxError> {
        let start = self.at;
        let text = self.string(64, |b| b.is_ascii_hexdigit(), expected)?;
        crate::from_hex(text).ok_or(SyntaxError { expected, at: start })
    }

    /// The items of an array whose `[` is already taken, at most `most` of them.
    ///
    /// # Errors
    /// [`SyntaxError`].
    pub fn items<T>(
        &mut self,
        most: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        let mut items = Vec::new();
        if self.skip("]") {
            return Ok(items);
        }
        loop {
            if items.len() == most {
                return self.error("fewer items");
            }
            items.push(item(self)?);
            if self.skip("]") {
                return Ok(items);
            }
            self.literal(",")?;
        }
    }
}

/// Letters of an identifier: a device, an area, a feeder, a station, a site, a cell.
#[must_use]
pub fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// Whether `text` may name a device, site, feeder, station or cell (at most 64) or an area (at most 31).
pub(crate) fn is_name(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.len() <= longest && text.bytes().all(is_name_byte)
}

/// Appends `items` separated by commas.
pub(crate) fn join<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, item);
    }
}
