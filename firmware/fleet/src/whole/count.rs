//! The secure element's count, where a killed process does not lose it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A file with the count, and the device's time when it was kept.
pub(super) struct CountFile {
    path: PathBuf,
    kept: u32,
}

impl CountFile {
    /// What the file says: the count and the time, 0 and 0 where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub(super) fn open(path: PathBuf) -> io::Result<(Self, u64)> {
        let (kept, unix_ms) = read(&path)?;
        Ok((Self { path, kept }, unix_ms))
    }

    pub(super) fn count(&self) -> u32 {
        self.kept
    }

    /// Durable when it returns: before anything that was signed under the count goes out.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn keep(&mut self, count: u32, unix_ms: u64) -> io::Result<()> {
        if count != self.kept {
            crate::state::write_whole(&self.path, format!("{count} {unix_ms}\n").as_bytes())?;
            self.kept = count;
        }
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<(u32, u64)> {
    if !path.exists() {
        return Ok((0, 0));
    }
    let text = std::fs::read_to_string(path)?;
    let numbers = text.trim_end().split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    numbers.ok_or_else(|| io::Error::other(format!("{} is no counter", path.display())))
}
