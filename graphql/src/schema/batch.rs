//! Batches.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use store::views::documents;

use super::{
    cell::Cell,
    page,
    scalar::{Int53, Provenance},
};
use crate::{ApiError, Sources};

/// What became of an anchored batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum BatchStatus {
    /// Anchored with zeros: nothing arrived.
    Empty,
    /// Anchored; its blocks are being fetched.
    Pending,
    /// Its blocks could not be had so far; asked for again.
    Unavailable,
    /// Everything agrees.
    Verified,
    /// Something does not agree; nothing of it counts.
    Failed,
}

impl From<documents::BatchStatus> for BatchStatus {
    fn from(status: documents::BatchStatus) -> Self {
        match status {
            documents::BatchStatus::Empty => Self::Empty,
            documents::BatchStatus::Pending => Self::Pending,
            documents::BatchStatus::Unavailable => Self::Unavailable,
            documents::BatchStatus::Verified => Self::Verified,
            documents::BatchStatus::Failed => Self::Failed,
        }
    }
}

impl From<BatchStatus> for documents::BatchStatus {
    fn from(status: BatchStatus) -> Self {
        match status {
            BatchStatus::Empty => Self::Empty,
            BatchStatus::Pending => Self::Pending,
            BatchStatus::Unavailable => Self::Unavailable,
            BatchStatus::Verified => Self::Verified,
            BatchStatus::Failed => Self::Failed,
        }
    }
}

/// A record with an oddity. It counts all the same.
#[derive(Clone, Debug, SimpleObject)]
pub struct Flag {
    /// The device.
    pub device_id: String,
    /// The record's sequence.
    pub sequence: Int53,
    /// The record's leaf, hex.
    pub leaf: String,
    /// `clock-ahead`, `before-enrolment`, `very-late` or `equivocation`.
    pub flag: String,
}

impl From<&documents::Flagged> for Flag {
    fn from(flagged: &documents::Flagged) -> Self {
        Self {
            device_id: flagged.device_id.clone(),
            sequence: Int53(flagged.sequence),
            leaf: flagged.leaf.clone(),
            flag: flagged.flag.clone(),
        }
    }
}

/// The sequences that a device has in a batch; not every one between must be there.
#[derive(Clone, Debug, SimpleObject)]
pub struct Span {
    /// The device.
    pub device_id: String,
    /// Lowest sequence.
    pub first_sequence: Int53,
    /// Highest sequence.
    pub last_sequence: Int53,
}

/// The type `Batch`.
pub struct Batch(pub documents::Batch);

/// Everything that arrived for an area in one period, anchored as one root.
#[Object]
impl Batch {
    /// The area.
    async fn area_id(&self) -> &str {
        &self.0.area_id
    }

    /// The batch's number, that of its lane's page.
    async fn number(&self) -> Int53 {
        Int53(self.0.number)
    }

    /// The lane.
    async fn lane(&self) -> Int53 {
        Int53(self.0.lane.into())
    }

    /// What became of it.
    async fn status(&self) -> BatchStatus {
        self.0.status.into()
    }

    /// Why it failed or is unavailable, in words.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// RFC 6962 root over its leaves, hex, as the chain has it.
    async fn root(&self) -> &str {
        &self.0.root
    }

    /// SHA-256 of its header block, hex, as the chain has it.
    async fn digest(&self) -> &str {
        &self.0.digest
    }

    /// Its header block on IPFS; none for an empty batch.
    async fn uri(&self) -> Option<String> {
        if self.0.status == documents::BatchStatus::Empty {
            return None;
        }
        uri(&self.0.digest)
    }

    /// Digest of the area's batch before that was not empty, hex; zeros for the first.
    async fn previous_digest(&self) -> &str {
        &self.0.previous_digest
    }

    /// Leaves, as the chain has it.
    async fn count(&self) -> Int53 {
        Int53(self.0.count)
    }

    /// Published records among them; all leaves until it is verified.
    async fn public_count(&self) -> Int53 {
        Int53(self.0.public_count)
    }

    /// Houses' leaves among them; 0 until it is verified.
    async fn sealed_count(&self) -> Int53 {
        Int53(self.0.sealed_count)
    }

    /// How many of the published records say OFF.
    async fn off_records(&self) -> Int53 {
        Int53(self.0.off_records)
    }

    /// Beginning of the period of arrival.
    async fn period_start_unix_s(&self) -> Int53 {
        Int53(self.0.period_start_unix_s)
    }

    /// End of the period of arrival, exclusive.
    async fn period_end_unix_s(&self) -> Int53 {
        Int53(self.0.period_end_unix_s)
    }

    /// Time of the block that anchored it.
    async fn anchored_at_unix_s(&self) -> Int53 {
        Int53(self.0.anchored_at_unix_s)
    }

    /// That block.
    async fn block_number(&self) -> Int53 {
        Int53(self.0.block_number)
    }

    /// Its hash.
    async fn block_hash(&self) -> &str {
        &self.0.block_hash
    }

    /// The transaction.
    async fn transaction_hash(&self) -> &str {
        &self.0.transaction_hash
    }

    /// Whether that block is finalized.
    async fn finalized(&self) -> bool {
        self.0.finalized
    }

    /// Version of the roster in force at its start; 0 until it is verified.
    async fn roster_version(&self) -> Int53 {
        Int53(self.0.roster_version)
    }

    /// Its blocks of lines on IPFS, in order.
    async fn block_uris(&self) -> Vec<String> {
        self.0.blocks.iter().filter_map(|digest| uri(digest)).collect()
    }

    /// Bytes of its header and blocks.
    async fn bytes(&self) -> Int53 {
        Int53(self.0.bytes)
    }

    /// Counts of houses as published with it; never revised.
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn cells(&self, context: &Context<'_>) -> Result<Vec<Cell>> {
        let provenance = self.provenance_of(context).await?;
        Ok(self.0.cells.iter().map(|count| Cell::published(&self.0, count, provenance)).collect())
    }

    /// Whose published records are in it.
    #[graphql(complexity = "5 + 20 * child_complexity")]
    async fn spans(&self) -> Vec<Span> {
        let span = |span: &documents::Span| Span {
            device_id: span.device_id.clone(),
            first_sequence: Int53(span.first),
            last_sequence: Int53(span.last),
        };
        self.0.spans.iter().map(span).collect()
    }

    /// What is odd in it.
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn flags(&self) -> Vec<Flag> {
        self.0.flags.iter().map(Flag::from).collect()
    }

    /// Where its readings come from, by the area's newest roster.
    async fn provenance(&self, context: &Context<'_>) -> Result<Provenance> {
        self.provenance_of(context).await
    }
}

impl Batch {
    async fn provenance_of(&self, context: &Context<'_>) -> Result<Provenance> {
        let area = Sources::of(context)?.area_now(&self.0.area_id).await?;
        Ok(area.map_or(Provenance::Generated, |area| Provenance::from_text(&area.document().provenance)))
    }
}

/// Batches, the latest period first.
#[derive(SimpleObject)]
pub struct BatchPage {
    /// The batches.
    pub items: Vec<Batch>,
    /// Whether more follow.
    pub has_more: bool,
    /// What `after` takes to go on; none where the list is empty.
    pub end_cursor: Option<String>,
}

/// One page of batches.
pub async fn page(
    context: &Context<'_>,
    area_id: Option<String>,
    status: Option<BatchStatus>,
    first: i32,
    after: Option<String>,
) -> Result<BatchPage> {
    let length = page::length(first)?;
    let after = after.as_deref().map(page::from_cursor).transpose()?;
    let views = Sources::of(context)?.views();
    let status = status.map(Into::into);
    let found = views.batches_where(area_id.as_deref(), status, after.as_ref(), length as i64 + 1).await;
    let (found, has_more) = page::cut(found.map_err(ApiError::from)?, length);
    let end_cursor = found.last().map(|last| page::to_cursor(last.period_end_unix_s, &last.id));
    Ok(BatchPage { items: found.into_iter().map(Batch).collect(), has_more, end_cursor })
}

pub(super) fn uri(digest: &str) -> Option<String> {
    Some(format!("ipfs://{}", protocol::cid::from_digest(&protocol::from_hex(digest)?)))
}
