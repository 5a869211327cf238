//! What the sensors say of complaints: backed, contradicted, counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::{
    complaint::{Act, Backing, Case, Contradiction, Course, Period, Scorecard, Supply, backings, contradiction},
    supply::{Segment, Timeline},
};
use store::views::{
    accountability::{ComplaintFilter, course},
    documents::{Complaint, DeviceTimeline, Entry},
    read::Position,
};

use crate::{ApiError, Sources};

/// Complaints that one scorecard counts at most; more is said, not cut off.
const MAX_COUNTED: usize = 20_000;
/// Complaints read at one time.
const PAGE: i64 = 500;

/// Where a complaint's sensors are: its site, or the feeder where it names none.
type Place = (String, Option<String>, Option<String>);

/// What devices stated, by place: several complaints are of one.
#[derive(Default)]
pub struct Supplies(HashMap<Place, Vec<Supply>>);

impl Supplies {
    /// What the devices of a complaint's site, or else of its feeder in its area, have stated in anchored records.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn of(&mut self, sources: &Sources, complaint: &Complaint) -> Result<&[Supply], ApiError> {
        let place = (complaint.area_id.clone(), complaint.site_id.clone(), complaint.feeder_id.clone());
        if !self.0.contains_key(&place) {
            let views = sources.views();
            let mut sites = match (&place.1, &place.2) {
                (Some(site_id), _) => views.sites_by_id(site_id).await?,
                (None, Some(feeder_id)) => views.sites_of_feeder(&complaint.area_id, feeder_id).await?,
                (None, None) => Vec::new(),
            };
            sites.retain(|site| site.area_id == complaint.area_id);
            let devices: Vec<String> = sites.iter().map(|site| site.device_id.clone()).collect();
            let timelines = views.timelines_of(&devices).await?;
            let supply = |site: &store::views::documents::Site| Supply {
                device_id: site.device_id.clone(),
                heartbeat_s: site.heartbeat_s,
                segments: timelines.get(&site.device_id).map(segments).unwrap_or_default(),
            };
            self.0.insert(place.clone(), sites.iter().map(supply).collect());
        }
        Ok(self.0.get(&place).map_or(&[], Vec::as_slice))
    }
}

fn segments(timeline: &DeviceTimeline) -> Vec<Segment> {
    Timeline::from(&timeline.current).segments().to_vec()
}

/// What the sensors say of one complaint.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The complaint.
    pub complaint: String,
    /// Its openings.
    pub course: Course<String>,
    /// By opening: the signed OFF that stands behind it.
    pub backings: Vec<Option<Backing>>,
    /// By opening: what contradicts that it was fixed.
    pub contradictions: Vec<Option<Contradiction>>,
}

impl Finding {
    /// From a complaint's entries and its devices.
    ///
    /// # Errors
    /// [`ApiError::Store`] where the views hold something else.
    pub fn new(entries: &[Entry], supplies: &[Supply]) -> Result<Self, ApiError> {
        let course = course(entries).ok().flatten().ok_or_else(|| {
            tracing::warn!(entry = entries.first().map(|entry| &entry.id), "entries are of no complaint");
            ApiError::Store
        })?;
        let backings = backings(&course, supplies).collect();
        let fixed = |opening: &protocol::complaint::Opening<String>| {
            let closing = opening.closing.as_ref().filter(|closing| closing.act == Act::ResolveFixed)?;
            contradiction(supplies, closing.at_unix_s)
        };
        let contradictions = course.openings().map(fixed).collect();
        let complaint = entries.first().map(|entry| entry.complaint.clone()).unwrap_or_default();
        Ok(Self { complaint, course, backings, contradictions })
    }

    fn cases(&self) -> impl Iterator<Item = Case<'_, String>> {
        let all = self.course.openings().zip(self.backings.iter().zip(&self.contradictions)).enumerate();
        all.map(|(i, (opening, (backing, contradiction)))| Case {
            complaint: &self.complaint,
            opening,
            is_reopening: i > 0,
            backing: backing.as_ref(),
            is_contradicted: contradiction.is_some(),
        })
    }
}

/// What the sensors say of these complaints, in their order.
///
/// # Errors
/// [`ApiError::Store`].
pub async fn findings(
    sources: &Sources,
    supplies: &mut Supplies,
    complaints: &[Complaint],
) -> Result<Vec<Finding>, ApiError> {
    let ids: Vec<String> = complaints.iter().map(|complaint| complaint.id.clone()).collect();
    let mut by_complaint: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in sources.views().courses_of(&ids).await? {
        by_complaint.entry(entry.complaint.clone()).or_default().push(entry);
    }
    let mut findings = Vec::new();
    for complaint in complaints {
        let entries = by_complaint.remove(&complaint.id).unwrap_or_default();
        findings.push(Finding::new(&entries, supplies.of(sources, complaint).await?)?);
    }
    Ok(findings)
}

/// Whose complaints a scorecard counts.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The area.
    pub area_id: String,
    /// Only the openings of this official, 0x and lower-case hex.
    pub official: Option<String>,
    /// Only complaints of sites and feeders that the area's newest roster has on this substation.
    pub station_id: Option<String>,
}

/// Sites and feeders of a substation.
struct Station {
    sites: HashSet<String>,
    feeders: HashSet<String>,
}

impl Station {
    async fn of(sources: &Sources, area_id: &str, station_id: &str) -> Result<Self, ApiError> {
        let mut station = Self { sites: HashSet::new(), feeders: HashSet::new() };
        for site in sources.views().sites_of_area(area_id).await? {
            if site.station_id == station_id {
                station.sites.insert(site.site_id);
                station.feeders.insert(site.feeder_id);
            }
        }
        if station.sites.is_empty() {
            return Err(ApiError::argument(format!("area {area_id} has no station {station_id}")));
        }
        Ok(station)
    }

    /// A complaint is of its site's or its feeder's station; one that names neither is of none.
    fn has(&self, complaint: &Complaint) -> bool {
        let is_site = complaint.site_id.as_ref().is_some_and(|site| self.sites.contains(site));
        is_site || complaint.feeder_id.as_ref().is_some_and(|feeder| self.feeders.contains(feeder))
    }
}

/// The scorecard of an area, of one official in it, or of one substation.
///
/// # Errors
/// [`ApiError`]; an area with more complaints than are counted is refused.
pub async fn scorecard(sources: &Sources, asked: &Counted, period: Period) -> Result<Scorecard, ApiError> {
    let Counted { area_id, official, station_id } = asked;
    let station = match station_id {
        Some(station_id) => Some(Station::of(sources, area_id, station_id).await?),
        None => None,
    };
    let filter = ComplaintFilter { area_id: Some(area_id.clone()), ..ComplaintFilter::default() };
    let (mut all, mut after, mut supplies, mut counted) = (Vec::new(), None, Supplies::default(), HashSet::new());
    loop {
        let page = sources.views().complaints_where(&filter, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(Position { unix_s: last.filed_at_unix_s, id: last.id.clone() });
        if all.len() + page.len() > MAX_COUNTED {
            return Err(ApiError::Busy(
                "more complaints than are counted at one time: `verifier scorecard` counts all",
            ));
        }
        let is_there = |complaint: &&Complaint| station.as_ref().is_none_or(|station| station.has(complaint));
        counted.extend(page.iter().filter(is_there).map(|complaint| complaint.id.clone()));
        all.extend(findings(sources, &mut supplies, &page).await?);
    }
    let is_asked_for = |case: &Case<'_, String>| {
        let is_theirs = official.as_ref().is_none_or(|official| case.opening.owner() == Some(official));
        is_theirs && counted.contains(case.complaint)
    };
    Ok(Scorecard::of(all.iter().flat_map(Finding::cases), is_asked_for, period))
}
