//! `pin/add`, `pin/ls`.

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt};
use rust_ipfs::PinMode;
use serde_json::{Map, Value, json};

use super::{Parameters, Rpc, chunked};
use crate::{Error, limits};

/// Pins each `arg`: `{"Pins":[…]}`, after lines of `{"Progress":n}` if `progress` is asked for.
pub(super) async fn add(State(rpc): State<Rpc>, parameters: Parameters) -> Result<Response, Error> {
    let recursive = parameters.flag("recursive", true)?;
    let progress = parameters.flag("progress", false)?;
    let reach = parameters.reach(rpc.fetch_timeout)?;
    let cids = parameters.cids()?;
    if cids.is_empty() {
        return Err(Error::MissingArgument("ipfs-path"));
    }
    for cid in &cids {
        rpc.blocks.pin(cid, recursive, reach).await?;
    }
    let pins: Vec<_> = cids.iter().map(ToString::to_string).collect();
    let answer = json!({ "Pins": pins });
    if !progress {
        return Ok(Json(answer).into_response());
    }
    // A raw block has no descendants to report on the way.
    Ok(chunked(format!("{}\n{answer}\n", json!({ "Progress": cids.len() }))))
}

/// The pins, all or those of `arg`: `{"Keys":{cid:{"Type"}}}`, or a line `{"Cid","Type"}` for each with `stream`.
pub(super) async fn ls(State(rpc): State<Rpc>, parameters: Parameters) -> Result<Response, Error> {
    let mode = mode(parameters.text("type"))?;
    let stream = parameters.flag("stream", false)?;
    if parameters.arguments().next().is_some() {
        let mut found = Vec::new();
        for cid in parameters.cids()? {
            found.push((cid.to_string(), rpc.blocks.pinned(&cid, mode).await?));
        }
        return Ok(listed(found, stream));
    }
    let pins = rpc.blocks.pins(mode).await.map_ok(|(cid, mode)| (cid.to_string(), name(mode).to_owned()));
    if stream {
        let lines = pins.map_ok(|(cid, kind)| Bytes::from(line(&cid, &kind)));
        return Ok(chunked(Body::from_stream(lines.map_err(|error| std::io::Error::other(format!("{error:#}"))))));
    }
    let found: Vec<_> = pins.take(limits::MAX_PINS_LISTED + 1).try_collect().await?;
    if found.len() > limits::MAX_PINS_LISTED {
        return Err(Error::TooManyPins(limits::MAX_PINS_LISTED));
    }
    Ok(listed(found, false))
}

fn listed(found: Vec<(String, String)>, stream: bool) -> Response {
    if stream {
        return chunked(found.iter().map(|(cid, kind)| line(cid, kind)).collect::<String>());
    }
    let keys: Map<_, _> = found.into_iter().map(|(cid, kind)| (cid, json!({ "Type": kind }))).collect();
    Json(json!({ "Keys": Value::Object(keys) })).into_response()
}

fn line(cid: &str, kind: &str) -> String {
    format!("{}\n", json!({ "Cid": cid, "Type": kind }))
}

fn mode(text: Option<&str>) -> Result<Option<PinMode>, Error> {
    match text {
        None | Some("all") => Ok(None),
        Some("direct") => Ok(Some(PinMode::Direct)),
        Some("recursive") => Ok(Some(PinMode::Recursive)),
        Some("indirect") => Ok(Some(PinMode::Indirect)),
        Some(other) => Err(Error::invalid("type", other, "must be one of {direct, indirect, recursive, all}")),
    }
}

fn name(mode: PinMode) -> &'static str {
    match mode {
        PinMode::Direct => "direct",
        PinMode::Recursive => "recursive",
        PinMode::Indirect => "indirect",
    }
}
