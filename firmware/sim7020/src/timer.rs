//! Power-saving timers as eight binary digits: three of a unit, five of a count (3GPP TS 24.008 10.5.7.3, 10.5.7.4a).

use heapless::String;

/// Units of the periodic update (T3412 extended), by their code, in seconds.
const UPDATE_UNITS_S: [(u8, u32); 7] = [(3, 2), (4, 30), (5, 60), (0, 600), (1, 3_600), (2, 36_000), (6, 1_152_000)];
/// Units of the active time (T3324), by their code, in seconds.
const ACTIVE_UNITS_S: [(u8, u32); 3] = [(0, 2), (1, 60), (2, 360)];

/// The periodic update of at least `seconds`; `None` above 31 times 320 hours.
#[must_use]
pub fn periodic_update(seconds: u32) -> Option<String<8>> {
    encode(seconds, &UPDATE_UNITS_S)
}

/// The active time of at least `seconds`; `None` above 31 times 6 minutes.
#[must_use]
pub fn active_time(seconds: u32) -> Option<String<8>> {
    encode(seconds, &ACTIVE_UNITS_S)
}

fn encode(seconds: u32, units: &[(u8, u32)]) -> Option<String<8>> {
    let (code, count) = units.iter().map(|(code, unit)| (*code, seconds.div_ceil(*unit))).find(|(_, n)| *n <= 31)?;
    let value = u32::from(code) << 5 | count;
    let mut digits = String::new();
    for bit in (0..8).rev() {
        digits.push(if value >> bit & 1 == 1 { '1' } else { '0' }).ok()?;
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_unit_that_holds_it_is_taken() {
        assert_eq!(periodic_update(60).unwrap(), "01111110", "30 times 2 s");
        assert_eq!(periodic_update(3_600 * 3).unwrap(), "00010010", "18 times 10 min");
        assert_eq!(periodic_update(3_600 * 24).unwrap(), "00111000", "24 times 1 h");
        assert_eq!(active_time(16).unwrap(), "00001000", "8 times 2 s");
        assert_eq!(active_time(600).unwrap(), "00101010", "10 times 1 min");
        assert_eq!((active_time(11_161), periodic_update(u32::MAX)), (None, None));
    }
}
