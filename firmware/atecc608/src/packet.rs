//! Commands and answers as bytes.

pub use crate::limits::{MAX_ANSWER, MAX_COMMAND};
use crate::{Error, Status};

/// CRC-16 with polynomial 0x8005 from 0, bits of a byte from the lowest, register not reflected; sent low byte first.
#[must_use]
pub fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut register = 0_u16;
    for byte in bytes {
        for bit in 0..8 {
            let data = u16::from(byte >> bit & 1);
            let top = register >> 15;
            register <<= 1;
            if data != top {
                register ^= 0x8005;
            }
        }
    }
    register.to_le_bytes()
}

/// A command: opcode, parameters, data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Which.
    pub opcode: u8,
    /// Its mode.
    pub param1: u8,
    /// Its slot, address or counter.
    pub param2: u16,
    /// At most 64 bytes.
    pub data: &'a [u8],
    /// How many bytes it answers with when it succeeds; 1 is a status.
    pub answer: usize,
}

impl<'a> Command<'a> {
    const fn new(opcode: u8, param1: u8, param2: u16, data: &'a [u8], answer: usize) -> Self {
        Self { opcode, param1, param2, data, answer }
    }

    /// Info: the revision.
    #[must_use]
    pub const fn revision() -> Self {
        Self::new(0x30, 0, 0, &[], 4)
    }

    /// Random: 32 bytes, and a new seed for what follows.
    #[must_use]
    pub const fn random() -> Self {
        Self::new(0x1b, 0, 0, &[], 32)
    }

    /// Read: 32 bytes of the configuration zone, `block` 0 to 3.
    #[must_use]
    pub const fn read_config(block: u8) -> Self {
        Self::new(0x02, 0x80, (block as u16) << 3, &[], 32)
    }

    /// Write: 4 bytes of the configuration zone, `word` 0 to 31.
    #[must_use]
    pub const fn write_config(word: u8, data: &'a [u8; 4]) -> Self {
        Self::new(0x12, 0, word as u16, data, 1)
    }

    /// Nonce: a digest as it is into the message digest buffer.
    #[must_use]
    pub const fn nonce(digest: &'a [u8; 32]) -> Self {
        Self::new(0x16, 0x43, 0, digest, 1)
    }

    /// Sign: what the message digest buffer holds.
    #[must_use]
    pub const fn sign(slot: u16) -> Self {
        Self::new(0x41, 0xa0, slot, &[], 64)
    }

    /// GenKey: a new private key in a slot; answers with its public key.
    #[must_use]
    pub const fn new_key(slot: u16) -> Self {
        Self::new(0x40, 0x04, slot, &[], 64)
    }

    /// GenKey: the public key of a slot.
    #[must_use]
    pub const fn public_key(slot: u16) -> Self {
        Self::new(0x40, 0x00, slot, &[], 64)
    }

    /// Lock: the configuration zone.
    #[must_use]
    pub const fn lock_config() -> Self {
        Self::new(0x17, 0x80, 0, &[], 1)
    }

    /// Lock: data and OTP zone.
    #[must_use]
    pub const fn lock_data() -> Self {
        Self::new(0x17, 0x81, 0, &[], 1)
    }

    /// Lock: one slot.
    #[must_use]
    pub const fn lock_slot(slot: u8) -> Self {
        Self::new(0x17, 0x02 | slot << 2, 0, &[], 1)
    }

    /// Counter: read it.
    #[must_use]
    pub const fn counter(number: u16) -> Self {
        Self::new(0x24, 0, number, &[], 4)
    }

    /// Counter: one more; answers with the new value.
    #[must_use]
    pub const fn count(number: u16) -> Self {
        Self::new(0x24, 1, number, &[], 4)
    }

    /// The bytes to write: word address 3, count, command, CRC. Says how many.
    pub fn write(&self, out: &mut [u8; MAX_COMMAND]) -> usize {
        let data = &self.data[..self.data.len().min(64)];
        let count = 7 + data.len();
        out[..6].copy_from_slice(&[
            0x03,
            count as u8,
            self.opcode,
            self.param1,
            self.param2.to_le_bytes()[0],
            self.param2.to_le_bytes()[1],
        ]);
        out[6..count - 1].copy_from_slice(data);
        let crc = crc(&out[1..count - 1]);
        out[count - 1..=count].copy_from_slice(&crc);
        count + 1
    }
}

/// Checks an answer, count and CRC included; gives what is between.
///
/// # Errors
/// [`Error::Length`], [`Error::Crc`], [`Error::Status`] for a status that is not success.
pub fn read(answer: &[u8]) -> Result<&[u8], Error> {
    let (body, sum) = match answer {
        [count, .., _, _] if usize::from(*count) == answer.len() && answer.len() >= 4 => {
            answer.split_at(answer.len() - 2)
        }
        _ => return Err(Error::Length(answer.len())),
    };
    if sum != crc(body) {
        return Err(Error::Crc);
    }
    match body[1..] {
        [status] => Status::of(status).map_or(Ok(&body[1..]), |status| Err(status.into())),
        _ => Ok(&body[1..]),
    }
}
