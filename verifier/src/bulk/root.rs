//! `verifier root`: the root over leaves given as data.

use std::io::BufRead;

use data_encoding::HEXLOWER_PERMISSIVE;
use protocol::{Hash, merkle};

use super::BulkError;

/// The RFC 6962 root over each line's data, given as hex in either case; an empty line is a leaf of no data. Holds one
/// line and 32 bytes a leaf. What is after the last line feed is a line where it is not empty.
///
/// # Errors
/// [`BulkError::NotHex`], [`BulkError::Io`].
pub fn root_of_lines(mut input: impl BufRead) -> Result<Hash, BulkError> {
    let mut leaves = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(merkle::root(leaves));
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let data = HEXLOWER_PERMISSIVE.decode(text).map_err(|_| BulkError::NotHex(leaves.len() as u64 + 1))?;
        leaves.push(merkle::leaf_hash(&data));
    }
}
