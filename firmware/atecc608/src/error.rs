//! What goes wrong.

/// Why the chip did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bus failed, or the chip is not on it.
    #[error("the secure element does not answer on the bus: check its supply, wiring and address")]
    Bus,
    /// It did not wake.
    #[error("the secure element does not wake: the bus must run at 100 kHz")]
    NoWake,
    /// An answer came damaged.
    #[error("a damaged answer")]
    Crc,
    /// An answer of another length than the command has.
    #[error("an answer of {0} bytes")]
    Length(usize),
    /// No answer in [`crate::MAX_WAIT_US`].
    #[error("no answer")]
    Timeout,
    /// It said no.
    #[error(transparent)]
    Status(#[from] Status),
    /// The counter is at its end.
    #[error("the counter is at its end")]
    CounterExhausted,
    /// Not a part that may be provisioned, or not as it was left.
    #[error("not provisioned: {0}")]
    Surprise(&'static str),
}

/// The status byte, where it is not success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Status {
    /// 0x01: a comparison or a verification failed.
    #[error("mismatch")]
    Mismatch,
    /// 0x03: not a command of this chip.
    #[error("parse error")]
    Parse,
    /// 0x05: its curve arithmetic failed.
    #[error("ECC fault")]
    Ecc,
    /// 0x07: its self-test failed.
    #[error("self-test failed")]
    SelfTest,
    /// 0x08: its random numbers are not random.
    #[error("random number generator failed")]
    Random,
    /// 0x0F: its state or a lock forbids it.
    #[error("not allowed in this state")]
    Execution,
    /// 0x11: it has just been woken.
    #[error("just woken")]
    Woken,
    /// 0xEE: it is about to go to sleep.
    #[error("its watchdog is about to expire")]
    Watchdog,
    /// 0xFF: the command came damaged.
    #[error("a damaged command")]
    Communication,
    /// Anything else.
    #[error("status {0:#04x}")]
    Other(u8),
}

impl Status {
    /// Of a status byte; `None` for success.
    #[must_use]
    pub fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            0x00 => return None,
            0x01 => Self::Mismatch,
            0x03 => Self::Parse,
            0x05 => Self::Ecc,
            0x07 => Self::SelfTest,
            0x08 => Self::Random,
            0x0f => Self::Execution,
            0x11 => Self::Woken,
            0xee => Self::Watchdog,
            0xff => Self::Communication,
            _ => Self::Other(byte),
        })
    }
}

impl Error {
    /// Whether the same command may succeed when it is sent again.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Bus | Self::NoWake | Self::Crc | Self::Length(_) | Self::Timeout => true,
            Self::Status(status) => !matches!(status, Status::Mismatch | Status::Parse | Status::Execution),
            Self::CounterExhausted | Self::Surprise(_) => false,
        }
    }
}
