//! A slot's bytes.

use protocol::record::PowerStatus;

use crate::Draft;

/// What was recorded, then its signature in one of two places, then the mark.
pub(super) const MADE_AT: usize = 0;
pub(super) const MADE_LENGTH: usize = 48;
pub(super) const SIGNED_AT: [usize; 2] = [MADE_LENGTH, MADE_LENGTH + SIGNED_LENGTH];
pub(super) const SIGNED_LENGTH: usize = 76;
pub(super) const MARK_AT: usize = MADE_LENGTH + 2 * SIGNED_LENGTH;
pub(super) const SLOT_LENGTH: usize = MARK_AT + 4;
/// Everything up to here is receipted.
pub(super) const MARK: [u8; 4] = [0; 4];
/// A mark counts with at least this many of its 32 bits: neither flipped bits nor a write cut off at once make one.
const MARK_BITS: u32 = 24;

const OFF: u8 = 1;
const HAS_PREVIOUS: u8 = 2;
const HAS_DROPPED: u8 = 4;
const HAS_RECEIPTED: u8 = 8;
/// The layout's version, in the high half of the flags.
const VERSION: u8 = 0x10;

/// A signature as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed {
    pub(super) signature: [u8; 64],
    pub(super) latitude_e6: i32,
    pub(super) longitude_e6: i32,
}

pub(super) fn is_marked(mark: [u8; 4]) -> bool {
    u32::from_le_bytes(mark).count_zeros() >= MARK_BITS
}

/// CRC-32 (ISO-HDLC), as Ethernet's.
fn checksum(bytes: &[u8]) -> u32 {
    const CRC: crc::Crc<u32, crc::NoTable> = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC);
    CRC.checksum(bytes)
}

fn seal<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    let sum = checksum(&bytes[..N - 4]);
    bytes[N - 4..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Checks the checksum at the end and puts one flipped bit right. Two records of this length that both pass differ in
/// four bits at least, so that no other record can come of it.
fn open<const N: usize>(mut bytes: [u8; N]) -> Option<[u8; N]> {
    let passes = |bytes: &[u8; N]| bytes[N - 4..] == checksum(&bytes[..N - 4]).to_le_bytes();
    if passes(&bytes) {
        return Some(bytes);
    }
    // Mostly erased or half written: not one bit away from anything.
    if bytes.iter().all(|byte| *byte == 0xff) {
        return None;
    }
    for bit in 0..N * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        if passes(&bytes) {
            return Some(bytes);
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    None
}

/// Flags, time and sequences, in the order of their importance to whoever reads a dump. Sequences are below 2^53: of
/// the four that are optional, seven bytes each are kept.
pub(super) fn write_made(draft: &Draft, receipted: Option<u64>) -> [u8; MADE_LENGTH] {
    let mut bytes = [0; MADE_LENGTH];
    let (from, to) = draft.dropped.unwrap_or_default();
    let flag = |flag: u8, set: bool| if set { flag } else { 0 };
    bytes[0] = VERSION
        | flag(OFF, draft.power_status == PowerStatus::Off)
        | flag(HAS_PREVIOUS, draft.previous_sequence.is_some())
        | flag(HAS_DROPPED, draft.dropped.is_some())
        | flag(HAS_RECEIPTED, receipted.is_some());
    let numbers = [
        draft.sequence,
        draft.timestamp_unix_s,
        draft.previous_sequence.unwrap_or_default(),
        from,
        to,
        receipted.unwrap_or_default(),
    ];
    for (place, number) in bytes[1..].chunks_exact_mut(7).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes()[..7]);
    }
    seal(bytes)
}

/// The draft, and up to where everything was receipted when it was made.
pub(super) fn read_made(bytes: [u8; MADE_LENGTH]) -> Option<(Draft, Option<u64>)> {
    let bytes = open(bytes)?;
    let mut numbers = [0; 6];
    for (number, place) in numbers.iter_mut().zip(bytes[1..].chunks_exact(7)) {
        let mut eight = [0; 8];
        eight[..7].copy_from_slice(place);
        *number = u64::from_le_bytes(eight);
    }
    let [sequence, timestamp_unix_s, previous, from, to, receipted] = numbers;
    let has = |flag: u8| bytes[0] & flag != 0;
    if bytes[0] & 0xf0 != VERSION || sequence.max(timestamp_unix_s) > protocol::MAX_INTEGER {
        return None;
    }
    let draft = Draft {
        dropped: has(HAS_DROPPED).then_some((from, to)),
        power_status: if has(OFF) { PowerStatus::Off } else { PowerStatus::On },
        previous_sequence: has(HAS_PREVIOUS).then_some(previous),
        sequence,
        timestamp_unix_s,
    };
    Some((draft, has(HAS_RECEIPTED).then_some(receipted)))
}

pub(super) fn write_signed(signature: &[u8; 64], latitude_e6: i32, longitude_e6: i32) -> [u8; SIGNED_LENGTH] {
    let mut bytes = [0; SIGNED_LENGTH];
    bytes[..64].copy_from_slice(signature);
    bytes[64..68].copy_from_slice(&latitude_e6.to_le_bytes());
    bytes[68..72].copy_from_slice(&longitude_e6.to_le_bytes());
    seal(bytes)
}

pub(super) fn read_signed(bytes: [u8; SIGNED_LENGTH]) -> Option<Signed> {
    let bytes = open(bytes)?;
    let number = |at: usize| bytes[at..at + 4].try_into().map(i32::from_le_bytes).ok();
    Some(Signed { signature: bytes[..64].try_into().ok()?, latitude_e6: number(64)?, longitude_e6: number(68)? })
}
