//! Pulses of the opto-couplers, counted by an interrupt: the ESP32-C3 has no pulse counter.

use core::{
    cell::RefCell,
    sync::atomic::{AtomicU32, Ordering},
};

use critical_section::Mutex;
use esp_hal::{
    gpio::{Event, Input, Io},
    peripherals::IO_MUX,
};

/// One a phase.
const INPUTS: usize = device::Phases::COUNT;

static PULSES: [AtomicU32; INPUTS] = [const { AtomicU32::new(0) }; INPUTS];
static PINS: Mutex<RefCell<Option<[Input<'static>; INPUTS]>>> = Mutex::new(RefCell::new(None));

/// The pins of [`crate::pins::Pins`] for L1, L2 and L3.
pub struct Mains {
    taken: [u32; INPUTS],
}

impl Mains {
    /// Counts from now on.
    pub fn new(io: IO_MUX<'static>, mut pins: [Input<'static>; INPUTS]) -> Self {
        let mut io = Io::new(io);
        io.set_interrupt_handler(count);
        pins.iter_mut().for_each(|pin| pin.listen(Event::RisingEdge));
        critical_section::with(|cs| PINS.borrow_ref_mut(cs).replace(pins));
        Self { taken: [0; INPUTS] }
    }

    /// How many since the last call, at each.
    pub fn take(&mut self) -> [u32; INPUTS] {
        let mut new = [0; INPUTS];
        for ((new, taken), pulses) in new.iter_mut().zip(&mut self.taken).zip(&PULSES) {
            let pulses = pulses.load(Ordering::Relaxed);
            *new = pulses.wrapping_sub(*taken);
            *taken = pulses;
        }
        new
    }
}

/// The one writer: a load and a store are enough on this chip, which has no atomic addition.
#[esp_hal::handler]
fn count() {
    critical_section::with(|cs| {
        let mut pins = PINS.borrow_ref_mut(cs);
        for (pin, pulses) in pins.iter_mut().flatten().zip(&PULSES) {
            if pin.is_interrupt_set() {
                pulses.store(pulses.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
                pin.clear_interrupt();
            }
        }
    });
}
