//! `block/put`, `block/get`, `block/stat`.

use axum::{
    Json,
    body::Bytes,
    extract::{
        Multipart, State,
        multipart::{MultipartError, MultipartRejection},
    },
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use cid::Cid;
use serde_json::{Value, json};

use super::{Parameters, Rpc};
use crate::{Error, blocks::RAW, limits, unixfs::DAG_PB};

/// Stores the one file of the multipart body as a block, raw or dag-pb: `{"Key","Size"}`.
pub(super) async fn put(
    State(rpc): State<Rpc>,
    parameters: Parameters,
    body: Result<Multipart, MultipartRejection>,
) -> Result<Json<Value>, Error> {
    let codec = codec(&parameters)?;
    let pin = parameters.flag("pin", false)?;
    let body = body.map_err(|error| Error::Body(error.body_text()))?;
    let late = |_| Error::ReceiveTimedOut(limits::RECEIVE_TIMEOUT.as_secs());
    let data = tokio::time::timeout(limits::RECEIVE_TIMEOUT, one_file(body)).await.map_err(late)??;
    let size = data.len();
    let cid = rpc.blocks.put(codec, data, pin).await?;
    Ok(stat_of(&cid, size))
}

/// The block's bytes.
pub(super) async fn get(State(rpc): State<Rpc>, parameters: Parameters) -> Result<Response, Error> {
    let data = rpc.blocks.get(&parameters.one_cid()?, parameters.reach(rpc.fetch_timeout)?).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-stream-output"), "1"),
    ];
    Ok((headers, data).into_response())
}

/// The block's size, which takes reading (and checking) it: `{"Key","Size"}`.
pub(super) async fn stat(State(rpc): State<Rpc>, parameters: Parameters) -> Result<Json<Value>, Error> {
    let cid = parameters.one_cid()?;
    let data = rpc.blocks.get(&cid, parameters.reach(rpc.fetch_timeout)?).await?;
    Ok(stat_of(&cid, data.len()))
}

fn stat_of(cid: &Cid, size: usize) -> Json<Value> {
    Json(json!({ "Key": cid.to_string(), "Size": size }))
}

/// The codec asked for. Only blocks named by SHA-256 are made here. `format` is the old name of `cid-codec`.
fn codec(parameters: &Parameters) -> Result<u64, Error> {
    let mut codec = RAW;
    for what in ["cid-codec", "format"] {
        codec = match parameters.text(what) {
            None => codec,
            Some("raw") => RAW,
            Some("dag-pb") => DAG_PB,
            Some(other) => {
                return Err(Error::Unsupported { what, value: other.into(), supported: "raw and dag-pb" });
            }
        };
    }
    if let Some(value) = parameters.text("mhtype").filter(|value| *value != "sha2-256") {
        return Err(Error::Unsupported { what: "mhtype", value: value.into(), supported: "sha2-256" });
    }
    match parameters.text("mhlen") {
        None | Some("-1" | "32") => {}
        Some(other) => return Err(Error::Unsupported { what: "mhlen", value: other.into(), supported: "32" }),
    }
    if parameters.flag("allow-big-block", false)? {
        return Err(Error::Unsupported { what: "allow-big-block", value: "true".into(), supported: "false" });
    }
    Ok(codec)
}

async fn one_file(mut body: Multipart) -> Result<Bytes, Error> {
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::BlockTooBig { limit_bytes: limits::MAX_BLOCK_BYTES },
        _ => Error::Body(error.body_text()),
    };
    let mut file = body.next_field().await.map_err(broken)?.ok_or_else(|| Error::Body("no file in it".into()))?;
    let mut data = Vec::new();
    let mut fits = true;
    while let Some(chunk) = file.chunk().await.map_err(broken)? {
        fits &= data.len() + chunk.len() <= limits::MAX_BLOCK_BYTES;
        // A body too large is read to its end all the same (see `MAX_REQUEST_BYTES`), but not kept.
        if fits {
            data.extend_from_slice(&chunk);
        }
    }
    drop(file);
    if body.next_field().await.map_err(broken)?.is_some() {
        return Err(Error::Body("more than one file in it".into()));
    }
    fits.then(|| data.into()).ok_or(Error::BlockTooBig { limit_bytes: limits::MAX_BLOCK_BYTES })
}
