//! The parts that a device is made of, as their manuals say, on a clock that stands still until it is moved: what the
//! drivers are tested against beside the manuals' own transcripts, and what a fleet's devices are built from.
//!
//! They know nothing of the drivers, so that a mistake in one is not hidden by the other. They also do what parts do
//! in the field: answer late, never, twice or with garbage, lose power, flip bits. Only [`maintenance`] speaks as our own
//! tools do, with `orders`.
#![warn(missing_docs)]

pub mod atecc608;
pub mod bootloader;
mod clock;
pub mod flash;
pub mod maintenance;
pub mod sim7020;

pub use clock::Clock;
