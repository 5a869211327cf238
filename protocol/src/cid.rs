//! A block's name on IPFS: CIDv1, codec raw (0x55), multihash sha2-256 (0x12, 32 bytes), base32 lower case
//! (multibase `b`, RFC 4648 without padding). Nothing but the digest in another spelling.

use alloc::{string::String, vec::Vec};

use data_encoding::BASE32_NOPAD;

use crate::Hash;

const PREFIX: [u8; 4] = [0x01, 0x55, 0x12, 0x20];

/// The CID of the block with this digest.
#[must_use]
pub fn from_digest(digest: &Hash) -> String {
    let mut bytes = Vec::from(PREFIX);
    bytes.extend_from_slice(digest);
    let mut text = String::from("b");
    text.push_str(&BASE32_NOPAD.encode(&bytes).to_ascii_lowercase());
    text
}

/// The digest that a CID names, if it is of the one kind used here.
#[must_use]
pub fn to_digest(cid: &str) -> Option<Hash> {
    let text = cid.strip_prefix('b')?;
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    bytes.strip_prefix(&PREFIX)?.try_into().ok()
}
