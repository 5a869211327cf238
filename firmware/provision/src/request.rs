//! A request for the device's TLS certificate (PKCS#10), signed by the device.

use std::{
    cell::RefCell,
    io::{Read, Write},
};

use data_encoding::HEXLOWER;
use p256::ecdsa::Signature as DerSignature;
use protocol::key::{PublicKey, Signature};
use rcgen::{CertificateParams, DistinguishedName, DnType, PKCS_ECDSA_P256_SHA256, PublicKeyData, SigningKey};

use crate::talk::{Talk, TalkError, Words};

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The device did not sign.
    #[error(transparent)]
    Talk(#[from] TalkError),
    /// Its signature does not fit the key that it says is its.
    #[error("the device's signature does not fit its own key")]
    Signature,
    /// It cannot be put together.
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
}

/// A key that only answers over the line.
struct RemoteKey<'t, P> {
    talk: RefCell<&'t mut Talk<P>>,
    point: [u8; 65],
    failed: RefCell<Option<RequestError>>,
}

impl<P: Read + Write> RemoteKey<'_, P> {
    fn ask(&self, message: &[u8]) -> Result<Vec<u8>, RequestError> {
        let answer = self.talk.borrow_mut().ask(&format!("sign {}", HEXLOWER.encode(message)))?;
        let raw = HEXLOWER.decode(Words::of(&answer).get("signature")?.as_bytes()).unwrap_or_default();
        let signature = Signature::normalized(&raw).map_err(|_| RequestError::Signature)?;
        let key = PublicKey::from_point(&self.point).map_err(|_| RequestError::Signature)?;
        key.verify(message, &signature).map_err(|_| RequestError::Signature)?;
        let der = DerSignature::from_slice(&signature.to_bytes()).map_err(|_| RequestError::Signature)?;
        Ok(der.to_der().as_bytes().to_vec())
    }
}

impl<P> PublicKeyData for RemoteKey<'_, P> {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl<P: Read + Write> SigningKey for RemoteKey<'_, P> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.ask(message).map_err(|error| {
            self.failed.replace(Some(error));
            rcgen::Error::RemoteKeyError
        })
    }
}

/// The request in PEM: the device's id as common name, for the key (X||Y) that the device says is its. That it does
/// have that key follows from the signature, which is checked here.
///
/// # Errors
/// [`RequestError`].
pub fn request<P: Read + Write>(
    talk: &mut Talk<P>,
    device_id: &str,
    public_key: &[u8; 64],
) -> Result<String, RequestError> {
    let mut point = [4; 65];
    point[1..].copy_from_slice(public_key);
    let key = RemoteKey { talk: RefCell::new(talk), point, failed: RefCell::new(None) };
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, device_id);
    match params.serialize_request(&key) {
        Ok(request) => Ok(request.pem()?),
        Err(error) => Err(key.failed.take().unwrap_or(RequestError::Certificate(error))),
    }
}
