//! `/graphql`: queries by POST, single or in a batch, or by GET; subscriptions by WebSocket.

use std::sync::Arc;

use async_graphql::{
    BatchRequest, Response as GraphqlResponse, ServerError,
    http::{ALL_WEBSOCKET_PROTOCOLS, parse_query_string},
};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts as _, Request, State, WebSocketUpgrade},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::MAX_BODY_BYTES;
use crate::schema::ApiSchema;

/// Queries in one request.
pub const MAX_BATCH: usize = 10;
/// WebSocket connections at one time.
pub const MAX_CONNECTIONS: usize = 1_000;
/// Longest message of a WebSocket.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// Queries under way at one time, those of WebSockets apart.
const MAX_CONCURRENT: usize = 64;

#[derive(Clone)]
pub(super) struct Api(Arc<Inner>);

struct Inner {
    schema: ApiSchema,
    shutdown: CancellationToken,
    connections: Arc<Semaphore>,
    queries: Semaphore,
}

impl Api {
    pub(super) fn new(schema: ApiSchema, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            schema,
            shutdown,
            connections: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            queries: Semaphore::new(MAX_CONCURRENT),
        }))
    }
}

pub(super) async fn graphql(State(api): State<Api>, request: Request) -> Response {
    match *request.method() {
        Method::POST => by_post(&api, request).await,
        Method::GET if request.headers().contains_key("upgrade") => by_websocket(api, request).await,
        Method::GET => by_get(&api, request).await,
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

async fn by_post(api: &Api, request: Request) -> Response {
    let body: Bytes = match axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await {
        Ok(body) => body,
        Err(_) => {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, &format!("a request has at most {MAX_BODY_BYTES} bytes"));
        }
    };
    let batch: BatchRequest = match serde_json::from_slice(&body) {
        Ok(batch) => batch,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &format!("not a GraphQL request: {error}")),
    };
    answer(api, batch).await
}

async fn by_get(api: &Api, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    match parse_query_string(query) {
        Ok(request) => answer(api, BatchRequest::Single(request)).await,
        Err(error) => refuse(StatusCode::BAD_REQUEST, &format!("not a GraphQL request: {error}")),
    }
}

async fn answer(api: &Api, batch: BatchRequest) -> Response {
    let size = batch.iter().count();
    if size == 0 || size > MAX_BATCH {
        return refuse(StatusCode::BAD_REQUEST, &format!("{size} queries in one request, 1 to {MAX_BATCH}"));
    }
    let Ok(_turn) = api.0.queries.acquire().await else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "the service ends");
    };
    Json(api.0.schema.execute_batch(batch).await).into_response()
}

fn refuse(status: StatusCode, text: &str) -> Response {
    let response = GraphqlResponse::from_errors(vec![ServerError::new(text, None)]);
    (status, Json(response)).into_response()
}

async fn by_websocket(api: Api, request: Request) -> Response {
    let Ok(place) = api.0.connections.clone().try_acquire_owned() else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "too many connections; try again later");
    };
    let (mut parts, _) = request.into_parts();
    let protocol = match GraphQLProtocol::from_request_parts(&mut parts, &()).await {
        Ok(protocol) => protocol,
        Err(status) => return status.into_response(),
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).max_message_size(MAX_MESSAGE_BYTES).on_upgrade(
        move |socket| async move {
            let served = GraphQLWebSocket::new(socket, api.0.schema.clone(), protocol).serve();
            let _ = api.0.shutdown.run_until_cancelled(served).await;
            drop(place);
        },
    )
}
