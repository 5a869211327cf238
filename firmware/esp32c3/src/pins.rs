//! Which pin is what: `docs/firmware.md` has the same table, and a test compares them.

/// The pins by their use, from the chip's peripherals.
macro_rules! pins {
    ($chip:ident) => {
        crate::pins::Pins {
            mains: $chip.GPIO4,
            mains_l2: $chip.GPIO3,
            mains_l3: $chip.GPIO10,
            modem_power_key: $chip.GPIO5,
            modem_rx: $chip.GPIO6,
            modem_tx: $chip.GPIO7,
            chip_sda: $chip.GPIO0,
            chip_scl: $chip.GPIO1,
            console_rx: $chip.GPIO20,
            console_tx: $chip.GPIO21,
        }
    };
}

pub(crate) use pins;

use esp_hal::peripherals::{GPIO0, GPIO1, GPIO3, GPIO4, GPIO5, GPIO6, GPIO7, GPIO10, GPIO20, GPIO21};

/// See [`pins`].
pub(crate) struct Pins {
    /// Mains (of three phases L1) through the H11AA1, pulled up: a pulse at every zero crossing.
    pub(crate) mains: GPIO4<'static>,
    /// The same for L2, fitted at sites of three phases.
    pub(crate) mains_l2: GPIO3<'static>,
    /// The same for L3.
    pub(crate) mains_l3: GPIO10<'static>,
    /// Power key of the modem, through a transistor: high pulls PWRKEY low.
    pub(crate) modem_power_key: GPIO5<'static>,
    /// From the modem's TXD.
    pub(crate) modem_rx: GPIO6<'static>,
    /// To the modem's RXD.
    pub(crate) modem_tx: GPIO7<'static>,
    /// Secure element.
    pub(crate) chip_sda: GPIO0<'static>,
    /// Secure element.
    pub(crate) chip_scl: GPIO1<'static>,
    /// From the bench: UART0.
    pub(crate) console_rx: GPIO20<'static>,
    /// To the bench.
    pub(crate) console_tx: GPIO21<'static>,
}
