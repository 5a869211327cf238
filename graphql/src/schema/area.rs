//! Areas.

use std::sync::OnceLock;

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{
    batch::{self, Batch},
    cell::Cell,
    coverage::Coverage,
    feeder::{Feeder, StateCounts},
    page,
    scalar::{Int53, Provenance},
    site::Site,
};
use crate::{
    ApiError, Sources,
    atlas::{AreaNow, ByState},
    now::COVERAGE_DAYS,
};

/// Which roster an area has.
#[derive(Clone, Debug, SimpleObject)]
pub struct RosterReference {
    /// Its version, from 1.
    pub version: Int53,
    /// Its header's SHA-256, hex.
    pub digest: String,
    /// Its header on IPFS.
    pub uri: String,
    /// From when batches use it.
    pub effective_from_unix_s: Int53,
}

/// The type `Area`.
pub struct Area {
    now: AreaNow,
    /// Counted once for all fields that tell of it.
    by_state: OnceLock<ByState>,
}

/// The responsibility of one official, and the unit of batching.
#[Object]
impl Area {
    /// The area.
    async fn area_id(&self) -> &str {
        &self.now.document().area_id
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.now.document().name
    }

    /// The lane that anchors it.
    async fn lane(&self) -> Int53 {
        Int53(self.now.document().lane.into())
    }

    /// Its first batch number.
    async fn first_batch_number(&self) -> Int53 {
        Int53(self.now.document().since)
    }

    /// Seconds by which its local time is ahead of UTC.
    async fn utc_offset_s(&self) -> i32 {
        self.now.document().utc_offset_s
    }

    /// Where its readings come from: of all its devices the one furthest from news.
    async fn provenance(&self) -> Provenance {
        Provenance::from_text(&self.now.document().provenance)
    }

    /// Its newest roster.
    async fn roster(&self) -> RosterReference {
        let area = self.now.document();
        let digest = protocol::from_hex(&area.roster_digest).unwrap_or_default();
        RosterReference {
            version: Int53(area.roster_version),
            digest: area.roster_digest.clone(),
            uri: format!("ipfs://{}", protocol::cid::from_digest(&digest)),
            effective_from_unix_s: Int53(area.roster_effective_from_unix_s),
        }
    }

    /// Customers of all its devices, houses included.
    async fn customers(&self) -> Int53 {
        Int53(self.now.document().customers)
    }

    /// Its devices, houses included.
    async fn devices(&self) -> Int53 {
        Int53(self.now.document().devices)
    }

    /// Houses enrolled, in cells.
    async fn houses(&self) -> Int53 {
        Int53(self.now.document().cells.iter().map(|cell| cell.houses).sum())
    }

    /// Transformers and streets by state.
    async fn sites_by_state(&self) -> StateCounts {
        StateCounts::of_sites(self.by_state())
    }

    /// Customers counted at transformers and streets by state. Those of houses are in no state here: of houses only
    /// cells are told.
    async fn customers_by_state(&self) -> StateCounts {
        StateCounts::of_customers(self.by_state())
    }

    /// Share of the customers counted at transformers and streets whose state is OFF, 0 to 1.
    async fn customers_off_share(&self) -> Option<f64> {
        let counts = StateCounts::of_customers(self.by_state());
        share(counts.off, counts.total)
    }

    /// Share of these customers of whom nothing is known, 0 to 1.
    async fn customers_no_data_share(&self) -> Option<f64> {
        let counts = StateCounts::of_customers(self.by_state());
        share(counts.no_data, counts.total)
    }

    /// Houses counted by cells, now; none while the roster cannot be had from chain and IPFS.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn cells(&self, context: &Context<'_>) -> Result<Option<Vec<Cell>>> {
        let area = self.now.document();
        let provenance = Provenance::from_text(&area.provenance);
        let counts = Sources::of(context)?.cells().of(area).await?;
        let cell = |count| Cell::live(&area.area_id, count, self.now.at_unix_s, provenance);
        Ok(counts.as_ref().map(|counts| counts.iter().map(cell).collect()))
    }

    /// Its feeders by id.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn feeders(&self) -> Vec<Feeder> {
        Feeder::of_area(&self.now)
    }

    /// Its sites by device id; houses are not among them.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn sites(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "page::MAX_FIRST", desc = "At most so many, up to 500.")] first: i32,
        #[graphql(desc = "Behind this device id.")] after: Option<String>,
    ) -> Result<Vec<Site>> {
        let length = page::length(first)?;
        let device_ids = self.now.device_ids(after.as_deref(), length);
        Ok(Sources::of(context)?.sites(&device_ids).await?.into_iter().map(Site).collect())
    }

    /// Its last batches, the latest first.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn batches(
        &self,
        context: &Context<'_>,
        #[graphql(default = 5, desc = "At most so many, up to 500.")] first: i32,
    ) -> Result<Vec<Batch>> {
        Ok(batch::page(context, Some(self.now.document().area_id.clone()), None, first, None).await?.items)
    }

    /// Records received by local day over all its transformers and streets, the latest day last, at most 8 days.
    #[graphql(complexity = "10 + days.max(0) as usize * child_complexity")]
    async fn coverage(
        &self,
        context: &Context<'_>,
        #[graphql(default = 2, desc = "Local days up to today, at most 8.")] days: i32,
    ) -> Result<Vec<Coverage>> {
        let most = COVERAGE_DAYS as usize;
        let days = usize::try_from(days).ok().filter(|days| (1..=most).contains(days));
        let days = days.ok_or_else(|| ApiError::argument(format!("days is 1 to {most}")))?;
        let (area, at) = (self.now.document(), self.now.at_unix_s);
        let known = Sources::of(context)?.coverages().of(area, at, self.now.as_of_unix_s()).await?;
        let provenance = Provenance::from_text(&self.now.document().provenance);
        let last = &known[known.len().saturating_sub(days)..];
        Ok(last.iter().map(|(day, of)| Coverage::new(*day, *of, provenance)).collect())
    }

    /// End of the last batch that is accounted for: what is said about completeness is as of then.
    async fn as_of_unix_s(&self) -> Option<Int53> {
        self.now.as_of_unix_s().map(Int53)
    }

    /// As of when the states are.
    async fn at_unix_s(&self) -> Int53 {
        Int53(self.now.at_unix_s)
    }
}

impl Area {
    /// The area as it stands.
    pub fn new(now: AreaNow) -> Self {
        Self { now, by_state: OnceLock::new() }
    }

    fn by_state(&self) -> &ByState {
        self.by_state.get_or_init(|| self.now.by_state())
    }
}

fn share(part: Int53, whole: Int53) -> Option<f64> {
    (whole.0 > 0).then(|| part.0 as f64 / whole.0 as f64)
}

/// An area that the views name.
pub async fn find(context: &Context<'_>, area_id: &str) -> Result<Option<Area>> {
    Ok(Sources::of(context)?.area_now(area_id).await?.map(Area::new))
}
