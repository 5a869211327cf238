//! The image for a bare ESP32-C3 without modem and secure element: its key lies in readable flash, so that its id begins
//! with `development-` and no roster takes what it signs for news. The button of the board (BOOT, GPIO9) stands for the
//! mains: held, they are gone. Records go out as lines over USB or UART0, and `provision bridge` takes them to a broker.
#![no_std]
#![no_main]

extern crate alloc;

mod console;
mod partitions;
mod serial;

use alloc::{boxed::Box, format, string::String};
use core::cell::RefCell;

use console::{RELEASE, Settings};
use device::{
    HEAP_BYTES, WATCHDOG_MS,
    bench::{BenchDevice, FlashKey},
    console::{Bench, Identity, Partition as _, Probe},
    keeper::Keeper as _,
    settings,
};
use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
use esp_hal::{
    clock::CpuClock,
    delay::Delay,
    gpio::{Input, InputConfig, Pull},
    rng::{Trng, TrngSource},
    rtc_cntl::{Rtc, RwdtStage},
    time::{Duration, Instant},
    uart::{Config as UartConfig, Uart},
    usb::usb_serial_jtag::UsbSerialJtag,
};
use esp_storage::FlashStorage;
use node::flash::SECTOR;
use protocol::record::PowerStatus;
use serial::Serial;

/// Between two polls.
const POLL_MS: u32 = 5;
/// Before a start is tried again.
const RESTART_PAUSE_MS: u32 = 5_000;
/// Bits a second on UART0.
const RATE: u32 = 115_200;

esp_bootloader_esp_idf::esp_app_desc!(
    env!("CARGO_PKG_VERSION"),
    "power-tracker-bench",
    // No time of the build: the same source gives the same image.
    "00:00:00",
    "2000-01-01",
    "5.5.1",
    65_536,
    0,
    u16::MAX,
    0
);

/// A panic is a fault like any other: the chip restarts.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    esp_hal::system::software_reset()
}

/// Nothing to look at.
struct NoProbe;

impl Probe for NoProbe {
    fn mains_pulses(&mut self) -> u32 {
        0
    }

    fn modem_answers(&mut self) -> Option<bool> {
        None
    }
}

#[esp_hal::main]
fn main() -> ! {
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    esp_alloc::heap_allocator!(size: HEAP_BYTES);
    let mut watchdog = Rtc::new(chip.RTC_TIMER).rwdt;
    watchdog.set_timeout(RwdtStage::Stage0, Duration::from_millis(WATCHDOG_MS));
    watchdog.enable();
    let mut feed = || watchdog.feed();

    let button = Input::new(chip.GPIO9, InputConfig::default().with_pull(Pull::Up));
    let noise = TrngSource::new(chip.RNG, chip.ADC1);
    let uart = Uart::new(chip.UART0, UartConfig::default().with_baudrate(RATE));
    if let Ok(uart) = uart {
        let uart = uart.with_rx(chip.GPIO20).with_tx(chip.GPIO21);
        let mut serial = Serial::new(uart, Some(UsbSerialJtag::new(chip.USB_DEVICE)));
        if let Some(mut board) = start(FlashStorage::new(chip.FLASH), &mut serial, &mut feed) {
            work(&mut board, &mut serial, &button, &mut feed);
        }
    }
    drop(noise);
    feed();
    Delay::new().delay_millis(RESTART_PAUSE_MS);
    esp_hal::system::software_reset()
}

type Key = FlashKey<Shared, fn() -> [u8; 32]>;
type Board = BenchDevice<Shared, Key>;

/// A number that nobody can guess: `main` holds the source of its noise.
fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    if let Ok(source) = Trng::try_new() {
        source.read(&mut bytes);
    }
    bytes
}

/// The one flash, for the queue and the key.
#[derive(Clone, Copy)]
struct Shared(&'static RefCell<FlashStorage<'static>>);

impl ErrorType for Shared {
    type Error = <FlashStorage<'static> as ErrorType>::Error;
}

impl ReadNorFlash for Shared {
    const READ_SIZE: usize = <FlashStorage<'static> as ReadNorFlash>::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        ReadNorFlash::read(&mut *self.0.borrow_mut(), offset, bytes)
    }

    fn capacity(&self) -> usize {
        ReadNorFlash::capacity(&*self.0.borrow())
    }
}

impl NorFlash for Shared {
    const WRITE_SIZE: usize = <FlashStorage<'static> as NorFlash>::WRITE_SIZE;
    const ERASE_SIZE: usize = <FlashStorage<'static> as NorFlash>::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        NorFlash::erase(&mut *self.0.borrow_mut(), from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        NorFlash::write(&mut *self.0.borrow_mut(), offset, bytes)
    }
}

/// The console, then the board, if its partitions and settings are there.
fn start(flash: FlashStorage<'static>, serial: &mut Serial, feed: &mut impl FnMut()) -> Option<Board> {
    // Kept for as long as the board runs.
    let flash = Shared(Box::leak(Box::new(RefCell::new(flash))));
    let (queue, told) = partitions::read(&mut flash.0.borrow_mut(), partitions::queue_and_settings)?;
    // The last sector of the queue's partition has the key.
    let sectors = queue.len() as usize / SECTOR - 1;
    let key_at = queue.offset() + (sectors * SECTOR) as u32;
    let serial_number: String =
        esp_hal::efuse::base_mac_address().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut key: Key = FlashKey::new(flash, key_at, serial_number, random);
    key.make().ok()?;
    let mut partition = Settings(flash.0, told, queue.offset()..key_at);
    let queue_limit = node::flash::capacity(sectors);
    let has_settings = settings::device_id(&partition.read_whole().ok()?).is_ok();
    let mut bench =
        Bench { keeper: &mut key, partition: &mut partition, probe: &mut NoProbe, queue_limit, release: RELEASE };
    console::open(serial, &mut bench, has_settings, feed);
    let config = settings::check(&partition.read_whole().ok()?, queue_limit).ok()?;
    let identity = Identity::read(&mut key, &mut partition, RELEASE).ok()?.to_words();
    BenchDevice::start((flash, queue.offset(), sectors), key, config, identity).ok()
}

/// Runs until something goes wrong.
fn work(board: &mut Board, serial: &mut Serial, button: &Input<'_>, feed: &mut impl FnMut()) {
    loop {
        let now_ms = Instant::now().duration_since_epoch().as_millis();
        let level = if button.is_low() { PowerStatus::Off } else { PowerStatus::On };
        if board.poll(level, now_ms).is_err() {
            return;
        }
        while let Some(byte) = serial.take() {
            if board.take(byte, now_ms).is_err() {
                return;
            }
        }
        while serial.push() {
            let Some(line) = board.say() else { break };
            serial.say(&line);
        }
        feed();
        Delay::new().delay_millis(POLL_MS);
    }
}
