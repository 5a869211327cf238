//! The two classes of failure: wait and try again, or stop. (The third, a record that is refused, is
//! [`crate::check::Reason`].)

use std::{fmt, time::Duration};

use store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::config::ConfigError;

/// The first wait before a step is tried again; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Why the relayer stops. Starting it again as it is does not help.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// Wrong configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store holds what this version cannot read, or somebody else writes to it.
    #[error(transparent)]
    Store(StoreError),
    /// The contract is absent or answers by another ABI.
    #[error(transparent)]
    Chain(bindings::Error),
    /// Another relayer has taken the lane.
    #[error("the lease of lane {0} was lost to another relayer")]
    LeaseLost(u32),
    /// The chain is not the one that the store's pages are on.
    #[error(
        "lane {lane}: {reason}. Is the chain another one, or begun anew? Point rpc_url and contracts at the \
         chain of these records; or, if they may be lost (a development network), drop the intake database"
    )]
    OtherChain {
        /// Which lane.
        lane: u32,
        /// What does not fit.
        reason: String,
    },
    /// Something that only a person can decide.
    #[error("lane {lane}, page {number}: operator action required: {reason}")]
    OperatorActionRequired {
        /// Which lane.
        lane: u32,
        /// Which page.
        number: u64,
        /// What happened.
        reason: String,
    },
    /// The relayer may not do its work.
    #[error("lane {lane}: {reason}")]
    NotGranted {
        /// Which lane.
        lane: u32,
        /// What is missing.
        reason: String,
    },
    /// A task ended by a panic.
    #[error("a task ended unexpectedly: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Why a step did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something is away: the same step may succeed later.
    #[error("{0}")]
    Retryable(String),
    /// Stop.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

/// Why work ends.
#[derive(Debug)]
pub enum Halt {
    /// It was told to.
    Stopped,
    /// It cannot go on.
    Fatal(Fatal),
}

impl Failure {
    /// A failure that may pass.
    pub fn retryable(reason: impl fmt::Display) -> Self {
        Self::Retryable(reason.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        // A conflict is a second writer: reading again would not change who owns the lane.
        match error {
            StoreError::Unavailable(_) => Self::retryable(error),
            other => Self::Fatal(Fatal::Store(other)),
        }
    }
}

impl From<bindings::Error> for Failure {
    fn from(error: bindings::Error) -> Self {
        // A node that lags, or is being rolled back, may not have the contract for a moment; whether it is there at
        // all is looked at once, at the start.
        if error.is_retryable() || matches!(error, bindings::Error::NoContract(_)) {
            Self::retryable(error)
        } else {
            Self::Fatal(Fatal::Chain(error))
        }
    }
}

impl From<Fatal> for Halt {
    fn from(fatal: Fatal) -> Self {
        Self::Fatal(fatal)
    }
}

/// Waits that double, and a log line when trouble begins and when it ends.
#[derive(Debug)]
pub struct Patience {
    what: &'static str,
    wait: Duration,
    last: Option<String>,
}

impl Patience {
    /// Patience with something, named for the log.
    #[must_use]
    pub fn with(what: &'static str) -> Self {
        Self { what, wait: FIRST_WAIT, last: None }
    }

    /// Notes a failure; how long to wait.
    pub fn failed(&mut self, reason: &str) -> Duration {
        if self.last.as_deref() != Some(reason) {
            tracing::warn!(what = self.what, reason, "waiting");
            self.last = Some(reason.to_owned());
        }
        let wait = self.wait;
        self.wait = (wait * 2).min(LONGEST_WAIT);
        wait
    }

    /// Notes a success.
    pub fn succeeded(&mut self) {
        if self.last.take().is_some() {
            tracing::info!(what = self.what, "going on");
        }
        self.wait = FIRST_WAIT;
    }
}

/// Repeats a step until it succeeds, cannot, or `stop` is given. The step must bear being repeated after it happened
/// and only its answer was lost.
///
/// # Errors
/// [`Halt`].
pub async fn until_done<T, E: Into<Failure>, F: Future<Output = Result<T, E>>>(
    stop: &CancellationToken,
    what: &'static str,
    step: impl Fn() -> F,
) -> Result<T, Halt> {
    let mut patience = Patience::with(what);
    loop {
        let result = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Halt::Stopped),
            result = step() => result,
        };
        match result.map_err(Into::into) {
            Ok(value) => {
                patience.succeeded();
                return Ok(value);
            }
            Err(Failure::Fatal(fatal)) => return Err(Halt::Fatal(fatal)),
            Err(Failure::Retryable(reason)) => {
                let wait = patience.failed(&reason);
                tokio::select! { () = stop.cancelled() => return Err(Halt::Stopped), () = tokio::time::sleep(wait) => {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_is_repeated_until_it_is_done_or_cannot_be() {
        let stop = CancellationToken::new();
        let left = std::cell::Cell::new(2);
        let done = until_done(&stop, "test", || async {
            left.set(left.get() - 1);
            if left.get() >= 0 { Err(Failure::retryable("away")) } else { Ok(7) }
        });
        assert!(matches!(done.await, Ok(7)));
        assert_eq!(left.get(), -1);
        let fatal = until_done(&stop, "test", || async { Err::<(), _>(Failure::Fatal(Fatal::LeaseLost(3))) }).await;
        assert!(matches!(fatal, Err(Halt::Fatal(Fatal::LeaseLost(3)))));
        stop.cancel();
        let stopped = until_done(&stop, "test", || async { Err::<(), _>(Failure::retryable("away")) }).await;
        assert!(matches!(stopped, Err(Halt::Stopped)));
    }

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut patience = Patience::with("test");
        let waits: Vec<_> = (0..8).map(|_| patience.failed("away")).collect();
        assert_eq!((waits[0], waits[1], waits[7]), (FIRST_WAIT, 2 * FIRST_WAIT, LONGEST_WAIT));
        patience.succeeded();
        assert_eq!(patience.failed("away"), FIRST_WAIT);
    }
}
