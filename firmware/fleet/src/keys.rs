//! The devices' keys: made from the system's randomness at enrolment, kept in one file that only its owner may read.

use std::{collections::HashMap, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use data_encoding::HEXLOWER;
use node::{Signer, SignerError};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use protocol::key::PublicKey;
use rand::rngs::OsRng;

use crate::StateError;

/// A device's key. Deliberately without `Debug`.
#[derive(Clone)]
pub(crate) struct DeviceKey(SigningKey);

impl DeviceKey {
    fn random() -> Self {
        Self(SigningKey::random(&mut OsRng))
    }

    /// For the simulated secure element.
    pub(crate) fn signing_key(&self) -> &SigningKey {
        &self.0
    }

    pub(crate) fn public(&self) -> PublicKey {
        let point = self.0.verifying_key().to_encoded_point(false);
        PublicKey::from_point(point.as_bytes()).expect("the point of a signing key is a point")
    }
}

impl Signer for DeviceKey {
    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| SignerError)?;
        Ok(signature.to_bytes().into())
    }
}

/// The keys of all devices, made on the first call.
pub(crate) fn load_or_make(
    path: &Path,
    device_ids: impl Iterator<Item = String>,
) -> Result<Vec<DeviceKey>, StateError> {
    if path.exists() {
        return load(path, device_ids);
    }
    let keys: Vec<(String, DeviceKey)> = device_ids.map(|device_id| (device_id, DeviceKey::random())).collect();
    // Whole or not at all: a crash here leaves only the temporary file, which the next start overwrites.
    let temporary = path.with_extension("new");
    let io = StateError::io(path);
    let write = || -> std::io::Result<()> {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        for (device_id, key) in &keys {
            writeln!(file, "{device_id} {}", HEXLOWER.encode(&key.0.to_bytes()))?;
        }
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        std::fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(io)?;
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

fn load(path: &Path, device_ids: impl Iterator<Item = String>) -> Result<Vec<DeviceKey>, StateError> {
    let text = std::fs::read_to_string(path).map_err(StateError::io(path))?;
    let mut keys = HashMap::new();
    for line in text.lines() {
        let key = line.split_once(' ').and_then(|(device_id, hex)| {
            let scalar = HEXLOWER.decode(hex.as_bytes()).ok()?;
            Some((device_id, DeviceKey(SigningKey::from_slice(&scalar).ok()?)))
        });
        let (device_id, key) = key.ok_or(StateError::Differs("a line of the key file"))?;
        keys.insert(device_id, key);
    }
    device_ids.map(|id| keys.remove(id.as_str()).ok_or(StateError::Differs("the devices"))).collect()
}
