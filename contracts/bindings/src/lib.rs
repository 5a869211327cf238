//! The contracts for Rust, and the only owner of their ABI.
//!
//! - [`Anchors`], [`Rosters`], [`Complaints`], …: calls, events, errors and deployment, generated from `abi/*.json`. Those
//!   are committed, so cargo alone builds this crate; `./generate` makes them, `./generate --check` fails on drift.
//! - [`Contracts`], [`Accountability`]: the typed reads that the services and the verifier need, over any alloy provider;
//!   [`Addresses`] says where they are; [`deploy`] for new ones, [`schedules`] for their first clocks.
//! - [`Page`], [`Entry`]: what a relayer anchors and what the `Anchored` log carries.
//! - [`Filing`], [`Action`], [`Remark`], [`Notice`] and [`typed_data`]: what is signed (EIP-712), its hashes, and
//!   [`is_signed_by`]. [`Event`]: what came of it, from the logs; [`logs`]: those of many blocks.
//! - [`Error`]: whether to ask again ([`Error::is_retryable`]) or what the contract said, by name and arguments.
//! - [`area_to_bytes32`], [`area_from_bytes32`]: an area's identifier on the chain.

mod abi;
mod accountability;
mod addresses;
mod area;
mod contracts;
mod error;
mod events;
mod logs;
mod page;
mod presets;
mod signature;
pub mod typed_data;

pub use accountability::{Accountability, Announced, Assignment, Clock, Complaint, Grant};
pub use addresses::Addresses;
pub use area::{area_from_bytes32, area_to_bytes32};
pub use contracts::{Anchored, Contracts, Deployment, Lane, Place, RosterAnchor, deploy};
pub use error::{Error, Refusal};
pub use events::{Acted, Event, Filed, NoticeAnnounced, Remarked};
pub use logs::logs;
pub use page::{Entry, Page, decode_entries, encode_entries};
pub use presets::{Schedule, schedules};
pub use protocol::complaint::{Act, Say, Stage};
pub use signature::{is_signed_by, is_signed_by_key};
pub use typed_data::{Action, Filing, Notice, Remark, Signed, SignedActions, SignedFiling, SignedNotice, SignedRemark};

pub use abi::{
    AccessManager, Anchors, Clocks, Complaints, IComplaints, INotices, IVerifier, Notices, Officials, Passkeys,
    Rosters, Testimonies, Verifier,
};
