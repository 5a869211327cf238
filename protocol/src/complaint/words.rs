//! What is done and said about complaints: in the words that are signed, and in the numbers of the contract.

use alloc::{borrow::ToOwned as _, string::String};
use core::{fmt, str::FromStr};

/// Words that stand for nothing that can be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} stands for nothing that can be signed")]
pub struct UnknownWords(pub String);

/// What is done to a complaint. Displayed, and parsed, in the words that are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Act {
    /// Seen, and taken on.
    Acknowledge = 2,
    /// The supply is back.
    ResolveFixed = 3,
    /// Closed all the same, and never counted as fixed.
    ResolveNotFixed = 4,
    /// Of another complaint of the area.
    ResolveDuplicate = 5,
    /// Another's responsibility.
    ResolveNotOurs = 6,
    /// No complaint at all.
    Reject = 7,
    /// Takes a resolution or rejection back.
    Reopen = 8,
}

impl Act {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 7] = [
        Self::Acknowledge,
        Self::ResolveFixed,
        Self::ResolveNotFixed,
        Self::ResolveDuplicate,
        Self::ResolveNotOurs,
        Self::Reject,
        Self::Reopen,
    ];

    /// The words that are signed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::ResolveFixed => "resolve: fixed",
            Self::ResolveNotFixed => "resolve: not fixed",
            Self::ResolveDuplicate => "resolve: duplicate",
            Self::ResolveNotOurs => "resolve: not ours",
            Self::Reject => "reject",
            Self::Reopen => "reopen",
        }
    }

    /// Whether it closes a complaint.
    #[must_use]
    pub const fn closes(self) -> bool {
        !matches!(self, Self::Acknowledge | Self::Reopen)
    }

    /// The contract's number of it.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What the contract's number stands for; none for that of the filing itself, which is no action.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.code() == code)
    }
}

/// What is said of a complaint without moving it. Displayed, and parsed, in the words that are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Say {
    /// By the filer or an official of the area.
    Note = 0,
    /// By anybody, once.
    AffectedToo = 1,
    /// By anybody, once for each time that the complaint was closed.
    StillOff = 2,
}

impl Say {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 3] = [Self::Note, Self::AffectedToo, Self::StillOff];

    /// The words that are signed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::AffectedToo => "affected too",
            Self::StillOff => "still off",
        }
    }

    /// The contract's number of it.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What the contract's number stands for.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|say| say.code() == code)
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl fmt::Display for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl FromStr for Act {
    type Err = UnknownWords;

    fn from_str(words: &str) -> Result<Self, UnknownWords> {
        Self::ALL.into_iter().find(|act| act.words() == words).ok_or_else(|| UnknownWords(words.to_owned()))
    }
}

impl FromStr for Say {
    type Err = UnknownWords;

    fn from_str(words: &str) -> Result<Self, UnknownWords> {
        Self::ALL.into_iter().find(|say| say.words() == words).ok_or_else(|| UnknownWords(words.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_come_back() {
        for act in Act::ALL {
            assert_eq!(act.words().parse::<Act>().unwrap(), act);
            assert_eq!(Act::from_code(act.code()), Some(act));
        }
        for say in Say::ALL {
            assert_eq!(say.words().parse::<Say>().unwrap(), say);
            assert_eq!(Say::from_code(say.code()), Some(say));
        }
        assert_eq!("Resolve: fixed".parse::<Act>(), Err(UnknownWords("Resolve: fixed".into())));
        assert_eq!((Act::from_code(1), Act::from_code(9), Say::from_code(3)), (None, None, None));
        assert!(Act::Reject.closes() && !Act::Acknowledge.closes() && !Act::Reopen.closes());
    }
}
