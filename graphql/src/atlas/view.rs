//! What a window of the map shows, grouped by zoom so that an answer stays small.

use std::{collections::BTreeMap, f64::consts::PI, sync::Arc};

use protocol::{
    roster::Provenance,
    supply::{Coverage, SupplyState},
};

use super::{
    At, Atlas, Heard, Mark, Sheet,
    bounds::{Bounds, Middle, Window},
    sheet::Place,
};

/// Highest zoom that shows areas.
const AREAS_TO_ZOOM: u8 = 9;
/// Highest zoom that shows feeders.
const FEEDERS_TO_ZOOM: u8 = 12;
/// Most areas in one answer.
pub const MAX_AREA_MARKS: usize = 1_500;
/// Most feeders in one answer.
pub const MAX_FEEDER_MARKS: usize = 1_500;
/// Most sites in one answer.
pub const MAX_SITE_MARKS: usize = 1_000;
/// Most groups in one answer.
pub const MAX_GROUP_MARKS: usize = 600;
/// A group is a square of the map's projection, 256 pixels at its zoom divided by two so often: 64 pixels.
const GROUP_ZOOMS: u8 = 2;

/// Sites and their customers by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByState {
    /// Sites ON, OFF and NO DATA.
    pub sites: [u64; 3],
    /// Customers of these.
    pub customers: [u64; 3],
}

impl ByState {
    fn add(&mut self, state: SupplyState, customers: u32) {
        let i = match state {
            SupplyState::On => 0,
            SupplyState::Off => 1,
            SupplyState::NoData => 2,
        };
        self.sites[i] += 1;
        self.customers[i] += u64::from(customers);
    }
}

/// An area on the map.
#[derive(Clone, Debug)]
pub struct AreaShown {
    /// The area.
    pub area_id: String,
    /// Its name.
    pub name: String,
    /// In the middle of its sites.
    pub latitude_e6: i32,
    /// As the latitude.
    pub longitude_e6: i32,
    /// Around its sites.
    pub bounds: Bounds,
    /// Its sites.
    pub by_state: ByState,
    /// Of the time's local day and the one before.
    pub coverage: Coverage,
}

/// A feeder on the map, as far as it lies in an area.
#[derive(Clone, Debug)]
pub struct FeederShown {
    /// The feeder.
    pub feeder_id: String,
    /// Its area.
    pub area_id: String,
    /// Its name.
    pub name: String,
    /// In the middle of its sites.
    pub latitude_e6: i32,
    /// As the latitude.
    pub longitude_e6: i32,
    /// Its sites.
    pub by_state: ByState,
}

/// A site on the map.
#[derive(Clone, Debug)]
pub struct SiteShown {
    /// The site.
    pub site_id: String,
    /// Its device.
    pub device_id: String,
    /// A street; else a transformer.
    pub is_street: bool,
    /// The place as people call it.
    pub locality: String,
    /// What it hangs on.
    pub feeder_id: String,
    /// As provisioned.
    pub latitude_e6: i32,
    /// As the latitude.
    pub longitude_e6: i32,
    /// Customers counted here.
    pub customers: u32,
    /// How it stands.
    pub mark: Mark,
}

/// Sites that lie in one square of the map's grid.
#[derive(Clone, Debug)]
pub struct GroupShown {
    /// In their middle.
    pub latitude_e6: i32,
    /// As the latitude.
    pub longitude_e6: i32,
    /// Around them.
    pub bounds: Bounds,
    /// The sites.
    pub by_state: ByState,
}

/// What a window shows: one kind of things.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Areas.
    Areas(Vec<AreaShown>),
    /// Feeders.
    Feeders(Vec<FeederShown>),
    /// Sites.
    Sites(Vec<SiteShown>),
    /// Groups of sites.
    Groups(Vec<GroupShown>),
}

/// What a window shows at some time.
#[derive(Clone, Debug)]
pub struct View {
    /// The marks.
    pub shown: Shown,
    /// End of the last period that is accounted for in every area of the window.
    pub anchored_up_to_unix_s: Option<u64>,
    /// Of all areas of the window the one furthest from news; none where there is no area.
    pub provenance: Option<Provenance>,
}

impl Atlas {
    /// The devices of the sites in a window, of one area or of all, in order behind `after`, at most `limit`.
    #[must_use]
    pub fn devices_in(&self, window: Window, area_id: Option<&str>, after: Option<&str>, limit: usize) -> Vec<String> {
        let window = Bounds::of(window);
        let is_asked = |sheet: &Arc<Sheet>| {
            sheet.bounds.meets(&window) && area_id.is_none_or(|area_id| sheet.area.area_id == area_id)
        };
        let sheets: Vec<Arc<Sheet>> = self.sheets().into_iter().filter(is_asked).collect();
        let mut devices: Vec<&str> = Vec::new();
        for sheet in &sheets {
            let inside = sheet.places.iter().filter(|place| window.holds(place.latitude_e6, place.longitude_e6));
            let behind = inside.map(|place| sheet.device_id(place)).filter(|id| after.is_none_or(|after| *id > after));
            // Each area's are in order: more than so many of one are not needed.
            devices.extend(behind.take(limit));
        }
        devices.sort_unstable();
        devices.into_iter().take(limit).map(str::to_owned).collect()
    }

    /// What a window shows at a time. It takes a while over many sites: not for a thread that
    /// serves others.
    #[must_use]
    pub fn view(&self, window: Window, zoom: u8, at: At, now_unix_s: u64) -> View {
        let window = Bounds::of(window);
        let sheets: Vec<Arc<Sheet>> = self.sheets().into_iter().filter(|sheet| sheet.bounds.meets(&window)).collect();
        let shown = match zoom {
            0..=AREAS_TO_ZOOM if sheets.len() <= MAX_AREA_MARKS => {
                Shown::Areas(sheets.iter().map(|sheet| area(sheet, at, now_unix_s)).collect())
            }
            0..=AREAS_TO_ZOOM => groups(&sheets, &window, zoom, at),
            _ if zoom <= FEEDERS_TO_ZOOM => {
                feeders(&sheets, &window, at).map_or_else(|| groups(&sheets, &window, zoom, at), Shown::Feeders)
            }
            _ => sites(&sheets, &window, at).map_or_else(|| groups(&sheets, &window, zoom, at), Shown::Sites),
        };
        let ends: Option<Vec<u64>> = sheets.iter().map(|sheet| sheet.as_of_unix_s()).collect();
        View {
            shown,
            anchored_up_to_unix_s: ends.and_then(|ends| ends.into_iter().min()),
            provenance: sheets.iter().map(|sheet| sheet.provenance).max(),
        }
    }
}

impl Sheet {
    /// All sites by state.
    pub(super) fn by_state(&self, at: At) -> ByState {
        let mut by_state = ByState::default();
        for (place, heard) in self.each(&self.heard()) {
            by_state.add(heard.state(place.heartbeat_s, at), place.customers);
        }
        by_state
    }

    /// The sites of each feeder by state, in the order of feeders.
    pub(super) fn by_feeder(&self, at: At) -> Vec<ByState> {
        let mut by_feeder = vec![ByState::default(); self.feeders.len()];
        for (place, heard) in self.each(&self.heard()) {
            by_feeder[place.feeder as usize].add(heard.state(place.heartbeat_s, at), place.customers);
        }
        by_feeder
    }
}

fn area(sheet: &Sheet, at: At, now_unix_s: u64) -> AreaShown {
    let (latitude_e6, longitude_e6) = sheet.middle;
    AreaShown {
        area_id: sheet.area.area_id.clone(),
        name: sheet.area.name.clone(),
        latitude_e6,
        longitude_e6,
        bounds: sheet.bounds,
        by_state: sheet.by_state(at),
        coverage: sheet.coverage(at.unix_s(), now_unix_s),
    }
}

/// The feeders whose middle is in the window; none where they are too many.
fn feeders(sheets: &[Arc<Sheet>], window: &Bounds, at: At) -> Option<Vec<FeederShown>> {
    let inside = |sheet: &Sheet| {
        sheet.feeders.iter().filter(|feeder| window.holds(feeder.latitude_e6, feeder.longitude_e6)).count()
    };
    if sheets.iter().map(|sheet| inside(sheet)).sum::<usize>() > MAX_FEEDER_MARKS {
        return None;
    }
    let mut shown = Vec::new();
    for sheet in sheets.iter().filter(|sheet| inside(sheet) > 0) {
        let each = sheet.feeders.iter().zip(sheet.by_feeder(at));
        let inside = each.filter(|(feeder, _)| window.holds(feeder.latitude_e6, feeder.longitude_e6));
        shown.extend(inside.map(|(feeder, by_state)| FeederShown {
            feeder_id: feeder.feeder_id.clone(),
            area_id: sheet.area.area_id.clone(),
            name: feeder.name.clone(),
            latitude_e6: feeder.latitude_e6,
            longitude_e6: feeder.longitude_e6,
            by_state,
        }));
    }
    Some(shown)
}

/// The sites in the window; none where they are too many.
fn sites(sheets: &[Arc<Sheet>], window: &Bounds, at: At) -> Option<Vec<SiteShown>> {
    let inside = |place: &Place| window.holds(place.latitude_e6, place.longitude_e6);
    let mut count = 0;
    for sheet in sheets {
        count += sheet.places.iter().filter(|place| inside(place)).count();
        if count > MAX_SITE_MARKS {
            return None;
        }
    }
    let mut shown = Vec::with_capacity(count);
    for sheet in sheets {
        let site = |(place, heard): (&Place, &Heard)| SiteShown {
            site_id: sheet.site_id(place).to_owned(),
            device_id: sheet.device_id(place).to_owned(),
            is_street: place.is_street,
            locality: sheet.localities[place.locality as usize].name.clone(),
            feeder_id: sheet.feeders[place.feeder as usize].feeder_id.clone(),
            latitude_e6: place.latitude_e6,
            longitude_e6: place.longitude_e6,
            customers: place.customers,
            mark: heard.mark(place.heartbeat_s, at),
        };
        shown.extend(sheet.each(&sheet.heard()).filter(|(place, _)| inside(place)).map(site));
    }
    Some(shown)
}

/// The sites in the window by the squares of a grid that lies still while the window moves.
fn groups(sheets: &[Arc<Sheet>], window: &Bounds, zoom: u8, at: At) -> Shown {
    let grid = Grid::of(window, zoom);
    let mut by_square: BTreeMap<(u32, u32), GroupShownDraft> = BTreeMap::new();
    for sheet in sheets {
        for (place, heard) in sheet.each(&sheet.heard()) {
            if !window.holds(place.latitude_e6, place.longitude_e6) {
                continue;
            }
            let draft = by_square.entry(grid.square(place.latitude_e6, place.longitude_e6)).or_default();
            draft.bounds.add(place.latitude_e6, place.longitude_e6);
            draft.middle.add(place.latitude_e6, place.longitude_e6);
            draft.by_state.add(heard.state(place.heartbeat_s, at), place.customers);
        }
    }
    let group = |draft: GroupShownDraft| {
        let (latitude_e6, longitude_e6) = draft.middle.get();
        GroupShown { latitude_e6, longitude_e6, bounds: draft.bounds, by_state: draft.by_state }
    };
    Shown::Groups(by_square.into_values().map(group).collect())
}

struct GroupShownDraft {
    bounds: Bounds,
    middle: Middle,
    by_state: ByState,
}

impl Default for GroupShownDraft {
    fn default() -> Self {
        Self { bounds: Bounds::NONE, middle: Middle::default(), by_state: ByState::default() }
    }
}

/// Squares of the Web Mercator projection: the world is one at level 0, four at level 1.
#[derive(Clone, Copy, Debug)]
struct Grid {
    squares_a_side: f64,
}

impl Grid {
    /// The finest grid for a zoom that has at most [`MAX_GROUP_MARKS`] squares in a window.
    fn of(window: &Bounds, zoom: u8) -> Self {
        let at = |level: u8| Self { squares_a_side: f64::from(1_u32 << level) };
        let fits = |grid: &Self| {
            let (west, north) = grid.square(window.north_e6, window.west_e6);
            let (east, south) = grid.square(window.south_e6, window.east_e6);
            u64::from(east - west + 1) * u64::from(south.saturating_sub(north) + 1) <= MAX_GROUP_MARKS as u64
        };
        (0..=zoom + GROUP_ZOOMS).rev().map(at).find(fits).unwrap_or(at(0))
    }

    /// The square that a point lies in, from the north-west.
    fn square(&self, latitude_e6: i32, longitude_e6: i32) -> (u32, u32) {
        let x = (f64::from(longitude_e6) / 1e6 + 180.0) / 360.0;
        let y = (1.0 - (f64::from(latitude_e6) / 1e6).to_radians().tan().asinh() / PI) / 2.0;
        let index = |part: f64| (part * self.squares_a_side).floor().clamp(0.0, self.squares_a_side - 1.0) as u32;
        (index(x), index(y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_the_tiles_of_web_maps() {
        let grid = Grid { squares_a_side: f64::from(1_u32 << 10) };
        // Palwal, by the usual formula of tile numbers.
        assert_eq!(grid.square(28_144_800, 77_326_000), (731, 428));
        assert_eq!(grid.square(90_000_000, -180_000_000), (0, 0));
        assert_eq!(grid.square(-90_000_000, 180_000_000), (1_023, 1_023));
    }

    #[test]
    fn a_window_has_at_most_so_many_squares() {
        for (zoom, width_e6) in [(0, 179_000_000), (9, 5_000_000), (13, 400_000), (16, 5_000_000), (20, 2_000)] {
            let window = Bounds {
                west_e6: 77_000_000 - width_e6 / 2,
                east_e6: 77_000_000 + width_e6 / 2,
                south_e6: 28_000_000 - (width_e6 / 4).min(40_000_000),
                north_e6: 28_000_000 + (width_e6 / 4).min(40_000_000),
            };
            let grid = Grid::of(&window, zoom);
            let (west, north) = grid.square(window.north_e6, window.west_e6);
            let (east, south) = grid.square(window.south_e6, window.east_e6);
            let squares = (east - west + 1) * (south - north + 1);
            assert!((1..=MAX_GROUP_MARKS as u32).contains(&squares), "{zoom}: {squares}");
        }
    }
}
