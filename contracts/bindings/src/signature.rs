//! Whether a signature is its signer's: as the contracts decide it, before anything is sent to them.

use alloy::primitives::{Address, B256, Bytes, FixedBytes, Signature};
use alloy::providers::Provider;

use crate::Error;
use crate::abi::IERC1271;

/// What an account answers that knows a signature as its own: the selector of `isValidSignature`.
const YES: FixedBytes<4> = FixedBytes([0x16, 0x26, 0xba, 0x7e]);

/// Whether this is the signer's signature over a digest. An account without code signs by its key: 65 bytes, V 27 or 28,
/// the lower S. One with code (a wallet contract, the account of a passkey, one that delegates by EIP-7702) is asked.
/// The answer of an account with code may be another tomorrow.
pub async fn is_signed_by<P: Provider>(
    provider: &P,
    signer: Address,
    digest: B256,
    signature: &Bytes,
) -> Result<bool, Error> {
    if provider.get_code_at(signer).await.map_err(Error::Rpc)?.is_empty() {
        return Ok(is_signed_by_key(signer, digest, signature));
    }
    let answer = IERC1271::new(signer, provider).isValidSignature(digest, signature.clone()).call().await;
    match answer.map_err(Error::from) {
        Ok(answer) => Ok(answer == YES),
        // It reverts, or answers in its own way: no yes.
        Err(Error::Refused(_) | Error::InvalidAnswer(_) | Error::NoContract(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The same for an account that is known to have no code.
#[must_use]
pub fn is_signed_by_key(signer: Address, digest: B256, signature: &[u8]) -> bool {
    let Ok(bytes) = <&[u8; 65]>::try_from(signature) else { return false };
    if !matches!(bytes[64], 27 | 28) {
        return false;
    }
    Signature::from_raw_array(bytes)
        .ok()
        .filter(|signature| signature.normalize_s().is_none())
        .and_then(|signature| signature.recover_address_from_prehash(&digest).ok())
        .is_some_and(|recovered| recovered == signer && !recovered.is_zero())
}

#[cfg(test)]
mod tests {
    use alloy::primitives::U256;
    use alloy::signers::{SignerSync as _, local::PrivateKeySigner};

    use super::*;

    #[test]
    fn a_key_signs_in_one_form_only() {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
        let digest = B256::repeat_byte(9);
        let signature = key.sign_hash_sync(&digest).unwrap();
        let bytes = signature.as_bytes();
        assert!(is_signed_by_key(key.address(), digest, &bytes));
        assert!(!is_signed_by_key(key.address(), B256::ZERO, &bytes));
        assert!(!is_signed_by_key(Address::ZERO, digest, &bytes));

        // The upper S, V as a parity, and other lengths: recoverable all the same, and refused.
        let order =
            U256::from_be_slice(&alloy::hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
        let upper = Signature::new(signature.r(), order - signature.s(), !signature.v());
        assert_eq!(upper.recover_address_from_prehash(&digest).unwrap(), key.address());
        assert!(!is_signed_by_key(key.address(), digest, &upper.as_bytes()));
        let mut parity = bytes;
        parity[64] -= 27;
        assert!(!is_signed_by_key(key.address(), digest, &parity));
        assert!(!is_signed_by_key(key.address(), digest, &bytes[..64]));
        assert!(!is_signed_by_key(key.address(), digest, &[]));
    }
}
