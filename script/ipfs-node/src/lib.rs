//! The embedded IPFS node: `rust-ipfs` behind the part of Kubo's RPC that the services use, and a gateway.
//!
//! The services know the RPC and nothing of this crate, so a real Kubo takes its place by one setting.
//!
//! - `blocks`: blocks and pins with durability, checks and limits. Every byte that leaves passes its `get`.
//! - `unixfs`: files and folders made of blocks, with Kubo's CIDs; paths through them. This is how the page is published.
//! - `rpc`: `/api/v0/…` as Kubo spells it (POST, JSON, streams).
//! - `gateway`: `GET /ipfs/<cid>` and `/ipfs/<cid>/<path>`, for browsers and anyone else who does not trust the node.
//! - `repo`: the files that rust-ipfs leaves to us; what is synced when.
//! - [`limits`]: every bound.
//!
//! Deliberately absent: the DHT, mDNS, bootstrap peers, relays (the node speaks to the peers it is told of); garbage
//! collection and every way to remove a block or a pin (what was acknowledged stays); of UnixFS, sharded folders,
//! symbolic links and file metadata; the RPC's `cat`, `ls` and `get` (the gateway reads).

mod blocks;
mod error;
mod gateway;
pub mod limits;
mod repo;
mod rpc;
mod serve;
mod unixfs;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use rust_ipfs::{Ipfs, Multiaddr, PeerId, Protocol, builder::DefaultIpfsBuilder, p2p::IdentifyConfiguration};

pub use self::error::Error;
use self::{blocks::Blocks, serve::Server};

/// What other peers read as this node's name.
pub(crate) const AGENT_VERSION: &str = concat!("power-tracker-ipfs/", env!("CARGO_PKG_VERSION"));
/// The version of libp2p's identify protocol, as Kubo says it.
pub(crate) const PROTOCOL_VERSION: &str = "ipfs/0.1.0";

/// How to run a node.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where blocks, pins and the peer's key are kept. Created if absent; one process at a time.
    pub repo: PathBuf,
    /// Where Kubo's RPC listens. Whoever reaches it can write: keep it on the loopback interface. Port 0 finds one.
    pub api: SocketAddr,
    /// Where the gateway listens: read only. Port 0 finds one.
    pub gateway: SocketAddr,
    /// Where other IPFS nodes may connect, as a multiaddress (`/ip4/127.0.0.1/tcp/4001`); nowhere if absent.
    pub swarm: Option<String>,
    /// How long peers are asked for a block that is not on the disk.
    pub fetch_timeout: Duration,
}

impl Config {
    /// A node on free ports of the loopback interface that no peer can connect to.
    #[must_use]
    pub fn new(repo: impl Into<PathBuf>) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let fetch_timeout = limits::DEFAULT_FETCH_TIMEOUT;
        Self { repo: repo.into(), api: loopback, gateway: loopback, swarm: None, fetch_timeout }
    }
}

/// A running node.
pub struct Node {
    ipfs: Ipfs,
    repo: PathBuf,
    peer_id: PeerId,
    swarm: Vec<String>,
    api: Server,
    gateway: Server,
}

impl Node {
    /// Opens the repository and listens. When this returns, the node answers.
    pub async fn start(config: Config) -> Result<Self, Error> {
        repo::create(&config.repo)?;
        if !repo::is_free(&config.repo)? {
            return Err(Error::RepoInUse(config.repo));
        }
        let ipfs = open(&config).await?;
        match Self::listen(&ipfs, config).await {
            Ok(node) => Ok(node),
            Err(error) => {
                ipfs.exit_daemon().await;
                Err(error)
            }
        }
    }

    async fn listen(ipfs: &Ipfs, config: Config) -> Result<Self, Error> {
        let peer_id = ipfs.keypair().public().to_peer_id();
        if let Some(address) = &config.swarm {
            let parsed: Multiaddr = address.parse().map_err(|error| Error::invalid("swarm", address, error))?;
            ipfs.add_listening_address(parsed).await?;
        }
        let swarm = listening_addresses(ipfs, peer_id).await?;
        let blocks = Arc::new(Blocks::new(ipfs.clone(), config.repo.clone()));
        let api = Server::start("RPC", config.api, rpc::router(blocks.clone(), config.fetch_timeout)).await?;
        let gateway = Server::start("gateway", config.gateway, gateway::router(blocks, config.fetch_timeout)).await?;
        tracing::info!(%peer_id, api = %api.address(), gateway = %gateway.address(), ?swarm, "IPFS node is up");
        Ok(Self { ipfs: ipfs.clone(), repo: config.repo, peer_id, swarm, api, gateway })
    }

    /// Where Kubo's RPC answers: `http://127.0.0.1:5001`, without the path `/api/v0`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api.address())
    }

    /// Where the gateway answers: `http://127.0.0.1:8080`, without the path `/ipfs`.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        format!("http://{}", self.gateway.address())
    }

    /// Where peers may connect, each with `/p2p/<peer>` at its end, as `swarm/connect` takes it.
    #[must_use]
    pub fn swarm_addresses(&self) -> &[String] {
        &self.swarm
    }

    /// The node's name among peers; kept in the repository.
    #[must_use]
    pub fn peer_id(&self) -> String {
        self.peer_id.to_string()
    }

    /// Answers what is under way, closes all sockets and leaves the repository free for the next start.
    pub async fn shutdown(self) {
        tokio::join!(self.api.stop(), self.gateway.stop());
        self.ipfs.exit_daemon().await;
        // rust-ipfs ends its tasks without waiting for them; the lock goes with the last.
        let freed = async {
            while !repo::is_free(&self.repo).unwrap_or(true) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(limits::SHUTDOWN_TIMEOUT, freed).await.is_err() {
            tracing::warn!(repo = %self.repo.display(), "the repository is still locked");
        }
    }
}

async fn open(config: &Config) -> Result<Ipfs, Error> {
    let keypair = repo::identity(&config.repo)?;
    let identify = IdentifyConfiguration {
        protocol_version: PROTOCOL_VERSION.into(),
        agent_version: AGENT_VERSION.into(),
        ..Default::default()
    };
    let builder = DefaultIpfsBuilder::with_keypair(&keypair).map_err(Error::io("read the peer's key"))?;
    Ok(builder
        .set_path(&config.repo)
        .enable_tcp()
        .with_identify(identify)
        .with_ping(Default::default())
        .with_bitswap()
        .set_idle_connection_timeout(limits::PEER_IDLE_TIMEOUT_S)
        .start()
        .await?)
}

async fn listening_addresses(ipfs: &Ipfs, peer_id: PeerId) -> Result<Vec<String>, Error> {
    let named = |address: Multiaddr| address.with_p2p(peer_id).unwrap_or_else(|address| address).to_string();
    Ok(ipfs.listening_addresses().await?.into_iter().map(named).collect())
}

/// The peer that a multiaddress names at its end.
pub(crate) fn peer_of(address: &Multiaddr) -> Option<PeerId> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Some(peer),
        _ => None,
    }
}
