//! A small scenario, and where the large one is.

use std::path::{Path, PathBuf};

/// How far the small scenario lies behind the clock.
pub const SHIFT_S: u64 = 3 * 86_400;
pub const HOUSES: usize = 5;

/// Ten devices on five feeders of one area, names with commas, quotes and worse. Each feeder has outages in the past,
/// one an hour, and one that begins `live_in_s` from now and lasts 2 s; the last feeder is in an outage that began
/// long before any window. An outage a week ahead makes the shift three days.
pub fn write_scenario(dir: &Path, now_unix_s: u64, live_in_s: u64) {
    let mut devices = csv::Writer::from_path(dir.join("devices.csv")).unwrap();
    let mut outages = csv::Writer::from_path(dir.join("outages.csv")).unwrap();
    devices
        .write_record(
            "device_id,district,feeder,locality,area_id,station_id,kind,parent,customers,latitude_e6,longitude_e6,position"
                .split(','),
        )
        .unwrap();
    outages.write_record(["device_id", "off_unix_s", "on_unix_s", "remark"]).unwrap();
    let base = now_unix_s - SHIFT_S;
    for feeder in 0..HOUSES {
        let (top, house) = (format!("t-{feeder}"), format!("h-{feeder}"));
        let name = format!("CITY-II \"MAIN\", {feeder} (U)");
        for (id, kind, parent) in [(&top, "transformer", ""), (&house, "house", top.as_str())] {
            let position = ["28179930", "77297320", "invented"];
            let row =
                [id, "Palwal", &name, "Adarsh \u{200b}Colony, \"A\"", "palwal-3", "palwal-3-s4", kind, parent, "7"];
            devices.write_record(row.iter().chain(&position)).unwrap();
            let mut add = |off: u64, on: u64| {
                outages.write_record([id, &off.to_string(), &on.to_string(), "a, \"remark\""]).unwrap();
            };
            if feeder == HOUSES - 1 {
                add(base - 40 * 3600, base + live_in_s);
            } else {
                for hour in (1..=30).rev() {
                    add(base - hour * 3600, base - hour * 3600 + 600 + feeder as u64);
                }
                add(base + live_in_s, base + live_in_s + 2);
            }
            add(base + 7 * 86_400 + 50, base + 7 * 86_400 + 100);
        }
    }
    devices.flush().unwrap();
    outages.flush().unwrap();
}

/// Where Haryana's files are, if they are anywhere.
pub fn haryana() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/haryana");
    let dir = std::env::var_os("HARYANA_DIR").map_or(beside, PathBuf::from);
    if dir.join("devices.csv").exists() {
        return Some(dir);
    }
    eprintln!("LEFT OUT: the replay of Haryana's outages: no files in {} (see HARYANA_DIR)", dir.display());
    None
}
