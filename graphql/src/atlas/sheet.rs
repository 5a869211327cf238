//! The sites of one area.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{
    roster::Provenance,
    supply::{Coverage, local_day},
};
use store::views::{
    documents::Area,
    sheets::{SheetContent, SheetFeeder, SheetSite},
};

use super::{
    bounds::{Bounds, Middle},
    heard::{Heard, short},
};

/// A text in a sheet's store of texts.
#[derive(Clone, Copy, Debug)]
struct Text {
    offset: u32,
    length: u16,
}

/// Where a site is and what it hangs on.
#[derive(Clone, Debug)]
pub(super) struct Place {
    device_id: Text,
    site_id: Text,
    pub(super) latitude_e6: i32,
    pub(super) longitude_e6: i32,
    pub(super) customers: u32,
    pub(super) heartbeat_s: u32,
    pub(super) enrolled_unix_s: u32,
    /// Place among the sheet's feeders.
    pub(super) feeder: u32,
    /// Place among the sheet's localities.
    pub(super) locality: u32,
    pub(super) is_street: bool,
}

#[cfg(test)]
impl Place {
    /// Somewhere, enrolled since ever.
    pub(super) fn for_test(heartbeat_s: u32) -> Self {
        let text = Text { offset: 0, length: 0 };
        Self {
            device_id: text,
            site_id: text,
            latitude_e6: 0,
            longitude_e6: 0,
            customers: 35,
            heartbeat_s,
            enrolled_unix_s: 0,
            feeder: 0,
            locality: 0,
            is_street: false,
        }
    }
}

/// A feeder as far as it lies in the area.
#[derive(Clone, Debug)]
pub(super) struct Feeder {
    pub(super) feeder_id: String,
    pub(super) name: String,
    pub(super) station_id: String,
    /// Of its sites the one furthest from news.
    pub(super) provenance: Provenance,
    /// In the middle of its sites.
    pub(super) latitude_e6: i32,
    pub(super) longitude_e6: i32,
}

/// A named place on a feeder.
#[derive(Clone, Debug)]
pub(super) struct Locality {
    pub(super) name: String,
    pub(super) feeder: u32,
    /// The site with most customers of those there; of several the first.
    pub(super) site: u32,
}

/// The sites of one area and how they stand.
pub struct Sheet {
    pub(super) area: Area,
    texts: String,
    /// By device id; removed ones are left out.
    pub(super) places: Vec<Place>,
    /// By id.
    pub(super) feeders: Vec<Feeder>,
    /// By feeder and name.
    pub(super) localities: Vec<Locality>,
    pub(super) bounds: Bounds,
    pub(super) middle: (i32, i32),
    pub(super) provenance: Provenance,
    /// In the order of `places`.
    heard: RwLock<Vec<Heard>>,
    /// End of the last batch that is verified or empty; 0 where there is none.
    as_of_unix_s: AtomicU64,
    /// Counts the timelines taken in.
    version: AtomicU64,
    days: Mutex<Option<Days>>,
}

/// Coverage as last counted.
struct Days {
    version: u64,
    until_unix_s: u64,
    first_day: u64,
    coverage: Vec<Coverage>,
}

impl Sheet {
    /// A sheet of the sites that the store's sheets of an area hold.
    pub(super) fn new(area: Area, pieces: Vec<SheetContent>, now_unix_s: u64) -> Self {
        let feeders = feeders(&pieces);
        let localities = localities(&pieces, &feeders);
        let (mut texts, mut places, mut heard) = (String::new(), Vec::new(), Vec::new());
        let (mut bounds, mut middle) = (Bounds::NONE, Middle::default());
        let mut keep = |text: &str| {
            let offset = texts.len() as u32;
            texts.push_str(text);
            Text { offset, length: text.len() as u16 }
        };
        for (piece, site) in each(&pieces) {
            bounds.add(site.latitude_e6, site.longitude_e6);
            middle.add(site.latitude_e6, site.longitude_e6);
            let feeder = feeder_at(&feeders, piece, site);
            places.push(Place {
                device_id: keep(&site.device_id),
                site_id: keep(&site.site_id),
                latitude_e6: site.latitude_e6,
                longitude_e6: site.longitude_e6,
                customers: short(site.customers),
                heartbeat_s: short(site.heartbeat_s),
                enrolled_unix_s: short(site.enrolled_unix_s),
                feeder,
                locality: locality_at(&localities, feeder, name_of(piece, site)),
                is_street: site.is_street,
            });
            let mut of = Heard::default();
            of.put_stated(&site.stated, now_unix_s, area.utc_offset_s);
            heard.push(of);
        }
        texts.shrink_to_fit();
        places.shrink_to_fit();
        heard.shrink_to_fit();
        let mut localities: Vec<Locality> = localities
            .into_iter()
            .map(|(feeder, name)| Locality { name: name.to_owned(), feeder, site: u32::MAX })
            .collect();
        for (i, place) in places.iter().enumerate() {
            let locality: &mut Locality = &mut localities[place.locality as usize];
            let best = places.get(locality.site as usize).map(|best: &Place| best.customers);
            if best.is_none_or(|best| place.customers > best) {
                locality.site = i as u32;
            }
        }
        Self {
            provenance: provenance(&area.provenance),
            area,
            texts,
            feeders,
            localities,
            bounds,
            middle: middle.get(),
            heard: RwLock::new(heard),
            places,
            as_of_unix_s: AtomicU64::new(0),
            version: AtomicU64::new(0),
            days: Mutex::default(),
        }
    }

    fn text(&self, text: Text) -> &str {
        let from = text.offset as usize;
        self.texts.get(from..from + usize::from(text.length)).unwrap_or_default()
    }

    pub(super) fn device_id(&self, place: &Place) -> &str {
        self.text(place.device_id)
    }

    pub(super) fn site_id(&self, place: &Place) -> &str {
        self.text(place.site_id)
    }

    /// Where a device stands in this sheet; a house's device does not.
    pub(super) fn position(&self, device_id: &str) -> Option<usize> {
        self.places.binary_search_by(|place| self.device_id(place).cmp(device_id)).ok()
    }

    pub(super) fn heard(&self) -> RwLockReadGuard<'_, Vec<Heard>> {
        self.heard.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn heard_mut(&self) -> RwLockWriteGuard<'_, Vec<Heard>> {
        self.heard.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Coverage is to be counted anew.
    pub(super) fn recount(&self) {
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// Sites with how they stand.
    pub(super) fn each<'a>(&'a self, heard: &'a [Heard]) -> impl Iterator<Item = (&'a Place, &'a Heard)> {
        self.places.iter().zip(heard)
    }

    /// End of the last period that is accounted for.
    pub(super) fn as_of_unix_s(&self) -> Option<u64> {
        Some(self.as_of_unix_s.load(Ordering::Relaxed)).filter(|as_of| *as_of > 0)
    }

    pub(super) fn set_as_of(&self, as_of_unix_s: Option<u64>) {
        self.as_of_unix_s.store(as_of_unix_s.unwrap_or_default(), Ordering::Relaxed);
    }

    /// Moves on to a batch that is accounted for.
    pub(super) fn account(&self, period_end_unix_s: u64) {
        self.as_of_unix_s.fetch_max(period_end_unix_s, Ordering::Relaxed);
    }

    /// Coverage of a time's local day and the day before, as known now.
    pub(super) fn coverage(&self, at_unix_s: u64, now_unix_s: u64) -> Coverage {
        let offset = self.area.utc_offset_s;
        let first_day = (local_day(now_unix_s, offset) + 1).saturating_sub(super::HISTORY_DAYS);
        let until_unix_s = self.as_of_unix_s().unwrap_or(now_unix_s).min(now_unix_s);
        let version = self.version.load(Ordering::Relaxed);
        let mut kept = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good =
            |days: &Days| (days.version, days.until_unix_s, days.first_day) == (version, until_unix_s, first_day);
        if !kept.as_ref().is_some_and(is_good) {
            let heard = self.heard();
            let mut coverage = vec![Coverage { received: 0, expected: 0 }; super::HISTORY_DAYS as usize];
            for (place, heard) in self.each(&heard) {
                for (i, sum) in coverage.iter_mut().enumerate() {
                    let day = heard.coverage(place, first_day + i as u64, until_unix_s, offset);
                    sum.received += day.received;
                    sum.expected += day.expected;
                }
            }
            *kept = Some(Days { version, until_unix_s, first_day, coverage });
        }
        let days = kept.as_ref().map(|days| days.coverage.as_slice()).unwrap_or_default();
        let day = local_day(at_unix_s, offset);
        let near =
            days.iter().enumerate().filter(|(i, _)| [day, day.saturating_sub(1)].contains(&(first_day + *i as u64)));
        near.fold(Coverage { received: 0, expected: 0 }, |sum, (_, day)| Coverage {
            received: sum.received + day.received,
            expected: sum.expected + day.expected,
        })
    }
}

/// The sites of an area, by device id.
fn each(pieces: &[SheetContent]) -> impl Iterator<Item = (&SheetContent, &SheetSite)> {
    let mut sites: Vec<_> = pieces.iter().flat_map(|piece| piece.sites.iter().map(move |site| (piece, site))).collect();
    sites.sort_unstable_by_key(|(_, site)| &site.device_id);
    sites.into_iter()
}

fn name_of<'a>(piece: &'a SheetContent, site: &SheetSite) -> &'a str {
    piece.localities.get(site.locality as usize).map(String::as_str).unwrap_or_default()
}

fn feeders(pieces: &[SheetContent]) -> Vec<Feeder> {
    let mut by_id: BTreeMap<&str, (Vec<&SheetFeeder>, Middle)> = BTreeMap::new();
    for piece in pieces {
        for feeder in &piece.feeders {
            by_id.entry(&feeder.feeder_id).or_default().0.push(feeder);
        }
        for site in &piece.sites {
            let feeder = piece.feeders.get(site.feeder as usize);
            if let Some((_, middle)) = feeder.and_then(|feeder| by_id.get_mut(feeder.feeder_id.as_str())) {
                middle.add(site.latitude_e6, site.longitude_e6);
            }
        }
    }
    let feeder = |(feeder_id, (parts, middle)): (&str, (Vec<&SheetFeeder>, Middle))| {
        let first = parts.first()?;
        let (latitude_e6, longitude_e6) = middle.get();
        let provenance = parts.iter().map(|part| provenance(&part.provenance)).max()?;
        Some(Feeder {
            feeder_id: feeder_id.to_owned(),
            name: first.name.clone(),
            station_id: first.station_id.clone(),
            provenance,
            latitude_e6,
            longitude_e6,
        })
    };
    by_id.into_iter().filter_map(feeder).collect()
}

/// As rosters spell it; what nobody defined is not news.
fn provenance(text: &str) -> Provenance {
    Provenance::from_text(text).unwrap_or(Provenance::Generated)
}

fn feeder_at(feeders: &[Feeder], piece: &SheetContent, site: &SheetSite) -> u32 {
    let feeder_id = piece.feeders.get(site.feeder as usize).map(|feeder| feeder.feeder_id.as_str()).unwrap_or_default();
    feeders.partition_point(|feeder| feeder.feeder_id.as_str() < feeder_id) as u32
}

/// Places by the feeder's place and name.
fn localities<'a>(pieces: &'a [SheetContent], feeders: &[Feeder]) -> Vec<(u32, &'a str)> {
    let sites = pieces.iter().flat_map(|piece| piece.sites.iter().map(move |site| (piece, site)));
    let names: BTreeSet<(u32, &str)> =
        sites.map(|(piece, site)| (feeder_at(feeders, piece, site), name_of(piece, site))).collect();
    names.into_iter().collect()
}

fn locality_at(localities: &[(u32, &str)], feeder: u32, name: &str) -> u32 {
    localities.partition_point(|locality| *locality < (feeder, name)) as u32
}
