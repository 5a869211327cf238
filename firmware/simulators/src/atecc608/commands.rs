//! What it does with a command, as far as its locks allow.

use p256::{
    EncodedPoint,
    ecdsa::{Signature, SigningKey, signature::hazmat::RandomizedPrehashSigner as _},
};
use rand::{RngCore as _, rngs::OsRng};

use super::{Chip, MAX_COUNT};

const OK: u8 = 0x00;
const PARSE: u8 = 0x03;
const EXECUTION: u8 = 0x0f;
const COMMUNICATION: u8 = 0xff;

/// CRC-16/ARC with the result's bits turned round: another way to the same number than the driver's.
fn crc(bytes: &[u8]) -> [u8; 2] {
    let mut register = 0_u16;
    for byte in bytes {
        register ^= u16::from(*byte);
        for _ in 0..8 {
            register = if register & 1 == 1 { register >> 1 ^ 0xa001 } else { register >> 1 };
        }
    }
    register.reverse_bits().to_le_bytes()
}

impl Chip {
    pub(super) fn answer(&mut self, data: &[u8]) {
        let mut output = vec![data.len() as u8 + 3];
        output.extend_from_slice(data);
        let sum = crc(&output);
        output.extend_from_slice(&sum);
        self.output = output;
        self.read_at = 0;
    }

    pub(super) fn take(&mut self, packet: &[u8]) {
        let mut packet = packet.to_vec();
        if self.damaged_commands > 0 && packet.len() > 4 {
            self.damaged_commands -= 1;
            packet[4] ^= 0x10;
        }
        let whole = packet.len() >= 7 && usize::from(packet[0]) == packet.len();
        if !whole || crc(&packet[..packet.len() - 2]) != packet[packet.len() - 2..] {
            return self.answer(&[COMMUNICATION]);
        }
        let (opcode, param1, param2) = (packet[1], packet[2], u16::from_le_bytes([packet[3], packet[4]]));
        let data = &packet[5..packet.len() - 2];
        self.busy_until_ns = self.clock.ns() + most_ms(opcode) * 1_000_000;
        self.carried_out.push(opcode);
        match self.carry_out(opcode, param1, param2, data) {
            Ok(answer) => self.answer(&answer),
            Err(status) => self.answer(&[status]),
        }
        if self.damaged_answers > 0 {
            self.damaged_answers -= 1;
            let at = self.output.len() / 2;
            self.output[at] ^= 0x04;
        }
        if self.lost_answers > 0 {
            self.lost_answers -= 1;
            self.sleep();
        }
    }

    fn config_locked(&self) -> bool {
        self.config[87] == 0
    }

    fn data_locked(&self) -> bool {
        self.config[86] == 0
    }

    fn slot_locked(&self, slot: usize) -> bool {
        self.config[88 + slot / 8] >> (slot % 8) & 1 == 0
    }

    fn carry_out(&mut self, opcode: u8, param1: u8, param2: u16, data: &[u8]) -> Result<Vec<u8>, u8> {
        match (opcode, param1) {
            (0x30, 0x00) => Ok(self.config[4..8].to_vec()),
            (0x1b, 0x00) if self.config_locked() => {
                let mut random = vec![0; 32];
                OsRng.fill_bytes(&mut random);
                Ok(random)
            }
            (0x1b, 0x00) => Ok([0xff, 0xff, 0x00, 0x00].repeat(8)),
            (0x02, 0x80) if param2 & 7 == 0 && param2 < 32 => {
                let mut config = self.config;
                config[52..56].copy_from_slice(&self.counters[0].to_le_bytes());
                Ok(config[usize::from(param2) * 4..][..32].to_vec())
            }
            (0x12, 0x00) => self.write_config(usize::from(param2) * 4, data),
            (0x16, 0x43) => {
                self.digest = Some(data.try_into().map_err(|_| PARSE)?);
                Ok(vec![OK])
            }
            (0x41, 0xa0) => self.sign(usize::from(param2)),
            (0x40, 0x04) => self.make_key(usize::from(param2)),
            (0x40, 0x00) => self.public_key(usize::from(param2)),
            (0x17, _) => self.lock(param1),
            (0x24, 0x00 | 0x01) if param2 < 2 => self.count(usize::from(param2), param1 == 1),
            _ => Err(PARSE),
        }
    }

    /// Serial number, revision, locks and the rest of what the factory wrote cannot be written.
    fn write_config(&mut self, at: usize, data: &[u8]) -> Result<Vec<u8>, u8> {
        if self.config_locked() || data.len() != 4 || !(16..128).contains(&at) || at == 84 {
            return Err(EXECUTION);
        }
        self.config[at..at + 4].copy_from_slice(data);
        Ok(vec![OK])
    }

    fn make_key(&mut self, slot: usize) -> Result<Vec<u8>, u8> {
        let may_be_made = self.config[20 + slot * 2 + 1] & 0x20 != 0;
        let private_p256 = self.config[96 + slot * 2] & 0x1d == 0x11;
        if !self.config_locked() || self.slot_locked(slot) || !may_be_made || !private_p256 {
            return Err(EXECUTION);
        }
        self.keys[slot] = Some(SigningKey::random(&mut OsRng));
        self.public_key(slot)
    }

    fn public_key(&self, slot: usize) -> Result<Vec<u8>, u8> {
        let key = self.keys.get(slot).and_then(Option::as_ref).ok_or(EXECUTION)?;
        let point: EncodedPoint = key.verifying_key().to_encoded_point(false);
        Ok(point.as_bytes()[1..].to_vec())
    }

    /// Private keys are of use only once both zones are locked.
    fn sign(&mut self, slot: usize) -> Result<Vec<u8>, u8> {
        let external = self.config[20 + slot * 2] & 1 == 1;
        let digest = self.digest.take().filter(|_| self.data_locked() && external).ok_or(EXECUTION)?;
        let key = self.keys.get(slot).and_then(Option::as_ref).ok_or(EXECUTION)?;
        let signature: Signature = key.sign_prehash_with_rng(&mut OsRng, &digest).map_err(|_| 0x05_u8)?;
        // It knows no rule of low S: half of its signatures are high.
        let low = signature.normalize_s().unwrap_or(signature);
        let (r, s) = low.split_scalars();
        let s = if OsRng.next_u32() & 1 == 1 { -*s } else { *s };
        let signature = Signature::from_scalars(r.to_bytes(), s.to_bytes()).map_err(|_| 0x05_u8)?;
        Ok(signature.to_bytes().to_vec())
    }

    fn lock(&mut self, mode: u8) -> Result<Vec<u8>, u8> {
        match mode {
            0x80 if !self.config_locked() => self.config[87] = 0,
            0x81 if self.config_locked() && !self.data_locked() => self.config[86] = 0,
            _ if mode & 0xc3 == 0x02 => {
                let slot = usize::from(mode >> 2);
                let lockable = self.config[96 + slot * 2] & 0x20 != 0;
                if !self.config_locked() || self.slot_locked(slot) || !lockable {
                    return Err(EXECUTION);
                }
                self.config[88 + slot / 8] &= !(1 << (slot % 8));
            }
            _ => return Err(EXECUTION),
        }
        Ok(vec![OK])
    }

    fn count(&mut self, number: usize, further: bool) -> Result<Vec<u8>, u8> {
        if further {
            if self.counters[number] >= MAX_COUNT {
                return Err(EXECUTION);
            }
            self.counters[number] += 1;
        }
        Ok(self.counters[number].to_le_bytes().to_vec())
    }
}

/// The longest that a command takes with the clock divider of a blank part, in ms.
fn most_ms(opcode: u8) -> u64 {
    match opcode {
        0x1b => 23,
        0x12 => 45,
        0x16 => 20,
        0x41 | 0x40 => 115,
        0x17 => 35,
        0x24 => 25,
        _ => 5,
    }
}
