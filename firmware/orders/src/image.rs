//! What an image says of itself: ESP-IDF's application descriptor, at the beginning of its first segment.

use alloc::string::String;

use crate::Manifest;

/// Bytes that are looked at: the image's header, the first segment's, the descriptor as far as it matters.
pub const LENGTH: usize = 112;
/// First byte of an image.
const MAGIC: u8 = 0xe9;
/// After the image's header of 24 bytes and the segment's of 8.
const DESCRIPTOR_AT: usize = 32;
/// First word of a descriptor.
const DESCRIPTOR_MAGIC: u32 = 0xabcd_5432;

/// A descriptor, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The image's project: here the board.
    pub board: String,
    /// The image's version: here the number of the release.
    pub release: String,
    /// The image's secure version.
    pub security_version: u32,
}

impl Descriptor {
    /// The descriptor of an image from its first bytes; none where they are none.
    #[must_use]
    pub fn read(bytes: &[u8; LENGTH]) -> Option<Self> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if bytes[0] != MAGIC || word(DESCRIPTOR_AT) != DESCRIPTOR_MAGIC {
            return None;
        }
        Some(Self {
            board: text(&bytes[DESCRIPTOR_AT + 48..DESCRIPTOR_AT + 80])?,
            release: text(&bytes[DESCRIPTOR_AT + 16..DESCRIPTOR_AT + 48])?,
            security_version: word(DESCRIPTOR_AT + 4),
        })
    }

    /// Whether the image is what its manifest says: one that calls itself otherwise would be ordered again for ever.
    #[must_use]
    pub fn is_of(&self, manifest: &Manifest) -> bool {
        self.board == manifest.board
            && self.release == alloc::format!("{}", manifest.release)
            && u64::from(self.security_version) == manifest.security_version
    }
}

/// A text that is closed by zeros.
fn text(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    core::str::from_utf8(&bytes[..end]).ok().map(String::from)
}
