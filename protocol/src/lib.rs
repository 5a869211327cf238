//! The one definition of what is signed, hashed, batched and anchored.
//!
//! A tour, in the order in which a reading travels:
//!
//! 1. [`record`]: what a device signs, in its only accepted spelling; its leaf.
//! 2. [`roster`]: which devices an area has, with their keys; cells of houses.
//! 3. [`batch`]: what a relayer publishes: a header block and record blocks. [`batch::verify`] is the only
//!    constructor of a [`batch::VerifiedBatch`].
//! 4. [`merkle`]: the RFC 6962 tree over the leaves; inclusion proofs. [`cid`]: a block's name on IPFS.
//! 5. [`receipt`]: what a relayer owes a device; [`chain`]: how far a device's records are complete.
//! 6. [`supply`]: ON, OFF and NO DATA, outages and coverage from verified records.
//! 7. [`cells`]: what is published about houses. [`flag`]: what is odd about a record.
//! 8. [`complaint`]: what is done about complaints, contradictions and scorecards; the block of a text.
//!    [`evidence`]: the block of records that goes with one. [`testimony`]: records named past a relayer.
//!
//! [`block`] is how rows and leaves are cut into IPFS blocks, [`canonical`] how every text of ours is read.
//!
//! Nothing here reads a clock, a file or a socket. Formats are written down for other implementers in
//! `docs/protocol.md`; the golden files are in `tests/`.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

pub mod batch;
pub mod block;
pub mod canonical;
pub mod cells;
pub mod chain;
pub mod cid;
pub mod complaint;
pub mod evidence;
pub mod flag;
pub mod key;
pub mod merkle;
pub mod receipt;
pub mod record;
pub mod roster;
pub mod supply;
pub mod testimony;

pub use canonical::SyntaxError;

/// A SHA-256 hash: a leaf, a node, a root or a digest.
pub type Hash = [u8; 32];

/// The largest integer in any of our formats: 2^53 - 1, what JSON readers agree on (RFC 8259 section 6).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// SHA-256 of some bytes: a block's digest.
#[must_use]
pub fn digest(bytes: &[u8]) -> Hash {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}

/// Lower-case hex of a hash, as every JSON format of ours spells it.
#[must_use]
pub fn to_hex(hash: &[u8]) -> alloc::string::String {
    data_encoding::HEXLOWER.encode(hash)
}

/// A hash from its lower-case hex; nothing else is accepted.
#[must_use]
pub fn from_hex(text: &str) -> Option<Hash> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
