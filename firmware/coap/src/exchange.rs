//! One confirmable request and its answer (RFC 7252, 4.2 and 5.2), in blocks where it is longer than a datagram (RFC 7959).

use std::time::{Duration, Instant};

use coap_lite::{CoapOption, MessageClass, MessageType, Packet, RequestType, ResponseType};

/// RFC 7252, 4.8: the first wait for an acknowledgement.
pub const ACK_TIMEOUT: Duration = Duration::from_secs(2);
/// RFC 7252, 4.8: how often a request is sent again.
pub const MAX_RETRANSMIT: u32 = 4;
/// Longest payload of a request: a record.
pub const MAX_PAYLOAD: usize = 500;
/// Longest datagram: what the SIM7020's UDP socket carries.
pub(crate) const MTU: usize = 512;
/// What DTLS adds to a message: the record's header, explicit nonce and tag (RFC 6347, 4.1; RFC 6655, 3).
const DTLS_BYTES: usize = 13 + 8 + 8;
/// Bytes of a block, and how its size is written (RFC 7959, 2.2): the largest that leaves room for a path.
const BLOCK: usize = 256;
const BLOCK_SIZE_EXPONENT: u8 = 4;
/// More blocks follow (RFC 7959, 2.2).
const MORE: u8 = 0x08;
/// How long an answer may take after it was promised: MAX_TRANSMIT_SPAN of its sender, and its way.
const SEPARATE_TIMEOUT: Duration = Duration::from_secs(60);

/// What a message of the server means for the request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing: of another exchange, or a repetition.
    Nothing,
    /// It has it and will answer.
    Promised,
    /// It has the block and wants the next.
    Continued,
    /// Its answer: whether it took it, the code as `2.04`, and a payload.
    Answered { taken: bool, code: String, payload: Vec<u8> },
    /// It knows nothing of us (a reset).
    Reset,
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Exchange {
    method: RequestType,
    path: String,
    payload: Vec<u8>,
    /// The block that is under way, where one message does not hold all.
    block: Option<usize>,
    bytes: Vec<u8>,
    message_id: u16,
    token: [u8; 4],
    first_wait: Duration,
    wait: Duration,
    due: Instant,
    sent: u32,
    /// How often it began anew with its first block.
    restarts: u32,
    promised: bool,
}

impl Exchange {
    /// A request; `None` where its path leaves no room for a block. `jitter` in 0..=255 spreads devices that begin together
    /// (RFC 7252, ACK_RANDOM_FACTOR 1.5).
    pub(crate) fn new(
        method: RequestType,
        (path, payload): (&str, &[u8]),
        (message_id, token): (u16, [u8; 4]),
        jitter: u8,
        now: Instant,
    ) -> Option<Self> {
        let first_wait = ACK_TIMEOUT + ACK_TIMEOUT * u32::from(jitter) / 510;
        let mut exchange = Self {
            method,
            path: path.into(),
            payload: payload.into(),
            block: None,
            bytes: Vec::new(),
            message_id,
            token,
            first_wait,
            wait: first_wait,
            due: now,
            sent: 0,
            restarts: 0,
            promised: false,
        };
        exchange.write();
        if !exchange.fits() {
            exchange.block = Some(0);
            exchange.write();
        }
        exchange.fits().then_some(exchange)
    }

    fn fits(&self) -> bool {
        // What the encoder does not take is nothing to send.
        !self.bytes.is_empty() && self.bytes.len() + DTLS_BYTES <= MTU
    }

    /// The message that is under way.
    fn write(&mut self) {
        let mut packet = Packet::new();
        packet.header.set_type(MessageType::Confirmable);
        packet.header.code = MessageClass::Request(self.method);
        packet.header.message_id = self.message_id;
        packet.set_token(self.token.to_vec());
        for segment in self.path.split('/') {
            packet.add_option(CoapOption::UriPath, segment.as_bytes().to_vec());
        }
        packet.payload = match self.block {
            None => self.payload.clone(),
            Some(number) => {
                let more = if self.is_last(number) { 0 } else { MORE };
                packet.add_option(CoapOption::Block1, vec![(number as u8) << 4 | more | BLOCK_SIZE_EXPONENT]);
                self.payload.chunks(BLOCK).nth(number).unwrap_or_default().to_vec()
            }
        };
        self.bytes = packet.to_bytes().unwrap_or_default();
    }

    fn is_last(&self, number: usize) -> bool {
        (number + 1) * BLOCK >= self.payload.len()
    }

    /// The id of its last message: the next is of another exchange or block.
    pub(crate) fn message_id(&self) -> u16 {
        self.message_id
    }

    fn go_to_block(&mut self, number: usize, now: Instant) {
        self.block = Some(number);
        self.message_id = self.message_id.wrapping_add(1);
        self.write();
        self.wait = self.first_wait * 2_u32.pow(self.restarts);
        (self.sent, self.due, self.promised) = (0, now, false);
    }

    /// From the first block, later each time; says whether it may.
    fn begin_anew(&mut self, now: Instant) -> bool {
        let may = self.restarts < MAX_RETRANSMIT;
        if may {
            self.restarts += 1;
            self.go_to_block(0, now);
        }
        may
    }

    /// A block after the first is not sent twice by itself: a server that had it, whose answer was lost, takes it for all
    /// there is (libcoap 4.3.1 does). Then the whole is sent again.
    fn must_begin_anew(&self) -> bool {
        self.sent > 0 && self.block.is_some_and(|number| number > 0)
    }

    /// Whether an answer is about the block that is under way: one that comes twice or late is about another.
    fn is_about(&self, packet: &Packet, number: usize) -> bool {
        match packet.get_first_option(CoapOption::Block1) {
            Some(block) => usize::from(block.last().copied().unwrap_or_default() >> 4) == number,
            None => packet.header.message_id == self.message_id,
        }
    }

    /// What to send now, if anything; `Err` when it was sent often enough.
    pub(crate) fn due(&mut self, now: Instant) -> Result<Option<&[u8]>, ()> {
        if now < self.due {
            return Ok(None);
        }
        if self.promised || self.sent > MAX_RETRANSMIT {
            return Err(());
        }
        if self.must_begin_anew() && !self.begin_anew(now) {
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
                (self.take_answer(code, packet, now), acknowledgement)
            }
            _ => (Heard::Nothing, acknowledgement),
        }
    }

    fn take_answer(&mut self, code: ResponseType, packet: Packet, now: Instant) -> Heard {
        use ResponseType::{Changed, Content, Continue, Created, RequestEntityIncomplete};
        let taken = matches!(code, Created | Changed | Content);
        if let Some(number) = self.block.filter(|_| taken || code == Continue) {
            if !self.is_about(&packet, number) {
                return Heard::Nothing;
            }
            // A server that acts on every block by itself says so with another code than 2.31 (RFC 7959, 2.3).
            if !self.is_last(number) {
                self.go_to_block(number + 1, now);
                return Heard::Continued;
            }
        }
        if self.block.is_some() && code == RequestEntityIncomplete && self.begin_anew(now) {
            return Heard::Continued;
        }
        Heard::Answered { taken, code: packet.header.get_code(), payload: packet.payload }
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
        Exchange::new(RequestType::Put, ("power/v1/records/d-1/7", b"{}"), (9, *b"abcd"), 0, now).unwrap()
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
        let is_taken =
            |heard: &Heard| matches!(heard, Heard::Answered { taken: true, payload, .. } if payload == b"receipt");
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

    fn of_two_blocks(now: Instant) -> (Exchange, Vec<u8>) {
        let payload: Vec<u8> = (0..MAX_PAYLOAD).map(|byte| byte as u8).collect();
        let path = "power/v1/records/transformer-000001/4000000";
        (Exchange::new(RequestType::Put, (path, &payload), (9, *b"abcd"), 0, now).unwrap(), payload)
    }

    /// The block that is sent now, with its id and payload.
    fn sent(exchange: &mut Exchange, now: Instant) -> (u8, u16, Vec<u8>) {
        let packet = Packet::from_bytes(exchange.due(now).unwrap().expect("something to send")).unwrap();
        (packet.get_first_option(CoapOption::Block1).unwrap()[0], packet.header.message_id, packet.payload)
    }

    fn answer_to_block(code: ResponseType, message_id: u16, block: u8) -> Vec<u8> {
        let bytes = answer(MessageType::Acknowledgement, MessageClass::Response(code), message_id, b"abcd");
        let mut packet = Packet::from_bytes(&bytes).unwrap();
        packet.add_option(CoapOption::Block1, vec![block]);
        packet.to_bytes().unwrap()
    }

    /// RFC 7959, 2.5: a block, its acknowledgement with 2.31, the next; each has its own tries.
    #[test]
    fn what_is_longer_than_a_datagram_goes_in_blocks_each_once_acknowledged() {
        let now = Instant::now();
        let (mut exchange, payload) = of_two_blocks(now);
        assert_eq!(sent(&mut exchange, now), (0x0c, 9, payload[..256].to_vec()), "block 0 of 256 bytes, more follow");
        let later = now + ACK_TIMEOUT;
        assert_eq!(sent(&mut exchange, later).1, 9, "again");
        assert_eq!(exchange.hear(&answer_to_block(ResponseType::Continue, 9, 0x1c), later).0, Heard::Nothing);
        assert_eq!(exchange.hear(&answer_to_block(ResponseType::Continue, 9, 0x0c), later).0, Heard::Continued);
        assert_eq!(sent(&mut exchange, later), (0x14, 10, payload[256..].to_vec()), "block 1, the last");
        assert_eq!(exchange.message_id(), 10);
        assert_eq!(exchange.hear(&answer_to_block(ResponseType::Continue, 9, 0x0c), later).0, Heard::Nothing, "twice");
        let (heard, _) = exchange.hear(&answer_to_block(ResponseType::Changed, 10, 0x14), later);
        assert!(matches!(heard, Heard::Answered { taken: true, .. }));
        let long = "x".repeat(250);
        assert!(Exchange::new(RequestType::Put, (&long, &payload), (9, *b"abcd"), 0, now).is_none(), "no room");
        let longest = "x".repeat(70_000);
        assert!(Exchange::new(RequestType::Put, (&longest, &payload), (9, *b"abcd"), 0, now).is_none(), "not a message");
    }

    #[test]
    fn no_block_stands_for_the_whole_and_an_unanswered_one_begins_it_anew_until_it_is_given_up() {
        let mut now = Instant::now();
        let (mut exchange, payload) = of_two_blocks(now);
        for restart in 0..=MAX_RETRANSMIT as u16 {
            let first = 9 + 2 * restart;
            assert_eq!(sent(&mut exchange, now), (0x0c, first, payload[..256].to_vec()));
            // An answer to the last block of the try before is about another; a server may take each block by itself.
            assert_eq!(exchange.hear(&answer_to_block(ResponseType::Changed, first - 1, 0x14), now).0, Heard::Nothing);
            assert_eq!(exchange.hear(&answer_to_block(ResponseType::Created, first, 0x0c), now).0, Heard::Continued);
            assert_eq!(sent(&mut exchange, now), (0x14, first + 1, payload[256..].to_vec()));
            assert_eq!(exchange.next_due() - now, ACK_TIMEOUT * 2_u32.pow(restart.into()));
            now = exchange.next_due();
        }
        assert_eq!(exchange.due(now), Err(()));

        let (mut exchange, _) = of_two_blocks(now);
        let incomplete = |id| answer_to_block(ResponseType::RequestEntityIncomplete, id, 0x0c);
        for restart in 0..MAX_RETRANSMIT as u16 {
            assert_eq!(exchange.hear(&incomplete(9 + restart), now).0, Heard::Continued);
        }
        let (heard, _) = exchange.hear(&incomplete(13), now);
        assert!(matches!(heard, Heard::Answered { taken: false, code, .. } if code == "4.08"));
    }
}
