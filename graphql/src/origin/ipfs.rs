//! `/ipfs/<cid>`: raw blocks through the gateway, checked here before they are passed on.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{block::MAX_HEADER_BYTES, cid, digest};

/// Largest block that is passed on: the largest of our formats.
const MAX_BYTES: usize = MAX_HEADER_BYTES;

#[derive(Clone)]
pub(super) struct Gateway {
    client: reqwest::Client,
    url: String,
}

impl Gateway {
    pub(super) fn new(client: reqwest::Client, url: &str) -> Self {
        Self { client, url: url.trim_end_matches('/').to_owned() }
    }

    async fn fetch(&self, name: &str) -> Result<Vec<u8>, String> {
        let url = format!("{}/ipfs/{name}?format=raw", self.url);
        let mut response = self.client.get(url).send().await.map_err(|error| error.to_string())?;
        if !response.status().is_success() {
            return Err(format!("gateway: {}", response.status()));
        }
        let mut block = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error.to_string())? {
            if block.len() + chunk.len() > MAX_BYTES {
                return Err("gateway: too large".into());
            }
            block.extend_from_slice(&chunk);
        }
        Ok(block)
    }
}

/// A block by its CID, as text where a browser opens it: all our blocks are lines of ASCII.
pub(super) async fn block(State(gateway): State<Gateway>, Path(name): Path<String>) -> Response {
    let Some(expected) = cid::to_digest(&name) else {
        return (StatusCode::BAD_REQUEST, "a CIDv1 of a raw block with SHA-256, base32").into_response();
    };
    match gateway.fetch(&name).await {
        Ok(block) if digest(&block) == expected => {
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
                // Content never changes under its own hash.
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, block).into_response()
        }
        Ok(_) => {
            tracing::warn!(name, "the gateway answers other bytes");
            (StatusCode::BAD_GATEWAY, "the gateway answered other bytes").into_response()
        }
        Err(reason) => {
            tracing::warn!(name, reason, "no block");
            (StatusCode::BAD_GATEWAY, "the gateway does not have the block now").into_response()
        }
    }
}
