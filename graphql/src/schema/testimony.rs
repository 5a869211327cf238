//! Testimonies.

use async_graphql::{Context, Enum, Object, Result};
use store::views::documents;

use super::{batch::Flag, page, scalar::Int53};
use crate::{ApiError, Sources};

/// What became of a testimony's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TestimonyStatus {
    /// It is being fetched.
    Pending,
    /// It could not be had so far; asked for again.
    Unavailable,
    /// Its valid records count as anchored, where no batch holds them.
    Counted,
}

/// The type `Testimony`.
pub struct Testimony(documents::Testimony);

/// A block of records that somebody named on the chain past a relayer.
#[Object]
impl Testimony {
    /// The area.
    async fn area_id(&self) -> &str {
        &self.0.area_id
    }

    /// SHA-256 of its block, hex, as the chain has it.
    async fn digest(&self) -> &str {
        &self.0.digest
    }

    /// Its block on IPFS.
    async fn uri(&self) -> Option<String> {
        super::batch::uri(&self.0.digest)
    }

    /// By whom, 0x and hex.
    async fn by(&self) -> &str {
        &self.0.by
    }

    /// When: its records count as anchored then.
    async fn at_unix_s(&self) -> Int53 {
        Int53(self.0.at_unix_s)
    }

    /// The chain's block.
    async fn block_number(&self) -> Int53 {
        Int53(self.0.block_number)
    }

    /// The transaction.
    async fn transaction_hash(&self) -> &str {
        &self.0.transaction_hash
    }

    /// Whether that block is finalized.
    async fn finalized(&self) -> bool {
        self.0.finalized
    }

    /// What became of its block.
    async fn status(&self) -> TestimonyStatus {
        match self.0.status {
            documents::TestimonyStatus::Pending => TestimonyStatus::Pending,
            documents::TestimonyStatus::Unavailable => TestimonyStatus::Unavailable,
            documents::TestimonyStatus::Counted => TestimonyStatus::Counted,
        }
    }

    /// Why it could not be had, in words.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Version of the roster that its records were checked against; 0 until they were.
    async fn roster_version(&self) -> Int53 {
        Int53(self.0.roster_version)
    }

    /// Valid records in it.
    async fn records(&self) -> Int53 {
        Int53(self.0.records)
    }

    /// Lines in it that are none.
    async fn refused(&self) -> Int53 {
        Int53(self.0.refused)
    }

    /// Whose records are in it.
    async fn device_ids(&self) -> &[String] {
        &self.0.devices
    }

    /// What is odd in it.
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn flags(&self) -> Vec<Flag> {
        self.0.flags.iter().map(Flag::from).collect()
    }
}

/// Testimonies of an area, or those that hold records of a device.
pub(super) async fn testimonies(
    context: &Context<'_>,
    area_id: Option<String>,
    device_id: Option<String>,
    first: i32,
) -> Result<Vec<Testimony>> {
    let length = page::length(first)? as i64;
    let views = Sources::of(context)?.views();
    let found = match (area_id, device_id) {
        (area_id, None) => views.testimonies_of(area_id.as_deref(), length).await,
        (None, Some(device_id)) => views.testimonies_with(&device_id, length).await,
        _ => return Err(ApiError::argument("give areaId or deviceId, not both").into()),
    };
    Ok(found.map_err(ApiError::from)?.into_iter().map(Testimony).collect())
}
