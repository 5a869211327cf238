//! PNG (W3C, third edition): chunks in order, each with its length, a name of four letters and a checksum.

use std::io::Cursor;

use png::{Decoder, Limits};

use super::{MAX_DECODED_BYTES, PhotoError, take, within_bounds};

/// The signature.
pub(super) const BEGIN: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks that decoding needs or that say how colours and pixels are meant, with their greatest length where that is fixed.
const PLAIN: [(&[u8; 4], Option<usize>); 9] = [
    (b"IHDR", Some(13)),
    (b"PLTE", Some(768)),
    (b"IDAT", None),
    (b"tRNS", Some(256)),
    (b"sRGB", Some(1)),
    (b"gAMA", Some(4)),
    (b"cHRM", Some(32)),
    (b"sBIT", Some(4)),
    (b"pHYs", Some(9)),
];

/// One picture, of plain chunks, and nothing after its end.
pub(super) fn check(bytes: &[u8]) -> Result<(), PhotoError> {
    let mut rest = &bytes[BEGIN.len()..];
    loop {
        let (length, after) = take(rest, 4)?;
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let (name, after) = take(after, 4)?;
        let (_, after) = take(after, length)?;
        // The decoder checks checksums.
        let (_, after) = take(after, 4)?;
        match name {
            b"IEND" if length > 0 => return Err(PhotoError::malformed("an IEND with content")),
            b"IEND" if !after.is_empty() => return Err(PhotoError::Trailing),
            b"IEND" => return Ok(()),
            b"tEXt" | b"zTXt" | b"iTXt" => return Err(PhotoError::Metadata("text")),
            b"eXIf" => return Err(PhotoError::Metadata("EXIF")),
            b"iCCP" => return Err(PhotoError::Metadata("a colour profile")),
            b"tIME" => return Err(PhotoError::Metadata("a time")),
            name => {
                let plain = PLAIN.iter().find(|(plain, _)| *plain == name);
                let (_, longest) = plain.ok_or(PhotoError::Metadata("a chunk that no photo needs"))?;
                if longest.is_some_and(|longest| length > longest) {
                    return Err(PhotoError::malformed("a chunk's length"));
                }
            }
        }
        rest = after;
    }
}

/// Decodes it; its width and height.
pub(super) fn decode(bytes: &[u8]) -> Result<(u32, u32), PhotoError> {
    let decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MAX_DECODED_BYTES });
    let mut reader = decoder.read_info().map_err(PhotoError::malformed)?;
    let size = within_bounds(reader.info().width, reader.info().height)?;
    // Sixteen bits a sample take twice the memory.
    let length = reader.output_buffer_size().filter(|length| *length <= 2 * MAX_DECODED_BYTES);
    let mut pixels = vec![0; length.ok_or(PhotoError::TooManyPixels(size.0, size.1))?];
    reader.next_frame(&mut pixels).map_err(PhotoError::malformed)?;
    reader.finish().map_err(PhotoError::malformed)?;
    Ok(size)
}
