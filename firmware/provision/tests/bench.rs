//! A bare board, simulated, over its line and the bridge to a real broker, with a relayer played by the test.

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use mosquitto::Mosquitto;
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{
    key::{PublicKey, Signature},
    receipt::Receipt,
    record::{PowerStatus, Record},
};
use provision::{
    bridge,
    port::Port,
    run::{self, Order},
    simulated::{Board, Kind, Parts, unix_s},
    site::SiteFile,
    talk::{Talk, Words},
};
use rand::rngs::OsRng;
use rumqttc::{Client, Event, Outgoing, Packet, QoS};

const ID: &str = "development-000001";
const CONTRACT: &str = "eip155:31337:0x00000000000000000000000000000000000000aa";
/// Nothing here depends on speed; this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        match look() {
            Some(found) => return found,
            None => assert!(started.elapsed() < PATIENCE, "waited in vain: {what}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_board_on_a_desk_shows_the_button_as_an_outage_and_keeps_it_until_the_receipt() {
    let mosquitto = Mosquitto::start();
    let relayer = SigningKey::random(&mut OsRng);
    let parts = Parts::default();
    let board = Board::start(Kind::Development, parts.clone()).unwrap();
    let key = provisioned(&board, &relayer, mosquitto.dir());

    let (stop, subscribed) = (AtomicBool::new(false), AtomicBool::new(false));
    let heard = Mutex::new(Vec::<String>::new());
    let taken = Mutex::new(Vec::new());
    let (client, mut connection) = Client::new(mosquitto.broker().options("relayer"), 8);
    client.subscribe(format!("power/v1/records/{ID}"), QoS::AtLeastOnce).unwrap();
    std::thread::scope(|scope| {
        let run = || {
            let mut talk = Talk::new(Port::open(board.path()).unwrap());
            bridge::run(&mut talk, &mosquitto.broker(), &stop, &mut |line| heard.lock().unwrap().push(line.into()))
        };
        scope.spawn(|| {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::SubAck(_))) => subscribed.store(true, Ordering::Relaxed),
                    Ok(Event::Incoming(Packet::Publish(publish))) => taken.lock().unwrap().push(publish.payload),
                    Ok(Event::Outgoing(Outgoing::Disconnect)) | Err(_) => return,
                    Ok(_) => {}
                }
            }
        });
        wait_for("the subscription", || subscribed.load(Ordering::Relaxed).then_some(()));
        let bridge = scope.spawn(run);
        let with = |status: PowerStatus| {
            let all = taken.lock().unwrap();
            let mut records = all.iter().map(|bytes| Record::parse(bytes).unwrap());
            records.find(|record| record.statement.power_status == status)
        };
        let on = wait_for("the first record", || with(PowerStatus::On));
        let pressed_unix_s = unix_s();
        parts.is_button_held.store(true, Ordering::Relaxed);
        let off = wait_for("the outage", || with(PowerStatus::Off));
        for record in [&on, &off] {
            record.verify(&key).unwrap();
        }
        assert_eq!((on.statement.sequence, off.statement.sequence), (1, 2));
        assert!(off.statement.timestamp_unix_s.abs_diff(pressed_unix_s) <= 2, "the time of the edge");

        let receipt = receipt(&relayer, 2);
        client.publish(format!("power/v1/receipts/{ID}"), QoS::AtLeastOnce, false, receipt).unwrap();
        wait_for("the receipt", || {
            heard.lock().unwrap().iter().any(|line| line == "receipt: 2 records are safe").then_some(())
        });
        stop.store(true, Ordering::Relaxed);
        bridge.join().unwrap().unwrap();

        // Without a bridge the board goes on, and the next one carries what it kept.
        let let_go_unix_s = unix_s();
        parts.is_button_held.store(false, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(500));
        stop.store(false, Ordering::Relaxed);
        let bridge = scope.spawn(run);
        let back = wait_for("the end of the outage", || {
            let all = taken.lock().unwrap();
            let mut records = all.iter().map(|bytes| Record::parse(bytes).unwrap());
            records.find(|record| record.statement.sequence == 3)
        });
        assert_eq!(back.statement.power_status, PowerStatus::On);
        assert!(back.statement.timestamp_unix_s.abs_diff(let_go_unix_s) <= 2, "the time of the edge");
        stop.store(true, Ordering::Relaxed);
        bridge.join().unwrap().unwrap();
        client.disconnect().unwrap();
    });
}

/// Gives the board its settings, and starts it; says its key.
fn provisioned(board: &Board, relayer: &SigningKey, dir: &Path) -> PublicKey {
    let point = relayer.verifying_key().to_encoded_point(false);
    let relayer_key = PublicKey::from_point(point.as_bytes()).unwrap().to_hex();
    let text = include_str!("../example.site.toml")
        .replace("transformer-000001", ID)
        .replace("provenance = \"live\"", "provenance = \"generated\"");
    let known = text.split("receipt_keys = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = dir.join("site.toml");
    std::fs::write(&path, text.replace(&known, &relayer_key)).unwrap();
    let mut talk = Talk::new(Port::open(board.path()).unwrap());
    let site = SiteFile::read(&path).unwrap();
    run::run(&mut talk, &site, &dir.join("out"), &Order::default(), &mut |_| {}).unwrap();
    let found = Words::of(&talk.ask("who").unwrap());
    assert_eq!((found.get("kind").unwrap(), found.get("settings").unwrap()), ("development", ID));
    PublicKey::from_point(&[&[4][..], &found.key().unwrap()].concat()).unwrap()
}

fn receipt(relayer: &SigningKey, sequence: u64) -> Vec<u8> {
    let (contract, device_id) = (CONTRACT.to_owned(), ID.to_owned());
    let receipt = Receipt { anchored_by_unix_s: unix_s() + 900, contract, device_id, sequence };
    let signature: EcdsaSignature = relayer.sign(&receipt.to_bytes());
    receipt.to_signed_bytes(&Signature::normalized(&signature.to_bytes()).unwrap())
}
