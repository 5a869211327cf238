//! Every bound of the embedded node, in one place.

use std::time::Duration;

/// The largest block taken by `block/put`: what other IPFS nodes still exchange over bitswap.
pub const MAX_BLOCK_BYTES: usize = 1024 * 1024;
/// The largest body read at all. Between this and [`MAX_BLOCK_BYTES`] a body is read to its end and then refused, so
/// that the client sees the reason and not a closed connection.
pub const MAX_REQUEST_BYTES: usize = 8 * MAX_BLOCK_BYTES;
/// Requests served at one time, for each of the RPC and the gateway.
pub const MAX_CONCURRENT_REQUESTS: usize = 64;
/// How long a request waits for its turn before it is told that the node is busy.
pub const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// Blocks asked of peers at one time: well below [`MAX_CONCURRENT_REQUESTS`], so that asking for what nobody has never
/// delays what lies on the disk.
pub const MAX_CONCURRENT_FETCHES: usize = 24;
/// How long peers are asked for a block that is not on the disk, unless the request says otherwise.
pub const DEFAULT_FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest a request may ask to wait by Kubo's `timeout` parameter.
pub const MAX_FETCH_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a client may take to send a block.
pub const RECEIVE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long `swarm/connect` dials.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// `arg` parameters in one request.
pub const MAX_ARGUMENTS: usize = 64;
/// Pins in one answer that is not streamed.
pub const MAX_PINS_LISTED: usize = 50_000;
/// A connection without traffic is kept this long: a peer named by `swarm/connect` is meant to stay.
pub const PEER_IDLE_TIMEOUT_S: u64 = 24 * 60 * 60;
/// How long `shutdown` waits for requests under way, and then for the repository's lock.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of all files in one `add`. As with a block, what is larger is read on to twice this and then refused, so that
/// the client sees the reason.
pub const MAX_ADD_BYTES: u64 = 256 * 1024 * 1024;
/// Files and folders in one `add`.
pub const MAX_ADD_ENTRIES: usize = 10_000;
/// How long a client may take to send all of an `add`.
pub const ADD_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// The bytes of a file's or folder's name, as file systems have it.
pub const MAX_NAME_BYTES: usize = 255;
/// Names in a path, both of what is added and of what is asked for.
pub const MAX_PATH_NAMES: usize = 32;
/// Names and CIDs of one folder, added up. From here on Kubo spreads a folder over several blocks (a HAMT), which this
/// node neither writes nor reads: a folder of this size is refused rather than given a CID that Kubo would not give.
pub const MAX_FOLDER_BYTES: usize = 256 * 1024;
/// The largest file that the gateway puts together. Its blocks can be fetched one by one whatever its size.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// Blocks between a file's root and its bytes: 174^5 chunks are more than [`MAX_FILE_BYTES`], and other layouts than
/// the balanced one are deeper.
pub const MAX_FILE_DEPTH: usize = 16;
/// Files of several blocks on their way to clients at one time.
pub const MAX_CONCURRENT_FILES: usize = 64;
/// How long a client may take to accept one chunk of a file.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(30);
