//! The repository's files: what rust-ipfs leaves to us. The peer's key, the lock, and making directory entries durable.
//!
//! rust-ipfs 0.16 syncs a block's file before it links it into place, and a pin's file before it renames it. It does
//! not sync the directory a recursive pin is renamed into, nor the parent of a shard it has just created, and it drops
//! errors of the directory syncs it does: after a power cut, an answered put or pin could be gone. [`sync_block`] and
//! [`sync_pin`] close that gap. Both depend on where rust-ipfs puts its files, and fail loudly when that changes.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use cid::Cid;
use data_encoding::BASE32_NOPAD;
use rust_ipfs::Keypair;

use super::Error;

/// Where rust-ipfs keeps the block of this CID. Blocks are named by CIDv1, whatever version asked.
pub(super) fn block_path(repo: &Path, cid: &Cid) -> PathBuf {
    let name = Cid::new_v1(cid.codec(), cid.hash().to_owned()).to_string();
    repo.join("blockstore").join(shard(&name)).join(format!("{name}.data"))
}

/// Makes the directory entries of a stored block durable.
pub(super) fn sync_block(repo: &Path, cid: &Cid) -> Result<(), Error> {
    let path = block_path(repo, cid);
    sync_shard(path.parent().unwrap_or(repo))
}

/// Makes the directory entries of a stored pin durable.
pub(super) fn sync_pin(repo: &Path, cid: &Cid) -> Result<(), Error> {
    let name = BASE32_NOPAD.encode(&cid.to_bytes()).to_ascii_lowercase();
    sync_shard(&repo.join("datastore/pins").join(shard(&name)))
}

/// A shard is named by the two characters before the last of a file's name.
fn shard(name: &str) -> &str {
    &name[name.len() - 3..name.len() - 1]
}

/// The shard first, then its parent: the shard itself may be new.
fn sync_shard(shard: &Path) -> Result<(), Error> {
    sync_directory(shard)?;
    shard.parent().map_or(Ok(()), sync_directory)
}

fn sync_directory(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(Error::io(format!("sync {}", path.display())))
}

/// Moves a damaged block's file aside, so that a good copy can take its place; rust-ipfs never overwrites.
pub(super) fn set_aside(repo: &Path, cid: &Cid) -> Result<(), Error> {
    let path = block_path(repo, cid);
    fs::rename(&path, path.with_extension("damaged")).map_err(Error::io(format!("set aside {}", path.display())))?;
    sync_block(repo, cid)
}

/// Creates the repository's directory, and makes that durable.
pub(super) fn create(repo: &Path) -> Result<(), Error> {
    fs::create_dir_all(repo.join("blockstore")).map_err(Error::io(format!("create {}", repo.display())))?;
    fs::create_dir_all(repo.join("datastore/pins")).map_err(Error::io(format!("create {}", repo.display())))?;
    for directory in [&repo.join("datastore"), repo, repo.parent().filter(|p| p != &Path::new("")).unwrap_or(repo)] {
        sync_directory(directory)?;
    }
    Ok(())
}

/// Whether nobody holds the lock that rust-ipfs takes on an open repository.
pub(super) fn is_free(repo: &Path) -> Result<bool, Error> {
    let path = repo.join("repo_lock");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(Error::io(format!("open {}", path.display()))(error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(Error::io(format!("lock {}", path.display()))(error)),
    }
}

/// The peer's key: made at the first start, and the same from then on.
pub(super) fn identity(repo: &Path) -> Result<Keypair, Error> {
    let path = repo.join("identity");
    let unreadable = || Error::io(format!("read {}", path.display()));
    match fs::read(&path) {
        Ok(bytes) => Keypair::from_protobuf_encoding(&bytes)
            .map_err(|error| unreadable()(std::io::Error::new(ErrorKind::InvalidData, error.to_string()))),
        Err(error) if error.kind() == ErrorKind::NotFound => create_identity(repo, &path),
        Err(error) => Err(unreadable()(error)),
    }
}

/// Written beside and renamed: a crash leaves either no key or a whole one.
fn create_identity(repo: &Path, path: &Path) -> Result<Keypair, Error> {
    let failed = || Error::io(format!("write {}", path.display()));
    let keypair = Keypair::generate_ed25519();
    let bytes = keypair
        .to_protobuf_encoding()
        .map_err(|error| failed()(std::io::Error::new(ErrorKind::InvalidData, error.to_string())))?;
    let beside = path.with_extension("new");
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(failed())?;
    sync_directory(repo)?;
    Ok(keypair)
}
