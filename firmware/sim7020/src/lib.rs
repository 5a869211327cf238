//! The SIM7020E modem, by its vendor's manual (SIM7020 Series AT Command Manual V1.05, Low Power Mode Application Note
//! V1.03, Hardware Design V1.02), without allocation and without a clock of its own.
//!
//! A tour, from the wire upwards:
//!
//! 1. [`line`]: bytes to lines, whatever garbage is among them. [`parse`]: what a line is. Both pure.
//! 2. [`command`]: what is sent, in the manual's order, each with the time it may take.
//! 3. [`certificate`], [`clock`], [`timer`]: how the modem spells a certificate, the time and its power-saving timers.
//! 4. [`Modem`]: bring-up, registration, MQTT over TLS with the modem's own client; its host calls [`Modem::poll`] as
//!    often as it likes and gets [`Event`]s.
//! 5. [`Rung`]: what is done when it does not work, ever more of it.
//!
//! Echo stays on, against custom: an answer counts only after the echo of its command, so that a late or doubled `OK`
//! of one command never stands for the next.
//!
//! `OK` for a publish does not say that the broker has the message (no such thing is documented): only a receipt frees
//! a record. The modem's TLS cannot use a key of the secure element, so it checks the server and nothing else; who the
//! device is, is in its records.
#![no_std]
#![warn(missing_docs)]

mod answer;
pub mod certificate;
pub mod clock;
pub mod command;
pub mod config;
mod event;
mod ladder;
pub mod line;
pub mod modem;
pub mod parse;
mod stage;
pub mod timer;

pub use config::{Config, ConfigError};
pub use event::{ClockSource, Event, Failed, ModemError, PublishError, Reason};
pub use ladder::Rung;
pub use modem::Modem;

/// Longest line that is read; a longer one is skipped whole. The longest that can come is a message of
/// [`MAX_PAYLOAD`] bytes in hex with its topic.
pub const MAX_LINE: usize = 1_280;
/// Longest command, in characters; the modem takes 2,048.
pub const MAX_COMMAND: usize = 1_280;
/// Longest payload either way, in bytes: 1,000 hex characters (chapter 11).
pub const MAX_PAYLOAD: usize = 500;
/// Longest topic, in characters (chapter 11).
pub const MAX_TOPIC: usize = 128;
/// Most topics that are listened to; one may hold `+` for a level (MQTT 3.1.1 section 4.7).
pub const MAX_TOPICS: usize = 4;
/// Certificate characters in one command: the drivers that work cut here.
pub const MAX_CHUNK: usize = 1_000;
/// Longest certificate, in characters of its PEM.
pub const MAX_CERTIFICATE: usize = 4_096;
/// Bytes read from the line in one poll, so that a babbling modem cannot hold the host.
pub const MAX_READ: usize = 256;
