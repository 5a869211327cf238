//! From dark to connected, against the simulated modem.

mod bench;

use bench::{Bench, CONFIG, DATAGRAMS, MQTT, PEER, PEM, RECEIPTS, RECORDS, mqtt};
use sim7020::{
    ClockSource, Config, ConfigError, Event, Mqtt, Peer, PublishError, Transport,
    modem::{NITZ_WAIT_MS, TIME_SERVER_HOLDS_MS, TIME_SERVER_PAUSE_MS, TIME_SERVER_WAIT_MS},
};
use simulators::sim7020::Trouble;

#[test]
fn a_modem_from_the_factory_comes_online_and_is_set_up() {
    let mut bench = Bench::new();
    let seconds = bench.run_online(120);
    assert!(seconds < 60, "{seconds} s");
    let state = bench.sim.state();
    assert_eq!(state.starts, 2, "by the key, and once more for what counts from a restart on");
    assert_eq!(state.search_pauses_s(), [5, 10, 10, 1, 120, 300], "not two hours");
    assert_eq!(state.apn(), Some("iot.example"));
    let sent: String = PEM.lines().collect::<String>().replace("CERTIFICATE-----M", "CERTIFICATE-----\\r\\nM");
    assert_eq!(state.root_certificate(), Some(sent.as_str()));
    assert!(state.is_connected());
    drop(state);
    assert_eq!(bench.count(|event| *event == Event::Online), 1);
    assert_eq!(bench.count(|event| matches!(event, Event::Offline(..))), 0);
    bench.assert_by_the_manual();
}

#[test]
fn the_clock_is_utc_and_right_to_the_second() {
    let mut bench = Bench::new();
    bench.run_online(120);
    let clocks: Vec<_> = bench.events.iter().filter(|(_, event)| matches!(event, Event::Clock { .. })).collect();
    let [(at_s, Event::Clock { unix_s, source: ClockSource::Network })] = clocks[..] else { panic!("{clocks:?}") };
    assert_eq!(unix_s - at_s, 1_795_000_000);
}

#[test]
fn a_modem_that_is_on_already_is_not_switched_off() {
    let mut bench = Bench::new();
    bench.run_online(120);
    let starts = bench.sim.state().starts;
    let modem = sim7020::Modem::new(CONFIG, bench.sim.uart(), bench.sim.power_key()).unwrap();
    bench.modem = modem;
    bench.run_online(60);
    assert_eq!(bench.sim.state().starts, starts);
    bench.assert_by_the_manual();
}

#[test]
fn messages_go_out_and_come_in_as_they_are() {
    let mut bench = Bench::new();
    bench.run_online(120);
    let payload: Vec<u8> = (0..500).map(|byte| byte as u8).collect();
    bench.publish(&payload);
    bench.run_ms(2_000);
    assert_eq!(bench.sim.state().broker.received, [(RECORDS.to_owned(), payload.clone())]);
    assert_eq!(bench.count(|event| *event == Event::Published), 1);

    bench.sim.state().deliver(RECEIPTS, &payload);
    bench.run_ms(100);
    assert_eq!(bench.count(|event| *event == Event::Message), 1);
    assert_eq!(bench.modem.message(), (RECEIPTS, &payload[..]));
    bench.assert_by_the_manual();
}

#[test]
fn every_topic_is_listened_to_and_what_is_retained_comes_with_the_connection() {
    let topics = &[RECEIPTS, "power/v1/orders/d-1/+"];
    let mut bench = Bench::with(mqtt(Mqtt { subscribe: topics, ..MQTT }));
    bench.sim.state().broker.retained.insert("power/v1/orders/d-1/release".into(), b"{}".to_vec());
    bench.sim.state().broker.retained.insert("power/v1/orders/d-2/release".into(), b"not mine".to_vec());
    bench.run_online(120);
    bench.run_ms(1_000);
    assert_eq!(bench.count(|event| *event == Event::Message), 1);
    assert_eq!(bench.modem.message(), ("power/v1/orders/d-1/release", &b"{}"[..]));
    for topic in [RECEIPTS, "power/v1/orders/d-1/block"] {
        bench.sim.state().deliver(topic, b"1");
        bench.run_ms(100);
        assert_eq!(bench.modem.message(), (topic, &b"1"[..]));
    }
    bench.assert_by_the_manual();
}

#[test]
fn the_strength_of_the_signal_is_read_when_it_is_asked_for() {
    let mut bench = Bench::new();
    bench.run_online(120);
    bench.modem.read_signal(bench.clock.ms());
    bench.run_ms(1_000);
    bench.fault("AT+CSQ", simulators::sim7020::Trouble::Error(3), 1);
    bench.modem.read_signal(bench.clock.ms());
    bench.run_ms(1_000);
    let signals = bench.events.iter().filter_map(|(_, event)| match event {
        Event::Signal { rssi } => Some(*rssi),
        _ => None,
    });
    assert_eq!(signals.collect::<Vec<_>>(), [Some(18), None]);
    bench.assert_by_the_manual();
}

#[test]
fn what_a_command_cannot_carry_is_not_taken() {
    let mut bench = Bench::new();
    assert_eq!(bench.modem.publish(RECORDS, b"1", 0), Err(PublishError::Busy), "not online");
    bench.run_online(120);
    let now_ms = bench.clock.ms();
    for (topic, payload) in [("a\"b", &b"1"[..]), ("a\r", b"1"), ("", b"1"), ("a", b""), ("a", &[0; 501])] {
        assert_eq!(bench.modem.publish(topic, payload, now_ms), Err(PublishError::Message));
    }
    bench.modem.publish(RECORDS, b"1", now_ms).unwrap();
    assert_eq!(bench.modem.publish(RECORDS, b"2", now_ms), Err(PublishError::Busy), "one at a time");
}

#[test]
fn a_long_certificate_goes_in_chunks() {
    let mut bench = Bench::with(mqtt(Mqtt { root_certificate_pem: include_str!("bench/long.pem"), ..MQTT }));
    bench.run_online(120);
    assert!(bench.sim.state().root_certificate().is_some_and(|text| text.len() > 1_500));
    bench.assert_by_the_manual();
}

#[test]
fn a_network_that_waits_to_be_told_is_told() {
    let mut bench = Bench::new();
    bench.sim.state().network.attaches = false;
    bench.run_online(180);
    assert_eq!(bench.modem.registration(), Some(1));
    bench.assert_by_the_manual();
}

#[test]
fn a_network_without_time_gives_none_until_it_does() {
    let mut bench = Bench::with(Config { time_server: None, ..CONFIG });
    bench.sim.state().network.unix_s_at_zero = None;
    bench.run_online(120);
    bench.run_ms(200_000);
    assert_eq!(bench.count(|event| matches!(event, Event::Clock { .. })), 0);
    bench.sim.state().network.unix_s_at_zero = Some(1_795_000_000);
    bench.run_ms(61_000);
    assert_eq!(bench.count(|event| matches!(event, Event::Clock { .. })), 1);
}

fn clocks(bench: &Bench) -> Vec<(u64, u64, ClockSource)> {
    let clock = |(at_s, event): &(u64, Event)| match event {
        Event::Clock { unix_s, source } => Some((*at_s, *unix_s, *source)),
        _ => None,
    };
    bench.events.iter().filter_map(clock).collect()
}

#[test]
fn where_the_network_gives_no_time_a_time_server_is_asked_after_two_minutes() {
    let mut bench = Bench::new();
    bench.sim.state().network.unix_s_at_zero = None;
    bench.run_online(120);
    bench.run_ms(NITZ_WAIT_MS - 10_000);
    assert_eq!(clocks(&bench), []);
    bench.run_ms(15_000);
    let told = clocks(&bench);
    let [(at_s, unix_s, ClockSource::TimeServer)] = told[..] else { panic!("{told:?}") };
    assert!((unix_s - 1_795_000_000).abs_diff(at_s) <= 1);
    bench.run_ms(TIME_SERVER_HOLDS_MS);
    assert_eq!(clocks(&bench).len(), 2, "asked again in time, and stopped in between");
    // The network's word comes when it comes. Its clock may be the time server's now, until the network says otherwise.
    bench.sim.state().network.unix_s_at_zero = Some(1_795_000_000);
    bench.run_ms(61_000);
    assert_eq!(clocks(&bench).last().unwrap().2, ClockSource::TimeServer);
    bench.sim.state().announce_time();
    bench.run_ms(1_000);
    assert_eq!(clocks(&bench).last().unwrap().2, ClockSource::Network);
    bench.assert_by_the_manual();
}

#[test]
fn a_time_server_that_does_not_answer_stops_nothing() {
    let mut bench = Bench::new();
    bench.sim.state().network.unix_s_at_zero = None;
    bench.sim.state().network.time_server = None;
    bench.fault("AT+CSNTPSTOP", Trouble::Error(50), 1);
    bench.run_online(120);
    bench.run_ms(NITZ_WAIT_MS + TIME_SERVER_WAIT_MS + TIME_SERVER_PAUSE_MS);
    bench.publish(b"1");
    bench.run_ms(2_000);
    assert_eq!((bench.received().len(), clocks(&bench).len()), (1, 0));
    assert_eq!(bench.count(|event| matches!(event, Event::Offline(..))), 0);
    bench.assert_by_the_manual();
}

#[test]
fn settings_outside_their_limits_are_refused() {
    let long = "x".repeat(51).leak();
    let cases: [(Config<'static>, ConfigError); 10] = [
        (Config { time_server: Some("a\"b"), ..CONFIG }, ConfigError::Text("time_server")),
        (mqtt(Mqtt { host: long, ..MQTT }), ConfigError::Text("host")),
        (Config { apn: Some("a\"b"), ..CONFIG }, ConfigError::Text("apn")),
        (mqtt(Mqtt { login: Some(("u", "a,b")), ..MQTT }), ConfigError::Text("password")),
        (mqtt(Mqtt { port: 0, ..MQTT }), ConfigError::Limit("port")),
        (mqtt(Mqtt { keep_alive_s: 64_801, ..MQTT }), ConfigError::Limit("keep_alive_s")),
        (mqtt(Mqtt { subscribe: &[], ..MQTT }), ConfigError::Limit("subscribe")),
        (mqtt(Mqtt { subscribe: &["a", "b", "c", "d", "e"], ..MQTT }), ConfigError::Limit("subscribe")),
        (mqtt(Mqtt { subscribe: &["a", "b,c"], ..MQTT }), ConfigError::Text("subscribe")),
        (Config { power_saving_s: Some((60, 99_999)), ..CONFIG }, ConfigError::Limit("power_saving_s")),
    ];
    for (config, error) in cases {
        assert_eq!(config.check().unwrap_err(), error);
    }
    let datagrams = |peer: Peer| Config { transport: Transport::Datagrams(peer), ..CONFIG };
    assert_eq!(datagrams(Peer { port: 0, ..PEER }).check().unwrap_err(), ConfigError::Limit("port"));
    let nowhere = Peer { address: std::net::Ipv4Addr::UNSPECIFIED, ..PEER };
    assert_eq!(datagrams(nowhere).check().unwrap_err(), ConfigError::Limit("address"));
    let sleeping = Config { power_saving_s: Some((3_600, 60)), ..DATAGRAMS };
    assert_eq!(sleeping.check().unwrap_err(), ConfigError::Limit("power_saving_s"), "a socket keeps nothing awake");
    assert!(matches!(mqtt(Mqtt { root_certificate_pem: "", ..MQTT }).check(), Err(ConfigError::Certificate(_))));
    assert!(!format!("{CONFIG:?}").contains("secret-word"));
}
