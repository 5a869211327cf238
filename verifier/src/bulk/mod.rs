//! Checks in bulk, for scripts: no chain, no IPFS, only bytes in and a verdict out. All of them stream.

mod inclusion;
mod lines;
mod records;
mod root;

pub use inclusion::{InclusionArgs, check_inclusion};
pub use records::{MAX_LINE_BYTES, check_records};
pub use root::root_of_lines;

/// Why bytes in bulk could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A line of leaves' data is not hex.
    #[error("line {0}: not hex")]
    NotHex(u64),
    /// An argument of an inclusion check is not what it has to be.
    #[error("{0}: not 64 hex digits")]
    NotAHash(&'static str),
}

/// A hash from 64 hex digits in either case.
fn hash_from_hex(text: &str) -> Option<protocol::Hash> {
    protocol::from_hex(&text.to_ascii_lowercase())
}
