//! The modem's pins.

use std::convert::Infallible;

use embedded_hal::digital;
use embedded_io::{ErrorType, Read, ReadReady, Write};

use super::Sim7020;

/// The serial line. It never blocks: reading nothing gives 0 bytes.
#[derive(Clone, Debug)]
pub struct Uart(pub(super) Sim7020);

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        let state = self.0.state();
        Ok(state.output.front().is_some_and(|(at_ms, _)| *at_ms <= state.now_ms()))
    }
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let mut state = self.0.state();
        let now_ms = state.now_ms();
        let mut count = 0;
        while count < buffer.len() && state.output.front().is_some_and(|(at_ms, _)| *at_ms <= now_ms) {
            buffer[count] = state.output.pop_front().map_or(0, |(_, byte)| byte);
            count += 1;
        }
        Ok(count)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let mut state = self.0.state();
        bytes.iter().for_each(|byte| state.take_byte(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The pin that pulls PWRKEY low through a transistor while it is high.
#[derive(Clone, Debug)]
pub struct PowerKey(pub(super) Sim7020);

impl digital::ErrorType for PowerKey {
    type Error = Infallible;
}

impl digital::OutputPin for PowerKey {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.state().key_released();
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.state().key_pulled();
        Ok(())
    }
}
