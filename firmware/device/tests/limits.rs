//! Every limit stands in the `limits.rs` of its crate and in the table of `docs/firmware.md`, with the same value.

use std::collections::BTreeMap;

const DOCUMENTATION: &str = include_str!("../../../docs/firmware.md");
const SOURCES: [(&str, &str); 5] = [
    ("node", include_str!("../../node/src/limits.rs")),
    ("orders", include_str!("../../orders/src/limits.rs")),
    ("device", include_str!("../src/limits.rs")),
    ("sim7020", include_str!("../../sim7020/src/limits.rs")),
    ("atecc608", include_str!("../../atecc608/src/limits.rs")),
];

macro_rules! values {
    ($($part:ident: $($limit:ident)*;)*) => {
        [$($((concat!(stringify!($part), "::", stringify!($limit)), $part::limits::$limit as u64),)*)*]
    };
}

/// As the compiler knows them.
fn compiled() -> BTreeMap<String, u64> {
    let values = values! {
        node: MAX_RECORD_BYTES MAX_RECEIPT_BYTES MAX_DEVICE_ID MAX_INTEGER MAX_QUEUE MAX_LOSSES MAX_WINDOW MAX_RECEIPT_KEYS
            MAX_DEBOUNCE_MS MAX_HEARTBEAT_S MAX_RESEND_MS SECTOR MIN_SECTORS MAX_SECTORS;
        orders: MAX_MANIFEST_BYTES MAX_CONFIGURATION_BYTES MAX_REPORT_BYTES MAX_ANSWER MAX_BOARD MAX_CONTRACT MAX_HOST
            MAX_KEYS MAX_COUNTED_ID MAX_REFUSAL MAX_RESET MAX_RELEASE_KEYS MAX_IMAGE_SECTORS MAX_TRIES CONFIRM_MS MAX_RETRY_PAUSE_MS
            MAX_ASK_MS;
        device: HEAP_BYTES MAX_SETTINGS MAX_TEXT MAX_PART MAX_ERASED MAX_LINE MAX_REQUEST HOLD_UP_MS RECEIPT_SILENCE_MS
            REPORT_AGAIN_MS WATCHDOG_MS LINK_SILENCE_MS GOT_SILENCE_MS MAX_WAITING MAX_DRAWS;
        sim7020: MAX_LINE MAX_COMMAND MAX_PAYLOAD MAX_DATAGRAM MAX_SOCKETS MAX_TOPIC MAX_TOPICS MAX_CHUNK MAX_CERTIFICATE
            MAX_READ MAX_HOST MAX_CLIENT_ID MAX_LOGIN MAX_APN MAX_KEEP_ALIVE_S MAX_SEARCH_PAUSE_S PROBES REGISTER_MS MAX_PAUSE_MS
            TIME_SERVER_WAIT_MS TIME_SERVER_HOLDS_MS;
        atecc608: MAX_COMMAND MAX_ANSWER TRIES MAX_WAIT_US MAX_COUNT;
    };
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Rows of the table: `| `crate::LIMIT` | 1,024 | … |`.
fn documented() -> BTreeMap<String, u64> {
    let section = DOCUMENTATION.split("\n## ").find(|section| section.starts_with("Limits\n")).expect("a section");
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let (name, value) = (cells.next()?.strip_suffix('`')?, cells.next()?);
        let reason = cells.next().and_then(|rest| rest.strip_suffix(" |")).unwrap_or_default();
        assert!(!reason.is_empty(), "{name} guards against nothing");
        Some((name.to_owned(), value.replace(',', "").parse().expect("a number")))
    });
    rows.collect()
}

#[test]
fn every_limit_is_documented_with_its_value() {
    assert_eq!(documented(), compiled());
}

#[test]
fn no_limit_is_left_out() {
    let compiled = compiled();
    for (part, source) in SOURCES {
        let names = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
        let names: Vec<String> = names.map(|name| format!("{part}::{name}")).collect();
        assert!(names.len() >= 5, "{part}");
        let missing: Vec<_> = names.iter().filter(|name| !compiled.contains_key(*name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
