//! Schedules of clocks that distribution companies have, ready to be set: `contracts/presets/clocks.json`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Seconds that an official has, by class.
pub type Schedule = BTreeMap<String, u32>;

static SCHEDULES: LazyLock<BTreeMap<String, Schedule>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../presets/clocks.json")).expect("a test reads it"));

/// The schedules by name, say `tgspdcl-town`.
#[must_use]
pub fn schedules() -> &'static BTreeMap<String, Schedule> {
    &SCHEDULES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typed_data::name_to_bytes32;

    #[test]
    fn the_presets_can_be_set() {
        let schedules = schedules();
        assert_eq!(schedules["tgspdcl-town"]["fuse"], 4 * 3_600);
        assert_eq!(schedules["tgspdcl-rural"]["transformer"], 48 * 3_600);
        assert_eq!(schedules["meghalaya-rural"]["transformer"], 72 * 3_600);
        for (name, schedule) in schedules {
            assert!(name_to_bytes32(name).is_ok() && !schedule.is_empty(), "{name}");
            for (class, seconds) in schedule {
                assert!(name_to_bytes32(class).is_ok() && *seconds >= 3_600, "{name}: {class}");
                let rural = &schedules[&name.replace("-town", "-rural")];
                assert!(rural[class] >= *seconds, "{class}: a village is given less time than a town");
            }
        }
    }
}
