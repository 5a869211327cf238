//! What a device's reports cost, computed from the constants of node, modem driver and format; how long a signed record
//! takes; what ten thousand whole devices take in one process. Figures are JSON lines; exit status 1 where a limit is
//! missed.

mod many;
mod signing;

use std::process::ExitCode;

use device::{HOLD_UP_MS, RECEIPTS_TOPIC, RECORDS_TOPIC, settings};
use node::flash::{self, SLOTS_A_SECTOR};
use orders::{
    Manifest, Report, SECTOR,
    topics::{BLOCK, ORDERS_TOPIC, RELEASE, REPORTS_TOPIC, REQUESTS_TOPIC},
    transfer::{ALL, MAX_ANSWER, Request},
};
use protocol::{
    key::Signature,
    receipt::Receipt,
    record::{MAX_RECORD_BYTES, Phases, PowerStatus, Record, Statement, TimeQuality},
};
use sim7020::command::Command;

/// A device id of 24 characters, the longest with which a report must be short.
const ID: &str = "transformer-0123456789ab";
/// Edges a day, beside the heartbeats: three outages.
const EDGES_A_DAY: u64 = 6;
/// Fifteen minutes: the roster's default.
const HEARTBEAT_S: u64 = 900;
/// TLS record (29) and TCP/IP (40), each way.
const OVERHEAD_BYTES: u64 = 69;
/// Of one CoAP request: DTLS record with nonce and tag (29), CoAP header, token, marker (9), UDP/IP (28);
/// firmware/coap/tests/libcoap.rs holds all but the last against real datagrams.
const COAP_BYTES: u64 = 29 + 9 + 28;
/// Its answer, without a payload: DTLS, header and token, UDP/IP.
const COAP_ANSWER_BYTES: u64 = 29 + 8 + 28;
/// A handshake with a shared key both ways, once a day: the bound that firmware/coap/tests/libcoap.rs holds; measured it
/// is 828.
const COAP_HANDSHAKE_BYTES: u64 = 900;
/// The modem at work, in watts: an estimate for poor coverage, to be measured on hardware.
const MODEM_WATTS: f64 = 0.6;
/// Sectors of the queue in `firmware/esp32c3/partitions.csv`.
const QUEUE_SECTORS: usize = 256;
/// Bytes of a slot in `firmware/esp32c3/partitions.csv`: the largest image.
const SLOT_BYTES: usize = 0x17_0000;

fn record(device_id: &str, all_fields: bool) -> Record {
    let most = protocol::MAX_INTEGER;
    let statement = Statement {
        device_id: device_id.into(),
        dropped: all_fields.then_some((most - 3, most - 2)),
        latitude_e6: -89_594_095,
        longitude_e6: -179_137_566,
        phases: all_fields.then_some(Phases::NONE),
        power_status: PowerStatus::Off,
        previous_sequence: all_fields.then_some(most - 4),
        sequence: if all_fields { most } else { 4_000_000 },
        time_quality: all_fields.then_some(TimeQuality::CountedBack),
        timestamp_unix_s: if all_fields { most } else { 1_795_400_000 },
    };
    let signature = Signature::from_bytes(&[1; 64]).expect("a signature in range");
    Record { statement, device_signature: signature }
}

/// What one message costs on the air: topic and MQTT header, and its acknowledgement the other way.
fn on_air(topic: &str, payload: usize) -> u64 {
    let publish = 2 + 2 + topic.len() as u64 + 2 + payload as u64;
    publish + OVERHEAD_BYTES + 4 + OVERHEAD_BYTES
}

/// A record put by CoAP with its receipt as the answer's payload.
fn on_air_by_coap(sequence: u64, payload: usize) -> u64 {
    let path = format!("{RECORDS_TOPIC}{ID}/{sequence}");
    let parts: usize = path.split('/').map(|part| part.len() + if part.len() > 12 { 2 } else { 1 }).sum();
    COAP_BYTES + parts as u64 + payload as u64 + COAP_ANSWER_BYTES + 1 + receipt_bytes() as u64
}

fn receipt_bytes() -> usize {
    let receipt: Receipt = Receipt {
        anchored_by_unix_s: 1_795_400_000,
        contract: "eip155:31337:0x00000000000000000000000000000000000000aa".into(),
        device_id: ID.into(),
        sequence: 4_000_000,
    };
    receipt.to_signed_bytes(&Signature::from_bytes(&[1; 64]).expect("a signature in range")).len()
}

/// A message that is not acknowledged.
fn on_air_once(topic: &str, payload: usize) -> u64 {
    on_air(topic, payload) - 4 - OVERHEAD_BYTES - 2
}

/// The largest image: its manifest, a request for every sector, and the blocks.
fn update_bytes() -> u64 {
    let sectors = SLOT_BYTES.div_ceil(SECTOR);
    let request = Request { missing: ALL, release: 100, sector: sectors - 1 };
    let request = on_air(&format!("{REQUESTS_TOPIC}{ID}"), request.to_bytes().len());
    let image = vec![0; SECTOR];
    let answers = Request { missing: ALL, release: 100, sector: 0 }.answers(&image);
    let topic = format!("{ORDERS_TOPIC}{ID}/{BLOCK}");
    let blocks: u64 = answers.map(|answer| on_air_once(&topic, answer.len())).sum();
    on_air(&format!("{ORDERS_TOPIC}{ID}/{RELEASE}"), Manifest::MAX_BYTES) + sectors as u64 * (request + blocks)
}

fn report_bytes() -> usize {
    let report = Report {
        backlog: 1,
        chip_failures: 0,
        chip_serial: [1; 9],
        chip_locked: 1,
        clock_steps: 0,
        configuration: 12,
        device_id: ID.into(),
        exhausted: Some(0),
        lost: 0,
        momentary: Some(12),
        refused: 0,
        refusal: "none".into(),
        release: 12,
        reset: "power-on".into(),
        security_version: 1,
        signal: 18,
        slot: 1,
        timestamp_unix_s: 1_795_400_000,
        uptime_s: 864_000,
    };
    report.to_signed_bytes(&Signature::from_bytes(&[1; 64]).expect("a signature in range")).len()
}

fn figure(name: &str, value: f64, unit: &str, limit: Option<f64>) -> bool {
    let limit_text = limit.map_or(String::new(), |limit| format!(",\"limit\":{limit}"));
    println!("{{\"name\":\"{name}\",\"value\":{value},\"unit\":\"{unit}\",\"better\":\"lower\"{limit_text}}}");
    limit.is_none_or(|limit| value <= limit)
}

fn many_are_right(many: &many::Figures) -> bool {
    let devices = many::DEVICES;
    figure(&format!("{devices} whole devices: seconds for seven minutes of theirs"), many.seconds, "s", None);
    figure("times real time, that is", many.times_real, "", None);
    figure("memory of a whole device", many.bytes_a_device, "bytes", None);
    figure("devices that told the outage wrong", many.wrong as f64, "devices", Some(0.0))
}

/// As a site's settings have it.
fn node_config() -> node::Config {
    node::Config {
        device_id: ID.into(),
        latitude_e6: 25_594_095,
        longitude_e6: 85_137_566,
        phases: settings::PHASES,
        first_sequence: 1,
        heartbeat_s: HEARTBEAT_S,
        first_heartbeat_s: HEARTBEAT_S,
        debounce_ms: settings::DEBOUNCE_MS,
        queue_limit: flash::capacity(8),
        window: settings::WINDOW,
        resend_ms: settings::RESEND_MS,
        resend_max_ms: settings::RESEND_MAX_MS,
        contract: "eip155:31337:0x00000000000000000000000000000000000000aa".into(),
        receipt_keys: Vec::new(),
    }
}

fn main() -> ExitCode {
    let report = record(ID, false).to_bytes();
    let mut phases = record(ID, false);
    phases.statement.phases = Some(Phases::NONE);
    let longest = record(&"x".repeat(64), true).to_bytes();
    let mut command = String::new();
    let topic = format!("{RECORDS_TOPIC}{ID}");
    let written = Command::MqttPublish { topic: &topic, payload: &report }.write(&mut command);
    let reports = (86_400 / HEARTBEAT_S + EDGES_A_DAY) * 30;
    let a_report = on_air(&topic, report.len()) + on_air(&format!("{RECEIPTS_TOPIC}{ID}"), receipt_bytes());
    // Heartbeats come more often than the modem's pings, which then never come.
    let pings =
        if u64::from(settings::KEEP_ALIVE_S) > HEARTBEAT_S { 0 } else { 2_592_000 / u64::from(settings::KEEP_ALIVE_S) };
    let month = reports * a_report + pings * 2 * (2 + OVERHEAD_BYTES);
    let by_coap = on_air_by_coap(4_000_000, report.len());
    let month_by_coap = reports * by_coap + 30 * COAP_HANDSHAKE_BYTES;
    let capacity = flash::capacity(QUEUE_SECTORS);
    let backlog_days = capacity as f64 / (86_400 / HEARTBEAT_S + EDGES_A_DAY) as f64;
    let many = many::run().inspect_err(|error| eprintln!("ten thousand devices: {error}"));
    let kept = [
        written.is_ok(),
        many.as_ref().is_ok_and(many_are_right),
        signing::sign_and_store_ms(node_config()).is_some_and(|ms| {
            figure("an edge that counts, signed and stored: bus, secure element, flash", ms, "ms", Some(300.0))
        }),
        figure("report, device id of 24 characters", report.len() as f64, "bytes", Some(280.0)),
        figure("report of three phases, the same id", phases.to_bytes().len() as f64, "bytes", Some(280.0)),
        figure("report, longest id and all fields", longest.len() as f64, "bytes", Some(MAX_RECORD_BYTES as f64)),
        figure("publish command on the modem's line", command.len() as f64, "characters", Some(2_048.0)),
        figure("a report on the air with its receipt, MQTT over TLS", a_report as f64, "bytes", None),
        figure("a month of reports, MQTT over TLS", month as f64 / 1e6, "MB", Some(10.0)),
        figure("a report on the air with its receipt, CoAP over DTLS", by_coap as f64, "bytes", None),
        figure("a month of reports, CoAP over DTLS", month_by_coap as f64 / 1e6, "MB", Some(10.0)),
        figure("hold-up until sending ends", HOLD_UP_MS as f64 / 1e3 * MODEM_WATTS, "J", Some(40.0)),
        // Limits are upper ones: the backlog is given as the share of three weeks that it lacks.
        figure("backlog short of three weeks", (21.0 - backlog_days).max(0.0), "days", Some(0.0)),
        figure("a self-test report", report_bytes() as f64, "bytes", Some(Report::MAX_BYTES as f64)),
        figure(
            "a self-test report on the air",
            on_air(&format!("{REPORTS_TOPIC}{ID}"), report_bytes()) as f64,
            "bytes",
            None,
        ),
        figure("a block of an update", MAX_ANSWER as f64, "bytes", Some(sim7020::MAX_PAYLOAD as f64)),
        figure("an update of the largest image on the air", update_bytes() as f64 / 1e6, "MB", Some(3.0)),
        figure("bytes of flash a record", 4_096.0 / SLOTS_A_SECTOR as f64, "bytes", None),
    ];
    if kept.iter().all(|kept| *kept) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
