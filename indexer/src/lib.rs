//! Chain and IPFS in, verified views out. Two cursors that never wait for each other:
//!
//! 1. `follow` walks the chain (`chain` reads it): block by block near the head, in ranges far behind, back to the
//!    common ancestor on a reorg above `finalized`. It writes every anchored batch (`pages`) as pending, and which are
//!    final, and with them what the contracts for complaints said (`chronicle`).
//! 2. `ingest` brings the blocks of pending batches from IPFS, has them verified by the crate `verifier`, and applies
//!    them to the views in the order of their numbers, one task an area. What cannot be had is asked for again later;
//!    what fails is kept with its reason.
//!
//! `testimonies` does the second for blocks of records that anybody named past a relayer.
//!
//! `areas` keeps the rosters in force in the views, `repeats` looks up what a device said earlier under a sequence
//! that it uses again. All writes go through one lock in [`Shared`]: each is a transaction, and whatever dies in
//! between leaves the views as they were after the last one. Starting and going on are the same code.
//!
//! The views are a function of chain and IPFS: dropped, they are rebuilt to the same content.

mod areas;
mod chain;
mod chronicle;
mod config;
mod error;
mod follow;
mod ingest;
mod pages;
mod repeats;
mod retry;
mod testimonies;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use store::views::Views;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use verifier::{Ipfs, Verifier};

pub use config::Config;
pub use error::Error;

/// First and longest wait after an error that may pass.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// What both tasks share.
struct Shared {
    views: Views,
    verifier: Verifier,
    /// Held for each write: the views have one writer.
    writer: Mutex<()>,
    /// Batches were written, or the chain has moved.
    moved: Notify,
    /// Rosters or areas may have changed on the chain.
    areas_changed: AtomicBool,
}

impl Shared {
    fn announce_areas(&self) {
        self.areas_changed.store(true, Ordering::Release);
        self.moved.notify_one();
    }
}

/// Runs until `shutdown` is cancelled, or something is wrong that waiting does not mend.
///
/// # Errors
/// [`Error`] of the second kind.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Error> {
    let rpc_url = config.rpc_url.parse().map_err(|_| Error::Setting(format!("rpc_url: {}", config.rpc_url)))?;
    let ipfs = Ipfs::new(&config.ipfs_api_url).map_err(verifier::Error::from)?;
    let shared = Shared {
        views: Views::connect(&config.store).await?,
        verifier: Verifier::connect(rpc_url, config.contracts.anchors, config.contracts.rosters, ipfs),
        writer: Mutex::new(()),
        moved: Notify::new(),
        areas_changed: AtomicBool::new(true),
    };
    let shared = std::sync::Arc::new(shared);
    let work = async {
        // Not a word is written before it is known that these views are of this contract.
        let follower = follow::open(&shared, &config).await?;
        tokio::select! {
            ended = follow::run(follower, &shared, &config) => ended,
            ended = ingest::run(shared.clone()) => ended,
            ended = testimonies::run(shared.clone()) => ended,
        }
    };
    tokio::pin!(work);
    tokio::select! {
        () = shutdown.cancelled() => {}
        ended = &mut work => return ended,
    }
    // The write that is under way ends first: none is left open on the server.
    tokio::select! {
        _last = shared.writer.lock() => Ok(()),
        ended = &mut work => ended,
    }
}

/// Waits longer after each failure in a row.
#[derive(Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    fn reset(&mut self) {
        self.failures = 0;
    }

    fn next(&mut self) -> Duration {
        let (first, longest) = BACKOFF;
        let wait = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures += 1;
        wait
    }
}
