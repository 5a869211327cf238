//! The tree of RFC 6962 section 2.1 over a batch's leaves: leaf = SHA-256(0x00 || data), node =
//! SHA-256(0x01 || left || right), a lone last node moves up unchanged.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use crate::Hash;

/// The leaf hash of some data.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The hash of an inner node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root over leaf hashes, computed in place (a third of the time of a tree). SHA-256 of nothing for no leaves.
#[must_use]
pub fn root(mut leaves: Vec<Hash>) -> Hash {
    if leaves.is_empty() {
        return crate::digest(&[]);
    }
    let mut length = leaves.len();
    while length > 1 {
        let half = length / 2;
        for i in 0..half {
            leaves[i] = node_hash(&leaves[2 * i], &leaves[2 * i + 1]);
        }
        if length % 2 == 1 {
            leaves[half] = leaves[length - 1];
        }
        length = length.div_ceil(2);
    }
    leaves[0]
}

/// `rs_merkle`'s tree with the prefixes of RFC 6962.
#[derive(Clone)]
struct Rfc6962;

impl rs_merkle::Hasher for Rfc6962 {
    type Hash = Hash;

    fn hash(data: &[u8]) -> Hash {
        leaf_hash(data)
    }

    fn concat_and_hash(left: &Hash, right: Option<&Hash>) -> Hash {
        right.map_or(*left, |right| node_hash(left, right))
    }
}

/// A tree that makes inclusion proofs.
pub struct Tree(rs_merkle::MerkleTree<Rfc6962>);

impl Tree {
    /// A tree over leaf hashes, in their order.
    #[must_use]
    pub fn new(leaves: &[Hash]) -> Self {
        Self(rs_merkle::MerkleTree::from_leaves(leaves))
    }

    /// The root; SHA-256 of nothing for no leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.0.root().unwrap_or_else(|| crate::digest(&[]))
    }

    /// The proof of one leaf; `None` where there is no such leaf.
    #[must_use]
    pub fn proof(&self, leaf_index: usize) -> Option<InclusionProof> {
        let tree_size = self.0.leaves_len();
        (leaf_index < tree_size).then(|| InclusionProof {
            leaf_index: leaf_index as u64,
            tree_size: tree_size as u64,
            path: self.0.proof(&[leaf_index]).proof_hashes().to_vec(),
        })
    }
}

/// That a leaf is in a tree of a given size: the audit path of RFC 6962 section 2.1.1, from the leaf upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Position of the leaf, from 0.
    pub leaf_index: u64,
    /// How many leaves the tree has.
    pub tree_size: u64,
    /// The siblings, lowest first.
    pub path: Vec<Hash>,
}

/// A proof that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no such leaf in a tree of that size.
    #[error("leaf index {leaf_index} in a tree of {tree_size}")]
    Index {
        /// As claimed.
        leaf_index: u64,
        /// As claimed.
        tree_size: u64,
    },
    /// The path is longer or shorter than the position of the leaf asks for.
    #[error("a path of {0} hashes is not this leaf's")]
    Length(usize),
    /// The path leads to another root.
    #[error("the path leads to another root")]
    Root,
}

impl InclusionProof {
    /// Checks an untrusted proof (RFC 9162 section 2.1.3.2). Pure; no input makes it panic.
    ///
    /// # Errors
    /// [`ProofError`], by the first thing that is wrong.
    pub fn verify(&self, leaf: &Hash, root: &Hash) -> Result<(), ProofError> {
        let Self { leaf_index, tree_size, ref path } = *self;
        if leaf_index >= tree_size {
            return Err(ProofError::Index { leaf_index, tree_size });
        }
        let (mut index, mut last) = (leaf_index, tree_size - 1);
        let mut hash = *leaf;
        for sibling in path {
            if last == 0 {
                return Err(ProofError::Length(path.len()));
            }
            if index % 2 == 1 || index == last {
                hash = node_hash(sibling, &hash);
                // A node without a right sibling moves up until it is a right child.
                while index % 2 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        if last != 0 {
            return Err(ProofError::Length(path.len()));
        }
        if hash == *root { Ok(()) } else { Err(ProofError::Root) }
    }
}
