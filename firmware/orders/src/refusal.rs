//! Why an order is not taken.

use protocol::{SyntaxError, key::KeyError};

/// Why bytes are no order, or not of a key that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Longer than any order.
    #[error("order of {0} bytes")]
    TooLong(usize),
    /// Not the canonical spelling.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A key or signature that is malformed, or of another key.
    #[error(transparent)]
    Signature(#[from] KeyError),
    /// No key of this kind is known: nothing is taken.
    #[error("no key is trusted")]
    NoKey,
}

/// Why an order is refused: what the self-test report says of the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too long or not canonical.
    #[error("malformed")]
    Malformed,
    /// Of no key that counts.
    #[error("signature")]
    Signature,
    /// For another board, or a configuration for another device.
    #[error("addressee")]
    Addressee,
    /// A release or configuration not above the one that runs, or below its security version.
    #[error("downgrade")]
    Downgrade,
    /// Larger than a slot, or of no bytes.
    #[error("size")]
    Size,
    /// Tried as often as may be, or one below such a one.
    #[error("given-up")]
    GivenUp,
    /// What came, or what is read back, is not what the manifest says.
    #[error("digest")]
    Digest,
    /// The image says of itself something else than its manifest.
    #[error("image")]
    Image,
    /// Was started, and no receipt confirmed it.
    #[error("unconfirmed")]
    Unconfirmed,
    /// A setting outside its limits.
    #[error("limits")]
    Limits,
}

impl From<OrderError> for Refusal {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::TooLong(_) | OrderError::Syntax(_) => Self::Malformed,
            OrderError::Signature(_) | OrderError::NoKey => Self::Signature,
        }
    }
}
