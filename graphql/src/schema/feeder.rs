//! Feeders.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{ComplexObject, SimpleObject};
use protocol::supply::SupplyState;

use super::{
    scalar::{Int53, Provenance},
    site::Site,
};
use crate::now::{AreaNow, SiteNow};

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
    fn add(&mut self, state: SupplyState, number: u64) {
        let of_state = match state {
            SupplyState::On => &mut self.on,
            SupplyState::Off => &mut self.off,
            SupplyState::NoData => &mut self.no_data,
        };
        of_state.0 += number;
        self.total.0 += number;
    }

    /// Whether all of which something is known are OFF, and at least one is.
    pub fn is_whole_off(&self) -> bool {
        self.off.0 > 0 && self.on.0 == 0
    }

    /// How many sites are in each state.
    pub fn of_sites<'a>(sites: impl IntoIterator<Item = &'a SiteNow>) -> Self {
        let mut counts = Self::default();
        sites.into_iter().for_each(|now| counts.add(now.state, 1));
        counts
    }

    /// How many customers are counted at sites in each state.
    pub fn of_customers<'a>(sites: impl IntoIterator<Item = &'a SiteNow>) -> Self {
        let mut counts = Self::default();
        sites.into_iter().for_each(|now| counts.add(now.state, now.site.customers));
        counts
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
    members: Vec<Arc<store::views::documents::Site>>,
}

#[ComplexObject]
impl Feeder {
    /// Its sites by device id.
    #[graphql(complexity = "10 + 20 * child_complexity")]
    async fn sites(&self) -> Vec<Site> {
        self.members.iter().cloned().map(Site).collect()
    }

    /// Whether every site that was heard is OFF, and at least one is.
    async fn is_whole_feeder_off(&self) -> bool {
        self.sites_by_state.is_whole_off()
    }
}

impl Feeder {
    /// The feeders of an area, by id.
    pub fn of_area(area: &AreaNow) -> Vec<Self> {
        let mut by_feeder: BTreeMap<&str, Vec<&SiteNow>> = BTreeMap::new();
        for now in &area.sites {
            by_feeder.entry(&now.site.feeder_id).or_default().push(now);
        }
        by_feeder.into_iter().filter_map(|(feeder_id, sites)| Self::new(feeder_id, area, &sites)).collect()
    }

    fn new(feeder_id: &str, area: &AreaNow, sites: &[&SiteNow]) -> Option<Self> {
        let one = &sites.first()?.site;
        let provenance = sites.iter().map(|now| Provenance::from_text(&now.site.provenance)).max()?;
        Some(Self {
            feeder_id: feeder_id.to_owned(),
            name: one.feeder_name.clone(),
            station_id: one.station_id.clone(),
            area_id: area.area.area_id.clone(),
            sites_by_state: StateCounts::of_sites(sites.iter().copied()),
            customers_by_state: StateCounts::of_customers(sites.iter().copied()),
            at_unix_s: Int53(area.at_unix_s),
            provenance,
            members: sites.iter().map(|now| now.site.clone()).collect(),
        })
    }
}
