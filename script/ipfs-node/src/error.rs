//! What can go wrong, with the words the client reads.

use std::{io, path::PathBuf};

use cid::Cid;

/// An error of the embedded node. Wording follows Kubo where Kubo has a wording.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A required parameter is absent.
    #[error("argument {0:?} is required")]
    MissingArgument(&'static str),
    /// A parameter that cannot be read.
    #[error("invalid {name} {value:?}: {reason}")]
    InvalidArgument {
        /// The parameter.
        name: &'static str,
        /// What was sent.
        value: String,
        /// Why not.
        reason: String,
    },
    /// More `arg` parameters than one request may carry.
    #[error("{count} arguments, at most {limit}")]
    TooManyArguments {
        /// How many came.
        count: usize,
        /// How many may.
        limit: usize,
    },
    /// Something Kubo knows and this node does not.
    #[error("{what} {value:?} is not supported by the embedded node, only {supported}")]
    Unsupported {
        /// Which option.
        what: &'static str,
        /// What was asked.
        value: String,
        /// What there is.
        supported: &'static str,
    },
    /// The block is larger than nodes exchange.
    #[error(
        "produced block is over 1MiB: big blocks can't be exchanged with other peers ({limit_bytes} bytes at most)"
    )]
    BlockTooBig {
        /// The limit.
        limit_bytes: usize,
    },
    /// More in one `add`, or in one folder of it, than may be.
    #[error("{what}: at most {limit}")]
    AddTooBig {
        /// What there is too much of.
        what: String,
        /// The limit.
        limit: u64,
    },
    /// Two parts of an `add` have the same path, or one is both file and folder.
    #[error("directory already has entry by that name: {0:?}")]
    AddedTwice(String),
    /// The multipart body does not hold what the command takes, or is broken.
    #[error("multipart body: {0}")]
    Body(String),
    /// The body did not arrive in time.
    #[error("the body was not received within {0} s: context deadline exceeded")]
    ReceiveTimedOut(u64),
    /// Not on the disk, and nobody to ask (or asking was forbidden by `offline`).
    #[error("block was not found locally (offline): ipld: could not find {0}")]
    NotFoundLocally(Cid),
    /// No peer had the block in time.
    #[error("ipld: could not find {cid} within {waited_ms} ms: context deadline exceeded")]
    NotFoundInTime {
        /// The block.
        cid: Cid,
        /// How long peers were asked.
        waited_ms: u128,
    },
    /// Peers or the disk gave bytes that are not the block.
    #[error("the bytes found for {0} do not hash to it")]
    Corrupt(Cid),
    /// A path leads nowhere.
    #[error("no link named {name:?} under {folder}")]
    NoLink {
        /// The name that is not there.
        name: String,
        /// Where it was looked for: a folder, or a file that has no names in it.
        folder: Cid,
    },
    /// What a block says of itself is not a file or folder that this node puts together.
    #[error("{cid} {reason}; its blocks can be had one by one with ?format=raw")]
    NotReadable {
        /// The block.
        cid: Cid,
        /// What is wrong with it.
        reason: String,
    },
    /// Not pinned (in the way asked for).
    #[error("path '/ipfs/{0}' is not pinned")]
    NotPinned(Cid),
    /// Too many pins for an answer in one piece.
    #[error("more than {0} pins: ask with stream=true")]
    TooManyPins(usize),
    /// A limit on work under way is reached; the same request may succeed later.
    #[error("too many {what} under way ({limit})")]
    Busy {
        /// What is limited.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A browser's page asked the RPC.
    #[error("requests from web pages are refused")]
    FromBrowser,
    /// A peer could not be reached.
    #[error("connect {address} failure: {reason}")]
    Connect {
        /// The peer's address.
        address: String,
        /// Why not.
        reason: String,
    },
    /// Another process has the repository open.
    #[error("repository {0} is in use by another process")]
    RepoInUse(PathBuf),
    /// A file or socket failed.
    #[error("{what}: {source}")]
    Io {
        /// What was done.
        what: String,
        /// The system's word.
        source: io::Error,
    },
    /// What rust-ipfs reported.
    #[error("{0:#}")]
    Node(rust_ipfs::Error),
}

impl Error {
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(super) fn invalid(name: &'static str, value: &str, reason: impl ToString) -> Self {
        Self::InvalidArgument { name, value: value.chars().take(100).collect(), reason: reason.to_string() }
    }
}

impl From<rust_ipfs::Error> for Error {
    fn from(error: rust_ipfs::Error) -> Self {
        Self::Node(error)
    }
}
