//! What the host hears.

use crate::{ConfigError, MAX_DATAGRAM, MAX_PAYLOAD, Rung, parse::Fault};

/// Something the host should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Connected and subscribed; with datagrams: the socket is open.
    Online,
    /// Not connected any more, or a try failed: what will be done about it. A socket is closed then, and what was on its
    /// way through it may be lost.
    Offline(Reason, Rung),
    /// The modem took the message over: no word of the broker.
    Published,
    /// A message came: [`Modem::message`].
    Message,
    /// The modem took the datagram over: no word of its peer.
    Sent,
    /// A datagram came: [`Modem::datagram`].
    Datagram,
    /// The answer to [`Modem::read_signal`].
    Signal {
        /// 0 to 31 in steps of 2 dB from -113 dBm, 99 unknown; none where the modem did not say.
        rssi: Option<u8>,
    },
    /// What time it is, UTC.
    Clock {
        /// UNIX seconds.
        unix_s: u64,
        /// Whose word it is.
        source: ClockSource,
    },
}

/// Who says what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSource {
    /// The network, through the modem's clock.
    Network,
    /// A time server: asked where the network gives none.
    TimeServer,
}

/// Why it is offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A command failed.
    Refused(Fault),
    /// A command had no answer in its time.
    Timeout,
    /// Does not answer at all.
    Silent,
    /// The SIM card is not ready.
    Sim,
    /// No network took it, or, with datagrams, it has lost its network.
    NotRegistered,
    /// The socket failed, with the modem's code (`+CSOERR`): 1 no route, 4 closed, 6 no memory, 12 a parameter, -1 any
    /// other.
    Socket(i8),
    /// The connection broke.
    Lost,
    /// The modem restarted or went off by itself.
    Restarted,
    /// The host asked for it.
    Asked,
}

/// Why a message is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Not connected, or at another command: ask again after [`Modem::can_publish`].
    #[error("the modem is not free")]
    Busy,
    /// Empty, too long, or a topic that a command cannot carry.
    #[error("a message has 1 to {MAX_PAYLOAD} bytes and a plain topic")]
    Message,
}

/// Why a datagram is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Not connected, or at another command: ask again after [`Modem::can_send`].
    #[error("the modem is not free")]
    Busy,
    /// Empty or too long.
    #[error("a datagram has 1 to {MAX_DATAGRAM} bytes")]
    Datagram,
}

/// The line or the pin failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the modem's line or power key failed")]
pub struct Failed;

/// Why a modem does not start.
pub type ModemError = ConfigError;
