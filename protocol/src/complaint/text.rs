//! The block of a complaint's text: canonical JSON with a salt, so that its digest on the chain tells nothing of it once it
//! is erased. The only format of ours that holds more than ASCII: strings are spelled as RFC 8785 has it.

use alloc::{format, string::String};

use crate::{Hash, SyntaxError, canonical::Cursor, to_hex};

/// Longest text, in characters (Unicode scalar values).
pub const MAX_TEXT_CHARACTERS: usize = 4_000;
/// Longest block: four bytes a character, or six where it is escaped, and what stands around it.
pub const MAX_TEXT_BYTES: usize = 6 * MAX_TEXT_CHARACTERS + 256;

/// What a citizen writes.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// SHA-256 of a photo, if there is one.
    pub photo: Option<Hash>,
    /// 128 random bits.
    pub salt: [u8; 16],
    /// The words.
    pub words: String,
}

impl core::fmt::Debug for Text {
    /// The words are somebody's own.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Text").field("photo", &self.photo.is_some()).finish_non_exhaustive()
    }
}

/// Why bytes are no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Longer than [`MAX_TEXT_BYTES`].
    #[error("a text of {0} bytes")]
    TooLong(usize),
    /// More than [`MAX_TEXT_CHARACTERS`].
    #[error("a text of {0} characters, at most {MAX_TEXT_CHARACTERS}")]
    TooManyCharacters(usize),
    /// No words at all.
    #[error("a text without words")]
    Empty,
    /// Not the canonical spelling.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
}

impl Text {
    /// The block.
    #[must_use]
    pub fn to_bytes(&self) -> alloc::vec::Vec<u8> {
        let photo = self.photo.map(|photo| format!("\"photo\":\"{}\",", to_hex(&photo))).unwrap_or_default();
        let mut out = format!("{{{photo}\"salt\":\"{}\",\"text\":\"", to_hex(&self.salt));
        for character in self.words.chars() {
            escape(&mut out, character);
        }
        out.push_str("\",\"version\":1}");
        out.into_bytes()
    }

    /// A text from untrusted bytes.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TextError> {
        if bytes.len() > MAX_TEXT_BYTES {
            return Err(TextError::TooLong(bytes.len()));
        }
        let mut c = Cursor::new(bytes);
        c.literal("{")?;
        let photo = if c.skip("\"photo\":\"") {
            let photo = c.hash("photo")?;
            c.literal(",")?;
            Some(photo)
        } else {
            None
        };
        c.literal("\"salt\":\"")?;
        let salt = c.string(32, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b), "salt")?;
        let salt = data_encoding::HEXLOWER.decode(salt.as_bytes()).ok().and_then(|salt| salt.try_into().ok());
        let Some(salt) = salt else { return Ok(c.error("salt of 32 hex digits")?) };
        c.literal(",\"text\":\"")?;
        let words = c.words("text")?;
        c.literal(",\"version\":1}")?;
        c.end()?;
        let text = Self { photo, salt, words };
        match text.words.chars().count() {
            _ if text.words.trim().is_empty() => Err(TextError::Empty),
            count if count > MAX_TEXT_CHARACTERS => Err(TextError::TooManyCharacters(count)),
            // One spelling only: what was read is what would be written.
            _ if text.to_bytes() != bytes => Ok(c.error("the canonical spelling")?),
            _ => Ok(text),
        }
    }

    /// The digest that a filing names.
    #[must_use]
    pub fn digest(&self) -> Hash {
        crate::digest(&self.to_bytes())
    }
}

/// RFC 8785 section 3.2.2.2.
fn escape(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> Text {
        Text { photo: None, salt: [7; 16], words: words.into() }
    }

    #[test]
    fn it_is_spelled_as_rfc_8785_has_it() {
        let salt = "07".repeat(16);
        let words = "बिजली \"नहीं\"\n\t\u{1}\\ 😀";
        let block = text(words).to_bytes();
        let expected =
            format!("{{\"salt\":\"{salt}\",\"text\":\"बिजली \\\"नहीं\\\"\\n\\t\\u0001\\\\ 😀\",\"version\":1}}");
        assert_eq!(String::from_utf8(block.clone()).unwrap(), expected);
        assert_eq!(Text::parse(&block).unwrap(), text(words));
        let with_photo = Text { photo: Some([9; 32]), ..text("dark") };
        assert_eq!(Text::parse(&with_photo.to_bytes()).unwrap(), with_photo);
        assert!(!format!("{with_photo:?}").contains("dark"));
    }

    #[test]
    fn other_spellings_and_lengths_are_refused() {
        let good = String::from_utf8(text("dark").to_bytes()).unwrap();
        for (from, to) in [
            ("dark", "\\u0064ark"),
            ("dark", "da\\/rk"),
            ("dark", "da\nrk"),
            ("dark", "\\u000A"),
            ("dark", "\\u0008"),
            ("dark", "\\ud83d"),
            ("dark", " \\n "),
            ("dark", ""),
            ("version\":1", "version\":2"),
            ("{\"salt", "{ \"salt"),
            ("07", "0A"),
            ("0707", "07"),
            ("}", "} "),
            ("\"text\"", "\"contact\":\"me\",\"text\""),
        ] {
            let other = good.replacen(from, to, 1);
            assert_ne!(other, good);
            assert!(Text::parse(other.as_bytes()).is_err(), "{other}");
        }
        assert!(Text::parse(&text(&"अ".repeat(MAX_TEXT_CHARACTERS)).to_bytes()).is_ok());
        let long = text(&"a".repeat(MAX_TEXT_CHARACTERS + 1)).to_bytes();
        assert_eq!(Text::parse(&long), Err(TextError::TooManyCharacters(MAX_TEXT_CHARACTERS + 1)));
        assert!(matches!(Text::parse(&[b' '; MAX_TEXT_BYTES + 1]), Err(TextError::TooLong(_))));
        let mut broken = text("dark").to_bytes();
        let at = broken.windows(4).position(|four| four == b"dark").unwrap();
        broken[at] = 0xff;
        assert!(Text::parse(&broken).is_err());
        let salt_differs = Text { salt: [8; 16], ..text("dark") };
        assert_ne!(salt_differs.digest(), text("dark").digest());
    }
}
