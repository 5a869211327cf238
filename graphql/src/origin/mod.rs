//! The HTTP side: one origin for the dApp, the API, blocks of IPFS, reads of the chain, photos of complaints,
//! feeds and the basemap.
//!
//! What a page asks for is open to pages from anywhere (CORS `*`): the dApp also runs from an IPFS gateway or another
//! web server, and nothing here knows cookies or passwords, so a foreign page can do no more than anyone with `curl`.

mod api;
mod basemap;
mod feed;
mod graphiql;
mod installation;
mod ipfs;
mod photo;
mod policy;
mod rpc;

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    handler::HandlerWithoutStateExt as _,
    http::{Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use tokio_util::sync::CancellationToken;
use tower_http::{
    compression::CompressionLayer,
    cors::{Any, CorsLayer},
    services::ServeDir,
};

pub use api::{MAX_BATCH, MAX_CONNECTIONS};
pub use rpc::{MAX_LOG_BLOCKS, MAX_RPC_BATCH};

use crate::{RunError, Sources, now::unix_s, schema};

/// Largest body of a request.
pub const MAX_BODY_BYTES: usize = 128 * 1024;
/// How long an IPFS gateway or a chain's node is waited for.
const UPSTREAM_TIMEOUT: Duration = Duration::from_secs(15);
/// How long open connections may take to close when the service ends.
pub const CLOSING: Duration = Duration::from_secs(3);

/// How long a browser remembers that a page may ask.
const PREFLIGHT_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// All routes.
///
/// # Errors
/// [`RunError::Setting`].
pub fn router(sources: Sources, shutdown: &CancellationToken) -> Result<Router, RunError> {
    let config = sources.config().clone();
    let client = reqwest::Client::builder()
        .timeout(UPSTREAM_TIMEOUT)
        .build()
        .map_err(|error| RunError::Setting { field: "rpc_url", reason: error.to_string() })?;
    let schema = schema::schema(Some(sources.clone()));
    let open = Router::new()
        .route("/graphql", any(api::graphql))
        .with_state(api::Api::new(schema, shutdown.clone()))
        .route("/ipfs/{cid}", get(ipfs::block))
        .with_state(ipfs::Gateway::new(client.clone(), &config.ipfs_gateway_url))
        .route("/rpc", post(rpc::rpc))
        .with_state(rpc::Node::new(client, &config.rpc_url))
        .route("/basemap/{name}", get(basemap::answer))
        .with_state(basemap::Basemap::new(&config)?)
        .route("/config.json", get(installation::answer))
        .with_state(installation::describe(&config)?)
        .route("/photo/{digest}", get(photo::get).put(photo::put))
        .route("/feed/{name}", get(feed::answer))
        .with_state(sources.clone())
        .layer(open_to_all_pages());
    let router = Router::new()
        .route("/health", get(health))
        .with_state(sources)
        .route("/graphiql", get(graphiql::page))
        .with_state(config.dapp_dir.is_some())
        .merge(open);
    let router = match &config.dapp_dir {
        Some(dir) => router.fallback_service(ServeDir::new(dir).fallback(no_such_file.into_service())),
        None => router,
    };
    Ok(router
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(policy::headers))
        .layer(CompressionLayer::new()))
}

fn open_to_all_pages() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([header::CONTENT_TYPE])
        .max_age(PREFLIGHT_AGE)
}

/// The dApp is one page, its addresses stand behind the `#`: a path that is no file is a mistake, and must not be
/// answered with the page, which a browser would keep for ever under the name of an old script.
async fn no_such_file() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "there is no such file here; the page is at /\n")
}

/// Whether the service can answer, and how fresh its answers are: 200, or 503 where the store is away.
async fn health(State(sources): State<Sources>) -> Response {
    match sources.views().cursor().await {
        Ok(cursor) => {
            let lag_s = cursor.as_ref().map(|cursor| unix_s().saturating_sub(cursor.seen_unix_s));
            let indexed_number = cursor.as_ref().map(|cursor| cursor.block_number);
            Json(serde_json::json!({ "ok": true, "indexedNumber": indexed_number, "lagS": lag_s })).into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "health");
            let body = Json(serde_json::json!({ "ok": false, "reason": "the store does not answer" }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
