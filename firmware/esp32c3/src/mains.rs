//! Pulses of the opto-coupler, counted by an interrupt: the ESP32-C3 has no pulse counter.

use core::{
    cell::RefCell,
    sync::atomic::{AtomicU32, Ordering},
};

use critical_section::Mutex;
use esp_hal::{
    gpio::{Event, Input, Io},
    peripherals::IO_MUX,
};

static PULSES: AtomicU32 = AtomicU32::new(0);
static PIN: Mutex<RefCell<Option<Input<'static>>>> = Mutex::new(RefCell::new(None));

/// The pin of [`crate::pins::MAINS`].
pub struct Mains {
    taken: u32,
}

impl Mains {
    /// Counts from now on.
    pub fn new(io: IO_MUX<'static>, mut pin: Input<'static>) -> Self {
        let mut io = Io::new(io);
        io.set_interrupt_handler(count);
        pin.listen(Event::RisingEdge);
        critical_section::with(|cs| PIN.borrow_ref_mut(cs).replace(pin));
        Self { taken: 0 }
    }

    /// How many since the last call.
    pub fn take(&mut self) -> u32 {
        let pulses = PULSES.load(Ordering::Relaxed);
        let new = pulses.wrapping_sub(self.taken);
        self.taken = pulses;
        new
    }
}

/// The one writer: a load and a store are enough on this chip, which has no atomic addition.
#[esp_hal::handler]
fn count() {
    critical_section::with(|cs| {
        if let Some(pin) = PIN.borrow_ref_mut(cs).as_mut()
            && pin.is_interrupt_set()
        {
            PULSES.store(PULSES.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
            pin.clear_interrupt();
        }
    });
}
