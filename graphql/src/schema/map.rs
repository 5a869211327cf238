//! The map.

use async_graphql::{ComplexObject, Context, Enum, InputObject, Result, SimpleObject};
use protocol::supply::Coverage;

use super::{
    feeder::StateCounts,
    scalar::{Int53, Provenance, SiteKind, State},
    site::Anchored,
};
use crate::{
    ApiError, Sources,
    atlas::{AreaShown, At, Bounds, ByState, FeederShown, GroupShown, MAX_PAST_S, Shown, SiteShown, View, Window},
};

/// Highest zoom that can be asked for.
const MAX_ZOOM: i32 = 22;

/// A part of the map in degrees, not across the date line.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct MapWindow {
    /// Lower longitude, from -180.
    pub west: f64,
    /// Lower latitude, from -90.
    pub south: f64,
    /// Higher longitude, up to 180; less than 180 degrees from the lower one.
    pub east: f64,
    /// Higher latitude, up to 90.
    pub north: f64,
}

impl MapWindow {
    /// The window that was meant.
    pub fn check(self) -> Result<Window, ApiError> {
        let Self { west, south, east, north } = self;
        let whole = [west, south, east, north].iter().all(|degrees| degrees.is_finite());
        let ordered = west < east && south < north && east - west < 180.0;
        if whole && ordered && west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0 {
            Ok(Window { west, south, east, north })
        } else {
            Err(ApiError::argument("window: west < east by less than 180 degrees, south < north, all on the globe"))
        }
    }
}

/// What the marks of a map stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MapLevel {
    /// Areas: up to zoom 9.
    Areas,
    /// Feeders: zoom 10 to 12.
    Feeders,
    /// Sites: from zoom 13 on.
    Sites,
    /// Groups of sites that lie near each other: where there is too much of the others in a window.
    Groups,
}

/// What a window of the map shows. Of the four lists only that of `level` holds something. Houses are in none.
#[derive(Clone, Debug, SimpleObject)]
pub struct MapView {
    /// What the marks stand for.
    pub level: MapLevel,
    /// As of when the marks are: the time that was asked for, else now, or when the store was last heard.
    pub at_unix_s: Int53,
    /// Whether a time was asked for. What is anchored by then is from verified records; what is not, from live
    /// readings as far as they are known.
    pub is_past: bool,
    /// End of the last period that is accounted for in every area of the window; none where one has none.
    pub anchored_up_to_unix_s: Option<Int53>,
    /// Seconds of the last anchored batch period: a step of past times that is worth while; none before the first.
    pub period_s: Option<Int53>,
    /// Areas that reach into the window, at most 1500.
    #[graphql(complexity = "20 * child_complexity")]
    pub areas: Vec<AreaMark>,
    /// Feeders whose middle is in the window, at most 1500.
    #[graphql(complexity = "20 * child_complexity")]
    pub feeders: Vec<FeederMark>,
    /// Sites in the window, at most 1000.
    #[graphql(complexity = "20 * child_complexity")]
    pub sites: Vec<SiteMark>,
    /// Groups of the sites in the window, at most 600.
    #[graphql(complexity = "20 * child_complexity")]
    pub groups: Vec<GroupMark>,
    /// Where the readings come from: of all areas of the window the one furthest from news.
    pub provenance: Provenance,
}

/// An area on the map, by its transformers and streets.
#[derive(Clone, Debug, SimpleObject)]
pub struct AreaMark {
    /// The area.
    pub area_id: String,
    /// Its name for people.
    pub name: String,
    /// In the middle of its sites, in degrees.
    pub latitude_deg: f64,
    /// In the middle of its sites, in degrees.
    pub longitude_deg: f64,
    /// Lowest latitude of its sites.
    pub south: f64,
    /// Lowest longitude of its sites.
    pub west: f64,
    /// Highest latitude of its sites.
    pub north: f64,
    /// Highest longitude of its sites.
    pub east: f64,
    /// Share of the customers whose state is OFF, 0 to 1; none where no customers are counted.
    pub customers_off_share: Option<f64>,
    /// Share of the expected records that came on the local day of `atUnixS` and the day before, as known now, at
    /// most 1; none where nothing was expected.
    pub coverage_share: Option<f64>,
    /// Its sites by state.
    pub sites_by_state: StateCounts,
    /// The customers counted at these by state.
    pub customers_by_state: StateCounts,
}

/// A feeder on the map, as far as it lies in one area.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct FeederMark {
    /// The feeder.
    pub feeder_id: String,
    /// Its area.
    pub area_id: String,
    /// Its name as its utility writes it.
    pub name: String,
    /// In the middle of its sites, in degrees.
    pub latitude_deg: f64,
    /// In the middle of its sites, in degrees.
    pub longitude_deg: f64,
    /// Its sites by state.
    pub sites_by_state: StateCounts,
    /// The customers counted at these by state.
    pub customers_by_state: StateCounts,
}

#[ComplexObject]
impl FeederMark {
    /// Whether every site that was heard is OFF, and at least one is.
    async fn is_whole_feeder_off(&self) -> bool {
        self.sites_by_state.is_whole_off()
    }
}

/// A site on the map.
#[derive(Clone, Debug, SimpleObject)]
pub struct SiteMark {
    /// The site.
    pub site_id: String,
    /// The device that watches it.
    pub device_id: String,
    /// Transformer or street.
    pub kind: SiteKind,
    /// The place as people call it.
    pub locality: String,
    /// Its feeder.
    pub feeder_id: String,
    /// In degrees, as provisioned.
    pub latitude_deg: f64,
    /// In degrees, as provisioned.
    pub longitude_deg: f64,
    /// Customers counted here.
    pub customers: Int53,
    /// ON, OFF or NO DATA.
    pub state: State,
    /// Since when; for NO DATA, when silence had lasted too long. None for a device that was not heard by then.
    pub since_unix_s: Option<Int53>,
    /// Timestamp of the newest reading; for a time in the past that time, where it lies between readings of one
    /// status.
    pub last_heard_unix_s: Option<Int53>,
    /// Whether that reading is anchored.
    pub anchored: Anchored,
}

/// Sites that lie in one square of a grid on the map. Nothing is averaged: any OFF shows.
#[derive(Clone, Debug, SimpleObject)]
pub struct GroupMark {
    /// In their middle, in degrees.
    pub latitude_deg: f64,
    /// In their middle, in degrees.
    pub longitude_deg: f64,
    /// Their lowest latitude.
    pub south: f64,
    /// Their lowest longitude.
    pub west: f64,
    /// Their highest latitude.
    pub north: f64,
    /// Their highest longitude.
    pub east: f64,
    /// They by state.
    pub sites_by_state: StateCounts,
    /// The customers counted at them by state.
    pub customers_by_state: StateCounts,
}

/// What a window shows.
pub async fn map(
    context: &Context<'_>,
    window: MapWindow,
    zoom: i32,
    at_unix_s: Option<Int53>,
) -> Result<MapView, ApiError> {
    let window = window.check()?;
    let zoom = u8::try_from(zoom).ok().filter(|zoom| i32::from(*zoom) <= MAX_ZOOM);
    let zoom = zoom.ok_or_else(|| ApiError::argument(format!("zoom is 0 to {MAX_ZOOM}")))?;
    let sources = Sources::of(context).map_err(|_| ApiError::Store)?;
    let now = sources.atlas().as_of().await?;
    if let Some(Int53(at)) = at_unix_s {
        check_time(at, now)?;
    }
    let at = at_unix_s.map_or(At::Now(now), |at| At::Past(at.0));
    let atlas = sources.atlas().clone();
    let view = tokio::task::spawn_blocking(move || atlas.view(window, zoom, at, now)).await;
    let view = view.map_err(|_| ApiError::Busy("the service ends"))?;
    let configured = sources.config().provenance.kind.into();
    let mut map = MapView::new(view, Int53(at.unix_s()), at_unix_s.is_some(), configured);
    map.period_s = sources.atlas().period_s().map(Int53);
    Ok(map)
}

fn check_time(at_unix_s: u64, now_unix_s: u64) -> Result<(), ApiError> {
    if at_unix_s > now_unix_s {
        return Err(ApiError::argument(format!("atUnixS is in the future: it is {now_unix_s} here")));
    }
    if now_unix_s - at_unix_s > MAX_PAST_S {
        let hours = MAX_PAST_S / 3_600;
        let earliest = now_unix_s - MAX_PAST_S;
        return Err(ApiError::argument(format!("atUnixS is more than {hours} hours back: at least {earliest} now")));
    }
    Ok(())
}

impl MapView {
    fn new(view: View, at_unix_s: Int53, is_past: bool, configured: Provenance) -> Self {
        let mut map = Self {
            level: MapLevel::Areas,
            at_unix_s,
            is_past,
            anchored_up_to_unix_s: view.anchored_up_to_unix_s.map(Int53),
            period_s: None,
            areas: Vec::new(),
            feeders: Vec::new(),
            sites: Vec::new(),
            groups: Vec::new(),
            provenance: view.provenance.map_or(configured, Provenance::from),
        };
        match view.shown {
            Shown::Areas(areas) => map.areas = areas.into_iter().map(AreaMark::from).collect(),
            Shown::Feeders(feeders) => {
                map.level = MapLevel::Feeders;
                map.feeders = feeders.into_iter().map(FeederMark::from).collect();
            }
            Shown::Sites(sites) => {
                map.level = MapLevel::Sites;
                map.sites = sites.into_iter().map(SiteMark::from).collect();
            }
            Shown::Groups(groups) => {
                map.level = MapLevel::Groups;
                map.groups = groups.into_iter().map(GroupMark::from).collect();
            }
        }
        map
    }
}

impl From<AreaShown> for AreaMark {
    fn from(area: AreaShown) -> Self {
        let (sites_by_state, customers_by_state) = counts(&area.by_state);
        let Bounds { west_e6, south_e6, east_e6, north_e6 } = area.bounds;
        let Coverage { received, expected } = area.coverage;
        Self {
            area_id: area.area_id,
            name: area.name,
            latitude_deg: degrees(area.latitude_e6),
            longitude_deg: degrees(area.longitude_e6),
            south: degrees(south_e6),
            west: degrees(west_e6),
            north: degrees(north_e6),
            east: degrees(east_e6),
            customers_off_share: share(customers_by_state.off.0, customers_by_state.total.0),
            coverage_share: share(received.min(expected), expected),
            sites_by_state,
            customers_by_state,
        }
    }
}

impl From<FeederShown> for FeederMark {
    fn from(feeder: FeederShown) -> Self {
        let (sites_by_state, customers_by_state) = counts(&feeder.by_state);
        Self {
            feeder_id: feeder.feeder_id,
            area_id: feeder.area_id,
            name: feeder.name,
            latitude_deg: degrees(feeder.latitude_e6),
            longitude_deg: degrees(feeder.longitude_e6),
            sites_by_state,
            customers_by_state,
        }
    }
}

impl From<SiteShown> for SiteMark {
    fn from(site: SiteShown) -> Self {
        let standing = site.mark.standing;
        Self {
            site_id: site.site_id,
            device_id: site.device_id,
            kind: if site.is_street { SiteKind::Street } else { SiteKind::Transformer },
            locality: site.locality,
            feeder_id: site.feeder_id,
            latitude_deg: degrees(site.latitude_e6),
            longitude_deg: degrees(site.longitude_e6),
            customers: Int53(site.customers.into()),
            state: standing.state.into(),
            since_unix_s: standing.since_unix_s.map(Int53),
            last_heard_unix_s: standing.heard_unix_s.map(Int53),
            anchored: site.mark.firmness.into(),
        }
    }
}

impl From<GroupShown> for GroupMark {
    fn from(group: GroupShown) -> Self {
        let (sites_by_state, customers_by_state) = counts(&group.by_state);
        let Bounds { west_e6, south_e6, east_e6, north_e6 } = group.bounds;
        Self {
            latitude_deg: degrees(group.latitude_e6),
            longitude_deg: degrees(group.longitude_e6),
            south: degrees(south_e6),
            west: degrees(west_e6),
            north: degrees(north_e6),
            east: degrees(east_e6),
            sites_by_state,
            customers_by_state,
        }
    }
}

fn counts(by_state: &ByState) -> (StateCounts, StateCounts) {
    (StateCounts::of_sites(by_state), StateCounts::of_customers(by_state))
}

/// Millionths of a degree as degrees.
pub fn degrees(e6: i32) -> f64 {
    f64::from(e6) / 1e6
}

/// To four digits: more would be noise, and bytes.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1e4).round() / 1e4)
}
