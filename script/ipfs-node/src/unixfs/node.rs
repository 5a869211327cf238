//! What one block says: a file (or a part of one), or a folder.

use axum::body::Bytes;
use cid::Cid;
use ipld_dagpb::PbNode;
use prost::Message;

use super::DAG_PB;
use crate::{Error, blocks::RAW};

/// What a block of UnixFS is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    File(File),
    Folder(Vec<Link>),
}

/// A file or a part of one: its own bytes, then those of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) content: Bytes,
    pub(crate) parts: Vec<Part>,
    /// Bytes of content and parts together, as the block claims.
    pub(crate) size: u64,
}

/// A part of a file, in a block of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) cid: Cid,
    /// Its bytes, as the block above claims.
    pub(crate) size: u64,
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) cid: Cid,
}

/// UnixFS's message in a dag-pb node. <https://specs.ipfs.tech/unixfs/#data-format>
#[derive(Message)]
struct Data {
    #[prost(int32, required, tag = "1")]
    kind: i32,
    #[prost(bytes = "bytes", optional, tag = "2")]
    data: Option<Bytes>,
    #[prost(uint64, optional, tag = "3")]
    file_size: Option<u64>,
    #[prost(uint64, repeated, packed = "false", tag = "4")]
    block_sizes: Vec<u64>,
}

// The values of `kind`.
const BYTES: i32 = 0;
const FOLDER: i32 = 1;
const FILE: i32 = 2;
const SYMLINK: i32 = 4;
const SHARD: i32 = 5;

impl Node {
    /// Reads a block whose bytes hash to `cid`.
    pub(crate) fn decode(cid: &Cid, block: Bytes) -> Result<Self, Error> {
        let unreadable = |reason: String| Error::NotReadable { cid: *cid, reason };
        match cid.codec() {
            RAW => return Ok(Self::File(File { size: block.len() as u64, content: block, parts: Vec::new() })),
            DAG_PB => {}
            other => return Err(unreadable(format!("is of codec {other:#x}: neither raw nor dag-pb"))),
        }
        let node = PbNode::from_bytes(block).map_err(|error| unreadable(format!("is no dag-pb: {error}")))?;
        let data = node.data.ok_or_else(|| unreadable("is dag-pb without UnixFS in it".into()))?;
        let data = Data::decode(data).map_err(|error| unreadable(format!("is no UnixFS: {error}")))?;
        let links = node.links.into_iter();
        match data.kind {
            BYTES | FILE => {
                let parts: Vec<_> = links.map(|link| link.cid).collect();
                file(data, &parts).map(Self::File).map_err(|reason| unreadable(reason.into()))
            }
            FOLDER => Ok(Self::Folder(
                links.map(|link| Link { name: link.name.unwrap_or_default(), cid: link.cid }).collect(),
            )),
            SYMLINK => Err(unreadable("is a symbolic link, which this node does not follow".into())),
            SHARD => Err(unreadable("is a part of a sharded folder (HAMT), which this node does not read".into())),
            other => Err(unreadable(format!("is UnixFS of kind {other}: neither file nor folder"))),
        }
    }
}

fn file(data: Data, parts: &[Cid]) -> Result<File, &'static str> {
    if data.block_sizes.len() != parts.len() {
        return Err("is a file whose parts and their sizes do not match in number");
    }
    let content = data.data.unwrap_or_default();
    let sum = data.block_sizes.iter().try_fold(content.len() as u64, |sum, size| sum.checked_add(*size));
    let size = sum.ok_or("is a file whose sizes add up to more than 2^64")?;
    if data.file_size.is_some_and(|claimed| claimed != size) {
        return Err("is a file whose size is not that of its parts");
    }
    let parts = parts.iter().zip(data.block_sizes).map(|(&cid, size)| Part { cid, size }).collect();
    Ok(File { content, parts, size })
}

#[cfg(test)]
mod tests {
    use ipld_dagpb::PbLink;
    use proptest::prelude::*;

    use super::*;

    const LEAF: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";

    fn dag_pb() -> Cid {
        Cid::new_v1(DAG_PB, *Cid::try_from(LEAF).unwrap().hash())
    }

    fn node(kind: i32, content: &[u8], file_size: Option<u64>, block_sizes: Vec<u64>) -> PbNode {
        let links = 0..block_sizes.len();
        let links = links.map(|_| PbLink { cid: LEAF.try_into().unwrap(), name: Some(String::new()), size: Some(0) });
        let data = Data { kind, data: Some(content.to_vec().into()), file_size, block_sizes };
        PbNode { links: links.collect(), data: Some(data.encode_to_vec().into()) }
    }

    fn decoded(node: PbNode) -> Result<Node, String> {
        Node::decode(&dag_pb(), node.into_bytes().into()).map_err(|error| error.to_string())
    }

    #[test]
    fn files_say_what_adds_up() {
        let Ok(Node::File(file)) = decoded(node(FILE, b"abc", Some(15), vec![12])) else { panic!("a file") };
        assert_eq!((&file.content[..], file.parts.len(), file.parts[0].size, file.size), (&b"abc"[..], 1, 12, 15));
        assert!(matches!(decoded(node(BYTES, b"", None, vec![])), Ok(Node::File(File { size: 0, .. }))));

        assert!(decoded(node(FILE, b"abc", Some(4), vec![])).unwrap_err().contains("not that of its parts"));
        assert!(decoded(node(FILE, b"abc", None, vec![u64::MAX])).unwrap_err().contains("2^64"));
        assert!(decoded(node(FILE, b"", None, vec![u64::MAX, u64::MAX])).unwrap_err().contains("2^64"));
        let mut unequal = node(FILE, b"", None, vec![1, 2]);
        unequal.links.pop();
        assert!(decoded(unequal).unwrap_err().contains("do not match in number"));
    }

    #[test]
    fn what_is_neither_file_nor_folder_is_named() {
        for (kind, expected) in [(SYMLINK, "symbolic link"), (SHARD, "sharded folder"), (3, "kind 3"), (-1, "kind -1")]
        {
            let said = decoded(node(kind, b"", None, vec![])).unwrap_err();
            assert!(said.contains(expected) && said.contains(&dag_pb().to_string()), "{said}");
        }
        assert!(decoded(PbNode::default()).unwrap_err().contains("without UnixFS"));
        let other = Cid::new_v1(0x71, *dag_pb().hash());
        assert!(Node::decode(&other, Bytes::new()).unwrap_err().to_string().contains("codec 0x71"));
    }

    proptest! {
        #[test]
        fn no_block_is_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Node::decode(&dag_pb(), bytes.into());
        }

        #[test]
        fn no_change_to_a_block_is_a_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = node(FILE, b"abc", Some(15), vec![5, 7]).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = Node::decode(&dag_pb(), bytes.clone().into());
            bytes.truncate(cut.index(bytes.len()));
            let _ = Node::decode(&dag_pb(), bytes.into());
        }
    }
}
