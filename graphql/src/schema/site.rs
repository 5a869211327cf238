//! Sites: transformers and streets.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use protocol::supply::{Standing, Timeline, local_day};
use store::views::{documents, read::OutageFilter};

use super::{
    area::Area,
    batch::Batch,
    coverage::Coverage,
    feeder::Feeder,
    outage::{self, OutagePage},
    page,
    scalar::{Int53, PowerStatus, Provenance, SiteKind, State},
};
use crate::{
    ApiError, Sources,
    atlas::{AreaNow, Firmness, SiteNow},
    now::coverage_of,
};

/// Most local days of coverage in one answer.
const MAX_DAYS: u64 = 62;

/// Whether a reading is anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Anchored {
    /// Signed and checked by the relayer, but in no verified batch yet.
    No,
    /// In a verified batch, in a block that may still be replaced.
    Yes,
    /// In a verified batch in a finalized block.
    Final,
}

impl From<Firmness> for Anchored {
    fn from(firmness: Firmness) -> Self {
        match firmness {
            Firmness::Live => Self::No,
            Firmness::Anchored => Self::Yes,
            Firmness::Final => Self::Final,
        }
    }
}

/// How a site stands now.
#[derive(Clone, Debug, SimpleObject)]
pub struct SiteState {
    /// ON, OFF or NO DATA.
    pub state: State,
    /// Since when; for NO DATA, when silence had lasted too long. None for a device that was never heard.
    pub since_unix_s: Option<Int53>,
    /// Timestamp of the newest reading. An OFF is unconfirmed since then.
    pub last_heard_unix_s: Option<Int53>,
    /// That reading's sequence.
    pub sequence: Option<Int53>,
    /// Whether that reading is anchored.
    pub anchored: Anchored,
    /// The batch that it is in, where that is known; of one that is not anchored, none.
    pub batch_number: Option<Int53>,
    /// As of when this was put together.
    pub at_unix_s: Int53,
    /// Where the readings come from.
    pub provenance: Provenance,
}

impl SiteState {
    fn new(now: &SiteNow, at_unix_s: u64, provenance: Provenance) -> Self {
        let Standing { state, since_unix_s, heard_unix_s } = now.mark.standing;
        Self {
            state: state.into(),
            since_unix_s: since_unix_s.map(Int53),
            last_heard_unix_s: heard_unix_s.map(Int53),
            sequence: now.sequence.map(Int53),
            anchored: now.mark.firmness.into(),
            batch_number: now.batch_number.map(Int53),
            at_unix_s: Int53(at_unix_s),
            provenance,
        }
    }
}

/// Records of one status that follow each other without a gap, from verified batches; of ON without silence so long
/// that the state was NO DATA in between.
#[derive(Clone, Debug, SimpleObject)]
pub struct Segment {
    /// What they state.
    pub power_status: PowerStatus,
    /// The first one's timestamp.
    pub first_unix_s: Int53,
    /// The last one's timestamp.
    pub last_unix_s: Int53,
    /// The first one's sequence.
    pub first_sequence: Int53,
    /// The last one's sequence.
    pub last_sequence: Int53,
    /// Records before the first one are missing.
    pub gap_before: bool,
    /// The first one's timestamp is an upper bound: it may have been earlier.
    pub first_is_upper_bound: bool,
    /// Which of three phases are live by the last one, of a device that watches so many: a digit each for L1, L2 and L3, 1
    /// live, 0 dead.
    pub phases: Option<String>,
    /// Where the readings come from.
    pub provenance: Provenance,
}

/// The type `Site`.
pub struct Site(pub Arc<documents::Site>);

/// A transformer or street, with the device that watches it.
#[Object]
impl Site {
    /// The place.
    async fn site_id(&self) -> &str {
        &self.0.site_id
    }

    /// The device that watches it.
    async fn device_id(&self) -> &str {
        &self.0.device_id
    }

    /// Transformer or street.
    async fn kind(&self) -> SiteKind {
        SiteKind::from_text(&self.0.kind)
    }

    /// The place as people call it.
    async fn locality(&self) -> &str {
        &self.0.locality
    }

    /// Its area.
    async fn area_id(&self) -> &str {
        &self.0.area_id
    }

    /// Its feeder.
    async fn feeder_id(&self) -> &str {
        &self.0.feeder_id
    }

    /// The feeder's name.
    async fn feeder_name(&self) -> &str {
        &self.0.feeder_name
    }

    /// The substation.
    async fn station_id(&self) -> &str {
        &self.0.station_id
    }

    /// Latitude in degrees, as provisioned: not measured.
    async fn latitude_deg(&self) -> f64 {
        self.0.location.coordinates[1]
    }

    /// Longitude in degrees, as provisioned: not measured.
    async fn longitude_deg(&self) -> f64 {
        self.0.location.coordinates[0]
    }

    /// Customers counted here and nowhere else.
    async fn customers(&self) -> Int53 {
        Int53(self.0.customers)
    }

    /// Seconds between its heartbeats.
    async fn heartbeat_s(&self) -> Int53 {
        Int53(self.0.heartbeat_s)
    }

    /// The device's public key: the uncompressed P-256 point, hex.
    async fn public_key(&self) -> &str {
        &self.0.public_key
    }

    /// When the first roster that names the device took effect.
    async fn enrolled_unix_s(&self) -> Int53 {
        Int53(self.0.enrolled_unix_s)
    }

    /// Why the device was removed; none while it is enrolled.
    async fn removed(&self) -> Option<&str> {
        self.0.removed.as_deref()
    }

    /// Where its readings come from.
    async fn provenance(&self) -> Provenance {
        Provenance::from_text(&self.0.provenance)
    }

    /// How it stands now; none for a device that was removed.
    #[graphql(complexity = "2 + child_complexity")]
    async fn now(&self, context: &Context<'_>) -> Result<Option<SiteState>> {
        let area = Sources::of(context)?.area_now(&self.0.area_id).await?;
        let provenance = Provenance::from_text(&self.0.provenance);
        let now = |area: AreaNow| Some(SiteState::new(&area.site(&self.0.device_id)?, area.at_unix_s, provenance));
        Ok(area.and_then(now))
    }

    /// What it stated in verified batches, the latest first, as far as it touches the time asked for.
    #[graphql(complexity = "50 + first.max(0) as usize * child_complexity")]
    async fn history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Lasting after this.")] from_unix_s: Option<Int53>,
        #[graphql(desc = "Begun before this.")] to_unix_s: Option<Int53>,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
    ) -> Result<Vec<Segment>> {
        let length = page::length(first)?;
        let timeline = self.timeline(context).await?;
        let (from, to) = (from_unix_s.map_or(0, |from| from.0), to_unix_s.map_or(u64::MAX, |to| to.0));
        let provenance = Provenance::from_text(&self.0.provenance);
        let segments = timeline.segments();
        let mut history = Vec::new();
        for (i, segment) in segments.iter().enumerate().rev() {
            // A segment goes on until the next one says otherwise.
            let ends = segments.get(i + 1).map_or(u64::MAX, |next| next.first_unix_s);
            if ends <= from || segment.first_unix_s >= to {
                continue;
            }
            let before = i.checked_sub(1).map(|i| segments[i].last_sequence);
            history.push(Segment {
                power_status: segment.power_status.into(),
                first_unix_s: Int53(segment.first_unix_s),
                last_unix_s: Int53(segment.last_unix_s),
                first_sequence: Int53(segment.first_sequence),
                last_sequence: Int53(segment.last_sequence),
                gap_before: if before.is_none() {
                    segment.first_sequence != self.0.first_sequence
                } else {
                    before != segment.predecessor
                },
                first_is_upper_bound: segment.first_is_bound,
                phases: segment.phases.map(|phases| phases.as_str().to_owned()),
                provenance,
            });
            if history.len() == length {
                break;
            }
        }
        Ok(history)
    }

    /// Its outages, the latest begun first.
    #[graphql(complexity = "50 + first.max(0) as usize * child_complexity")]
    async fn outages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Lasting after this.")] from_unix_s: Option<Int53>,
        #[graphql(desc = "Begun before this.")] to_unix_s: Option<Int53>,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
    ) -> Result<OutagePage> {
        let filter = OutageFilter {
            device_id: Some(self.0.device_id.clone()),
            from_unix_s: from_unix_s.map(|from| from.0),
            to_unix_s: to_unix_s.map(|to| to.0),
            ..OutageFilter::default()
        };
        outage::page(context, &filter, first, after).await
    }

    /// Records received by local day, the latest day last.
    #[graphql(complexity = "50 + days.max(0) as usize * child_complexity")]
    async fn coverage(
        &self,
        context: &Context<'_>,
        #[graphql(default = 7, desc = "Local days up to today, at most 62.")] days: i32,
    ) -> Result<Vec<Coverage>> {
        let days = u64::try_from(days).ok().filter(|days| (1..=MAX_DAYS).contains(days));
        let days = days.ok_or_else(|| ApiError::argument(format!("days is 1 to {MAX_DAYS}")))?;
        let timeline = self.timeline(context).await?;
        let Some(area) = Sources::of(context)?.area_now(&self.0.area_id).await? else { return Ok(Vec::new()) };
        let offset = area.document().utc_offset_s;
        let until = area.as_of_unix_s().unwrap_or(area.at_unix_s).min(area.at_unix_s);
        let today = local_day(area.at_unix_s, offset);
        let provenance = Provenance::from_text(&self.0.provenance);
        let device = (self.0.heartbeat_s, self.0.enrolled_unix_s);
        let of = |day| Coverage::new(day, coverage_of(&timeline, device, day, until, offset), provenance);
        Ok((today.saturating_sub(days - 1)..=today).map(of).collect())
    }

    /// The newest verified batch that holds a record of its device; none before the first.
    #[graphql(complexity = "20 + child_complexity")]
    async fn last_batch(&self, context: &Context<'_>) -> Result<Option<Batch>> {
        let batch = Sources::of(context)?.views().last_batch_of(&self.0.device_id).await.map_err(ApiError::from)?;
        Ok(batch.map(Batch))
    }

    /// Its area.
    #[graphql(complexity = "5 + child_complexity")]
    async fn area(&self, context: &Context<'_>) -> Result<Option<Area>> {
        Ok(Sources::of(context)?.area_now(&self.0.area_id).await?.map(Area::new))
    }

    /// What it hangs on.
    #[graphql(complexity = "5 + child_complexity")]
    async fn feeder(&self, context: &Context<'_>) -> Result<Option<Feeder>> {
        let area = Sources::of(context)?.area_now(&self.0.area_id).await?;
        Ok(area.and_then(|area| Feeder::of_area(&area).into_iter().find(|f| f.feeder_id == self.0.feeder_id)))
    }

    /// The site under which it hangs.
    #[graphql(complexity = "5 + child_complexity")]
    async fn parent(&self, context: &Context<'_>) -> Result<Option<Self>> {
        let Some(parent) = &self.0.parent else { return Ok(None) };
        let site = Sources::of(context)?.views().site_by_id(parent).await.map_err(ApiError::from)?;
        Ok(site.map(|site| Self(Arc::new(site))))
    }

    /// The sites right below it. Houses are in none of them.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn children(&self, context: &Context<'_>) -> Result<Vec<Self>> {
        let sites = Sources::of(context)?.views().children(&self.0.site_id).await.map_err(ApiError::from)?;
        Ok(sites.into_iter().map(|site| Self(Arc::new(site))).collect())
    }
}

impl Site {
    async fn timeline(&self, context: &Context<'_>) -> Result<Timeline> {
        let device_id = self.0.device_id.clone();
        let mut timelines = Sources::of(context)?
            .views()
            .timelines_of(std::slice::from_ref(&device_id))
            .await
            .map_err(ApiError::from)?;
        Ok(timelines.remove(&device_id).map(|document| Timeline::from(&document.current)).unwrap_or_default())
    }
}

/// Sites in the order of device ids.
#[derive(SimpleObject)]
pub struct SitePage {
    /// The sites.
    pub items: Vec<Site>,
    /// Whether more follow.
    pub has_more: bool,
    /// What `after` takes to go on; none where the list is empty.
    pub end_cursor: Option<String>,
}
