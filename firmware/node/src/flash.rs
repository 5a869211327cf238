//! The store of a device: a ring of slots in NOR flash, one a record, that the power may leave at any moment.
//!
//! A slot is written in up to four steps, each into bytes that are still erased, each with a checksum of its own:
//! what was recorded, its signature, a second place for a signature whose writing was cut off, and the mark that
//! everything up to here is receipted. What was recorded before the time was known gets its time in that second place,
//! before it is signed. A step that was cut off is as if it had not been begun; one flipped bit a step
//! is put right. A sector is erased when the ring comes round to it, and everything in it is receipted or declared
//! dropped by then.
//!
//! Records are not kept as text: their bytes follow from what is kept, and the format allows one spelling only.
//!
//! The partition must not be encrypted: an encrypted one is written by whole sectors, which no power cut may meet.
//! Nothing in it is secret.

use alloc::string::String;

use embedded_storage::nor_flash::NorFlash;
use protocol::{
    key::Signature,
    record::{Record, TimeQuality},
};

use crate::{Change, Config, Draft, Entry, RecordBytes, Resume, Store};

mod resume;
mod slot;

pub use crate::limits::{MAX_SECTORS, MIN_SECTORS, SECTOR};
use slot::{
    MADE_AT, MADE_LENGTH, MARK, MARK_AT, SIGNED_AT, SIGNED_LENGTH, SLOT_LENGTH, TIMED_AT, TIMED_LENGTH, is_erased,
    places_for_signature,
};

/// Slots in a sector.
pub const SLOTS_A_SECTOR: usize = SECTOR / SLOT_LENGTH;

/// Why there is no store, or it took no change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlashError {
    /// Not whole sectors, too few or too many of them, or a flash with other units.
    #[error(
        "the queue's partition must be {MIN_SECTORS} to {MAX_SECTORS} whole sectors of a NOR flash with words of 4 bytes"
    )]
    Region,
    /// The flash failed.
    #[error("the flash failed")]
    Flash,
    /// A record came whose predecessors were to be dropped first ([`Store::must_drop`]).
    #[error("the ring comes round to a record that is neither receipted nor dropped")]
    Full,
    /// A signature for a record that is not here, or that is none.
    #[error("a signature without its record")]
    Signature,
    /// A time for a record that is not here, or has one.
    #[error("a time without its record")]
    Time,
}

/// A record's place.
#[derive(Clone, Copy, Debug)]
struct Place {
    sequence: u64,
    slot: usize,
}

/// The store.
#[derive(Debug)]
pub struct FlashStore<F> {
    flash: F,
    start: u32,
    slots: usize,
    device_id: String,
    first_sequence: u64,
    /// The slot that the next record takes.
    next: usize,
    /// The oldest record without a receipt, and the newest record.
    oldest: Option<Place>,
    newest: Option<Place>,
    /// The record that was looked for last: what comes after it is found from there.
    found: Option<Place>,
    receipted: Option<u64>,
    failed: Option<FlashError>,
}

/// How many records a partition of `sectors` holds at least: the most for [`Config::queue_limit`].
#[must_use]
pub const fn capacity(sectors: usize) -> usize {
    sectors.saturating_sub(2) * SLOTS_A_SECTOR
}

impl<F: NorFlash> FlashStore<F> {
    /// Opens the partition of `sectors` from `start` on and reads what a reset left of it. Takes the memory for all that may
    /// ever wait, once and at its final size.
    ///
    /// # Errors
    /// [`FlashError::Region`], [`FlashError::Flash`].
    pub fn open(flash: F, start: u32, sectors: usize, config: &Config) -> Result<(Self, Resume), FlashError> {
        let units = F::ERASE_SIZE == SECTOR && 4 % F::WRITE_SIZE == 0 && 4 % F::READ_SIZE == 0;
        let inside = start.is_multiple_of(SECTOR as u32) && start as usize + sectors * SECTOR <= flash.capacity();
        if !units || !inside || !(MIN_SECTORS..=MAX_SECTORS).contains(&sectors) {
            return Err(FlashError::Region);
        }
        let mut store = Self {
            flash,
            start,
            slots: sectors * SLOTS_A_SECTOR,
            device_id: config.device_id.clone(),
            first_sequence: config.first_sequence,
            next: 0,
            oldest: None,
            newest: None,
            found: None,
            receipted: None,
            failed: None,
        };
        let resume = store.read_all(config.queue_limit)?;
        Ok((store, resume))
    }

    /// Whether everything that it was given is durable. Asked before anything is published; after an error nothing may
    /// be, and the device starts again.
    ///
    /// # Errors
    /// [`FlashError`]: the first since it was opened.
    pub fn check(&self) -> Result<(), FlashError> {
        self.failed.map_or(Ok(()), Err)
    }

    /// The flash, for its other partitions.
    pub fn flash(&mut self) -> &mut F {
        &mut self.flash
    }

    fn address(&self, slot: usize) -> u32 {
        self.start + (slot / SLOTS_A_SECTOR * SECTOR + slot % SLOTS_A_SECTOR * SLOT_LENGTH) as u32
    }

    fn read<const N: usize>(&mut self, slot: usize, at: usize) -> Result<[u8; N], FlashError> {
        let mut bytes = [0; N];
        let address = self.address(slot) + at as u32;
        self.flash.read(address, &mut bytes).map_err(|_| FlashError::Flash)?;
        Ok(bytes)
    }

    fn write(&mut self, slot: usize, at: usize, bytes: &[u8]) -> Result<(), FlashError> {
        let address = self.address(slot) + at as u32;
        self.flash.write(address, bytes).map_err(|_| FlashError::Flash)
    }

    fn made(&mut self, slot: usize) -> Result<Option<(Draft, Option<u64>)>, FlashError> {
        Ok(slot::read_made(self.read::<MADE_LENGTH>(slot, MADE_AT)?))
    }

    fn is_erased(&mut self, slot: usize) -> Result<bool, FlashError> {
        Ok(is_erased(&self.read::<SLOT_LENGTH>(slot, 0)?))
    }

    /// What was recorded, with the time that was fixed for it since, if it was.
    fn with_time(&mut self, draft: Draft, slot: usize) -> Result<Draft, FlashError> {
        if draft.stamp.unix_s().is_some() {
            return Ok(draft);
        }
        for at in TIMED_AT {
            if let Some(stamp) = slot::read_timed(self.read::<TIMED_LENGTH>(slot, at)?) {
                return Ok(Draft { stamp, ..draft });
            }
        }
        Ok(draft)
    }

    /// The first place for a time that is still erased.
    fn place_for_time(&mut self, slot: usize) -> Result<Option<usize>, FlashError> {
        for at in TIMED_AT {
            if is_erased(&self.read::<TIMED_LENGTH>(slot, at)?) {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The signature of a slot with the coordinates that it was made for. `made` is as it was recorded.
    fn signature(&mut self, slot: usize, made: &Draft) -> Result<Option<slot::Signed>, FlashError> {
        for at in places_for_signature(made) {
            if let Some(signed) = slot::read_signed(self.read::<SIGNED_LENGTH>(slot, *at)?) {
                return Ok(Some(signed));
            }
        }
        Ok(None)
    }

    fn take(&mut self, change: Change<'_>) -> Result<(), FlashError> {
        match change {
            Change::Made(draft) => self.take_made(&draft),
            Change::Timed { sequence, unix_s, quality } => self.take_timed(sequence, unix_s, quality),
            Change::Signed { sequence, bytes } => self.take_signed(sequence, bytes),
            Change::Receipted { sequence } => self.take_receipted(sequence),
        }
    }

    fn take_made(&mut self, draft: &Draft) -> Result<(), FlashError> {
        let slot = self.next;
        if slot.is_multiple_of(SLOTS_A_SECTOR) {
            self.enter(slot, draft)?;
        }
        self.write(slot, MADE_AT, &slot::write_made(draft, self.receipted))?;
        let place = Place { sequence: draft.sequence, slot };
        self.next = (slot + 1) % self.slots;
        self.newest = Some(place);
        if let Some((from, to)) = draft.dropped {
            self.forget(from, to)?;
        }
        self.oldest.get_or_insert(place);
        Ok(())
    }

    /// Erases the sector that the ring comes round to.
    fn enter(&mut self, slot: usize, draft: &Draft) -> Result<(), FlashError> {
        let dropped_to = draft.dropped.map(|(_, to)| to);
        if self.last_needed_in(slot)?.is_some_and(|last| dropped_to.is_none_or(|to| last > to)) {
            return Err(FlashError::Full);
        }
        let from = self.address(slot);
        self.flash.erase(from, from + SECTOR as u32).map_err(|_| FlashError::Flash)
    }

    /// The last record in the sector from `slot` on that still waits for a receipt.
    fn last_needed_in(&mut self, slot: usize) -> Result<Option<u64>, FlashError> {
        let sector = slot..slot + SLOTS_A_SECTOR;
        let (mut last, mut place) = (None, self.oldest);
        while let (Some(here), Some(newest)) = (place.filter(|here| sector.contains(&here.slot)), self.newest) {
            last = Some(here.sequence);
            place = self.after(here, newest)?;
        }
        Ok(last)
    }

    fn take_timed(&mut self, sequence: u64, unix_s: u64, quality: TimeQuality) -> Result<(), FlashError> {
        let slot = self.find(sequence)?.ok_or(FlashError::Time)?;
        let made = self.made(slot)?.filter(|(draft, _)| draft.stamp.unix_s().is_none());
        let place = self.place_for_time(slot)?.filter(|_| made.is_some()).ok_or(FlashError::Time)?;
        self.write(slot, place, &slot::write_timed(unix_s, quality))
    }

    fn take_signed(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), FlashError> {
        let record = Record::parse_borrowed(bytes).map_err(|_| FlashError::Signature)?;
        let slot = self.find(sequence)?.ok_or(FlashError::Signature)?;
        let statement = record.statement;
        let signed =
            slot::write_signed(&record.device_signature.to_bytes(), statement.latitude_e6, statement.longitude_e6);
        let (made, _) = self.made(slot)?.ok_or(FlashError::Signature)?;
        for at in places_for_signature(&made) {
            if is_erased(&self.read::<SIGNED_LENGTH>(slot, *at)?) {
                return self.write(slot, *at, &signed);
            }
        }
        // Cut off in each place: signed anew after every reset. Another signature of the same content is a repetition.
        Ok(())
    }

    fn take_receipted(&mut self, sequence: u64) -> Result<(), FlashError> {
        // A receipt may end at a sequence that was skipped or dropped; then the next record says it.
        if let Some(slot) = self.find(sequence)? {
            self.write(slot, MARK_AT, &MARK)?;
        }
        self.receipted = self.receipted.max(Some(sequence));
        self.forget(0, sequence)
    }

    /// Moves the oldest past a range that it is in.
    fn forget(&mut self, from: u64, to: u64) -> Result<(), FlashError> {
        let Some(newest) = self.newest else { return Ok(()) };
        while let Some(oldest) = self.oldest.filter(|oldest| (from..=to).contains(&oldest.sequence)) {
            self.oldest = self.after(oldest, newest)?;
        }
        Ok(())
    }

    /// The record after one, up to the newest.
    fn after(&mut self, place: Place, newest: Place) -> Result<Option<Place>, FlashError> {
        let mut slot = place.slot;
        while slot != newest.slot {
            slot = (slot + 1) % self.slots;
            if let Some((draft, _)) = self.made(slot)?
                && draft.sequence > place.sequence
                && draft.sequence <= newest.sequence
            {
                return Ok(Some(Place { sequence: draft.sequence, slot }));
            }
        }
        Ok(None)
    }

    /// The slot of a record: from the oldest on, or from the last that was looked for; the newest at once. What is not older
    /// than the oldest is in a sector that was not erased since.
    fn find(&mut self, sequence: u64) -> Result<Option<usize>, FlashError> {
        let Some(newest) = self.newest else { return Ok(None) };
        if newest.sequence == sequence {
            return Ok(Some(newest.slot));
        }
        let oldest = self.oldest.map_or(u64::MAX, |oldest| oldest.sequence);
        let mut place = self.found.filter(|found| (oldest..=sequence).contains(&found.sequence)).or(self.oldest);
        while let Some(here) = place.filter(|here| here.sequence <= sequence) {
            if here.sequence == sequence {
                self.found = Some(here);
                return Ok(Some(here.slot));
            }
            place = self.after(here, newest)?;
        }
        Ok(None)
    }

    fn read_entry(&mut self, sequence: u64) -> Result<Option<Entry>, FlashError> {
        let Some(slot) = self.find(sequence)? else { return Ok(None) };
        let Some((made, _)) = self.made(slot)? else { return Ok(None) };
        let draft = self.with_time(made, slot)?;
        if draft.stamp.unix_s().is_none() {
            // Without a readable time nothing may be signed that perhaps was signed with one.
            let unsigned = slot::is_unsigned(&self.read::<SIGNED_LENGTH>(slot, SIGNED_AT[0])?);
            let whole = unsigned && self.place_for_time(slot)?.is_some();
            return Ok(whole.then_some(Entry { draft, bytes: None }));
        }
        let bytes = self.signature(slot, &made)?.and_then(|signed| self.record(&draft, &signed));
        Ok(Some(Entry { draft, bytes }))
    }

    /// The record's bytes, as they were signed. A position that was provisioned anew counts for later records only.
    fn record(&self, draft: &Draft, signed: &slot::Signed) -> Option<RecordBytes> {
        let statement = draft.statement_of(&self.device_id, signed.latitude_e6, signed.longitude_e6)?;
        let device_signature = Signature::from_bytes(&signed.signature).ok()?;
        let mut bytes = RecordBytes::new();
        Record { statement, device_signature }.write_to(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl<F: NorFlash> Store for FlashStore<F> {
    /// Durable when it returns, unless [`FlashStore::check`] says otherwise; after a failure nothing more is written.
    fn keep(&mut self, change: Change<'_>) {
        if self.failed.is_none() {
            self.failed = self.take(change).err();
        }
    }

    /// Slots whose writing was cut off are used up: the ring may come round before the queue is full.
    fn must_drop(&mut self) -> Option<u64> {
        if !self.next.is_multiple_of(SLOTS_A_SECTOR) {
            return None;
        }
        self.last_needed_in(self.next).unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            None
        })
    }

    fn entry(&mut self, sequence: u64) -> Option<Entry> {
        self.read_entry(sequence).unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            None
        })
    }
}
