//! An ATECC608 on its bus, by the vendor's library and data sheets: asleep, awake, busy, idle; its watchdog; its
//! configuration zone and locks; its key.

mod bus;
mod commands;

use std::sync::{Arc, Mutex, MutexGuard};

pub use bus::{Bus, BusError};
use p256::ecdsa::SigningKey;

use crate::Clock;

/// From waking to sleep, whatever is going on.
pub const WATCHDOG_MS: u64 = 1_300;
/// The highest value of a counter.
pub const MAX_COUNT: u32 = 2_097_151;

/// A chip; clones are the same one.
#[derive(Clone)]
pub struct SimAtecc608(Arc<Mutex<Chip>>);

/// Whether it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    Asleep,
    /// Asleep with its buffers kept.
    Idle,
    /// Since this time in ns, answering from the second one on.
    Awake(u64, u64),
}

/// Everything about a chip.
pub struct Chip {
    clock: Clock,
    power: Power,
    busy_until_ns: u64,
    output: Vec<u8>,
    read_at: usize,
    /// Of the message digest buffer.
    digest: Option<[u8; 32]>,
    config: [u8; 128],
    keys: [Option<SigningKey>; 16],
    counters: [u32; 2],
    /// So many wake pulses are not noticed.
    pub deaf_wakes: u32,
    /// So many answers come with a bit flipped.
    pub damaged_answers: u32,
    /// So many commands arrive with a bit flipped.
    pub damaged_commands: u32,
    /// So many commands are carried out, and the chip sleeps before the answer is read.
    pub lost_answers: u32,
    /// Not on the bus at all.
    pub absent: bool,
    /// Commands carried out, by opcode, in order.
    pub carried_out: Vec<u8>,
}

impl SimAtecc608 {
    /// A blank part.
    #[must_use]
    pub fn blank(clock: &Clock) -> Self {
        let mut config = [0; 128];
        config[..13].copy_from_slice(&[0x01, 0x23, 0xa1, 0xb2, 0x00, 0x00, 0x60, 0x03, 0xc3, 0xd4, 0xe5, 0xf6, 0xee]);
        config[13..19].copy_from_slice(&[0x01, 0x01, 0x00, 0xc0, 0x00, 0x00]);
        // Slots as Arduino's default has them, key configurations of a slot without a key.
        config[20..52].copy_from_slice(&[0x83, 0x20].repeat(16));
        config[52..84].fill(0xff);
        config[86..88].fill(0x55);
        config[88..90].fill(0xff);
        config[96..128].copy_from_slice(&[0x3c, 0x00].repeat(16));
        Self(Arc::new(Mutex::new(Chip {
            clock: clock.clone(),
            power: Power::Asleep,
            busy_until_ns: 0,
            output: Vec::new(),
            read_at: 0,
            digest: None,
            config,
            keys: [const { None }; 16],
            counters: [0; 2],
            deaf_wakes: 0,
            damaged_answers: 0,
            damaged_commands: 0,
            lost_answers: 0,
            absent: false,
            carried_out: Vec::new(),
        })))
    }

    /// A part that went through provisioning elsewhere: locked, with this key in slot 0 and its first counter here.
    #[must_use]
    pub fn provisioned(clock: &Clock, key: SigningKey, count: u32) -> Self {
        let part = Self::blank(clock);
        {
            let mut chip = part.chip();
            // External signatures with a secret key that was made inside; its slot locked, and both zones.
            chip.config[20..22].copy_from_slice(&[0x81, 0x20]);
            chip.config[96..98].copy_from_slice(&[0x33, 0x00]);
            chip.config[86..88].fill(0);
            chip.config[88] &= !1;
            chip.keys[0] = Some(key);
            chip.counters[0] = count;
        }
        part
    }

    /// The bus that it hangs on.
    #[must_use]
    pub fn bus(&self, hz: u32) -> Bus {
        Bus { chip: self.clone(), hz }
    }

    /// Its inside.
    ///
    /// # Panics
    /// Where a test panicked with it in hand.
    pub fn chip(&self) -> MutexGuard<'_, Chip> {
        self.0.lock().expect("no panic while it was held")
    }
}

impl Chip {
    /// The supply fails: buffers are lost, zones and counters stay.
    pub fn lose_power(&mut self) {
        self.sleep();
    }

    /// Sets a counter, as years of counting would.
    pub fn set_counter(&mut self, number: usize, value: u32) {
        self.counters[number] = value;
    }

    /// A counter's value.
    #[must_use]
    pub fn counter(&self, number: usize) -> u32 {
        self.counters[number]
    }

    /// Its configuration zone, for parts that somebody else has configured.
    pub fn config_mut(&mut self) -> &mut [u8; 128] {
        &mut self.config
    }

    fn sleep(&mut self) {
        self.power = Power::Asleep;
        self.digest = None;
        self.output.clear();
        self.busy_until_ns = 0;
    }

    /// The watchdog: awake too long, it sleeps in the midst of anything.
    fn advance(&mut self) {
        if let Power::Awake(since_ns, _) = self.power
            && self.clock.ns() > since_ns + WATCHDOG_MS * 1_000_000
        {
            self.sleep();
        }
    }
}
