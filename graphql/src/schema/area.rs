//! Areas.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{
    batch::{self, Batch},
    cell::Cell,
    feeder::{Feeder, StateCounts},
    page,
    scalar::{Int53, Provenance},
    site::{Coverage, Site},
};
use crate::{ApiError, Sources, now::AreaNow};

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
pub struct Area(pub Arc<AreaNow>);

/// The responsibility of one official, and the unit of batching.
#[Object]
impl Area {
    /// The area.
    async fn area_id(&self) -> &str {
        &self.0.area.area_id
    }

    /// Its name for people.
    async fn name(&self) -> &str {
        &self.0.area.name
    }

    /// The lane that anchors it.
    async fn lane(&self) -> Int53 {
        Int53(self.0.area.lane.into())
    }

    /// Its first batch number.
    async fn first_batch_number(&self) -> Int53 {
        Int53(self.0.area.since)
    }

    /// Seconds by which its local time is ahead of UTC.
    async fn utc_offset_s(&self) -> i32 {
        self.0.area.utc_offset_s
    }

    /// Where its readings come from: of all its devices the one furthest from news.
    async fn provenance(&self) -> Provenance {
        Provenance::from_text(&self.0.area.provenance)
    }

    /// Its newest roster.
    async fn roster(&self) -> RosterReference {
        let area = &self.0.area;
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
        Int53(self.0.area.customers)
    }

    /// Its devices, houses included.
    async fn devices(&self) -> Int53 {
        Int53(self.0.area.devices)
    }

    /// Houses enrolled, in cells.
    async fn houses(&self) -> Int53 {
        Int53(self.0.area.cells.iter().map(|cell| cell.houses).sum())
    }

    /// Transformers and streets by state.
    async fn sites_by_state(&self) -> StateCounts {
        StateCounts::of_sites(&self.0.sites)
    }

    /// Customers counted at transformers and streets by state. Those of houses are in no state here: of houses only
    /// cells are told.
    async fn customers_by_state(&self) -> StateCounts {
        StateCounts::of_customers(&self.0.sites)
    }

    /// Share of the customers counted at transformers and streets whose state is OFF, 0 to 1.
    async fn customers_off_share(&self) -> Option<f64> {
        let counts = StateCounts::of_customers(&self.0.sites);
        share(counts.off, counts.total)
    }

    /// Share of these customers of whom nothing is known, 0 to 1.
    async fn customers_no_data_share(&self) -> Option<f64> {
        let counts = StateCounts::of_customers(&self.0.sites);
        share(counts.no_data, counts.total)
    }

    /// Houses counted by cells, now; none while the roster cannot be had from chain and IPFS.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn cells(&self) -> Option<Vec<Cell>> {
        let provenance = Provenance::from_text(&self.0.area.provenance);
        let cells = self.0.cells.as_ref()?.iter();
        Some(cells.map(|count| Cell::live(&self.0.area.area_id, count, self.0.at_unix_s, provenance)).collect())
    }

    /// Its feeders by id.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn feeders(&self) -> Vec<Feeder> {
        Feeder::of_area(&self.0)
    }

    /// Its sites by device id; houses are not among them.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn sites(
        &self,
        #[graphql(default_with = "page::MAX_FIRST", desc = "At most so many, up to 500.")] first: i32,
        #[graphql(desc = "Behind this device id.")] after: Option<String>,
    ) -> Result<Vec<Site>> {
        let length = page::length(first)?;
        let behind = self.0.sites.iter().filter(|now| after.as_ref().is_none_or(|after| now.site.device_id > *after));
        Ok(behind.take(length).map(|now| Site(now.site.clone())).collect())
    }

    /// Its last batches, the latest first.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn batches(
        &self,
        context: &Context<'_>,
        #[graphql(default = 5, desc = "At most so many, up to 500.")] first: i32,
    ) -> Result<Vec<Batch>> {
        Ok(batch::page(context, Some(self.0.area.area_id.clone()), None, first, None).await?.items)
    }

    /// Records received by local day over all its transformers and streets, the latest day last, at most 8 days.
    #[graphql(complexity = "10 + days.max(0) as usize * child_complexity")]
    async fn coverage(
        &self,
        #[graphql(default = 2, desc = "Local days up to today, at most 8.")] days: i32,
    ) -> Result<Vec<Coverage>> {
        let known = self.0.days.len();
        let days = usize::try_from(days).ok().filter(|days| (1..=known).contains(days));
        let days = days.ok_or_else(|| ApiError::argument(format!("days is 1 to {known}")))?;
        let provenance = Provenance::from_text(&self.0.area.provenance);
        Ok(self.0.days[known - days..].iter().map(|(day, of)| Coverage::new(*day, *of, provenance)).collect())
    }

    /// End of the last batch that is accounted for: what is said about completeness is as of then.
    async fn as_of_unix_s(&self) -> Option<Int53> {
        self.0.as_of_unix_s.map(Int53)
    }

    /// As of when the states are.
    async fn at_unix_s(&self) -> Int53 {
        Int53(self.0.at_unix_s)
    }
}

fn share(part: Int53, whole: Int53) -> Option<f64> {
    (whole.0 > 0).then(|| part.0 as f64 / whole.0 as f64)
}

/// An area that the views name.
pub async fn find(context: &Context<'_>, area_id: &str) -> Result<Option<Area>> {
    Ok(Sources::of(context)?.area_now(area_id).await?.map(Area))
}
