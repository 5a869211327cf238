//! What a device is told when it is provisioned: a text of `name=value` lines in a partition of its own, closed by a
//! line with its CRC-32, so that half a text is none. The partition has it twice, so that a bit that flips in the years
//! ends no device: the first whole copy counts.
//!
//! ```text
//! device_id=transformer-000001
//! latitude_e6=25594095
//! …
//! checksum=1c291ca3
//! ```

use alloc::{format, string::String, vec::Vec};

use node::Config;
use orders::Changes;
use protocol::key::PublicKey;
use sim7020::{Mqtt, Transport};

pub use crate::limits::MAX_SETTINGS;
use crate::{ORDERS_TOPIC, RECEIPTS_TOPIC, limits::MAX_TEXT};

/// Bytes of a copy: a sector, so that one is erased and the other stays.
pub const COPY: usize = MAX_SETTINGS / COPIES;
const COPIES: usize = 2;

/// The last line.
const CHECKSUM: &str = "checksum=";

/// A device's settings; the texts are the partition's.
#[derive(Clone)]
pub struct Settings<'a> {
    /// The node's.
    pub node: Config,
    /// The modem's.
    pub modem: sim7020::Config<'a>,
    /// Whose configurations it takes from afar; none: it takes none.
    pub operator_key: Option<PublicKey>,
}

impl<'a> Settings<'a> {
    /// These settings with what the operator has changed.
    #[must_use]
    pub fn with(mut self, changes: &'a Changes) -> Self {
        change_node(&mut self.node, changes);
        self.modem = changed_modem(self.modem, changes);
        self
    }
}

/// Puts what the operator has changed into the node's settings.
pub(crate) fn change_node(node: &mut Config, changes: &Changes) {
    if let Some(heartbeat_s) = changes.heartbeat_s {
        node.heartbeat_s = heartbeat_s;
        node.first_heartbeat_s = spread(&node.device_id, heartbeat_s);
    }
    if let Some(contract) = &changes.contract {
        node.contract.clone_from(contract);
    }
    if !changes.receipt_keys.is_empty() {
        node.receipt_keys.clone_from(&changes.receipt_keys);
    }
}

/// The modem's settings with what the operator has changed.
pub(crate) fn changed_modem<'a>(modem: sim7020::Config<'a>, changes: &'a Changes) -> sim7020::Config<'a> {
    let Transport::Mqtt(mqtt) = modem.transport else { return modem };
    let mqtt = Mqtt {
        host: changes.host.as_deref().unwrap_or(mqtt.host),
        port: changes.port.unwrap_or(mqtt.port),
        keep_alive_s: changes.keep_alive_s.unwrap_or(mqtt.keep_alive_s),
        ..mqtt
    };
    sim7020::Config { transport: Transport::Mqtt(mqtt), ..modem }
}

/// Why there are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The partition is empty, or its text was cut off.
    #[error("no settings, or not whole: write them again with the provisioning tool")]
    Checksum,
    /// Not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// There, and not what it must be.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// Nobody knows it.
    #[error("line {0} is not a known setting, or there twice")]
    Unknown(usize),
    /// It cannot be written: it has a line's end in it.
    #[error("the setting {0} is more than one line")]
    Line(String),
}

/// Why a device would not start with settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// There are none, or not these.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The node's are outside their limits.
    #[error(transparent)]
    Node(#[from] node::ConfigError),
    /// The modem's are.
    #[error("modem: {0}")]
    Modem(#[from] sim7020::ConfigError),
}

/// What must be there, in the order in which it is written; the last two may be left out.
const NAMES: [&str; 16] = [
    "device_id",
    "latitude_e6",
    "longitude_e6",
    "first_sequence",
    "heartbeat_s",
    "contract",
    "receipt_keys",
    "apn",
    "host",
    "port",
    "login",
    "keep_alive_s",
    "operator_key",
    "root_certificate",
    "phases",
    "time_server",
];

/// The defaults that no site changes: `docs/firmware.md` says what they cost.
pub const DEBOUNCE_MS: u64 = 200;
/// How many phases a site has where its settings do not say.
pub const PHASES: u8 = 1;
/// Records at the front of the queue that may be under way.
pub const WINDOW: usize = 8;
/// First wait for a receipt.
pub const RESEND_MS: u64 = 60_000;
/// Longest wait for a receipt.
pub const RESEND_MAX_MS: u64 = 3_600_000;
/// Seconds without traffic until the modem pings.
pub const KEEP_ALIVE_S: u16 = 1_200;

/// A text of settings, in the order in which they are given, for [`seal`] to close.
///
/// # Errors
/// [`SettingsError::Line`].
pub fn text<N: AsRef<str>>(settings: impl IntoIterator<Item = (N, String)>) -> Result<String, SettingsError> {
    let mut text = String::new();
    for (name, value) in settings {
        let line = format!("{}={value}", name.as_ref());
        if line.contains(['\n', '\r']) {
            return Err(SettingsError::Line(name.as_ref().into()));
        }
        text += &line;
        text.push('\n');
    }
    Ok(text)
}

/// Closes a text of settings for its partition.
#[must_use]
pub fn seal(text: &str) -> String {
    let text = text.trim_end();
    format!("{text}\n{CHECKSUM}{:08x}\n", checksum(format!("{text}\n").as_bytes()))
}

pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC).checksum(bytes)
}

/// Reads a partition. `queue_limit` is what the queue's partition holds; `subscribe` the [`topics`]
/// of its [`device_id`].
///
/// # Errors
/// [`SettingsError`]; ranges are checked by the node and the modem.
pub fn parse<'a>(
    partition: &'a [u8],
    queue_limit: usize,
    subscribe: &'a [&'a str],
) -> Result<Settings<'a>, SettingsError> {
    let values = values(whole(partition)?)?;
    let text = |name: &'static str| {
        let at = NAMES.iter().position(|known| *known == name);
        at.and_then(|at| values[at]).ok_or(SettingsError::Missing(name))
    };
    let heartbeat_s = number(text("heartbeat_s")?, "heartbeat_s")?;
    let device_id = text("device_id")?;
    let keys = text("receipt_keys")?.split(' ').map(PublicKey::from_hex).collect::<Result<Vec<_>, _>>();
    let node = Config {
        device_id: device_id.into(),
        latitude_e6: number(text("latitude_e6")?, "latitude_e6")?,
        longitude_e6: number(text("longitude_e6")?, "longitude_e6")?,
        phases: text("phases").map_or(Ok(PHASES), |text| number(text, "phases"))?,
        first_sequence: number(text("first_sequence")?, "first_sequence")?,
        heartbeat_s,
        first_heartbeat_s: spread(device_id, heartbeat_s),
        debounce_ms: DEBOUNCE_MS,
        queue_limit,
        window: WINDOW,
        resend_ms: RESEND_MS,
        resend_max_ms: RESEND_MAX_MS,
        contract: text("contract")?.into(),
        receipt_keys: keys.map_err(|_| SettingsError::Invalid("receipt_keys"))?,
    };
    let mqtt = Mqtt {
        host: text("host")?,
        port: number(text("port")?, "port")?,
        root_certificate_pem: text("root_certificate")?,
        client_id: device_id,
        login: match text("login")? {
            "" => None,
            login => Some(login.split_once(' ').ok_or(SettingsError::Invalid("login"))?),
        },
        keep_alive_s: number(text("keep_alive_s")?, "keep_alive_s")?,
        subscribe,
    };
    let modem = sim7020::Config {
        apn: Some(text("apn")?).filter(|apn| !apn.is_empty()),
        transport: Transport::Mqtt(mqtt),
        time_server: text("time_server").ok().filter(|server| !server.is_empty()),
        power_saving_s: None,
    };
    let operator_key = match text("operator_key")? {
        "" => None,
        key => Some(PublicKey::from_hex(key).map_err(|_| SettingsError::Invalid("operator_key"))?),
    };
    Ok(Settings { node, modem, operator_key })
}

/// What a device listens to: its receipts, and its orders of every kind.
#[must_use]
pub fn topics(device_id: &str) -> [String; 2] {
    [format!("{RECEIPTS_TOPIC}{device_id}"), format!("{ORDERS_TOPIC}{device_id}/+")]
}

/// Checks everything that a start checks; gives the node's settings.
///
/// # Errors
/// [`CheckError`].
pub fn check(partition: &[u8], queue_limit: usize) -> Result<Config, CheckError> {
    let topics = topics(device_id(partition)?);
    let topics = topics.each_ref().map(String::as_str);
    let told = parse(partition, queue_limit, &topics)?;
    told.node.check()?;
    told.modem.check()?;
    Ok(told.node)
}

/// The device's name alone.
///
/// # Errors
/// [`SettingsError`].
pub fn device_id(partition: &[u8]) -> Result<&str, SettingsError> {
    values(whole(partition)?)?[0].ok_or(SettingsError::Missing("device_id"))
}

/// The text before the checksum, of the copy that counts.
fn whole(partition: &[u8]) -> Result<&str, SettingsError> {
    copies(partition).flatten().next().ok_or(SettingsError::Checksum)
}

/// Which copy counts; `None` where neither is whole.
pub(crate) fn counting(partition: &[u8]) -> Option<usize> {
    copies(partition).position(|body| body.is_some())
}

/// The text of each copy before its checksum, if it is whole.
fn copies(partition: &[u8]) -> impl Iterator<Item = Option<&str>> {
    partition.chunks(COPY).take(COPIES).map(|copy| {
        let place = &copy[..copy.len().min(MAX_TEXT)];
        let end = place.iter().position(|byte| matches!(byte, 0xff | 0)).unwrap_or(place.len());
        let (body, sum) = core::str::from_utf8(&place[..end]).ok()?.rsplit_once(CHECKSUM)?;
        (sum == format!("{:08x}\n", checksum(body.as_bytes()))).then_some(body)
    })
}

fn values(text: &str) -> Result<[Option<&str>; NAMES.len()], SettingsError> {
    let mut values = [None; NAMES.len()];
    for (number, line) in text.lines().enumerate() {
        let unknown = SettingsError::Unknown(number + 1);
        let (name, value) = line.split_once('=').ok_or(unknown.clone())?;
        let at = NAMES.iter().position(|known| *known == name).ok_or(unknown.clone())?;
        if values[at].replace(value).is_some() {
            return Err(unknown);
        }
    }
    Ok(values)
}

fn number<T: core::str::FromStr>(text: &str, name: &'static str) -> Result<T, SettingsError> {
    text.parse().map_err(|_| SettingsError::Invalid(name))
}

/// When a device beats first: spread by its name, so that devices that are switched on together do not beat together.
fn spread(device_id: &str, heartbeat_s: u64) -> u64 {
    u64::from(checksum(device_id.as_bytes())) % heartbeat_s.max(1) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
                       7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

    fn text() -> String {
        format!(
            "device_id=d-1\nlatitude_e6=25594095\nlongitude_e6=-85137566\nfirst_sequence=1\nheartbeat_s=900\n\
             contract=eip155:1:0xaa\nreceipt_keys={KEY}\napn=\nhost=broker.example\nport=8883\nlogin=d secret-word\n\
             keep_alive_s=1200\noperator_key={KEY}\nroot_certificate=-----BEGIN CERTIFICATE-----QUJD-----END CERTIFICATE-----\n"
        )
    }

    #[test]
    fn a_sealed_text_is_read_whole_from_its_partition() {
        let mut partition = seal(&text()).into_bytes();
        partition.resize(MAX_SETTINGS, 0xff);
        let settings = parse(&partition, 100, &["power/v1/receipts/d-1"]).unwrap();
        settings.node.check().unwrap();
        settings.modem.check().unwrap();
        assert_eq!(
            (settings.node.longitude_e6, settings.modem.mqtt().unwrap().login),
            (-85_137_566, Some(("d", "secret-word")))
        );
        assert_eq!((settings.modem.apn, device_id(&partition)), (None, Ok("d-1")));
        assert!((1..=900).contains(&settings.node.first_heartbeat_s));
        assert_eq!(settings.node.phases, 1, "where it is left out");
        let sealed = seal(&(text() + "phases=3\n"));
        assert_eq!(parse(sealed.as_bytes(), 100, &["t"]).unwrap().node.phases, 3);
    }

    #[test]
    fn settings_are_written_a_line_each_as_they_are_read() {
        let values = |text: &str| -> Vec<(String, String)> {
            text.lines().map(|line| line.split_once('=').unwrap()).map(|(n, v)| (n.into(), v.into())).collect()
        };
        assert_eq!(super::text(values(&text())), Ok(text()));
        for broken in ["a\nphases=3", "a\r", "\n"] {
            let settings = [("apn", String::from("=")), ("host", broken.into())];
            assert_eq!(super::text(settings), Err(SettingsError::Line("host".into())));
        }
    }

    #[test]
    fn half_a_text_is_none() {
        let sealed = seal(&text()).into_bytes();
        for length in 0..sealed.len() {
            assert!(matches!(parse(&sealed[..length], 1, &["t"]), Err(SettingsError::Checksum)), "{length}");
        }
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(parse(&flipped, 1, &["t"]), Err(SettingsError::Checksum)), "{bit}");
        }
        assert_eq!(device_id(&[0xff; 64]), Err(SettingsError::Checksum));
    }

    #[test]
    fn a_bit_of_either_copy_may_flip() {
        let copy = |text: &str| {
            let mut copy = seal(text).into_bytes();
            copy.resize(COPY, 0xff);
            copy
        };
        let mut partition = copy(&text()).repeat(2);
        for bit in 0..partition.len() * 8 {
            partition[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(device_id(&partition), Ok("d-1"), "{bit}");
            partition[bit / 8] ^= 1 << (bit % 8);
        }
        // The first that is whole counts, and nothing is put together from two halves.
        let mut partition = [copy(&text()), copy(&text().replace("d-1", "d-2"))].concat();
        assert_eq!((device_id(&partition), counting(&partition)), (Ok("d-1"), Some(0)));
        partition[100] ^= 1;
        assert_eq!((device_id(&partition), counting(&partition)), (Ok("d-2"), Some(1)));
        partition[COPY + 100] ^= 1;
        assert_eq!((device_id(&partition), counting(&partition)), (Err(SettingsError::Checksum), None));
        // A third is none.
        assert!(device_id(&[&partition[..], &copy(&text())].concat()).is_err());
    }

    #[test]
    fn what_is_missing_twice_unknown_or_wrong_is_named() {
        let cases = [
            ("port=8883\n", "", SettingsError::Missing("port")),
            ("port=8883", "port=x", SettingsError::Invalid("port")),
            ("port=8883", "port=8883\nport=1", SettingsError::Unknown(11)),
            ("port=8883", "colour=red", SettingsError::Unknown(10)),
            (KEY, "04", SettingsError::Invalid("receipt_keys")),
            ("operator_key=04", "operator_key=05", SettingsError::Invalid("operator_key")),
        ];
        for (from, to, error) in cases {
            let sealed = seal(&text().replace(from, to));
            assert_eq!(parse(sealed.as_bytes(), 1, &["t"]).err(), Some(error));
        }
    }
}
