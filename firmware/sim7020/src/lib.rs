//! The SIM7020E modem, by its vendor's manual (SIM7020 Series AT Command Manual V1.05, Low Power Mode Application Note
//! V1.03, Hardware Design V1.02), without allocation and without a clock of its own.
//!
//! A tour, from the wire upwards:
//!
//! 1. [`line`]: bytes to lines, whatever garbage is among them. [`parse`]: what a line is. Both pure.
//! 2. [`command`]: what is sent, in the manual's order, each with the time it may take.
//! 3. [`certificate`], [`clock`], [`timer`]: how the modem spells a certificate, the time and its power-saving timers.
//! 4. [`Modem`]: bring-up, registration, then by its [`Transport`] MQTT over TLS with the modem's own client, or
//!    datagrams; its host calls [`Modem::poll`] as often as it likes and gets [`Event`]s.
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
mod datagrams;
mod event;
mod ladder;
pub mod limits;
pub mod line;
pub mod modem;
pub mod parse;
mod stage;
pub mod timer;

pub use config::{Config, ConfigError, Length, Mqtt, Peer, Transport};
pub use event::{ClockSource, Event, Failed, ModemError, PublishError, Reason, SendError};
pub use ladder::Rung;
pub use limits::{
    MAX_CERTIFICATE, MAX_CHUNK, MAX_COMMAND, MAX_DATAGRAM, MAX_LINE, MAX_PAYLOAD, MAX_READ, MAX_SOCKETS, MAX_TOPIC,
    MAX_TOPICS,
};
pub use modem::Modem;
