//! The manual's own transcripts, without the simulator: what the driver says, and what it makes of the answers as they
//! are printed, spaces and all (AT Command Manual V1.05; Low Power Mode Application Note V1.03; HTTP(S) Application
//! Note V1.04 for the start of a module).

mod bench;

use std::{cell::RefCell, collections::VecDeque, convert::Infallible, rc::Rc};

use bench::{CONFIG, DATAGRAMS, PEER, RECEIPTS, RECORDS};
use embedded_hal::digital;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use proptest::prelude::*;
use sim7020::{ClockSource, Config, Event, Length, MAX_DATAGRAM, Modem, Peer, Reason, Rung, Transport};

/// A line that answers each command with what stands beside it.
#[derive(Clone, Default)]
struct Script {
    to_come: Rc<RefCell<VecDeque<(&'static str, &'static str)>>>,
    out: Rc<RefCell<VecDeque<u8>>>,
    heard: Rc<RefCell<Vec<u8>>>,
}

impl ErrorType for Script {
    type Error = Infallible;
}

impl ReadReady for Script {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.out.borrow().is_empty())
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        let byte = self.out.borrow_mut().pop_front();
        Ok(byte.map_or(0, |byte| {
            buffer[0] = byte;
            1
        }))
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            self.heard.borrow_mut().push(*byte);
            if *byte == b'\r' {
                let line = String::from_utf8(self.heard.take()).unwrap();
                let (command, answer) = self.to_come.borrow_mut().pop_front().expect("one command more than printed");
                assert_eq!(line.trim_end(), command);
                self.out.borrow_mut().extend(answer.bytes());
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

struct NoKey;

impl digital::ErrorType for NoKey {
    type Error = Infallible;
}

impl digital::OutputPin for NoKey {
    fn set_low(&mut self) -> Result<(), Infallible> {
        panic!("the key is not needed: it answers")
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        panic!("the key is not needed: it answers")
    }
}

const BRING_UP: [(&str, &str); 23] = [
    ("AT", "AT\r\r\nOK\r\n"),
    ("ATE1", "ATE1\r\r\nOK\r\n"),
    ("AT+IPR=115200", "AT+IPR=115200\r\r\nOK\r\n"),
    ("AT+CMEE=1", "AT+CMEE=1\r\r\nOK\r\n"),
    ("AT+CPIN?", "AT+CPIN?\r\r\n+CPIN:READY\r\n\r\nOK\r\n"),
    ("AT+CREVHEX=1", "AT+CREVHEX=1\r\r\nOK\r\n"),
    ("AT+CURTC=0", "AT+CURTC=0\r\r\nOK\r\n"),
    ("AT+CTZU=1", "AT+CTZU=1\r\r\nERROR\r\n"),
    ("AT+CNWRCCFG?", "AT+CNWRCCFG?\r\r\n+CNWRCCFG: 5,10,10,1,120,300\r\n\r\nOK\r\n"),
    ("AT+CFUN=0", "AT+CFUN=0\r\r\n+CPIN: NOT READY\r\n\r\nOK\r\n"),
    ("AT*MCGDEFCONT=\"IP\",\"iot.example\"", "AT*MCGDEFCONT=\"IP\",\"iot.example\"\r\r\nOK\r\n"),
    ("AT+CFUN=1", "AT+CFUN=1\r\r\nOK\r\n\r\n+CPIN: READY\r\n"),
    ("AT+CPSMS=0", "AT+CPSMS=0\r\r\nOK\r\n"),
    ("AT+CEREG=4", "AT+CEREG=4\r\r\nOK\r\n"),
    ("AT+CEREG?", "AT+CEREG?\r\r\n+CEREG: 4,2\r\n\r\nOK\r\n\r\n+CEREG: 1,\"1DE5\",\"0A8B5D03\",9\r\n"),
    ("AT+CEREG?", "AT+CEREG?\r\r\n+CEREG: 4,1,\"1DE5\",\"0A8B5D03\",9,,,\"00001000\",\"00111000\"\r\n\r\nOK\r\n"),
    ("AT+CCLK?", "AT+CCLK?\r\r\n+CCLK: 26/11/26,01:12:33+22\r\n\r\nOK\r\n"),
    (CERTIFICATE, CERTIFICATE_ANSWER),
    ("AT+CMQDISCON=0", "AT+CMQDISCON=0\r\r\n+CME ERROR: 3\r\n"),
    (
        "AT+CMQTTSNEW=\"broker.example\",\"8883\",60000,1132",
        "AT+CMQTTSNEW=\"broker.example\",\"8883\",60000,1132\r\r\n+CMQTTSNEW: 0\r\n\r\nOK\r\n",
    ),
    (
        "AT+CMQCON=0,4,\"d-1\",1200,1,0,\"device\",\"secret-word\"",
        "AT+CMQCON=0,4,\"d-1\",1200,1,0,\"device\",\"secret-word\"\r\r\nOK\r\n",
    ),
    ("AT+CMQSUB=0,\"power/v1/receipts/d-1\",1", "AT+CMQSUB=0,\"power/v1/receipts/d-1\",1\r\r\nOK\r\n"),
    (
        "AT+CMQPUB=0,\"power/v1/records/d-1\",1,0,0,10,\"000A6C6C6F\"",
        "AT+CMQPUB=0,\"power/v1/records/d-1\",1,0,0,10,\"000A6C6C6F\"\r\r\nOK\r\n",
    ),
];

/// The certificate of these tests as the manual wants it (14.2.6), on one line; compared by its ends.
const CERTIFICATE: &str = concat!("AT+CSETCA=0,", include_str!("bench/root.line"));
const CERTIFICATE_ANSWER: &str = concat!("AT+CSETCA=0,", include_str!("bench/root.line"), "\r\r\nOK\r\n");

fn run(modem: &mut Modem<'_, Script, NoKey>, now_ms: &mut u64, ms: u64) -> Vec<Event> {
    let end = *now_ms + ms;
    let mut events = Vec::new();
    while *now_ms < end {
        match modem.poll(*now_ms).unwrap() {
            Some(event) => events.push(event),
            None => *now_ms += 10,
        }
    }
    events
}

#[test]
fn the_whole_bring_up_as_printed() {
    let script = Script::default();
    script.to_come.borrow_mut().extend(BRING_UP);
    let (mut modem, mut now_ms) = (Modem::new(CONFIG, script.clone(), NoKey).unwrap(), 0);
    let events = run(&mut modem, &mut now_ms, 20_000);
    assert_eq!(events, [Event::Clock { unix_s: 1_795_655_553, source: ClockSource::Network }, Event::Online]);
    modem.publish(RECORDS, b"\x00\nllo", now_ms).unwrap();
    assert_eq!(run(&mut modem, &mut now_ms, 100), [Event::Published], "leading zeros of a byte are sent");
    assert!(script.to_come.borrow().is_empty());

    // As the manual prints it: 10 is the hex characters of "hello".
    script.out.borrow_mut().extend(b"\r\n+CMQPUB: 0,\"/t\",0,0,0,10,\"68656C6C6F\"\r\n");
    assert_eq!(run(&mut modem, &mut now_ms, 100), [Event::Message]);
    assert_eq!(modem.message(), ("/t", &b"hello"[..]));
    for broken in ["9,\"68656C6C6\"", "10,\"68656C6C\"", "10,68656C6C6F", "2,\"zz\"", ""] {
        let line = format!("\r\n+CMQPUB: 0,\"{RECEIPTS}\",0,0,0,{broken}\r\n");
        script.out.borrow_mut().extend(line.bytes());
        assert_eq!(run(&mut modem, &mut now_ms, 100), [], "{broken}");
    }
    script.out.borrow_mut().extend(b"\r\n+CMQDISCON: 0\r\n");
    assert!(matches!(run(&mut modem, &mut now_ms, 100)[..], [Event::Offline(sim7020::Reason::Lost, _)]));
}

/// What differs where datagrams are carried, in the places of the MQTT client's commands. Socket, connection and the
/// datagram that comes are printed in the Low Power Mode Application Note V1.03; what is closed first is whatever may be
/// open, which the manual answers with `ERROR` where nothing is.
const SOCKET: [(&str, &str); 7] = [
    ("AT+CSOCL=0", "AT+CSOCL=0\r\r\nOK\r\n"),
    ("AT+CSOCL=1", "AT+CSOCL=1\r\r\nERROR\r\n"),
    ("AT+CSOCL=2", "AT+CSOCL=2\r\r\nERROR\r\n"),
    ("AT+CSOCL=3", "AT+CSOCL=3\r\r\nERROR\r\n"),
    ("AT+CSOCL=4", "AT+CSOCL=4\r\r\nERROR\r\n"),
    ("AT+CSOC=1,2,1", "AT+CSOC=1,2,1\r\r\n+CSOC: 0\r\n\r\nOK\r\n"),
    ("AT+CSOCON=0,8309,\"117.131.85.139\"", "AT+CSOCON=0,8309,\"117.131.85.139\"\r\r\nOK\r\n"),
];

/// The peer of that note.
const NOTES_PEER: Peer = Peer { address: std::net::Ipv4Addr::new(117, 131, 85, 139), port: 8_309, ..PEER };

/// A modem that has opened its socket as printed.
fn with_socket(script: &Script, length: Length) -> (Modem<'static, Script, NoKey>, u64) {
    let before = BRING_UP.iter().take_while(|(command, _)| *command != CERTIFICATE).map(|line| match line.0 {
        "AT+CREVHEX=1" => ("AT+CSORCVFLAG=0", "AT+CSORCVFLAG=0\r\r\nOK\r\n"),
        _ => *line,
    });
    script.to_come.borrow_mut().extend(before.chain(SOCKET));
    let config = Config { transport: Transport::Datagrams(Peer { length, ..NOTES_PEER }), ..DATAGRAMS };
    let (mut modem, mut now_ms) = (Modem::new(config, script.clone(), NoKey).unwrap(), 0);
    let events = run(&mut modem, &mut now_ms, 20_000);
    assert_eq!(events, [Event::Clock { unix_s: 1_795_655_553, source: ClockSource::Network }, Event::Online]);
    assert!(script.to_come.borrow().is_empty() && modem.can_send() && !modem.can_publish());
    (modem, now_ms)
}

#[test]
fn a_socket_as_printed() {
    let script = Script::default();
    let (mut modem, mut now_ms) = with_socket(&script, Length::Characters);
    // What comes is the note's; what is sent is its text in hex, the length as the drivers that work have it. A datagram
    // may come before the `OK`, even within the echo.
    let sent = "AT+CSOSEND=0,22,48656C6C6F204C69676874";
    let comes = "+CSONMI: 0,28,68656C6C6F2053494D3730323045";
    for answer in [
        format!("{sent}\r\r\nOK\r\n\r\n{comes}\r\n"),
        format!("{sent}\r\r\n{comes}\r\n\r\nOK\r\n"),
        format!("AT+CSOSEND=0,\r\n{comes}\r\n22,48656C6C6F204C69676874\r\r\nOK\r\n"),
    ] {
        script.to_come.borrow_mut().push_back((sent, answer.leak()));
        modem.send_datagram(b"Hello Light", now_ms).unwrap();
        assert!(!modem.can_send(), "one at a time");
        let mut events = run(&mut modem, &mut now_ms, 300);
        events.sort_by_key(|event| *event == Event::Datagram);
        assert_eq!(events, [Event::Sent, Event::Datagram]);
        assert_eq!(modem.datagram(), b"hello SIM7020E");
    }
    assert_eq!(modem.dropped_datagrams(), 0);
}

#[test]
fn datagrams_in_every_spelling_that_sources_have_and_in_no_other() {
    let script = Script::default();
    let (mut modem, mut now_ms) = with_socket(&script, Length::Bytes);
    script.to_come.borrow_mut().push_back(("AT+CSOSEND=0,3,000A6C", "AT+CSOSEND=0,3,000A6C\r\r\nOK\r\n"));
    modem.send_datagram(b"\0\nl", now_ms).unwrap();
    assert_eq!(run(&mut modem, &mut now_ms, 300), [Event::Sent], "leading zeros of a byte are sent");
    // Characters counted, bytes counted, without the space, in quotes and small letters.
    for line in ["+CSONMI: 0,4,6C6F", "+CSONMI: 0,2,6C6F", "+CSONMI:0,4,6C6F", "+CSONMI: 0,4,\"6c6f\""] {
        script.out.borrow_mut().extend(format!("\r\n{line}\r\n").bytes());
        assert_eq!(run(&mut modem, &mut now_ms, 20), [Event::Datagram], "{line}");
        assert_eq!(modem.datagram(), b"lo");
    }
    let longest = "AB".repeat(MAX_DATAGRAM);
    script.out.borrow_mut().extend(format!("\r\n+CSONMI: 0,1024,{longest}\r\n").bytes());
    assert_eq!(run(&mut modem, &mut now_ms, 100), [Event::Datagram]);
    assert_eq!(modem.datagram(), [0xab; MAX_DATAGRAM]);

    let broken = ["0,3,6C6F", "0,8,6C6F", "0,3,6C6", "0,4,6C6G", "0,0,", "0,4", "0", "0,1026,AB"];
    let too_long = [format!("0,1026,{longest}AB"), format!("0,2800,{}", "AB".repeat(1_400))];
    for data in broken.iter().map(ToString::to_string).chain(too_long) {
        let dropped = modem.dropped_datagrams();
        script.out.borrow_mut().extend(format!("\r\n+CSONMI: {data}\r\n").bytes());
        assert_eq!(run(&mut modem, &mut now_ms, 200), [], "{data}");
        assert_eq!(modem.dropped_datagrams(), dropped + 1, "{data}");
    }
    let not_ours =
        ["+CSONMI: 1,4,6C6F", "+CSONMI: x", "+CSONMI:", "+CSOERR: 1,4", "+CSOERR: 0", "+CSOERR: 0,x", "+CSOC: 3"];
    for line in not_ours {
        script.out.borrow_mut().extend(format!("\r\n{line}\r\n").bytes());
        assert_eq!(run(&mut modem, &mut now_ms, 100), [], "{line}");
    }
    assert_eq!(modem.datagram(), [0xab; MAX_DATAGRAM], "nothing else was taken for one");
}

#[test]
fn a_socket_that_fails_is_said_beside_the_error_or_alone() {
    let sent = "AT+CSOSEND=0,2,00";
    for (answer, expected) in [
        ("ERROR\r\n\r\n+CSOERR: 0,1", Reason::Refused(sim7020::parse::Fault::Plain)),
        ("+CSOERR: 0,1\r\n\r\nERROR", Reason::Socket(1)),
        ("OK\r\n\r\n+CSOERR:0,-1", Reason::Socket(-1)),
        ("OK\r\n\r\n+CEREG: 2", Reason::NotRegistered),
    ] {
        let script = Script::default();
        let (mut modem, mut now_ms) = with_socket(&script, Length::Characters);
        script.to_come.borrow_mut().push_back((sent, format!("{sent}\r\r\n{answer}\r\n").leak()));
        modem.send_datagram(b"\0", now_ms).unwrap();
        let events = run(&mut modem, &mut now_ms, 200);
        assert_eq!(events.last(), Some(&Event::Offline(expected, Rung::Session)), "{answer}");
        assert!(!modem.can_send() && modem.send_datagram(b"1", now_ms).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_datagram_comes_as_it_was_sent(
        bytes in proptest::collection::vec(any::<u8>(), 1..=MAX_DATAGRAM),
        (characters, quotes, small) in any::<(bool, bool, bool)>(),
    ) {
        let script = Script::default();
        let (mut modem, mut now_ms) = with_socket(&script, Length::Characters);
        let hex: String =
            bytes.iter().map(|byte| if small { format!("{byte:02x}") } else { format!("{byte:02X}") }).collect();
        let length = if characters { hex.len() } else { bytes.len() };
        let quote = if quotes { "\"" } else { "" };
        script.out.borrow_mut().extend(format!("\r\n+CSONMI: 0,{length},{quote}{hex}{quote}\r\n").bytes());
        prop_assert_eq!(run(&mut modem, &mut now_ms, 100), [Event::Datagram]);
        prop_assert_eq!((modem.datagram(), modem.dropped_datagrams()), (&bytes[..], 0));
    }

    /// Whatever stands in its lines: a datagram of whole bytes, a failure of this socket, or nothing.
    #[test]
    fn no_line_of_a_socket_makes_it_fall(name in "\\+CSO(NMI|ERR|C): ?", rest in "(0,)?-?[0-9]{0,4},?[0-9A-Fa-f\" -~]{0,40}") {
        let script = Script::default();
        let (mut modem, mut now_ms) = with_socket(&script, Length::Characters);
        script.out.borrow_mut().extend(format!("\r\n{name}{rest}\r\n").bytes());
        match run(&mut modem, &mut now_ms, 100)[..] {
            [] => prop_assert!(modem.can_send()),
            [Event::Datagram] => {
                prop_assert!(name.contains("NMI") && (1..=20).contains(&modem.datagram().len()));
            }
            [Event::Offline(Reason::Socket(_), Rung::Session)] => prop_assert!(name.contains("ERR")),
            ref events => prop_assert!(false, "{events:?}"),
        }
    }
}
