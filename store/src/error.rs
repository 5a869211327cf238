//! What can go wrong with the store, in the two classes that its users act on.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The server is away, slow, or has no majority: try again.
    #[error("store unavailable: {0}")]
    Unavailable(mongodb::error::Error),
    /// Another process wrote first: read again, then decide.
    #[error("store: lost a race on {0}")]
    Conflict(&'static str),
    /// A document is not what this version writes: stop and look.
    #[error("store: unreadable document in {collection}: {reason}")]
    Unreadable {
        /// Where.
        collection: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A change stream ended: read everything again, then watch again.
    #[error("store: a change stream broke: {0}")]
    Broken(&'static str),
    /// Wrong settings: address, credentials.
    #[error("store settings: {0}")]
    Settings(mongodb::error::Error),
}

impl StoreError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_) | Self::Broken(_))
    }
}

impl From<mongodb::error::Error> for StoreError {
    fn from(error: mongodb::error::Error) -> Self {
        use mongodb::error::ErrorKind;
        match *error.kind {
            ErrorKind::InvalidArgument { .. } | ErrorKind::Authentication { .. } => Self::Settings(error),
            ErrorKind::BsonDeserialization(ref e) => {
                Self::Unreadable { collection: "a collection", reason: e.to_string() }
            }
            _ => Self::Unavailable(error),
        }
    }
}
