//! What the modem is told, and within which limits.

use core::net::Ipv4Addr;

pub use crate::limits::{MAX_APN, MAX_CLIENT_ID, MAX_HOST, MAX_KEEP_ALIVE_S, MAX_LOGIN, MAX_SEARCH_PAUSE_S};
use crate::{
    MAX_TOPIC, MAX_TOPICS,
    certificate::{Certificate, CertificateError},
    timer,
};

/// Settings, borrowed from wherever the host keeps them.
#[derive(Clone, Copy)]
pub struct Config<'a> {
    /// The access point, where the network does not give one by itself.
    pub apn: Option<&'a str>,
    /// What it carries once it is registered.
    pub transport: Transport<'a>,
    /// Whom to ask for the time where the network gives none for [`crate::modem::NITZ_WAIT_MS`].
    pub time_server: Option<&'a str>,
    /// Seconds of periodic update and of active time for power saving. An open connection keeps the modem awake, so it
    /// is of use only between connections; a socket for datagrams does not, so it has no use with one and is refused.
    pub power_saving_s: Option<(u32, u32)>,
}

/// What the modem carries: messages or datagrams, never both.
#[derive(Clone, Copy)]
pub enum Transport<'a> {
    /// MQTT over TLS, by the modem's own client.
    Mqtt(Mqtt<'a>),
    /// Datagrams, by the modem's UDP socket.
    Datagrams(Peer),
}

/// Whom datagrams go to, and come from: nobody else's are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: Ipv4Addr,
    /// Its port.
    pub port: u16,
    /// How this modem counts a datagram that is sent.
    pub length: Length,
}

/// What the length in `AT+CSOSEND` counts. The manual says that it is the length of the data and does not say of which
/// form; sources differ, and a wrong one is refused or sends half a datagram. To be settled on the modem that is fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Length {
    /// Hex characters, two a byte: as the drivers that work have it, and as the vendor's example of a datagram that
    /// comes is printed.
    #[default]
    Characters,
    /// Bytes.
    Bytes,
}

/// A broker, and how to connect to it.
#[derive(Clone, Copy)]
pub struct Mqtt<'a> {
    /// The broker's name: the one in its certificate.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// The certificate that the broker's must hang on, in PEM.
    pub root_certificate_pem: &'a str,
    /// One connection a client id.
    pub client_id: &'a str,
    /// User and password, if the broker wants them.
    pub login: Option<(&'a str, &'a str)>,
    /// Seconds without traffic until the modem pings; what a month's bytes hang on.
    pub keep_alive_s: u16,
    /// What to listen to: 1 to [`MAX_TOPICS`] topics.
    pub subscribe: &'a [&'a str],
}

/// Without the login.
impl core::fmt::Debug for Config<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.transport {
            Transport::Mqtt(mqtt) => write!(f, "{mqtt:?}"),
            Transport::Datagrams(peer) => write!(f, "udp://{}:{}", peer.address, peer.port),
        }
    }
}

/// Without the login.
impl core::fmt::Debug for Mqtt<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} at mqtts://{}:{}", self.client_id, self.host, self.port)
    }
}

/// Why settings are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Empty, too long, or with a character that the modem's command line cannot carry.
    #[error("{0} must be short printable ASCII without quotes, commas or backslashes")]
    Text(&'static str),
    /// Outside its limits.
    #[error("{0} is outside its limits")]
    Limit(&'static str),
    /// No root certificate.
    #[error("root certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// Whoever was given them needs the other transport.
    #[error("another transport is needed")]
    Transport,
}

impl<'a> Config<'a> {
    /// The broker's, where MQTT is carried.
    #[must_use]
    pub fn mqtt(&self) -> Option<&Mqtt<'a>> {
        match &self.transport {
            Transport::Mqtt(mqtt) => Some(mqtt),
            Transport::Datagrams(_) => None,
        }
    }

    /// The peer's, where datagrams are carried.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        match &self.transport {
            Transport::Datagrams(peer) => Some(peer),
            Transport::Mqtt(_) => None,
        }
    }

    /// Checks every limit; gives the certificate of a broker.
    ///
    /// # Errors
    /// [`ConfigError`], by the first setting that is wrong.
    pub fn check(&self) -> Result<Option<Certificate<'a>>, ConfigError> {
        check_texts(&[
            ("apn", self.apn.unwrap_or("-"), MAX_APN),
            ("time_server", self.time_server.unwrap_or("-"), MAX_HOST),
        ])?;
        if let Some((update, active)) = self.power_saving_s
            && (timer::periodic_update(update).is_none()
                || timer::active_time(active).is_none()
                || self.peer().is_some())
        {
            return Err(ConfigError::Limit("power_saving_s"));
        }
        match &self.transport {
            Transport::Mqtt(mqtt) => mqtt.check().map(Some),
            Transport::Datagrams(peer) if peer.port == 0 => Err(ConfigError::Limit("port")),
            Transport::Datagrams(peer) if peer.address.is_unspecified() => Err(ConfigError::Limit("address")),
            Transport::Datagrams(_) => Ok(None),
        }
    }
}

impl<'a> Mqtt<'a> {
    fn check(&self) -> Result<Certificate<'a>, ConfigError> {
        check_texts(&[
            ("host", self.host, MAX_HOST),
            ("client_id", self.client_id, MAX_CLIENT_ID),
            ("user", self.login.map_or("-", |(user, _)| user), MAX_LOGIN),
            ("password", self.login.map_or("-", |(_, password)| password), MAX_LOGIN),
        ])?;
        if self.subscribe.is_empty() || self.subscribe.len() > MAX_TOPICS {
            return Err(ConfigError::Limit("subscribe"));
        }
        if !self.subscribe.iter().all(|topic| fits(topic, MAX_TOPIC)) {
            return Err(ConfigError::Text("subscribe"));
        }
        if self.port == 0 {
            return Err(ConfigError::Limit("port"));
        }
        if self.keep_alive_s == 0 || self.keep_alive_s > MAX_KEEP_ALIVE_S {
            return Err(ConfigError::Limit("keep_alive_s"));
        }
        Ok(Certificate::parse(self.root_certificate_pem)?)
    }
}

fn check_texts(texts: &[(&'static str, &str, usize)]) -> Result<(), ConfigError> {
    match texts.iter().find(|(_, text, most)| !fits(text, *most)) {
        Some((name, ..)) => Err(ConfigError::Text(name)),
        None => Ok(()),
    }
}

/// Whether a text can stand between quotes in a command.
pub(crate) fn fits(text: &str, most: usize) -> bool {
    !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\,".contains(&b))
}
