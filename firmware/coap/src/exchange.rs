//! One confirmable request and its answer (RFC 7252, 4.2 and 5.2).

use std::time::{Duration, Instant};

use coap_lite::{CoapOption, MessageClass, MessageType, Packet, RequestType, ResponseType};

/// RFC 7252, 4.8: the first wait for an acknowledgement.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(2);
/// RFC 7252, 4.8: how often a request is sent again.
pub const MAX_RETRANSMIT: u32 = 4;
/// Longest payload of a request: a record.
pub const MAX_PAYLOAD: usize = 500;
/// How long an answer may take after it was promised: MAX_TRANSMIT_SPAN of its sender, and its way.
const SEPARATE_TIMEOUT: Duration = Duration::from_secs(60);

/// What a message of the server means for the request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing: of another exchange, or a repetition.
    Nothing,
    /// It has it and will answer.
    Promised,
    /// Its answer: whether it took it, the code as `2.04`, and a payload.
    Answered { taken: bool, code: String, payload: Vec<u8> },
    /// It knows nothing of us (a reset).
    Reset,
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Exchange {
    bytes: Vec<u8>,
    message_id: u16,
    token: [u8; 4],
    wait: Duration,
    due: Instant,
    sent: u32,
    promised: bool,
}

impl Exchange {
    /// A `PUT`. `jitter` in 0..=255 spreads devices that begin together (RFC 7252, ACK_RANDOM_FACTOR 1.5).
    pub(crate) fn put(path: &str, payload: &[u8], message_id: u16, token: [u8; 4], jitter: u8, now: Instant) -> Self {
        let mut packet = Packet::new();
        packet.header.set_type(MessageType::Confirmable);
        packet.header.code = MessageClass::Request(RequestType::Put);
        packet.header.message_id = message_id;
        packet.set_token(token.to_vec());
        for segment in path.split('/') {
            packet.add_option(CoapOption::UriPath, segment.as_bytes().to_vec());
        }
        packet.payload = payload.to_vec();
        // A packet of such a payload and path is within every limit of its encoder.
        let bytes = packet.to_bytes().unwrap_or_default();
        let wait = ACK_TIMEOUT + ACK_TIMEOUT * u32::from(jitter) / 510;
        Self { bytes, message_id, token, wait, due: now, sent: 0, promised: false }
    }

    /// What to send now, if anything; `Err` when it was sent often enough.
    pub(crate) fn due(&mut self, now: Instant) -> Result<Option<&[u8]>, ()> {
        if now < self.due {
            return Ok(None);
        }
        if self.promised || self.sent > MAX_RETRANSMIT {
            return Err(());
        }
        self.sent += 1;
        self.due = now + self.wait;
        self.wait *= 2;
        Ok(Some(&self.bytes))
    }

    pub(crate) fn next_due(&self) -> Instant {
        self.due
    }

    /// Takes a message; the second value is an acknowledgement to be sent.
    pub(crate) fn hear(&mut self, bytes: &[u8], now: Instant) -> (Heard, Option<Vec<u8>>) {
        let Ok(packet) = Packet::from_bytes(bytes) else { return (Heard::Nothing, None) };
        let kind = packet.header.get_type();
        let ours = packet.header.message_id == self.message_id;
        let acknowledgement = (kind == MessageType::Confirmable).then(|| acknowledge(packet.header.message_id));
        match packet.header.code {
            MessageClass::Empty if kind == MessageType::Reset && ours => (Heard::Reset, None),
            MessageClass::Empty if kind == MessageType::Acknowledgement && ours => {
                self.promised = true;
                self.due = now + SEPARATE_TIMEOUT;
                (Heard::Promised, None)
            }
            MessageClass::Response(code) if packet.get_token() == self.token => {
                let taken = matches!(code, ResponseType::Created | ResponseType::Changed);
                let code = packet.header.get_code();
                (Heard::Answered { taken, code, payload: packet.payload }, acknowledgement)
            }
            _ => (Heard::Nothing, acknowledgement),
        }
    }
}

fn acknowledge(message_id: u16) -> Vec<u8> {
    let mut packet = Packet::new();
    packet.header.set_type(MessageType::Acknowledgement);
    packet.header.code = MessageClass::Empty;
    packet.header.message_id = message_id;
    packet.to_bytes().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: MessageType, code: MessageClass, message_id: u16, token: &[u8]) -> Vec<u8> {
        let mut packet = Packet::new();
        packet.header.set_type(kind);
        packet.header.code = code;
        packet.header.message_id = message_id;
        packet.set_token(token.to_vec());
        packet.payload = b"receipt".to_vec();
        packet.to_bytes().unwrap()
    }

    fn exchange(now: Instant) -> Exchange {
        Exchange::put("power/v1/records/d-1/7", b"{}", 9, *b"abcd", 0, now)
    }

    /// RFC 7252, 4.2: 2, 4, 8, 16, 32 s; the last wait ends it.
    #[test]
    fn it_is_sent_five_times_with_doubled_waits_and_given_up() {
        let start = Instant::now();
        let mut exchange = exchange(start);
        let mut sent_s = Vec::new();
        let mut now = start;
        while let Ok(due) = exchange.due(now).map(|due| due.map(<[u8]>::to_vec)) {
            if due.is_some() {
                sent_s.push((now - start).as_secs());
            }
            now = exchange.next_due();
        }
        assert_eq!((sent_s, (now - start).as_secs()), (vec![0, 2, 6, 14, 30], 62));
    }

    #[test]
    fn answers_come_with_the_acknowledgement_or_after_it_and_others_are_not_ours() {
        use MessageType::{Acknowledgement, Confirmable, NonConfirmable, Reset};
        let now = Instant::now();
        let changed = MessageClass::Response(ResponseType::Changed);
        let is_taken = |heard: &Heard| matches!(heard, Heard::Answered { taken: true, payload, .. } if payload == b"receipt");
        let (heard, back) = exchange(now).hear(&answer(Acknowledgement, changed, 9, b"abcd"), now);
        assert!(is_taken(&heard) && back.is_none());
        let mut separate = exchange(now);
        assert_eq!(separate.hear(&[0x60, 0, 0, 9], now), (Heard::Promised, None));
        let (heard, back) = separate.hear(&answer(Confirmable, changed, 77, b"abcd"), now);
        assert!(is_taken(&heard) && back == Some(vec![0x60, 0, 0, 77]));
        let (heard, back) = exchange(now).hear(&answer(NonConfirmable, changed, 78, b"dcba"), now);
        assert_eq!((heard, back), (Heard::Nothing, None));
        assert_eq!(exchange(now).hear(&[0x70, 0, 0, 9], now).0, Heard::Reset);
        assert_eq!(exchange(now).hear(&answer(Reset, MessageClass::Empty, 10, b""), now).0, Heard::Nothing);
        let refused = MessageClass::Response(ResponseType::Unauthorized);
        let (heard, _) = exchange(now).hear(&answer(Acknowledgement, refused, 9, b"abcd"), now);
        assert!(matches!(heard, Heard::Answered { taken: false, code, .. } if code == "4.01"));
        assert_eq!(exchange(now).hear(&[0xff; 3], now), (Heard::Nothing, None));
    }
}
