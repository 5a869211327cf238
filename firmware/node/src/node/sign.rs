//! A record's bytes: made once, in a place of their own, and kept.

use protocol::{key::Signature, record::Record};

use super::Node;
use crate::{Change, NodeError, RecordBytes, Signer, SignerError, Store};

impl Node {
    /// Signs one record that is not signed yet, the newest first: for a device whose power may go before the line
    /// is up. Says whether there was one; before the time is known there is none.
    ///
    /// # Errors
    /// [`NodeError::Signer`]: ask again later.
    pub fn sign_next(&mut self, signer: &mut impl Signer, store: &mut impl Store) -> Result<bool, NodeError> {
        let Some(at) = self.queue.unsigned().filter(|_| self.known.is_some()) else { return Ok(false) };
        self.sign(at, signer, store)?;
        Ok(true)
    }

    /// The record's bytes: made once, then always the same. `None` where the store has lost it or its time: then it is
    /// no longer in the queue.
    pub(super) fn sign(
        &mut self,
        at: usize,
        signer: &mut impl Signer,
        store: &mut impl Store,
    ) -> Result<Option<RecordBytes>, NodeError> {
        let sequence = self.queue.sequence(at);
        let Some(entry) = store.entry(sequence) else {
            self.lose(at);
            return Ok(None);
        };
        if let Some(bytes) = entry.bytes {
            self.queue.mark_signed(at);
            return Ok(Some(bytes));
        }
        let Some(statement) = entry.draft.statement(&self.config) else {
            // All that wait have had their time since it is known: what comes without one is not what was kept.
            self.lose(at);
            return Ok(None);
        };
        let mut bytes = RecordBytes::new();
        statement.write_to(&mut bytes).map_err(|_| NodeError::TooLong)?;
        let raw = signer.sign(&bytes)?;
        let device_signature = Signature::normalized(&raw).map_err(|_| SignerError)?;
        bytes.clear();
        Record { statement, device_signature }.write_to(&mut bytes).map_err(|_| NodeError::TooLong)?;
        store.keep(Change::Signed { sequence, bytes: &bytes });
        self.queue.mark_signed(at);
        Ok(Some(bytes))
    }

    /// Takes one that cannot be read out of the queue; the next record declares it dropped.
    fn lose(&mut self, at: usize) {
        let sequence = self.queue.sequence(at);
        // What it said was skipped before it is lost with it.
        let before = at.checked_sub(1).map(|before| self.queue.sequence(before)).or(self.receipted);
        let from = before.map_or(self.config.first_sequence, |before| before + 1);
        self.queue.remove(at);
        self.lost.insert(from, sequence);
        self.counters.unreadable += 1;
    }
}
