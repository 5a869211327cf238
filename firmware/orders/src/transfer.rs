//! How an image travels: the device asks for the blocks of one sector, and each comes as one message of the modem.

use alloc::{format, vec::Vec};

use protocol::{SyntaxError, canonical::Cursor};

pub use crate::limits::MAX_ANSWER;
use crate::{MAX_IMAGE_SECTORS, SECTOR};

/// Bytes of a block: nine of them, the last one shorter, are a sector, the fewest that the modem's messages allow.
pub const BLOCK: usize = 456;
/// Blocks of a sector.
pub const BLOCKS: usize = SECTOR.div_ceil(BLOCK);
/// All blocks of a whole sector.
pub const ALL: u16 = (1 << BLOCKS) - 1;
/// What stands before a block's bytes: the release and the offset in the image, big-endian.
pub const HEADER: usize = 12;

/// What a device asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Bit n: block n of the sector is missing.
    pub missing: u16,
    /// Of which release.
    pub release: u64,
    /// Which sector of the image.
    pub sector: usize,
}

impl Request {
    /// Its canonical JSON.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        format!("{{\"missing\":{},\"release\":{},\"sector\":{}}}", self.missing, self.release, self.sector).into_bytes()
    }

    /// A request from untrusted bytes: it carries no signature, since whoever asks gets what is public.
    ///
    /// # Errors
    /// [`SyntaxError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SyntaxError> {
        let mut c = Cursor::new(bytes);
        c.literal("{\"missing\":")?;
        let missing = bounded(&mut c, u64::from(ALL), "missing")? as u16;
        c.literal(",\"release\":")?;
        let release = c.unsigned("release")?;
        c.literal(",\"sector\":")?;
        let sector = bounded(&mut c, MAX_IMAGE_SECTORS as u64 - 1, "sector")? as usize;
        c.literal("}")?;
        c.end()?;
        Ok(Self { missing, release, sector })
    }

    /// The answers: the blocks asked for of an image, as far as it has them.
    pub fn answers<'i>(self, image: &'i [u8]) -> impl Iterator<Item = Vec<u8>> + use<'i> {
        let wanted = (0..BLOCKS).filter(move |block| self.missing & (1 << block) != 0);
        wanted.filter_map(move |block| {
            let at = block * BLOCK;
            let from = self.sector * SECTOR + at;
            let to = (from + BLOCK.min(SECTOR - at)).min(image.len());
            let bytes = image.get(from..to).filter(|bytes| !bytes.is_empty())?;
            let mut answer = self.release.to_be_bytes().to_vec();
            answer.extend_from_slice(&(from as u32).to_be_bytes());
            answer.extend_from_slice(bytes);
            Some(answer)
        })
    }
}

fn bounded(c: &mut Cursor<'_>, most: u64, expected: &'static str) -> Result<u64, SyntaxError> {
    let at = c.clone();
    let value = c.unsigned(expected)?;
    if value > most { at.error(expected) } else { Ok(value) }
}

/// A block as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Of which release.
    pub release: u64,
    /// Where in the image.
    pub offset: usize,
    /// What.
    pub bytes: &'a [u8],
}

impl<'a> Block<'a> {
    /// A block from untrusted bytes; none where they are too few or too many. Whether it fits is the download's to say.
    #[must_use]
    pub fn parse(message: &'a [u8]) -> Option<Self> {
        let (release, rest) = message.split_first_chunk()?;
        let (offset, bytes) = rest.split_first_chunk()?;
        let fits = (1..=BLOCK).contains(&bytes.len());
        fits.then(|| Self {
            release: u64::from_be_bytes(*release),
            offset: u32::from_be_bytes(*offset) as usize,
            bytes,
        })
    }
}
