//! The console before the device starts: open for ten seconds after a start, and longer while somebody speaks; of a
//! sealed device it is closed for good. A device at work only says who it is ([`device::console::Sealed`]).

use alloc::vec::Vec;
use core::{cell::RefCell, ops::Range};

use device::{
    console::{Answer, Bench, Console, Partition, PartitionFault, Probe, erase_used, first_used},
    keeper::Keeper,
    settings::{COPY, MAX_SETTINGS},
};
use esp_bootloader_esp_idf::partitions::PartitionEntry;
use esp_hal::{delay::Delay, time::Instant};
use esp_storage::FlashStorage;

use crate::serial::Serial;

/// How long nobody is waited for.
pub const OPEN_MS: u64 = 10_000;
/// How long somebody who has spoken is waited for.
pub const IDLE_MS: u64 = 600_000;
/// Between two looks at the line.
const LOOK_US: u32 = 200;

/// The release's number. One built without is 0, and no device takes it over the air.
pub const RELEASE: &str = match option_env!("POWER_TRACKER_RELEASE") {
    Some(release) => release,
    None => "0",
};

/// The settings' partition, encrypted or not, and where the queue's records are, which are not.
pub struct Settings<'f, 'd>(pub &'f RefCell<FlashStorage<'d>>, pub PartitionEntry, pub Range<u32>);

impl Partition for Settings<'_, '_> {
    fn read_whole(&mut self) -> Result<Vec<u8>, PartitionFault> {
        let mut bytes = alloc::vec![0; MAX_SETTINGS];
        self.1.as_flash_region(&mut self.0.borrow_mut()).read(0, &mut bytes).map_err(|_| PartitionFault)?;
        Ok(bytes)
    }

    fn write_copy(&mut self, copy: usize, bytes: &[u8]) -> Result<(), PartitionFault> {
        let mut flash = self.0.borrow_mut();
        let mut region = self.1.as_flash_region(&mut flash);
        let at = (copy * COPY) as u32;
        region.erase(at, at + COPY as u32).map_err(|_| PartitionFault)?;
        region.write(at, bytes).map_err(|_| PartitionFault)
    }

    fn has_records(&mut self) -> Result<bool, PartitionFault> {
        Ok(first_used(&mut *self.0.borrow_mut(), self.2.clone())?.is_some())
    }

    fn erase_records(&mut self) -> Result<bool, PartitionFault> {
        erase_used(&mut *self.0.borrow_mut(), self.2.clone())
    }
}

/// Listens until the device is to start. Without settings it listens for good: there is nothing to start.
pub fn open<K: Keeper, T: Probe>(
    serial: &mut Serial,
    bench: &mut Bench<'_, K, Settings<'_, '_>, T>,
    has_settings: bool,
    feed: &mut impl FnMut(),
) {
    let now_ms = || Instant::now().duration_since_epoch().as_millis();
    let mut console = Console::default();
    let mut until_ms = if has_settings { now_ms() + OPEN_MS } else { u64::MAX };
    let mut is_over = false;
    while now_ms() < until_ms && !(is_over && serial.push()) {
        feed();
        while let Some(answer) = serial.take().and_then(|byte| console.take(byte, bench)) {
            serial.say(answer.line());
            is_over |= matches!(answer, Answer::Start(_));
            until_ms = now_ms() + IDLE_MS;
        }
        serial.push();
        Delay::new().delay_micros(LOOK_US);
    }
}
