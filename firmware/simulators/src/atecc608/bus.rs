//! What happens on the two wires.

use embedded_hal::i2c::{self, ErrorKind, I2c, NoAcknowledgeSource, Operation};

use super::{Chip, Power, SimAtecc608};

/// SDA low for at least this long wakes it (tWLO).
const WAKE_LOW_NS: u64 = 60_000;
/// From then on it answers (tWHI).
const WAKE_NS: u64 = 1_500_000;
/// Its address.
const ADDRESS: u8 = 0x60;

/// Nobody acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusError;

impl i2c::Error for BusError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address)
    }
}

/// An I2C bus with one chip.
#[derive(Clone)]
pub struct Bus {
    pub(super) chip: SimAtecc608,
    pub(super) hz: u32,
}

impl i2c::ErrorType for Bus {
    type Error = BusError;
}

impl I2c for Bus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), BusError> {
        let bit_ns = 1_000_000_000 / u64::from(self.hz);
        let mut chip = self.chip.chip();
        for operation in operations {
            let (length, result) = match operation {
                Operation::Write(bytes) => (bytes.len(), chip.written(address, bytes, bit_ns)),
                Operation::Read(buffer) => (buffer.len(), chip.read(address, buffer)),
            };
            // Address and bytes with their acknowledgements, start and stop.
            let bytes = if result.is_ok() { length as u64 + 1 } else { 1 };
            chip.clock.pass_ns((bytes * 9 + 2) * bit_ns);
            result?;
        }
        Ok(())
    }
}

impl Chip {
    fn written(&mut self, address: u8, bytes: &[u8], bit_ns: u64) -> Result<(), BusError> {
        self.advance();
        if address == 0 {
            // Eight bits of nothing: long enough on a slow bus only.
            self.woken_by(8 * bit_ns);
            return Err(BusError);
        }
        self.must_listen(address)?;
        match bytes.split_first() {
            Some((0x00, _)) => self.read_at = 0,
            Some((0x01, _)) => self.sleep(),
            Some((0x02, _)) => self.power = Power::Idle,
            Some((0x03, packet)) => self.take(packet),
            _ => {}
        }
        Ok(())
    }

    fn read(&mut self, address: u8, buffer: &mut [u8]) -> Result<(), BusError> {
        self.advance();
        self.must_listen(address)?;
        for byte in buffer {
            *byte = self.output.get(self.read_at).copied().unwrap_or(0xff);
            self.read_at += 1;
        }
        Ok(())
    }

    /// Asleep or busy it does not acknowledge its address.
    fn must_listen(&self, address: u8) -> Result<(), BusError> {
        let now_ns = self.clock.ns();
        match self.power {
            Power::Awake(_, from_ns)
                if address == ADDRESS && !self.absent && now_ns >= from_ns.max(self.busy_until_ns) =>
            {
                Ok(())
            }
            _ => Err(BusError),
        }
    }

    fn woken_by(&mut self, low_ns: u64) {
        if self.absent || low_ns < WAKE_LOW_NS || matches!(self.power, Power::Awake(..)) {
            return;
        }
        if self.deaf_wakes > 0 {
            self.deaf_wakes -= 1;
            return;
        }
        let now_ns = self.clock.ns();
        self.power = Power::Awake(now_ns, now_ns + WAKE_NS);
        self.busy_until_ns = 0;
        self.answer(&[0x11]);
    }
}
