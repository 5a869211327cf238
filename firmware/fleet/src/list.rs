//! The fleet's own list: what it made and what was receipted, for whoever checks later that all of it was anchored.
//! Only appended to, one JSON object a line:
//! - `{"event":"made","device_id":…,"sequence":…,"leaf":…,"kind":…,"area_id":…}` before a record's first publish;
//! - `{"event":"dropped","device_id":…,"from":…,"to":…}`: overwritten in a full queue, inclusive;
//! - `{"event":"receipted_up_to","device_id":…,"sequence":…}`: every record of the device up to there is receipted.
//!
//! A line may stand twice after a kill, never with other content.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{BufRead as _, BufReader, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use node::Stored;
use protocol::merkle;
use serde::{Deserialize, Serialize};

use crate::{journal::Kept, scenario::Site};

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ListEvent {
    /// A record was made and signed.
    Made {
        /// Whose.
        device_id: String,
        /// Its sequence.
        sequence: u64,
        /// Its leaf, in hex.
        leaf: String,
        /// `transformer`, `street` or `house`.
        kind: String,
        /// Its area.
        area_id: String,
    },
    /// Records were overwritten in a full queue.
    Dropped {
        /// Whose.
        device_id: String,
        /// First sequence.
        from: u64,
        /// Last sequence.
        to: u64,
    },
    /// Everything up to a sequence is receipted.
    ReceiptedUpTo {
        /// Whose.
        device_id: String,
        /// Inclusive.
        sequence: u64,
    },
}

/// Why the list cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("list {path}: {error}")]
pub struct ListError {
    path: PathBuf,
    error: std::io::Error,
}

/// The list, open for appending.
#[derive(Debug)]
pub struct List {
    file: File,
    buffer: Vec<u8>,
    /// By device: up to where `dropped` was said.
    dropped_to: HashMap<String, u64>,
}

/// What an existing list says of a device.
#[derive(Default)]
struct Said {
    made: HashSet<u64>,
    receipted: Option<u64>,
}

impl List {
    /// Opens or makes the list and appends what a kill kept out of it: the journal knows.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn open(path: &Path, sites: &[Site], stored: &HashMap<String, Stored>) -> Result<Self, ListError> {
        let broken = |error| ListError { path: path.into(), error };
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(broken)?;
        let said = read(&mut file).map_err(broken)?;
        let mut list = Self { file, buffer: Vec::new(), dropped_to: HashMap::new() };
        for site in sites {
            let Some(stored) = stored.get(&site.device_id) else { continue };
            let none = Said::default();
            let said = said.get(&site.device_id).unwrap_or(&none);
            for entry in &stored.entries {
                if let Some(bytes) = entry.bytes.as_ref().filter(|_| !said.made.contains(&entry.draft.sequence)) {
                    list.append(site, &[Kept::Signed(entry.draft.sequence, bytes.clone())]);
                }
            }
            if let Some(draft) = stored.last {
                list.append(site, &[Kept::Made(draft)]);
            }
            if let Some(sequence) = stored.receipted.filter(|_| stored.receipted > said.receipted) {
                list.append(site, &[Kept::Receipted(sequence)]);
            }
        }
        list.commit().map_err(broken)?;
        Ok(list)
    }

    /// Takes changes of a device; in the file after [`List::commit`].
    pub fn append(&mut self, site: &Site, changes: &[Kept]) {
        for change in changes {
            let device_id = site.device_id.clone();
            let event = match change {
                Kept::Signed(sequence, bytes) => ListEvent::Made {
                    device_id,
                    sequence: *sequence,
                    leaf: protocol::to_hex(&merkle::leaf_hash(bytes)),
                    kind: site.kind.as_str().into(),
                    area_id: site.area_id.clone(),
                },
                Kept::Timed(..) => continue,
                Kept::Receipted(sequence) => ListEvent::ReceiptedUpTo { device_id, sequence: *sequence },
                Kept::Made(draft) => {
                    let Some((from, to)) = draft.dropped else { continue };
                    if self.dropped_to.insert(device_id.clone(), to).is_some_and(|said| said >= to) {
                        continue;
                    }
                    ListEvent::Dropped { device_id, from, to }
                }
            };
            // Writing into a Vec cannot fail.
            let _ = serde_json::to_writer(&mut self.buffer, &event);
            self.buffer.push(b'\n');
        }
    }

    /// Writes everything appended.
    ///
    /// # Errors
    /// Of the file system.
    pub fn commit(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        self.file.sync_data()
    }
}

/// Reads the whole lines and leaves the file at their end, a torn one cut off.
fn read(file: &mut File) -> std::io::Result<HashMap<String, Said>> {
    let mut said: HashMap<String, Said> = HashMap::new();
    let mut reader = BufReader::new(&*file);
    let (mut line, mut end) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        match serde_json::from_slice(&line) {
            Ok(ListEvent::Made { device_id, sequence, .. }) => {
                said.entry(device_id).or_default().made.insert(sequence);
            }
            Ok(ListEvent::ReceiptedUpTo { device_id, sequence }) => {
                let said = said.entry(device_id).or_default();
                said.receipted = said.receipted.max(Some(sequence));
                said.made.retain(|made| *made > sequence);
            }
            Ok(ListEvent::Dropped { .. }) => {}
            Err(_) => break,
        }
        end += line.len() as u64;
        line.clear();
    }
    file.set_len(end)?;
    file.seek(std::io::SeekFrom::Start(end))?;
    Ok(said)
}
