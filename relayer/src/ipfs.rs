//! IPFS, by Kubo's RPC: whatever speaks that will do.

use std::{io::Cursor, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use ipfs_api_backend_hyper::{IpfsApi, IpfsClient, TryFromUri, request::BlockPut};
use protocol::{Hash, cid, digest};

use crate::{
    config::ConfigError,
    failure::{Failure, Fatal},
};

/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How many blocks are under way at once.
const CONCURRENT_BLOCKS: usize = 8;

/// A client of one node.
#[derive(Clone)]
pub struct Ipfs(IpfsClient);

impl Ipfs {
    /// The node at this address.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn new(api_url: &str) -> Result<Self, Fatal> {
        let wrong = |_| ConfigError::Value { field: "ipfs_api_url", expected: "an http URL" };
        Ok(Self(IpfsClient::from_str(api_url).map_err(wrong)?))
    }

    /// A block by its digest; what comes back has it.
    ///
    /// # Errors
    /// [`Failure::Retryable`].
    pub async fn get(&self, block: &Hash) -> Result<Vec<u8>, Failure> {
        let cid = cid::from_digest(block);
        let bytes = self.0.block_get(&cid).map_ok(|chunk| chunk.to_vec()).try_concat();
        let bytes = in_time("block/get", bytes).await?;
        if digest(&bytes) == *block {
            Ok(bytes)
        } else {
            Err(Failure::retryable(format!("IPFS block/get {cid}: other bytes came")))
        }
    }

    /// Several blocks, in order.
    ///
    /// # Errors
    /// [`Failure::Retryable`].
    pub async fn get_all(&self, blocks: &[Hash]) -> Result<Vec<Vec<u8>>, Failure> {
        let gets: Vec<_> = blocks.iter().map(|block| self.get(block)).collect();
        stream::iter(gets).buffered(CONCURRENT_BLOCKS).try_collect().await
    }

    /// Puts blocks, pins them, and reads them back. Done again, it changes nothing.
    ///
    /// # Errors
    /// [`Failure::Retryable`]; some of the blocks may be there.
    pub async fn publish(&self, blocks: Vec<&[u8]>) -> Result<(), Failure> {
        let puts: Vec<_> = blocks.into_iter().map(|block| self.put(block.to_vec())).collect();
        stream::iter(puts).buffer_unordered(CONCURRENT_BLOCKS).try_collect::<()>().await
    }

    async fn put(&self, block: Vec<u8>) -> Result<(), Failure> {
        let expected = digest(&block);
        let cid = cid::from_digest(&expected);
        let options = BlockPut { format: Some("raw"), mhtype: Some("sha2-256"), mhlen: None, pin: Some(true) };
        let put = in_time("block/put", self.0.block_put_with_options(Cursor::new(block), options)).await?;
        if put.key != cid {
            return Err(Failure::retryable(format!("IPFS block/put named {} what is {cid}", put.key)));
        }
        in_time("pin/add", self.0.pin_add(&cid, true)).await?;
        self.get(&expected).await.map(drop)
    }
}

async fn in_time<T>(
    call: &'static str,
    future: impl Future<Output = Result<T, ipfs_api_backend_hyper::Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(CALL_TIMEOUT, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::retryable(format!("IPFS {call}: {error}"))),
        Err(_) => Err(Failure::retryable(format!("IPFS {call}: no answer in {CALL_TIMEOUT:?}"))),
    }
}
