//! Folders that are being added: names in memory, blocks once all is known that is in them.

use std::collections::{BTreeMap, btree_map};

use cid::{Cid, Version, multihash::Multihash};
use ipld_dagpb::{PbLink, PbNode};
use rust_ipfs::Block;
use sha2::{Digest, Sha256};

use super::{Added, DAG_PB, block};
use crate::{Error, blocks::SHA2_256, limits};

/// UnixFS's message that says "folder" and nothing else: field 1, value 1.
const FOLDER: &[u8] = &[0x08, 0x01];

/// What is being added, by its path from a root that is a folder.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    root: Folder,
    len: usize,
}

/// Entries in the order of their names' bytes, which is dag-pb's.
#[derive(Debug, Default)]
struct Folder(BTreeMap<String, Entry>);

#[derive(Debug)]
enum Entry {
    File(Added),
    Folder(Folder),
}

/// A folder's block.
pub(crate) struct Written {
    /// Where it is, from the tree's root: empty for the root itself.
    pub(crate) path: String,
    pub(crate) added: Added,
    pub(crate) block: Block,
}

impl Tree {
    /// Puts a file at a path, making the folders above it.
    pub(crate) fn put(&mut self, path: &[String], file: Added) -> Result<(), Error> {
        let taken = || Error::AddedTwice(path.join("/"));
        let (name, above) = path.split_last().ok_or_else(taken)?;
        match self.make(above)?.0.entry(name.clone()) {
            btree_map::Entry::Occupied(_) => return Err(taken()),
            btree_map::Entry::Vacant(place) => place.insert(Entry::File(file)),
        };
        self.len += 1;
        Ok(())
    }

    /// Makes a folder, and those above it, where they are not there yet.
    pub(crate) fn folder(&mut self, path: &[String]) -> Result<(), Error> {
        self.make(path).map(drop)
    }

    fn make(&mut self, path: &[String]) -> Result<&mut Folder, Error> {
        let mut folder = &mut self.root;
        for name in path {
            let entry = folder.0.entry(name.clone()).or_insert_with(|| {
                self.len += 1;
                Entry::Folder(Folder::default())
            });
            folder = match entry {
                Entry::Folder(folder) => folder,
                Entry::File(_) => return Err(Error::AddedTwice(path.join("/"))),
            };
        }
        Ok(folder)
    }

    /// How many files and folders are in it, at any depth.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Blocks of all folders, those within before the one around them, so the root comes last.
    pub(crate) fn write(&self, version: Version) -> Result<Vec<Written>, Error> {
        let mut written = Vec::new();
        self.root.write("", version, &mut written)?;
        Ok(written)
    }
}

impl Folder {
    fn write(&self, path: &str, version: Version, written: &mut Vec<Written>) -> Result<Added, Error> {
        let mut links = Vec::with_capacity(self.0.len());
        for (name, entry) in &self.0 {
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            let added = match entry {
                Entry::File(added) => *added,
                Entry::Folder(folder) => folder.write(&below, version, written)?,
            };
            links.push(PbLink { cid: added.cid, name: Some(name.clone()), size: Some(added.size) });
        }
        let bytes = |link: &PbLink| link.cid.encoded_len() + link.name.as_ref().map_or(0, String::len);
        let bytes: usize = links.iter().map(bytes).sum();
        if bytes >= limits::MAX_FOLDER_BYTES {
            let what =
                format!("names and CIDs of folder {path:?} have {bytes} bytes, which takes a sharded folder (HAMT)");
            return Err(Error::AddTooBig { what, limit: limits::MAX_FOLDER_BYTES as u64 - 1 });
        }
        let below: u64 = links.iter().filter_map(|link| link.size).sum();
        let data = PbNode { links, data: Some(FOLDER.into()) }.into_bytes();
        let added = Added { cid: named(version, &data), size: below + data.len() as u64 };
        written.push(Written { path: path.to_owned(), added, block: block((added.cid, data)) });
        Ok(added)
    }
}

fn named(version: Version, data: &[u8]) -> Cid {
    let digest = Multihash::wrap(SHA2_256, &Sha256::digest(data)).expect("32 bytes fit a multihash");
    match version {
        Version::V0 => Cid::new_v0(digest).expect("CIDv0 is SHA-256 of dag-pb"),
        Version::V1 => Cid::new_v1(DAG_PB, digest),
    }
}
