//! A file, cut into blocks as its bytes arrive.

use std::sync::Arc;

use cid::{Cid, Version};
use rust_unixfs::file::adder::{BalancedCollector, Chunker, FileAdder};

use super::{CHUNK_BYTES, MAX_LINKS, block};
use crate::{Error, blocks::Blocks};

/// How CIDs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) cid_version: Version,
    /// Chunks as they are, not wrapped in dag-pb.
    pub(crate) raw_leaves: bool,
}

/// A file or folder that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) cid: Cid,
    /// Bytes of all its blocks, as often as they are linked: what Kubo calls cumulative.
    pub(crate) size: u64,
}

/// A file being added. Holds one chunk; the others are blocks already.
pub(crate) struct FileBuilder {
    /// Where the blocks go; nowhere if only the CID is wanted.
    blocks: Option<Arc<Blocks>>,
    adder: FileAdder,
    last: Option<Cid>,
    size: u64,
}

impl FileBuilder {
    pub(crate) fn new(format: Format, blocks: Option<Arc<Blocks>>) -> Self {
        let adder = FileAdder::builder()
            .with_chunker(Chunker::Size(CHUNK_BYTES))
            .with_collector(BalancedCollector::with_branching_factor(MAX_LINKS))
            .with_cid_version(format.cid_version)
            .with_raw_leaves(format.raw_leaves)
            .build();
        Self { blocks, adder, last: None, size: 0 }
    }

    /// Takes the next bytes of the file.
    pub(crate) async fn push(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let (made, consumed) = self.adder.push(bytes);
            let made: Vec<_> = made.collect();
            bytes = &bytes[consumed..];
            self.keep(made).await?;
        }
        Ok(())
    }

    /// The file's end. Its blocks are durable when this returns.
    pub(crate) async fn finish(mut self) -> Result<Added, Error> {
        let adder = std::mem::take(&mut self.adder);
        self.keep(adder.finish().collect()).await?;
        // Even an empty file is a block, and the root comes last.
        let cid = self.last.ok_or_else(|| Error::Body("a file without blocks".into()))?;
        Ok(Added { cid, size: self.size })
    }

    async fn keep(&mut self, made: Vec<(Cid, Vec<u8>)>) -> Result<(), Error> {
        for (cid, data) in made {
            self.last = Some(cid);
            self.size += data.len() as u64;
            if let Some(blocks) = &self.blocks {
                blocks.store(&block((cid, data))).await?;
            }
        }
        Ok(())
    }
}
