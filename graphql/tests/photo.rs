//! What is taken as a photo, by its bytes.

mod support {
    pub mod pictures;
}

use graphql::photo::{MAX_PHOTO_BYTES, MAX_SIDE_PIXELS, PhotoError, check};
use store::intake::documents::PhotoKind;
use support::pictures::{extended_webp, jpeg, png, riff, webp, with_chunk, with_segment};

fn code(bytes: &[u8]) -> &'static str {
    check(bytes).map_or_else(|error| error.code(), |_| "TAKEN")
}

#[test]
fn plain_pictures_are_taken_by_their_bytes() {
    for (bytes, kind) in [
        (jpeg(24, 17), PhotoKind::Jpeg),
        (png(24, 17), PhotoKind::Png),
        (webp(24, 17), PhotoKind::Webp),
        (with_chunk(&png(24, 17), b"sRGB", &[0]), PhotoKind::Png),
    ] {
        let checked = check(&bytes).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!((checked.kind, checked.width, checked.height), (kind, 24, 17));
    }
    let side = MAX_SIDE_PIXELS as u16;
    assert_eq!(check(&jpeg(side, 8)).map(|checked| checked.width), Ok(MAX_SIDE_PIXELS));
    for other in [
        &b""[..],
        b"\xff\xd8",
        b"GIF89a\x01\0\x01\0",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"RIFF\0\0\0\0WAVE",
    ] {
        assert!(["UNKNOWN_KIND", "MALFORMED"].contains(&code(other)), "{other:?}");
    }
    assert_eq!(check(b"<html><script>alert(1)</script>"), Err(PhotoError::UnknownKind));
    assert_eq!(check(&vec![0xff; MAX_PHOTO_BYTES + 1]), Err(PhotoError::TooLarge));
}

#[test]
fn what_tells_more_than_the_picture_is_refused() {
    let (jpeg, png, webp) = (jpeg(24, 17), png(24, 17), webp(24, 17));
    let exif = b"Exif\0\0MM\0*\0\0\0\x08";
    for (marker, content) in [
        (0xe1, &exif[..]),
        (0xe1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
        (0xe2, b"ICC_PROFILE\0\x01\x01"),
        (0xed, b"Photoshop 3.0\08BIM"),
        (0xee, b"Adobe"),
        (0xe0, b"JFXX\0\x10"),
        (0xfe, b"<script>alert(1)</script>"),
    ] {
        assert_eq!(code(&with_segment(&jpeg, marker, content)), "METADATA", "{marker:#x}");
    }
    let mut thumbnail = jpeg.clone();
    (thumbnail[18], thumbnail[19]) = (1, 1);
    assert_eq!(code(&thumbnail), "METADATA", "JFIF with a thumbnail");
    for (name, content) in [
        (b"tEXt", &b"Author\0me"[..]),
        (b"zTXt", b"Author\0\0x"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
        (b"eXIf", b"MM\0*"),
        (b"iCCP", b"sRGB\0\0x"),
        (b"tIME", &[7, 0xe6, 1, 1, 0, 0, 0]),
        (b"prVt", b"anything"),
        (b"acTL", &[0; 8]),
    ] {
        assert_eq!(code(&with_chunk(&png, name, content)), "METADATA", "{}", String::from_utf8_lossy(name));
    }
    for (name, flags) in [(b"EXIF", 0x08), (b"XMP ", 0x04), (b"ICCP", 0x20), (b"note", 0)] {
        let with = extended_webp(&webp, flags, (24, 17), name, b"anything");
        assert_eq!(code(&with), "METADATA", "{}", String::from_utf8_lossy(name));
        // Not announced, but there.
        assert_eq!(code(&riff(&[&webp[12..], name, &[2, 0, 0, 0, 7, 7]].concat())), "METADATA");
    }
    let said = check(&with_segment(&jpeg, 0xe1, exif)).unwrap_err().to_string();
    assert!(said.contains("EXIF") && said.contains("save it without metadata"), "{said}");
}

#[test]
fn what_follows_the_end_is_refused_whatever_it_is() {
    for picture in [jpeg(24, 17), png(24, 17), webp(24, 17)] {
        for tail in [&b"\0"[..], b"PK\x03\x04", b"<script>alert(1)</script>", &jpeg(8, 8)] {
            assert_eq!(code(&[&picture, tail].concat()), "TRAILING");
        }
        // A page that is a picture too: its first bytes decide, and they are no picture's.
        assert_eq!(code(&[b"<!--", &picture[..]].concat()), "UNKNOWN_KIND");
        for end in 1..picture.len() {
            assert_ne!(code(&picture[..end]), "TAKEN", "cut at {end} of {}", picture.len());
        }
    }
    // A second picture, and content where none belongs.
    let webp = webp(24, 17);
    assert_eq!(code(&riff(&[&webp[12..], &webp[12..]].concat())), "MALFORMED");
    assert_eq!(code(&riff(&[])), "MALFORMED");
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    for (width, height) in [(u16::MAX, u16::MAX), (MAX_SIDE_PIXELS as u16 + 1, 8), (8, MAX_SIDE_PIXELS as u16 + 1)] {
        let mut bomb = jpeg(8, 8);
        let frame = bomb.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap() + 5;
        bomb[frame..frame + 2].copy_from_slice(&height.to_be_bytes());
        bomb[frame + 2..frame + 4].copy_from_slice(&width.to_be_bytes());
        assert_eq!(check(&bomb), Err(PhotoError::TooManyPixels(width.into(), height.into())));
    }
    // Thirty-six megapixels of nothing in some kilobytes.
    let bomb = png(6_000, 6_000);
    assert!(bomb.len() < MAX_PHOTO_BYTES, "{}", bomb.len());
    assert_eq!(check(&bomb), Err(PhotoError::TooManyPixels(6_000, 6_000)));
    let bomb = webp(16_383, 8);
    assert_eq!(check(&bomb), Err(PhotoError::TooManyPixels(16_383, 8)));
    // Each scan goes over the whole picture, and costs its sender ten bytes.
    let plain = jpeg(8, 8);
    let at = plain.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let scan = plain[at..plain.len() - 2].repeat(1_000);
    assert_eq!(code(&[&plain[..at], &scan, &[0xff, 0xd9]].concat()), "MALFORMED");
}

#[test]
fn changed_bytes_never_panic() {
    for picture in [jpeg(24, 17), png(24, 17), webp(24, 17)] {
        for at in 0..picture.len() {
            for value in [0, 0xff, picture[at] ^ 1, picture[at] ^ 0x80] {
                let mut changed = picture.clone();
                changed[at] = value;
                let _ = check(&changed);
            }
        }
    }
}

/// What a browser's canvas gives, as `docs/protocol.md` has whoever writes a text make its photo: a colour profile is left to
/// be taken out of a JPEG and a WebP. Made by Chromium 156's `toDataURL` of one canvas.
#[test]
fn a_canvas_of_a_browser_is_taken_once_its_colour_profile_is_out() {
    let jpeg = include_bytes!("golden/canvas/chromium.jpg");
    let webp = include_bytes!("golden/canvas/chromium.webp");
    let profile = Err(PhotoError::Metadata("a colour profile"));
    assert_eq!(check(jpeg), profile);
    assert_eq!(code(webp), "METADATA");
    let at = jpeg.windows(2).position(|pair| pair == [0xff, 0xe2]).unwrap();
    let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    let plain = [&jpeg[..at], &jpeg[at + 2 + length..]].concat();
    let png = include_bytes!("golden/canvas/chromium.png");
    for (bytes, kind) in [(&plain[..], PhotoKind::Jpeg), (png, PhotoKind::Png)] {
        let checked = check(bytes).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!((checked.kind, checked.width, checked.height), (kind, 48, 32));
    }
}
