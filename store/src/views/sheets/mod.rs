//! Sheets: where the sites of an area are and what their devices stated of late, packed into few documents. Whoever
//! keeps all sites in memory reads these instead of sites and timelines: a year of those is a thousand times as much.
//! They are written in the transactions that change what they are made of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bson::{Binary, Document, doc, spec::BinarySubtype};
use futures::{Stream, TryStreamExt as _};
use protocol::roster::Provenance;
use serde::{Deserialize, Serialize};

use super::{
    Views,
    documents::{Area, Progress, Sheet, Site},
    timeline::Draft,
    transaction::Transaction,
};
use crate::{StoreError, watch::Watch};

mod stated;

pub use stated::{Stated, Stretch};

/// Sites in one sheet: a document stays far below 16 MB whatever they state.
pub const SITES_A_SHEET: usize = 500;
/// First byte of packed sites. What begins with another was written by another version: drop the views.
const FORMAT: u8 = 1;
/// Sheets in one answer of the server.
const BATCH_SIZE: u32 = 50;

/// What a sheet holds, unpacked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetContent {
    /// What the sites hang on, by id.
    pub feeders: Vec<SheetFeeder>,
    /// Names of places, in order.
    pub localities: Vec<String>,
    /// The sites by device id; removed ones are left out.
    pub sites: Vec<SheetSite>,
}

/// A feeder, as far as its sites are in the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetFeeder {
    /// Its id.
    pub feeder_id: String,
    /// Its name.
    pub name: String,
    /// The substation.
    pub station_id: String,
    /// `live`, `replay` or `generated`: of its sites the one furthest from news.
    pub provenance: String,
}

/// A site; as [`Site`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetSite {
    /// The device that watches it.
    pub device_id: String,
    /// The site.
    pub site_id: String,
    /// A street; else a transformer.
    pub is_street: bool,
    /// What it hangs on: a place in `feeders`.
    pub feeder: u32,
    /// Its place in `localities`.
    pub locality: u32,
    /// Where it is.
    pub latitude_e6: i32,
    /// Where it is.
    pub longitude_e6: i32,
    /// Customers counted here and nowhere else.
    pub customers: u64,
    /// Seconds between heartbeats.
    pub heartbeat_s: u64,
    /// When the first roster that names it took effect.
    pub enrolled_unix_s: u64,
    /// What its device stated.
    pub stated: Stated,
}

impl Sheet {
    /// Packs sites.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`], which no content gives reason for.
    pub fn pack(area_id: &str, number: u32, content: &SheetContent) -> Result<Self, StoreError> {
        let bytes = postcard::to_extend(content, vec![FORMAT]).map_err(unreadable)?;
        Ok(Self {
            id: format!("{area_id}/{number}"),
            area_id: area_id.to_owned(),
            number,
            sites: Binary { subtype: BinarySubtype::Generic, bytes },
        })
    }

    /// The sites.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where another version wrote them.
    pub fn unpack(&self) -> Result<SheetContent, StoreError> {
        match self.sites.bytes.split_first() {
            Some((&FORMAT, bytes)) => postcard::from_bytes(bytes).map_err(unreadable),
            _ => Err(unreadable("written by another version: drop the views, and they are made again")),
        }
    }
}

fn unreadable(reason: impl ToString) -> StoreError {
    StoreError::Unreadable { collection: "sheets", reason: reason.to_string() }
}

/// The sheets of an area with these sites.
pub(super) fn lay(
    area_id: &str,
    sites: &[Site],
    stated: &mut HashMap<String, Stated>,
) -> Result<Vec<Sheet>, StoreError> {
    let mut sites: Vec<&Site> = sites.iter().filter(|site| site.removed.is_none()).collect();
    sites.sort_unstable_by_key(|site| &site.device_id);
    let pieces = sites.chunks(SITES_A_SHEET).enumerate();
    pieces.map(|(number, sites)| Sheet::pack(area_id, number as u32, &content(sites, stated))).collect()
}

fn content(sites: &[&Site], stated: &mut HashMap<String, Stated>) -> SheetContent {
    let feeders = feeders(sites);
    let localities: BTreeSet<&str> = sites.iter().map(|site| site.locality.as_str()).collect();
    let localities: Vec<&str> = localities.into_iter().collect();
    let site = |site: &&Site| {
        let [longitude, latitude] = site.location.coordinates;
        SheetSite {
            device_id: site.device_id.clone(),
            site_id: site.site_id.clone(),
            is_street: site.kind == "street",
            feeder: feeders.partition_point(|feeder| feeder.feeder_id < site.feeder_id) as u32,
            locality: localities.partition_point(|name| *name < site.locality.as_str()) as u32,
            latitude_e6: (latitude * 1e6).round() as i32,
            longitude_e6: (longitude * 1e6).round() as i32,
            customers: site.customers,
            heartbeat_s: site.heartbeat_s,
            enrolled_unix_s: site.enrolled_unix_s,
            stated: stated.remove(&site.device_id).unwrap_or_default(),
        }
    };
    SheetContent {
        sites: sites.iter().map(site).collect(),
        localities: localities.iter().map(|name| (*name).to_owned()).collect(),
        feeders,
    }
}

/// What sites hang on, by id.
fn feeders(sites: &[&Site]) -> Vec<SheetFeeder> {
    let mut feeders: BTreeMap<&str, (&Site, Option<Provenance>)> = BTreeMap::new();
    for site in sites {
        // What nobody defined is not news.
        let provenance = Provenance::from_text(&site.provenance).unwrap_or(Provenance::Generated);
        let furthest = &mut feeders.entry(&site.feeder_id).or_insert((site, None)).1;
        *furthest = (*furthest).max(Some(provenance));
    }
    let feeder = |(feeder_id, (site, provenance)): (&str, (&Site, Option<Provenance>))| SheetFeeder {
        feeder_id: feeder_id.to_owned(),
        name: site.feeder_name.clone(),
        station_id: site.station_id.clone(),
        provenance: provenance.unwrap_or(Provenance::Generated).as_str().to_owned(),
    };
    feeders.into_iter().map(feeder).collect()
}

/// Writes what drafts state into the sheets of their areas.
pub(super) async fn write(
    transaction: &mut Transaction,
    sheets: &[Sheet],
    drafts: &BTreeMap<String, Draft>,
) -> Result<(), StoreError> {
    let mut changed = Vec::new();
    for sheet in sheets {
        let mut content = sheet.unpack()?;
        let mut is_changed = false;
        for site in &mut content.sites {
            let Some(draft) = drafts.get(&site.device_id).filter(|draft| draft.is_of(&sheet.area_id)) else { continue };
            let stated = draft.stated();
            is_changed |= site.stated != stated;
            site.stated = stated;
        }
        if is_changed {
            changed.push(Sheet::pack(&sheet.area_id, sheet.number, &content)?);
        }
    }
    transaction.replace("sheets", &changed).await
}

/// Moves the end of the last period that is accounted for on, area by area.
pub(super) async fn account<'a>(
    transaction: &mut Transaction,
    ends: impl Iterator<Item = (&'a str, u64)>,
) -> Result<(), StoreError> {
    let mut latest: BTreeMap<&str, u64> = BTreeMap::new();
    for (area_id, end) in ends {
        let latest = latest.entry(area_id).or_default();
        *latest = end.max(*latest);
    }
    let updates = latest.into_iter().map(|(area_id, end)| {
        let end = i64::try_from(end).unwrap_or(i64::MAX);
        doc! { "q": { "_id": area_id }, "u": { "$max": { "accounted_unix_s": end } }, "upsert": true }
    });
    transaction.update("progress", updates.collect()).await.map(drop)
}

impl Views {
    /// The sheets of areas.
    pub(super) async fn sheets_of<'a>(
        &self,
        area_ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Sheet>, StoreError> {
        let area_ids: BTreeSet<&str> = area_ids.into_iter().collect();
        let area_ids: Vec<&str> = area_ids.into_iter().collect();
        let found = self.sheets().find(doc! { "area_id": { "$in": area_ids } }).await?;
        Ok(found.try_collect().await?)
    }

    /// All sheets, or those of one area, in no order.
    ///
    /// # Errors
    /// [`StoreError`], from the call and from the stream.
    pub async fn scan_sheets(
        &self,
        area_id: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Sheet, StoreError>> + Send + Unpin + use<>, StoreError> {
        let filter = area_id.map(|area_id| doc! { "area_id": area_id }).unwrap_or_default();
        Ok(self.sheets().find(filter).batch_size(BATCH_SIZE).await?.map_err(StoreError::from))
    }

    /// End of the last period of each area that is accounted for: its batch is verified or empty.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn all_progress(&self) -> Result<HashMap<String, u64>, StoreError> {
        let found: Vec<Progress> = self.progress().find(doc! {}).await?.try_collect().await?;
        Ok(found.into_iter().map(|progress| (progress.area_id, progress.accounted_unix_s)).collect())
    }

    /// The same of one area; none where no period is accounted for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn accounted_unix_s(&self, area_id: &str) -> Result<Option<u64>, StoreError> {
        let found = self.progress().find_one(doc! { "_id": area_id }).await?;
        Ok(found.map(|progress| progress.accounted_unix_s))
    }

    /// Changes of areas from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watch_areas(&self) -> Result<Watch<Area>, StoreError> {
        Watch::open(&self.areas()).await
    }

    /// Changes of sheets from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn watch_sheets(&self) -> Result<Watch<Sheet>, StoreError> {
        Watch::open(&self.sheets()).await
    }

    /// Makes sheets and progress of areas that have none, from their sites, timelines and batches: views that an
    /// earlier version made have neither.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ensure_sheets(&self) -> Result<(), StoreError> {
        let there: BTreeSet<String> = self.all_sheet_areas().await?;
        let progress = self.all_progress().await?;
        for area in self.all_areas().await? {
            let sheets = match there.contains(&area.area_id) {
                true => Vec::new(),
                false => {
                    let sites = self.sites_of_area(&area.area_id).await?;
                    let mut stated = self.stated_of(&sites).await?;
                    lay(&area.area_id, &sites, &mut stated)?
                }
            };
            let end = match progress.contains_key(&area.area_id) {
                true => None,
                false => self.last_accounted(&area.area_id, None).await?,
            };
            if sheets.is_empty() && end.is_none() {
                continue;
            }
            let mut transaction = Transaction::begin(self).await?;
            transaction.replace("sheets", &sheets).await?;
            account(&mut transaction, end.into_iter().map(|end| (area.area_id.as_str(), end))).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn all_sheet_areas(&self) -> Result<BTreeSet<String>, StoreError> {
        let names = self.sheets().distinct("area_id", Document::new()).await?;
        Ok(names.into_iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
    }

    /// What the devices of sites stated, by their timelines.
    pub(super) async fn stated_of(&self, sites: &[Site]) -> Result<HashMap<String, Stated>, StoreError> {
        let device_ids: Vec<String> = sites.iter().map(|site| site.device_id.clone()).collect();
        let timelines = self.timelines_of(&device_ids).await?;
        Ok(timelines.into_iter().map(|(device_id, timeline)| (device_id, Stated::from(&timeline))).collect())
    }

    /// End of the last period that is accounted for by the batches, up to a block.
    pub(super) async fn last_accounted(
        &self,
        area_id: &str,
        up_to_block: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let mut filter = doc! { "area_id": area_id, "status": { "$in": ["verified", "empty"] } };
        if let Some(number) = up_to_block {
            filter.insert("block_number", doc! { "$lte": i64::try_from(number).unwrap_or(i64::MAX) });
        }
        let batch = self.batches().find_one(filter).sort(doc! { "period_end_unix_s": -1 }).await?;
        Ok(batch.map(|batch| batch.period_end_unix_s))
    }
}

#[cfg(test)]
mod tests {
    use super::{stated::tests::timeline, *};

    #[test]
    fn sheets_come_back_and_those_of_other_versions_are_refused() {
        let content = SheetContent {
            feeders: vec![SheetFeeder {
                feeder_id: "f-1".into(),
                name: "Feeder".into(),
                station_id: "st-1".into(),
                provenance: "live".into(),
            }],
            localities: vec!["Place".into()],
            sites: vec![SheetSite {
                device_id: "dt-1".into(),
                site_id: "s-1".into(),
                is_street: false,
                feeder: 0,
                locality: 0,
                latitude_e6: -1,
                longitude_e6: 77_000_000,
                customers: 35,
                heartbeat_s: 900,
                enrolled_unix_s: 1,
                stated: Stated::new(&timeline(5, 900), &[], &[]),
            }],
        };
        let mut sheet = Sheet::pack("area", 3, &content).unwrap();
        assert_eq!((sheet.id.as_str(), sheet.unpack().unwrap()), ("area/3", content));
        sheet.sites.bytes[0] = FORMAT + 1;
        assert!(sheet.unpack().is_err());
        sheet.sites.bytes.clear();
        assert!(sheet.unpack().is_err());
    }
}
