//! A cheap proof of effort for what the service pays for: it keeps one computer from spending everybody's share.

use crate::{Hash, digest};

/// Leading zero bits of SHA-256 over the digest that was signed and a number of 8 bytes, big endian.
#[must_use]
pub fn effort_bits(signed: &Hash, number: u64) -> u32 {
    let mut bytes = [0; 40];
    bytes[..32].copy_from_slice(signed);
    bytes[32..].copy_from_slice(&number.to_be_bytes());
    let hash = digest(&bytes);
    let zeros = hash.iter().take_while(|byte| **byte == 0).count();
    let next = hash.get(zeros).map_or(0, |byte| byte.leading_zeros());
    8 * u32::try_from(zeros).unwrap_or(u32::MAX / 8) + next
}

/// The smallest number with at least so many bits: each bit takes twice as long.
#[must_use]
pub fn find_effort(signed: &Hash, bits: u32) -> u64 {
    (0..u64::MAX).find(|number| effort_bits(signed, *number) >= bits).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_across_bytes() {
        let signed = [7; 32];
        let number = find_effort(&signed, 12);
        assert!(effort_bits(&signed, number) >= 12);
        assert!((0..number).all(|earlier| effort_bits(&signed, earlier) < 12));
        assert!(effort_bits(&[8; 32], number) < 12, "an effort is for one statement");
        assert_eq!(effort_bits(&[0; 32], 0), digest(&[0; 40])[0].leading_zeros());
    }
}
