//! How long a signed record takes from the edge that counts into the flash.

use device::{Device, Parts, RECEIPTS_TOPIC};
use p256::ecdsa::SigningKey;
use protocol::record::PowerStatus::{Off, On};
use rand::rngs::OsRng;
use simulators::{Clock, atecc608::SimAtecc608, flash::SimFlash, sim7020::Sim7020};

const SECTORS: usize = 8;
/// Enough to come to a sector that must be erased, and to the end of a step of sequences.
const EDGES: u32 = 120;
/// Between two polls.
const POLL_MS: u64 = 5;
const BETWEEN_EDGES_MS: u64 = 2_000;
const ROOT: &str = "-----BEGIN CERTIFICATE-----QUJD-----END CERTIFICATE-----";

/// The longest that any of some edges took, in ms of bus, secure element and flash: typical and worst times of their data
/// sheets. The debounce before it is not in it. `None` where the simulated device did not get so far.
pub fn sign_and_store_ms(config: node::Config) -> Option<f64> {
    let clock = Clock::default();
    let chip = SimAtecc608::provisioned(&clock, SigningKey::random(&mut OsRng), 0);
    let modem = Sim7020::new(&clock);
    let subscribe = format!("{RECEIPTS_TOPIC}{}", config.device_id);
    let client_id = config.device_id.clone();
    let mqtt = sim7020::Mqtt {
        host: "broker.example",
        port: 8_883,
        root_certificate_pem: ROOT,
        client_id: &client_id,
        login: None,
        keep_alive_s: 1_200,
        subscribe: &[&subscribe],
    };
    let transport = sim7020::Transport::Mqtt(mqtt);
    let told = sim7020::Config { apn: None, transport, time_server: None, power_saving_s: None };
    let parts = Parts {
        flash: (SimFlash::erased(SECTORS).timed(&clock), 0, SECTORS),
        chip: (chip.bus(100_000), clock.clone(), atecc608::ADDRESS),
        modem: (modem.uart(), modem.power_key()),
    };
    let mut device = Device::start(parts, config, told).ok()?;
    let (mut level, mut worst_ms, mut edges, mut edge_due_ms) = (On, 0.0_f64, 0, 0);
    while edges < EDGES && clock.ms() < 3_600_000 {
        clock.pass_ms(POLL_MS);
        let knows_time = device.knows_time();
        if knows_time && clock.ms() >= edge_due_ms {
            level = if level == On { Off } else { On };
            edges += 1;
            edge_due_ms = clock.ms() + BETWEEN_EDGES_MS;
        }
        let (before_ns, made) = (clock.ns(), device.counts().node.made);
        device.poll(level, clock.ms()).ok()?;
        if device.counts().node.made > made && knows_time {
            worst_ms = worst_ms.max((clock.ns() - before_ns) as f64 / 1e6);
        }
    }
    (edges == EDGES && device.counts().chip_failures == 0).then_some(worst_ms)
}
