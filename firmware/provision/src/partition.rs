//! The image of a device's settings partition, and files for their owner alone.

use std::{
    fs::{File, Permissions},
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use device::{console::MAX_TEXT, settings};

/// Why a device would not take settings.
#[derive(Debug, thiserror::Error)]
pub enum PartitionError {
    /// Too much text.
    #[error("settings of {0} bytes, at most {MAX_TEXT}")]
    Length(usize),
    /// Something is missing, unknown, or not what it must be.
    #[error(transparent)]
    Settings(#[from] settings::CheckError),
}

/// The partition's bytes, both copies, if the device will take them.
///
/// # Errors
/// [`PartitionError`].
pub fn image(text: &str) -> Result<Vec<u8>, PartitionError> {
    let mut copy = settings::seal(text).into_bytes();
    if copy.len() > MAX_TEXT {
        return Err(PartitionError::Length(copy.len()));
    }
    copy.resize(settings::COPY, 0xff);
    let partition = copy.repeat(settings::MAX_SETTINGS / settings::COPY);
    settings::check(&partition, node::MAX_QUEUE)?;
    Ok(partition)
}

/// Writes a file that only its owner can read, whole and durable; one that was there can be read by nobody else before
/// the first byte is in it.
///
/// # Errors
/// Those of the file system.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // A file that was there keeps the mode that it had.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()
}
