//! Testimonies: a block of records that anybody names on the chain, past a relayer that leaves them out. Only the digest
//! is there; what the block holds counts record by record, so that nobody can spoil it with a line of nonsense.

use alloc::vec::Vec;

use crate::{
    batch::{LineError, PublicRecord, public_record},
    roster::Roster,
};

/// Largest block of a testimony.
pub const MAX_TESTIMONY_BYTES: usize = 64 * 1024;

/// What a block of a testimony holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Testified {
    /// The records that count as anchored by it, each with the place of its line, from 0. Of several lines under one
    /// sequence all are here; the first counts.
    pub records: Vec<(u32, PublicRecord)>,
    /// Lines that do not, from 0, with the reason.
    pub refused: Vec<(u32, LineError)>,
}

/// Checks a block's lines, each for itself, against `roster`: the one in force at the time of the testimony, checked
/// against the chain. That the bytes have the digest of the testimony is for the caller to see. A last line without its
/// line feed is a line; empty ones are passed over.
#[must_use]
pub fn check(block: &[u8], roster: &Roster) -> Testified {
    let mut testified = Testified::default();
    let lines = (0..).zip(block.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.is_empty());
    for (place, line) in lines {
        match public_record(line, roster) {
            Ok(public) => testified.records.push((place, public)),
            Err(error) => testified.refused.push((place, error)),
        }
    }
    testified
}
