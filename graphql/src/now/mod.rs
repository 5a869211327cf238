//! How an area stands now: verified records and live readings brought together, houses counted by cells.
//!
//! This is the only place that sees live readings of houses, and it lets out nothing but [`CellCount`]s. What has a
//! device id here is in `views.sites`, which holds no house.

mod site;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use protocol::{
    cells::CellCount,
    supply::{self, Coverage, Timeline, local_day},
};
use store::{
    intake::{Intake, documents::Live},
    views::{
        Views,
        documents::{Area, Site},
    },
};
use tokio::sync::Mutex as AsyncMutex;
use verifier::{CheckedRoster, Verifier};

use crate::ApiError;
use site::{last_live, site_now};

pub use site::{Anchorage, SiteNow, coverage_of};

/// How old an answer about an area may be.
const FRESH: Duration = Duration::from_secs(1);
/// Local days over which an area's coverage is kept, today included.
pub const COVERAGE_DAYS: u64 = 8;
/// Areas kept in memory.
const MAX_AREAS: usize = 4_096;
/// How long the roster that says which house is in which cell is used before chain and IPFS are asked again.
const ROSTER_FRESH: Duration = Duration::from_secs(30);
/// How long they are waited for: whoever asks about an area should not wait for its cells.
const ROSTER_WAIT: Duration = Duration::from_secs(3);

/// How an area stands.
#[derive(Clone, Debug)]
pub struct AreaNow {
    /// The area by its newest roster.
    pub area: Area,
    /// When this was put together.
    pub at_unix_s: u64,
    /// End of the last batch that was verified or empty: statements of completeness are as of then.
    pub as_of_unix_s: Option<u64>,
    /// The sites by device id, removed ones left out.
    pub sites: Vec<SiteNow>,
    /// Cells of houses from live readings; none while the roster cannot be had from chain and IPFS.
    pub cells: Option<Vec<CellCount>>,
    /// Coverage by local day, the latest last.
    pub days: Vec<(u64, Coverage)>,
}

impl AreaNow {
    /// A site by its device.
    #[must_use]
    pub fn site(&self, device_id: &str) -> Option<&SiteNow> {
        let at = self.sites.binary_search_by(|now| now.site.device_id.as_str().cmp(device_id)).ok()?;
        self.sites.get(at)
    }
}

/// What is kept of one area.
#[derive(Default)]
struct Kept {
    now: Option<(Instant, Arc<AreaNow>)>,
    /// The last roster that could be had; none at first.
    roster: Option<Arc<CheckedRoster>>,
    /// When it was asked for.
    roster_asked: Option<Instant>,
}

type Slot = Arc<AsyncMutex<Kept>>;

/// Areas as they stand, each at most a second old and put together once for all who ask.
pub struct Present {
    views: Views,
    intake: Intake,
    verifier: Verifier,
    slots: Mutex<HashMap<String, Slot>>,
}

impl Present {
    /// Over these sources.
    #[must_use]
    pub fn new(views: Views, intake: Intake, verifier: Verifier) -> Self {
        Self { views, intake, verifier, slots: Mutex::default() }
    }

    /// An area as it stands; none where there is no such area.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn area(&self, area_id: &str) -> Result<Option<Arc<AreaNow>>, ApiError> {
        let slot = self.slot(area_id);
        let mut kept = slot.lock().await;
        if let Some((at, now)) = kept.now.as_ref()
            && at.elapsed() < FRESH
        {
            return Ok(Some(now.clone()));
        }
        let Some(area) = self.views.area(area_id).await? else {
            // What does not exist is not remembered: names are the asker's to choose.
            self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(area_id);
            return Ok(None);
        };
        if !area.cells.is_empty() {
            self.refresh_roster(&area.area_id, &mut kept).await;
        }
        let now = Arc::new(self.load(area, kept.roster.as_deref()).await?);
        kept.now = Some((Instant::now(), now.clone()));
        Ok(Some(now))
    }

    fn slot(&self, area_id: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_AREAS && !slots.contains_key(area_id) {
            slots.clear();
        }
        slots.entry(area_id.to_owned()).or_default().clone()
    }

    async fn refresh_roster(&self, area_id: &str, kept: &mut Kept) {
        if kept.roster_asked.is_some_and(|at| at.elapsed() < ROSTER_FRESH) {
            return;
        }
        kept.roster_asked = Some(Instant::now());
        let fetch = self.verifier.roster_in_force(area_id, unix_s());
        match tokio::time::timeout(ROSTER_WAIT, fetch).await {
            Ok(Ok(roster)) => kept.roster = Some(roster),
            Ok(Err(error)) => tracing::warn!(area_id, reason = error.name(), "no roster for live cells"),
            Err(_) => tracing::warn!(area_id, "no roster for live cells in time"),
        }
    }

    async fn load(&self, area: Area, roster: Option<&CheckedRoster>) -> Result<AreaNow, ApiError> {
        let at_unix_s = unix_s();
        let sites = self.views.sites_of_area(&area.area_id).await?;
        let sites: Vec<Site> = sites.into_iter().filter(|site| site.removed.is_none()).collect();
        let device_ids: Vec<String> = sites.iter().map(|site| site.device_id.clone()).collect();
        let mut timelines = self.views.timelines_of(&device_ids).await?;
        let live = self.intake.live_of_areas(std::slice::from_ref(&area.area_id)).await?;
        let live: HashMap<String, Live> = live.into_iter().map(|live| (live.device_id.clone(), live)).collect();
        let as_of_unix_s = self.views.accounted_unix_s(&area.area_id).await?;

        let until_unix_s = as_of_unix_s.unwrap_or(at_unix_s).min(at_unix_s);
        let mut days = recent_days(&area, at_unix_s);
        let mut now = Vec::with_capacity(sites.len());
        for site in sites {
            let document = timelines.remove(&site.device_id);
            let timeline = document.as_ref().map(|document| Timeline::from(&document.current)).unwrap_or_default();
            for (day, coverage) in &mut days {
                let of_site = coverage_of(
                    &timeline,
                    (site.heartbeat_s, site.enrolled_unix_s),
                    *day,
                    until_unix_s,
                    area.utc_offset_s,
                );
                coverage.received += of_site.received;
                coverage.expected += of_site.expected;
            }
            now.push(site_now(site, document.as_ref(), &timeline, &live, at_unix_s));
        }
        let cells = if area.cells.is_empty() {
            Some(Vec::new())
        } else {
            roster.map(|checked| count_cells(&checked.roster, &live, at_unix_s))
        };
        Ok(AreaNow { area, at_unix_s, as_of_unix_s, sites: now, cells, days })
    }
}

/// UNIX time now.
#[must_use]
pub fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn recent_days(area: &Area, at_unix_s: u64) -> Vec<(u64, Coverage)> {
    let today = local_day(at_unix_s, area.utc_offset_s);
    let first = today.saturating_sub(COVERAGE_DAYS - 1);
    (first..=today).map(|day| (day, Coverage { received: 0, expected: 0 })).collect()
}

/// Houses by cells, as masked as what is published with batches.
fn count_cells(roster: &protocol::roster::Roster, live: &HashMap<String, Live>, at_unix_s: u64) -> Vec<CellCount> {
    let state_of = |device: &protocol::roster::Device| {
        let last = live.get(&device.device_id).and_then(last_live);
        supply::state(last, device.heartbeat_s, at_unix_s)
    };
    roster.cells().into_iter().map(|(cell, houses)| CellCount::tally(cell, houses.into_iter().map(state_of))).collect()
}
