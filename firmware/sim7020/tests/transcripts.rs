//! The manual's own transcripts, without the simulator: what the driver says, and what it makes of the answers as they
//! are printed, spaces and all (AT Command Manual V1.05; Low Power Mode Application Note V1.03; HTTP(S) Application
//! Note V1.04 for the start of a module).

mod bench;

use std::{cell::RefCell, collections::VecDeque, convert::Infallible, rc::Rc};

use bench::{CONFIG, RECEIPTS, RECORDS};
use embedded_hal::digital;
use embedded_io::{ErrorType, Read, ReadReady, Write};
use sim7020::{ClockSource, Event, Modem};

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
