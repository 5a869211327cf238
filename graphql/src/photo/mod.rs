//! Photos of complaints. What is taken as one: a JPEG, PNG or WebP with a picture in it and nothing besides.
//!
//! A text names its photo by SHA-256 before the photo is here, so nothing can be taken out of it any more: what holds
//! metadata, or anything that follows its end, is refused, and whoever sends it makes it anew. Each container is read by
//! its own few rules ([`jpeg`], [`png`], [`webp`]): what they do not name is refused. That it is a picture is then proved by
//! decoding it, within bounds. Bytes that a picture's own compressed data hide are not looked for.

mod jpeg;
mod keeper;
mod png;
mod webp;

use store::intake::documents::PhotoKind;

pub(crate) use keeper::{Photos, Refused};

/// Largest photo.
pub const MAX_PHOTO_BYTES: usize = 2 * 1024 * 1024;
/// Longest side: a decoded picture takes four bytes a pixel.
pub const MAX_SIDE_PIXELS: u32 = 3_072;
/// Most memory that one decoded picture may take.
const MAX_DECODED_BYTES: usize = 4 * MAX_SIDE_PIXELS as usize * MAX_SIDE_PIXELS as usize;

/// A picture that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// By its bytes.
    pub kind: PhotoKind,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Why bytes are no photo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// More than [`MAX_PHOTO_BYTES`].
    #[error("a photo has at most {MAX_PHOTO_BYTES} bytes: make it smaller")]
    TooLarge,
    /// Nothing that browsers' cameras make.
    #[error("this is no JPEG, PNG or WebP: save the photo as one of these")]
    UnknownKind,
    /// It tells more than it shows.
    #[error(
        "the photo holds {0}, which may tell who took it, where and when: save it without metadata, and have the text \
         name that"
    )]
    Metadata(&'static str),
    /// It goes on after its end.
    #[error("something follows the end of the photo: save it anew, and have the text name that")]
    Trailing,
    /// Not as its format has it, or more than one picture.
    #[error("the photo is broken or unusual ({0}): save it anew, and have the text name that")]
    Malformed(String),
    /// More pixels than are taken.
    #[error("a photo has at most {MAX_SIDE_PIXELS} pixels a side, this one has {0} × {1}: make it smaller")]
    TooManyPixels(u32, u32),
}

impl PhotoError {
    /// A name that clients can rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "TOO_LARGE",
            Self::UnknownKind => "UNKNOWN_KIND",
            Self::Metadata(_) => "METADATA",
            Self::Trailing => "TRAILING",
            Self::Malformed(_) => "MALFORMED",
            Self::TooManyPixels(..) => "TOO_MANY_PIXELS",
        }
    }

    fn malformed(reason: impl std::fmt::Display) -> Self {
        Self::Malformed(reason.to_string())
    }
}

/// Checks a photo from untrusted bytes. Takes a core for up to some tenths of a second.
///
/// # Errors
/// [`PhotoError`].
pub fn check(bytes: &[u8]) -> Result<Checked, PhotoError> {
    if bytes.len() > MAX_PHOTO_BYTES {
        return Err(PhotoError::TooLarge);
    }
    let (kind, (width, height)) = if bytes.starts_with(jpeg::BEGIN) {
        jpeg::check(bytes)?;
        (PhotoKind::Jpeg, jpeg::decode(bytes)?)
    } else if bytes.starts_with(png::BEGIN) {
        png::check(bytes)?;
        (PhotoKind::Png, png::decode(bytes)?)
    } else if webp::begins(bytes) {
        webp::check(bytes)?;
        (PhotoKind::Webp, webp::decode(bytes)?)
    } else {
        return Err(PhotoError::UnknownKind);
    };
    Ok(Checked { kind, width, height })
}

/// Refuses more pixels than are taken, before anything is decoded.
fn within_bounds(width: u32, height: u32) -> Result<(u32, u32), PhotoError> {
    if width == 0 || height == 0 {
        return Err(PhotoError::malformed("no pixels"));
    }
    if width > MAX_SIDE_PIXELS || height > MAX_SIDE_PIXELS {
        return Err(PhotoError::TooManyPixels(width, height));
    }
    Ok((width, height))
}

/// The next `count` bytes, and what follows them.
fn take(bytes: &[u8], count: usize) -> Result<(&[u8], &[u8]), PhotoError> {
    bytes.split_at_checked(count).ok_or_else(|| PhotoError::malformed("it ends too early"))
}
