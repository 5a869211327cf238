//! The modem's line: what it says is taken by an interrupt, since a signature takes longer than the 128 bytes of the
//! UART's own buffer.

use core::{cell::RefCell, convert::Infallible};

use critical_section::Mutex;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use esp_hal::{
    Blocking,
    uart::{Uart, UartInterrupt},
};
use heapless::Deque;

/// Twice the longest line of the modem, and what comes while a signature is made.
const MAX_HEARD: usize = 4_096;

static HEARD: Mutex<RefCell<Deque<u8, MAX_HEARD>>> = Mutex::new(RefCell::new(Deque::new()));
static UART: Mutex<RefCell<Option<Uart<'static, Blocking>>>> = Mutex::new(RefCell::new(None));

/// The line, for the driver.
pub struct Line(());

impl Line {
    /// Takes the UART over; only one line can be heard.
    pub fn new(mut uart: Uart<'static, Blocking>) -> Self {
        uart.set_interrupt_handler(hear);
        uart.listen(UartInterrupt::RxFifoFull | UartInterrupt::RxTimeout);
        critical_section::with(|cs| UART.borrow_ref_mut(cs).replace(uart));
        Self(())
    }
}

/// What does not fit is lost, as on any line; the driver's commands then have no answer, and are sent again.
#[esp_hal::handler]
fn hear() {
    critical_section::with(|cs| {
        let mut uart = UART.borrow_ref_mut(cs);
        let Some(uart) = uart.as_mut() else { return };
        let mut bytes = [0; 128];
        let count = uart.read_buffered(&mut bytes).unwrap_or(0);
        let mut heard = HEARD.borrow_ref_mut(cs);
        for byte in &bytes[..count] {
            let _ = heard.push_back(*byte);
        }
        uart.clear_interrupts(UartInterrupt::RxFifoFull | UartInterrupt::RxTimeout);
    });
}

impl ErrorType for Line {
    type Error = Infallible;
}

impl ReadReady for Line {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(critical_section::with(|cs| !HEARD.borrow_ref(cs).is_empty()))
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        critical_section::with(|cs| {
            let mut heard = HEARD.borrow_ref_mut(cs);
            let count = buffer.len().min(heard.len());
            buffer[..count].iter_mut().for_each(|byte| *byte = heard.pop_front().unwrap_or(0));
            Ok(count)
        })
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        // Never waits with interrupts held off: what there is room for now, the rest at the next poll.
        Ok(critical_section::with(|cs| match UART.borrow_ref_mut(cs).as_mut() {
            Some(uart) if uart.write_ready() => uart.write(bytes).unwrap_or(0),
            _ => 0,
        }))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
