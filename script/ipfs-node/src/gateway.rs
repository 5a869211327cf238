//! The trustless gateway: `GET /ipfs/<cid>?format=raw`, so that a browser (or `curl` and `sha256sum`) can fetch a block
//! and check it against its CID. <https://specs.ipfs.tech/http-gateways/trustless-gateway/>
//!
//! Only whole raw blocks are served: no paths, no CAR, nothing reassembled.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use cid::Cid;

use super::{
    Error,
    blocks::{Blocks, RAW, Reach},
    serve,
};

const RAW_TYPE: &str = "application/vnd.ipld.raw";
/// What a CID names never changes; the age is Kubo's.
const FOR_EVER: &str = "public, max-age=29030400, immutable";

#[derive(Clone)]
struct Gateway {
    blocks: Arc<Blocks>,
    fetch_timeout: Duration,
}

pub(super) fn router(blocks: Arc<Blocks>, fetch_timeout: Duration) -> Router {
    // GET answers HEAD too: the same, without the body.
    let router = Router::new()
        .route("/ipfs/{cid}", get(block).options(async || StatusCode::NO_CONTENT))
        .route("/ipfs/{cid}/{*path}", get(async || refused(StatusCode::BAD_REQUEST, "only /ipfs/<cid> is served")))
        .with_state(Gateway { blocks, fetch_timeout });
    serve::limited(router, spelled).layer(middleware::from_fn(open_to_all_pages))
}

async fn block(
    State(gateway): State<Gateway>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(cid) = Cid::try_from(text.as_str()) else {
        return refused(StatusCode::BAD_REQUEST, "malformed CID");
    };
    let Some(shape) = Shape::asked(query.as_deref(), &headers, &cid) else {
        return refused(StatusCode::NOT_ACCEPTABLE, "only blocks are served: ask with ?format=raw");
    };
    let tag = shape.tag(&cid);
    // What a CID names cannot change, so a client that has it need not ask whether this node has it too.
    if holds(&headers, &tag) {
        return (StatusCode::NOT_MODIFIED, shape.headers(&cid)).into_response();
    }
    match gateway.blocks.get(&cid, Reach::Peers(gateway.fetch_timeout)).await {
        Ok(data) => (shape.headers(&cid), data).into_response(),
        Err(error) => spelled(error),
    }
}

/// The two ways to get the bytes of a raw block. They differ in their names only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Asked for as a block.
    Block,
    /// Asked for as a file that happens to be one block.
    File,
}

impl Shape {
    /// What the request asks for, if it can be had. `format` goes before `Accept`.
    fn asked(query: Option<&str>, headers: &HeaderMap, cid: &Cid) -> Option<Self> {
        let format = query.unwrap_or("").split('&').find_map(|pair| pair.strip_prefix("format="));
        if let Some(format) = format {
            return (format == "raw").then_some(Self::Block);
        }
        let values = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let types: Vec<_> = values.flat_map(|value| value.split(',')).map(bare).collect();
        if types.iter().any(|kind| kind.eq_ignore_ascii_case(RAW_TYPE)) {
            return Some(Self::Block);
        }
        let any = |kind: &&str| ["*/*", "application/*", "application/octet-stream"].contains(kind);
        (cid.codec() == RAW && (types.is_empty() || types.iter().any(|kind| any(&kind)))).then_some(Self::File)
    }

    fn tag(self, cid: &Cid) -> String {
        match self {
            Self::Block => format!("\"{cid}.raw\""),
            Self::File => format!("\"{cid}\""),
        }
    }

    fn headers(self, cid: &Cid) -> [(HeaderName, String); 8] {
        let content_type = if self == Self::Block { RAW_TYPE } else { "application/octet-stream" };
        [
            (header::CONTENT_TYPE, content_type.into()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
            (header::CACHE_CONTROL, FOR_EVER.into()),
            (header::ETAG, self.tag(cid)),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{cid}.bin\"")),
            (header::VARY, "Accept".into()),
            (HeaderName::from_static("x-ipfs-path"), format!("/ipfs/{cid}")),
            (HeaderName::from_static("x-ipfs-roots"), cid.to_string()),
        ]
    }
}

/// A list's member without its parameters and spaces.
fn bare(member: &str) -> &str {
    member.split(';').next().unwrap_or(member).trim()
}

fn holds(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|held| held.trim().trim_start_matches("W/") == tag)
}

fn spelled(error: Error) -> Response {
    let status = match &error {
        Error::NotFoundLocally(_) | Error::NotFoundInTime { .. } => StatusCode::NOT_FOUND,
        Error::Unsupported { .. } => StatusCode::BAD_REQUEST,
        Error::Corrupt(_) => StatusCode::BAD_GATEWAY,
        Error::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refused(status, &error.to_string())
}

/// An answer without a block is never kept: the block may be there in a second.
fn refused(status: StatusCode, why: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], format!("{why}\n")).into_response()
}

/// Reading what anyone can check needs no permission: any page may.
async fn open_to_all_pages(request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let exposed = "Content-Length, ETag, X-Ipfs-Path, X-Ipfs-Roots";
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type, If-None-Match"));
    }
    response
}
