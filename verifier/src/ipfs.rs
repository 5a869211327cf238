//! Blocks from IPFS, named by their SHA-256 and checked against it: the node that answers is not trusted.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use ipfs_api_backend_hyper::{IpfsApi as _, IpfsClient, TryFromUri as _};
use protocol::{Hash, cid, digest};
use tokio::sync::Semaphore;

/// How long a node is waited for, per block.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(20);
/// Blocks asked for at one time, over all clones of one [`Ipfs`].
pub const MAX_CONCURRENT_FETCHES: usize = 16;

/// Why a block could not be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IpfsError {
    /// The address of the node is not an http address.
    #[error("not the http address of an IPFS node: {0}")]
    Address(String),
    /// The node is away, slow, or does not have the block: try again.
    #[error("block {cid} unavailable: {reason}")]
    Unavailable {
        /// The block.
        cid: String,
        /// What the node said.
        reason: String,
    },
    /// What the node answered is not the block. The node's fault, not the batch's: another node, or this one when it
    /// is mended, may have the right bytes.
    #[error("block {cid}: the node answers {reason}")]
    Corrupt {
        /// The block.
        cid: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

/// A client of Kubo's RPC. Cheap to clone; the clones share the limit of concurrent fetches.
#[derive(Clone)]
pub struct Ipfs {
    client: IpfsClient,
    turns: Arc<Semaphore>,
}

impl std::fmt::Debug for Ipfs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ipfs").finish_non_exhaustive()
    }
}

impl Ipfs {
    /// A client of the node at `api_url`, such as `http://127.0.0.1:5001`. Connects with the first fetch.
    ///
    /// # Errors
    /// [`IpfsError::Address`].
    pub fn new(api_url: &str) -> Result<Self, IpfsError> {
        // Without a scheme or host the client's constructor panics.
        let host = api_url.strip_prefix("http://").unwrap_or_default().trim_end_matches('/');
        let address = || IpfsError::Address(api_url.to_owned());
        if host.is_empty() || host.contains(['/', '?', '#']) {
            return Err(address());
        }
        let client = IpfsClient::from_str(&format!("http://{host}")).map_err(|_| address())?;
        Ok(Self { client, turns: Arc::new(Semaphore::new(MAX_CONCURRENT_FETCHES)) })
    }

    /// The block with this SHA-256, of at most `limit_bytes`.
    ///
    /// # Errors
    /// [`IpfsError::Unavailable`], [`IpfsError::Corrupt`] (a longer answer too: none of our formats has it).
    pub async fn block(&self, expected: &Hash, limit_bytes: usize) -> Result<Vec<u8>, IpfsError> {
        let name = cid::from_digest(expected);
        let unavailable = |reason: String| IpfsError::Unavailable { cid: name.clone(), reason };
        let corrupt = |reason: String| IpfsError::Corrupt { cid: name.clone(), reason };
        let Ok(_turn) = self.turns.acquire().await else { return Err(unavailable("closed".into())) };
        let fetch = async {
            let mut chunks = self.client.block_get(&name);
            let mut block = Vec::new();
            while let Some(chunk) = chunks.next().await {
                block.extend_from_slice(&chunk.map_err(|error| unavailable(error.to_string()))?);
                if block.len() > limit_bytes {
                    return Err(corrupt(format!("more than {limit_bytes} bytes")));
                }
            }
            Ok(block)
        };
        let late = |_| unavailable(format!("no answer within {} s", FETCH_TIMEOUT.as_secs()));
        let block = tokio::time::timeout(FETCH_TIMEOUT, fetch).await.map_err(late)??;
        if digest(&block) != *expected {
            return Err(corrupt(format!("{} bytes with another SHA-256", block.len())));
        }
        Ok(block)
    }

    /// Several blocks, in their order.
    ///
    /// # Errors
    /// As [`Ipfs::block`], for the first that fails.
    pub async fn blocks(&self, digests: &[Hash], limit_bytes: usize) -> Result<Vec<Vec<u8>>, IpfsError> {
        let fetches = digests.iter().copied().map(|hash| async move { self.block(&hash, limit_bytes).await });
        stream::iter(fetches).buffered(MAX_CONCURRENT_FETCHES).try_collect().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_addresses_are_taken() {
        for address in ["http://127.0.0.1:5001", "http://localhost:5001/"] {
            assert!(Ipfs::new(address).is_ok(), "{address}");
        }
        for address in ["", "127.0.0.1:5001", "https://x", "http://", "http://a/b", "http://a b", "/ip4/1.2.3.4"] {
            assert!(Ipfs::new(address).is_err(), "{address}");
        }
    }
}
