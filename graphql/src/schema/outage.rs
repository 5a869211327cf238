//! Outages.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use store::views::{documents, read::OutageFilter};

use super::{
    page,
    scalar::{Int53, Provenance, SiteKind},
    site::Site,
};
use crate::{ApiError, Sources};

/// An interval in which a device stated OFF, from verified records. Silence is never an outage.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Outage {
    /// Names it for ever: device and sequence of the first OFF.
    pub id: String,
    /// The device.
    pub device_id: String,
    /// Its area.
    pub area_id: String,
    /// Its feeder.
    pub feeder_id: String,
    /// What is watched.
    pub kind: SiteKind,
    /// Timestamp of the first OFF.
    pub start_unix_s: Int53,
    /// That record's sequence.
    pub start_sequence: Int53,
    /// Timestamp of the ON after it; none while it lasts.
    pub end_unix_s: Option<Int53>,
    /// That record's sequence.
    pub end_sequence: Option<Int53>,
    /// Records before it are missing, or the time of its beginning is an upper bound: it may have begun earlier.
    pub start_uncertain: bool,
    /// Records within it are missing, or the time of its end is an upper bound: supply may have returned in between or
    /// earlier.
    pub end_uncertain: bool,
}

/// Outages, the latest begun first.
#[derive(Clone, Debug, SimpleObject)]
pub struct OutagePage {
    /// The outages.
    pub items: Vec<Outage>,
    /// Whether more follow.
    pub has_more: bool,
    /// What `after` takes to go on; none where the list is empty.
    pub end_cursor: Option<String>,
}

#[ComplexObject]
impl Outage {
    /// Seconds that it lasted; none while it lasts.
    async fn duration_s(&self) -> Option<Int53> {
        self.end_unix_s.map(|end| Int53(end.0.saturating_sub(self.start_unix_s.0)))
    }

    /// The site.
    #[graphql(complexity = "5 + child_complexity")]
    async fn site(&self, context: &Context<'_>) -> Result<Option<Site>> {
        let site = Sources::of(context)?.site(&self.device_id).await?;
        Ok(site.map(Site))
    }

    /// Where the site's readings come from.
    async fn provenance(&self, context: &Context<'_>) -> Result<Provenance> {
        let site = Sources::of(context)?.site(&self.device_id).await?;
        Ok(site.map_or(Provenance::Generated, |site| Provenance::from_text(&site.provenance)))
    }
}

impl From<documents::Outage> for Outage {
    fn from(outage: documents::Outage) -> Self {
        Self {
            kind: SiteKind::from_text(&outage.kind),
            id: outage.id,
            device_id: outage.device_id,
            area_id: outage.area_id,
            feeder_id: outage.feeder_id,
            start_unix_s: Int53(outage.start_unix_s),
            start_sequence: Int53(outage.start_sequence),
            end_unix_s: outage.end_unix_s.map(Int53),
            end_sequence: outage.end_sequence.map(Int53),
            start_uncertain: outage.start_uncertain,
            end_uncertain: outage.end_uncertain,
        }
    }
}

/// One page of outages.
pub async fn page(
    context: &Context<'_>,
    filter: &OutageFilter,
    first: i32,
    after: Option<String>,
) -> Result<OutagePage> {
    let length = page::length(first)?;
    let after = after.as_deref().map(page::from_cursor).transpose()?;
    let views = Sources::of(context)?.views();
    let found = views.outages_where(filter, after.as_ref(), length as i64 + 1).await.map_err(ApiError::from)?;
    let (found, has_more) = page::cut(found, length);
    let end_cursor = found.last().map(|last| page::to_cursor(last.start_unix_s, &last.id));
    Ok(OutagePage { items: found.into_iter().map(Outage::from).collect(), has_more, end_cursor })
}
