//! A start takes its memory once: the longest backlog of the largest partition fits the image's heap beside what else is
//! there.

use allocation_counter::measure;
use device::{HEAP_BYTES, settings::MAX_SETTINGS};
use node::{
    Boot, Change, Config, Draft, Node, Now, Stamp, Store as _,
    flash::{FlashStore, SECTOR, SLOTS_A_SECTOR, capacity},
};
use protocol::record::PowerStatus;
use simulators::flash::SimFlash;

/// The image's partition of 1 MiB (`firmware/esp32c3/partitions.csv`).
const SECTORS: usize = 256;
/// What an update holds: a sector while it is fetched, and twice 2 KiB for a moment.
const UPDATE: usize = SECTOR + 2 * 2_048;
/// Texts of the device's life and for a moment: names, topics, configurations, reports.
const TEXTS: usize = 8 * 1_024;
/// What is left for the queue and its store.
const ROOM: usize = HEAP_BYTES - MAX_SETTINGS - UPDATE - TEXTS;
/// One list of eight bytes a slot, and the id.
const ONE_LIST: usize = 8 * SECTORS * SLOTS_A_SECTOR + 256;

fn config() -> Config {
    Config {
        device_id: "d-1".into(),
        latitude_e6: 28_179_930,
        longitude_e6: 77_297_320,
        phases: 1,
        first_sequence: 1,
        heartbeat_s: 900,
        first_heartbeat_s: 900,
        debounce_ms: 200,
        queue_limit: capacity(SECTORS),
        window: 4,
        resend_ms: 10_000,
        resend_max_ms: 60_000,
        contract: String::new(),
        receipt_keys: Vec::new(),
    }
}

#[test]
fn a_start_with_a_full_ring_takes_one_list_and_fits_the_heap() {
    let (flash, count) = (SimFlash::erased(SECTORS), capacity(SECTORS) as u64);
    let (mut store, _) = FlashStore::open(flash.clone(), 0, SECTORS, &config()).unwrap();
    for sequence in 1..=count {
        let stamp = Stamp::Known { unix_s: 1_000_000 + 900 * sequence, quality: None };
        let power_status = PowerStatus::On;
        let draft = Draft { dropped: None, phases: None, power_status, previous_sequence: None, sequence, stamp };
        store.keep(Change::Made(draft));
    }
    assert_eq!(store.check(), Ok(()));

    let (config, mut backlog) = (config(), 0);
    let counted = measure(|| {
        let (mut store, resume) = FlashStore::open(flash.clone(), 0, SECTORS, &config).unwrap();
        let boot = Boot { mains: PowerStatus::Off.into(), since_unix_s: None, now: Now::unknown(0) };
        let mut node = Node::start(config, resume, boot, &mut store).unwrap();
        node.reserve();
        backlog = node.backlog();
    });
    assert_eq!(backlog, capacity(SECTORS), "the newest took the place of the oldest");
    let peak = counted.bytes_max as usize;
    assert!(peak <= ROOM, "{peak} bytes at a time where {ROOM} are left");
    assert!(peak <= ONE_LIST, "{peak} bytes at a time, where one list has {ONE_LIST}");
}
