//! Which fuses are burnt, in which order, and why: ESP-IDF's "Security Features Enablement Workflows" for a host, flash
//! encryption first and Secure Boot v2 second, since the second forbids to read-protect any further key.

use std::path::Path;

use super::Digest;

/// The block of the flash's key.
pub const FLASH_KEY_BLOCK: usize = 0;
/// `KEY_PURPOSE_n` of an XTS-AES-128 key.
const XTS_AES_128: u32 = 4;
/// `KEY_PURPOSE_n` of the first digest; the others follow.
const SECURE_BOOT_DIGEST0: u32 = 9;
/// Bits of `WR_DIS`.
const WR_DIS_RD_DIS: u32 = 1;
const WR_DIS_DIS_ICACHE: u32 = 1 << 2;
const WR_DIS_PURPOSE0: u32 = 1 << 8;
const WR_DIS_KEY0: u32 = 1 << 23;

/// One command, and what it leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What `espefuse` is told, after chip and port.
    pub arguments: Vec<String>,
    /// Bits that are set, by fuse.
    pub burns: Vec<(&'static str, u32)>,
    /// The block that gets a key, if any.
    pub block: Option<usize>,
    /// Why.
    pub reason: &'static str,
}

/// What the key blocks that the plan may use are for.
pub const PURPOSES: [&str; 4] = ["KEY_PURPOSE_0", "KEY_PURPOSE_1", "KEY_PURPOSE_2", "KEY_PURPOSE_3"];
const REVOKES: [&str; 3] = ["SECURE_BOOT_KEY_REVOKE0", "SECURE_BOOT_KEY_REVOKE1", "SECURE_BOOT_KEY_REVOKE2"];
const DEBUG: [(&str, u32); 5] = [
    ("DIS_DOWNLOAD_ICACHE", 1),
    ("DIS_DOWNLOAD_MANUAL_ENCRYPT", 1),
    ("DIS_PAD_JTAG", 1),
    ("DIS_USB_JTAG", 1),
    ("DIS_DIRECT_BOOT", 1),
];

/// Every step for a blank chip.
#[must_use]
pub fn steps(flash_key: &Path, digests: &[Digest]) -> Vec<Step> {
    let mut steps = vec![burn_key(
        FLASH_KEY_BLOCK,
        flash_key,
        "XTS_AES_128_KEY",
        XTS_AES_128,
        "the key that flash is encrypted with: made for this chip alone, never readable again; delete its file once \
         the flash is written",
    )];
    steps.push(burn(
        &[("SPI_BOOT_CRYPT_CNT", 7)],
        "all three bits: flash is read through that key, and it cannot be turned off",
    ));
    steps.push(burn(
        &DEBUG,
        "no plain flash in download mode, no encrypting for whoever holds the board, no JTAG on pins or USB, no boot \
         that passes the boot loader by",
    ));
    steps.push(protect(
        "DIS_ICACHE",
        WR_DIS_DIS_ICACHE,
        "the fuses of that group stay as they are: a cache that is switched off later would be a brick",
    ));
    for (number, digest) in digests.iter().enumerate() {
        steps.push(burn_key(
            FLASH_KEY_BLOCK + 1 + number,
            &digest.path,
            ["SECURE_BOOT_DIGEST0", "SECURE_BOOT_DIGEST1", "SECURE_BOOT_DIGEST2"][number],
            SECURE_BOOT_DIGEST0 + number as u32,
            "whose signature a boot loader must have; it stays readable, the chip compares with it",
        ));
    }
    let unused: Vec<(&str, u32)> = REVOKES[digests.len()..].iter().map(|name| (*name, 1)).collect();
    if !unused.is_empty() {
        steps.push(burn(&unused, "slots without a digest: nobody can put one of his own there"));
    }
    steps.push(burn(&[("SECURE_BOOT_EN", 1)], "from now on only what is signed starts"));
    steps.push(protect(
        "RD_DIS",
        WR_DIS_RD_DIS,
        "no further block can be hidden: a digest that cannot be read would be a brick",
    ));
    steps.push(burn(
        &[("ENABLE_SECURITY_DOWNLOAD", 1)],
        "last: download mode can write flash and nothing else; fuses can be neither read nor burnt over the line any more",
    ));
    steps
}

fn burn(fuses: &[(&'static str, u32)], reason: &'static str) -> Step {
    let words = fuses.iter().flat_map(|(name, value)| [(*name).to_owned(), value.to_string()]);
    let arguments = ["burn-efuse".to_owned()].into_iter().chain(words).collect();
    Step { arguments, burns: fuses.to_vec(), block: None, reason }
}

fn protect(name: &str, bit: u32, reason: &'static str) -> Step {
    let arguments = vec!["write-protect-efuse".into(), name.into()];
    Step { arguments, burns: vec![("WR_DIS", bit)], block: None, reason }
}

/// A key with its purpose; espefuse write-protects both, and read-protects what only hardware may read.
fn burn_key(block: usize, file: &Path, purpose: &str, number: u32, reason: &'static str) -> Step {
    let protected = WR_DIS_KEY0 << block | WR_DIS_PURPOSE0 << block;
    let mut burns = vec![(PURPOSES[block], number), ("WR_DIS", protected)];
    if number == XTS_AES_128 {
        burns.push(("RD_DIS", 1 << block));
    }
    let name = format!("BLOCK_KEY{block}");
    let arguments = vec!["burn-key".into(), name, file.display().to_string(), purpose.into()];
    Step { arguments, burns, block: Some(block), reason }
}
