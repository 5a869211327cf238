//! `id`, `version`, `swarm/connect`, `swarm/peers`: the node and those it is connected to.

use axum::{Json, extract::State};
use data_encoding::BASE64;
use rust_ipfs::{DialOpts, Multiaddr, PeerId};
use serde_json::{Value, json};

use super::{Parameters, Rpc};
use crate::{AGENT_VERSION, Error, PROTOCOL_VERSION, limits, peer_of};

/// Who this node is. Asking about another peer is not supported.
pub(super) async fn id(State(rpc): State<Rpc>, parameters: Parameters) -> Result<Json<Value>, Error> {
    let info = rpc.blocks.ipfs().identity(None).await?;
    let own = info.peer_id.to_string();
    if let Some(other) = parameters.text("arg").filter(|other| *other != own) {
        return Err(Error::Unsupported { what: "peer", value: other.into(), supported: "the node itself" });
    }
    Ok(Json(json!({
        "ID": own,
        "PublicKey": BASE64.encode(&info.public_key.encode_protobuf()),
        "Addresses": info.listen_addrs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "AgentVersion": AGENT_VERSION,
        "ProtocolVersion": PROTOCOL_VERSION,
        "Protocols": info.protocols.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })))
}

/// The version of this node, in Kubo's fields; there is no Go and no versioned repository in it.
pub(super) async fn version() -> Json<Value> {
    let system = format!("{}/{}", std::env::consts::ARCH, std::env::consts::OS);
    Json(json!({
        "Version": env!("CARGO_PKG_VERSION"),
        "Commit": "",
        "Repo": "",
        "System": system,
        "Golang": "",
    }))
}

/// Connects to the peers named by `arg`, multiaddresses that end in `/p2p/<peer>`.
pub(super) async fn connect(State(rpc): State<Rpc>, parameters: Parameters) -> Result<Json<Value>, Error> {
    let mut said = Vec::new();
    for text in parameters.arguments() {
        let address: Multiaddr = text.parse().map_err(|error| Error::invalid("address", text, error))?;
        let peer = peer_of(&address).ok_or_else(|| Error::invalid("address", text, "it must end in /p2p/<peer>"))?;
        dial(&rpc, peer, address).await?;
        said.push(format!("connect {peer} success"));
    }
    if said.is_empty() {
        return Err(Error::MissingArgument("address"));
    }
    Ok(Json(json!({ "Strings": said })))
}

async fn dial(rpc: &Rpc, peer: PeerId, address: Multiaddr) -> Result<(), Error> {
    let failed = |reason: String| Error::Connect { address: peer.to_string(), reason };
    // rust-ipfs takes a second dial to a connected peer for an error, Kubo for a success.
    if rpc.blocks.ipfs().is_connected(peer).await? {
        return Ok(());
    }
    let dial = rpc.blocks.ipfs().connect(DialOpts::peer_id(peer).addresses(vec![address]).build());
    match tokio::time::timeout(limits::CONNECT_TIMEOUT, dial).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(failed(format!("{error:#}"))),
        Err(_) => Err(failed(format!("no answer within {} s", limits::CONNECT_TIMEOUT.as_secs()))),
    }
}

/// The peers connected now: `{"Peers":[{"Addr","Peer"}]}`.
pub(super) async fn peers(State(rpc): State<Rpc>) -> Result<Json<Value>, Error> {
    let mut peers = Vec::new();
    for (peer, addresses) in rpc.blocks.ipfs().addrs().await? {
        let address = addresses.first().map(ToString::to_string).unwrap_or_default();
        peers.push(json!({ "Addr": address, "Peer": peer.to_string() }));
    }
    Ok(Json(json!({ "Peers": peers })))
}
