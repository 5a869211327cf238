//! Testimonies: blocks of records that anybody named on the chain past a relayer. What they hold counts as anchored at the
//! time of the testimony, where no batch holds it.

use alloy::{
    primitives::{Address, B256},
    providers::Provider as _,
    rpc::types::Filter,
};
use bindings::{Event, area_to_bytes32, logs};
use futures::{StreamExt as _, stream};
use protocol::{Hash, cid, to_hex};
use serde::Serialize;

use crate::{CheckedTestimony, Error, Verifier};

/// Blocks of testimonies fetched and checked at one time.
const MAX_CONCURRENT_TESTIMONIES: usize = 4;

/// A testimony as the chain has it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// SHA-256 of the block.
    pub(crate) digest: Hash,
    by: Address,
    /// When.
    pub(crate) at_unix_s: u64,
    block_number: u64,
    transaction_hash: B256,
}

/// What a testimony came to.
#[derive(Clone, Debug, Serialize)]
pub struct TestimonyReport {
    /// SHA-256 of its block, hex, as the chain has it.
    pub digest: String,
    /// The block's name on IPFS.
    pub cid: String,
    /// By whom.
    pub by: Address,
    /// When: its records count as anchored then.
    pub at_unix_s: u64,
    /// The chain's block.
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: B256,
    /// Version of the roster that its records were checked against; none where it could not be had.
    pub roster_version: Option<u64>,
    /// Valid records in it.
    pub records: u64,
    /// Lines that are none, with the reason.
    pub refused: Vec<String>,
    /// Those of its records that no verified batch and no earlier testimony holds: device and sequence.
    pub only_here: Vec<(String, u64)>,
    /// Those of which a verified batch or an earlier testimony holds another statement: device and sequence.
    pub contradicted: Vec<(String, u64)>,
    /// Why its block could not be had.
    pub unavailable: Option<String>,
}

impl Named {
    /// The report, as far as chain and block tell it.
    pub(crate) fn report(&self, checked: &Result<CheckedTestimony, Error>) -> TestimonyReport {
        let had = checked.as_ref().ok();
        TestimonyReport {
            digest: to_hex(&self.digest),
            cid: cid::from_digest(&self.digest),
            by: self.by,
            at_unix_s: self.at_unix_s,
            block_number: self.block_number,
            transaction_hash: self.transaction_hash,
            roster_version: had.map(|checked| checked.roster.anchor.version),
            records: had.map_or(0, |checked| checked.testified.records.len() as u64),
            refused: had.map_or_else(Vec::new, |checked| {
                checked.testified.refused.iter().map(|(line, error)| format!("line {}: {error}", line + 1)).collect()
            }),
            only_here: Vec::new(),
            contradicted: Vec::new(),
            unavailable: checked.as_ref().err().map(ToString::to_string),
        }
    }
}

impl Verifier {
    /// Whether it knows where testimonies are.
    #[must_use]
    pub fn reads_testimonies(&self) -> bool {
        self.addresses().is_some()
    }

    /// All testimonies of an area in the order of the chain, each with what its block holds; none where this verifier was
    /// not told where they are.
    ///
    /// # Errors
    /// [`Error::Chain`]. What is wrong with a block stands with it.
    pub(crate) async fn testimonies(
        &self,
        area_id: &str,
    ) -> Result<Vec<(Named, Result<CheckedTestimony, Error>)>, Error> {
        let Some(addresses) = self.addresses() else { return Ok(Vec::new()) };
        let provider = self.contracts().anchors.provider();
        let to = provider.get_block_number().await.map_err(bindings::Error::from)?;
        let filter = Filter::new().address(addresses.testimonies).topic1(area_to_bytes32(area_id)?);
        let mut named = Vec::new();
        for log in logs(provider, &filter, addresses.start_block, to).await? {
            let Some(Event::Testified { digest, by, at_unix_s, .. }) = Event::decode(&log.inner, addresses)? else {
                continue;
            };
            let incomplete = || Error::Register("a log without its block".into());
            named.push(Named {
                digest: digest.0,
                by,
                at_unix_s,
                block_number: log.block_number.ok_or_else(incomplete)?,
                transaction_hash: log.transaction_hash.ok_or_else(incomplete)?,
            });
        }
        let checks = named.into_iter().map(|named| async move {
            let checked = self.verify_testimony(area_id, &named.digest, named.at_unix_s).await;
            (named, checked)
        });
        let checked: Vec<_> = stream::iter(checks).buffered(MAX_CONCURRENT_TESTIMONIES).collect().await;
        // What the chain did not answer is no word on a block.
        let told = checked.into_iter().map(|(named, checked)| match checked {
            Err(Error::Chain(error)) => Err(Error::Chain(error)),
            checked => Ok((named, checked)),
        });
        told.collect()
    }
}
