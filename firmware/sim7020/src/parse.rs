//! What a line is. Tolerant where the vendor's own transcripts differ (a space after the colon or none), and it never
//! fails: what is nothing else is text.

/// A line of the modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// `OK`.
    Ok,
    /// `ERROR`, or one with a reason: the last line of an answer.
    Error(Fault),
    /// `NO CARRIER`: what ends the answer when a context is closed.
    NoCarrier,
    /// `+NAME: fields`: an answer or an unsolicited code.
    Named(&'a str, Fields<'a>),
    /// Anything else.
    Text(&'a str),
}

/// Why a command failed, as the modem says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Without a reason.
    Plain,
    /// `+CME ERROR: <n>`; `None` where it is not a number.
    Equipment(Option<u16>),
    /// `+CMS ERROR: <n>`.
    Message(Option<u16>),
}

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Without its quotes.
    pub text: &'a str,
    /// Whether it had some.
    pub quoted: bool,
}

impl Field<'_> {
    /// A bare number.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        if self.quoted { None } else { self.text.parse().ok() }
    }
}

/// The fields of a line, split at commas outside quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    rest: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Of the text after a colon.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { rest: Some(text.trim()).filter(|text| !text.is_empty()) }
    }

    /// What is left, unsplit.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        self.rest.unwrap_or("")
    }

    /// The next field as a bare number.
    pub fn number(&mut self) -> Option<u32> {
        self.next()?.number()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let rest = self.rest.take()?;
        if let Some(inside) = rest.strip_prefix('"') {
            // A quote that never ends takes the rest of the line.
            let (text, after) = inside.split_once('"').unwrap_or((inside, ""));
            self.rest = after.split_once(',').map(|(_, next)| next.trim_start());
            return Some(Field { text, quoted: true });
        }
        let (text, after) = rest.split_once(',').map_or((rest, None), |(text, after)| (text, Some(after)));
        self.rest = after.map(str::trim_start);
        Some(Field { text: text.trim(), quoted: false })
    }
}

/// Reads a line; bytes that are no ASCII make it text of nothing.
#[must_use]
pub fn parse(bytes: &[u8]) -> Line<'_> {
    let line = core::str::from_utf8(bytes).unwrap_or("").trim();
    match line {
        "OK" => return Line::Ok,
        "ERROR" => return Line::Error(Fault::Plain),
        "NO CARRIER" => return Line::NoCarrier,
        _ => {}
    }
    let Some((name, fields)) = line.split_once(':') else { return Line::Text(line) };
    match name {
        "+CME ERROR" => Line::Error(Fault::Equipment(fields.trim().parse().ok())),
        "+CMS ERROR" => Line::Error(Fault::Message(fields.trim().parse().ok())),
        _ if is_name(name) => Line::Named(name, Fields::new(fields)),
        _ => Line::Text(line),
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    matches!(bytes.next(), Some(b'+' | b'*'))
        && name.len() > 1
        && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Bytes from hex of either case, into `out`; `None` where it is none or does not fit.
#[must_use]
pub fn from_hex<'b>(hex: &str, out: &'b mut [u8]) -> Option<&'b [u8]> {
    let digits = hex.as_bytes();
    let out = out.get_mut(..digits.len() / 2).filter(|_| digits.len().is_multiple_of(2))?;
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(out)
}
