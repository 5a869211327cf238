//! The console of a board with a secure element, and what is left of it while the device works.

use core::cell::RefCell;

use atecc608::Atecc608;
use device::{
    console::{Bench, Identity, Partition as _, Probe, Sealed, is_sealed},
    settings,
};
use esp_hal::{Blocking, delay::Delay, i2c::master::I2c};
use esp_storage::FlashStorage;
use node::flash::SECTOR;

use crate::{
    console::{RELEASE, Settings, open},
    partitions,
    serial::Serial,
};

/// The console of a board with a secure element, unless it is sealed; gives what the device answers at work.
pub fn bench(
    serial: &mut Serial,
    flash: &RefCell<FlashStorage<'_>>,
    bus: &mut I2c<'static, Blocking>,
    probe: &mut impl Probe,
    feed: &mut impl FnMut(),
) -> Option<Sealed> {
    let (queue, told) = partitions::read(&mut flash.borrow_mut(), partitions::queue_and_settings)?;
    let mut partition = Settings(flash, told, queue.offset()..queue.offset() + queue.len());
    let mut chip = Atecc608::new(bus, Delay::new(), atecc608::ADDRESS);
    let text = partition.read_whole().ok()?;
    if !is_sealed(&text) {
        let queue_limit = node::flash::capacity(queue.len() as usize / SECTOR);
        let (keeper, partition) = (&mut chip, &mut partition);
        let mut bench = Bench { keeper, partition, probe, queue_limit, release: RELEASE };
        open(serial, &mut bench, settings::device_id(&text).is_ok(), feed);
    }
    Identity::read(&mut chip, &mut partition, RELEASE).ok().map(|identity| Sealed::new(&identity))
}

/// Answers whoever asks a device at work who it is; never waits.
pub fn say_who(serial: &mut Serial, sealed: &mut Sealed) {
    while let Some(byte) = serial.take() {
        if let Some(answer) = sealed.take(byte) {
            serial.say(&answer);
        }
    }
    serial.push();
}
