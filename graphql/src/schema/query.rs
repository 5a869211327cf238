//! The entry points of queries.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use store::views::{accountability::ComplaintFilter, read::OutageFilter};

use super::{
    area::{self, Area},
    batch::{self, Batch, BatchPage, BatchStatus},
    cell::Cell,
    complaint::{self, Complaint, ComplaintOrder, ComplaintPage, ComplaintStage},
    evidence::{self, EvidenceBlock},
    feeder::Feeder,
    map::{self, MapView, MapWindow},
    meta::Meta,
    name::{self, Name, NamePage, NearbySite},
    official::{self, ComplaintClass, Notice, Official, Scorecard},
    outage::{self, OutagePage},
    page,
    record::Record,
    scalar::Int53,
    site::{Site, SitePage},
    submission::{self, Sponsorship, Submission},
    testimony::{self, Testimony},
};
use crate::{ApiError, Sources};

/// Most refusals in one answer.
const MAX_REFUSALS: usize = 500;

/// Records that were refused, by reason, hour and area.
#[derive(Clone, Debug, SimpleObject)]
pub struct Refusal {
    /// The area that the device belongs to, if it is known.
    pub area_id: Option<String>,
    /// Why, such as `not-canonical`, `unknown-device` or `bad-signature`.
    pub reason: String,
    /// Beginning of the hour.
    pub hour_unix_s: Int53,
    /// How many.
    pub count: Int53,
}

/// The entry points of queries.
pub struct Query;

/// What can be asked. Every type that carries readings says where they come from. Nothing here is about a single
/// house: those are counted in cells.
#[Object]
impl Query {
    /// How far everything is, and what it rests on.
    #[graphql(name = "_meta", complexity = "5 + child_complexity")]
    async fn meta(&self, context: &Context<'_>) -> Result<Meta> {
        Ok(Meta::new(Sources::of(context)?))
    }

    /// All areas by id.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn areas(&self, context: &Context<'_>) -> Result<Vec<Area>> {
        Ok(Sources::of(context)?.atlas().areas().await?.into_iter().map(Area::new).collect())
    }

    /// One area.
    #[graphql(complexity = "5 + child_complexity")]
    async fn area(&self, context: &Context<'_>, id: String) -> Result<Option<Area>> {
        area::find(context, &id).await
    }

    /// The feeders of an area by id.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn feeders(&self, context: &Context<'_>, area_id: String) -> Result<Vec<Feeder>> {
        let area = Sources::of(context)?.area_now(&area_id).await?;
        Ok(area.map(|area| Feeder::of_area(&area)).unwrap_or_default())
    }

    /// One feeder; of one that lies in several areas, the part in the first.
    #[graphql(complexity = "5 + child_complexity")]
    async fn feeder(&self, context: &Context<'_>, id: String) -> Result<Option<Feeder>> {
        let sources = Sources::of(context)?;
        let Some(area) = sources.atlas().area_of_feeder(&id).await? else { return Ok(None) };
        Ok(Feeder::of_area(&area).into_iter().find(|feeder| feeder.feeder_id == id))
    }

    /// Transformers and streets in the order of device ids, in a map window or an area or everywhere. In a window are
    /// none whose device was removed.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn sites(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those inside.")] window: Option<MapWindow>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
    ) -> Result<SitePage> {
        let length = page::length(first)?;
        let window = window.map(MapWindow::check).transpose()?;
        let sources = Sources::of(context)?;
        let (area_id, after, limit) = (area_id.as_deref(), after.as_deref(), length + 1);
        let found = match window {
            Some(window) => {
                sources.atlas().read().await?;
                let device_ids = sources.atlas().devices_in(window, area_id, after, limit);
                sources.views().sites_of_devices(&device_ids).await
            }
            None => sources.views().sites_behind(area_id, after, limit as i64).await,
        };
        let (found, has_more) = page::cut(found.map_err(ApiError::from)?, length);
        let end_cursor = found.last().map(|last| last.device_id.clone());
        let items = found.into_iter().map(|site| Site(Arc::new(site))).collect();
        Ok(SitePage { items, has_more, end_cursor })
    }

    /// One site, by its device or its own id; give one of the two. A house's device has no site here.
    #[graphql(complexity = "5 + child_complexity")]
    async fn site(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The device that watches it.")] device_id: Option<String>,
        #[graphql(desc = "The site.")] site_id: Option<String>,
    ) -> Result<Option<Site>> {
        let sources = Sources::of(context)?;
        match (device_id, site_id) {
            (Some(device_id), None) => Ok(sources.site(&device_id).await?.map(Site)),
            (None, Some(site_id)) => {
                let site = sources.views().site_by_id(&site_id).await.map_err(ApiError::from)?;
                Ok(site.map(|site| Site(Arc::new(site))))
            }
            _ => Err(ApiError::argument("give deviceId or siteId, not both").into()),
        }
    }

    /// Outages of transformers and streets, the latest begun first. NO DATA is none.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    #[allow(clippy::too_many_arguments)]
    async fn outages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
        #[graphql(desc = "Only those of this feeder.")] feeder_id: Option<String>,
        #[graphql(desc = "Only those of this device.")] device_id: Option<String>,
        #[graphql(desc = "Lasting after this.")] from_unix_s: Option<Int53>,
        #[graphql(desc = "Begun before this.")] to_unix_s: Option<Int53>,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
    ) -> Result<OutagePage> {
        let (from_unix_s, to_unix_s) = (from_unix_s.map(|from| from.0), to_unix_s.map(|to| to.0));
        let filter = OutageFilter { area_id, feeder_id, device_id, from_unix_s, to_unix_s };
        outage::page(context, &filter, first, after).await
    }

    /// Houses of an area counted by cells: now, or as published with a batch. None while the live ones cannot be
    /// counted, or where there is no such area or batch.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn cells(
        &self,
        context: &Context<'_>,
        area_id: String,
        #[graphql(desc = "As published with this batch; without it, now.")] batch_number: Option<Int53>,
    ) -> Result<Option<Vec<Cell>>> {
        let sources = Sources::of(context)?;
        let Some(area) = sources.area_now(&area_id).await? else { return Ok(None) };
        let provenance = super::scalar::Provenance::from_text(&area.document().provenance);
        let Some(Int53(number)) = batch_number else {
            let counts = sources.cells().of(area.document()).await?;
            let live = |count| Cell::live(&area_id, count, area.at_unix_s, provenance);
            return Ok(counts.as_ref().map(|cells| cells.iter().map(live).collect()));
        };
        let batch = sources.views().batch(&area_id, number).await.map_err(ApiError::from)?;
        Ok(batch.map(|batch| batch.cells.iter().map(|count| Cell::published(&batch, count, provenance)).collect()))
    }

    /// Anchored batches, the latest period first.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn batches(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
        #[graphql(desc = "Only those of which this became.")] status: Option<BatchStatus>,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
    ) -> Result<BatchPage> {
        batch::page(context, area_id, status, first, after).await
    }

    /// One batch.
    #[graphql(complexity = "5 + child_complexity")]
    async fn batch(&self, context: &Context<'_>, area_id: String, number: Int53) -> Result<Option<Batch>> {
        let batch = Sources::of(context)?.views().batch(&area_id, number.0).await.map_err(ApiError::from)?;
        Ok(batch.map(Batch))
    }

    /// A record with its proof, made from the batch on IPFS after that was verified against the chain. None where no
    /// verified batch holds it; houses' records are published nowhere.
    #[graphql(complexity = "1000 + child_complexity")]
    async fn record(
        &self,
        context: &Context<'_>,
        device_id: String,
        sequence: Int53,
        #[graphql(desc = "Only in this batch.")] batch_number: Option<Int53>,
    ) -> Result<Option<Record>> {
        let number = batch_number.map(|number| number.0);
        let proofs = Sources::of(context)?.evidence().find(&device_id, sequence.0, number).await?;
        Ok(proofs.into_iter().next().map(Record::from))
    }

    /// All records of a device under one sequence: more than one where the device contradicted itself.
    #[graphql(complexity = "1000 + 2 * child_complexity")]
    async fn records(&self, context: &Context<'_>, device_id: String, sequence: Int53) -> Result<Vec<Record>> {
        let proofs = Sources::of(context)?.evidence().find(&device_id, sequence.0, None).await?;
        Ok(proofs.into_iter().map(Record::from).collect())
    }

    /// What a window of the map shows now, or at a time in the past: grouped by zoom (up to 9 areas, 10 to 12 feeders,
    /// from 13 on sites), and where that were too much for one answer of 200 kB, in groups of sites.
    #[graphql(complexity = "4000 + child_complexity")]
    async fn map(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is seen.")] window: MapWindow,
        #[graphql(desc = "Zoom of web maps, 0 to 22.")] zoom: i32,
        #[graphql(desc = "A time in the past, at most 48 hours back; without it, now.")] at_unix_s: Option<Int53>,
    ) -> Result<MapView> {
        Ok(map::map(context, window, zoom, at_unix_s).await?)
    }

    /// Everything that can be searched by name, to be kept offline: areas, feeders and localities, by area, kind and
    /// id, in pages.
    #[graphql(complexity = "4000 + child_complexity")]
    async fn names(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "name::MAX_NAMES", desc = "At most so many, up to 2000.")] first: i32,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
    ) -> Result<NamePage> {
        Ok(name::names(context, first, after).await?)
    }

    /// Names that match a text, best first: each of its words begins a word of the name or of its area's. For
    /// installations whose list is too long to keep.
    #[graphql(complexity = "1000 + first.max(0) as usize * child_complexity")]
    async fn search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is looked for, up to 96 characters.")] text: String,
        #[graphql(default = 20, desc = "At most so many, up to 50.")] first: i32,
    ) -> Result<Vec<Name>> {
        Ok(name::search(context, text, first).await?)
    }

    /// The sites nearest to a point, nearest first, within 50 km. Houses are not among them.
    #[graphql(complexity = "1000 + first.max(0) as usize * child_complexity")]
    async fn near(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In degrees.")] latitude_deg: f64,
        #[graphql(desc = "In degrees.")] longitude_deg: f64,
        #[graphql(default = 5, desc = "At most so many, up to 20.")] first: i32,
    ) -> Result<Vec<NearbySite>> {
        Ok(name::near(context, latitude_deg, longitude_deg, first).await?)
    }

    /// One complaint.
    #[graphql(complexity = "50 + child_complexity")]
    async fn complaint(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "0x and hex.")] id: String,
    ) -> Result<Option<Complaint>> {
        complaint::find(context, &id).await
    }

    /// Complaints, the latest filed first unless another order is asked for.
    #[graphql(complexity = "50 + first.max(0) as usize * (5 + child_complexity)")]
    #[allow(clippy::too_many_arguments)]
    async fn complaints(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
        #[graphql(desc = "Only those of this feeder.")] feeder_id: Option<String>,
        #[graphql(desc = "Only those of this site.")] site_id: Option<String>,
        #[graphql(desc = "Only those that stand so.")] stages: Option<Vec<ComplaintStage>>,
        #[graphql(default_with = "ComplaintOrder::LatestFiled", desc = "In which order.")] order: ComplaintOrder,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
    ) -> Result<ComplaintPage> {
        let filter = ComplaintFilter { area_id, feeder_id, site_id, ..ComplaintFilter::default() };
        complaint::page(context, filter, stages, order, first, after).await
    }

    /// Who may act on the complaints of an area, and who might: all grants, by level.
    #[graphql(complexity = "10 + 50 * child_complexity")]
    async fn officials(&self, context: &Context<'_>, area_id: String) -> Result<Vec<Official>> {
        official::officials(context, &area_id).await
    }

    /// The classes of complaints that an area takes, with their clocks. None: it takes no complaints.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn complaint_classes(&self, context: &Context<'_>, area_id: String) -> Result<Vec<ComplaintClass>> {
        official::classes(context, &area_id).await
    }

    /// Planned outages, the latest announced first.
    #[graphql(complexity = "20 + first.max(0) as usize * child_complexity")]
    async fn notices(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
        #[graphql(desc = "Only those that name this feeder.")] feeder_id: Option<String>,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
    ) -> Result<Vec<Notice>> {
        official::notices(context, area_id, feeder_id, first).await
    }

    /// Blocks of records that somebody named on the chain past a relayer: the newest first; those of a device in the order of
    /// the chain.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn testimonies(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
        #[graphql(desc = "Or those that hold records of this device.")] device_id: Option<String>,
        #[graphql(default_with = "page::DEFAULT_FIRST", desc = "At most so many, up to 500.")] first: i32,
    ) -> Result<Vec<Testimony>> {
        testimony::testimonies(context, area_id, device_id, first).await
    }

    /// What became of the complaints of an area, or of those of one official in it.
    #[graphql(complexity = "2000 + child_complexity")]
    async fn scorecard(
        &self,
        context: &Context<'_>,
        area_id: String,
        #[graphql(desc = "The official's wallet; without it, the whole area.")] official: Option<String>,
        #[graphql(desc = "The substation: only complaints of its sites and feeders, by the newest roster.")]
        station_id: Option<String>,
        #[graphql(desc = "Begin of the period; without it, the beginning.")] from_unix_s: Option<Int53>,
        #[graphql(desc = "End of the period, exclusive; without it, now.")] to_unix_s: Option<Int53>,
    ) -> Result<Scorecard> {
        official::scorecard(context, area_id, official, station_id, from_unix_s, to_unix_s).await
    }

    /// Evidence for a complaint: the anchored records of a window at a site, or on a feeder, with their proofs and the
    /// devices' coverage, as a block that a filing names by its digest.
    #[graphql(complexity = "4000 + child_complexity")]
    async fn evidence(
        &self,
        context: &Context<'_>,
        area_id: String,
        #[graphql(desc = "The site; or else the feeder.")] site_id: Option<String>,
        #[graphql(desc = "The feeder; or else the site.")] feeder_id: Option<String>,
        #[graphql(desc = "Begin of the window.")] from_unix_s: Int53,
        #[graphql(desc = "End of the window, at most seven days later.")] to_unix_s: Int53,
    ) -> Result<EvidenceBlock> {
        evidence::compose(context, area_id, site_id, feeder_id, from_unix_s.0, to_unix_s.0).await
    }

    /// What became of a submission.
    #[graphql(complexity = "5 + child_complexity")]
    async fn submission(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The digest that was signed, 0x and hex.")] id: String,
    ) -> Result<Option<Submission>> {
        Ok(Sources::of(context)?.submissions().find(&id).await?.map(Submission::from))
    }

    /// What this service pays for in an area.
    #[graphql(complexity = "20 + child_complexity")]
    async fn sponsorship(&self, context: &Context<'_>, area_id: String) -> Result<Sponsorship> {
        submission::sponsorship(context, &area_id).await
    }

    /// Records that were refused, the latest hour first, at most 500 counts.
    #[graphql(complexity = "10 + 50 * child_complexity")]
    async fn refusals(&self, context: &Context<'_>) -> Result<Vec<Refusal>> {
        let refusals = Sources::of(context)?.intake().refusals().await.map_err(ApiError::from)?;
        let shown = refusals.into_iter().take(MAX_REFUSALS).map(|refusal| Refusal {
            area_id: refusal.area_id,
            reason: refusal.reason,
            hour_unix_s: Int53(refusal.hour_unix_s),
            count: Int53(refusal.count),
        });
        Ok(shown.collect())
    }
}
