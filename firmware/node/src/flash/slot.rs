//! A slot's bytes.

use protocol::record::{Phases, PowerStatus, TimeQuality};

use crate::{Draft, Stamp};

/// What was recorded, then its signature in one of two places, then the mark. A record whose time was not known has its
/// signature in the first place, and in the second its time, at one of [`TIMED_AT`].
pub(super) const MADE_AT: usize = 0;
pub(super) const MADE_LENGTH: usize = 48;
pub(super) const SIGNED_AT: [usize; 2] = [MADE_LENGTH, MADE_LENGTH + SIGNED_LENGTH];
pub(super) const SIGNED_LENGTH: usize = 76;
pub(super) const TIMED_LENGTH: usize = 12;
/// The first that is whole counts: the others are for times whose writing was cut off.
pub(super) const TIMED_AT: [usize; SIGNED_LENGTH / TIMED_LENGTH] = {
    let mut at = [SIGNED_AT[1]; SIGNED_LENGTH / TIMED_LENGTH];
    let mut i = 0;
    while i < at.len() {
        at[i] += i * TIMED_LENGTH;
        i += 1;
    }
    at
};
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
/// The layout's version, in the high half of the flags: the first where the further flags are all zero, so that what was
/// written before there were any is read, and an older image reads what needs none.
const VERSIONS: [u8; 2] = [0x10, 0x20];

/// Where the further flags are.
const FURTHER_AT: usize = MADE_LENGTH - 5;
const LIVE: [u8; Phases::COUNT] = [1, 2, 4];
const HAS_PHASES: u8 = 8;
/// Two bits: the time's quality, by [`quality_code`].
const QUALITY: u8 = 0x30;
/// The time is that since the start, in ms.
const SINCE_START: u8 = 64;
const ALL_FURTHER: u8 = LIVE[0] | LIVE[1] | LIVE[2] | HAS_PHASES | QUALITY | SINCE_START;

/// A signature as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed {
    pub(super) signature: [u8; 64],
    pub(super) latitude_e6: i32,
    pub(super) longitude_e6: i32,
}

pub(super) fn is_erased(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0xff)
}

/// Whether a signature was never written there: as much as one flipped bit is none.
pub(super) fn is_unsigned(bytes: &[u8; SIGNED_LENGTH]) -> bool {
    bytes.iter().map(|byte| byte.count_zeros()).sum::<u32>() <= 1
}

/// Whether the first step was taken to its end, also where it cannot be read: its checksum, which is written last, is there,
/// or a later step. As much as one flipped bit is neither.
pub(super) fn was_made(bytes: &[u8; SLOT_LENGTH]) -> bool {
    bytes[MADE_LENGTH - 4..].iter().map(|byte| byte.count_zeros()).sum::<u32>() > 1
}

/// Where the signature of what was recorded like this may be: where the time came later, the second place has that.
pub(super) fn places_for_signature(made: &Draft) -> &'static [usize] {
    if made.stamp.unix_s().is_some() { &SIGNED_AT } else { &SIGNED_AT[..1] }
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
    let live = draft.phases.map_or([false; Phases::COUNT], Phases::live);
    let (time, kind) = match draft.stamp {
        Stamp::Known { unix_s, quality } => (unix_s, quality_code(quality) << 4),
        Stamp::SinceStart { ms } => (ms, SINCE_START),
    };
    bytes[FURTHER_AT] = LIVE.into_iter().zip(live).map(|(bit, live)| flag(bit, live)).sum::<u8>()
        | flag(HAS_PHASES, draft.phases.is_some())
        | kind;
    bytes[0] = VERSIONS[usize::from(bytes[FURTHER_AT] != 0)]
        | flag(OFF, draft.power_status == PowerStatus::Off)
        | flag(HAS_PREVIOUS, draft.previous_sequence.is_some())
        | flag(HAS_DROPPED, draft.dropped.is_some())
        | flag(HAS_RECEIPTED, receipted.is_some());
    let numbers =
        [draft.sequence, time, draft.previous_sequence.unwrap_or_default(), from, to, receipted.unwrap_or_default()];
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
    let [sequence, time, previous, from, to, receipted] = numbers;
    let has = |flag: u8| bytes[0] & flag != 0;
    let further = bytes[FURTHER_AT];
    let known = bytes[0] & 0xf0 == VERSIONS[usize::from(further != 0)] && further & !ALL_FURTHER == 0;
    if !known || sequence.max(time) > protocol::MAX_INTEGER {
        return None;
    }
    let stamp = if further & SINCE_START != 0 {
        Stamp::SinceStart { ms: time }
    } else {
        Stamp::Known { unix_s: time, quality: quality_of((further & QUALITY) >> 4) }
    };
    let draft = Draft {
        dropped: has(HAS_DROPPED).then_some((from, to)),
        phases: (further & HAS_PHASES != 0).then(|| Phases::new(LIVE.map(|bit| further & bit != 0))),
        power_status: if has(OFF) { PowerStatus::Off } else { PowerStatus::On },
        previous_sequence: has(HAS_PREVIOUS).then_some(previous),
        sequence,
        stamp,
    };
    Some((draft, has(HAS_RECEIPTED).then_some(receipted)))
}

fn quality_code(quality: Option<TimeQuality>) -> u8 {
    match quality {
        None => 0,
        Some(TimeQuality::Sntp) => 1,
        Some(TimeQuality::CountedBack) => 2,
        Some(TimeQuality::UpperBound) => 3,
    }
}

/// Of two bits.
fn quality_of(code: u8) -> Option<TimeQuality> {
    [TimeQuality::Sntp, TimeQuality::CountedBack, TimeQuality::UpperBound]
        .get(usize::from(code).wrapping_sub(1))
        .copied()
}

pub(super) fn write_timed(unix_s: u64, quality: TimeQuality) -> [u8; TIMED_LENGTH] {
    let mut bytes = [0; TIMED_LENGTH];
    bytes[..7].copy_from_slice(&unix_s.to_le_bytes()[..7]);
    bytes[7] = quality_code(Some(quality));
    seal(bytes)
}

pub(super) fn read_timed(bytes: [u8; TIMED_LENGTH]) -> Option<Stamp> {
    let bytes = open(bytes)?;
    let mut eight = [0; 8];
    eight[..7].copy_from_slice(&bytes[..7]);
    Some(Stamp::Known { unix_s: u64::from_le_bytes(eight), quality: Some(quality_of(bytes[7])?) })
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
