//! What must survive a kill: every change of every device, one a line, durable before anything is published.
//!
//! A line is `<checksum> <kind> <device> ...`, the checksum being the first eight hex digits of the SHA-256 of the rest:
//! - `m <device> <sequence> <status> <stamp> <previous|-> <dropped_from|-> <dropped_to|->`: a record was made. The status is
//!   ON or OFF, of three phases with these (`OFF/101`); the stamp a UNIX time, with its quality if that is stated
//!   (`1795000000/sntp`), or `+` and the milliseconds since the start;
//! - `t <device> <sequence> <stamp>`: its time became known;
//! - `s <device> <sequence> <record>`: it was signed;
//! - `r <device> <sequence>`: everything up to there is receipted;
//! - `l ...`: as `m`, the last record of a device whose records are all receipted (after a compaction).
//!
//! What follows the first line that does not check was never durable, so nothing of it was published: it is cut off.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use node::{Change, Draft, Entry, Stamp, Store, Stored};
use protocol::record::{Phases, PowerStatus, TimeQuality};

/// A change with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// See [`Change::Made`].
    Made(Draft),
    /// See [`Change::Timed`].
    Timed(u64, u64, TimeQuality),
    /// See [`Change::Signed`].
    Signed(u64, Vec<u8>),
    /// See [`Change::Receipted`].
    Receipted(u64),
}

/// What one device has stored, with the changes since the last commit.
#[derive(Debug, Default)]
pub struct Pending {
    stored: Stored,
    /// Since the last commit.
    pub changes: Vec<Kept>,
}

impl Pending {
    /// Goes on from what the journal says.
    #[must_use]
    pub fn new(stored: Stored) -> Self {
        Self { stored, changes: Vec::new() }
    }
}

impl Store for Pending {
    fn keep(&mut self, change: Change<'_>) {
        self.stored.keep(change);
        self.changes.push(match change {
            Change::Made(draft) => Kept::Made(draft),
            Change::Timed { sequence, unix_s, quality } => Kept::Timed(sequence, unix_s, quality),
            Change::Signed { sequence, bytes } => Kept::Signed(sequence, bytes.to_vec()),
            Change::Receipted { sequence } => Kept::Receipted(sequence),
        });
    }

    fn entry(&mut self, sequence: u64) -> Option<Entry> {
        self.stored.entry(sequence)
    }
}

/// The journal, open for appending.
#[derive(Debug)]
pub struct Journal {
    file: File,
    buffer: Vec<u8>,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("journal {path}: {error}")]
pub struct JournalError {
    path: PathBuf,
    error: std::io::Error,
}

impl Journal {
    /// Reads what is there, writes it again without what is receipted, and opens it for appending.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<(Self, HashMap<String, Stored>), JournalError> {
        let broken = |error| JournalError { path: path.into(), error };
        let devices = read(path).map_err(broken)?;
        let file = compact(path, &devices).map_err(broken)?;
        Ok((Self { file, buffer: Vec::new() }, devices))
    }

    /// Takes changes of a device; durable after [`Journal::commit`].
    pub fn append(&mut self, device_id: &str, changes: &[Kept]) {
        for change in changes {
            write_change(&mut self.buffer, device_id, change);
        }
    }

    /// Makes everything appended durable.
    ///
    /// # Errors
    /// Of the file system. Nothing may be published then.
    pub fn commit(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.buffer)?;
        self.buffer.clear();
        self.file.sync_data()
    }
}

fn write_line(out: &mut Vec<u8>, body: &[u8]) {
    out.extend_from_slice(&checksum(body));
    out.push(b' ');
    out.extend_from_slice(body);
    out.push(b'\n');
}

fn checksum(body: &[u8]) -> [u8; 8] {
    let hex = protocol::to_hex(&protocol::digest(body)[..4]);
    hex.as_bytes().try_into().expect("four bytes are eight digits")
}

fn write_change(out: &mut Vec<u8>, device_id: &str, change: &Kept) {
    let body = match change {
        Kept::Made(draft) => draft_line('m', device_id, draft),
        Kept::Timed(sequence, unix_s, quality) => {
            let stamp = Stamp::Known { unix_s: *unix_s, quality: Some(*quality) };
            format!("t {device_id} {sequence} {}", stamp_word(stamp)).into_bytes()
        }
        Kept::Signed(sequence, bytes) => {
            let mut body = format!("s {device_id} {sequence} ").into_bytes();
            body.extend_from_slice(bytes);
            body
        }
        Kept::Receipted(sequence) => format!("r {device_id} {sequence}").into_bytes(),
    };
    write_line(out, &body);
}

fn draft_line(kind: char, device_id: &str, draft: &Draft) -> Vec<u8> {
    let or_dash = |number: Option<u64>| number.map_or("-".into(), |number| number.to_string());
    let phases = draft.phases.map_or(String::new(), |phases| format!("/{}", phases.as_str()));
    format!(
        "{kind} {device_id} {} {}{phases} {} {} {} {}",
        draft.sequence,
        draft.power_status.as_str(),
        stamp_word(draft.stamp),
        or_dash(draft.previous_sequence),
        or_dash(draft.dropped.map(|(from, _)| from)),
        or_dash(draft.dropped.map(|(_, to)| to)),
    )
    .into_bytes()
}

fn stamp_word(stamp: Stamp) -> String {
    match stamp {
        Stamp::Known { unix_s, quality: None } => unix_s.to_string(),
        Stamp::Known { unix_s, quality: Some(quality) } => format!("{unix_s}/{}", quality.as_str()),
        Stamp::SinceStart { ms } => format!("+{ms}"),
    }
}

fn parse_stamp(word: &str) -> Option<Stamp> {
    if let Some(ms) = word.strip_prefix('+') {
        return Some(Stamp::SinceStart { ms: ms.parse().ok()? });
    }
    let (unix_s, quality) = match word.split_once('/') {
        Some((unix_s, quality)) => (unix_s, Some(TimeQuality::from_text(quality)?)),
        None => (word, None),
    };
    Some(Stamp::Known { unix_s: unix_s.parse().ok()?, quality })
}

fn read(path: &Path) -> std::io::Result<HashMap<String, Stored>> {
    let mut devices = HashMap::new();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(devices),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut read = 0;
    while reader.read_until(b'\n', &mut line)? > 0 {
        if apply(&mut devices, &line).is_none() {
            tracing::warn!(bytes = length - read, "the journal's end was never durable: cut off");
            break;
        }
        read += line.len() as u64;
        line.clear();
    }
    Ok(devices)
}

/// Folds a line in; `None` where it is torn.
fn apply(devices: &mut HashMap<String, Stored>, line: &[u8]) -> Option<()> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, body) = line.split_at_checked(8)?;
    let body = body.strip_prefix(b" ")?;
    if checksum(body) != sum {
        return None;
    }
    let mut words = std::str::from_utf8(body).ok()?.splitn(4, ' ');
    let (kind, device_id) = (words.next()?, words.next()?);
    let sequence: u64 = words.next()?.parse().ok()?;
    let rest = words.next();
    let stored = devices.entry(device_id.to_owned()).or_default();
    match kind {
        "m" => stored.apply(Change::Made(parse_draft(sequence, rest?)?)),
        "l" => stored.last = Some(parse_draft(sequence, rest?)?),
        "t" => match parse_stamp(rest?)? {
            Stamp::Known { unix_s, quality: Some(quality) } => {
                stored.apply(Change::Timed { sequence, unix_s, quality })
            }
            _ => return None,
        },
        "s" => stored.apply(Change::Signed { sequence, bytes: rest?.as_bytes() }),
        "r" => stored.apply(Change::Receipted { sequence }),
        _ => return None,
    }
    Some(())
}

fn parse_draft(sequence: u64, rest: &str) -> Option<Draft> {
    let words: Vec<&str> = rest.split(' ').collect();
    let [status, stamp, previous, from, to] = words[..] else { return None };
    let number = |word: &str| if word == "-" { Some(None) } else { word.parse().ok().map(Some) };
    let (status, phases) = match status.split_once('/') {
        Some((status, phases)) => (status, Some(Phases::from_text(phases)?)),
        None => (status, None),
    };
    let power_status = [PowerStatus::On, PowerStatus::Off].into_iter().find(|known| known.as_str() == status)?;
    Some(Draft {
        dropped: number(from)?.zip(number(to)?),
        phases,
        power_status,
        previous_sequence: number(previous)?,
        sequence,
        stamp: parse_stamp(stamp)?,
    })
}

/// Replaces the journal by the shortest one that says the same. A crash leaves the old one or the new one.
fn compact(path: &Path, devices: &HashMap<String, Stored>) -> std::io::Result<File> {
    let temporary = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&temporary)?);
    for (device_id, stored) in devices {
        let mut lines = Vec::new();
        if let Some(sequence) = stored.receipted {
            write_change(&mut lines, device_id, &Kept::Receipted(sequence));
        }
        for entry in &stored.entries {
            write_change(&mut lines, device_id, &Kept::Made(entry.draft));
            if let Some(bytes) = &entry.bytes {
                write_change(&mut lines, device_id, &Kept::Signed(entry.draft.sequence, bytes.clone()));
            }
        }
        if let Some(last) = stored.last.filter(|_| stored.entries.is_empty()) {
            write_line(&mut lines, &draft_line('l', device_id, &last));
        }
        file.write_all(&lines)?;
    }
    let file = file.into_inner()?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(sequence: u64, dropped: Option<(u64, u64)>) -> Draft {
        let stamp = Stamp::Known { unix_s: 5, quality: None };
        Draft { dropped, phases: None, power_status: PowerStatus::Off, previous_sequence: None, sequence, stamp }
    }

    /// Everything up to 7 done, 8 signed, 9 not.
    fn some(path: &Path) -> HashMap<String, Stored> {
        let (mut journal, nothing) = Journal::open(path).unwrap();
        assert!(nothing.is_empty());
        let mut changes: Vec<Kept> = (1..=9).map(|sequence| Kept::Made(draft(sequence, None))).collect();
        changes.push(Kept::Signed(8, b"{\"a b\"}".to_vec()));
        changes.push(Kept::Receipted(7));
        journal.append("d-1", &changes);
        journal.append("d-2", &[Kept::Made(draft(1, None)), Kept::Made(draft(2, Some((1, 1)))), Kept::Receipted(2)]);
        journal.commit().unwrap();
        Journal::open(path).unwrap().1
    }

    #[test]
    fn what_was_committed_is_there_after_any_number_of_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let devices = some(&path);
        let one = &devices["d-1"];
        assert_eq!((one.receipted, one.last, one.entries.len()), (Some(7), Some(draft(9, None)), 2));
        assert_eq!(one.entries[0].bytes.as_deref(), Some(&b"{\"a b\"}"[..]));
        assert_eq!((devices["d-2"].last, devices["d-2"].entries.len()), (Some(draft(2, Some((1, 1)))), 0));
        assert_eq!(Journal::open(&path).unwrap().1, devices);
    }

    #[test]
    fn phases_and_times_of_every_kind_are_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let (mut journal, _) = Journal::open(&path).unwrap();
        let late = Stamp::SinceStart { ms: 70 };
        let known = |quality| Stamp::Known { unix_s: 7, quality };
        let drafts: Vec<Draft> = [late, late, known(None), known(Some(TimeQuality::Sntp))]
            .into_iter()
            .zip(1..)
            .map(|(stamp, sequence)| Draft { stamp, phases: Phases::from_text("011"), ..draft(sequence, None) })
            .collect();
        let mut changes: Vec<Kept> = drafts.iter().copied().map(Kept::Made).collect();
        changes.push(Kept::Timed(1, 7, TimeQuality::UpperBound));
        journal.append("d-1", &changes);
        journal.commit().unwrap();
        let devices = Journal::open(&path).unwrap().1;
        let entries: Vec<Draft> = devices["d-1"].entries.iter().map(|entry| entry.draft).collect();
        assert_eq!(entries[0], Draft { stamp: known(Some(TimeQuality::UpperBound)), ..drafts[0] });
        assert_eq!(entries[1..], drafts[1..]);
        assert_eq!(Journal::open(&path).unwrap().1, devices, "after a compaction");
    }

    #[test]
    fn a_torn_end_is_cut_off_wherever_it_is_torn() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let before = some(&path);
        let whole = std::fs::read(&path).unwrap();
        let mut line = Vec::new();
        write_change(&mut line, "d-1", &Kept::Made(draft(10, None)));
        for cut in 0..line.len() {
            std::fs::write(&path, [&whole[..], &line[..cut]].concat()).unwrap();
            assert_eq!(Journal::open(&path).unwrap().1, before, "cut at {cut}");
        }
        let mut flipped = line.clone();
        flipped[12] ^= 1;
        std::fs::write(&path, [&whole[..], &flipped, &line].concat()).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1, before);
        std::fs::write(&path, [&whole[..], &line].concat()).unwrap();
        assert_eq!(Journal::open(&path).unwrap().1["d-1"].last, Some(draft(10, None)));
    }
}
