//! A certificate as the modem takes it (14.2.6): one line, a literal backslash-r-backslash-n after the header, in
//! chunks. Lost at every reboot of the modem, so it is given again after each.

use heapless::String;

use crate::{MAX_CERTIFICATE, MAX_CHUNK};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// What stands for the line break after the header: four characters.
const BREAK: &str = "\\r\\n";

/// A root certificate, checked once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    base64: &'a str,
}

/// Not one certificate in PEM, at most [`MAX_CERTIFICATE`] characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one PEM certificate of at most {MAX_CERTIFICATE} characters")]
pub struct CertificateError;

impl<'a> Certificate<'a> {
    /// Takes the PEM of one certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn parse(pem: &'a str) -> Result<Self, CertificateError> {
        let base64 = pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(CertificateError)?;
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte);
        if pem.len() > MAX_CERTIFICATE || base64.trim().is_empty() || !base64.bytes().all(is_base64) {
            return Err(CertificateError);
        }
        Ok(Self { base64 })
    }

    /// Its characters as they are sent.
    fn characters(&self) -> impl Iterator<Item = char> {
        let body = self.base64.chars().filter(|c| !c.is_ascii_whitespace());
        BEGIN.chars().chain(BREAK.chars()).chain(body).chain(END.chars())
    }

    /// How many characters are sent in all.
    #[must_use]
    pub fn length(&self) -> usize {
        self.characters().count()
    }

    /// The `index`th chunk and whether more follow; `None` after the last.
    #[must_use]
    pub fn chunk(&self, index: usize) -> Option<(String<MAX_CHUNK>, bool)> {
        let from = index.checked_mul(MAX_CHUNK)?;
        let chunk: String<MAX_CHUNK> = self.characters().skip(from).take(MAX_CHUNK).collect();
        let more = self.length() > from + chunk.len();
        Some((chunk, more)).filter(|(chunk, _)| !chunk.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_with_a_literal_break_after_the_header() {
        let pem = "-----BEGIN CERTIFICATE-----\nQUJD\nREVG\n-----END CERTIFICATE-----\n";
        let certificate = Certificate::parse(pem).unwrap();
        let (chunk, more) = certificate.chunk(0).unwrap();
        assert_eq!(chunk, "-----BEGIN CERTIFICATE-----\\r\\nQUJDREVG-----END CERTIFICATE-----");
        assert_eq!((more, certificate.length(), certificate.chunk(1)), (false, chunk.len(), None));
    }

    #[test]
    fn long_ones_are_cut_into_chunks() {
        let mut pem = std::string::String::from(BEGIN);
        pem.push('\n');
        pem.extend(std::iter::repeat_n('A', 2_500));
        pem.push_str(END);
        let certificate = Certificate::parse(&pem).unwrap();
        let lengths: std::vec::Vec<_> =
            (0..).map_while(|i| certificate.chunk(i)).map(|(chunk, more)| (chunk.len(), more)).collect();
        assert_eq!(lengths, [(1_000, true), (1_000, true), (556, false)]);
    }

    #[test]
    fn nothing_but_one_certificate_is_taken() {
        for broken in ["", "QUJD", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "\"; AT+CFUN=0"] {
            assert_eq!(Certificate::parse(broken), Err(CertificateError), "{broken}");
        }
        let two = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n".repeat(2);
        assert_eq!(Certificate::parse(&two), Err(CertificateError));
    }

    extern crate std;
}
