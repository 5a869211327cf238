//! When a time server is asked: where the network has not set the modem's clock.

use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady, Write};

use super::{Modem, Purpose};
use crate::{
    command::Command,
    limits::{TIME_SERVER_HOLDS_MS, TIME_SERVER_WAIT_MS},
};

/// How long the network may give no time until a time server is asked: it usually does within a minute of registration.
pub const NITZ_WAIT_MS: u64 = 120_000;
/// Until a time server that did not answer is asked again.
pub const TIME_SERVER_PAUSE_MS: u64 = 10 * 60_000;

/// How far it is with a time server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeServer {
    /// Not asked, and not before this.
    Due { at_ms: u64 },
    /// Asked, and to be stopped then.
    Asked { until_ms: u64 },
    /// Has answered, and is to be stopped.
    Answered,
}

impl<U: Read + ReadReady + Write, K: OutputPin> Modem<'_, U, K> {
    /// Asks a time server while the modem's clock is not set, and ends that.
    pub(super) fn see_to_time_server(&mut self, now_ms: u64) {
        let Some(server) = self.config.time_server else { return };
        let unset = self.unset_since_ms.is_some_and(|since_ms| since_ms + NITZ_WAIT_MS <= now_ms);
        match self.time_server {
            TimeServer::Answered => {
                self.time_server = TimeServer::Due { at_ms: now_ms + TIME_SERVER_HOLDS_MS };
                self.send(Command::NoTimeServer, Purpose::TimeServer, now_ms);
            }
            TimeServer::Asked { until_ms } if until_ms <= now_ms => {
                self.time_server = TimeServer::Due { at_ms: now_ms + TIME_SERVER_PAUSE_MS };
                self.send(Command::NoTimeServer, Purpose::TimeServer, now_ms);
            }
            TimeServer::Due { at_ms } if unset && at_ms <= now_ms => {
                self.time_server = TimeServer::Asked { until_ms: now_ms + TIME_SERVER_WAIT_MS };
                self.may_be_time_servers = true;
                self.send(Command::TimeServer(server), Purpose::TimeServer, now_ms);
            }
            _ => {}
        }
    }
}
