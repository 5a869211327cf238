//! Where the modem is between dark and connected, and which command comes next.

use crate::{
    MAX_SOCKETS, Rung,
    command::Command,
    config::{Config, MAX_SEARCH_PAUSE_S, Transport},
};

/// One command of the way, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Echo,
    FixedRate,
    NumericErrors,
    Sim,
    HexMessages,
    HexDatagrams,
    ClockInUtc,
    ClockByNetwork,
    SearchPauses,
    SetSearchPauses,
    /// What was set counts from the next restart on.
    RestartForSettings,
    RadioOff,
    DefaultContext,
    RadioOn,
    PowerSaving,
    ReportRegistration,
    Register,
    Clock,
    RootCertificate(usize),
    /// Frees the one MQTT client, if it was in use.
    Free,
    New,
    Connect,
    /// One topic after the other.
    Subscribe(usize),
    /// One after the other: whoever drove the modem before may have left any of them open.
    CloseSocket(u8),
    OpenSocket,
    ConnectSocket,
    Online,
    Detach,
    Attach,
    Restart,
}

/// What the modem is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Is asked whether it is there; then goes on with a step.
    Probe { tries_left: u8, then: Step },
    /// The power key is held.
    KeyDown { until_ms: u64 },
    /// Starts, or has gone off: nothing is asked of it until then.
    Quiet { until_ms: u64 },
    /// On its way or connected: at this step.
    At(Step),
    /// Asked for its registration again at `next_ms`, until `until_ms`.
    Registering { next_ms: u64, until_ms: u64, attached: bool },
    /// After a failure.
    Pause { until_ms: u64, rung: Rung },
}

/// What a step depends on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// The pauses between searches, as read.
    pub(crate) search_pauses: Option<[u16; 6]>,
    /// They were set before: if they are still long, this modem does not take them.
    pub(crate) pauses_set: bool,
    pub(crate) certificate_given: bool,
    /// The number of the socket that was opened.
    pub(crate) socket: Option<u8>,
}

impl Known {
    /// The pauses to set, where those read are too long.
    pub(crate) fn shorter_pauses(&self) -> Option<[u16; 6]> {
        let too_long = |pauses: &[u16; 6]| !self.pauses_set && pauses.iter().any(|pause| *pause > MAX_SEARCH_PAUSE_S);
        let read = self.search_pauses.filter(too_long)?;
        Some(read.map(|pause| pause.min(MAX_SEARCH_PAUSE_S)))
    }
}

impl Step {
    /// The step after this one, skipped ones left out.
    pub(crate) fn next(self, config: &Config<'_>, known: &Known) -> Self {
        let shorten = known.shorter_pauses().is_some();
        match self {
            Self::Echo => Self::FixedRate,
            Self::FixedRate => Self::NumericErrors,
            Self::NumericErrors => Self::Sim,
            Self::Sim => match config.transport {
                Transport::Mqtt(_) => Self::HexMessages,
                Transport::Datagrams(_) => Self::HexDatagrams,
            },
            Self::HexMessages | Self::HexDatagrams => Self::ClockInUtc,
            Self::ClockInUtc => Self::ClockByNetwork,
            Self::ClockByNetwork => Self::SearchPauses,
            Self::SearchPauses if shorten => Self::SetSearchPauses,
            Self::SetSearchPauses => Self::RestartForSettings,
            Self::SearchPauses if config.apn.is_some() => Self::RadioOff,
            Self::RadioOff if config.apn.is_some() => Self::DefaultContext,
            Self::RadioOff | Self::DefaultContext => Self::RadioOn,
            Self::SearchPauses | Self::RadioOn => Self::PowerSaving,
            Self::PowerSaving => Self::ReportRegistration,
            Self::ReportRegistration | Self::Detach | Self::Attach => Self::Register,
            Self::Register => Self::Clock,
            Self::Clock if config.peer().is_some() => Self::CloseSocket(0),
            Self::CloseSocket(socket) if socket + 1 < MAX_SOCKETS => Self::CloseSocket(socket + 1),
            Self::CloseSocket(_) => Self::OpenSocket,
            Self::OpenSocket => Self::ConnectSocket,
            Self::Clock if known.certificate_given => Self::Free,
            Self::Clock => Self::RootCertificate(0),
            Self::RootCertificate(_) => Self::Free,
            Self::Free => Self::New,
            Self::New => Self::Connect,
            Self::Connect => Self::Subscribe(0),
            Self::Subscribe(topic) if config.mqtt().is_some_and(|mqtt| topic + 1 < mqtt.subscribe.len()) => {
                Self::Subscribe(topic + 1)
            }
            Self::Subscribe(_) | Self::ConnectSocket | Self::Online => Self::Online,
            Self::Restart | Self::RestartForSettings => Self::Echo,
        }
    }
}

/// The command of a step; none where it is only waited, or where the step has nothing more to say.
pub(crate) fn command<'a>(step: Step, config: &Config<'a>, known: &Known) -> Option<Command<'a>> {
    Some(match step {
        Step::Echo => Command::Echo,
        Step::FixedRate => Command::FixedRate,
        Step::NumericErrors => Command::NumericErrors,
        Step::Sim => Command::Sim,
        Step::HexMessages => Command::HexMessages,
        Step::HexDatagrams => Command::HexDatagrams,
        Step::ClockInUtc => Command::ClockInUtc,
        Step::ClockByNetwork => Command::ClockByNetwork,
        Step::SearchPauses => Command::SearchPauses,
        Step::SetSearchPauses => Command::SetSearchPauses(known.shorter_pauses()?),
        Step::RestartForSettings | Step::Restart => Command::Restart,
        Step::RadioOff => Command::Functionality(0),
        Step::DefaultContext => Command::DefaultContext(config.apn?),
        Step::RadioOn => Command::Functionality(1),
        Step::PowerSaving => Command::PowerSaving(config.power_saving_s),
        Step::ReportRegistration => Command::ReportRegistration,
        Step::Register => Command::Registration,
        Step::Clock => Command::Clock,
        Step::Free => Command::MqttDisconnect,
        Step::New => {
            let mqtt = config.mqtt()?;
            Command::MqttNew { host: mqtt.host, port: mqtt.port }
        }
        Step::Connect => {
            let mqtt = config.mqtt()?;
            Command::MqttConnect { client_id: mqtt.client_id, keep_alive_s: mqtt.keep_alive_s, login: mqtt.login }
        }
        Step::Subscribe(topic) => Command::MqttSubscribe(config.mqtt()?.subscribe.get(topic)?),
        Step::CloseSocket(socket) => Command::SocketClose(socket),
        Step::OpenSocket => Command::SocketNew,
        Step::ConnectSocket => {
            let peer = config.peer()?;
            Command::SocketConnect { socket: known.socket?, address: peer.address, port: peer.port }
        }
        Step::Detach => Command::Attach(false),
        Step::Attach => Command::Attach(true),
        Step::RootCertificate(_) | Step::Online => return None,
    })
}
