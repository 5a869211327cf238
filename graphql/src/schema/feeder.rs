//! Feeders.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};

use super::{
    scalar::{Int53, Provenance},
    site::Site,
};
use crate::{
    Sources,
    atlas::{AreaNow, ByState, FeederNow},
};

/// Sites, or the customers counted at them, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, SimpleObject)]
pub struct StateCounts {
    /// ON.
    pub on: Int53,
    /// OFF.
    pub off: Int53,
    /// NO DATA.
    pub no_data: Int53,
    /// All of them.
    pub total: Int53,
}

impl StateCounts {
    fn of([on, off, no_data]: [u64; 3]) -> Self {
        Self { on: Int53(on), off: Int53(off), no_data: Int53(no_data), total: Int53(on + off + no_data) }
    }

    /// How many sites are in each state.
    pub fn of_sites(by_state: &ByState) -> Self {
        Self::of(by_state.sites)
    }

    /// How many customers are counted at sites in each state.
    pub fn of_customers(by_state: &ByState) -> Self {
        Self::of(by_state.customers)
    }

    /// Whether all of which something is known are OFF, and at least one is.
    pub fn is_whole_off(&self) -> bool {
        self.off.0 > 0 && self.on.0 == 0
    }
}

/// A feeder, as far as it lies in one area: the sites that hang on it. Houses are not among them.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Feeder {
    /// The feeder.
    pub feeder_id: String,
    /// Its name as its utility writes it.
    pub name: String,
    /// Its substation.
    pub station_id: String,
    /// Its area.
    pub area_id: String,
    /// Its sites by state.
    pub sites_by_state: StateCounts,
    /// The customers counted at these by state.
    pub customers_by_state: StateCounts,
    /// As of when.
    pub at_unix_s: Int53,
    /// Where the readings come from: of all its sites the one furthest from news.
    pub provenance: Provenance,
    #[graphql(skip)]
    device_ids: Vec<String>,
}

#[ComplexObject]
impl Feeder {
    /// Its sites by device id.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn sites(&self, context: &Context<'_>) -> Result<Vec<Site>> {
        let sites = Sources::of(context)?.sites(&self.device_ids).await?;
        Ok(sites.into_iter().map(Site).collect())
    }

    /// Whether every site that was heard is OFF, and at least one is.
    async fn is_whole_feeder_off(&self) -> bool {
        self.sites_by_state.is_whole_off()
    }
}

impl Feeder {
    /// The feeders of an area, by id.
    pub fn of_area(area: &AreaNow) -> Vec<Self> {
        area.feeders().into_iter().map(|feeder| Self::new(feeder, area)).collect()
    }

    fn new(feeder: FeederNow, area: &AreaNow) -> Self {
        Self {
            sites_by_state: StateCounts::of_sites(&feeder.by_state),
            customers_by_state: StateCounts::of_customers(&feeder.by_state),
            feeder_id: feeder.feeder_id,
            name: feeder.name,
            station_id: feeder.station_id,
            area_id: area.document().area_id.clone(),
            at_unix_s: Int53(area.at_unix_s),
            provenance: feeder.provenance.into(),
            device_ids: feeder.device_ids,
        }
    }
}
