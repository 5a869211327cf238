//! The embedded IPFS node as a process of its own.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Parser;
use ipfs_node::{Config, Node, limits};
use tokio::signal::unix::{SignalKind, signal};

/// An IPFS node that answers the part of Kubo's RPC the services use, and a gateway.
///
/// It knows no peers but those named by the RPC's swarm/connect, and removes nothing.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Directory of blocks, pins and the node's key; created if absent, one process at a time
    #[arg(long, value_name = "DIR")]
    repo: PathBuf,
    /// Address of Kubo's RPC: whoever reaches it can write, so keep it on this machine (port 0 takes a free one)
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5001")]
    api: SocketAddr,
    /// Address of the read-only gateway (port 0 takes a free one)
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    gateway: SocketAddr,
    /// Address at which other IPFS nodes may connect, for example /ip4/127.0.0.1/tcp/4001; nowhere if left out
    #[arg(long, value_name = "MULTIADDRESS")]
    swarm: Option<String>,
    /// Seconds that peers are asked for a block this node does not have
    #[arg(long, value_name = "SECONDS", default_value_t = limits::DEFAULT_FETCH_TIMEOUT.as_secs())]
    fetch_timeout_s: u64,
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Arguments { repo, api, gateway, swarm, fetch_timeout_s } = Arguments::parse();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let fetch_timeout = Duration::from_secs(fetch_timeout_s);
    let node = Node::start(Config { repo, api, gateway, swarm, fetch_timeout }).await?;
    let swarm: String = node.swarm_addresses().iter().map(|address| format!(" swarm {address}")).collect();
    println!("ipfs-node ready: api {} gateway {} peer {}{swarm}", node.api_url(), node.gateway_url(), node.peer_id());
    tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    node.shutdown().await;
    Ok(())
}
