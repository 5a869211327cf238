//! The contracts for Rust, and the only owner of their ABI.
//!
//! - [`Anchors`], [`Rosters`], [`AccessManager`]: calls, events, errors and deployment, generated from `abi/*.json`. Those
//!   are committed, so cargo alone builds this crate; `./generate` makes them, `./generate --check` fails on drift.
//! - [`Contracts`]: the typed reads that the services and the verifier need, over any alloy provider; [`deploy`] for new
//!   ones.
//! - [`Page`], [`Entry`]: what a relayer anchors and what the `Anchored` log carries.
//! - [`Error`]: whether to ask again ([`Error::is_retryable`]) or what the contract said, by name and arguments.
//! - [`area_to_bytes32`], [`area_from_bytes32`]: an area's identifier on the chain.

mod area;
mod contracts;
mod error;
mod page;

pub use area::{area_from_bytes32, area_to_bytes32};
pub use contracts::{Anchored, Contracts, Deployment, Lane, Place, RosterAnchor, deploy};
pub use error::{Error, Refusal};
pub use page::{Entry, Page, decode_entries, encode_entries};

pub use abi::{AccessManager, Anchors, Rosters};

/// What `sol!` makes of the committed ABI.
#[allow(missing_docs, clippy::all)]
mod abi {
    alloy::sol!(
        #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
        Anchors,
        "abi/Anchors.json"
    );
    alloy::sol!(
        #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
        Rosters,
        "abi/Rosters.json"
    );
    alloy::sol!(
        #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
        AccessManager,
        "abi/AccessManager.json"
    );
}
