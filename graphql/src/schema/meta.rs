//! What all answers rest on.

use async_graphql::{Result, SimpleObject};

use super::scalar::{Int53, Provenance};
use crate::{ApiError, Sources, now::unix_s};

/// Where the readings of this installation come from.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProvenanceStatement {
    /// Live, replayed or generated.
    pub kind: Provenance,
    /// The source in words.
    pub source: String,
    /// Seconds by which replayed times were moved; may be negative.
    pub shift_s: i64,
    /// How far the source's own times may be off, in seconds.
    pub uncertainty_s: Int53,
}

/// How far everything is, and what it rests on.
#[derive(Clone, Debug, SimpleObject)]
pub struct Meta {
    /// The chain (EIP-155).
    pub chain_id: Int53,
    /// Address of the anchoring contract.
    pub anchors: String,
    /// Address of the contract of rosters.
    pub rosters: String,
    /// The contract that the views were made from, `eip155:<chain id>:0x<address>`; none before the first block.
    pub indexed_contract: Option<String>,
    /// The chain's newest block as the indexer last saw it.
    pub head_number: Option<Int53>,
    /// The last block taken in.
    pub indexed_number: Option<Int53>,
    /// Its time.
    pub indexed_at_unix_s: Option<Int53>,
    /// The last finalized block taken in.
    pub finalized_number: Option<Int53>,
    /// Blocks between the two.
    pub lag_blocks: Option<Int53>,
    /// Seconds since the indexer last heard of the chain.
    pub lag_s: Option<Int53>,
    /// Where the readings come from.
    pub provenance: ProvenanceStatement,
    /// Records that the relayer made durable, houses' included, anchored or not.
    pub records_received: Int53,
    /// Published records in anchored batches; of a batch that is not verified, all leaves.
    pub records_anchored: Int53,
    /// Published records in verified batches.
    pub records_verified: Int53,
    /// Houses' leaves in verified batches.
    pub sealed_verified: Int53,
    /// Records that were refused.
    pub records_refused: Int53,
    /// Anchored batches that are not empty.
    pub batches_anchored: Int53,
    /// Of these, verified.
    pub batches_verified: Int53,
    /// Of these, failed.
    pub batches_failed: Int53,
    /// Of these, waiting for their blocks.
    pub batches_waiting: Int53,
    /// This service's time.
    pub now_unix_s: Int53,
}

/// As of now.
pub async fn meta(sources: &Sources) -> Result<Meta> {
    let cursor = sources.views().cursor().await.map_err(ApiError::from)?;
    let counts = sources.counts().await?;
    let config = sources.config();
    let now = unix_s();
    let of = cursor.as_ref();
    Ok(Meta {
        chain_id: Int53(config.contracts.chain_id),
        anchors: format!("{:#x}", config.contracts.anchors),
        rosters: format!("{:#x}", config.contracts.rosters),
        indexed_contract: of.map(|cursor| cursor.contract.clone()),
        head_number: of.map(|cursor| Int53(cursor.head_number)),
        indexed_number: of.map(|cursor| Int53(cursor.block_number)),
        indexed_at_unix_s: of.map(|cursor| Int53(cursor.block_time_unix_s)),
        finalized_number: of.map(|cursor| Int53(cursor.finalized_number)),
        lag_blocks: of.map(|cursor| Int53(cursor.head_number.saturating_sub(cursor.block_number))),
        lag_s: of.map(|cursor| Int53(now.saturating_sub(cursor.seen_unix_s))),
        provenance: ProvenanceStatement {
            kind: config.provenance.kind.into(),
            source: config.provenance.source.clone(),
            shift_s: config.provenance.shift_s,
            uncertainty_s: Int53(config.provenance.uncertainty_s),
        },
        records_received: Int53(counts.intake.records),
        records_anchored: Int53(counts.totals.records_anchored),
        records_verified: Int53(counts.totals.records_verified),
        sealed_verified: Int53(counts.totals.sealed_verified),
        records_refused: Int53(counts.refused),
        batches_anchored: Int53(counts.totals.anchored),
        batches_verified: Int53(counts.totals.verified),
        batches_failed: Int53(counts.totals.failed),
        batches_waiting: Int53(counts.totals.waiting),
        now_unix_s: Int53(now),
    })
}
