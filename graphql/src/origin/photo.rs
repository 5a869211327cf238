//! `/photo/<digest>`: photos that complaints' texts name, by their SHA-256. What is sent is checked and never changed.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt as _;
use serde_json::json;

use crate::{
    Sources,
    photo::{MAX_PHOTO_BYTES, PhotoError, Refused},
    schema::media_type,
};

/// How long a photo may take to arrive: 2 MiB over a slow mobile network.
const RECEIVING: Duration = Duration::from_secs(120);
/// Asked for again each time, so that what is erased is gone from every page; unchanged, it is not sent again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("public, no-cache");
/// Whatever a browser takes the bytes for, nothing in them runs.
const NOTHING_RUNS: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// The photo.
pub(super) async fn get(State(sources): State<Sources>, Path(digest): Path<String>, headers: HeaderMap) -> Response {
    if protocol::from_hex(&digest).is_none() {
        return no_digest();
    }
    let (photo, bytes) = match sources.photos().find(&digest).await {
        Ok(found) => found,
        Err(refused) => return refuse(&refused),
    };
    let tag = format!("\"{digest}\"");
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))),
        (header::CACHE_CONTROL, ASK_AGAIN),
        (header::CONTENT_SECURITY_POLICY, NOTHING_RUNS),
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(photo.kind))),
    ];
    if is_known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, bytes).into_response() }
}

/// Takes the photo in that a text names.
pub(super) async fn put(State(sources): State<Sources>, Path(digest): Path<String>, request: Request) -> Response {
    if protocol::from_hex(&digest).is_none() {
        return no_digest();
    }
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > MAX_PHOTO_BYTES as u64) {
        return refuse(&PhotoError::TooLarge.into());
    }
    let place = sources.photos().place(&digest).await;
    let Ok(Some(place)) = place else {
        // It is received all the same, for a browser hears of nothing before it has sent everything.
        let _ = receive(request.into_body(), false).await;
        return place.map_or_else(|refused| refuse(&refused), |_| StatusCode::NO_CONTENT.into_response());
    };
    let body = match receive(request.into_body(), true).await {
        Ok(body) => body,
        Err(Incomplete::TooLong) => return refuse(&PhotoError::TooLarge.into()),
        Err(Incomplete::Broken) => {
            return say(StatusCode::REQUEST_TIMEOUT, "INCOMPLETE", "the photo did not arrive whole; send it again");
        }
    };
    match place.keep(body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => refuse(&refused),
    }
}

/// Why a photo did not arrive.
enum Incomplete {
    TooLong,
    Broken,
}

/// Reads a photo; one that does not say how long it is, to the limit and no further. What is not kept takes no memory.
async fn receive(body: Body, is_kept: bool) -> Result<Vec<u8>, Incomplete> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    let mut chunks = body.into_data_stream();
    let received = async {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Incomplete::Broken)?;
            length += chunk.len();
            if length > MAX_PHOTO_BYTES {
                return Err(Incomplete::TooLong);
            }
            if is_kept {
                bytes.extend_from_slice(&chunk);
            }
        }
        Ok(())
    };
    tokio::time::timeout(RECEIVING, received).await.unwrap_or(Err(Incomplete::Broken))?;
    Ok(bytes)
}

fn no_digest() -> Response {
    say(StatusCode::BAD_REQUEST, "BAD_DIGEST", "a photo's address ends in its SHA-256: 64 lower-case hex digits")
}

fn refuse(refused: &Refused) -> Response {
    let (status, code) = match refused {
        Refused::Closed => (StatusCode::FORBIDDEN, "CLOSED"),
        Refused::NotNamed => (StatusCode::NOT_FOUND, "NOT_NAMED"),
        Refused::Absent => (StatusCode::NOT_FOUND, "ABSENT"),
        Refused::Erased(_) => (StatusCode::GONE, "ERASED"),
        Refused::OtherDigest => (StatusCode::UNPROCESSABLE_ENTITY, "OTHER_DIGEST"),
        Refused::Unacceptable(error) => match error {
            PhotoError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, error.code()),
            PhotoError::UnknownKind => (StatusCode::UNSUPPORTED_MEDIA_TYPE, error.code()),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, error.code()),
        },
        Refused::Busy => (StatusCode::SERVICE_UNAVAILABLE, "BUSY"),
        Refused::Store => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
    };
    say(status, code, &refused.to_string())
}

fn say(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "code": code, "message": message }))).into_response()
}
