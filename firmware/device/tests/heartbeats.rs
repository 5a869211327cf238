//! Heartbeats of the devices of one feeder, with the settings that they are provisioned with.

use std::collections::BTreeSet;

use device::settings;
use node::{Boot, Node, Now, Resume, Stored};
use protocol::record::PowerStatus::{Off, On};

const KEY: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
                   7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const PERIOD_S: u64 = 900;
const OFF_S: u64 = 20_000;
const ON_S: u64 = 24_600;
const END_S: u64 = ON_S + 86_400;

fn config(number: usize) -> node::Config {
    let text = format!(
        "device_id=transformer-{number:06}\nlatitude_e6=25594095\nlongitude_e6=85137566\nfirst_sequence=1\n\
         heartbeat_s={PERIOD_S}\ncontract=eip155:1:0xaa\nreceipt_keys={KEY}\napn=\nhost=broker.example\nport=8883\n\
         login=d secret-word\nkeep_alive_s=1200\noperator_key={KEY}\n\
         root_certificate=-----BEGIN CERTIFICATE-----QUJD-----END CERTIFICATE-----\n"
    );
    settings::parse(settings::seal(&text).as_bytes(), 1_000, &["t"]).unwrap().node
}

fn at(s: u64) -> Now {
    Now::known(s * 1_000, s)
}

fn run_to(node: &mut Node, store: &mut Stored, s: u64) {
    while let Some(due_ms) = node.next_tick_ms().filter(|due_ms| *due_ms <= s * 1_000) {
        node.tick(Now::known(due_ms, due_ms / 1_000), store);
    }
}

/// The seconds of all records since the mains are back. A hold-up that ends before them makes a start of it.
fn beats(number: usize, holds_up: bool) -> Vec<u64> {
    let (config, mut store) = (config(number), Stored::default());
    let boot = Boot { mains: On.into(), since_unix_s: None, now: at(0) };
    let mut node = Node::start(config.clone(), Resume::default(), boot, &mut store).unwrap();
    run_to(&mut node, &mut store, OFF_S);
    node.sample(Off, at(OFF_S), &mut store);
    run_to(&mut node, &mut store, ON_S);
    if holds_up {
        node.sample(On, at(ON_S), &mut store);
    } else {
        let boot = Boot { mains: On.into(), since_unix_s: None, now: at(ON_S) };
        node = Node::start(config, Resume::from(&store), boot, &mut store).unwrap();
    }
    run_to(&mut node, &mut store, END_S);
    store.entries.iter().filter_map(|entry| entry.draft.stamp.unix_s()).filter(|s| *s >= ON_S).collect()
}

#[test]
fn devices_with_a_common_edge_do_not_beat_in_one_second_and_none_is_silent_for_longer_than_a_period() {
    for holds_up in [true, false] {
        let feeder: Vec<_> = (1..=20).map(|number| beats(number, holds_up)).collect();
        let mut seconds: BTreeSet<u64> = BTreeSet::new();
        for beats in &feeder {
            assert_eq!(beats[0], ON_S, "the edge");
            assert!(beats.windows(2).all(|two| two[1] - two[0] <= PERIOD_S), "{beats:?}");
            assert!(END_S - beats[beats.len() - 1] <= PERIOD_S);
            assert!(beats.len() as u64 > (END_S - ON_S) / PERIOD_S, "a heartbeat for each period");
            seconds.extend(&beats[1..]);
        }
        assert_eq!(seconds.len(), feeder.iter().map(|beats| beats.len() - 1).sum::<usize>(), "each by itself");
    }
}
