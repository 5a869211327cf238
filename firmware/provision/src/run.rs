//! A device from the bench to its label. Each step looks at what is there already, so that a run that was cut off is
//! begun again from the start, and a device that is finished is read, not redone.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use device::console::MAX_PART;

use crate::{
    label,
    partition::write_private,
    request::{self, RequestError},
    site::{SiteError, SiteFile},
    talk::{Talk, TalkError, Words},
};

/// The row of the roster, one line of canonical JSON.
pub const ROSTER_ENTRY: &str = "roster-entry.json";
/// The request for a certificate.
pub const REQUEST: &str = "request.pem";
/// The label, to be printed.
pub const LABEL: &str = "label.svg";
/// The settings partition. Holds the broker's password.
pub const SETTINGS: &str = "settings.bin";

/// Requests until the queue's partition of any board is erased.
const MAX_ERASES: usize = node::flash::MAX_SECTORS.div_ceil(device::limits::MAX_ERASED);

/// What to do beyond key, settings and files.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// The serial number of the part whose key may be made: it cannot be undone.
    pub confirmed_serial: Option<String>,
    /// Close the console for good.
    pub seal: bool,
    /// Where the device had another id, or none that can be read: erase its records, delivered or not.
    pub erase: bool,
}

/// Where a run ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The line, or the device's refusal.
    #[error(transparent)]
    Talk(#[from] TalkError),
    /// The site file.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The certificate request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The label's code.
    #[error("the address does not fit a code: {0}")]
    Label(#[from] qrcode::types::QrError),
    /// A file.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Nobody has said that the secure element's key may be made.
    #[error("secure element {0} has no key yet. Making it locks the part for good: run this again with --confirm {0}")]
    Unconfirmed(String),
    /// Nobody has said that a bare board's key may be made.
    #[error("board {0} has no key yet. It is made in flash that can be read: run this again with --confirm {0}")]
    UnconfirmedBoard(String),
    /// The site file is another device's.
    #[error("the device is sealed as {found}, the site file is of {wanted}")]
    OtherDevice {
        /// As the device says.
        found: String,
        /// As the file says.
        wanted: String,
    },
    /// The records are still there after as many requests as any board needs.
    #[error("the device erases and erases, and its flash is still not empty: it is broken")]
    Erase,
    /// Key and id do not go together.
    #[error("a board without a secure element, and no other, has an id that begins with development-")]
    Kind,
}

/// Takes a device through every step that it lacks, and writes what is to be known of it into `out`; says what it
/// does, line by line.
///
/// # Errors
/// [`RunError`]: begin again.
pub fn run<P: Read + Write>(
    talk: &mut Talk<P>,
    site: &SiteFile,
    out: &Path,
    order: &Order,
    say: &mut impl FnMut(&str),
) -> Result<(), RunError> {
    let device_id = site.device_id()?;
    let found = Words::of(&talk.ask("who")?);
    let serial = found.get("serial")?;
    say(&format!("found {} {serial}, firmware {}", found.get("kind")?, found.get("release")?));
    let is_development = found.get("kind")? == "development";
    if is_development != device_id.starts_with(protocol::roster::DEVELOPMENT_PREFIX) {
        return Err(RunError::Kind);
    }
    let is_sealed = found.get("sealed")? == "yes";
    if is_sealed && found.get("settings")? != device_id {
        return Err(RunError::OtherDevice { found: found.get("settings")?.into(), wanted: device_id.into() });
    }
    let public_key = if found.get("state")? == "done" {
        say("the key is there already: it is read, not made");
        found.key()?
    } else {
        if order.confirmed_serial.as_deref() != Some(serial) {
            let unconfirmed = if is_development { RunError::UnconfirmedBoard } else { RunError::Unconfirmed };
            return Err(unconfirmed(serial.into()));
        }
        let where_to = if is_development { "in the flash" } else { "inside the part, and locking it" };
        say(&format!("making the key {where_to}"));
        Words::of(&talk.ask(&format!("key irrevocably {serial}"))?).key()?
    };
    let row = site.row(&public_key)?;
    std::fs::create_dir_all(out).map_err(|error| RunError::File { path: out.into(), error })?;
    let write = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        write_private(&path, bytes).map_err(|error| RunError::File { path, error })
    };
    if is_sealed {
        say("sealed: its settings stay, and no certificate request can be made");
    } else {
        let partition = site.partition()?;
        write(SETTINGS, &partition)?;
        if order.erase && found.get("settings")? == device_id {
            say("it has this id already: its records are its own, and none are erased");
        } else if order.erase {
            say("erasing the records in its flash: what was not delivered is lost");
            erase(talk, serial)?;
        }
        say("writing the settings");
        let settings = send_settings(talk, &partition)?;
        say(&format!("the device has read its settings back: {settings}"));
        say("having it sign a certificate request");
        write(REQUEST, request::request(talk, device_id, &public_key)?.as_bytes())?;
        report_test(&Words::of(&talk.ask("test")?), say)?;
    }
    write(ROSTER_ENTRY, &row.to_bytes())?;
    write(LABEL, label::label(&row, serial, &site.address())?.as_bytes())?;
    say(&format!("{}: {ROSTER_ENTRY}, {LABEL}{}", out.display(), if is_sealed { "" } else { ", request.pem" }));
    if !is_sealed && order.seal {
        talk.ask(&format!("seal {device_id}"))?;
        say("sealed: the console says who it is, and nothing else, from now on");
    }
    // One at work already knows no such command.
    if talk.ask("start").is_ok() {
        say("the device starts");
    }
    Ok(())
}

/// Has all records erased, a part at a time.
fn erase<P: Read + Write>(talk: &mut Talk<P>, serial: &str) -> Result<(), RunError> {
    for _ in 0..MAX_ERASES {
        if talk.ask(&format!("erase irrevocably {serial}"))? == "erased=all" {
            return Ok(());
        }
    }
    Err(RunError::Erase)
}

/// Sends the text of a partition in parts, and has it checked and kept; gives whose it is.
fn send_settings<P: Read + Write>(talk: &mut Talk<P>, partition: &[u8]) -> Result<String, TalkError> {
    let end = partition.iter().position(|byte| *byte == 0xff).unwrap_or(partition.len());
    for (part, offset) in partition[..end].chunks(MAX_PART).zip((0..).step_by(MAX_PART)) {
        talk.ask(&format!("settings {offset} {}", HEXLOWER.encode(part)))?;
    }
    Ok(Words::of(&talk.ask("store")?).get("settings")?.into())
}

/// Mains are usually not connected on the bench, and a missing modem is a fault: both are said, neither ends the run.
fn report_test(found: &Words, say: &mut impl FnMut(&str)) -> Result<(), TalkError> {
    let mains = match found.get("mains")? {
        "0" => "no mains",
        _ => "mains are there",
    };
    say(&format!("test: key {}, modem {}, {mains}", found.get("key")?, found.get("modem")?));
    Ok(())
}
