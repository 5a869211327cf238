//! What a query can be answered with instead of data. Details of a store or node that fails go to the log only.
//! [`crate::schema`] puts [`ApiError::code`] on each such error.

use store::StoreError;

/// Why a field has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The store is away or slow: try again.
    #[error("the store does not answer; try again")]
    Store,
    /// Chain or IPFS is away or slow: try again.
    #[error("chain or IPFS do not answer; try again")]
    Source,
    /// What chain and IPFS hold does not verify.
    #[error("{0}")]
    Unverified(String),
    /// An argument that cannot be meant.
    #[error("{0}")]
    Argument(String),
    /// Today's share of what this service pays for is used up.
    #[error(
        "what this service pays for in this area today is used up: submit it to the contract yourself, or here again from \
         {free_at_unix_s} (UNIX seconds) on"
    )]
    UsedUp {
        /// When the next day's share begins.
        free_at_unix_s: u64,
    },
    /// More is asked for at one time than this service does.
    #[error("{0}")]
    Busy(&'static str),
}

impl ApiError {
    /// A name that clients can rely on, in the error's `extensions.code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store | Self::Source => "UNAVAILABLE",
            Self::Unverified(_) => "UNVERIFIED",
            Self::Argument(_) => "BAD_ARGUMENT",
            Self::UsedUp { .. } => "USED_UP",
            Self::Busy(_) => "BUSY",
        }
    }

    /// An argument is wrong.
    pub(crate) fn argument(reason: impl Into<String>) -> Self {
        Self::Argument(reason.into())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "store");
        Self::Store
    }
}

impl From<verifier::Error> for ApiError {
    fn from(error: verifier::Error) -> Self {
        if error.is_retryable() {
            // By name: the text may hold the node's URL, and that a key.
            tracing::warn!(reason = error.name(), "chain or IPFS do not answer");
            return Self::Source;
        }
        Self::Unverified(error.to_string())
    }
}
