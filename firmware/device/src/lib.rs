//! A device: [`node`], modem, secure element and flash put together, on any board that has their pins.
//!
//! A tour, in the order in which an edge travels:
//!
//! 1. [`Pulses`]: the opto-couplers' pulses to the phases that are live; a device for one phase looks at the first alone.
//! 2. [`Clock`]: the network's time on the board's own. Before it is known edges are recorded with the time since the start,
//!    and nothing is signed: a record states a time.
//! 3. [`Device::with_orders`]: what the operator may have it do, and its self-test report.
//! 4. [`Device::poll`]: level, time, signature, modem, receipts, in this order, without waiting for anything but the
//!    secure element.
//!
//! Before a device is at work [`console`] gives it its key and settings over a serial line.
//!
//! Whatever cannot be put right from here is an [`Error`]: the board starts again, and so it does if polling stops
//! (watchdog). A start is the same as recovery: the flash says what there is, the secure element which sequences.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

pub mod bench;
mod clock;
pub mod console;
mod device;
mod error;
pub mod keeper;
pub mod limits;
mod orders;
mod pulses;
pub mod settings;

pub use clock::Clock;
pub use device::{Counts, Device, Parts};
pub use error::Error;
pub use limits::{HEAP_BYTES, HOLD_UP_MS, RECEIPT_SILENCE_MS, REPORT_AGAIN_MS, WATCHDOG_MS};
pub use orders::within_limits;
pub use protocol::record::Phases;
pub use pulses::Pulses;

pub use ::orders::topics::{BLOCK, CONFIGURATION, ORDERS_TOPIC, RELEASE, REPORTS_TOPIC, REQUESTS_TOPIC};

/// Which of the secure element's counters gives the sequences.
pub const SEQUENCE_COUNTER: u16 = 0;
/// Levels before this are not taken: the first pulses are still being counted.
pub const SETTLE_MS: u64 = 300;
/// How long the modem is left off after a brown-out of the board's own supply.
pub const BROWN_OUT_PAUSE_MS: u64 = 30_000;
/// Between two tries at a secure element that failed.
pub const CHIP_PAUSE_MS: u64 = 1_000;
/// Where a device publishes: followed by its id.
pub const RECORDS_TOPIC: &str = "power/v1/records/";
/// Where a device hears of receipts: followed by its id.
pub const RECEIPTS_TOPIC: &str = "power/v1/receipts/";
/// Between two self-test reports.
pub const REPORT_MS: u64 = 86_400_000;
