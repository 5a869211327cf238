//! `/feed/<area>.atom`: the news of an area's complaints, for feed readers.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
};

use crate::{
    ApiError, Sources,
    feed::{Root, of_area},
};

const KIND: HeaderValue = HeaderValue::from_static("application/atom+xml; charset=utf-8");

/// The feed, or that it has not changed.
pub(super) async fn answer(State(sources): State<Sources>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(area_id) = name.strip_suffix(".atom") else {
        return (StatusCode::NOT_FOUND, "a feed's address is /feed/<area>.atom\n").into_response();
    };
    let feed = match of_area(&sources, area_id, &Root(&root(&headers))).await {
        Ok(Some(feed)) => feed.to_string(),
        Ok(None) => return (StatusCode::NOT_FOUND, "there is no such area\n").into_response(),
        Err(ApiError::Store) => {
            return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; try again\n").into_response();
        }
        Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    };
    let tag = format!("\"{}\"", protocol::to_hex(&protocol::digest(feed.as_bytes())));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).unwrap_or_default();
    // Compressed on the way, a tag comes back weak.
    let is_known = known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
    let headers = [
        (header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))),
        (header::CONTENT_TYPE, KIND),
    ];
    if is_known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, feed).into_response() }
}

/// The address at which this service was asked; a proxy says in `X-Forwarded-Proto` that it was asked over https.
fn root(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(header::HOST).and_then(|host| host.parse::<Authority>().ok());
    let is_https = text(header::HeaderName::from_static("x-forwarded-proto")) == Some("https");
    // Whoever names no host gets addresses relative to the feed's.
    host.map_or_else(|| "../".into(), |host| format!("{}://{host}/", if is_https { "https" } else { "http" }))
}
