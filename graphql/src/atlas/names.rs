//! What can be found by name: areas, feeders and localities, each as often as it stands in another area or on another
//! feeder.

use std::sync::Arc;

use super::{Atlas, Sheet, sheet::Locality};

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// An area.
    Area,
    /// A feeder, as far as it lies in the area.
    Feeder,
    /// A place on a feeder.
    Locality,
}

/// A name and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What it is of.
    pub kind: NameKind,
    /// The area's id, the feeder's, or that of the site that stands for the locality.
    pub id: String,
    /// The name.
    pub name: String,
    /// The area that it lies in.
    pub area_id: String,
    /// The feeder; none for an area.
    pub feeder_id: Option<String>,
    /// In the middle of its sites; of a locality that of its site.
    pub latitude_e6: i32,
    /// As the latitude.
    pub longitude_e6: i32,
}

/// A place in the list of names: behind this one of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePlace {
    /// The area.
    pub area_id: String,
    /// How many of its names were read.
    pub read: usize,
    /// What the area's roster was then: another one has other names.
    pub roster_version: u64,
}

/// Some names.
#[derive(Clone, Debug)]
pub struct Names {
    /// The names, by area, kind and id.
    pub items: Vec<Name>,
    /// Where the next ones begin; none at the end.
    pub next: Option<NamePlace>,
    /// All there are.
    pub total: usize,
}

impl Atlas {
    /// Names by area, behind a place, at most `first`. Of an area whose roster changed since, all come again.
    #[must_use]
    pub fn names(&self, first: usize, after: Option<&NamePlace>) -> Names {
        let sheets: Vec<_> = self.sheets().into_iter().filter(|sheet| !sheet.places.is_empty()).collect();
        let total = sheets.iter().map(|sheet| sheet.name_count()).sum();
        let mut items = Vec::with_capacity(first.min(total));
        let mut place = None;
        for sheet in &sheets {
            let behind = after.filter(|after| after.area_id >= sheet.area.area_id);
            let read = match behind {
                Some(after) if after.area_id > sheet.area.area_id => continue,
                Some(after) if after.roster_version == sheet.area.roster_version => after.read,
                _ => 0,
            };
            if items.len() == first {
                // There is more.
                return Names { items, next: place, total };
            }
            let count = sheet.name_count();
            let until = count.min(read.saturating_add(first - items.len()));
            items.extend((read..until).map(|i| sheet.name(i)));
            place = Some(NamePlace {
                area_id: sheet.area.area_id.clone(),
                read: until,
                roster_version: sheet.area.roster_version,
            });
            if until < count {
                return Names { items, next: place, total };
            }
        }
        Names { items, next: None, total }
    }

    /// Names that hold every word of a text at the beginning of one of theirs or of their area's, best first, at
    /// most `first`.
    #[must_use]
    pub fn search(&self, text: &str, first: usize) -> Vec<Name> {
        let wanted = text.to_lowercase();
        let words: Vec<&str> = words(&wanted).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(Rank, Arc<Sheet>, usize)> = Vec::new();
        for sheet in self.sheets() {
            if sheet.places.is_empty() {
                continue;
            }
            let area = sheet.area.name.to_lowercase();
            for i in 0..sheet.name_count() {
                let Some(grade) = grade(&wanted, &words, &sheet.name_text(i).to_lowercase(), &area) else { continue };
                let key = (grade, sheet.kind(i) as u8, u64::MAX - sheet.weight(i));
                let at = found.partition_point(|(other, ..)| *other <= key);
                if at < first {
                    found.insert(at, (key, sheet.clone(), i));
                    found.truncate(first);
                }
            }
        }
        found.into_iter().map(|(_, sheet, i)| sheet.name(i)).collect()
    }
}

/// Which comes first of what is found: how well it fits, its kind, and of how many customers, most first.
type Rank = (u8, u8, u64);

/// How well a name fits, 0 best: it is the text, begins with it, holds all words, or its area holds some of them.
fn grade(wanted: &str, words_wanted: &[&str], name: &str, area: &str) -> Option<u8> {
    if name == wanted {
        return Some(0);
    }
    if name.starts_with(wanted) {
        return Some(1);
    }
    let holds = |text: &str, word: &str| words(text).any(|of| of.starts_with(word));
    if words_wanted.iter().all(|word| holds(name, word)) {
        return Some(2);
    }
    let in_name = words_wanted.iter().any(|word| holds(name, word));
    let rest = words_wanted.iter().all(|word| holds(name, word) || holds(area, word));
    (in_name && rest).then_some(3)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

impl Sheet {
    fn name_count(&self) -> usize {
        1 + self.feeders.len() + self.localities.len()
    }

    /// The area first, then its feeders, then its localities.
    fn kind(&self, i: usize) -> NameKind {
        match i {
            0 => NameKind::Area,
            i if i <= self.feeders.len() => NameKind::Feeder,
            _ => NameKind::Locality,
        }
    }

    fn locality(&self, i: usize) -> &Locality {
        &self.localities[i - 1 - self.feeders.len()]
    }

    fn name_text(&self, i: usize) -> &str {
        match self.kind(i) {
            NameKind::Area => &self.area.name,
            NameKind::Feeder => &self.feeders[i - 1].name,
            NameKind::Locality => &self.locality(i).name,
        }
    }

    /// What comes first of names that fit equally.
    fn weight(&self, i: usize) -> u64 {
        match self.kind(i) {
            NameKind::Area => self.area.customers,
            NameKind::Feeder => 0,
            NameKind::Locality => self.places[self.locality(i).site as usize].customers.into(),
        }
    }

    fn name(&self, i: usize) -> Name {
        let (id, feeder_id, (latitude_e6, longitude_e6)) = match self.kind(i) {
            NameKind::Area => (self.area.area_id.clone(), None, self.middle),
            NameKind::Feeder => {
                let feeder = &self.feeders[i - 1];
                let at = (feeder.latitude_e6, feeder.longitude_e6);
                (feeder.feeder_id.clone(), Some(feeder.feeder_id.clone()), at)
            }
            NameKind::Locality => {
                let locality = self.locality(i);
                let place = &self.places[locality.site as usize];
                let feeder_id = self.feeders[locality.feeder as usize].feeder_id.clone();
                (self.site_id(place).to_owned(), Some(feeder_id), (place.latitude_e6, place.longitude_e6))
            }
        };
        Name {
            kind: self.kind(i),
            id,
            name: self.name_text(i).to_owned(),
            area_id: self.area.area_id.clone(),
            feeder_id,
            latitude_e6,
            longitude_e6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_graded_by_how_they_hold_the_words() {
        let of = |wanted: &str, name: &str| grade(wanted, &words(wanted).collect::<Vec<_>>(), name, "palwal 3");
        assert_eq!(of("badka", "badka"), Some(0));
        assert_eq!(of("bad", "badka"), Some(1));
        assert_eq!(of("nagar", "indira nagar"), Some(2));
        assert_eq!(of("nag ind", "indira nagar"), Some(2));
        assert_eq!(of("badka palwal", "badka"), Some(3));
        assert_eq!(of("palwal", "badka"), None, "the area itself is in the list");
        assert_eq!(of("adka", "badka"), None);
    }
}
