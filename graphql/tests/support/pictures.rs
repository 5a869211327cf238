//! Pictures as encoders make them, small and of any size.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Cursor;

/// A grey JPEG (baseline, one component) with the segments that decoding needs, and JFIF's own.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    let mut segment = |marker: u8, content: &[u8]| {
        out.extend([0xff, marker]);
        out.extend((content.len() as u16 + 2).to_be_bytes());
        out.extend(content);
    };
    segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    segment(0xdb, &[&[0][..], &[1; 64]].concat());
    let size = [height.to_be_bytes(), width.to_be_bytes()].concat();
    segment(0xc0, &[&[8][..], &size, &[1, 1, 0x11, 0]].concat());
    // One code of one bit in each table: no difference from the block before, and the end of the block.
    let table = |class: u8| [&[class, 1][..], &[0; 16]].concat();
    segment(0xc4, &table(0x00));
    segment(0xc4, &table(0x10));
    segment(0xda, &[1, 1, 0, 0, 63, 0]);
    let blocks = usize::from(width).div_ceil(8) * usize::from(height).div_ceil(8);
    out.extend(vec![0; (2 * blocks).div_ceil(8)]);
    out.extend([0xff, 0xd9]);
    out
}

/// A segment put behind JFIF's, as cameras do.
pub fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let at = 2 + 2 + 16;
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&jpeg[..at], &[0xff, marker], &length, content, &jpeg[at..]].concat()
}

/// A grey PNG.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![7; (width * height) as usize]).unwrap();
    writer.finish().unwrap();
    out
}

/// A chunk put behind the header, with its checksum.
pub fn with_chunk(png: &[u8], name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let at = 8 + 12 + 13;
    let named = [&name[..], content].concat();
    let length = (content.len() as u32).to_be_bytes();
    [&png[..at], &length, &named, &crc(&named).to_be_bytes(), &png[at..]].concat()
}

/// CRC-32 of ISO 3309, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// A grey WebP without loss.
pub fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let encoder = image_webp::WebPEncoder::new(&mut out);
    encoder.encode(&vec![7; (width * height) as usize], width, height, image_webp::ColorType::L8).unwrap();
    out.into_inner()
}

/// The picture's chunk behind an extended header with these flags, and then another chunk.
pub fn extended_webp(webp: &[u8], flags: u8, size: (u32, u32), name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let header = [&b"VP8X"[..], &10_u32.to_le_bytes(), &[flags, 0, 0, 0], &side(size.0), &side(size.1)].concat();
    let mut more = [&name[..], &(content.len() as u32).to_le_bytes(), content].concat();
    more.extend(vec![0; content.len() % 2]);
    riff(&[&header, &webp[12..], &more].concat())
}

/// Chunks with the header that states their length.
pub fn riff(chunks: &[u8]) -> Vec<u8> {
    [&b"RIFF"[..], &(chunks.len() as u32 + 4).to_le_bytes(), b"WEBP", chunks].concat()
}
