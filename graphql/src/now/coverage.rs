//! Coverage of areas by day, from the timelines of all their sites.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::supply::{Coverage, DAY_S, Timeline, local_day};
use store::views::{Views, documents::Area};
use tokio::sync::Mutex as AsyncMutex;

use super::MAX_AREAS;
use crate::ApiError;

/// Local days over which an area's coverage is told, today included.
pub const COVERAGE_DAYS: u64 = 8;

/// Coverage by local day, the latest last, and what it was counted for: today and the end of what is accounted for.
type Kept = Option<((u64, u64), Arc<Vec<(u64, Coverage)>>)>;

/// Coverage of areas, counted anew where more is accounted for, once for all who ask.
pub struct Coverages {
    views: Views,
    slots: Mutex<HashMap<String, Arc<AsyncMutex<Kept>>>>,
}

impl Coverages {
    /// Over these views.
    #[must_use]
    pub fn new(views: Views) -> Self {
        Self { views, slots: Mutex::default() }
    }

    /// Coverage of an area up to what is accounted for.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn of(
        &self,
        area: &Area,
        at_unix_s: u64,
        as_of_unix_s: Option<u64>,
    ) -> Result<Arc<Vec<(u64, Coverage)>>, ApiError> {
        let until_unix_s = as_of_unix_s.unwrap_or(at_unix_s).min(at_unix_s);
        let today = local_day(at_unix_s, area.utc_offset_s);
        let slot = self.slot(&area.area_id);
        let mut kept = slot.lock().await;
        if let Some((of, coverage)) = kept.as_ref()
            && *of == (today, until_unix_s)
        {
            return Ok(coverage.clone());
        }
        let coverage = Arc::new(self.count(area, today, until_unix_s).await?);
        *kept = Some(((today, until_unix_s), coverage.clone()));
        Ok(coverage)
    }

    fn slot(&self, area_id: &str) -> Arc<AsyncMutex<Kept>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_AREAS && !slots.contains_key(area_id) {
            slots.clear();
        }
        slots.entry(area_id.to_owned()).or_default().clone()
    }

    async fn count(&self, area: &Area, today: u64, until_unix_s: u64) -> Result<Vec<(u64, Coverage)>, ApiError> {
        let sites = self.views.sites_of_area(&area.area_id).await?;
        let sites: Vec<_> = sites.into_iter().filter(|site| site.removed.is_none()).collect();
        let device_ids: Vec<String> = sites.iter().map(|site| site.device_id.clone()).collect();
        let timelines = self.views.timelines_of(&device_ids).await?;
        let first = today.saturating_sub(COVERAGE_DAYS - 1);
        let mut days: Vec<(u64, Coverage)> =
            (first..=today).map(|day| (day, Coverage { received: 0, expected: 0 })).collect();
        for site in &sites {
            let timeline = timelines.get(&site.device_id).map(|document| Timeline::from(&document.current));
            let (timeline, device) = (timeline.unwrap_or_default(), (site.heartbeat_s, site.enrolled_unix_s));
            for (day, sum) in &mut days {
                let of_site = coverage_of(&timeline, device, *day, until_unix_s, area.utc_offset_s);
                sum.received += of_site.received;
                sum.expected += of_site.expected;
            }
        }
        Ok(days)
    }
}

/// Coverage of one local day of a device with such a heartbeat, enrolled at such a time. Of one that was never heard,
/// all heartbeats since its enrolment are missing.
#[must_use]
pub fn coverage_of(
    timeline: &Timeline,
    (heartbeat_s, enrolled_unix_s): (u64, u64),
    day: u64,
    until_unix_s: u64,
    utc_offset_s: i32,
) -> Coverage {
    if !timeline.segments().is_empty() {
        return timeline.coverage(day, until_unix_s, heartbeat_s, utc_offset_s);
    }
    let start = (day * DAY_S).saturating_add_signed(-i64::from(utc_offset_s));
    let (from, to) = (start.max(enrolled_unix_s), (start + DAY_S).min(until_unix_s));
    Coverage { received: 0, expected: to.saturating_sub(from) / heartbeat_s.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_never_heard_is_missing_from_coverage() {
        let now = 1_800_000_000;
        let day = local_day(now, 0);
        let coverage = coverage_of(&Timeline::default(), (900, now - DAY_S), day, now, 0);
        assert_eq!((coverage.received, coverage.expected), (0, (now - day * DAY_S) / 900));
        let before = coverage_of(&Timeline::default(), (900, now - 1_800), day, now, 0);
        assert_eq!(before.expected, 2, "not before it was enrolled");
    }
}
