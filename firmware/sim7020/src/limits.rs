//! Every limit of the driver, each with what it guards against. Chapters are the vendor's manual's.

/// Longest line that is read; a longer one is skipped whole. The longest that can come is a message of
/// [`MAX_PAYLOAD`] bytes in hex with its topic.
pub const MAX_LINE: usize = 1_280;
/// Longest command, in characters; the modem takes 2,048.
pub const MAX_COMMAND: usize = 1_280;
/// Longest payload either way, in bytes: 1,000 hex characters (chapter 11).
pub const MAX_PAYLOAD: usize = 500;
/// Longest datagram either way, in bytes: `AT+CSOSEND`'s most. A flight of a handshake has as many as it needs: each is an
/// event of its own, and none waits for another.
pub const MAX_DATAGRAM: usize = 512;
/// How many sockets the modem has: those that were left open are closed before one is opened.
pub const MAX_SOCKETS: u8 = 5;
/// Longest topic, in characters (chapter 11).
pub const MAX_TOPIC: usize = 128;
/// Most topics that are listened to; one may hold `+` for a level (MQTT 3.1.1 section 4.7).
pub const MAX_TOPICS: usize = 4;
/// Certificate characters in one command: the drivers that work cut here.
pub const MAX_CHUNK: usize = 1_000;
/// Longest certificate, in characters of its PEM.
pub const MAX_CERTIFICATE: usize = 4_096;
/// Bytes read from the line in one poll, so that a babbling modem cannot hold the host.
pub const MAX_READ: usize = 256;

/// Longest name of a broker (chapter 11).
pub const MAX_HOST: usize = 50;
/// Longest client id (chapter 11).
pub const MAX_CLIENT_ID: usize = 120;
/// Longest user and password (chapter 11).
pub const MAX_LOGIN: usize = 100;
/// Longest access point name.
pub const MAX_APN: usize = 63;
/// Longest keep-alive, in seconds (chapter 11).
pub const MAX_KEEP_ALIVE_S: u16 = 64_800;
/// Longest pause of the modem's own search for a network, in seconds. Its default backs off to two hours: a network
/// that returned would not be noticed until then.
pub const MAX_SEARCH_PAUSE_S: u16 = 300;

/// How often it is asked whether it is there; also what autobauding needs. One that stays silent is switched off and on.
pub const PROBES: u8 = 6;
/// How long a network is waited for until something is done about it.
pub const REGISTER_MS: u64 = 300_000;
/// The longest pause between two tries to bring it up: far below the modem's own two hours.
pub const MAX_PAUSE_MS: u64 = 600_000;
/// How long a time server's answer is waited for: one that never answers must not keep the modem.
pub const TIME_SERVER_WAIT_MS: u64 = 60_000;
/// How long a time server's answer is carried on: by a crystal that is off by 40 millionths, for less than a second.
pub const TIME_SERVER_HOLDS_MS: u64 = 6 * 3_600_000;
