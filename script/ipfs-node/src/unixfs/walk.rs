//! From a root down: along a path to what it names, and through a file's parts to its bytes.

use std::{ops::Range, sync::Arc};

use axum::body::Bytes;
use cid::Cid;

use super::{File, Names, Node, node::Part};
use crate::{
    Error,
    blocks::{Blocks, Reach},
    limits,
};

/// The CIDs along a path: the root, then one for each name. The last is what the path names.
pub(crate) async fn follow(blocks: &Blocks, root: Cid, names: &Names, reach: Reach) -> Result<Vec<Cid>, Error> {
    let mut along = vec![root];
    let mut folder = root;
    for name in names.as_slice() {
        let links = match open(blocks, &folder, reach).await? {
            Node::Folder(links) => links,
            Node::File(_) => Vec::new(),
        };
        let link = links.into_iter().find(|link| link.name == *name);
        folder = link.ok_or_else(|| Error::NoLink { name: name.clone(), folder })?.cid;
        along.push(folder);
    }
    Ok(along)
}

/// What a block is.
pub(crate) async fn open(blocks: &Blocks, cid: &Cid, reach: Reach) -> Result<Node, Error> {
    Node::decode(cid, blocks.get(cid, reach).await?)
}

/// The bytes of a file, chunk by chunk, each from a block that was checked against its CID.
pub(crate) struct Reader {
    blocks: Arc<Blocks>,
    reach: Reach,
    /// What is still to be read, the next at the end.
    pending: Vec<Piece>,
    /// Bytes to pass over before the first that was asked for.
    skip: u64,
    /// Bytes still to be given out.
    left: u64,
}

enum Piece {
    Bytes(Bytes),
    Part { part: Part, depth: usize },
}

impl Reader {
    /// Reads `range` of the file, which must lie within its size.
    pub(crate) fn new(
        blocks: Arc<Blocks>,
        reach: Reach,
        cid: &Cid,
        file: File,
        range: Range<u64>,
    ) -> Result<Self, Error> {
        if file.size > limits::MAX_FILE_BYTES {
            let reason = format!("has {} bytes, more than {} are not put together", file.size, limits::MAX_FILE_BYTES);
            return Err(Error::NotReadable { cid: *cid, reason });
        }
        let left = range.end.min(file.size).saturating_sub(range.start);
        let mut reader = Self { blocks, reach, pending: Vec::new(), skip: range.start, left };
        reader.push(file, 1);
        Ok(reader)
    }

    fn push(&mut self, file: File, depth: usize) {
        self.pending.extend(file.parts.into_iter().rev().map(|part| Piece::Part { part, depth }));
        self.pending.push(Piece::Bytes(file.content));
    }

    /// The next bytes, never none; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while self.left > 0 {
            match self.pending.pop() {
                None => break,
                Some(Piece::Bytes(mut bytes)) => {
                    let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
                    self.skip -= skipped as u64;
                    let wanted = usize::try_from(self.left).unwrap_or(usize::MAX);
                    bytes = bytes.slice(skipped..);
                    bytes.truncate(wanted);
                    if !bytes.is_empty() {
                        self.left -= bytes.len() as u64;
                        return Ok(Some(bytes));
                    }
                }
                // Nothing of it is wanted, so it is not fetched; nor are parts of no bytes, of which a few blocks could
                // pretend to have endlessly many.
                Some(Piece::Part { part, .. }) if part.size <= self.skip => self.skip -= part.size,
                Some(Piece::Part { part, depth }) => self.descend(&part, depth).await?,
            }
        }
        Ok(None)
    }

    async fn descend(&mut self, part: &Part, depth: usize) -> Result<(), Error> {
        let wrong = |reason: String| Error::NotReadable { cid: part.cid, reason };
        if depth > limits::MAX_FILE_DEPTH {
            return Err(wrong(format!("is more than {} blocks below its file", limits::MAX_FILE_DEPTH)));
        }
        match open(&self.blocks, &part.cid, self.reach).await? {
            Node::Folder(_) => Err(wrong("is a folder in the place of a file's part".into())),
            Node::File(file) if file.size != part.size => {
                Err(wrong(format!("has {} bytes, and {} by the block above", file.size, part.size)))
            }
            Node::File(file) => {
                self.push(file, depth + 1);
                Ok(())
            }
        }
    }
}
