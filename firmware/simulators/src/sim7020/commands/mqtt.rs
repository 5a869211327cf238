//! The modem's own MQTT client (chapter 11), over TLS with the root certificate that it is given (14.2.6).

use super::{
    super::{Client, State},
    Answer, BAD, Later, NOT_ALLOWED, UNKNOWN, line, ok, refuse, unquote,
};

impl State {
    /// 14.2.6: `is_end` 1 means that more follows.
    pub(super) fn set_certificate(&mut self, values: &[&str]) -> Answer {
        let [kind, total, more, "0", data] = values else { return refuse(BAD) };
        let (Ok(kind @ 0..=4), Ok(total), Some(data)) = (kind.parse(), total.parse::<usize>(), unquote(data)) else {
            return refuse(BAD);
        };
        let whole = self.certificates.entry(kind).or_default();
        if whole.ends_with("-----END CERTIFICATE-----") {
            whole.clear();
        }
        whole.push_str(data);
        let fits = match *more {
            "1" => whole.len() < total,
            "0" => whole.len() == total,
            _ => false,
        };
        if fits {
            return ok(50);
        }
        self.certificates.remove(&kind);
        refuse(BAD)
    }

    pub(super) fn mqtt(&mut self, name: &str, values: &[&str]) -> Answer {
        match (name, values) {
            ("+CMQTTSNEW", [host, port, wait_ms, buffer]) => {
                let (Some(host), Some(_)) = (unquote(host), unquote(port)) else { return refuse(BAD) };
                let within = |text: &str, range: std::ops::RangeInclusive<u32>| {
                    text.parse().is_ok_and(|number| range.contains(&number))
                };
                if host.len() > 50 || !within(wait_ms, 0..=60_000) || !within(buffer, 20..=1_132) {
                    return refuse(BAD);
                }
                // One client, TLS with a root certificate that the broker's hangs on, under the name that was asked for.
                let trusted = self.root_certificate().is_some() && host == self.broker.name;
                if self.client != Client::None || !trusted || !self.reaches_broker() {
                    return Answer { after_ms: 5_000, ..refuse(NOT_ALLOWED) };
                }
                self.client = Client::New;
                line(4_000, "+CMQTTSNEW: 0".into())
            }
            ("+CMQCON", ["0", "3" | "4", client_id, keep_alive, "0" | "1", "0", login @ ..]) => {
                if self.client != Client::New {
                    return refuse(NOT_ALLOWED);
                }
                let keeps = keep_alive.parse().is_ok_and(|seconds: u32| seconds <= 64_800);
                if unquote(client_id).is_none_or(|id| id.len() > 120) || !keeps || !matches!(login.len(), 0 | 2) {
                    return refuse(BAD);
                }
                if !self.broker.accepts || !self.reaches_broker() {
                    self.client = Client::None;
                    return Answer { lines: vec!["+CMQDISCON: 0".into()], after_ms: 3_000, ..refuse(NOT_ALLOWED) };
                }
                Answer { then: Some(Later::Connected), ..ok(1_500) }
            }
            ("+CMQSUB", ["0", topic, "0" | "1" | "2"]) => {
                let topic = unquote(topic).filter(|topic| topic.len() <= 128).map(str::to_owned);
                match (topic, self.connected_topics()) {
                    (Some(topic), Some(topics)) => {
                        topics.insert(topic.clone());
                        Answer { then: Some(Later::Subscribed(topic)), ..ok(800) }
                    }
                    _ => refuse(NOT_ALLOWED),
                }
            }
            ("+CMQPUB", values) => self.publish(values),
            ("+CMQDISCON", ["0"]) if self.client == Client::None => refuse(NOT_ALLOWED),
            ("+CMQDISCON", ["0"]) => {
                self.client = Client::None;
                ok(300)
            }
            _ => refuse(UNKNOWN),
        }
    }

    /// The length counts the characters sent, 2 to 1,000, even in hex.
    fn publish(&mut self, values: &[&str]) -> Answer {
        let ["0", topic, "0" | "1" | "2", "0" | "1", "0" | "1", length, message] = values else { return refuse(BAD) };
        let (Some(topic), Some(message), Ok(length)) = (unquote(topic), unquote(message), length.parse::<usize>())
        else {
            return refuse(BAD);
        };
        if topic.len() > 128 || length != message.len() || !(2..=1_000).contains(&length) {
            return refuse(BAD);
        }
        let payload = data_encoding::HEXUPPER_PERMISSIVE.decode(message.as_bytes());
        let (true, Ok(payload)) = (self.kept.hex, payload) else { return refuse(BAD) };
        if !self.is_connected() {
            return refuse(NOT_ALLOWED);
        }
        Answer { then: Some(Later::Published(topic.into(), payload)), ..ok(700) }
    }
}
