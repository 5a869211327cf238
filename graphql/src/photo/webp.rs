//! WebP (RFC 9649): a RIFF file whose length is that of the bytes, of chunks with a name of four letters and a length.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::{MAX_DECODED_BYTES, PhotoError, take, within_bounds};

/// Transparency: the one thing that a plain picture says in the extended header.
const ALPHA_FLAG: u8 = 0x10;
const EXTENDED_BYTES: usize = 10;

/// Whether it says that it is one.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")
}

/// One picture, of plain chunks, and nothing after its end.
pub(super) fn check(bytes: &[u8]) -> Result<(), PhotoError> {
    let (length, _) = take(&bytes[4..], 4)?;
    let length = length_of(length);
    match bytes.len().checked_sub(8) {
        Some(there) if there > length => return Err(PhotoError::Trailing),
        Some(there) if there == length => {}
        _ => return Err(PhotoError::malformed("it ends too early")),
    }
    let (mut rest, mut pictures, mut is_first) = (&bytes[12..], 0, true);
    while !rest.is_empty() {
        let (name, after) = take(rest, 4)?;
        let (length, after) = take(after, 4)?;
        let length = length_of(length);
        let (content, after) = take(after, length)?;
        let (padding, after) = take(after, length % 2)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(PhotoError::malformed("a padding that is not zero"));
        }
        match name {
            b"VP8 " | b"VP8L" => pictures += 1,
            b"VP8X" if is_first && content.len() == EXTENDED_BYTES && content[1..4] == [0; 3] => {
                if content[0] & !ALPHA_FLAG != 0 {
                    return Err(PhotoError::Metadata("a header that announces metadata or an animation"));
                }
            }
            b"ALPH" if pictures == 0 => {}
            b"EXIF" => return Err(PhotoError::Metadata("EXIF")),
            b"XMP " => return Err(PhotoError::Metadata("XMP")),
            b"ICCP" => return Err(PhotoError::Metadata("a colour profile")),
            b"ANIM" | b"ANMF" => return Err(PhotoError::malformed("an animation")),
            _ => return Err(PhotoError::Metadata("a chunk that no photo needs")),
        }
        is_first = false;
        rest = after;
    }
    if pictures == 1 { Ok(()) } else { Err(PhotoError::Malformed(format!("{pictures} pictures"))) }
}

fn length_of(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

/// Decodes it; its width and height.
pub(super) fn decode(bytes: &[u8]) -> Result<(u32, u32), PhotoError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(PhotoError::malformed)?;
    decoder.set_memory_limit(MAX_DECODED_BYTES);
    let (width, height) = decoder.dimensions();
    let size = within_bounds(width, height)?;
    let length = decoder.output_buffer_size().filter(|length| *length <= MAX_DECODED_BYTES);
    let mut pixels = vec![0; length.ok_or(PhotoError::TooManyPixels(width, height))?];
    decoder.read_image(&mut pixels).map_err(PhotoError::malformed)?;
    Ok(size)
}
