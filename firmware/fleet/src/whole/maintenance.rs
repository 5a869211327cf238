//! What a board needs that is updated over the air: where the parts of an update lie, and who maintains it.

use std::io;

use orders::Layout;
use p256::ecdsa::SigningKey;
use simulators::{
    flash::{SECTOR, SimFlash},
    maintenance::Maintenance,
};

/// Orders' state, `otadata`, and what each slot holds, in sectors.
const STATE_SECTORS: usize = 2;
/// See [`STATE_SECTORS`].
const OTADATA_SECTORS: usize = 2;
/// See [`STATE_SECTORS`]. A board's are 368: images here are as short as their download shall be.
const SLOT_SECTORS: usize = 16;
/// Behind the queue.
pub(super) const SECTORS: usize = STATE_SECTORS + OTADATA_SECTORS + 2 * SLOT_SECTORS;
/// Bytes of code in an image.
pub(super) const CODE_BYTES: usize = 60_000;
/// Signs the drill's releases, which run on simulated boards alone: the same in every run, and no secret.
const RELEASE_KEY: [u8; 32] = [0x5a; 32];

/// The maintenance of a board with its first release, behind a queue of `queue_sectors`.
///
/// # Errors
/// None with the key that is there.
pub(super) fn maintenance(device_id: &str, flash: &SimFlash, queue_sectors: usize) -> io::Result<Maintenance> {
    let release_key = SigningKey::from_slice(&RELEASE_KEY).map_err(io::Error::other)?;
    let address = |sectors: usize| ((queue_sectors + sectors) * SECTOR) as u32;
    let first = STATE_SECTORS + OTADATA_SECTORS;
    let layout = Layout {
        state: address(0),
        otadata: address(STATE_SECTORS),
        slots: [address(first), address(first + SLOT_SECTORS)],
        slot_bytes: SLOT_SECTORS * SECTOR,
    };
    Ok(Maintenance::new(device_id, flash, layout, release_key, CODE_BYTES))
}
