//! The gateway, for browsers and everyone else who wants to read: blocks that anyone can check against their CID
//! (`/ipfs/<cid>?format=raw`, <https://specs.ipfs.tech/http-gateways/trustless-gateway/>), and the files and folders
//! they make up (`/ipfs/<cid>/<path>`, <https://specs.ipfs.tech/http-gateways/path-gateway/>).
//!
//! - `asked`: what a request names and in which shape. - `block`, `file`, `folder`: the three kinds of answers.
//!
//! No CAR, no IPNS, nothing written. A page served from here has this gateway for its origin and shares that with every
//! other page of it, so what a page remembers in the browser any page of this gateway may read. There is no
//! Content-Security-Policy: the gateway does not know whom a page must reach (our own reaches a service on another
//! port), and a page can bring a policy of its own in a `<meta>`. What a page must not reach is guarded where it is: the
//! RPC refuses whatever comes from a browser.

mod asked;
mod block;
mod file;
mod folder;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use cid::Cid;
use tokio::sync::Semaphore;

use self::asked::{Asked, Shape};
use super::{
    Error,
    blocks::{Blocks, RAW, Reach},
    limits, serve,
    unixfs::{Node, follow, open},
};

/// What a CID names never changes; the age is Kubo's.
const FOR_EVER: &str = "public, max-age=29030400, immutable";

#[derive(Clone)]
struct Gateway {
    blocks: Arc<Blocks>,
    reach: Reach,
    /// Files of several blocks under way.
    files: Arc<Semaphore>,
}

pub(super) fn router(blocks: Arc<Blocks>, fetch_timeout: Duration) -> Router {
    let files = Arc::new(Semaphore::new(limits::MAX_CONCURRENT_FILES));
    // GET answers HEAD too: the same, without the body.
    let router = Router::new()
        .route("/ipfs/{*path}", get(answer).options(async || StatusCode::NO_CONTENT))
        .fallback(async || refused(StatusCode::NOT_FOUND, "only /ipfs/<cid> and what is below it are served"))
        .with_state(Gateway { blocks, reach: Reach::Peers(fetch_timeout), files });
    serve::limited(router, spelled).layer(middleware::from_fn(open_to_all_pages))
}

async fn answer(State(gateway): State<Gateway>, request: Request) -> Response {
    let asked = match Asked::read(&request) {
        Ok(asked) => asked,
        Err((status, why)) => return refused(status, &why),
    };
    let late = || Error::NotFoundInTime { cid: asked.root, waited_ms: limits::MAX_FETCH_TIMEOUT.as_millis() };
    let found = tokio::time::timeout(limits::MAX_FETCH_TIMEOUT, gateway.find(&asked)).await;
    found.unwrap_or_else(|_| Err(late())).unwrap_or_else(spelled)
}

impl Gateway {
    async fn find(&self, asked: &Asked) -> Result<Response, Error> {
        let along = follow(&self.blocks, asked.root, &asked.names, self.reach).await?;
        let cid = along.last().copied().unwrap_or(asked.root);
        if asked.shape == Shape::Block {
            return block::answer(self, asked, &along).await;
        }
        // What a raw block is needs no reading, and a client that has it need not ask whether this node has it too.
        if cid.codec() == RAW && asked.holds(&tag(&cid)) {
            return Ok(not_modified(asked, &along));
        }
        match open(&self.blocks, &cid, self.reach).await? {
            Node::Folder(links) => folder::answer(self, asked, along, &links).await,
            Node::File(_) if asked.is_folder => {
                Ok(refused(StatusCode::NOT_FOUND, &format!("{cid} is a file: ask without the slash at the end")))
            }
            Node::File(content) => {
                let name = asked.names.as_slice().last().map(String::as_str);
                file::answer(self, asked, &along, name, content).await
            }
        }
    }
}

/// The name that a cache keeps a file under.
fn tag(cid: &Cid) -> String {
    format!("\"{cid}\"")
}

fn not_modified(asked: &Asked, along: &[Cid]) -> Response {
    let tag = along.last().map(tag).unwrap_or_default();
    (StatusCode::NOT_MODIFIED, headers(asked, along, &tag, FOR_EVER)).into_response()
}

/// What stands on every answer that has something to give.
fn headers(asked: &Asked, along: &[Cid], tag: &str, cache: &str) -> [(HeaderName, String); 6] {
    let roots: Vec<_> = along.iter().map(Cid::to_string).collect();
    [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
        (header::CACHE_CONTROL, cache.into()),
        (header::ETAG, tag.into()),
        (header::VARY, "Accept".into()),
        (HeaderName::from_static("x-ipfs-path"), asked.path.clone()),
        (HeaderName::from_static("x-ipfs-roots"), roots.join(",")),
    ]
}

fn spelled(error: Error) -> Response {
    let status = match &error {
        Error::NotFoundLocally(_) | Error::NotFoundInTime { .. } | Error::NoLink { .. } => StatusCode::NOT_FOUND,
        Error::Unsupported { .. } | Error::InvalidArgument { .. } => StatusCode::BAD_REQUEST,
        Error::NotReadable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Corrupt(_) => StatusCode::BAD_GATEWAY,
        Error::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refused(status, &error.to_string())
}

/// An answer without content is never kept: the block may be there in a second. It is text, whatever is in the words.
fn refused(status: StatusCode, why: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (status, headers, format!("{why}\n")).into_response()
}

/// Reading what anyone can check needs no permission: any page may.
async fn open_to_all_pages(request: Request, next: Next) -> Response {
    let preflight = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let exposed = "Content-Length, Content-Range, ETag, X-Ipfs-Path, X-Ipfs-Roots";
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, OPTIONS"));
        let allowed = "Content-Type, If-None-Match, If-Range, Range";
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allowed));
    }
    response
}
