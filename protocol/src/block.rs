//! Blocks of lines: how rows of a roster and leaves of a batch are cut into raw IPFS blocks.

use alloc::vec::Vec;

/// Largest block of lines: small enough for a phone to fetch one, and below what IPFS nodes exchange.
pub const MAX_BLOCK_BYTES: usize = 256 * 1024;
/// Most blocks that one header lists.
pub const MAX_BLOCKS: usize = 1024;
/// Largest header block.
pub const MAX_HEADER_BYTES: usize = 512 * 1024;

/// Cuts lines into blocks, each as full as [`MAX_BLOCK_BYTES`] allows; every line ends with a line feed.
#[must_use]
pub fn pack<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    for line in lines {
        match blocks.last_mut() {
            Some(block) if block.len() + line.len() < MAX_BLOCK_BYTES => block.extend_from_slice(line),
            _ => blocks.push(line.to_vec()),
        }
        if let Some(block) = blocks.last_mut() {
            block.push(b'\n');
        }
    }
    blocks
}

/// The lines of a block; `None` where it is empty, too large or does not end with a line feed.
pub(crate) fn lines(block: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    if block.len() > MAX_BLOCK_BYTES {
        return None;
    }
    Some(block.strip_suffix(b"\n")?.split(|b| *b == b'\n'))
}
