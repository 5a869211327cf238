//! A lane's page: one entry for each of its areas.

use alloy::primitives::Bytes;
use protocol::Hash;

use crate::{Anchors, Error};

/// What a page says of one area; all zeros where nothing arrived in the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// RFC 6962 root of the batch's leaves.
    pub root: Hash,
    /// SHA-256 of the batch's header block.
    pub digest: Hash,
    /// Number of leaves, public and sealed together.
    pub count: u32,
}

impl Entry {
    /// An entry's bytes in a page: root 32 | digest 32 | count 4, big-endian.
    pub const BYTES: usize = 68;

    /// Whether nothing arrived in the period.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The `entries` of a page, for `Anchors.anchor`: one for each area, in lane order.
#[must_use]
pub fn encode_entries(entries: &[Entry]) -> Bytes {
    let mut bytes = Vec::with_capacity(entries.len() * Entry::BYTES);
    for entry in entries {
        bytes.extend_from_slice(&entry.root);
        bytes.extend_from_slice(&entry.digest);
        bytes.extend_from_slice(&entry.count.to_be_bytes());
    }
    bytes.into()
}

/// The entries of a page, in lane order, from the bytes of a log or call.
pub fn decode_entries(bytes: &[u8]) -> Result<Vec<Entry>, Error> {
    let (chunks, rest) = bytes.as_chunks::<{ Entry::BYTES }>();
    if !rest.is_empty() {
        return Err(Error::InvalidEntries(bytes.len()));
    }
    Ok(chunks.iter().map(decode_entry).collect())
}

fn decode_entry(bytes: &[u8; Entry::BYTES]) -> Entry {
    let mut entry = Entry::default();
    entry.root.copy_from_slice(&bytes[..32]);
    entry.digest.copy_from_slice(&bytes[32..64]);
    entry.count = u32::from_be_bytes([bytes[64], bytes[65], bytes[66], bytes[67]]);
    entry
}

/// A page of a lane as it was anchored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The lane.
    pub lane: u32,
    /// The page's number, which is the batch number in each area of the lane.
    pub number: u64,
    /// What the next page must name as its `previousPage`.
    pub page_hash: Hash,
    /// Start of the window of arrival, inclusive.
    pub period_start_unix_s: u64,
    /// End of the window of arrival, exclusive.
    pub period_end_unix_s: u64,
    /// One entry for each area that had joined the lane by then, in lane order.
    pub entries: Vec<Entry>,
}

/// From a decoded `Anchored` log.
impl TryFrom<&Anchors::Anchored> for Page {
    type Error = Error;

    fn try_from(event: &Anchors::Anchored) -> Result<Self, Error> {
        Ok(Self {
            lane: event.lane,
            number: event.number,
            page_hash: event.pageHash.into(),
            period_start_unix_s: event.periodStart.to(),
            period_end_unix_s: event.periodEnd.to(),
            entries: decode_entries(&event.entries)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_were() {
        let full = Entry { root: [1; 32], digest: [2; 32], count: 0x0304_0506 };
        let bytes = encode_entries(&[full, Entry::default()]);
        assert_eq!(bytes[..Entry::BYTES], [&[1; 32][..], &[2; 32], &[3, 4, 5, 6]].concat());
        assert_eq!(bytes[Entry::BYTES..], [0; Entry::BYTES]);
        let entries = decode_entries(&bytes).unwrap();
        assert_eq!(entries, [full, Entry::default()]);
        assert!(!entries[0].is_empty() && entries[1].is_empty());
    }

    #[test]
    fn entries_cut_short_are_refused() {
        let bytes = encode_entries(&[Entry::default()]);
        assert!(matches!(decode_entries(&bytes[1..]), Err(Error::InvalidEntries(67))));
    }
}
