//! The ATECC608 secure element (A and B), by its vendor's library and data sheets: it signs with a key that never leaves
//! it, counts, and says who it is. Without allocation.
//!
//! A tour, from the wire upwards:
//!
//! 1. [`packet`]: commands and answers with their CRC, and the status byte.
//! 2. [`Atecc608`]: wake, send, wait, read, idle; tried again where that cannot do harm.
//! 3. [`Atecc608::sign`]: Random, Nonce, Sign, in the vendor's order for this chip.
//! 4. [`Atecc608::counter`], [`Atecc608::count`]: a counter that nobody can turn back.
//! 5. [`provision`]: from a blank part to one that signs, every step decided by what the part says of itself.
//!
//! The bus must run at 100 kHz: waking needs SDA low for 60 microseconds, which the address 0x00 then is. A faster bus
//! cannot wake the chip, and other traffic below 300 kHz can: it gets a bus of its own.
//!
//! S of a signature may be high, and two signatures of the same message differ: `protocol::key::Signature::normalized`
//! makes S low, and what was signed is stored.
#![no_std]
#![warn(missing_docs)]

mod chip;
mod error;
pub mod limits;
pub mod packet;
pub mod provision;

pub use chip::Atecc608;
pub use error::{Error, Status};
pub use limits::{MAX_COUNT, MAX_WAIT_US, TRIES};

/// The address of a blank part (0xC0 with the direction bit).
pub const ADDRESS: u8 = 0x60;
/// The slot of the device's key.
pub const KEY_SLOT: u16 = 0;
/// From the wake pulse to the first answer (tWHI), in microseconds.
pub const WAKE_US: u32 = 1_500;
/// The first look for an answer, in microseconds; as the vendor does.
pub const FIRST_POLL_US: u32 = 1_000;
/// Between looks.
pub const POLL_US: u32 = 2_000;
