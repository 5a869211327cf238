//! Who may report: the rosters in force, read from the chain and IPFS and verified.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use alloy::providers::DynProvider;
use bindings::{Contracts, RosterAnchor};
use futures::{StreamExt, TryStreamExt, stream};
use protocol::{
    Hash,
    batch::RosterReference,
    roster::{self, Device, Roster, RosterError},
};

use crate::{failure::Failure, ipfs::Ipfs};

/// How many areas are read at once.
const CONCURRENT_AREAS: usize = 16;
/// Most rosters kept in memory; beyond, all are dropped and read again as they are needed.
const CACHED_ROSTERS: usize = 2048;

/// A verified roster and how a batch names it.
#[derive(Debug)]
pub struct InForce {
    /// The devices.
    pub roster: Roster,
    /// Version and digest.
    pub reference: RosterReference,
}

/// The rosters of a lane's areas in force at one time.
#[derive(Debug)]
pub struct LaneRosters {
    /// The areas in the lane's order; none in force, or an unusable one, is `None`.
    pub areas: Vec<(String, Option<Arc<InForce>>)>,
    seats: HashMap<String, (usize, usize)>,
}

impl LaneRosters {
    /// From areas in the lane's order. A device that two areas list counts in the first.
    #[must_use]
    pub fn new(areas: Vec<(String, Option<Arc<InForce>>)>) -> Self {
        let mut seats = HashMap::new();
        for (area, (_, in_force)) in areas.iter().enumerate() {
            let devices = in_force.iter().flat_map(|in_force| in_force.roster.devices());
            for (at, device) in devices.enumerate() {
                seats.entry(device.device_id.clone()).or_insert((area, at));
            }
        }
        Self { areas, seats }
    }

    /// A device's area and row.
    #[must_use]
    pub fn device(&self, device_id: &str) -> Option<(&str, &Device)> {
        let (area, at) = *self.seats.get(device_id)?;
        let (area_id, in_force) = self.areas.get(area)?;
        Some((area_id, in_force.as_ref()?.roster.devices().get(at)?))
    }
}

/// Where rosters come from.
#[derive(Clone)]
pub struct Source {
    chain: Contracts<DynProvider>,
    ipfs: Ipfs,
    cache: Arc<Mutex<HashMap<Hash, Option<Arc<InForce>>>>>,
}

impl Source {
    /// Rosters of these contracts, from this node.
    #[must_use]
    pub fn new(chain: Contracts<DynProvider>, ipfs: Ipfs) -> Self {
        Self { chain, ipfs, cache: Arc::default() }
    }

    /// The rosters of a lane's areas that are in force at a time.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn lane(&self, lane: u32, at_unix_s: u64) -> Result<LaneRosters, Failure> {
        let areas = self.chain.areas(lane).await?;
        let rosters: Vec<_> = areas.into_iter().map(|area_id| self.area(area_id, at_unix_s)).collect();
        let areas = stream::iter(rosters).buffered(CONCURRENT_AREAS).try_collect().await?;
        Ok(LaneRosters::new(areas))
    }

    /// The areas of the devices that other lanes than these have now.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn foreign(&self, lanes: &[u32], now_unix_s: u64) -> Result<BTreeMap<String, String>, Failure> {
        let mut foreign = BTreeMap::new();
        for lane in (0..self.chain.lane_count().await?).filter(|lane| !lanes.contains(lane)) {
            for (area_id, in_force) in self.lane(lane, now_unix_s).await?.areas {
                let devices = in_force.iter().flat_map(|in_force| in_force.roster.devices());
                foreign.extend(devices.map(|device| (device.device_id.clone(), area_id.clone())));
            }
        }
        Ok(foreign)
    }

    async fn area(&self, area_id: String, at_unix_s: u64) -> Result<(String, Option<Arc<InForce>>), Failure> {
        let Some(anchor) = self.chain.roster_in_force(&area_id, at_unix_s).await? else {
            return Ok((area_id, None));
        };
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&anchor.digest).cloned();
        let in_force = match cached {
            Some(in_force) => in_force,
            None => self.fetch(&area_id, &anchor).await?,
        };
        // The digest covers area and version, so a cached roster of another area cannot match.
        Ok((area_id, in_force))
    }

    async fn fetch(&self, area_id: &str, anchor: &RosterAnchor) -> Result<Option<Arc<InForce>>, Failure> {
        let header = self.ipfs.get(&anchor.digest).await?;
        let in_force = match roster::listed_blocks(&header, &anchor.digest) {
            Ok(listed) => check(area_id, anchor, &header, &self.ipfs.get_all(&listed).await?),
            Err(error) => Err(error),
        };
        // The bytes are those that the registrar anchored, so asking again would bring the same.
        let in_force = in_force.map(Arc::new).inspect_err(|error| {
            tracing::error!(area_id, version = anchor.version, %error, "unusable roster: its devices are unknown");
        });
        let in_force = in_force.ok();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED_ROSTERS {
            cache.clear();
        }
        cache.insert(anchor.digest, in_force.clone());
        Ok(in_force)
    }
}

fn check(area_id: &str, anchor: &RosterAnchor, header: &[u8], blocks: &[Vec<u8>]) -> Result<InForce, RosterError> {
    let roster = roster::verify(header, blocks, &anchor.digest, &anchor.root)?;
    if roster.area_id != area_id {
        return Err(RosterError::Mismatch("area_id"));
    }
    if roster.version != anchor.version {
        return Err(RosterError::Mismatch("version"));
    }
    Ok(InForce { roster, reference: RosterReference { version: anchor.version, digest: anchor.digest } })
}
