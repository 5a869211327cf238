//! Secure Boot v2 and flash encryption: says which fuses would be burnt, in which order and why, and burns none itself.
//!
//! A chip must be in one of the states that the [`plan`] goes through, bit for bit: blank, finished, or stopped between
//! two commands. Anything else is refused, with the fuse that is not as it should be.

pub mod plan;
pub mod security;
pub mod summary;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use plan::{FLASH_KEY_BLOCK, PURPOSES, Step};
use security::{SecurityError, SecurityInfo};
use summary::{BLOCKS, Summary, SummaryError};

/// The first revision whose ROM has Secure Boot v2: 0.3, ECO3.
pub const LEAST_REVISION: (u32, u32) = (0, 3);
/// The most digests that the chip has slots for.
pub const MAX_DIGESTS: usize = 3;
const EMPTY: [u8; 32] = [0; 32];

/// The digest of a signing key, as `espsecure digest-sbv2-public-key` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Its file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: [u8; 32],
}

/// Why nothing should be burnt.
#[derive(Debug, thiserror::Error)]
pub enum FuseError {
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Not 32 bytes, or 32 that are all the same.
    #[error("{}: not 32 bytes of a {kind}", path.display())]
    Bytes {
        /// Which.
        path: PathBuf,
        /// A digest or a key.
        kind: &'static str,
    },
    /// None, too many, or one twice.
    #[error("one to {MAX_DIGESTS} digests, each another")]
    Digests,
    /// The summary.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// What was printed after the last command.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// Too old for Secure Boot v2.
    #[error("the chip is revision {}.{}: Secure Boot v2 needs {}.{}", found.0, found.1, LEAST_REVISION.0, LEAST_REVISION.1)]
    Revision {
        /// As the summary says.
        found: (u32, u32),
    },
    /// A fuse is not as any step of the plan leaves it.
    #[error("{name} is {found}, and {expected} {after}: burn nothing on this chip")]
    Surprise {
        /// The fuse.
        name: String,
        /// As it is.
        found: String,
        /// As it should be.
        expected: String,
        /// Where in the plan.
        after: String,
    },
    /// Asked whether the chip is finished, and it is not.
    #[error("not finished: {0} of {1} commands have been carried out")]
    Unfinished(usize, usize),
}

/// What is to be burnt.
#[derive(Debug)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    digests: Vec<Digest>,
}

impl Plan {
    /// With a file of 32 bytes that nobody can guess for the flash, and the digests of the keys that may sign.
    ///
    /// # Errors
    /// [`FuseError::File`], [`FuseError::Bytes`], [`FuseError::Digests`].
    pub fn new(flash_key: &Path, digests: &[PathBuf]) -> Result<Self, FuseError> {
        let key = read(flash_key, "flash key")?;
        let digest = |path: &PathBuf| Ok(Digest { path: path.clone(), bytes: read(path, "key's digest")? });
        let digests = digests.iter().map(digest).collect::<Result<Vec<_>, FuseError>>()?;
        let mut all: Vec<[u8; 32]> = digests.iter().map(|digest| digest.bytes).chain([key]).collect();
        all.sort_unstable();
        all.dedup();
        if !(1..=MAX_DIGESTS).contains(&digests.len()) || all.len() != digests.len() + 1 {
            return Err(FuseError::Digests);
        }
        Ok(Self { steps: plan::steps(flash_key, &digests), digests })
    }

    /// How many commands have been carried out on a chip: 0 is a blank one.
    ///
    /// # Errors
    /// [`FuseError::Revision`], or [`FuseError::Surprise`] with what is not as after the last command that can have been
    /// carried out.
    pub fn done(&self, summary: &Summary) -> Result<usize, FuseError> {
        if summary.revision < LEAST_REVISION {
            return Err(FuseError::Revision { found: summary.revision });
        }
        let differs = |done: usize| self.difference(done, summary);
        match (0..=self.steps.len()).rev().find(|done| differs(*done).is_none()) {
            Some(done) => Ok(done),
            None => Err(self.surprise(summary)),
        }
    }

    /// The first thing that is not as after so many commands: name, what is, what should be.
    fn difference(&self, done: usize, summary: &Summary) -> Option<(String, String, String)> {
        let mut expected: BTreeMap<&str, u32> = BTreeMap::new();
        for (name, bits) in self.steps[..done].iter().flat_map(|step| &step.burns) {
            *expected.entry(name).or_default() |= bits;
        }
        let value = |fuses: &BTreeMap<&str, u32>, name| fuses.get(name).copied().unwrap_or(0);
        for name in expected.keys().copied().chain(summary.fuses.keys().copied()) {
            let (is, should) = (value(&summary.fuses, name), value(&expected, name));
            if is != should {
                return Some((name.into(), format!("{is:#x}"), format!("{should:#x}")));
            }
        }
        let keyed: Vec<usize> = self.steps[..done].iter().filter_map(|step| step.block).collect();
        let shown = |block: Option<[u8; 32]>| match block {
            None => "not readable".to_owned(),
            Some(EMPTY) => "empty".to_owned(),
            Some(_) => "other bytes".to_owned(),
        };
        for (block, found) in (0..BLOCKS).zip(summary.keys) {
            let expected = match block {
                _ if !keyed.contains(&block) => Some(EMPTY),
                FLASH_KEY_BLOCK => None,
                _ => Some(self.digests[block - FLASH_KEY_BLOCK - 1].bytes),
            };
            if found != expected {
                let should =
                    if keyed.contains(&block) && expected.is_some() { "its digest".into() } else { shown(expected) };
                return Some((format!("BLOCK_KEY{block}"), shown(found), should));
            }
        }
        let others = ["BLOCK_USR_DATA", "BLOCK_SYS_DATA2"].into_iter().zip(summary.others);
        let mut others = others.filter(|(_, found)| *found != Some(EMPTY));
        others.next().map(|(name, found)| (name.into(), shown(found), "empty".into()))
    }

    /// Whether what a chip says of its security is what it says after the last command. Weaker than [`Plan::done`] on a
    /// summary: debug ports, write protection and the blocks' contents are not in it.
    ///
    /// # Errors
    /// [`FuseError::Surprise`] with the first fuse that is not as planned.
    pub fn finished(&self, info: &SecurityInfo) -> Result<(), FuseError> {
        let planned = |name: &str| {
            let burns = self.steps.iter().flat_map(|step| &step.burns).filter(|(burnt, _)| *burnt == name);
            burns.fold(0, |value, (_, bits)| value | bits)
        };
        for name in security::FLAGS.into_iter().chain(PURPOSES).chain(["SPI_BOOT_CRYPT_CNT"]) {
            let (is, should) = (info.value(name), planned(name));
            if is != should {
                let (found, expected) = (format!("{is:#x}"), format!("{should:#x}"));
                return Err(FuseError::Surprise {
                    name: name.into(),
                    found,
                    expected,
                    after: "after the last command".into(),
                });
            }
        }
        Ok(())
    }

    /// The surprise, told from the state that has most in common with the chip: the last whose fuses are all burnt.
    fn surprise(&self, summary: &Summary) -> FuseError {
        let is_burnt = |step: &Step| {
            step.burns.iter().all(|(name, bits)| summary.fuses.get(name).is_some_and(|value| value & bits == *bits))
        };
        let done = self.steps.iter().take_while(|step| is_burnt(step)).count();
        let (name, found, expected) = self.difference(done, summary).unwrap_or_default();
        let after = match done {
            0 => "on a blank chip".to_owned(),
            done => format!("after command {done}"),
        };
        FuseError::Surprise { name, found, expected, after }
    }

    /// What is left to do, as text: each command with its reason and the bits that it sets.
    #[must_use]
    pub fn text(&self, done: usize, port: &str) -> String {
        let mut text = String::new();
        for (number, step) in (1..).zip(&self.steps).skip(done) {
            let burns: Vec<String> = step.burns.iter().map(|(name, bits)| format!("{name} |= {bits:#x}")).collect();
            // Writing into a String cannot fail.
            let _ = writeln!(text, "# {number}. {}", step.reason);
            let block = step.block.map_or_else(String::new, |block| format!("BLOCK_KEY{block} = the file, "));
            let _ = writeln!(text, "#    burns {block}{}", burns.join(", "));
            let _ = writeln!(text, "espefuse --chip esp32c3 --port {port} {}\n", step.arguments.join(" "));
        }
        text
    }
}

/// Reads a summary.
///
/// # Errors
/// [`FuseError::File`], [`FuseError::Summary`].
pub fn read_summary(path: &Path) -> Result<Summary, FuseError> {
    let text = std::fs::read_to_string(path).map_err(|error| FuseError::File { path: path.into(), error })?;
    Ok(Summary::parse(&text)?)
}

fn read(path: &Path, kind: &'static str) -> Result<[u8; 32], FuseError> {
    let bytes = std::fs::read(path).map_err(|error| FuseError::File { path: path.into(), error })?;
    let bytes: Option<[u8; 32]> = bytes.try_into().ok().filter(|bytes: &[u8; 32]| *bytes != [bytes[0]; 32]);
    bytes.ok_or_else(|| FuseError::Bytes { path: path.into(), kind })
}
