//! The device's image for the ESP32-C3: the pins, the clock and the partitions for [`device::Device`], and a watchdog.
//!
//! A tour: [`sealed`] listens to the bench for some seconds, unless the device is sealed; [`start`] finds the partitions
//! and the settings and puts the parts together; the loop in `main` polls every 5 ms and feeds the watchdog. Whatever
//! goes wrong restarts the chip, after a pause that keeps a broken part from wearing out the secure element's counter.
#![no_std]
#![no_main]

extern crate alloc;

mod console;
mod flash;
mod line;
mod mains;
mod partitions;
mod pins;
mod probe;
mod release;
mod sealed;
mod serial;

use alloc::{boxed::Box, string::String, vec};
use core::cell::RefCell;

use device::{Device, HEAP_BYTES, Parts, Pulses, WATCHDOG_MS, settings, within_limits};
use esp_hal::{
    Blocking,
    clock::CpuClock,
    delay::Delay,
    gpio::{Input, InputConfig, Level, Output, OutputConfig, Pull},
    i2c::master::{Config as I2cConfig, I2c},
    rtc_cntl::{Rtc, RwdtStage, SocResetReason},
    system::reset_reason,
    time::{Duration, Instant, Rate},
    uart::{Config as UartConfig, Uart},
};
use esp_storage::FlashStorage;
use flash::Flash;
use line::Line;
use mains::Mains;
use node::flash::SECTOR;
use orders::{Changes, Configuration, Layout, Orders};
use partitions::{named, queue_and_settings};
use probe::BoardProbe;
use serial::Serial;

/// Between two polls.
const POLL_MS: u32 = 5;
/// Before a start is tried again: at one step of the counter a try, its 2,097,151 steps last four years of nothing but
/// failing.
const RESTART_PAUSE_MS: u32 = 60_000;

esp_bootloader_esp_idf::esp_app_desc!(
    console::RELEASE,
    release::BOARD,
    // No time of the build: the same source gives the same image.
    "00:00:00",
    "2000-01-01",
    "5.5.1",
    65_536,
    0,
    u16::MAX,
    release::SECURITY_VERSION
);

type Board = Device<'static, Flash, I2c<'static, Blocking>, Delay, Line, Output<'static>>;

/// A panic is a fault like any other: the chip restarts, and the flash knows what there is. One that comes with every
/// start has taken a step of the counter by then, and waits as every fault does.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    pause();
    esp_hal::system::software_reset()
}

/// Less than the watchdog's time.
fn pause() {
    Delay::new().delay_millis(RESTART_PAUSE_MS - 1_000);
}

#[esp_hal::main]
fn main() -> ! {
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    esp_alloc::heap_allocator!(size: HEAP_BYTES);
    let mut watchdog = Rtc::new(chip.RTC_TIMER).rwdt;
    watchdog.set_timeout(RwdtStage::Stage0, Duration::from_millis(WATCHDOG_MS));
    watchdog.enable();

    let pins = pins::pins!(chip);
    let pulled_up = InputConfig::default().with_pull(Pull::Up);
    let inputs =
        [Input::new(pins.mains, pulled_up), Input::new(pins.mains_l2, pulled_up), Input::new(pins.mains_l3, pulled_up)];
    let mut mains = Mains::new(chip.IO_MUX, inputs);
    let mut key = Output::new(pins.modem_power_key, Level::Low, OutputConfig::default());
    let uart = UartConfig::default().with_baudrate(sim7020::command::RATE);
    let bus = I2cConfig::default().with_frequency(Rate::from_khz(100));
    let parts = Uart::new(chip.UART1, uart).ok().zip(I2c::new(chip.I2C0, bus).ok());
    let mut serial = Uart::new(chip.UART0, uart)
        .ok()
        .map(|uart| Serial::new(uart.with_rx(pins.console_rx).with_tx(pins.console_tx), None));
    let mut at_work = None;
    let board = parts.and_then(|(uart, bus)| {
        let mut line = Line::new(uart.with_rx(pins.modem_rx).with_tx(pins.modem_tx));
        let mut bus = bus.with_sda(pins.chip_sda).with_scl(pins.chip_scl);
        let flash = RefCell::new(FlashStorage::new(chip.FLASH));
        if let Some(serial) = &mut serial {
            let mut probe = BoardProbe { mains: &mut mains, line: &mut line, key: &mut key };
            at_work = sealed::bench(serial, &flash, &mut bus, &mut probe, &mut || watchdog.feed());
        }
        start(flash.into_inner(), bus, line, key)
    });

    let delay = Delay::new();
    let mut pulses = Pulses::default();
    if let Some(mut board) = board {
        if matches!(reset_reason(), Some(SocResetReason::SysBrownOut)) {
            board.after_brown_out();
        }
        loop {
            let now_ms = Instant::now().duration_since_epoch().as_millis();
            let live = pulses.take(mains.take(), now_ms);
            match board.poll(live, now_ms) {
                Ok(()) => {}
                Err(device::Error::Ordered) => esp_hal::system::software_reset(),
                Err(_) => break,
            }
            if let (Some(serial), Some(at_work)) = (&mut serial, &mut at_work) {
                sealed::say_who(serial, at_work);
            }
            watchdog.feed();
            delay.delay_millis(POLL_MS);
        }
    }
    watchdog.feed();
    pause();
    esp_hal::system::software_reset()
}

/// The device, if its partitions, settings and parts are there.
fn start(
    mut flash: FlashStorage<'static>,
    bus: I2c<'static, Blocking>,
    line: Line,
    key: Output<'static>,
) -> Option<Board> {
    let ((queue, told), [state, otadata, slots @ ..], running) = partitions::read(&mut flash, |table| {
        let [state, otadata, first, second] = ["orders", "otadata", "ota_0", "ota_1"].map(|name| named(table, name));
        let updates = [state?, otadata?, first?, second?];
        Some((queue_and_settings(table)?, updates, table.booted_partition().ok()??))
    })?;
    let layout = Layout {
        state: state.offset(),
        otadata: otadata.offset(),
        slots: slots.each_ref().map(|slot| slot.offset()),
        slot_bytes: slots[0].len().min(slots[1].len()) as usize,
    };
    // Kept for as long as the device runs: the modem's settings borrow from it.
    let text: &'static mut [u8] = Box::leak(vec![0; settings::MAX_SETTINGS].into_boxed_slice());
    told.as_flash_region(&mut flash).read(0, text).ok()?;
    let text: &'static [u8] = text;
    let topics: &'static [String; 2] = Box::leak(Box::new(settings::topics(settings::device_id(text).ok()?)));
    let topics: &'static [&'static str; 2] = Box::leak(Box::new(topics.each_ref().map(String::as_str)));
    let sectors = queue.len() as usize / SECTOR;
    let told = settings::parse(text, node::flash::capacity(sectors), topics).ok()?;
    let encrypted = [otadata, slots[0], slots[1]].map(|entry| entry.offset()..entry.offset() + entry.len());
    let mut flash = Flash::new(flash, encrypted);
    let running = release::running(usize::from(running.offset() == layout.slots[1]))?;
    let fits = |it: &Configuration| within_limits(&told.node, &told.modem, it);
    let operator = (told.node.device_id.as_str(), told.operator_key.clone());
    let orders = Orders::open(&mut flash, running, layout, operator, fits).ok()?;
    let changes = orders.configuration().map(|it| it.changes.clone()).unwrap_or_default();
    let changes: &'static Changes = Box::leak(Box::new(changes));
    let told = told.with(changes);
    let parts = Parts {
        flash: (flash, queue.offset(), sectors),
        chip: (bus, Delay::new(), atecc608::ADDRESS),
        modem: (line, key),
    };
    Some(Device::start(parts, told.node, told.modem).ok()?.with_orders(orders, release::reset()))
}
