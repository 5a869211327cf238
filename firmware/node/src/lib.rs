//! A device's logic without hardware, IO or a clock of its own: its host feeds it edges, time and link events, and
//! it says which bytes to publish next.
//!
//! A tour, in the order in which an edge travels:
//!
//! 1. [`Node::sample`]: mains levels go through the debounce; an edge keeps the time at which it was seen.
//! 2. [`Draft`]: what is recorded of an edge or a heartbeat, with its sequence. Made at once, kept by the [`Store`]. Before
//!    the time is known an edge is kept with the time since the start ([`Stamp`]); its own is fixed once, and kept, before it
//!    is signed. Heartbeats wait for the clock.
//! 3. [`Node::next_publish`]: newest state first, then oldest first. A record is signed through [`Signer`] before its
//!    first publish (or earlier, with [`Node::sign_next`]); its bytes are kept and resent as they are.
//! 4. [`Node::receipt`]: a relayer's signed word frees the queue; nothing else does.
//! 5. [`Resume`]: what a node must know of its store after a reset. [`flash`] is the store of a device; [`Stored`] is
//!    one in memory, folded from the same [`Change`]s.
//! 6. [`sequence`]: how a counter that nobody can turn back keeps sequences from repeating, whatever the flash says.
//! 7. [`limits`]: how much of everything there may be.
//!
//! Memory is taken at the start and in [`Node::reserve`]. After that neither a node nor a [`flash`] store allocates: a
//! record in hand lies in [`RecordBytes`], a receipt is read where it came. `tests/allocation.rs` counts a week of calls.
//!
//! After an OFF record a device makes nothing until mains return. What is in its queue may still be sent while there
//! is power for it: that is the host's to decide, with [`Node::link_down`].
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

mod config;
mod counters;
pub mod flash;
mod host;
mod late;
pub mod limits;
mod losses;
mod mains;
mod node;
mod queue;
mod receipt;
pub mod sequence;
mod time;

pub use config::{Config, ConfigError};
pub use counters::Counters;
pub use host::{Boot, NodeError, Publish, RecordBytes, Signer, SignerError};
pub use limits::{
    MAX_DEBOUNCE_MS, MAX_HEARTBEAT_S, MAX_LOSSES, MAX_QUEUE, MAX_RECEIPT_KEYS, MAX_RESEND_MS, MAX_WINDOW,
};
pub use losses::Losses;
pub use mains::Level;
pub use node::Node;
pub use queue::{Change, Draft, Entry, Resume, Store, Stored, Waiting};
pub use receipt::ReceiptRefusal;
pub use time::{Now, Stamp, Time, TimeSource};
