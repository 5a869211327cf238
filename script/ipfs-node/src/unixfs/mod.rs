//! Files and folders made of blocks, in UnixFS as Kubo writes it. <https://specs.ipfs.tech/unixfs/>
//!
//! - `add` cuts a file into blocks; `tree` makes the blocks of the folders above.
//! - `path`: which names may be in a path, for both directions.
//! - `node` reads what one block says; `walk` follows a path, and reads a file's bytes through the blocks below it.
//!
//! The CIDs are Kubo's (and npm's `ipfs-unixfs-importer`'s) for chunks of 262144 bytes and nodes of 174 links. Reading
//! believes nothing that a block claims: a size, a depth or a name counts once the blocks below agree.

mod add;
mod node;
mod path;
mod tree;
mod walk;

use rust_ipfs::Block;

pub(crate) use self::{
    add::{Added, FileBuilder, Format},
    node::{File, Link, Node},
    path::Names,
    tree::Tree,
    walk::{Reader, follow, open},
};

/// The multicodec of blocks that link to others: dag-pb.
pub(crate) const DAG_PB: u64 = 0x70;
/// Bytes of a file in one block, Kubo's `size-262144`.
pub(crate) const CHUNK_BYTES: usize = 262_144;
/// Links in a node of a file's tree, Kubo's default.
pub(crate) const MAX_LINKS: usize = 174;

/// The bytes of a block and its name, as they come out of a builder.
fn block((cid, data): (cid::Cid, Vec<u8>)) -> Block {
    Block::new_unchecked(cid, data)
}
