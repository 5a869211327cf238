//! The board's tables: pins and partitions as the code has them, as the documentation says them.

use std::collections::{BTreeMap, BTreeSet};

const PINS: &str = include_str!("../../esp32c3/src/pins.rs");
const PARTITIONS: &str = include_str!("../../esp32c3/partitions.csv");
const PARTS: &str = include_str!("../../../docs/firmware-parts.csv");
const DOCUMENTATION: &str = include_str!("../../../docs/firmware.md");

#[test]
fn the_documented_pins_are_the_codes() {
    let code: BTreeMap<&str, &str> = PINS
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(": $chip."))
        .map(|(name, pin)| (pin, name))
        .collect();
    let documented: BTreeMap<&str, &str> = DOCUMENTATION
        .lines()
        .filter(|line| line.starts_with("| GPIO"))
        .filter_map(|line| {
            let (pin, rest) = line.trim_start_matches("| ").split_once(" | ")?;
            Some((pin, rest.split(':').next()?))
        })
        .collect();
    assert_eq!(code.len(), 10);
    assert_eq!(documented, code);
}

#[test]
fn the_parts_list_names_every_pin_and_no_other() {
    let code: BTreeSet<&str> = PINS
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(": $chip."))
        .map(|(_, pin)| pin)
        .collect();
    let rows: Vec<&str> = PARTS.lines().skip(1).collect();
    let pins = |row: &&str| row.rsplit(',').next().unwrap_or("").split(' ').map(str::to_owned).collect::<Vec<_>>();
    // The controller has all of them, and each goes somewhere else too.
    let (controller, others) = rows.split_first().unwrap();
    assert!(controller.contains("ESP32-C3"));
    let on_controller: BTreeSet<String> = pins(controller).into_iter().collect();
    assert_eq!(on_controller.iter().map(String::as_str).collect::<BTreeSet<_>>(), code);
    let elsewhere: BTreeSet<String> = others.iter().flat_map(pins).filter(|pin| !pin.is_empty()).collect();
    assert_eq!(elsewhere, on_controller);
    for part in ["ATECC608", "SIM7020E", "H11AA1"] {
        assert!(rows.iter().any(|row| row.contains(part)), "{part}");
    }
}

#[test]
fn the_partitions_fit_the_flash_and_hold_what_the_code_expects() {
    let number = |text: &str| usize::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
    let mut end = 0x9000;
    let mut sizes = BTreeMap::new();
    for line in PARTITIONS.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let (offset, size) = (number(fields[3]), number(fields[4]));
        assert!(offset >= end, "{line} overlaps the one before");
        if fields[1] == "app" {
            assert_eq!(offset % 0x10000, 0, "{line} begins at 64 KiB");
        }
        end = offset + size;
        sizes.insert(fields[0], (offset, size, fields[5]));
    }
    assert!(end <= 4 * 1024 * 1024);
    let (offset, size, flags) = sizes["queue"];
    let sectors = size / node::flash::SECTOR;
    assert!((node::flash::MIN_SECTORS..=node::flash::MAX_SECTORS).contains(&sectors));
    assert!(node::flash::capacity(sectors) <= node::MAX_QUEUE && flags.is_empty() && offset % 4096 == 0);
    assert_eq!((sizes["settings"].0, sizes["settings"].1), (0x9000, device::settings::MAX_SETTINGS));
    assert!(DOCUMENTATION.contains("write-flash 0x9000"));
    assert_eq!(sizes["ota_0"].1, sizes["ota_1"].1);
}
