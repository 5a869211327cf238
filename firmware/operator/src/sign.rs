//! Signing orders.

use orders::{
    Configuration, MAX_IMAGE_SECTORS, Manifest, SECTOR,
    image::{Descriptor, LENGTH},
};

use crate::keys::Key;

/// Why an order is not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Not an image with a descriptor.
    #[error("no image: an image begins with its header and an application descriptor")]
    NotAnImage,
    /// The image has no release number, so no device would take it.
    #[error("the image calls itself release `{0}`: build it with a release number from 1 on")]
    Release(String),
    /// No device has such a slot.
    #[error("an image of {0} bytes")]
    Size(usize),
    /// Too long for one message, or a value that no device takes.
    #[error("this configuration is not one that a device takes: {0}")]
    Configuration(#[from] orders::OrderError),
}

/// The signed manifest of an image. Board, release and security version are what the image says of itself.
///
/// # Errors
/// [`SignError`].
pub fn manifest(image: &[u8], key: &Key) -> Result<(Manifest, Vec<u8>), SignError> {
    let first = image.first_chunk::<LENGTH>().ok_or(SignError::NotAnImage)?;
    let descriptor = Descriptor::read(first).ok_or(SignError::NotAnImage)?;
    if image.len() > MAX_IMAGE_SECTORS * SECTOR {
        return Err(SignError::Size(image.len()));
    }
    let manifest = Manifest {
        release: descriptor.release.parse().unwrap_or(0),
        board: descriptor.board.clone(),
        image_sha256: protocol::digest(image),
        security_version: descriptor.security_version.into(),
        size: image.len() as u64,
    };
    if manifest.release == 0 || !descriptor.is_of(&manifest) {
        return Err(SignError::Release(descriptor.release));
    }
    let signed = manifest.to_signed_bytes(&key.sign(&manifest.to_bytes()));
    Ok((manifest, signed))
}

/// The signed configuration, read back as a device reads it.
///
/// # Errors
/// [`SignError::Configuration`].
pub fn configuration(configuration: &Configuration, key: &Key) -> Result<Vec<u8>, SignError> {
    let signed = configuration.to_signed_bytes(&key.sign(&configuration.to_bytes()));
    Configuration::verify(&signed, Some(&key.public()))?;
    Ok(signed)
}
