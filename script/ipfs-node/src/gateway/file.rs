//! A file: its type by its name, the range asked for, its bytes as its blocks come.

use std::ops::Range;

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use cid::Cid;
use futures::stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{FOR_EVER, Gateway, asked::Asked, headers, not_modified, tag};
use crate::{
    Error, limits,
    unixfs::{File, Reader},
};

/// Chunks that wait for the client, beside the one it is sent.
const CHUNKS_AHEAD: usize = 1;

/// The file at the end of the path; `name` is where its type is taken from.
pub(super) async fn answer(
    gateway: &Gateway,
    asked: &Asked,
    along: &[Cid],
    name: Option<&str>,
    file: File,
) -> Result<Response, Error> {
    let cid = along.last().copied().unwrap_or(asked.root);
    let tag = tag(&cid);
    if asked.holds(&tag) {
        return Ok(not_modified(asked, along));
    }
    let size = file.size;
    let (status, range) = match range(asked, &tag, size) {
        Wanted::All => (StatusCode::OK, 0..size),
        Wanted::Some(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => {
            let headers = headers(asked, along, &tag, "no-store");
            let size = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers, size).into_response());
        }
    };
    let length = range.end - range.start;
    let mut response = if asked.is_head {
        ().into_response()
    } else {
        body(gateway, &cid, file, range.clone()).await?.into_response()
    };
    *response.status_mut() = status;
    let mut head = vec![
        (header::CONTENT_TYPE, name.map_or_else(|| "application/octet-stream".into(), content_type)),
        (header::ACCEPT_RANGES, "bytes".into()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    if name.is_none() {
        // Without a name nobody knows what it is, so no browser should run it.
        head.push((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{cid}.bin\"")));
    }
    if status == StatusCode::PARTIAL_CONTENT {
        head.push((header::CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1)));
    }
    for (name, value) in head.into_iter().chain(headers(asked, along, &tag, FOR_EVER)) {
        let value = value.parse().map_err(|_| Error::invalid("path", &asked.path, "it makes no header"))?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// By the name's extension; text is UTF-8.
fn content_type(name: &str) -> String {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = kind.type_() == mime_guess::mime::TEXT || kind.subtype() == mime_guess::mime::JAVASCRIPT;
    if is_text { format!("{}; charset=utf-8", kind.essence_str()) } else { kind.to_string() }
}

enum Wanted {
    All,
    Some(Range<u64>),
    /// A range that the file does not have.
    Nothing,
}

/// One range is served; several, or what cannot be read, are answered with the whole file, as RFC 9110 allows.
fn range(asked: &Asked, tag: &str, size: u64) -> Wanted {
    let text = |name| asked.headers.get(name).and_then(|value| value.to_str().ok());
    let is_current = text(header::IF_RANGE).is_none_or(|held| held == tag);
    let Some(ranges) = text(header::RANGE).filter(|_| is_current && size > 0) else { return Wanted::All };
    let Ok(ranges) = http_range_header::parse_range_header(ranges) else { return Wanted::All };
    match ranges.validate(size).as_deref() {
        Ok([range]) => Wanted::Some(*range.start()..*range.end() + 1),
        Ok(_) => Wanted::All,
        Err(_) => Wanted::Nothing,
    }
}

/// The bytes of a range. What is missing or wrong at its beginning is an error; what is found to be missing later cuts
/// the answer short of its length, which no client takes for all of it.
async fn body(gateway: &Gateway, cid: &Cid, file: File, range: Range<u64>) -> Result<Body, Error> {
    let length = range.end - range.start;
    let mut reader = Reader::new(gateway.blocks.clone(), gateway.reach, cid, file, range)?;
    let Some(first) = reader.next().await? else { return Ok(Body::empty()) };
    if first.len() as u64 == length {
        return Ok(first.into());
    }
    let busy = |_| Error::Busy { what: "files", limit: limits::MAX_CONCURRENT_FILES };
    let place = gateway.files.clone().try_acquire_owned().map_err(busy)?;
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    tokio::spawn(send(reader, first, sender, place));
    let chunks = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    Ok(Body::from_stream(chunks))
}

/// Sends a file on until its end, an error, or a client that is gone or takes nothing.
async fn send(
    mut reader: Reader,
    first: Bytes,
    sender: mpsc::Sender<Result<Bytes, Error>>,
    _place: OwnedSemaphorePermit,
) {
    let mut next = Ok(Some(first));
    loop {
        let chunk = match next {
            Ok(None) => return,
            Ok(Some(chunk)) => Ok(chunk),
            Err(error) => {
                tracing::warn!(%error, "a file ends before its end");
                Err(error)
            }
        };
        let is_last = chunk.is_err();
        match sender.send_timeout(chunk, limits::SEND_TIMEOUT).await {
            Ok(()) if !is_last => next = reader.next().await,
            _ => return,
        }
    }
}
