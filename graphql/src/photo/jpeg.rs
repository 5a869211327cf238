//! JPEG (ITU T.81, and JFIF 1.02): segments in order, each with a marker of two bytes.

use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, options::DecoderOptions},
};

use super::{PhotoError, take, within_bounds};

/// Start of image.
pub(super) const BEGIN: &[u8] = &[0xff, 0xd8];

/// Most scans: a progressive picture has about ten, and each goes over the whole of it.
const MAX_SCANS: usize = 64;
/// JFIF's own segment after its length: version, density, and no thumbnail.
const JFIF: &[u8] = b"JFIF\0";
const JFIF_BYTES: usize = 14;

/// One picture, of the segments that decoding needs, and nothing after its end.
pub(super) fn check(bytes: &[u8]) -> Result<(), PhotoError> {
    let mut rest = &bytes[BEGIN.len()..];
    let (mut is_first, mut has_frame, mut scans) = (true, false, 0);
    loop {
        let (marker, after) = take(rest, 2)?;
        if marker[0] != 0xff {
            return Err(PhotoError::malformed("a byte between segments"));
        }
        if marker[1] == 0xd9 {
            return match (scans, after.is_empty()) {
                (0, _) => Err(PhotoError::malformed("no picture")),
                (_, false) => Err(PhotoError::Trailing),
                (_, true) => Ok(()),
            };
        }
        let (content, after) = segment(after)?;
        match marker[1] {
            0xe0 if is_first && is_plain_jfif(content) => {}
            0xe0 => return Err(PhotoError::Metadata("a thumbnail or another APP0 segment")),
            0xe1 => return Err(PhotoError::Metadata("EXIF or XMP")),
            0xe2 => return Err(PhotoError::Metadata("a colour profile")),
            0xed => return Err(PhotoError::Metadata("IPTC")),
            0xe3..=0xef => return Err(PhotoError::Metadata("an application's segment")),
            0xfe => return Err(PhotoError::Metadata("a comment")),
            // Baseline, extended, progressive.
            0xc0..=0xc2 if !has_frame => has_frame = true,
            0xc4 | 0xdb | 0xdd => {}
            0xda if has_frame && scans < MAX_SCANS => {
                scans += 1;
                is_first = false;
                rest = after_scan(after)?;
                continue;
            }
            other => return Err(PhotoError::Malformed(format!("segment {other:#04x}"))),
        }
        is_first = false;
        rest = after;
    }
}

/// A segment's content by its length, which counts itself.
fn segment(bytes: &[u8]) -> Result<(&[u8], &[u8]), PhotoError> {
    let (length, rest) = take(bytes, 2)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    take(rest, length.checked_sub(2).ok_or_else(|| PhotoError::malformed("a segment's length"))?)
}

fn is_plain_jfif(content: &[u8]) -> bool {
    content.len() == JFIF_BYTES && content.starts_with(JFIF) && content.ends_with(&[0, 0])
}

/// What follows a scan's compressed data: in those, 0xff stands only before 0x00 or a restart marker.
fn after_scan(bytes: &[u8]) -> Result<&[u8], PhotoError> {
    let ends = |pair: &[u8]| pair[0] == 0xff && pair[1] != 0 && !(0xd0..=0xd7).contains(&pair[1]);
    let end = bytes.windows(2).position(ends).ok_or_else(|| PhotoError::malformed("it ends too early"))?;
    Ok(&bytes[end..])
}

/// Decodes it; its width and height.
pub(super) fn decode(bytes: &[u8]) -> Result<(u32, u32), PhotoError> {
    // The format's own bounds: what is too large for us is said in our words.
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(side).set_max_height(side);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(PhotoError::malformed)?;
    let (width, height) = decoder.dimensions().ok_or_else(|| PhotoError::malformed("no size"))?;
    let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let size = within_bounds(pixels(width), pixels(height))?;
    decoder.decode().map_err(PhotoError::malformed)?;
    Ok(size)
}
