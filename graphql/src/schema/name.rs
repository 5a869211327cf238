//! Finding places: by name, and near a point.

use std::sync::Arc;

use async_graphql::{Context, Enum, Result, SimpleObject};

use super::{map::degrees, scalar::Int53, site::Site};
use crate::{
    ApiError, Sources,
    atlas::{self, NamePlace},
};

/// Most names of one page.
pub const MAX_NAMES: i32 = 2_000;
/// Most names that a search gives.
const MAX_FOUND: i32 = 50;
/// Longest text that is searched for, in characters.
const MAX_TEXT: usize = 96;
/// Most sites near a point.
const MAX_NEAR: i32 = 20;

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum NameKind {
    /// An area.
    Area,
    /// A feeder, as far as it lies in the area.
    Feeder,
    /// A place on a feeder.
    Locality,
}

/// Something that can be found by its name. What bears one name in several areas or on several feeders is there as
/// often.
#[derive(Clone, Debug, SimpleObject)]
pub struct Name {
    /// What it is.
    pub kind: NameKind,
    /// The area's id, the feeder's id, or the id of the site that stands for the locality: the one with most customers.
    pub id: String,
    /// The name as the roster writes it.
    pub name: String,
    /// The area that it lies in.
    pub area_id: String,
    /// The feeder that it is or lies on; none for an area.
    pub feeder_id: Option<String>,
    /// The site that stands for a locality; none for the others.
    pub site_id: Option<String>,
    /// In degrees: in the middle of its sites, or where the site is.
    pub latitude_deg: f64,
    /// In degrees, as the latitude.
    pub longitude_deg: f64,
}

/// Names by area, kind and id.
#[derive(Clone, Debug, SimpleObject)]
pub struct NamePage {
    /// The names.
    pub items: Vec<Name>,
    /// Whether more follow.
    pub has_more: bool,
    /// What `after` takes to go on; none at the end.
    pub end_cursor: Option<String>,
    /// How many names there are in all.
    pub total: Int53,
}

/// A site near a point.
#[derive(SimpleObject)]
pub struct NearbySite {
    /// The site.
    pub site: Site,
    /// How far it is, in metres.
    pub distance_m: Int53,
}

/// A page of names.
pub async fn names(context: &Context<'_>, first: i32, after: Option<String>) -> Result<NamePage, ApiError> {
    let first = bounded("first", first, MAX_NAMES)?;
    let after = after.as_deref().map(from_cursor).transpose()?;
    let atlas = atlas(context).await?;
    let found = blocking(move || atlas.names(first, after.as_ref())).await?;
    Ok(NamePage {
        items: found.items.into_iter().map(Name::from).collect(),
        has_more: found.next.is_some(),
        end_cursor: found.next.as_ref().map(to_cursor),
        total: Int53(found.total as u64),
    })
}

/// Names that match a text.
pub async fn search(context: &Context<'_>, text: String, first: i32) -> Result<Vec<Name>, ApiError> {
    let first = bounded("first", first, MAX_FOUND)?;
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT {
        return Err(ApiError::argument(format!("text has 1 to {MAX_TEXT} characters")));
    }
    let atlas = atlas(context).await?;
    let found = blocking(move || atlas.search(text.trim(), first)).await?;
    Ok(found.into_iter().map(Name::from).collect())
}

/// Sites near a point.
pub async fn near(
    context: &Context<'_>,
    latitude_deg: f64,
    longitude_deg: f64,
    first: i32,
) -> Result<Vec<NearbySite>, ApiError> {
    let first = bounded("first", first, MAX_NEAR)?;
    let on_globe = (-90.0..=90.0).contains(&latitude_deg) && (-180.0..=180.0).contains(&longitude_deg);
    if !on_globe {
        return Err(ApiError::argument("latitudeDeg is -90 to 90, longitudeDeg -180 to 180"));
    }
    let sources = Sources::of(context).map_err(|_| ApiError::Store)?;
    let atlas = atlas(context).await?;
    let found = blocking(move || atlas.near(latitude_deg, longitude_deg, first)).await?;
    let sites = futures::future::try_join_all(found.iter().map(|near| sources.site(&near.device_id))).await?;
    let nearby = |(near, site): (atlas::Near, Option<Arc<_>>)| {
        Some(NearbySite { site: Site(site?), distance_m: Int53(near.distance_m.round() as u64) })
    };
    Ok(found.into_iter().zip(sites).filter_map(nearby).collect())
}

/// The atlas, once it is read.
async fn atlas(context: &Context<'_>) -> Result<atlas::Atlas, ApiError> {
    let atlas = Sources::of(context).map_err(|_| ApiError::Store)?.atlas();
    atlas.read().await?;
    Ok(atlas.clone())
}

/// What takes a while over many sites.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| ApiError::Busy("the service ends"))
}

fn bounded(name: &str, number: i32, most: i32) -> Result<usize, ApiError> {
    let bounded = usize::try_from(number).ok().filter(|number| (1..=most as usize).contains(number));
    bounded.ok_or_else(|| ApiError::argument(format!("{name} is 1 to {most}")))
}

impl From<atlas::Name> for Name {
    fn from(name: atlas::Name) -> Self {
        let kind = match name.kind {
            atlas::NameKind::Area => NameKind::Area,
            atlas::NameKind::Feeder => NameKind::Feeder,
            atlas::NameKind::Locality => NameKind::Locality,
        };
        Self {
            kind,
            site_id: (kind == NameKind::Locality).then(|| name.id.clone()),
            id: name.id,
            name: name.name,
            area_id: name.area_id,
            feeder_id: name.feeder_id,
            latitude_deg: degrees(name.latitude_e6),
            longitude_deg: degrees(name.longitude_e6),
        }
    }
}

fn to_cursor(place: &NamePlace) -> String {
    let text = format!("{} {} {}", place.area_id, place.read, place.roster_version);
    data_encoding::BASE64URL_NOPAD.encode(text.as_bytes())
}

fn from_cursor(cursor: &str) -> Result<NamePlace, ApiError> {
    let parse = || {
        let text = String::from_utf8(data_encoding::BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
        let mut parts = text.split(' ');
        let area_id = parts.next()?.to_owned();
        let (read, roster_version) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(NamePlace { area_id, read, roster_version })
    };
    parse().ok_or_else(|| ApiError::argument("after is an endCursor of names"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_others_are_refused() {
        let place = NamePlace { area_id: "ambala".into(), read: 17, roster_version: 2 };
        assert_eq!(from_cursor(&to_cursor(&place)).unwrap(), place);
        for cursor in ["", "x", "ambala 17 2", &data_encoding::BASE64URL_NOPAD.encode(b"ambala 17 2 3")] {
            assert!(from_cursor(cursor).is_err(), "{cursor}");
        }
    }
}
