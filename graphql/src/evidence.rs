//! Records with their proofs, made from batches that were fetched from IPFS and verified against the chain here.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::{
    Hash,
    batch::{PublicRecord, VerifiedBatch},
    cid, digest, to_hex,
};
use store::views::Views;
use tokio::sync::Semaphore;
use verifier::Verifier;

use crate::ApiError;

/// Verified batches kept in memory.
const MAX_KEPT_BATCHES: usize = 16;
/// Batches verified at one time: each takes a core for up to some seconds.
const MAX_CONCURRENT_CHECKS: usize = 2;
/// Askers that wait for a batch to be verified; more are told to come back.
const MAX_WAITING: usize = 32;
/// Batches in which one record is looked for: more only where a device contradicted itself often.
const MAX_CANDIDATES: i64 = 4;

/// A verified batch, and where its lines are.
struct Known {
    area_id: String,
    number: u64,
    batch: VerifiedBatch,
    /// Leaf index of each block's first line.
    starts: Vec<u64>,
}

/// A record and everything that is needed to check it.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The area.
    pub area_id: String,
    /// The batch.
    pub batch_number: u64,
    /// The record's canonical bytes, which are ASCII.
    pub record: String,
    /// What the bytes say.
    pub statement: protocol::record::Statement,
    /// SHA-256(0x00 || record), hex.
    pub leaf: String,
    /// The inclusion proof.
    pub inclusion: protocol::merkle::InclusionProof,
    /// The root, hex; the chain says the same.
    pub root: String,
    /// The header block.
    pub header_cid: String,
    /// The block of lines that holds the record.
    pub block_cid: String,
    /// The record's line in that block, from 1, as `sed -n` counts.
    pub line: u64,
    /// `live`, `replay` or `generated`, by the batch's header.
    pub provenance: protocol::roster::Provenance,
}

/// Makes proofs.
pub struct Evidence {
    views: Views,
    verifier: Verifier,
    kept: Mutex<VecDeque<Arc<Known>>>,
    checks: Semaphore,
    waiting: Semaphore,
}

impl Evidence {
    /// From these sources; the views only say where to look.
    #[must_use]
    pub fn new(views: Views, verifier: Verifier) -> Self {
        Self {
            views,
            verifier,
            kept: Mutex::default(),
            checks: Semaphore::new(MAX_CONCURRENT_CHECKS),
            waiting: Semaphore::new(MAX_WAITING),
        }
    }

    /// The records of a device with a sequence: more than one where the device contradicted itself, none where no
    /// verified batch has it. A house's record is in none.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn find(
        &self,
        device_id: &str,
        sequence: u64,
        batch_number: Option<u64>,
    ) -> Result<Vec<Proof>, ApiError> {
        let mut places: Vec<(String, u64)> = Vec::new();
        for batch in self.views.batches_with(device_id, sequence, MAX_CANDIDATES).await? {
            places.push((batch.area_id, batch.number));
        }
        if let Some(number) = batch_number {
            places.retain(|(_, n)| *n == number);
        }
        let mut proofs = Vec::new();
        for (area_id, number) in places {
            let known = self.batch(&area_id, number).await?;
            let found = known.batch.find(device_id, sequence);
            proofs.extend(found.filter_map(|(leaf_index, record)| known.prove(leaf_index, record)));
        }
        Ok(proofs)
    }

    async fn batch(&self, area_id: &str, number: u64) -> Result<Arc<Known>, ApiError> {
        if let Some(known) = self.kept(area_id, number) {
            return Ok(known);
        }
        let _place = self.waiting.try_acquire().map_err(|_| ApiError::Busy("too many proofs asked for; try again"))?;
        let _turn = self.checks.acquire().await.map_err(|_| ApiError::Busy("the service ends"))?;
        // Another asker may have had it verified meanwhile.
        if let Some(known) = self.kept(area_id, number) {
            return Ok(known);
        }
        let known = Arc::new(self.verify(area_id, number).await?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(MAX_KEPT_BATCHES - 1);
        kept.push_front(known.clone());
        Ok(known)
    }

    async fn verify(&self, area_id: &str, number: u64) -> Result<Known, ApiError> {
        let checked = self.verifier.verify_batch(area_id, number).await?;
        let batch = checked.ok_or_else(|| ApiError::Unverified(format!("batch {area_id}/{number} is empty")))?.batch;
        let blocks = self.verifier.fetch(batch.digest()).await?.1;
        let mut starts = Vec::with_capacity(blocks.len());
        let mut next = 0;
        for block in &blocks {
            starts.push(next);
            next += block.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        debug_assert!(blocks.iter().zip(&batch.header().blocks).all(|(block, listed)| digest(block) == *listed));
        Ok(Known { area_id: area_id.to_owned(), number, batch, starts })
    }

    fn kept(&self, area_id: &str, number: u64) -> Option<Arc<Known>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|known| known.number == number && known.area_id == area_id)?;
        let known = kept.remove(at)?;
        kept.push_front(known.clone());
        Some(known)
    }
}

impl Known {
    fn prove(&self, leaf_index: usize, public: &PublicRecord) -> Option<Proof> {
        let header = self.batch.header();
        let inclusion = self.batch.proof(leaf_index)?;
        let leaf_index = leaf_index as u64;
        let block = self.starts.partition_point(|start| *start <= leaf_index).checked_sub(1)?;
        let block_digest: &Hash = header.blocks.get(block)?;
        Some(Proof {
            area_id: self.area_id.clone(),
            batch_number: self.number,
            record: String::from_utf8(public.record.to_bytes()).ok()?,
            statement: public.record.statement.clone(),
            leaf: to_hex(&public.leaf),
            inclusion,
            root: to_hex(&header.root),
            header_cid: cid::from_digest(self.batch.digest()),
            block_cid: cid::from_digest(block_digest),
            line: leaf_index - self.starts[block] + 1,
            provenance: header.provenance,
        })
    }
}
