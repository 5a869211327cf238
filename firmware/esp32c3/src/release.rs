//! What this image is: its board, its release and whose releases it takes, given when it is built. Without a release
//! key it takes none.

use alloc::vec::Vec;

use esp_hal::rtc_cntl::SocResetReason;
use orders::Running;
use protocol::key::PublicKey;

use crate::console::RELEASE;

/// The board. Also the image's project name, by which a device knows that an image is for it.
pub const BOARD: &str = "esp32c3-atecc608-sim7020";
/// Goes up when an image must never be replaced by an older one.
pub const SECURITY_VERSION: u32 = match option_env!("POWER_TRACKER_SECURITY_VERSION") {
    Some(version) => number(version) as u32,
    None => 0,
};
/// Public release keys, 130 hex digits each, with a space between.
const RELEASE_KEYS: &str = match option_env!("POWER_TRACKER_RELEASE_KEYS") {
    Some(keys) => keys,
    None => "",
};

/// Digits to a number; anything else does not compile.
const fn number(text: &str) -> u64 {
    let (bytes, mut at, mut number) = (text.as_bytes(), 0, 0);
    assert!(!bytes.is_empty(), "a number is needed");
    while at < bytes.len() {
        assert!(bytes[at].is_ascii_digit(), "a number has digits only");
        number = number * 10 + (bytes[at] - b'0') as u64;
        at += 1;
    }
    number
}

/// What the running image knows of itself; none where its keys are no keys.
pub fn running(slot: usize) -> Option<Running> {
    const NUMBER: u64 = number(RELEASE);
    let keys = RELEASE_KEYS.split_ascii_whitespace().map(PublicKey::from_hex).collect::<Result<Vec<_>, _>>().ok()?;
    Some(Running { board: BOARD, release: NUMBER, security_version: SECURITY_VERSION.into(), release_keys: keys, slot })
}

/// Why the chip started, for the self-test report.
pub fn reset() -> &'static str {
    match esp_hal::system::reset_reason() {
        Some(SocResetReason::ChipPowerOn) => "power-on",
        Some(SocResetReason::CoreSw | SocResetReason::Cpu0Sw) => "software",
        Some(SocResetReason::SysBrownOut | SocResetReason::CorePwrGlitch) => "brown-out",
        Some(SocResetReason::CoreRtcWdt | SocResetReason::Cpu0RtcWdt | SocResetReason::SysRtcWdt) => "watchdog",
        Some(_) => "other",
        None => "unknown",
    }
}
