//! Ten thousand whole devices in one process: what they take, and whether all of them tell the same outage.

use std::{io, time::Instant};

use fleet::{
    scenario::Site,
    whole::{Board, Happening, Station, Step},
};
use node::flash::MIN_SECTORS;
use p256::ecdsa::{SigningKey, signature::Signer as _};
use protocol::{
    key::{PublicKey, Signature},
    receipt::Receipt,
    record::{PowerStatus, Record},
    roster::SiteKind,
};
use rand::rngs::OsRng;

/// Devices.
pub const DEVICES: usize = 10_000;
const START_UNIX_MS: u64 = 1_795_000_000_000;
/// Long enough for every modem to have found its network.
const OFF_AFTER_MS: u64 = 300_000;
const OFF_FOR_MS: u64 = 40_000;
const LENGTH_MS: u64 = 420_000;
/// What all of them do in one round before the next of them has its turn.
const ROUND_MS: u64 = 5_000;
const CONTRACT: &str = "eip155:31337:0x00000000000000000000000000000000000000aa";

/// What was measured.
pub struct Figures {
    /// Seconds that it took.
    pub seconds: f64,
    /// Seconds of the devices' time that passed in one.
    pub times_real: f64,
    /// Resident memory, a device.
    pub bytes_a_device: f64,
    /// Devices that did not tell the outage to the second, or had more than a heartbeat without a receipt in the end.
    pub wrong: usize,
}

/// The relayer's part for one device.
struct Told {
    outage: [Option<u64>; 2],
    receipted: Option<u64>,
}

fn resident_bytes() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4_096.0
}

fn site(number: usize) -> Site {
    Site {
        device_id: format!("transformer-{number:06}"),
        district: "Bench".into(),
        feeder: "Bench".into(),
        locality: "Bench".into(),
        area_id: "bench-1".into(),
        station_id: "bench-1-s1".into(),
        kind: SiteKind::Transformer,
        parent: None,
        customers: 60,
        latitude_e6: 25_594_095,
        longitude_e6: 85_137_566,
    }
}

/// Runs them through a feeder trip.
///
/// # Errors
/// A device's settings are refused.
pub fn run() -> io::Result<Figures> {
    let relayer = SigningKey::random(&mut OsRng);
    let point = relayer.verifying_key().to_encoded_point(false);
    let station = Station {
        host: "broker.example".into(),
        port: 8_883,
        root_certificate_pem: "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n".into(),
        contract: CONTRACT.into(),
        receipt_keys: vec![PublicKey::from_point(point.as_bytes()).map_err(io::Error::other)?],
        heartbeat_s: 900,
        first_sequence: 1,
        queue_sectors: MIN_SECTORS,
        dir: None,
    };
    let mains = |after_ms: u64, status| Step { unix_ms: START_UNIX_MS + after_ms, what: Happening::Mains(status) };
    let steps = [mains(OFF_AFTER_MS, PowerStatus::Off), mains(OFF_AFTER_MS + OFF_FOR_MS, PowerStatus::On)];
    let (before, started) = (resident_bytes(), Instant::now());
    let mut devices = Vec::with_capacity(DEVICES);
    for number in 0..DEVICES {
        let key = SigningKey::random(&mut OsRng);
        let mut board = Board::new(&site(number), &key, steps.to_vec(), START_UNIX_MS, &station)?;
        board.set_line(true);
        devices.push((board, Told { outage: [None; 2], receipted: None }));
    }
    let mut until_ms = START_UNIX_MS;
    while until_ms < START_UNIX_MS + LENGTH_MS {
        until_ms += ROUND_MS;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        std::thread::scope(|scope| {
            let shares = devices.chunks_mut(DEVICES.div_ceil(threads));
            let work = |(board, told): &mut (Board, Told)| round(board, told, until_ms, &relayer);
            let shares: Vec<_> = shares.map(|share| scope.spawn(move || share.iter_mut().try_for_each(work))).collect();
            shares.into_iter().try_for_each(|s| s.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let expected = [OFF_AFTER_MS, OFF_AFTER_MS + OFF_FOR_MS].map(|after_ms| (START_UNIX_MS + after_ms) / 1_000);
    let is_right = |(board, told): &&(Board, Told)| {
        let near = |(told, true_s): (Option<u64>, u64)| told.is_some_and(|told| told.abs_diff(true_s) <= 1);
        // The first heartbeat after the outage comes at a time of the device's own: for some in the last seconds.
        told.outage.into_iter().zip(expected).all(near) && board.backlog() <= 1
    };
    Ok(Figures {
        seconds,
        times_real: LENGTH_MS as f64 / 1e3 / seconds,
        bytes_a_device: (resident_bytes() - before) / DEVICES as f64,
        wrong: DEVICES - devices.iter().filter(is_right).count(),
    })
}

/// A device's next seconds; what it publishes is looked at and receipted.
fn round(board: &mut Board, told: &mut Told, until_ms: u64, relayer: &SigningKey) -> io::Result<()> {
    let mut out = Vec::new();
    board.work(until_ms, &mut out)?;
    for (_, bytes) in out {
        let record = Record::parse(&bytes).map_err(io::Error::other)?;
        let statement = record.statement;
        match statement.power_status {
            PowerStatus::Off => told.outage[0] = told.outage[0].or(Some(statement.timestamp_unix_s)),
            PowerStatus::On if told.outage[0].is_some() => {
                told.outage[1] = told.outage[1].or(Some(statement.timestamp_unix_s));
            }
            PowerStatus::On => {}
        }
        let sequence = told.receipted.max(Some(statement.sequence)).unwrap_or_default();
        told.receipted = Some(sequence);
        let receipt = Receipt {
            anchored_by_unix_s: until_ms / 1_000 + 900,
            contract: CONTRACT.into(),
            device_id: statement.device_id.clone(),
            sequence,
        };
        let raw: p256::ecdsa::Signature = relayer.sign(&receipt.to_bytes());
        let signature = Signature::normalized(&raw.to_bytes()).map_err(io::Error::other)?;
        board.deliver(
            &format!("{}{}", fleet::RECEIPTS_TOPIC, statement.device_id),
            &receipt.to_signed_bytes(&signature),
        );
    }
    Ok(())
}
