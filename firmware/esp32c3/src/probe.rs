//! The parts that the console's test looks at.

use device::console::Probe;
use embedded_io::{Read as _, ReadReady as _, Write as _};
use esp_hal::{delay::Delay, gpio::Output};

use crate::{line::Line, mains::Mains};

/// How long pulses are counted.
const COUNT_MS: u32 = 1_000;
/// The modem's power key is held for so long.
const KEY_MS: u32 = 1_000;
/// Looks for the modem's answer, 10 ms apart: those before its key is held, and those after.
const LOOKS: [u32; 2] = [50, 500];

/// Mains and modem.
pub struct BoardProbe<'b> {
    /// The pulses.
    pub mains: &'b mut Mains,
    /// The modem's line.
    pub line: &'b mut Line,
    /// Its power key.
    pub key: &'b mut Output<'static>,
}

impl Probe for BoardProbe<'_> {
    fn mains_pulses(&mut self) -> u32 {
        self.mains.take();
        Delay::new().delay_millis(COUNT_MS);
        // A bench has one phase: L1's terminal.
        self.mains.take()[0]
    }

    fn modem_answers(&mut self) -> Option<bool> {
        let found = self.answers(LOOKS[0]) || {
            self.key.set_high();
            Delay::new().delay_millis(KEY_MS);
            self.key.set_low();
            self.answers(LOOKS[1])
        };
        Some(found)
    }
}

impl BoardProbe<'_> {
    /// Says `AT` every tenth of a second and looks for `OK`.
    fn answers(&mut self, looks: u32) -> bool {
        let mut last = [0; 2];
        for look in 0..looks {
            if look % 10 == 0 {
                let _ = self.line.write(b"AT\r");
            }
            Delay::new().delay_millis(10);
            while self.line.read_ready() == Ok(true) {
                let mut byte = [0];
                let _ = self.line.read(&mut byte);
                last = [last[1], byte[0]];
                if &last == b"OK" {
                    return true;
                }
            }
        }
        false
    }
}
