//! The next version of an area's roster, from the one before and the entries of devices that were provisioned: the
//! blocks to publish, and what the registrar tells the contract.

use std::path::{Path, PathBuf};

use protocol::{
    MAX_INTEGER, cid, digest,
    roster::{self, Device, Roster, RosterError, SealedRoster},
    to_hex,
};
use serde_json::{Value, json};

/// The header's file in a folder of a version.
pub const HEADER: &str = "header.json";
/// What the contract is told, in that folder.
pub const PUBLISH: &str = "publish.json";
/// The contract's function, as `cast` takes it.
pub const FUNCTION: &str = "publish(bytes32,uint64,bytes32,bytes32,uint32,uint40)";

/// The file of a block of rows.
#[must_use]
pub fn block_name(number: usize) -> String {
    format!("rows-{number:03}.jsonl")
}

/// An area that has no roster yet.
#[derive(Clone, Debug)]
pub struct Area {
    /// 1-31 of a-z, 0-9 and `-`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Its offset from UTC in seconds.
    pub utc_offset_s: i32,
}

/// A device that leaves its site.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Which.
    pub device_id: String,
    /// The last of its sequences that counts.
    pub last_sequence: u64,
    /// Why.
    pub reason: String,
}

/// Why there is no next version.
#[derive(Debug, thiserror::Error)]
pub enum NextError {
    /// A file.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The folder's header is none.
    #[error("{}: not a roster's header", .0.display())]
    Header(PathBuf),
    /// A roster's rules.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// A name that has another key, or was removed.
    #[error(
        "{0} is in the roster already, with another key or removed: a new key is a new device with a name of its own"
    )]
    Taken(String),
    /// Nobody of that name, or removed before.
    #[error("{0} is not in the roster, or not any more")]
    Absent(String),
    /// A version in force cannot lie before the last one's.
    #[error("the version before takes effect at {0}: this one takes effect then or later")]
    Effective(u64),
}

fn read(path: &Path) -> Result<Vec<u8>, NextError> {
    std::fs::read(path).map_err(|error| NextError::File { path: path.into(), error })
}

/// A version from its folder, checked as every reader checks it; that it is the anchored one is its digest's matter.
///
/// # Errors
/// [`NextError`].
pub fn load(folder: &Path) -> Result<Roster, NextError> {
    let path = folder.join(HEADER);
    let header = read(&path)?;
    let fields: Option<Value> = serde_json::from_slice(&header).ok();
    let root = fields.as_ref().and_then(|fields| protocol::from_hex(fields["root"].as_str()?));
    let root = root.ok_or(NextError::Header(path))?;
    let count = roster::listed_blocks(&header, &digest(&header))?.len();
    let blocks = (0..count).map(|number| read(&folder.join(block_name(number)))).collect::<Result<Vec<_>, _>>()?;
    Ok(roster::verify(&header, &blocks, &digest(&header), &root)?)
}

/// Entries of devices, each in the file that `provision device` wrote.
///
/// # Errors
/// [`NextError::File`], [`NextError::Roster`].
pub fn entries(files: &[PathBuf]) -> Result<Vec<Device>, NextError> {
    files.iter().map(|path| Ok(Device::parse(&read(path)?)?)).collect()
}

/// The next version: rows of the one before, entries added or, under the same key, replaced, and removals marked.
///
/// # Errors
/// [`NextError`].
pub fn next(
    before: Result<Roster, Area>,
    entries: Vec<Device>,
    removals: &[Removal],
    effective_from_unix_s: u64,
) -> Result<Roster, NextError> {
    let (area, version, mut rows) = match before {
        Ok(before) if effective_from_unix_s < before.effective_from_unix_s => {
            return Err(NextError::Effective(before.effective_from_unix_s));
        }
        Ok(before) => {
            let rows = before.devices().to_vec();
            (
                Area { id: before.area_id, name: before.name, utc_offset_s: before.utc_offset_s },
                before.version + 1,
                rows,
            )
        }
        Err(area) => (area, 1, Vec::new()),
    };
    for entry in entries {
        match rows.iter_mut().find(|row| row.device_id == entry.device_id) {
            Some(row) if row.public_key == entry.public_key && row.removed.is_none() => *row = entry,
            Some(row) => return Err(NextError::Taken(row.device_id.clone())),
            None => rows.push(entry),
        }
    }
    for removal in removals {
        let row = rows.iter_mut().find(|row| row.device_id == removal.device_id && row.removed.is_none());
        let row = row.ok_or_else(|| NextError::Absent(removal.device_id.clone()))?;
        row.last_sequence = removal.last_sequence.min(MAX_INTEGER);
        row.removed = Some(removal.reason.clone());
    }
    let roster = Roster::new(area.id, area.name, version, effective_from_unix_s, area.utc_offset_s, rows)?;
    // What was given as text is spelt as a reader takes it, or refused here.
    let SealedRoster { header, digest, root, blocks } = roster.seal();
    Ok(roster::verify(&header, &blocks, &digest, &root)?)
}

/// Writes the blocks and what the contract is told; says the latter.
///
/// # Errors
/// [`NextError::File`].
pub fn write(roster: &Roster, folder: &Path) -> Result<Value, NextError> {
    let sealed = roster.seal();
    let names = (0..).map(block_name).zip(&sealed.blocks).chain([(HEADER.to_owned(), &sealed.header)]);
    let mut area = [0; 32];
    area[..roster.area_id.len()].copy_from_slice(roster.area_id.as_bytes());
    let told = json!({
        "function": FUNCTION,
        "arguments": [
            format!("0x{}", to_hex(&area)),
            roster.version.to_string(),
            format!("0x{}", to_hex(&sealed.digest)),
            format!("0x{}", to_hex(&sealed.root)),
            roster.devices().len().to_string(),
            roster.effective_from_unix_s.to_string(),
        ],
        "header_cid": cid::from_digest(&sealed.digest),
    });
    let save = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| NextError::File { path, error })
    };
    std::fs::create_dir_all(folder).map_err(|error| NextError::File { path: folder.into(), error })?;
    for (name, bytes) in names {
        save(&name, bytes)?;
    }
    save(PUBLISH, format!("{told:#}\n").as_bytes())?;
    Ok(told)
}
