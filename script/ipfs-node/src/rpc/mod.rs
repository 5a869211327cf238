//! Kubo's RPC, `/api/v0/…`: the commands the services use, each with Kubo's parameters, JSON and errors.
//! <https://docs.ipfs.tech/reference/kubo/rpc/>
//!
//! Parameters this node has no use for are ignored, as Kubo does; those that would change the result are refused.

mod add;
mod block;
mod pin;
mod swarm;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts, Query, Request},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::post,
};
use cid::Cid;
use serde_json::json;

use super::{
    Error,
    blocks::{Blocks, Reach},
    limits, serve,
};

#[derive(Clone)]
struct Rpc {
    blocks: Arc<Blocks>,
    fetch_timeout: Duration,
}

pub(super) fn router(blocks: Arc<Blocks>, fetch_timeout: Duration) -> Router {
    let commands = Router::new()
        .route("/add", post(add::add).layer(DefaultBodyLimit::max(add::MAX_BODY_BYTES)))
        .route("/block/get", post(block::get))
        .route("/block/put", post(block::put).layer(DefaultBodyLimit::max(limits::MAX_REQUEST_BYTES)))
        .route("/block/stat", post(block::stat))
        .route("/id", post(swarm::id))
        .route("/pin/add", post(pin::add))
        .route("/pin/ls", post(pin::ls))
        .route("/swarm/connect", post(swarm::connect))
        .route("/swarm/peers", post(swarm::peers))
        .route("/version", post(swarm::version))
        .method_not_allowed_fallback(async || (StatusCode::METHOD_NOT_ALLOWED, "405 - Method Not Allowed\n"))
        .with_state(Rpc { blocks, fetch_timeout });
    let router =
        Router::new().nest("/api/v0", commands).fallback(async || (StatusCode::NOT_FOUND, "404 page not found\n"));
    serve::limited(router, Error::into_response).layer(middleware::from_fn(refuse_web_pages))
}

/// A page in someone's browser can send a POST to a port of their machine, and this RPC knows no password: what
/// carries the marks of a page is refused before anything of it is read, as Kubo does. That holds for pages of our own
/// gateway too (another port is another origin), and for a name that was pointed at this machine after its page was
/// loaded: browsers send `Origin` with every POST, and no page can leave it out. The other marks are a second line.
async fn refuse_web_pages(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let agent = headers.get(header::USER_AGENT).map_or(&b""[..], |value| value.as_bytes());
    let marks = [header::ORIGIN, header::REFERER, HeaderName::from_static("sec-fetch-site")];
    if marks.iter().any(|mark| headers.contains_key(mark)) || agent.starts_with(b"Mozilla/") {
        return Error::FromBrowser.into_response();
    }
    next.run(request).await
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        // 500 for what the command says, as Kubo; the others are said before a command runs.
        let (status, code) = match self {
            Self::MissingArgument(_) | Self::TooManyArguments { .. } => (StatusCode::BAD_REQUEST, 1),
            Self::FromBrowser => (StatusCode::FORBIDDEN, 1),
            Self::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, 0),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, 0),
        };
        let body = json!({ "Message": self.to_string(), "Code": code, "Type": "error" });
        (status, Json(body)).into_response()
    }
}

/// Says that the body is a stream of JSON objects, one a line.
fn chunked(body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert("x-chunked-output", HeaderValue::from_static("1"));
    response
}

/// The query's parameters, in order; `arg` may come more than once.
struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let read = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = read.map_err(|error| Error::invalid("query", parts.uri.query().unwrap_or(""), error))?;
        let count = pairs.iter().filter(|(name, _)| name == "arg").count();
        if count > limits::MAX_ARGUMENTS {
            return Err(Error::TooManyArguments { count, limit: limits::MAX_ARGUMENTS });
        }
        Ok(Self(pairs))
    }
}

impl Parameters {
    /// The last value wins, as in Go's clients that append overrides.
    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn flag(&self, name: &'static str, default: bool) -> Result<bool, Error> {
        match self.text(name) {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(other) => Err(Error::invalid(name, other, "true or false expected")),
        }
    }

    fn arguments(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(name, _)| name == "arg").map(|(_, value)| value.as_str())
    }

    /// The CIDs named by `arg`, which may be written `/ipfs/<cid>`.
    fn cids(&self) -> Result<Vec<Cid>, Error> {
        self.arguments().map(cid).collect()
    }

    fn one_cid(&self) -> Result<Cid, Error> {
        self.cids()?.first().copied().ok_or(Error::MissingArgument("cid"))
    }

    /// How far to look: Kubo's global parameters `offline` and `timeout`.
    fn reach(&self, default: Duration) -> Result<Reach, Error> {
        if self.flag("offline", false)? {
            return Ok(Reach::Local);
        }
        let timeout = self.text("timeout").map_or(Ok(default), duration)?;
        Ok(Reach::Peers(timeout.min(limits::MAX_FETCH_TIMEOUT)))
    }
}

fn cid(text: &str) -> Result<Cid, Error> {
    let bare = text.strip_prefix("/ipfs/").unwrap_or(text);
    if bare.contains('/') {
        return Err(Error::Unsupported { what: "path", value: text.into(), supported: "/ipfs/<cid>" });
    }
    Cid::try_from(bare).map_err(|error| Error::invalid("path", text, error))
}

/// Go's way to write a duration, one unit at a time: `250ms`, `5s`, `1.5m`.
fn duration(text: &str) -> Result<Duration, Error> {
    let invalid = || Error::invalid("timeout", text, "a number and ms, s, m or h expected");
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(invalid)?;
    let (number, unit) = text.split_at(unit_at);
    let unit_s = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(invalid()),
    };
    let number: f64 = number.parse().map_err(|_| invalid())?;
    Duration::try_from_secs_f64(number * unit_s).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(duration("250ms").unwrap(), Duration::from_millis(250));
        assert_eq!(duration("5s").unwrap(), Duration::from_secs(5));
        assert_eq!(duration("1.5m").unwrap(), Duration::from_secs(90));
        for bad in ["", "5", "s", "-1s", "1d", "1m30s", "NaNs", "infs", "1e300h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cid_may_be_written_as_a_path() {
        let text = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";
        assert_eq!(cid(text).unwrap(), cid(&format!("/ipfs/{text}")).unwrap());
        for bad in ["", "/ipfs/", "bafk", &format!("/ipfs/{text}/name"), &format!("/ipns/{text}"), &text[1..]] {
            assert!(cid(bad).is_err(), "{bad}");
        }
    }
}
