//! Requests to a console and its answers, on a line that may damage and lose both.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use device::console::line::{self, Lines};

/// How often a request is sent before the device counts as silent.
pub const MAX_TRIES: u32 = 4;
/// An answer takes at most this: the longest are the test of the parts and the making of a key.
pub const ANSWER_WAIT: Duration = Duration::from_secs(8);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// The port is gone.
    #[error("the port: {0}")]
    Port(#[from] io::Error),
    /// It says nothing.
    #[error(
        "the device does not answer: press its reset button and try again at once (an unsealed device listens for ten \
         seconds after its start); check the port and the cable"
    )]
    Silent,
    /// It says no.
    #[error("the device refuses: {0}")]
    Refused(String),
    /// It says what nobody understands: another release of its firmware.
    #[error("the device's answer lacks {0}: it runs another release, or is no device of ours")]
    Answer(&'static str),
}

/// A line to a console.
#[derive(Debug)]
pub struct Talk<P> {
    port: P,
    lines: Lines,
    number: u32,
    wait: Duration,
}

/// The `name=value` words of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(HashMap<String, String>);

impl Words {
    /// From an answer.
    #[must_use]
    pub fn of(answer: &str) -> Self {
        Self(answer.split(' ').filter_map(|word| word.split_once('=')).map(|(n, v)| (n.into(), v.into())).collect())
    }

    /// A word's value.
    ///
    /// # Errors
    /// [`TalkError::Answer`].
    pub fn get(&self, name: &'static str) -> Result<&str, TalkError> {
        self.0.get(name).map(String::as_str).ok_or(TalkError::Answer(name))
    }

    /// A public key, X||Y, from its 130 digits.
    ///
    /// # Errors
    /// [`TalkError::Answer`].
    pub fn key(&self) -> Result<[u8; 64], TalkError> {
        let digits = self.get("key")?.strip_prefix("04").ok_or(TalkError::Answer("key"))?;
        let bytes = HEXLOWER.decode(digits.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or(TalkError::Answer("key"))
    }
}

impl<P: Read + Write> Talk<P> {
    /// On a port whose reads end after some time, with whatever there is.
    pub fn new(port: P) -> Self {
        Self { port, lines: Lines::default(), number: 0, wait: ANSWER_WAIT }
    }

    /// With another longest wait for an answer.
    #[must_use]
    pub fn with_wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Sends a request until it is answered; gives what stands after `ok`.
    ///
    /// # Errors
    /// [`TalkError`].
    pub fn ask(&mut self, command: &str) -> Result<String, TalkError> {
        self.number += 1;
        let number = self.number;
        for _ in 0..MAX_TRIES {
            self.port.write_all(line::close(&format!("{number} {command}")).as_bytes())?;
            self.port.flush()?;
            match self.answer(number)? {
                Some(Ok(says)) => return Ok(says),
                Some(Err(reason)) => return Err(TalkError::Refused(reason)),
                None => {}
            }
        }
        Err(TalkError::Silent)
    }

    /// The answer to a request; `None` where it did not come, or the request came damaged.
    fn answer(&mut self, number: u32) -> Result<Option<Result<String, String>>, TalkError> {
        let until = Instant::now() + self.wait;
        while let Some(text) = self.next_line(until)? {
            let (whose, answer) = text.split_once(' ').unwrap_or(("", ""));
            if whose == "0" && answer.starts_with("no ") {
                return Ok(None);
            }
            // Answers to requests that were given up on pass by.
            if whose == number.to_string() {
                return Ok(match answer.split_once(' ').unwrap_or((answer, "")) {
                    ("ok", says) => Some(Ok(says.into())),
                    ("no", reason) => Some(Err(reason.into())),
                    _ => None,
                });
            }
        }
        Ok(None)
    }

    /// The next whole line up to a time; what is damaged or no line of a console passes by.
    ///
    /// # Errors
    /// [`TalkError::Port`].
    pub fn next_line(&mut self, until: Instant) -> Result<Option<String>, TalkError> {
        let mut byte = [0];
        while Instant::now() < until {
            match self.port.read(&mut byte) {
                Ok(0) => {}
                Ok(_) => {
                    if let Some(Ok(text)) = self.lines.take(byte[0]) {
                        return Ok(Some(text.into()));
                    }
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Says a line and does not wait for an answer.
    ///
    /// # Errors
    /// [`TalkError::Port`].
    pub fn tell(&mut self, command: &str) -> Result<u32, TalkError> {
        self.number += 1;
        self.port.write_all(line::close(&format!("{} {command}", self.number)).as_bytes())?;
        Ok(self.number)
    }
}
