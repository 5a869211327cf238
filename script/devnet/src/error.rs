//! Why a devnet does not start or goes on; each says what to do.

use std::path::PathBuf;

/// An error of the devnet.
#[derive(Debug, thiserror::Error)]
pub enum DevnetError {
    /// A program is not there.
    #[error("{program} was not found ({looked}): run ./script/up, which installs it, or set {variable}")]
    MissingProgram {
        /// Which.
        program: &'static str,
        /// Where it was looked for.
        looked: String,
        /// What names it.
        variable: &'static str,
    },
    /// geth is not there.
    #[error(
        "geth was not found (on the PATH and in the cache): GOBIN=~/.cache/power-tracker/bin go install \
         github.com/ethereum/go-ethereum/cmd/geth@v1.16.7, or set GETH, or take --chain anvil"
    )]
    MissingGeth,
    /// A port is taken.
    #[error("port {port} is taken: stop what uses it, or choose another with {option}, or take --free-ports")]
    PortTaken {
        /// Which.
        port: u16,
        /// What sets it.
        option: &'static str,
    },
    /// Another devnet runs in the folder.
    #[error("a devnet already runs in {0}: stop it, or give this one another folder with --dir and --free-ports")]
    AlreadyRunning(PathBuf),
    /// A part ended or did not get ready.
    #[error("{name} {what}; the end of {log}:\n{tail}")]
    Part {
        /// Which.
        name: &'static str,
        /// What it did.
        what: String,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// What the folder holds does not fit the chain.
    #[error("{0}: begin anew with --fresh")]
    Stale(String),
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The chain refused something.
    #[error("chain: {0}")]
    Chain(String),
    /// IPFS refused something.
    #[error("IPFS: {0}")]
    Ipfs(String),
    /// The store refused something.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A scenario could not be made or read.
    #[error("devices: {0}")]
    Fleet(String),
    /// GraphQL did not answer as it should.
    #[error("GraphQL: {0}")]
    GraphQl(String),
    /// `--once` gave up.
    #[error("not done after {after_s} s: {missing}")]
    NotDone {
        /// How long it waited.
        after_s: u64,
        /// What is missing.
        missing: String,
    },
    /// Asked to stop before it was done.
    #[error("stopped before it was done")]
    Interrupted,
}

impl DevnetError {
    /// For `map_err` on files.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}

impl From<bindings::Error> for DevnetError {
    fn from(error: bindings::Error) -> Self {
        Self::Chain(error.to_string())
    }
}
