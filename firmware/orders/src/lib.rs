//! What a device takes from its operator, and what it says of itself.
//!
//! A tour, in the order in which an update travels:
//!
//! 1. [`Manifest`]: which image, signed by a release key that is kept offline. [`Configuration`]: settings, signed by
//!    the operator's key.
//! 2. [`Orders`]: the state machine that its host polls. It decides which order is taken, asks for the image block by
//!    block ([`transfer`]), checks it ([`image`]), has it started, and confirms it or lets the old one come back.
//! 3. [`state`]: what of that survives a reset: two sectors written in turn, so that a power cut leaves the old or the
//!    new.
//! 4. [`boot`]: ESP-IDF's `otadata`, by which the second-stage bootloader chooses the slot.
//! 5. [`Report`]: the self-test report, signed by the secure element.
//!
//! Whatever comes from outside is one signature away from nothing: bytes are looked at only after the signature of a
//! key that the running image (releases) or the provisioned settings (configurations) name. No two of the signed
//! texts (record, receipt, manifest, configuration, report) begin alike, so that a signature of one is never one of
//! another.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

pub mod boot;
mod configuration;
mod download;
pub mod image;
pub mod limits;
mod manifest;
mod orders;
mod refusal;
mod report;
pub mod state;
pub mod topics;
pub mod transfer;

pub use configuration::{Changes, Configuration};
pub use limits::{CONFIRM_MS, MAX_ASK_MS, MAX_IMAGE_SECTORS, MAX_RELEASE_KEYS, MAX_RETRY_PAUSE_MS, MAX_TRIES};
pub use manifest::Manifest;
pub use orders::{Action, Layout, Moment, Orders, OrdersError, Running};
pub use refusal::{OrderError, Refusal};
pub use report::{Report, ReportError};

/// Bytes that are erased together: a sector of any common NOR flash.
pub const SECTOR: usize = 4_096;
/// How long a device runs before it starts an image again that did not come to be confirmed, or fetches one again of
/// which something else came; then the pause doubles.
pub const RETRY_PAUSE_MS: u64 = 15 * 60_000;
/// First wait for blocks before those that are missing are asked for again; doubles up to [`MAX_ASK_MS`].
pub const ASK_MS: u64 = 30_000;
