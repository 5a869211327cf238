//! The HTTP side: one origin for the dApp, the API, blocks of IPFS and reads of the chain.

mod api;
mod graphiql;
mod ipfs;
mod rpc;

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use tokio_util::sync::CancellationToken;
use tower_http::{
    compression::CompressionLayer,
    cors::{Any, CorsLayer},
    services::{ServeDir, ServeFile},
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

/// What the browser may load: scripts, styles and fonts from no other host. Nuxt and GraphiQL start with an inline
/// script. Where a reader names a chain node, a gateway or a street map of their own, the page asks that: without it the
/// check would rest on this service.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: http: https:; font-src 'self' data:; \
     connect-src 'self' http: https: ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; \
     frame-ancestors 'none'; form-action 'self'";

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
    let api = any(api::graphql).layer(
        CorsLayer::new()
            .allow_origin(Any)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::CONTENT_TYPE]),
    );
    let api = Router::new().route("/graphql", api).with_state(api::Api::new(schema, shutdown.clone()));
    let ipfs = Router::new()
        .route("/ipfs/{cid}", get(ipfs::block))
        .layer(CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]))
        .with_state(ipfs::Gateway::new(client.clone(), &config.ipfs_gateway_url));
    let rpc = Router::new().route("/rpc", post(rpc::rpc)).with_state(rpc::Node::new(client, &config.rpc_url));
    let router = Router::new()
        .route("/health", get(health))
        .with_state(sources)
        .route("/graphiql", get(graphiql::page))
        .with_state(config.dapp_dir.is_some())
        .merge(api)
        .merge(ipfs)
        .merge(rpc);
    let router = match &config.dapp_dir {
        Some(dir) => router.fallback_service(
            // A path that is no file is a page of the dApp.
            ServeDir::new(dir).fallback(ServeFile::new(dir.join("index.html"))),
        ),
        None => router,
    };
    Ok(router
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(headers)))
}

/// What stands on every answer.
async fn headers(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/_nuxt/");
    let mut response = next.run(request).await;
    let is_found = response.status().is_success();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_asset && is_found {
        // Their names are hashes of their content.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    } else if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
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
