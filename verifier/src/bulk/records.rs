//! `verifier records`: many records, each with the key that should have signed it.

use std::io::{Read, Write};

use protocol::{key::PublicKey, record::Record, to_hex};
use serde::{Deserialize, Serialize};

use super::{
    BulkError,
    lines::{Line, Lines},
};

/// Longest line read; a longer one is answered as invalid.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
/// Lines that one thread checks at least, below which another one is not worth its start.
const MIN_LINES_A_THREAD: usize = 64;

#[derive(Deserialize)]
struct Input {
    public_key: String,
    record: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Verdict {
    Valid { valid: bool, leaf: String },
    Invalid { valid: bool, error: String },
}

/// Reads JSON lines `{"public_key","record"}` and writes `{"valid":true,"leaf":"…"}` or
/// `{"valid":false,"error":"…"}` for each line, in order. `public_key` is the uncompressed point in hex, `record` the
/// record's text. Holds about a mebibyte of input at a time; what came so far is answered before more is waited for.
///
/// # Errors
/// [`BulkError::Io`]; a line never is one.
pub fn check_records(input: impl Read, mut output: impl Write) -> Result<(), BulkError> {
    let mut lines = Lines::new(input, MAX_LINE_BYTES);
    while let Some(lines) = lines.next_lines()? {
        output.write_all(&answer(&lines))?;
        output.flush()?;
    }
    Ok(())
}

fn answer(lines: &[Line]) -> Vec<u8> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = lines.len().div_ceil(threads).max(MIN_LINES_A_THREAD);
    let answer_all = |lines: &[Line]| lines.iter().flat_map(answer_line).collect::<Vec<u8>>();
    std::thread::scope(|scope| {
        let shares: Vec<_> = lines.chunks(share).map(|lines| scope.spawn(move || answer_all(lines))).collect();
        // A thread that panicked takes the process along: a verdict that is left out would move all after it.
        shares
            .into_iter()
            .flat_map(|share| share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn answer_line(line: &Line) -> Vec<u8> {
    let verdict = match check(line) {
        Ok(leaf) => Verdict::Valid { valid: true, leaf },
        Err(error) => Verdict::Invalid { valid: false, error },
    };
    // A struct of strings and a truth value always serializes.
    let mut text = serde_json::to_vec(&verdict).unwrap_or_default();
    text.push(b'\n');
    text
}

fn check(line: &Line) -> Result<String, String> {
    let Line::Whole(line) = line else { return Err(format!("a line of more than {MAX_LINE_BYTES} bytes")) };
    let Input { public_key, record } = serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
    let key = PublicKey::from_hex(&public_key.to_ascii_lowercase()).map_err(|error| error.to_string())?;
    let record = Record::parse(record.as_bytes()).map_err(|error| error.to_string())?;
    record.verify(&key).map_err(|error| error.to_string())?;
    Ok(to_hex(&record.leaf()))
}
