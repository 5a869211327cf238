//! The modem's line, through the whole driver: each command is echoed, then answered with the next piece of the input.

#![no_main]

use std::{collections::VecDeque, convert::Infallible, net::Ipv4Addr};

use embedded_hal::digital;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use libfuzzer_sys::fuzz_target;
use sim7020::{Config, Event, Length, MAX_DATAGRAM, MAX_PAYLOAD, MAX_TOPIC, Modem, Mqtt, Peer, Transport};

/// Between two answers.
const END: u8 = 0xff;
/// Polls of one input: 10 ms each.
const MAX_POLLS: u64 = 3_000;

const MQTT: Mqtt<'static> = Mqtt {
    host: "broker.example",
    port: 8883,
    root_certificate_pem: include_str!("../../sim7020/tests/bench/root.pem"),
    client_id: "d-1",
    login: None,
    keep_alive_s: 1_200,
    subscribe: &["power/v1/receipts/d-1", "power/v1/orders/d-1/+"],
};

const PEER: Peer = Peer { address: Ipv4Addr::new(192, 0, 2, 7), port: 5_684, length: Length::Characters };

const CONFIG: Config<'static> = Config {
    apn: Some("iot.example"),
    transport: Transport::Mqtt(MQTT),
    time_server: Some("time.example"),
    power_saving_s: None,
};

struct Line<'a> {
    answers: std::slice::Split<'a, u8, fn(&u8) -> bool>,
    heard: Vec<u8>,
    out: VecDeque<u8>,
}

struct Key;

impl ErrorType for Line<'_> {
    type Error = Infallible;
}

impl ReadReady for Line<'_> {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.out.is_empty())
    }
}

impl Read for Line<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let Some(byte) = self.out.pop_front() else { return Ok(0) };
        buffer[0] = byte;
        Ok(1)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.heard.extend(bytes);
        if self.heard.ends_with(b"\r") {
            self.out.extend(self.heard.drain(..));
            self.out.extend(self.answers.next().unwrap_or(b"\r\nOK\r\n"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl digital::ErrorType for Key {
    type Error = Infallible;
}

impl digital::OutputPin for Key {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The same input to either transport: what one does not ask for, the other does.
fn run(input: &[u8], transport: Transport<'static>) {
    let is_end: fn(&u8) -> bool = |byte| *byte == END;
    let line = Line { answers: input.split(is_end), heard: Vec::new(), out: VecDeque::new() };
    let mut modem = Modem::new(Config { transport, ..CONFIG }, line, Key).expect("settings within their limits");
    for poll in 0..MAX_POLLS {
        let now_ms = poll * 10;
        while let Some(event) = modem.poll(now_ms).expect("this line does not fail") {
            match event {
                Event::Message => {
                    let (topic, bytes) = modem.message();
                    assert!(topic.len() <= MAX_TOPIC && bytes.len() <= MAX_PAYLOAD);
                }
                Event::Datagram => {
                    assert!(matches!(transport, Transport::Datagrams(_)));
                    assert!((1..=MAX_DATAGRAM).contains(&modem.datagram().len()));
                }
                _ => {}
            }
        }
        if poll % 3 == 0 {
            modem.read_signal(now_ms);
        } else if modem.can_publish() {
            modem.publish("power/v1/records/d-1", b"{}", now_ms).expect("it can publish");
        } else if modem.can_send() {
            modem.send_datagram(b"{}", now_ms).expect("it can send");
        }
    }
}

fuzz_target!(|input: &[u8]| {
    run(input, Transport::Mqtt(MQTT));
    run(input, Transport::Datagrams(PEER));
});
