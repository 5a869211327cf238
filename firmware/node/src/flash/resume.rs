//! What a reset left of the ring.

use embedded_storage::nor_flash::NorFlash;

use super::{
    FlashError, FlashStore, Place, SLOTS_A_SECTOR,
    slot::{self, MARK_AT, SLOT_LENGTH},
};
use crate::{Draft, Losses, Resume, Waiting};

impl<F: NorFlash> FlashStore<F> {
    /// Slots from the oldest to the newest, as the ring lies: the newest record's slot is the last.
    pub(super) fn read_all(&mut self, queue_limit: usize) -> Result<Resume, FlashError> {
        // A ring holds a little more than the queue may, and all of it may be without a receipt.
        let mut waiting = Waiting::with_capacity(queue_limit.max(self.slots));
        let mut last: Option<(Draft, usize)> = None;
        for slot in 0..self.slots {
            let Some((draft, receipted)) = self.made(slot)? else { continue };
            let marked = self.read::<4>(slot, MARK_AT)?;
            let marked = Some(draft.sequence).filter(|_| slot::is_marked(marked));
            self.receipted = self.receipted.max(receipted).max(marked);
            if last.is_none_or(|(newest, _)| newest.sequence < draft.sequence) {
                last = Some((draft, slot));
            }
        }
        let Some((newest, newest_slot)) = last else { return Ok(Resume { waiting, ..Resume::default() }) };
        let newest = self.with_time(newest, newest_slot)?;
        self.newest = Some(Place { sequence: newest.sequence, slot: newest_slot });
        self.next = self.first_erased_after(newest_slot)?;
        let mut lost = Losses::default();
        // The sequence that the chain has come to.
        let mut reached = self.receipted.unwrap_or(self.first_sequence.saturating_sub(1));
        for turn in 1..=self.slots {
            let slot = (newest_slot + turn) % self.slots;
            let Some((draft, _)) = self.made(slot)? else { continue };
            let dropped = newest.dropped.is_some_and(|(from, to)| (from..=to).contains(&draft.sequence));
            if dropped || draft.sequence <= reached {
                continue;
            }
            let before = draft.previous_sequence.or_else(|| draft.sequence.checked_sub(1));
            // A link that is missing: its slot could not be read any more.
            if let Some(before) = before.filter(|before| *before > reached) {
                lost.insert(reached + 1, before);
            }
            reached = draft.sequence;
            self.oldest.get_or_insert(Place { sequence: draft.sequence, slot });
            waiting.push(draft.sequence, self.signature(slot, &draft)?.is_some());
        }
        let newest_lost = self.is_lost_after(newest_slot)?;
        Ok(Resume { last: Some(newest), sequences: None, receipted: self.receipted, lost, newest_lost, waiting })
    }

    /// Whether a record was made behind the newest one that can be read. A slot whose first step was cut off holds none:
    /// nobody was ever told of it. Where that cannot be told from a slot that years have damaged it counts as lost.
    fn is_lost_after(&mut self, newest: usize) -> Result<bool, FlashError> {
        let first = (newest + 1) % self.slots;
        let mut is_lost = false;
        for slot in first..(first + 1).next_multiple_of(SLOTS_A_SECTOR) {
            if self.made(slot)?.is_some() {
                // A sector that was not entered yet: what it has is older.
                return Ok(false);
            }
            is_lost |= slot::was_made(&self.read::<SLOT_LENGTH>(slot, 0)?);
        }
        Ok(is_lost)
    }

    /// Where the ring goes on after a reset: past slots that were begun, at the latest at the next sector, which is
    /// erased when it is entered.
    fn first_erased_after(&mut self, newest: usize) -> Result<usize, FlashError> {
        let mut slot = (newest + 1) % self.slots;
        while !slot.is_multiple_of(SLOTS_A_SECTOR) && !self.is_erased(slot)? {
            slot = (slot + 1) % self.slots;
        }
        Ok(slot)
    }
}
