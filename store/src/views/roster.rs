//! Areas and sites by the rosters in force.

use std::collections::HashMap;

use bson::doc;
use protocol::{
    Hash,
    roster::{Device, Roster, SiteKind},
    to_hex,
};

use super::{
    Views,
    documents::{Area, Cell, Point, Sheet, Site},
    sheets,
    transaction::Transaction,
};
use crate::StoreError;

/// A roster that takes effect.
#[derive(Clone, Copy, Debug)]
pub struct RosterInForce<'a> {
    /// Its rows, checked against the chain.
    pub roster: &'a Roster,
    /// Its digest.
    pub digest: &'a Hash,
    /// The lane that anchors the area.
    pub lane: u32,
    /// The area's first batch number.
    pub since: u64,
}

impl Views {
    /// Writes an area and its sites by a roster that takes effect, the versions in their order. A site keeps the time
    /// at which the first of them took effect that names its device; the area keeps the offset from UTC of its first
    /// roster, since its records are counted in those days. Given again, it changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is written.
    pub async fn put_roster(&self, in_force: &RosterInForce<'_>) -> Result<(), StoreError> {
        let roster = in_force.roster;
        let utc_offset_s = self.area(&roster.area_id).await?.map_or(roster.utc_offset_s, |area| area.utc_offset_s);
        let known = self.sites_of_area(&roster.area_id).await?;
        let known: HashMap<_, _> = known.into_iter().map(|s| (s.device_id.clone(), s)).collect();
        let (mut sites, mut moved) = (Vec::new(), Vec::new());
        for device in roster.devices() {
            let before = known.get(&device.device_id);
            let enrolled = before.map_or(roster.effective_from_unix_s, |site| site.enrolled_unix_s);
            let Some(site) = site(&roster.area_id, device, enrolled) else { continue };
            if before.is_some_and(|before| before.feeder_id != site.feeder_id) {
                moved.push(doc! {
                    "q": { "device_id": &site.device_id },
                    "u": { "$set": { "feeder_id": &site.feeder_id } },
                    "multi": true,
                });
            }
            if before != Some(&site) {
                sites.push(site);
            }
        }
        let timelines = moved.iter().map(|update| {
            let device_id = update.get_document("q").ok().and_then(|q| q.get("device_id").cloned()).unwrap_or_default();
            let change = update.get("u").cloned().unwrap_or_default();
            doc! { "q": { "_id": device_id }, "u": change }
        });
        let timelines = timelines.collect();
        let mut all = known;
        all.extend(sites.iter().map(|site| (site.device_id.clone(), site.clone())));
        let (sheets, surplus) = self.sheets_anew(&roster.area_id, all.into_values().collect()).await?;
        let mut transaction = Transaction::begin(self).await?;
        transaction.replace("areas", [&area(in_force, utc_offset_s)]).await?;
        transaction.replace("sites", &sites).await?;
        transaction.update("timelines", timelines).await?;
        transaction.update("outages", moved).await?;
        transaction.replace("sheets", &sheets).await?;
        transaction.delete("sheets", surplus.into_iter().map(|id| doc! { "_id": id })).await?;
        transaction.commit().await
    }

    /// The sheets of an area that has these sites now, and the ids of those that it had before and has no longer.
    async fn sheets_anew(&self, area_id: &str, sites: Vec<Site>) -> Result<(Vec<Sheet>, Vec<String>), StoreError> {
        let before = self.sheets_of([area_id]).await?;
        let mut stated = HashMap::new();
        for sheet in &before {
            stated.extend(sheet.unpack()?.sites.into_iter().map(|site| (site.device_id, site.stated)));
        }
        // Timelines are read of those only that the sheets do not know: all of them would be much.
        let unknown: Vec<Site> = sites.iter().filter(|site| !stated.contains_key(&site.device_id)).cloned().collect();
        stated.extend(self.stated_of(&unknown).await?);
        let sheets = sheets::lay(area_id, &sites, &mut stated)?;
        let is_surplus = |id: &String| !sheets.iter().any(|sheet| sheet.id == *id);
        let surplus = before.into_iter().map(|sheet| sheet.id).filter(is_surplus).collect();
        Ok((sheets, surplus))
    }
}

fn area(in_force: &RosterInForce<'_>, utc_offset_s: i32) -> Area {
    let roster = in_force.roster;
    let serving = || roster.devices().iter().filter(|device| device.removed.is_none());
    let cells = roster.cells().into_iter().map(|(cell, houses)| Cell {
        cell: cell.to_owned(),
        houses: houses.len() as u64,
        heartbeat_s: houses.iter().map(|house| house.heartbeat_s).max().unwrap_or_default(),
    });
    Area {
        area_id: roster.area_id.clone(),
        name: roster.name.clone(),
        lane: in_force.lane,
        since: in_force.since,
        utc_offset_s,
        provenance: roster.provenance().as_str().to_owned(),
        roster_version: roster.version,
        roster_digest: to_hex(in_force.digest),
        roster_effective_from_unix_s: roster.effective_from_unix_s,
        customers: serving().map(|device| device.customers).sum(),
        devices: serving().count() as u64,
        cells: cells.collect(),
    }
}

/// None for a house: those are only in the counts of cells.
fn site(area_id: &str, device: &Device, enrolled_unix_s: u64) -> Option<Site> {
    if device.kind == SiteKind::House {
        return None;
    }
    let (latitude_e6, longitude_e6) = device.position_e6?;
    Some(Site {
        device_id: device.device_id.clone(),
        site_id: device.site_id.clone(),
        area_id: area_id.to_owned(),
        kind: device.kind.as_str().to_owned(),
        feeder_id: device.feeder_id.clone(),
        feeder_name: device.feeder_name.clone(),
        station_id: device.station_id.clone(),
        locality: device.locality.clone(),
        parent: device.parent.clone(),
        customers: device.customers,
        heartbeat_s: device.heartbeat_s,
        first_sequence: device.first_sequence,
        last_sequence: device.last_sequence,
        provenance: device.provenance.as_str().to_owned(),
        public_key: device.public_key.to_hex(),
        removed: device.removed.clone(),
        enrolled_unix_s,
        location: Point {
            kind: "Point".to_owned(),
            coordinates: [f64::from(longitude_e6) / 1e6, f64::from(latitude_e6) / 1e6],
        },
    })
}
