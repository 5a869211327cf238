//! Why a device starts again.

/// What it cannot go on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The secure element gives no sequences: without them nothing may be signed.
    #[error("secure element: {0}")]
    Chip(#[from] atecc608::Error),
    /// Records cannot be kept: none may be published.
    #[error("flash: {0}")]
    Flash(#[from] node::flash::FlashError),
    /// Settings, or a counter that does not belong to this flash.
    #[error(transparent)]
    Node(#[from] node::NodeError),
    /// The modem's settings.
    #[error("modem: {0}")]
    Modem(#[from] sim7020::ConfigError),
    /// Partitions for updates, or their flash.
    #[error(transparent)]
    Orders(#[from] orders::OrdersError),
    /// Nothing is wrong: another image or configuration is to run.
    #[error("restarts as ordered")]
    Ordered,
    /// The modem's line or pin.
    #[error(transparent)]
    Line(#[from] sim7020::Failed),
}
