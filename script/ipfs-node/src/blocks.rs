//! Blocks and pins: rust-ipfs with durability, checks and limits around it. The RPC and the gateway are two spellings
//! of what is here.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use axum::body::Bytes;
use cid::{Cid, multihash::Multihash};
use futures::stream::BoxStream;
use rust_ipfs::{Block, Ipfs, PinKind, PinMode};
use sha2::{Digest, Sha256};
use tokio::sync::{RwLock, Semaphore};

use super::{Error, limits, repo};

/// The multicodec of a block that is bytes and nothing else.
pub(super) const RAW: u64 = 0x55;
const IDENTITY: u64 = 0x00;
pub(super) const SHA2_256: u64 = 0x12;

/// How far a block is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    /// On the disk only.
    Local,
    /// On the disk, then from connected peers for so long.
    Peers(Duration),
}

/// The node's blocks and pins.
pub(super) struct Blocks {
    ipfs: Ipfs,
    repo: PathBuf,
    fetches: Semaphore,
    /// Held for reading while a block is stored and for writing while a damaged one is set aside: rust-ipfs takes any
    /// existing file for the block, so the two must not cross.
    repairs: RwLock<()>,
}

impl Blocks {
    pub(super) fn new(ipfs: Ipfs, repo: PathBuf) -> Self {
        Self { ipfs, repo, fetches: Semaphore::new(limits::MAX_CONCURRENT_FETCHES), repairs: RwLock::default() }
    }

    /// Stores bytes as a block of a codec. When this returns, block and pin outlive a power cut.
    ///
    /// A crash before the pin leaves a block that nobody was told of; the client's repeat finds it and pins it.
    pub(super) async fn put(self: &Arc<Self>, codec: u64, data: Bytes, pin: bool) -> Result<Cid, Error> {
        if data.len() > limits::MAX_BLOCK_BYTES {
            return Err(Error::BlockTooBig { limit_bytes: limits::MAX_BLOCK_BYTES });
        }
        let digest = Multihash::wrap(SHA2_256, &Sha256::digest(&data)).expect("32 bytes fit a multihash");
        let block = Block::new_unchecked(Cid::new_v1(codec, digest), data);
        self.store(&block).await?;
        if pin {
            // What a dag-pb block links to may come later: only `pin/add` and `add` vouch for what is below.
            self.pin(block.cid(), codec == RAW, Reach::Local).await?;
        }
        Ok(*block.cid())
    }

    /// Stores a block whose CID was made from its bytes. It outlives a power cut when this returns.
    pub(super) async fn store(self: &Arc<Self>, block: &Block) -> Result<(), Error> {
        let cid = *block.cid();
        // Looked at first, for a damaged file would pass for the block.
        self.on_disk(&cid).await?;
        {
            let _storing = self.repairs.read().await;
            self.ipfs.put_block(block).await?;
        }
        self.synced(move |path| repo::sync_block(path, &cid)).await
    }

    /// The bytes of a block, checked against its CID wherever they came from.
    pub(super) async fn get(&self, cid: &Cid, reach: Reach) -> Result<Bytes, Error> {
        match cid.hash().code() {
            IDENTITY => return Ok(Bytes::copy_from_slice(cid.hash().digest())),
            SHA2_256 => {}
            other => {
                let supported = "sha2-256 (0x12)";
                return Err(Error::Unsupported { what: "hash", value: format!("{other:#x}"), supported });
            }
        }
        if let Some(block) = self.on_disk(cid).await? {
            return Ok(block);
        }
        match reach {
            Reach::Peers(timeout) if !self.ipfs.connected().await?.is_empty() => self.fetch(cid, timeout).await,
            _ => Err(Error::NotFoundLocally(*cid)),
        }
    }

    async fn fetch(&self, cid: &Cid, timeout: Duration) -> Result<Bytes, Error> {
        let limit = limits::MAX_CONCURRENT_FETCHES;
        let _turn = self.fetches.try_acquire().map_err(|_| Error::Busy { what: "fetches", limit })?;
        let late = || Error::NotFoundInTime { cid: *cid, waited_ms: timeout.as_millis() };
        // rust-ipfs has a timeout of its own, from the moment it asks; this one bounds all of it.
        let found = tokio::time::timeout(timeout, self.ipfs.get_block(cid).timeout(timeout)).await;
        let block = found.map_err(|_| late())?.map_err(|_| late())?;
        block.verify().map_err(|_| Error::Corrupt(*cid))?;
        Ok(block.inner_data().clone())
    }

    /// The block on the disk, if it is there and whole. rust-ipfs hashes what it reads; a file that fails that is set
    /// aside, so that a put or a peer can bring the block back.
    async fn on_disk(&self, cid: &Cid) -> Result<Option<Bytes>, Error> {
        let damaged = |error: &rust_ipfs::Error| {
            error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
        };
        match self.ipfs.repo().get_block_now(cid).await {
            Ok(block) => return Ok(block.map(|block| block.inner_data().clone())),
            Err(error) if damaged(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let _repairing = self.repairs.write().await;
        // Another task may have been first.
        match self.ipfs.repo().get_block_now(cid).await {
            Ok(block) => Ok(block.map(|block| block.inner_data().clone())),
            Err(error) if damaged(&error) => {
                tracing::error!(%cid, "a block on the disk does not hash to its CID: set aside");
                repo::set_aside(&self.repo, cid)?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Pins a block, and what it links to if `recursive`. Durable when it returns.
    pub(super) async fn pin(self: &Arc<Self>, cid: &Cid, recursive: bool, reach: Reach) -> Result<(), Error> {
        self.get(cid, reach).await?;
        let pin = self.ipfs.insert_pin(cid);
        let pin = if recursive { pin.recursive() } else { pin };
        match reach {
            Reach::Local => pin.local().await?,
            Reach::Peers(timeout) => tokio::time::timeout(limits::MAX_FETCH_TIMEOUT, pin.timeout(timeout))
                .await
                .map_err(|_| Error::NotFoundInTime { cid: *cid, waited_ms: limits::MAX_FETCH_TIMEOUT.as_millis() })??,
        }
        let cid = *cid;
        self.synced(move |path| repo::sync_pin(path, &cid)).await
    }

    /// How this block is pinned, in Kubo's words.
    pub(super) async fn pinned(&self, cid: &Cid, mode: Option<PinMode>) -> Result<String, Error> {
        if !self.ipfs.is_pinned(cid).await? {
            return Err(Error::NotPinned(*cid));
        }
        // rust-ipfs reports an unmet requirement as an error of no particular kind.
        let found = self.ipfs.query_pins(vec![*cid], mode).await.map_err(|_| Error::NotPinned(*cid))?;
        match found.into_iter().next() {
            Some((_, PinKind::Direct)) => Ok("direct".into()),
            Some((_, PinKind::Recursive(_) | PinKind::RecursiveIntention)) => Ok("recursive".into()),
            Some((_, PinKind::IndirectFrom(root))) => Ok(format!("indirect through {root}")),
            None => Err(Error::NotPinned(*cid)),
        }
    }

    /// All pins, or those of one kind.
    pub(super) async fn pins(
        &self,
        mode: Option<PinMode>,
    ) -> BoxStream<'static, Result<(Cid, PinMode), rust_ipfs::Error>> {
        self.ipfs.list_pins(mode).await
    }

    /// The node below, for what concerns peers.
    pub(super) fn ipfs(&self) -> &Ipfs {
        &self.ipfs
    }

    async fn synced(
        self: &Arc<Self>,
        sync: impl FnOnce(&std::path::Path) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || sync(&this.repo))
            .await
            .map_err(|error| Error::io("sync")(io::Error::other(error)))?
    }
}
