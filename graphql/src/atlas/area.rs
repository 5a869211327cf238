//! Areas as they stand now.

use std::sync::Arc;

use protocol::roster::Provenance;
use store::views::documents::Area;

use super::{At, Atlas, ByState, Sheet, SiteNow};
use crate::ApiError;

/// An area as it stands.
#[derive(Clone)]
pub struct AreaNow {
    sheet: Arc<Sheet>,
    /// As of when.
    pub at_unix_s: u64,
}

/// A feeder as it stands, as far as it lies in one area.
#[derive(Clone, Debug)]
pub struct FeederNow {
    /// The feeder.
    pub feeder_id: String,
    /// Its name.
    pub name: String,
    /// The substation.
    pub station_id: String,
    /// Of its sites the one furthest from news.
    pub provenance: Provenance,
    /// Its sites.
    pub by_state: ByState,
    /// The devices that watch them, in order.
    pub device_ids: Vec<String>,
}

impl Atlas {
    /// An area as it stands; none where there is no such area.
    ///
    /// # Errors
    /// As [`Atlas::as_of`].
    pub async fn area(&self, area_id: &str) -> Result<Option<AreaNow>, ApiError> {
        let at_unix_s = self.as_of().await?;
        Ok(self.sheet(area_id).map(|sheet| AreaNow { sheet, at_unix_s }))
    }

    /// The first area that a feeder lies in; none where there is no such feeder.
    ///
    /// # Errors
    /// As [`Atlas::as_of`].
    pub async fn area_of_feeder(&self, feeder_id: &str) -> Result<Option<AreaNow>, ApiError> {
        let at_unix_s = self.as_of().await?;
        let holds = |sheet: &Arc<Sheet>| sheet.feeders.iter().any(|feeder| feeder.feeder_id == feeder_id);
        Ok(self.sheets().into_iter().find(holds).map(|sheet| AreaNow { sheet, at_unix_s }))
    }

    /// All areas by id.
    ///
    /// # Errors
    /// As [`Atlas::as_of`].
    pub async fn areas(&self) -> Result<Vec<AreaNow>, ApiError> {
        let at_unix_s = self.as_of().await?;
        Ok(self.sheets().into_iter().map(|sheet| AreaNow { sheet, at_unix_s }).collect())
    }
}

impl AreaNow {
    /// The area by its newest roster.
    #[must_use]
    pub fn document(&self) -> &Area {
        &self.sheet.area
    }

    /// End of the last batch that is verified or empty: what is said about completeness is as of then.
    #[must_use]
    pub fn as_of_unix_s(&self) -> Option<u64> {
        self.sheet.as_of_unix_s()
    }

    /// Its sites and their customers by state.
    #[must_use]
    pub fn by_state(&self) -> ByState {
        self.sheet.by_state(At::Now(self.at_unix_s))
    }

    /// How a site stands, by its device; none where the area has no such site, or its device was removed.
    #[must_use]
    pub fn site(&self, device_id: &str) -> Option<SiteNow> {
        let i = self.sheet.position(device_id)?;
        let heartbeat_s = self.sheet.places[i].heartbeat_s;
        self.sheet.heard().get(i).map(|heard| heard.now(heartbeat_s, self.at_unix_s))
    }

    /// The devices that watch its sites, in order behind `after`, at most `limit`.
    #[must_use]
    pub fn device_ids(&self, after: Option<&str>, limit: usize) -> Vec<String> {
        let ids = self.sheet.places.iter().map(|place| self.sheet.device_id(place));
        ids.filter(|id| after.is_none_or(|after| *id > after)).take(limit).map(str::to_owned).collect()
    }

    /// Its feeders by id.
    #[must_use]
    pub fn feeders(&self) -> Vec<FeederNow> {
        let by_state = self.sheet.by_feeder(At::Now(self.at_unix_s));
        let mut device_ids = vec![Vec::new(); self.sheet.feeders.len()];
        for place in &self.sheet.places {
            device_ids[place.feeder as usize].push(self.sheet.device_id(place).to_owned());
        }
        let parts = self.sheet.feeders.iter().zip(by_state).zip(device_ids);
        let feeder = |((feeder, by_state), device_ids): ((&super::sheet::Feeder, ByState), Vec<String>)| FeederNow {
            feeder_id: feeder.feeder_id.clone(),
            name: feeder.name.clone(),
            station_id: feeder.station_id.clone(),
            provenance: feeder.provenance,
            by_state,
            device_ids,
        };
        parts.map(feeder).collect()
    }
}
