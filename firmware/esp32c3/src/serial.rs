//! The line to the bench: UART0 (GPIO20, GPIO21), and on bare boards the chip's own USB as well. Nothing here waits for
//! somebody who does not listen.

use alloc::collections::VecDeque;

use esp_hal::{Blocking, uart::Uart, usb::usb_serial_jtag::UsbSerialJtag};

/// What waits to be said; a longer line than there is room for is dropped as a whole.
const MAX_WAITING: usize = 4_096;

/// Two wires, of which the one that was heard last is answered.
pub struct Serial {
    uart: Uart<'static, Blocking>,
    usb: Option<UsbSerialJtag<'static, Blocking>>,
    is_on_usb: bool,
    waiting: VecDeque<u8>,
}

impl Serial {
    /// With USB only where a board has nothing else.
    pub fn new(uart: Uart<'static, Blocking>, usb: Option<UsbSerialJtag<'static, Blocking>>) -> Self {
        Self { uart, is_on_usb: usb.is_some(), usb, waiting: VecDeque::new() }
    }

    /// The next byte that has come.
    pub fn take(&mut self) -> Option<u8> {
        if let Some(byte) = self.usb.as_mut().and_then(|usb| usb.read_byte().ok()) {
            self.is_on_usb = true;
            return Some(byte);
        }
        let mut byte = [0];
        let count = if self.uart.read_ready() { self.uart.read_buffered(&mut byte).unwrap_or(0) } else { 0 };
        (count == 1).then(|| {
            self.is_on_usb = false;
            byte[0]
        })
    }

    /// Says a line as the wire takes it, at [`Serial::push`].
    pub fn say(&mut self, line: &str) {
        if self.waiting.len() + line.len() <= MAX_WAITING {
            self.waiting.extend(line.as_bytes());
        }
    }

    /// Gives the wire what it takes now; says whether all is said.
    pub fn push(&mut self) -> bool {
        while let Some(byte) = self.waiting.front().copied() {
            let is_taken = match &mut self.usb {
                Some(usb) if self.is_on_usb => usb.write_byte_nb(byte).is_ok(),
                _ => self.uart.write_ready() && self.uart.write(&[byte]).is_ok(),
            };
            if !is_taken {
                break;
            }
            self.waiting.pop_front();
        }
        if let Some(usb) = &mut self.usb {
            let _ = usb.flush_tx_nb();
        }
        self.waiting.is_empty()
    }
}
