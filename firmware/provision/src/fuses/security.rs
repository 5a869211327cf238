//! What a chip says of its security once its fuses can no longer be read: the output of `esptool get-security-info`.

use super::plan::PURPOSES;

/// The fuses among the flags, from bit 0 on, as the chip's ROM and esptool 5.6 have them. Those of JTAG and caches follow
/// and are not looked at: the vendor does not say which of several fuses they stand for.
pub const FLAGS: [&str; 6] = [
    "SECURE_BOOT_EN",
    "SECURE_BOOT_AGGRESSIVE_REVOKE",
    "ENABLE_SECURITY_DOWNLOAD",
    "SECURE_BOOT_KEY_REVOKE0",
    "SECURE_BOOT_KEY_REVOKE1",
    "SECURE_BOOT_KEY_REVOKE2",
];

/// Why an output is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecurityError {
    /// A line that must be there is not, or has no number.
    #[error("not what `esptool get-security-info` prints: no line \"{0}\" with its numbers")]
    Line(&'static str),
}

/// What the chip says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityInfo {
    flags: u32,
    purposes: Vec<u32>,
    crypt_count: u32,
}

impl SecurityInfo {
    /// From what esptool printed; other lines are passed over.
    ///
    /// # Errors
    /// [`SecurityError`].
    pub fn parse(text: &str) -> Result<Self, SecurityError> {
        let after = |start: &'static str| {
            text.lines().find_map(|line| line.trim().strip_prefix(start)).ok_or(SecurityError::Line(start))
        };
        let hexadecimal = |start: &'static str| {
            let digits = after(start)?.split_whitespace().next().and_then(|word| word.strip_prefix("0x"));
            digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or(SecurityError::Line(start))
        };
        let list = after("Key Purposes: ")?.trim_matches(['(', ')', '[', ']']);
        let purposes: Option<Vec<u32>> = list.split(',').map(|number| number.trim().parse().ok()).collect();
        let purposes = purposes.filter(|purposes| purposes.len() >= PURPOSES.len());
        Ok(Self {
            flags: hexadecimal("Flags: ")?,
            purposes: purposes.ok_or(SecurityError::Line("Key Purposes: "))?,
            crypt_count: hexadecimal("SPI Boot Crypt Count (SPI_BOOT_CRYPT_CNT): ")?,
        })
    }

    /// A fuse by its name; 0 for one that is not in it.
    #[must_use]
    pub fn value(&self, name: &str) -> u32 {
        let flag = FLAGS.iter().position(|flag| *flag == name).map(|bit| self.flags >> bit & 1);
        let purpose = PURPOSES.iter().position(|purpose| *purpose == name).map(|block| self.purposes[block]);
        let count = (name == "SPI_BOOT_CRYPT_CNT").then_some(self.crypt_count);
        flag.or(purpose).or(count).unwrap_or(0)
    }
}
