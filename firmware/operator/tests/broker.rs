//! The tool as it is used: keys, signatures, and a whole update over a real broker to a simulated device.

#[path = "../../device/tests/world/mod.rs"]
mod world;

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use mosquitto::{AUTHORITY, Access, Mosquitto};
use p256::{ecdsa::SigningKey, pkcs8::DecodePrivateKey as _};
use rumqttc::{Client, Event, Packet, QoS};
use simulators::{bootloader, maintenance::BOARD};
use tempfile::TempDir;
use world::{ID, World};

/// Nothing here depends on speed; this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// The devnet's rules: devices may write requests and reports and read orders; the operator the other way round.
const RULES: &str = "topic write power/v1/records/+\ntopic read power/v1/receipts/+\ntopic read power/v1/orders/+/+\n\
                     topic write power/v1/requests/+\ntopic write power/v1/reports/+\n\n\
                     user operator\ntopic write power/v1/orders/+/+\ntopic read power/v1/requests/+\n\
                     topic read power/v1/reports/+\n";

fn operator(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_operator")).current_dir(dir).args(arguments).output().unwrap()
}

fn succeeds(dir: &Path, arguments: &[&str]) -> String {
    let output = operator(dir, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A process that is stopped when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The simulated device's end of the real broker: what its modem publishes goes there, and back.
struct Bridge {
    client: Client,
    came: mpsc::Receiver<(String, Vec<u8>, bool)>,
}

impl Bridge {
    fn connect(mosquitto: &Mosquitto) -> Self {
        let (client, mut connection) = Client::new(mosquitto.broker().options(ID), 64);
        let (came_in, came) = mpsc::channel();
        let subscribing = client.clone();
        std::thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        subscribing.try_subscribe(format!("power/v1/orders/{ID}/+"), QoS::AtLeastOnce).unwrap();
                    }
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        if came_in.send((publish.topic, publish.payload.to_vec(), publish.retain)).is_err() {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        });
        Self { client, came }
    }

    /// Runs the device until something holds.
    fn run_until(&self, world: &mut World, what: &str, holds: impl Fn(&World) -> bool) {
        let started = Instant::now();
        while !holds(world) {
            assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
            world.run_s(1);
            for (topic, bytes) in world.operator().forwarded.replace(Vec::new()).unwrap() {
                self.client.publish(topic, QoS::AtLeastOnce, false, bytes).unwrap();
            }
            // A second of the device's time is a few milliseconds of the broker's.
            std::thread::sleep(Duration::from_millis(5));
            for (topic, bytes, retained) in self.came.try_iter() {
                let mut state = world.modem.state();
                if retained || !topic.ends_with("/block") {
                    state.broker.retained.insert(topic.clone(), bytes.clone());
                }
                state.deliver(&topic, &bytes);
            }
        }
    }
}

#[test]
fn a_release_and_a_configuration_travel_from_the_tool_over_a_broker_to_a_device() {
    let mosquitto = Mosquitto::guarded(Access { rules: RULES, user: "operator", password: "secret-word" });
    let dir = mosquitto.dir();
    std::fs::write(dir.join("password"), "secret-word\n").unwrap();
    let mut world = World::with_operator();
    world.poll_ms = 50;
    let key = |name: &str| {
        succeeds(dir, &["new-key", name]);
        SigningKey::from_pkcs8_pem(&std::fs::read_to_string(dir.join(name)).unwrap()).unwrap()
    };
    let (release_key, operator_key) = (key("release.pem"), key("operator.pem"));
    (world.operator().maintenance.release_key, world.operator().key) = (release_key, operator_key);
    world.operator().forwarded = Some(Vec::new());
    world.lose_power();
    world.start();
    std::fs::write(dir.join("image.bin"), bootloader::image(BOARD, 2, 0, 20_000)).unwrap();
    let said = succeeds(dir, &["sign-release", "--key", "release.pem", "--image", "image.bin", "--out", "manifest"]);
    assert!(said.contains("release 2 for esp32c3-atecc608-sim7020"), "{said}");
    let configuration = ["sign-configuration", "--key", "operator.pem", "--device", ID, "--number", "1"];
    succeeds(dir, &[&configuration[..], &["--heartbeat-s", "300", "--out", "configuration"]].concat());

    let (broker, device_key) = (mosquitto.url(), format!("{ID}={}", world.device_key.to_hex()));
    let serve = Command::new(env!("CARGO_BIN_EXE_operator"))
        .current_dir(dir)
        .args(["serve", "--broker", &broker, "--ca", AUTHORITY])
        .args(["--username", "operator", "--password-file", "password"])
        .args(["--device", ID, "--device-key", &device_key, "--manifest", "manifest", "--image", "image.bin"])
        .args(["--configuration", "configuration"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut serve = Process(serve);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (out, kept) = (BufReader::new(serve.0.stdout.take().unwrap()), lines.clone());
    std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line)));

    let bridge = Bridge::connect(&mosquitto);
    bridge.run_until(&mut world, "release 2", |world| world.is_confirmed(2));
    let heartbeat =
        |world: &World| world.board.as_ref().and_then(|it| it.node()).map_or(0, |node| node.config().heartbeat_s);
    bridge.run_until(&mut world, "configuration 1", |world| heartbeat(world) == 300 && world.is_confirmed(2));
    let shows = |text: &str| lines.lock().unwrap().iter().any(|line| line.contains(text));
    bridge.run_until(&mut world, "the report", |_| shows("\"configuration\":1") && shows("signed by the device"));
    assert!(shows(&format!("{ID}: release 2, sector 5 of 5")), "{:?}", lines.lock().unwrap());
    world.assert_whole();
}

#[test]
fn what_no_device_would_take_is_not_signed_and_no_key_is_overwritten() {
    let dir = TempDir::new().unwrap();
    let public = succeeds(dir.path(), &["new-key", "key.pem"]);
    assert_eq!(succeeds(dir.path(), &["public-key", "key.pem"]), public);
    let fails = |arguments: &[&str], why: &str| {
        let output = operator(dir.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{arguments:?}: {said}");
    };
    fails(&["new-key", "key.pem"], "key.pem");
    std::fs::write(dir.path().join("nothing"), "nothing").unwrap();
    fails(&["public-key", "nothing"], "no P-256 key");
    let sign = |image: &'static str| ["sign-release", "--key", "key.pem", "--image", image, "--out", "out"];
    fails(&sign("nothing"), "no image");
    std::fs::write(dir.path().join("zero"), bootloader::image(BOARD, 0, 0, 100)).unwrap();
    fails(&sign("zero"), "release `0`");
    let configure = |more: [&'static str; 2]| {
        [&["sign-configuration", "--key", "key.pem", "--device", "d", "--number", "1", "--out", "out"][..], &more[..]]
            .concat()
    };
    fails(&configure(["--host", "Broker"]), "not canonical");
    fails(&configure(["--receipt-key", "04"]), "not an uncompressed point");
    assert!(!dir.path().join("out").exists());
    // Served is only what belongs together.
    std::fs::write(dir.path().join("good"), bootloader::image(BOARD, 1, 0, 100)).unwrap();
    succeeds(dir.path(), &sign("good"));
    mosquitto::certificates(dir.path());
    let serve = ["serve", "--broker", "mqtts://localhost:1", "--ca", AUTHORITY, "--device", "d"];
    fails(&[&serve[..], &["--manifest", "out", "--image", "zero"]].concat(), "not the one of the manifest");
    succeeds(dir.path(), &configure(["--port", "8884"]));
    fails(&[&serve[..5], &["--device", "e", "--configuration", "out"]].concat(), "for d");
}
