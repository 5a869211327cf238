//! What is sent, in the order of the vendor's manual (V1.05): chapter 2 (V.25ter), 3 (27.007), the vendor's own, that
//! on the TCP/IP toolkit (sockets), 11 (MQTT), 13 (SNTP), 14 (TLS).
//!
//! Times are the manual's where it gives one, else what the drivers that work use. Texts go between quotes as they
//! are: [`crate::Config::check`] lets none through that would end them.

use core::{
    fmt::{self, Write},
    net::Ipv4Addr,
};

use crate::{Length, MAX_DATAGRAM, MAX_PAYLOAD, certificate::Certificate, timer};

/// The line's speed, in baud.
pub const RATE: u32 = 115_200;
/// MQTT versions of `AT+CMQCON`: 4 is 3.1.1.
const MQTT_3_1_1: u8 = 4;
/// How long the modem's MQTT client waits for the network, in ms: its most.
const MQTT_NETWORK_MS: u32 = 60_000;
/// The MQTT client's buffer, in bytes: its most.
const MQTT_BUFFER: u32 = 1_132;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// `AT`: is anybody there, and at which speed (chapter 2).
    Attention,
    /// 2.2.1 `ATE1`: echo, which answers are told apart by. Not kept over a restart, but then it is the default.
    Echo,
    /// `AT+IPR=115200`: with a fixed rate the modem says when it has restarted (chapter 2).
    FixedRate,
    /// 3.2.9 `AT+CMEE=1`: errors as numbers.
    NumericErrors,
    /// `AT+CPIN?` (chapter 3).
    Sim,
    /// `AT+CFUN=<fun>`: 0 minimum, 1 full (chapter 3).
    Functionality(u8),
    /// `AT+CEREG=4`: registration as it changes, with the power-saving timers. Not kept (chapter 3).
    ReportRegistration,
    /// `AT+CEREG?`.
    Registration,
    /// `AT+CGATT=<0/1>` (chapter 3).
    Attach(bool),
    /// 3.2.21 `AT+CCLK?`.
    Clock,
    /// `AT+CSQ` (chapter 3).
    Signal,
    /// `AT+CPSMS=0`, or 1 with periodic update and active time in seconds (chapter 3).
    PowerSaving(Option<(u32, u32)>),
    /// `AT*MCGDEFCONT="IP","<apn>"`: radio off before, on after (the vendor's own).
    DefaultContext(&'a str),
    /// `AT+CNWRCCFG?`: pauses of the search after a loss of service (the vendor's own).
    SearchPauses,
    /// `AT+CNWRCCFG=<six values>`, from the next restart on.
    SetSearchPauses([u16; 6]),
    /// `AT+CURTC=0`: the clock shows UTC, from the next restart on (the vendor's own).
    ClockInUtc,
    /// `AT+CTZU=1`: the clock is set by the network, from the next restart on.
    ClockByNetwork,
    /// `AT+CRESET`: restarts at once (the vendor's own).
    Restart,
    /// `AT+CSORCVFLAG=0`: what sockets receive is shown in hex, which is the default (TCP/IP toolkit).
    HexDatagrams,
    /// `AT+CSOC=1,2,1`: a socket for IPv4, UDP (TCP/IP toolkit).
    SocketNew,
    /// `AT+CSOCON=<socket>,<port>,"<address>"`: from then on it takes that peer's datagrams and no others (TCP/IP
    /// toolkit).
    SocketConnect {
        /// The number that [`Command::SocketNew`] gave.
        socket: u8,
        /// The peer's.
        address: Ipv4Addr,
        /// The peer's.
        port: u16,
    },
    /// `AT+CSOSEND=<socket>,<length>,<hex>` (TCP/IP toolkit). A length of 0 would be a text in quotes.
    SocketSend {
        /// Connected.
        socket: u8,
        /// 1 to [`MAX_DATAGRAM`] bytes.
        datagram: &'a [u8],
        /// What is counted.
        length: Length,
    },
    /// `AT+CSOCL=<socket>` (TCP/IP toolkit).
    SocketClose(u8),
    /// `AT+CREVHEX=1`: messages in hex (chapter 11).
    HexMessages,
    /// `AT+CMQTTSNEW`: a connection over TLS; the certificate first (chapter 11).
    MqttNew {
        /// The broker's name, at most 50 characters.
        host: &'a str,
        /// Its port.
        port: u16,
    },
    /// `AT+CMQCON` (chapter 11).
    MqttConnect {
        /// At most 120 characters.
        client_id: &'a str,
        /// Seconds, at most 64,800.
        keep_alive_s: u16,
        /// User and password, at most 100 characters each.
        login: Option<(&'a str, &'a str)>,
    },
    /// `AT+CMQSUB`, quality of service 1 (chapter 11).
    MqttSubscribe(&'a str),
    /// `AT+CMQPUB`, quality of service 1 (chapter 11).
    MqttPublish {
        /// At most 128 characters.
        topic: &'a str,
        /// At most [`MAX_PAYLOAD`] bytes.
        payload: &'a [u8],
    },
    /// `AT+CMQDISCON`: also frees the one client there is (chapter 11).
    MqttDisconnect,
    /// `AT+CSNTPSTART="<server>"`, UTC: the answer comes unasked, later (chapter 13).
    TimeServer(&'a str),
    /// `AT+CSNTPSTOP` (chapter 13).
    NoTimeServer,
    /// 14.2.6 `AT+CSETCA`, root certificate, as text. The flag that the manual calls `is_end` is 1 where more follows.
    RootCertificate {
        /// Which.
        certificate: Certificate<'a>,
        /// Which chunk of it.
        chunk: usize,
    },
}

impl Command<'_> {
    /// Writes the line, without its end.
    ///
    /// # Errors
    /// Where `out` is full.
    pub fn write(&self, out: &mut impl Write) -> fmt::Result {
        match *self {
            Self::Attention => out.write_str("AT"),
            Self::Echo => out.write_str("ATE1"),
            Self::FixedRate => write!(out, "AT+IPR={RATE}"),
            Self::NumericErrors => out.write_str("AT+CMEE=1"),
            Self::Sim => out.write_str("AT+CPIN?"),
            Self::Functionality(level) => write!(out, "AT+CFUN={level}"),
            Self::ReportRegistration => out.write_str("AT+CEREG=4"),
            Self::Registration => out.write_str("AT+CEREG?"),
            Self::Attach(attached) => write!(out, "AT+CGATT={}", u8::from(attached)),
            Self::Clock => out.write_str("AT+CCLK?"),
            Self::Signal => out.write_str("AT+CSQ"),
            Self::PowerSaving(None) => out.write_str("AT+CPSMS=0"),
            Self::PowerSaving(Some((update_s, active_s))) => {
                let update = timer::periodic_update(update_s).ok_or(fmt::Error)?;
                let active = timer::active_time(active_s).ok_or(fmt::Error)?;
                write!(out, "AT+CPSMS=1,,,\"{update}\",\"{active}\"")
            }
            Self::DefaultContext(apn) => write!(out, "AT*MCGDEFCONT=\"IP\",\"{apn}\""),
            Self::SearchPauses => out.write_str("AT+CNWRCCFG?"),
            Self::SetSearchPauses([a, b, c, d, e, f]) => write!(out, "AT+CNWRCCFG={a},{b},{c},{d},{e},{f}"),
            Self::ClockInUtc => out.write_str("AT+CURTC=0"),
            Self::ClockByNetwork => out.write_str("AT+CTZU=1"),
            Self::Restart => out.write_str("AT+CRESET"),
            Self::HexDatagrams => out.write_str("AT+CSORCVFLAG=0"),
            Self::SocketNew => out.write_str("AT+CSOC=1,2,1"),
            Self::SocketConnect { socket, address, port } => write!(out, "AT+CSOCON={socket},{port},\"{address}\""),
            Self::SocketClose(socket) => write!(out, "AT+CSOCL={socket}"),
            Self::HexMessages => out.write_str("AT+CREVHEX=1"),
            Self::MqttDisconnect => out.write_str("AT+CMQDISCON=0"),
            Self::TimeServer(server) => write!(out, "AT+CSNTPSTART=\"{server}\""),
            Self::NoTimeServer => out.write_str("AT+CSNTPSTOP"),
            Self::MqttSubscribe(topic) => write!(out, "AT+CMQSUB=0,\"{topic}\",1"),
            _ => self.write_long(out),
        }
    }

    fn write_long(&self, out: &mut impl Write) -> fmt::Result {
        match *self {
            Self::MqttNew { host, port } => {
                write!(out, "AT+CMQTTSNEW=\"{host}\",\"{port}\",{MQTT_NETWORK_MS},{MQTT_BUFFER}")
            }
            Self::MqttConnect { client_id, keep_alive_s, login } => {
                write!(out, "AT+CMQCON=0,{MQTT_3_1_1},\"{client_id}\",{keep_alive_s},1,0")?;
                login.map_or(Ok(()), |(user, password)| write!(out, ",\"{user}\",\"{password}\""))
            }
            Self::MqttPublish { topic, payload } => {
                if payload.is_empty() || payload.len() > MAX_PAYLOAD {
                    return Err(fmt::Error);
                }
                // The length counts the characters sent.
                write!(out, "AT+CMQPUB=0,\"{topic}\",1,0,0,{},\"", payload.len() * 2)?;
                write_hex(payload, out)?;
                out.write_char('"')
            }
            Self::SocketSend { socket, datagram, length } => {
                if datagram.is_empty() || datagram.len() > MAX_DATAGRAM {
                    return Err(fmt::Error);
                }
                let characters = if length == Length::Characters { 2 } else { 1 };
                write!(out, "AT+CSOSEND={socket},{},", datagram.len() * characters)?;
                write_hex(datagram, out)
            }
            Self::RootCertificate { certificate, chunk } => {
                let (characters, more) = certificate.chunk(chunk).ok_or(fmt::Error)?;
                write!(out, "AT+CSETCA=0,{},{},0,\"{characters}\"", certificate.length(), u8::from(more))
            }
            _ => Err(fmt::Error),
        }
    }

    /// The name of the line that must come before `OK`, where one must.
    #[must_use]
    pub fn answer(&self) -> Option<&'static str> {
        match self {
            Self::Sim => Some("+CPIN"),
            Self::Registration => Some("+CEREG"),
            Self::Clock => Some("+CCLK"),
            Self::Signal => Some("+CSQ"),
            Self::SearchPauses => Some("+CNWRCCFG"),
            Self::SocketNew => Some("+CSOC"),
            Self::MqttNew { .. } => Some("+CMQTTSNEW"),
            _ => None,
        }
    }

    /// How long the answer may take, in ms.
    #[must_use]
    pub fn timeout_ms(&self) -> u64 {
        match self {
            Self::Attention => 500,
            Self::Sim => 5_000,
            Self::Functionality(_) => 10_000,
            // No time is given for attaching; for contexts it is 150 s.
            Self::Attach(_) => 150_000,
            Self::MqttNew { .. } | Self::MqttConnect { .. } | Self::MqttPublish { .. } => 60_000,
            // No time is given for sockets either; drivers wait 60 s for a connection and 30 s for a datagram.
            Self::SocketConnect { .. } => 60_000,
            Self::SocketSend { .. } => 30_000,
            Self::MqttSubscribe(_) | Self::MqttDisconnect | Self::SocketNew | Self::SocketClose(_) => 10_000,
            _ => 2_000,
        }
    }
}

/// Two characters a byte, leading zeros too.
fn write_hex(bytes: &[u8], out: &mut impl Write) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02X}"))
}
