//! Every limit of a device that is not of one of its parts, each with what it guards against. Those of the parts are in
//! [`node::limits`], [`sim7020::limits`], [`atecc608::limits`] and [`::orders::limits`]; `docs/firmware.md` lists all.

use crate::console::SEAL;

/// The images' heap, in bytes. For what is there from the start on, the queue's index and the settings; for the texts of a
/// record in hand; and for an update: a sector while it is fetched, and twice 2 KiB for a moment. Nothing else grows.
pub const HEAP_BYTES: usize = 98_304;
/// The partition of the settings, in bytes: two copies of a sector each.
pub const MAX_SETTINGS: usize = 8_192;
/// The longest text of settings: what the seal leaves of a copy.
pub const MAX_TEXT: usize = MAX_SETTINGS / 2 - SEAL.len();
/// The most bytes of settings in one line of the console.
pub const MAX_PART: usize = 256;
/// Sectors of the queue's partition that one request to the console erases: 0.4 s each at the flash's worst.
pub const MAX_ERASED: usize = 16;
/// The longest line of the console, with its checksum and without its end; a longer one is refused whole.
pub const MAX_LINE: usize = 1_024;
/// The longest `CertificationRequestInfo` that is signed, in bytes: its hex digits fit a line.
pub const MAX_REQUEST: usize = 480;

/// After mains have been off for so long nothing more is sent: what is left of the hold-up keeps the clock.
pub const HOLD_UP_MS: u64 = 60_000;
/// A connection over which records went and no receipt came for so long is made anew.
pub const RECEIPT_SILENCE_MS: u64 = 30 * 60_000;
/// At least between two self-test reports, also after one that could not be made or sent: records come first.
pub const REPORT_AGAIN_MS: u64 = 600_000;
/// Longest time between two polls: the board's watchdog is set to it. The longest single step is a signature whose
/// every try fails at its last moment.
pub const WATCHDOG_MS: u64 = 60_000;

/// A bridge of a bare board that has said nothing for so long is gone.
pub const LINK_SILENCE_MS: u64 = 90_000;
/// A record that the bridge has not acknowledged for so long may go again.
pub const GOT_SILENCE_MS: u64 = 30_000;
/// Lines that wait to be said to the bridge; answers beyond them are dropped, records are not given out.
pub const MAX_WAITING: usize = 4;
/// Draws of a number that is a bare board's key: the chance that one is not is 2^-32.
pub const MAX_DRAWS: usize = 4;
