//! Why something could not be verified.

use protocol::{batch::BatchError, roster::RosterError};

use crate::IpfsError;

/// Why something could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain could not be read, or has no such thing.
    #[error(transparent)]
    Chain(#[from] bindings::Error),
    /// A block could not be had.
    #[error(transparent)]
    Ipfs(#[from] IpfsError),
    /// The area had no roster at that time.
    #[error("area {area_id} has no roster in force at {at_unix_s}")]
    NoRoster {
        /// The area.
        area_id: String,
        /// The time.
        at_unix_s: u64,
    },
    /// What a registrar published does not agree with the chain.
    #[error("roster {version} of area {area_id}: {error}")]
    Roster {
        /// The area.
        area_id: String,
        /// The roster's version.
        version: u64,
        /// Why.
        error: RosterError,
    },
    /// What a relayer published does not agree with the chain or the roster.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// No lane anchors this area.
    #[error("no lane anchors area {0}")]
    UnknownArea(String),
    /// No roster of the area has this substation.
    #[error("area {area_id} has no substation {station}")]
    UnknownStation {
        /// The area.
        area_id: String,
        /// What was asked for.
        station: String,
    },
    /// There is no batch in the range that was asked for.
    #[error("area {area_id} has no batch in that range; it has {first} to {last}")]
    NoBatches {
        /// The area.
        area_id: String,
        /// Its first batch number.
        first: u64,
        /// Its last batch number.
        last: u64,
    },
    /// The events of complaints are not what the contracts can have logged.
    #[error("the register of complaints: {0}")]
    Register(String),
    /// The check was cut off because the process ends.
    #[error("the check was cut off")]
    CutOff,
}

impl Error {
    /// Whether the same call may succeed later without anybody changing what is published.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Chain(error) => error.is_retryable(),
            Self::Ipfs(error) => matches!(error, IpfsError::Unavailable { .. }),
            _ => false,
        }
    }

    /// A short name that scripts and views can rely on.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Chain(_) => "chain",
            Self::Ipfs(IpfsError::Unavailable { .. }) => "unavailable",
            Self::Ipfs(_) => "corrupt",
            Self::NoRoster { .. } => "no-roster",
            Self::Roster { .. } => "roster",
            Self::Batch(_) => "batch",
            Self::UnknownArea(_) => "unknown-area",
            Self::UnknownStation { .. } => "unknown-station",
            Self::NoBatches { .. } => "no-batches",
            Self::Register(_) => "register",
            Self::CutOff => "cut-off",
        }
    }
}
