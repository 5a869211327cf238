//! Areas and their rosters: which are in force at the cursor's time is brought to the views, the versions in order.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use bindings::{Place, RosterAnchor};
use protocol::to_hex;
use store::views::RosterInForce;

use crate::{Error, Shared};

/// What an area's task needs of its rosters.
#[derive(Clone, Debug)]
pub(crate) struct AreaRosters {
    /// The newest version in the views; batches of later ones wait.
    pub(crate) version: u64,
    /// The area's offset from UTC.
    pub(crate) utc_offset_s: i32,
    /// When the first roster that names a device took effect.
    pub(crate) enrolled_unix_s: Arc<HashMap<String, u64>>,
}

struct Area {
    place: Place,
    versions: Vec<RosterAnchor>,
    /// Versions that are dealt with: in the views, or broken.
    done: u64,
    rosters: Option<AreaRosters>,
}

/// All areas of all lanes.
#[derive(Default)]
pub(crate) struct Areas {
    areas: HashMap<String, Area>,
}

impl Areas {
    pub(crate) fn rosters(&self, area_id: &str) -> Option<AreaRosters> {
        self.areas.get(area_id)?.rosters.clone()
    }

    /// Reads what changed on the chain, and puts rosters into the views that took effect by the cursor's time. One
    /// that cannot be had holds up its own area only.
    pub(crate) async fn refresh(&mut self, shared: &Shared) -> Result<(), Error> {
        let Some(cursor) = shared.views.cursor().await? else { return Ok(()) };
        if shared.areas_changed.swap(false, Ordering::AcqRel)
            && let Err(error) = self.reload(shared).await
        {
            shared.areas_changed.store(true, Ordering::Release);
            return Err(error);
        }
        for (area_id, area) in &mut self.areas {
            let in_force = area.versions.iter().rev().find(|v| v.effective_from_unix_s <= cursor.block_time_unix_s);
            let in_force = in_force.map_or(0, |anchor| anchor.version);
            while area.done < in_force {
                match put_next(shared, area_id, area).await {
                    Ok(()) => {}
                    Err(Error::Verify(error)) => {
                        tracing::warn!(%area_id, version = area.done + 1, %error, "roster not to be had for now");
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn reload(&mut self, shared: &Shared) -> Result<(), Error> {
        let stored = shared.views.all_areas().await?;
        let mut areas = HashMap::new();
        for area_id in shared.verifier.areas().await? {
            let place = shared.verifier.place(&area_id).await?;
            let versions = shared.verifier.contracts().rosters(&area_id).await?;
            let known = stored.iter().find(|area| area.area_id == area_id);
            // A roster that a reorg replaced is not the one in the views: then all are put there again.
            let is_there = |version: u64, digest: &str| {
                versions.iter().any(|anchor| anchor.version == version && to_hex(&anchor.digest) == digest)
            };
            let done = known.filter(|a| is_there(a.roster_version, &a.roster_digest)).map_or(0, |a| a.roster_version);
            let mut area = Area { place, versions, done, rosters: None };
            if done > 0 {
                area.rosters = read(shared, &area_id).await?;
            }
            areas.insert(area_id, area);
        }
        self.areas = areas;
        Ok(())
    }
}

async fn put_next(shared: &Shared, area_id: &str, area: &mut Area) -> Result<(), Error> {
    let Some(anchor) = area.versions.iter().find(|anchor| anchor.version == area.done + 1) else {
        return Err(Error::Inconsistent(format!("area {area_id} has no roster version {}", area.done + 1)));
    };
    let checked = match shared.verifier.roster(area_id, anchor).await {
        Ok(checked) => checked,
        Err(error @ verifier::Error::Roster { .. }) => {
            // The registrar's fault, for ever: batches that need it fail by the same reason.
            tracing::error!(%area_id, version = anchor.version, %error, "roster does not verify");
            area.done += 1;
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let in_force = RosterInForce {
        roster: &checked.roster,
        digest: &anchor.digest,
        lane: area.place.lane,
        since: area.place.since,
    };
    let lock = shared.writer.lock().await;
    shared.views.put_roster(&in_force).await?;
    drop(lock);
    tracing::info!(%area_id, version = anchor.version, devices = checked.roster.devices().len(), "roster in force");
    area.done += 1;
    area.rosters = read(shared, area_id).await?;
    Ok(())
}

async fn read(shared: &Shared, area_id: &str) -> Result<Option<AreaRosters>, Error> {
    let Some(area) = shared.views.area(area_id).await? else { return Ok(None) };
    let sites = shared.views.sites_of_area(area_id).await?;
    Ok(Some(AreaRosters {
        version: area.roster_version,
        utc_offset_s: area.utc_offset_s,
        enrolled_unix_s: Arc::new(sites.into_iter().map(|site| (site.device_id, site.enrolled_unix_s)).collect()),
    }))
}

impl Shared {
    /// Each area's offset from UTC.
    pub(crate) async fn utc_offsets(&self) -> Result<HashMap<String, i32>, Error> {
        let areas = self.views.all_areas().await?;
        Ok(areas.into_iter().map(|area| (area.area_id, area.utc_offset_s)).collect())
    }
}
