//! What all answers rest on.

use async_graphql::{ComplexObject, Result, SimpleObject};
use store::views::documents::ChainCursor;
use tokio::sync::OnceCell;

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

/// How far everything is, and what it rests on. What is counted or read for that is so only where it is asked for.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Meta {
    /// The chain (EIP-155).
    pub chain_id: Int53,
    /// Address of the anchoring contract.
    pub anchors: String,
    /// Address of the contract of rosters.
    pub rosters: String,
    /// Where the readings come from.
    pub provenance: ProvenanceStatement,
    /// This service's time.
    pub now_unix_s: Int53,
    #[graphql(skip)]
    sources: Sources,
    #[graphql(skip)]
    cursor: OnceCell<Option<ChainCursor>>,
}

#[ComplexObject]
impl Meta {
    /// The contract that the views were made from, `eip155:<chain id>:0x<address>`; none before the first block.
    async fn indexed_contract(&self) -> Result<Option<&str>> {
        Ok(self.cursor().await?.map(|cursor| cursor.contract.as_str()))
    }

    /// The chain's newest block as the indexer last saw it.
    async fn head_number(&self) -> Result<Option<Int53>> {
        Ok(self.cursor().await?.map(|cursor| Int53(cursor.head_number)))
    }

    /// The last block taken in.
    async fn indexed_number(&self) -> Result<Option<Int53>> {
        Ok(self.cursor().await?.map(|cursor| Int53(cursor.block_number)))
    }

    /// Its time.
    async fn indexed_at_unix_s(&self) -> Result<Option<Int53>> {
        Ok(self.cursor().await?.map(|cursor| Int53(cursor.block_time_unix_s)))
    }

    /// The last finalized block taken in.
    async fn finalized_number(&self) -> Result<Option<Int53>> {
        Ok(self.cursor().await?.map(|cursor| Int53(cursor.finalized_number)))
    }

    /// Blocks between the newest and the last one taken in.
    async fn lag_blocks(&self) -> Result<Option<Int53>> {
        let lag = |cursor: &ChainCursor| Int53(cursor.head_number.saturating_sub(cursor.block_number));
        Ok(self.cursor().await?.map(lag))
    }

    /// Seconds since the indexer last heard of the chain.
    async fn lag_s(&self) -> Result<Option<Int53>> {
        let lag = |cursor: &ChainCursor| Int53(self.now_unix_s.0.saturating_sub(cursor.seen_unix_s));
        Ok(self.cursor().await?.map(lag))
    }

    /// Records that the relayer made durable, houses' included, anchored or not.
    async fn records_received(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.intake.records))
    }

    /// Published records in anchored batches; of a batch that is not verified, all leaves.
    async fn records_anchored(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.totals.records_anchored))
    }

    /// Published records in verified batches.
    async fn records_verified(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.totals.records_verified))
    }

    /// Houses' leaves in verified batches.
    async fn sealed_verified(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.totals.sealed_verified))
    }

    /// Records that were refused.
    async fn records_refused(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.refused))
    }

    /// Anchored batches that are not empty.
    async fn batches_anchored(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.totals.anchored))
    }

    /// Of these, verified.
    async fn batches_verified(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.totals.verified))
    }

    /// Of these, failed.
    async fn batches_failed(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.totals.failed))
    }

    /// Of these, waiting for their blocks.
    async fn batches_waiting(&self) -> Result<Int53> {
        Ok(Int53(self.sources.counts().await?.totals.waiting))
    }
}

impl Meta {
    /// As of now.
    pub fn new(sources: &Sources) -> Self {
        let config = sources.config();
        Self {
            chain_id: Int53(config.contracts.chain_id),
            anchors: format!("{:#x}", config.contracts.anchors),
            rosters: format!("{:#x}", config.contracts.rosters),
            provenance: ProvenanceStatement {
                kind: config.provenance.kind.into(),
                source: config.provenance.source.clone(),
                shift_s: config.provenance.shift_s,
                uncertainty_s: Int53(config.provenance.uncertainty_s),
            },
            now_unix_s: Int53(unix_s()),
            sources: sources.clone(),
            cursor: OnceCell::new(),
        }
    }

    /// How far the indexer is: read once for all fields.
    async fn cursor(&self) -> Result<Option<&ChainCursor>> {
        let read = || async { self.sources.views().cursor().await.map_err(ApiError::from) };
        Ok(self.cursor.get_or_try_init(read).await?.as_ref())
    }
}
