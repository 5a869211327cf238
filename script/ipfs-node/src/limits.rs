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
