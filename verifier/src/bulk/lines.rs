//! Lines of untrusted input: as many as can be had without waiting, each bounded.

use std::io::Read;

/// Bytes asked of the input at one time.
const READ_BYTES: usize = 1 << 20;

/// One line without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its bytes.
    Whole(Vec<u8>),
    /// It has more bytes than the limit; they were let go.
    TooLong,
}

/// Cuts an input into lines. What is after the last line feed is a line where it is not empty.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    limit: usize,
    partial: Vec<u8>,
    overflown: bool,
}

impl<R: Read> Lines<R> {
    /// Lines of at most `limit` bytes.
    pub(super) fn new(input: R, limit: usize) -> Self {
        Self { input, buffer: vec![0; READ_BYTES], limit, partial: Vec::new(), overflown: false }
    }

    /// The lines completed by one read: one that comes alone is answered alone. `None` at the end.
    pub(super) fn next_lines(&mut self) -> std::io::Result<Option<Vec<Line>>> {
        let length = loop {
            match self.input.read(&mut self.buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                length => break length?,
            }
        };
        let mut lines = Vec::new();
        if length == 0 {
            if !self.partial.is_empty() || self.overflown {
                lines.push(self.finish());
            }
            return Ok((!lines.is_empty()).then_some(lines));
        }
        let read = std::mem::take(&mut self.buffer);
        for piece in read[..length].split_inclusive(|b| *b == b'\n') {
            let (piece, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |piece| (piece, true));
            self.extend(piece);
            if ends {
                lines.push(self.finish());
            }
        }
        self.buffer = read;
        Ok(Some(lines))
    }

    fn extend(&mut self, piece: &[u8]) {
        self.overflown |= self.partial.len() + piece.len() > self.limit;
        if self.overflown {
            self.partial.clear();
        } else {
            self.partial.extend_from_slice(piece);
        }
    }

    fn finish(&mut self) -> Line {
        let line = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.overflown) { Line::TooLong } else { Line::Whole(line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An input that gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn all(input: &[u8], limit: usize) -> Vec<Line> {
        let read = |input: Box<dyn Read + '_>| {
            let mut lines = Lines::new(input, limit);
            let mut all = Vec::new();
            while let Some(more) = lines.next_lines().unwrap() {
                all.extend(more);
            }
            all
        };
        let whole = read(Box::new(input));
        assert_eq!(whole, read(Box::new(Slow(input))));
        whole
    }

    #[test]
    fn every_line_counts_once() {
        let whole = |text: &str| Line::Whole(text.into());
        assert_eq!(all(b"", 3), []);
        assert_eq!(all(b"\n", 3), [whole("")]);
        assert_eq!(all(b"a\n\nb", 3), [whole("a"), whole(""), whole("b")]);
        assert_eq!(all(b"abcd\nabc\nabcdefgh", 3), [Line::TooLong, whole("abc"), Line::TooLong]);
    }
}
