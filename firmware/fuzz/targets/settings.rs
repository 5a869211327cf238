//! A settings partition, as it comes and with its checksum in place, which chance does not find.

#![no_main]

use device::settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let topics = ["power/v1/receipts/d", "power/v1/orders/d/+"];
    let _ = settings::parse(input, 100, &topics);
    let Ok(text) = std::str::from_utf8(input) else { return };
    let sealed = settings::seal(text);
    if let Ok(settings) = settings::parse(sealed.as_bytes(), 100, &topics) {
        assert_eq!(settings::device_id(sealed.as_bytes()), Ok(settings.node.device_id.as_str()));
        let _ = (settings.node.check(), settings.modem.check());
    }
});
