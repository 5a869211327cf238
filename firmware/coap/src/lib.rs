//! Records as CoAP over DTLS: for a device whose modem carries datagrams and whose operator prefers them to an open
//! connection. No IO and no clock of its own: datagrams and times in, datagrams and events out.
//!
//! A record is put under its device and sequence, `PUT /power/v1/records/<device>/<sequence>`: doing it twice is doing it
//! once (RFC 7252, 5.1), so a lost acknowledgement costs a datagram and nothing else. The answer frees the line, never
//! the queue: what frees the queue is a receipt, which may come as the answer's payload or be fetched.
//!
//! DTLS 1.2 with a key that device and server share, and TLS_PSK_WITH_AES_128_CCM_8, which every CoAP server has (RFC 7252,
//! 9.1.3.1). It hides what is in the air and says that the server is the operator's; who speaks is said by the record's
//! own signature.
#![warn(missing_docs)]

mod exchange;
mod session;

pub use exchange::{ACK_TIMEOUT, MAX_PAYLOAD, MAX_RETRANSMIT};
pub use session::{Error, Event, HANDSHAKE_TIMEOUT, Session};
