//! Host side of a device: from a blank board to one that is mounted.
//!
//! A tour, in the order of the work on a bench:
//!
//! 1. [`site`]: the file of one device and its place.
//! 2. [`port`], [`talk`]: a serial line and requests over it.
//! 3. [`run`]: key, settings, certificate request, test, files, seal; each step can be repeated.
//! 4. [`request`], [`label`], [`partition`]: what comes of it.
//! 5. [`roster`]: the next version of an area's roster, with the device in it.
//! 6. [`fuses`]: which fuses of the chip are to be burnt, and whether they were.
//! 7. [`bridge`]: from a board without a modem to a broker.
//! 8. [`simulated`]: boards that do not exist, on pseudo-terminals, to try all of this on.
#![warn(missing_docs)]

pub mod bridge;
pub mod cli;
pub mod fuses;
pub mod label;
pub mod partition;
pub mod port;
pub mod request;
pub mod roster;
pub mod run;
pub mod simulated;
pub mod site;
pub mod talk;
