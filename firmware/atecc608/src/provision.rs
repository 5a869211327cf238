//! From a blank part to one that signs: the private key is made inside and never leaves it, and no step can be taken
//! back. Each step follows from what the part says of itself, so that one cut off in between is taken up again; a part
//! that is not as this made it is refused.

use embedded_hal::{delay::DelayNs, i2c::I2c};

use crate::{Atecc608, Error, KEY_SLOT, TRIES, packet::Command};

/// What slot 0 may: external signatures, secret, a key may be made in it. Its use is not bound to a counter: the key
/// would die with it.
pub const SLOT_CONFIG: [u8; 2] = [0x81, 0x20];
/// What is in it: a private P-256 key whose public key may always be asked for; it can be locked for good.
pub const KEY_CONFIG: [u8; 2] = [0x33, 0x00];

const SLOT_CONFIG_AT: usize = 20;
const LOCK_DATA_AT: usize = 86;
const LOCK_CONFIG_AT: usize = 87;
const SLOT_LOCKED_AT: usize = 88;
const KEY_CONFIG_AT: usize = 96;
const UNLOCKED: u8 = 0x55;

/// What a part still lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Slot 0 is not configured.
    WriteConfig,
    /// The configuration can still be changed: no key can be made.
    LockConfig,
    /// A key is made, then the data zone is locked: a key without the lock cannot sign.
    MakeKey,
    /// The key could be replaced.
    LockSlot,
    /// Nothing.
    Done,
}

/// What comes next for a part with this revision and configuration.
///
/// # Errors
/// [`Error::Surprise`] for a part that this did not make and must not change.
pub fn next_step(revision: [u8; 4], config: &[u8; 128]) -> Result<Step, Error> {
    if revision[..3] != [0x00, 0x00, 0x60] {
        return Err(Error::Surprise("it is no ATECC608"));
    }
    if config[..2] != [0x01, 0x23] {
        return Err(Error::Surprise("its serial number does not begin with 01 23"));
    }
    let configured = config[SLOT_CONFIG_AT..][..2] == SLOT_CONFIG && config[KEY_CONFIG_AT..][..2] == KEY_CONFIG;
    let locked = |at: usize| match config[at] {
        0x00 => Ok(true),
        UNLOCKED => Ok(false),
        _ => Err(Error::Surprise("a lock is neither open nor shut")),
    };
    // A bit that is set says that the slot is not locked.
    let slot_open = config[SLOT_LOCKED_AT] & 1 == 1;
    match (locked(LOCK_CONFIG_AT)?, locked(LOCK_DATA_AT)?) {
        (false, true) => Err(Error::Surprise("data locked before configuration")),
        (false, false) if configured => Ok(Step::LockConfig),
        (false, false) => Ok(Step::WriteConfig),
        (true, _) if !configured => Err(Error::Surprise("locked with another configuration")),
        (true, false) if slot_open => Ok(Step::MakeKey),
        (true, false) => Err(Error::Surprise("the slot is locked before it has a key")),
        (true, true) if slot_open => Ok(Step::LockSlot),
        (true, true) => Ok(Step::Done),
    }
}

impl<I: I2c, D: DelayNs> Atecc608<I, D> {
    /// What the part still lacks; changes nothing.
    ///
    /// # Errors
    /// [`Error`].
    pub fn provisioning_step(&mut self) -> Result<Step, Error> {
        let revision = self.revision()?;
        let config = self.config()?;
        next_step(revision, &config)
    }

    /// Takes every step that is left and gives the public key, X||Y. None of them can be taken back.
    ///
    /// # Errors
    /// [`Error::Surprise`] before anything was changed, or another [`Error`]: call it again.
    pub fn provision(&mut self) -> Result<[u8; 64], Error> {
        let mut tries = (Step::Done, 0);
        loop {
            let step = self.provisioning_step()?;
            // A step that leaves no trace is not tried for ever.
            tries = if tries.0 == step { (step, tries.1 + 1) } else { (step, 1) };
            if tries.1 > TRIES {
                return Err(Error::Surprise("a step leaves no trace"));
            }
            match step {
                Step::WriteConfig => self.write_config()?,
                Step::LockConfig => self.lock(&Command::lock_config())?,
                Step::MakeKey => {
                    self.ask::<64>(&Command::new_key(KEY_SLOT))?;
                    self.lock(&Command::lock_data())?;
                }
                Step::LockSlot => self.lock(&Command::lock_slot(KEY_SLOT as u8))?,
                Step::Done => return self.public_key(),
            }
        }
    }

    /// Writes the two words that hold slot 0 and leaves their other halves as they are.
    fn write_config(&mut self) -> Result<(), Error> {
        let config = self.config()?;
        for (at, value) in [(SLOT_CONFIG_AT, SLOT_CONFIG), (KEY_CONFIG_AT, KEY_CONFIG)] {
            let word = [value[0], value[1], config[at + 2], config[at + 3]];
            self.ask::<1>(&Command::write_config((at / 4) as u8, &word))?;
        }
        Ok(())
    }

    /// Locks; where the answer is lost, the part itself tells at the next step whether it did.
    fn lock(&mut self, command: &Command<'_>) -> Result<(), Error> {
        match self.once::<1>(command) {
            Err(error) if !error.is_passing() => Err(error),
            _ => Ok(()),
        }
    }
}
