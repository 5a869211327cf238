//! What a node and its host give each other.

use protocol::record::MAX_RECORD_BYTES;

use crate::{ConfigError, Level, Now};

/// A record's bytes in hand, in a place of their own: none is allocated.
pub type RecordBytes = heapless::Vec<u8, MAX_RECORD_BYTES>;

/// The key, which never leaves it.
pub trait Signer {
    /// P-256 with SHA-256 over `message`: R||S. May be randomised, S may be high.
    ///
    /// # Errors
    /// [`SignerError`] where the chip did not answer: asked again later.
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError>;
}

/// The signer gave no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signer gave no signature")]
pub struct SignerError;

/// Why a node does not start or has nothing to publish.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// Settings outside their limits.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The counter says less than the records do: it is another one, or of another device.
    #[error("sequences from {next} on with sequence {last} already used")]
    Sequence {
        /// As the counter says.
        next: u64,
        /// As stored.
        last: u64,
    },
    /// A record of more than [`MAX_RECORD_BYTES`]. Settings that [`crate::Config::check`] lets through make none.
    #[error("a record of more than {MAX_RECORD_BYTES} bytes")]
    TooLong,
    /// No signature: the record stays in the queue.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// How the mains were found at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot {
    /// The level.
    pub mains: Level,
    /// Since when, where the host knows.
    pub since_unix_s: Option<u64>,
    /// The clocks.
    pub now: Now,
}

/// Bytes to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The record's sequence: what [`crate::Node::acknowledged`] is called with.
    pub sequence: u64,
    /// The record.
    pub bytes: RecordBytes,
}
