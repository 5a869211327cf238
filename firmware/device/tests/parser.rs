//! The settings' parser alone: whatever lies in the partition, it says yes or no.

use device::settings::{device_id, parse, seal};
use proptest::prelude::*;

proptest! {
    #[test]
    fn nothing_makes_it_fall(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(parse(&bytes, 100, &["t"]).is_err());
        prop_assert!(device_id(&bytes).is_err());
    }

    /// Whole texts of lines that look like settings: no line of nonsense is taken.
    #[test]
    fn sealed_nonsense_is_named(
        lines in proptest::collection::vec("(device_id|port|latitude_e6|login|receipt_keys|x)?=?[ -~é]{0,20}", 0..20),
    ) {
        let sealed = seal(&lines.join("\n"));
        prop_assert!(parse(sealed.as_bytes(), 100, &["t"]).is_err(), "{}", sealed);
    }
}
