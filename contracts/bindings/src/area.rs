//! An area's identifier as the contracts spell it.

use alloy::primitives::B256;

use crate::Error;

/// An `area_id` of 1 to 31 bytes of a-z, 0-9 and `-` as the contracts take it: left-aligned, padded with zeros.
pub fn area_to_bytes32(area_id: &str) -> Result<B256, Error> {
    let bytes = area_id.as_bytes();
    if bytes.is_empty() || bytes.len() > 31 || !bytes.iter().all(is_allowed) {
        return Err(Error::InvalidAreaId(area_id.to_owned()));
    }
    Ok(B256::right_padding_from(bytes))
}

/// The `area_id` from what a contract says; anything that [`area_to_bytes32`] does not write is refused.
pub fn area_from_bytes32(area: B256) -> Result<String, Error> {
    let length = area.iter().position(|byte| *byte == 0).unwrap_or(32);
    std::str::from_utf8(&area[..length])
        .ok()
        .filter(|area_id| area_to_bytes32(area_id).is_ok_and(|bytes| bytes == area))
        .map(str::to_owned)
        .ok_or_else(|| Error::InvalidAreaId(area.to_string()))
}

fn is_allowed(byte: &u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_an_area_as_the_contracts_do() {
        let bytes = area_to_bytes32("ambala-1").unwrap();
        assert_eq!(bytes.to_string(), format!("0x616d62616c612d31{}", "0".repeat(48)));
        assert_eq!(area_from_bytes32(bytes).unwrap(), "ambala-1");
        let longest = "z".repeat(31);
        assert_eq!(area_from_bytes32(area_to_bytes32(&longest).unwrap()).unwrap(), longest);
    }

    #[test]
    fn refuses_other_spellings() {
        for area_id in ["", "Ambala", "a_b", "a b", "é", "a\0", &"z".repeat(32)] {
            assert!(matches!(area_to_bytes32(area_id), Err(Error::InvalidAreaId(_))), "{area_id:?}");
        }
        let mut gap = [0; 32];
        gap[0] = b'a';
        gap[2] = b'b';
        for area in [[0; 32], [b'z'; 32], [0xff; 32], gap] {
            assert!(matches!(area_from_bytes32(area.into()), Err(Error::InvalidAreaId(_))), "{area:?}");
        }
    }
}
