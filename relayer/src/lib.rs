//! The relayer: records in from the broker, batches out to IPFS and the chain.
//!
//! A tour, along a record's way:
//!
//! 1. [`mqtt`]: over TLS, in a persistent session. A publish is acknowledged only once its record is durable, or was
//!    refused and counted ([`refusals`]).
//! 2. [`intake`]: to the lane of its device, by the rosters in force ([`rosters`], from the chain and IPFS).
//! 3. [`lane::collecting`]: [`check`]ed, written to the store, acknowledged, and answered with a receipt
//!    ([`receipts`]).
//! 4. [`lane::pages`]: when the period has ended the page is sealed ([`lane::sealing`]), published ([`ipfs`]) and
//!    anchored ([`lane::anchoring`]).
//!
//! Beside them, with a key of its own, it sends what others signed and the service pays for: [`submissions`], by an
//! [`account`].
//!
//! What goes wrong is either a record's own fault (it is refused), or passes (wait, with nothing acknowledged), or
//! needs a person (stop): [`failure`]. A lane is worked on by the holder of its lease only: [`leases`].

pub mod account;
pub mod check;
pub mod clock;
pub mod config;
pub mod failure;
pub mod intake;
pub mod ipfs;
pub mod lane;
pub mod leases;
pub mod mqtt;
pub mod receipts;
pub mod refusals;
pub mod rosters;
mod service;
mod submissions;

pub use config::Config;
pub use failure::Fatal;
pub use service::run;
