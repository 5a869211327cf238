//! The chip on its bus.

use embedded_hal::{delay::DelayNs, i2c::I2c};
use sha2::{Digest as _, Sha256};

use crate::{
    Error, FIRST_POLL_US, KEY_SLOT, MAX_COUNT, MAX_WAIT_US, POLL_US, Status, TRIES, WAKE_US,
    packet::{self, Command, MAX_ANSWER, MAX_COMMAND},
};

const WORD_SLEEP: u8 = 0x01;
const WORD_IDLE: u8 = 0x02;
/// What a woken chip says first.
const WOKEN: [u8; 4] = [0x04, 0x11, 0x33, 0x43];

/// A secure element on an I2C bus of 100 kHz.
#[derive(Debug)]
pub struct Atecc608<I, D> {
    i2c: I,
    delay: D,
    address: u8,
}

impl<I: I2c, D: DelayNs> Atecc608<I, D> {
    /// The chip at an address: [`crate::ADDRESS`] for a blank part.
    pub fn new(i2c: I, delay: D, address: u8) -> Self {
        Self { i2c, delay, address }
    }

    /// The 9 bytes that no other part has.
    ///
    /// # Errors
    /// [`Error`].
    pub fn serial(&mut self) -> Result<[u8; 9], Error> {
        let block: [u8; 32] = self.ask(&Command::read_config(0))?;
        let mut serial = [0; 9];
        serial[..4].copy_from_slice(&block[..4]);
        serial[4..].copy_from_slice(&block[8..13]);
        Ok(serial)
    }

    /// The revision: `00 00 60 xx` on this chip.
    ///
    /// # Errors
    /// [`Error`].
    pub fn revision(&mut self) -> Result<[u8; 4], Error> {
        self.ask(&Command::revision())
    }

    /// The configuration zone.
    ///
    /// # Errors
    /// [`Error`].
    pub fn config(&mut self) -> Result<[u8; 128], Error> {
        let mut config = [0; 128];
        for (block, part) in (0..4).zip(config.chunks_exact_mut(32)) {
            part.copy_from_slice(&self.ask::<32>(&Command::read_config(block))?);
        }
        Ok(config)
    }

    /// Random bytes. A fixed pattern until the configuration is locked.
    ///
    /// # Errors
    /// [`Error`].
    pub fn random(&mut self) -> Result<[u8; 32], Error> {
        self.ask(&Command::random())
    }

    /// The device's public key: X||Y.
    ///
    /// # Errors
    /// [`Error`].
    pub fn public_key(&mut self) -> Result<[u8; 64], Error> {
        self.ask(&Command::public_key(KEY_SLOT))
    }

    /// Signs a message with the device's key: P-256 over its SHA-256, R||S, S as it comes. 23 + 20 + 115 ms at most
    /// with the clock divider of a blank part, and three wakes.
    ///
    /// # Errors
    /// [`Error`].
    pub fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], Error> {
        let digest: [u8; 32] = Sha256::digest(message).into();
        let mut last = Error::Timeout;
        for _ in 0..TRIES {
            match self.sign_once(&digest) {
                Err(error) if error.is_passing() => last = error,
                // The digest went with a sleep between the two.
                Err(Error::Status(Status::Execution)) => last = Status::Execution.into(),
                result => return result,
            }
        }
        Err(last)
    }

    /// A counter's value, 0 to [`MAX_COUNT`].
    ///
    /// # Errors
    /// [`Error`].
    pub fn counter(&mut self, number: u16) -> Result<u32, Error> {
        Ok(u32::from_le_bytes(self.ask(&Command::counter(number))?))
    }

    /// Counts one further and gives the new value. An answer that is lost is not asked for by counting again: the
    /// counter is read first.
    ///
    /// # Errors
    /// [`Error::CounterExhausted`] at its end, or another [`Error`].
    pub fn count(&mut self, number: u16) -> Result<u32, Error> {
        let before = self.counter(number)?;
        if before >= MAX_COUNT {
            return Err(Error::CounterExhausted);
        }
        let mut last = Error::Timeout;
        for _ in 0..TRIES {
            match self.once::<4>(&Command::count(number)) {
                Ok(value) => return Ok(u32::from_le_bytes(value)),
                Err(error) if !error.is_passing() => return Err(error),
                Err(error) => last = error,
            }
            let value = self.counter(number)?;
            if value > before {
                return Ok(value);
            }
        }
        Err(last)
    }

    fn sign_once(&mut self, digest: &[u8; 32]) -> Result<[u8; 64], Error> {
        self.once::<32>(&Command::random())?;
        self.once::<1>(&Command::nonce(digest))?;
        self.once(&Command::sign(KEY_SLOT))
    }

    /// A command that may be sent again.
    pub(crate) fn ask<const N: usize>(&mut self, command: &Command<'_>) -> Result<[u8; N], Error> {
        let mut last = Error::Timeout;
        for _ in 0..TRIES {
            match self.once(command) {
                Err(error) if error.is_passing() => last = error,
                result => return result,
            }
        }
        Err(last)
    }

    /// Wakes it, sends one command, waits for the answer, and lets it idle: that keeps its buffers.
    pub(crate) fn once<const N: usize>(&mut self, command: &Command<'_>) -> Result<[u8; N], Error> {
        let result = self.wake().and_then(|()| self.exchange(command));
        match result {
            Ok(_) => self.i2c.write(self.address, &[WORD_IDLE]).map_err(|_| Error::Bus)?,
            // Whatever state it is in, it is a known one after this, or the bus is gone anyway.
            Err(_) => {
                let _ = self.i2c.write(self.address, &[WORD_SLEEP]);
            }
        }
        result
    }

    fn wake(&mut self) -> Result<(), Error> {
        // Nobody acknowledges the address 0x00: what counts is that SDA is low for so long.
        let _ = self.i2c.write(0x00, &[0x00]);
        self.delay.delay_us(WAKE_US);
        let mut woken = [0; 4];
        self.i2c.read(self.address, &mut woken).map_err(|_| Error::NoWake)?;
        // A failed self-test is told by the status alone: the vendor's own library has its CRC wrong.
        match woken {
            WOKEN => Ok(()),
            [4, 0x07, ..] => Err(Status::SelfTest.into()),
            _ => Err(Error::NoWake),
        }
    }

    fn exchange<const N: usize>(&mut self, command: &Command<'_>) -> Result<[u8; N], Error> {
        let mut bytes = [0; MAX_COMMAND];
        let length = command.write(&mut bytes);
        self.i2c.write(self.address, &bytes[..length]).map_err(|_| Error::Bus)?;
        let mut answer = [0; MAX_ANSWER];
        self.wait_for(&mut answer[..1])?;
        let count = usize::from(answer[0]);
        if !(4..=MAX_ANSWER).contains(&count) {
            return Err(Error::Length(count));
        }
        self.i2c.read(self.address, &mut answer[1..count]).map_err(|_| Error::Bus)?;
        let data = packet::read(&answer[..count])?;
        data.try_into().map_err(|_| Error::Length(count))
    }

    /// Reads the count; while the chip works it does not acknowledge its address.
    fn wait_for(&mut self, count: &mut [u8]) -> Result<(), Error> {
        let mut waited_us = FIRST_POLL_US;
        self.delay.delay_us(FIRST_POLL_US);
        while self.i2c.read(self.address, count).is_err() {
            if waited_us >= MAX_WAIT_US {
                return Err(Error::Timeout);
            }
            self.delay.delay_us(POLL_US);
            waited_us += POLL_US;
        }
        Ok(())
    }
}
