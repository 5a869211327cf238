//! The one thing that the console has signed: a request for a certificate for the device's own key (PKCS#10, RFC 2986).
//! A record begins with `{`, a receipt too, so nobody gets one of these signed over the console.

pub use crate::limits::MAX_REQUEST;

/// What stands before the point of a P-256 key in its `SubjectPublicKeyInfo` (RFC 5480).
const KEY_HEAD: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
const SEQUENCE: u8 = 0x30;
const ATTRIBUTES: u8 = 0xa0;

/// Whether these bytes are a `CertificationRequestInfo` for this key (X||Y): version 0, a subject, the key, attributes,
/// and nothing else.
#[must_use]
pub fn is_request(bytes: &[u8], public_key: &[u8; 64]) -> bool {
    let whole = || {
        let (content, rest) = element(bytes, SEQUENCE)?;
        let content = content.strip_prefix(&[0x02, 0x01, 0x00])?;
        let (_subject, content) = element(content, SEQUENCE)?;
        let content = content.strip_prefix(&KEY_HEAD)?.strip_prefix(public_key)?;
        let (_attributes, content) = element(content, ATTRIBUTES)?;
        (rest.is_empty() && content.is_empty()).then_some(())
    };
    bytes.len() <= MAX_REQUEST && whole().is_some()
}

/// The content of the first element, of this tag and a definite length in its shortest form, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match *bytes {
        [first, short @ 0..=0x7f, ..] if first == tag => (usize::from(short), &bytes[2..]),
        [first, 0x81, long @ 0x80..=0xff, ..] if first == tag => (usize::from(long), &bytes[3..]),
        [first, 0x82, high @ 1..=0xff, low, ..] if first == tag => {
            (usize::from(high) << 8 | usize::from(low), &bytes[4..])
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;

    const KEY: [u8; 64] = [7; 64];

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match content.len() {
            short @ 0..0x80 => out.push(short as u8),
            long @ 0x80..0x100 => out.extend([0x81, long as u8]),
            long => out.extend([0x82, (long >> 8) as u8, long as u8]),
        }
        out.extend(content);
        out
    }

    fn request(subject: &[u8], key: &[u8; 64]) -> Vec<u8> {
        let parts = [&[0x02, 0x01, 0x00][..], &wrap(SEQUENCE, subject), &KEY_HEAD, key, &wrap(ATTRIBUTES, &[])];
        wrap(SEQUENCE, &parts.concat())
    }

    #[test]
    fn a_request_for_this_key_is_one_whatever_its_subject() {
        for length in [0, 20, 60, 200, 300] {
            assert!(is_request(&request(&vec![0x31; length], &KEY), &KEY), "{length}");
        }
        assert!(!is_request(&request(&[0x31; MAX_REQUEST], &KEY), &KEY), "too long");
    }

    #[test]
    fn nothing_else_is_one() {
        let good = request(b"subject", &KEY);
        assert!(!is_request(&request(b"subject", &[8; 64]), &KEY), "another key");
        assert!(!is_request(b"{\"device_id\":\"d-1\"}", &KEY), "a record");
        assert!(!is_request(&[], &KEY));
        for length in 0..good.len() {
            assert!(!is_request(&good[..length], &KEY), "cut off at {length}");
        }
        assert!(!is_request(&[&good[..], &[0]].concat(), &KEY), "something behind it");
        // But for the subject's own bytes and the lengths, every bit is fixed.
        for byte in (0..5).chain(14..good.len()) {
            let mut other = good.clone();
            other[byte] ^= 0x40;
            assert!(!is_request(&other, &KEY), "{byte}");
        }
    }
}
