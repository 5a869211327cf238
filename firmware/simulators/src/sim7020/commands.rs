//! One command at a time: what is echoed, what is answered, and when.

mod mqtt;
mod sockets;
mod time;

use std::collections::BTreeSet;

pub(super) use sockets::Sockets;

use super::{Card, Client, Datagram, MAX_COMMAND, State, Trouble, network};

/// What an answer brings about when it is given.
#[derive(Clone, Debug)]
pub(super) enum Later {
    Restart,
    Radio(bool),
    Attach(bool),
    Connected,
    Subscribed(String),
    Published(String, Vec<u8>),
    TimeServer(String),
    Sent(Datagram),
    SocketError(u8, i8),
}

/// An answer: lines, then the result.
struct Answer {
    after_ms: u64,
    lines: Vec<String>,
    /// `Err` is a CME code, or none where the manual has a plain `ERROR`.
    result: Result<(), Option<u16>>,
    then: Option<Later>,
}

/// Bad parameters.
const BAD: u16 = 50;
/// Not allowed in this state.
const NOT_ALLOWED: u16 = 3;
/// Unknown command.
const UNKNOWN: u16 = 100;

fn ok(after_ms: u64) -> Answer {
    Answer { after_ms, lines: Vec::new(), result: Ok(()), then: None }
}

fn line(after_ms: u64, line: String) -> Answer {
    Answer { lines: vec![line], ..ok(after_ms) }
}

fn refuse(code: u16) -> Answer {
    Answer { result: Err(Some(code)), ..ok(20) }
}

/// Splits at commas outside quotes.
fn fields(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let between = |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    text.split(between).collect()
}

fn unquote(field: &str) -> Option<&str> {
    field.strip_prefix('"')?.strip_suffix('"')
}

impl State {
    pub(super) fn take_byte(&mut self, byte: u8) {
        if !self.is_on() {
            return;
        }
        if byte == b'\n' && self.input.is_empty() {
            return;
        }
        if byte != b'\r' {
            self.input.push(byte);
            return;
        }
        let bytes = std::mem::take(&mut self.input);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let now_ms = self.now_ms();
        if now_ms < self.busy_until_ms && text == "AT" {
            // A host that has just started does not know of a command under way: it is not heard.
            return;
        }
        if now_ms < self.busy_until_ms {
            self.violations.push(format!("{text} before the answer to the last command"));
        }
        self.take_command(&text, now_ms);
    }

    fn take_command(&mut self, text: &str, now_ms: u64) {
        let trouble = self.next_trouble(text);
        if trouble == Some(Trouble::Deaf) {
            return;
        }
        if self.echo {
            let (head, tail) = text.split_at(text.len().min(9));
            match trouble {
                Some(Trouble::Interrupted) if !tail.is_empty() => {
                    self.put(now_ms, &format!("{head}\r\n+CEREG: 2\r\n{tail}\r"));
                }
                _ => self.put(now_ms, &format!("{text}\r")),
            }
        }
        match trouble {
            Some(Trouble::Silent) => return,
            Some(Trouble::Restart) => return self.restart(),
            Some(Trouble::Noise) => self.put(now_ms, "\u{7f}\u{1}+C:=\"\r\r\n\n\u{0}garb\"age,,,\r\n"),
            Some(Trouble::Interrupted) => {
                let card = self.card_line();
                self.unsolicited(now_ms, &card);
                self.unsolicited(now_ms, "+CTZV: +22");
            }
            _ => {}
        }
        let answer = match trouble {
            Some(Trouble::Error(code)) => refuse(code),
            _ if text.len() > MAX_COMMAND + 2 => refuse(UNKNOWN),
            _ => self.execute(text),
        };
        let late_ms = if let Some(Trouble::LateMs(late_ms)) = trouble { late_ms } else { 0 };
        let at_ms = now_ms + answer.after_ms + late_ms;
        // A command that was answered late is given up by its host, which may then send the next.
        self.busy_until_ms = if late_ms == 0 { at_ms } else { now_ms };
        self.give(&answer, at_ms);
        if let Some(Trouble::TwiceMs(again_ms)) = trouble {
            self.give(&answer, at_ms + again_ms);
        }
        if let Some(later) = answer.then {
            self.then.push((at_ms, later));
        }
    }

    fn give(&mut self, answer: &Answer, at_ms: u64) {
        let result = match answer.result {
            Ok(()) => "OK".into(),
            Err(Some(code)) if self.numeric_errors => format!("+CME ERROR: {code}"),
            Err(_) => "ERROR".into(),
        };
        for text in answer.lines.iter().chain([&result]) {
            self.unsolicited(at_ms, text);
        }
    }

    fn next_trouble(&mut self, text: &str) -> Option<Trouble> {
        let fault = self.faults.iter_mut().find(|fault| fault.times > 0 && text.starts_with(fault.command))?;
        fault.times -= 1;
        Some(fault.trouble)
    }

    pub(super) fn do_what_is_due(&mut self) {
        let now_ms = self.now_ms();
        while let Some(at) = self.then.iter().position(|(at_ms, _)| *at_ms <= now_ms) {
            match self.then.remove(at).1 {
                Later::Restart => return self.restart(),
                Later::Radio(on) => {
                    self.set_radio(on, now_ms);
                    if on {
                        let card = self.card_line();
                        self.unsolicited(now_ms, &card);
                    }
                }
                Later::Attach(attach) => self.attach(attach),
                Later::Connected => {
                    self.broker.connections += 1;
                    self.client = Client::Connected { topics: BTreeSet::new() };
                }
                Later::Sent(datagram) => self.send_out(datagram, now_ms),
                Later::SocketError(number, code) => self.say_socket_error(number, code, now_ms),
                Later::TimeServer(name) => self.ask_time_server(&name, now_ms),
                Later::Subscribed(filter) => {
                    let retained = self.broker.retained.clone();
                    for (topic, payload) in retained.iter().filter(|(topic, _)| network::covers(&filter, topic)) {
                        self.deliver(topic, payload);
                    }
                }
                Later::Published(topic, payload) => {
                    if !self.broker.loses && self.reaches_broker() {
                        self.broker.received.push((topic, payload));
                    }
                }
            }
        }
    }

    pub(super) fn card_line(&self) -> String {
        let card = match self.card {
            Card::Ready => "READY",
            Card::Pin => "SIM PIN",
            Card::Missing => "NOT INSERTED",
        };
        // Transcripts of the vendor have it with a space and without.
        format!("+CPIN:{card}")
    }

    fn execute(&mut self, text: &str) -> Answer {
        let Some(command) = text.strip_prefix("AT").or_else(|| text.strip_prefix("at")) else { return refuse(UNKNOWN) };
        if let Some((name, values)) = command.split_once('=') {
            return self.set(name, values);
        }
        match command {
            "" => ok(10),
            "E0" | "E1" => {
                self.echo = command == "E1";
                ok(10)
            }
            "+CPIN?" if self.card == Card::Missing => refuse(10),
            "+CPIN?" => line(100, self.card_line()),
            "+CEREG?" => {
                let registered = if self.is_registered() { ",\"1DE5\",\"0A8B5D03\",9" } else { "" };
                line(30, format!("+CEREG: {},{}{registered}", self.registration_mode, self.registration()))
            }
            "+CCLK?" => line(20, format!("+CCLK: {}", self.clock_line())),
            "+CSQ" => line(20, "+CSQ: 18,0".into()),
            "+CNWRCCFG?" => {
                line(20, format!("+CNWRCCFG: {}", self.kept.next_pauses_s.map(|pause| pause.to_string()).join(",")))
            }
            "+CSNTPSTOP" => {
                self.asking_time = false;
                ok(20)
            }
            "+CRESET" => Answer { then: Some(Later::Restart), ..ok(20) },
            _ => refuse(UNKNOWN),
        }
    }

    fn set(&mut self, name: &str, values: &str) -> Answer {
        let number = |least: u32, most: u32| values.parse().ok().filter(|n: &u32| (least..=most).contains(n));
        match name {
            "+IPR" if values == "115200" => {
                self.kept.fixed_rate = true;
                ok(20)
            }
            "+CMEE" => number(0, 2).map_or(refuse(BAD), |n| {
                self.numeric_errors = n > 0;
                ok(10)
            }),
            "+CFUN" => match number(0, 1) {
                // The card's line comes before the answer when it goes off, after it when it comes on.
                Some(0) => {
                    let off = line(1_000, "+CPIN: NOT READY".into());
                    Answer { then: Some(Later::Radio(false)), ..off }
                }
                Some(_) => Answer { then: Some(Later::Radio(true)), ..ok(1_000) },
                None => refuse(BAD),
            },
            "+CEREG" => number(0, 5).map_or(refuse(BAD), |n| {
                self.registration_mode = n;
                ok(10)
            }),
            "+CGATT" if !self.radio => refuse(NOT_ALLOWED),
            "+CGATT" => match number(0, 1) {
                Some(n) => Answer { then: Some(Later::Attach(n == 1)), ..ok(2_000) },
                None => refuse(BAD),
            },
            "+CREVHEX" => number(0, 1).map_or(refuse(BAD), |n| {
                self.kept.hex = n == 1;
                ok(10)
            }),
            "+CURTC" => number(0, 1).map_or(refuse(BAD), |n| {
                self.kept.next_utc = n == 0;
                ok(10)
            }),
            "+CTZU" => number(0, 1).map_or(refuse(BAD), |_| ok(10)),
            "+CPSMS" => ok(20),
            "+CNWRCCFG" => self.set_pauses(values),
            "*MCGDEFCONT" if self.radio => refuse(NOT_ALLOWED),
            "*MCGDEFCONT" => match fields(values)[..] {
                ["\"IP\"", apn] => {
                    self.kept.apn = unquote(apn).map(str::to_owned);
                    ok(50)
                }
                _ => refuse(BAD),
            },
            "+CSNTPSTART" if self.asking_time => refuse(NOT_ALLOWED),
            "+CSNTPSTART" => match fields(values)[..] {
                [server] | [server, _] if unquote(server).is_some() => {
                    self.asking_time = true;
                    let name = unquote(server).unwrap_or_default().to_owned();
                    Answer { then: Some(Later::TimeServer(name)), ..ok(50) }
                }
                _ => refuse(BAD),
            },
            "+CSETCA" => self.set_certificate(&fields(values)),
            _ if name.starts_with("+CSO") => self.sockets(name, &fields(values)),
            _ => self.mqtt(name, &fields(values)),
        }
    }

    fn set_pauses(&mut self, values: &str) -> Answer {
        let pauses: Vec<u16> = values.split(',').filter_map(|pause| pause.parse().ok()).collect();
        match <[u16; 6]>::try_from(pauses) {
            Ok(pauses) if pauses.iter().all(|pause| (1..=28_800).contains(pause)) => {
                self.kept.next_pauses_s = pauses;
                ok(20)
            }
            _ => refuse(BAD),
        }
    }
}
