//! What can go wrong, in the two classes that the tasks act on: try again, or stop.

use store::StoreError;

/// An error of the indexer. What is wrong with a batch is none: it is kept with the batch.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is not what it has to be.
    #[error("setting {0}")]
    Setting(String),
    /// The chain cannot be read.
    #[error("chain: {0}")]
    Chain(#[from] bindings::Error),
    /// Chain or IPFS cannot be read.
    #[error(transparent)]
    Verify(#[from] verifier::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node's answers do not fit each other, as those of a node that lags behind a balancer.
    #[error("the node contradicts itself: {0}")]
    Inconsistent(String),
    /// The views hold what another contract, or another chain, says.
    #[error(
        "the views database is of {found}, not of {configured}: name another database in the settings, or drop this \
         one (views can always be rebuilt)"
    )]
    OtherContract {
        /// As stored.
        found: String,
        /// As configured.
        configured: String,
    },
    /// The chain has replaced blocks that it had called final, or is another chain.
    #[error(
        "block {number} was {known} and final, and is not in the chain any more: views up to `finalized` are never \
         rolled back; if the chain was started anew, drop the views database, it will be rebuilt"
    )]
    DeepReorg {
        /// The block.
        number: u64,
        /// Its hash as it was taken in.
        known: String,
    },
    /// A task ended by a panic.
    #[error("a task failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// Whether trying again may help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Chain(error) => error.is_retryable(),
            Self::Verify(error) => error.is_retryable(),
            // Another writer will not go away: stop rather than take turns with it.
            Self::Store(error) => matches!(error, StoreError::Unavailable(_)),
            Self::Inconsistent(_) => true,
            _ => false,
        }
    }
}
