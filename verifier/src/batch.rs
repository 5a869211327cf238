//! The check of one batch, as a report.

use bindings::Anchored;
use protocol::{cid, to_hex};
use serde::Serialize;

use crate::{CheckedBatch, Error, Verifier, anchor_of};

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Anchored with zeros: nothing arrived.
    Empty,
    /// Everything agrees.
    Verified,
    /// Something does not agree.
    Failed,
    /// Its blocks could not be had.
    Unavailable,
}

/// A batch with the values that were compared.
#[derive(Clone, Debug, Serialize)]
pub struct BatchReport {
    /// The area.
    pub area_id: String,
    /// The batch number.
    pub batch_number: u64,
    /// What became of it.
    pub verdict: Verdict,
    /// Why it failed or is unavailable.
    pub reason: Option<String>,
    /// The root by the chain.
    pub root: String,
    /// The header's digest by the chain.
    pub header_digest: String,
    /// The header's name on IPFS; none where the batch is empty.
    pub cid: Option<String>,
    /// Leaves by the chain.
    pub count: u64,
    /// The period of arrival, its end exclusive.
    pub period_unix_s: [u64; 2],
    /// The block's time.
    pub anchored_at_unix_s: u64,
    /// What a verified batch holds.
    pub contents: Option<Contents>,
}

/// What a verified batch holds.
#[derive(Clone, Debug, Serialize)]
pub struct Contents {
    /// Published records, each with a signature that verifies.
    pub records: u64,
    /// Houses' leaves.
    pub sealed: u64,
    /// Blocks of lines.
    pub blocks: u64,
    /// Bytes of header and blocks.
    pub bytes: u64,
    /// Version of the roster in force.
    pub roster_version: u64,
    /// Its digest.
    pub roster_digest: String,
    /// Digest of the area's batch before that was not empty.
    pub previous_digest: String,
    /// Where the readings come from.
    pub provenance: &'static str,
}

impl BatchReport {
    /// The chain's word alone, with the reason why there is no more.
    pub(crate) fn without(anchored: &Anchored, error: &Error) -> Self {
        let verdict = if error.is_retryable() { Verdict::Unavailable } else { Verdict::Failed };
        Self { verdict, reason: Some(error.to_string()), ..Self::of(anchored) }
    }

    fn of(anchored: &Anchored) -> Self {
        Self {
            area_id: anchored.area_id.clone(),
            batch_number: anchored.batch_number,
            verdict: Verdict::Empty,
            reason: None,
            root: to_hex(&anchored.root),
            header_digest: to_hex(&anchored.digest),
            cid: (!anchored.is_empty()).then(|| cid::from_digest(&anchored.digest)),
            count: anchored.count.into(),
            period_unix_s: [anchored.period_start_unix_s, anchored.period_end_unix_s],
            anchored_at_unix_s: anchored.anchored_at_unix_s,
            contents: None,
        }
    }
}

impl Verifier {
    /// Checks one batch and says what was compared.
    ///
    /// # Errors
    /// [`Error`] where the chain cannot be read or has no such batch; what is wrong with it is in the report.
    pub async fn check_batch(&self, area_id: &str, number: u64) -> Result<BatchReport, Error> {
        let anchored = self.contracts().batch(area_id, number).await?;
        if anchored.is_empty() {
            return Ok(BatchReport::of(&anchored));
        }
        let previous_digest = self.previous_digest(area_id, number).await?;
        match self.verify_anchor(&anchor_of(&anchored, previous_digest)).await {
            Ok(CheckedBatch { batch, roster, bytes }) => {
                let contents = Contents {
                    records: batch.header().public_count,
                    sealed: batch.header().sealed_count,
                    blocks: batch.header().blocks.len() as u64,
                    bytes,
                    roster_version: roster.anchor.version,
                    roster_digest: to_hex(&roster.anchor.digest),
                    previous_digest: to_hex(&previous_digest),
                    provenance: batch.header().provenance.as_str(),
                };
                Ok(BatchReport { verdict: Verdict::Verified, contents: Some(contents), ..BatchReport::of(&anchored) })
            }
            Err(Error::Chain(error)) => Err(error.into()),
            Err(error) => Ok(BatchReport::without(&anchored, &error)),
        }
    }
}
