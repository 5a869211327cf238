//! Whole devices: node and drivers on a simulated modem, secure element, flash and supply, with a clock that drifts,
//! and what the field does to them.
//!
//! A whole device has a time of its own, which runs as fast as it can until it has come to the present: while records
//! are on their way it waits for their receipts, since the broker and the relayer at the other end live by the clock.

mod board;
mod count;
mod maintenance;
mod station;
mod supply;

pub use board::Board;
pub use station::Station;

use protocol::record::PowerStatus;
pub use simulators::flash::Cut;

/// Crystals are off by up to so many millionths.
pub const MAX_DRIFT_PPM: i64 = 40;

/// What the field does to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The mains go or come.
    Mains(PowerStatus),
    /// The network's masts go or come.
    Coverage(bool),
    /// The capacitor holds so long from now on.
    HoldUpMs(u64),
    /// The power goes in the midst of the so-manieth write or erase from now on.
    FlashCut(u64, Cut),
    /// The operator orders a release; a device to which this happens has a bootloader and two slots.
    Release,
    /// Somebody copies it whole, key and flash, and runs the copy elsewhere.
    Cloned,
}

/// When something happens, in ms of the scenario's own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub unix_ms: u64,
    /// What.
    pub what: Happening,
}
