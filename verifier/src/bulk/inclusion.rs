//! `verifier inclusion`: one inclusion proof, checked.

use protocol::merkle::{InclusionProof, ProofError};

use super::{BulkError, hash_from_hex};

/// Longest path looked at: a tree of 2^64 leaves has paths of 64.
const MAX_PATH: usize = 4096;

/// The arguments of `verifier inclusion`, as text.
#[derive(clap::Args, Clone, Debug)]
pub struct InclusionArgs {
    /// The tree's root, 64 hex digits
    #[arg(long, value_name = "HEX")]
    pub root: String,
    /// How many leaves the tree has
    #[arg(long)]
    pub size: u64,
    /// The leaf's position, from 0
    #[arg(long)]
    pub index: u64,
    /// The leaf's hash, SHA-256(0x00 || data), 64 hex digits
    #[arg(long, value_name = "HEX")]
    pub leaf_hash: String,
    /// The siblings, lowest first, separated by commas; `--proof=` means none
    #[arg(long, value_name = "HEX,…")]
    pub proof: String,
}

/// Checks a proof. The outer error means that the text does not parse, the inner one that the proof does not hold.
///
/// # Errors
/// [`BulkError::NotAHash`].
pub fn check_inclusion(args: &InclusionArgs) -> Result<Result<(), ProofError>, BulkError> {
    let hash = |name, text: &str| hash_from_hex(text).ok_or(BulkError::NotAHash(name));
    let root = hash("--root", &args.root)?;
    let leaf = hash("--leaf-hash", &args.leaf_hash)?;
    let path = if args.proof.is_empty() {
        Vec::new()
    } else {
        args.proof.split(',').map(|text| hash("--proof", text)).collect::<Result<_, _>>()?
    };
    if path.len() > MAX_PATH {
        return Ok(Err(ProofError::Length(path.len())));
    }
    Ok(InclusionProof { leaf_index: args.index, tree_size: args.size, path }.verify(&leaf, &root))
}
