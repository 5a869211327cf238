//! What is asked, and how long and large the answers are.

use serde_json::{Value, json};

use crate::{
    figure::Figure,
    service::Service,
    world::{World, hash},
};

/// Longest time for a first view, and for any window, in seconds.
const MAX_SECONDS: f64 = 1.0;
/// Most bytes of an answer as it is sent.
const MAX_BYTES: f64 = 200_000.0;
/// Windows that are looked at of each zoom, beside the densest one.
const WINDOWS: u64 = 12;
/// Width and height of a desktop's map in pixels.
const PIXELS: (f64, f64) = (1_920.0, 1_080.0);
/// Most sites near a point.
const NEAR: usize = 20;

/// All that the page asks of a map.
const MAP: &str = "query Map($window: MapWindow!, $zoom: Int!, $atUnixS: Int53) {
  _meta { nowUnixS provenance { kind source shiftS uncertaintyS } }
  map(window: $window, zoom: $zoom, atUnixS: $atUnixS) {
    level atUnixS isPast anchoredUpToUnixS periodS provenance
    areas { areaId name latitudeDeg longitudeDeg south west north east customersOffShare coverageShare
      sitesByState { ...Counts } customersByState { ...Counts } }
    feeders { feederId areaId name latitudeDeg longitudeDeg sitesByState { ...Counts } customersByState { ...Counts }
      isWholeFeederOff }
    sites { siteId deviceId kind locality feederId latitudeDeg longitudeDeg customers state sinceUnixS lastHeardUnixS
      anchored }
    groups { latitudeDeg longitudeDeg south west north east sitesByState { ...Counts }
      customersByState { ...Counts } }
  }
}
fragment Counts on StateCounts { on off noData total }";
const NAMES: &str = "query Names($after: String) { names(first: 2000, after: $after) {
  items { kind id name areaId feederId siteId latitudeDeg longitudeDeg } hasMore endCursor total } }";
const SEARCH: &str = "query Search($text: String!) { search(text: $text) { kind id name areaId feederId } }";
const NEAREST: &str = "query Near($latitudeDeg: Float!, $longitudeDeg: Float!) {
  near(latitudeDeg: $latitudeDeg, longitudeDeg: $longitudeDeg, first: 20) { distanceM site { siteId locality feederId } } }";

/// All figures.
pub async fn measure(service: &Service, world: &World) -> eyre::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    figures.extend(first_view(service, world).await?);
    for zoom in [5, 8, 11, 13, 16] {
        figures.extend(windows(service, world, zoom, None).await?);
    }
    for (zoom, hours) in [(8, 24), (13, 47)] {
        figures.extend(windows(service, world, zoom, Some(hours)).await?);
    }
    figures.extend(names(service).await?);
    figures.extend(others(service, world).await?);
    Ok(figures)
}

/// The first question that the service is asked: the whole state.
async fn first_view(service: &Service, world: &World) -> eyre::Result<Vec<Figure>> {
    let [west, south, east, north] = world.bounds();
    let variables = json!({ "window": window_of(west, south, east, north), "zoom": 7 });
    let packed = service.ask_packed(MAP, variables.clone()).await?;
    let plain = service.ask(MAP, variables).await?;
    let map = plain.data.as_ref().map(|data| data["map"].clone()).unwrap_or_default();
    eprintln!("first view: {} of {} marks", map["level"], map["areas"].as_array().map_or(0, Vec::len));
    Ok(vec![
        Figure::limited("first_map_view", packed.seconds, "s", MAX_SECONDS),
        Figure::limited("first_map_view_gzip", packed.bytes as f64, "bytes", MAX_BYTES),
        Figure::new("first_map_view_raw", plain.bytes as f64, "bytes"),
    ])
}

/// The worst of some windows of one zoom, the densest among them.
async fn windows(service: &Service, world: &World, zoom: u32, hours_back: Option<u64>) -> eyre::Result<Vec<Figure>> {
    let (mut seconds, mut gzip, mut raw) = (0.0_f64, 0, 0);
    let mut levels = std::collections::BTreeMap::new();
    let middles = (0..WINDOWS).map(|i| world.middle(hash(i, 100) as usize % world.areas()));
    for (latitude, longitude) in middles.chain([world.densest()]) {
        let mut variables = json!({ "window": window_around(latitude, longitude, zoom), "zoom": zoom });
        if let Some(hours) = hours_back {
            let now = service.ask("{ _meta { nowUnixS } }", json!({})).await?.data.unwrap_or_default();
            let now = now["_meta"]["nowUnixS"].as_u64().unwrap_or_default();
            variables["atUnixS"] = json!(now - hours * 3_600);
        }
        let packed = service.ask_packed(MAP, variables.clone()).await?;
        let plain = service.ask(MAP, variables).await?;
        let level = plain.data.map(|data| data["map"]["level"].to_string()).unwrap_or_default();
        *levels.entry(level).or_insert(0) += 1;
        seconds = seconds.max(packed.seconds).max(plain.seconds);
        gzip = gzip.max(packed.bytes);
        raw = raw.max(plain.bytes);
    }
    let name = match hours_back {
        Some(hours) => format!("window_zoom_{zoom}_{hours}_h_ago"),
        None => format!("window_zoom_{zoom}"),
    };
    eprintln!("{name}: {levels:?}");
    Ok(vec![
        Figure::limited(format!("{name}_worst"), seconds, "s", MAX_SECONDS),
        Figure::limited(format!("{name}_worst_gzip"), gzip as f64, "bytes", MAX_BYTES),
        Figure::new(format!("{name}_worst_raw"), raw as f64, "bytes"),
    ])
}

async fn names(service: &Service) -> eyre::Result<Vec<Figure>> {
    let packed = service.ask_packed(NAMES, json!({})).await?;
    let plain = service.ask(NAMES, json!({})).await?;
    let total = plain.data.map(|data| data["names"]["total"].as_u64().unwrap_or_default()).unwrap_or_default();
    Ok(vec![
        Figure::new("names", total as f64, "names"),
        Figure::limited("names_page", packed.seconds.max(plain.seconds), "s", MAX_SECONDS),
        Figure::limited("names_page_gzip", packed.bytes as f64, "bytes", MAX_BYTES),
        Figure::new("names_page_raw", plain.bytes as f64, "bytes"),
    ])
}

async fn others(service: &Service, world: &World) -> eyre::Result<Vec<Figure>> {
    let (mut search, mut near) = (0.0_f64, 0.0_f64);
    for text in ["locality 4711", "loc", "feeder 12", "made up 7", "nothing of the kind"] {
        search = search.max(service.ask(SEARCH, json!({ "text": text })).await?.seconds);
    }
    for (latitude, longitude) in (0..WINDOWS).map(|i| world.middle(i as usize % world.areas())).chain([world.densest()])
    {
        let variables = json!({ "latitudeDeg": latitude, "longitudeDeg": longitude });
        let answer = service.ask(NEAREST, variables).await?;
        let found = answer.data.map(|data| data["near"].as_array().map_or(0, Vec::len)).unwrap_or_default();
        eyre::ensure!(found == NEAR, "{found} sites near {latitude}, {longitude}");
        near = near.max(answer.seconds);
    }
    Ok(vec![
        Figure::limited("search_worst", search, "s", MAX_SECONDS),
        Figure::limited("near_worst", near, "s", MAX_SECONDS),
    ])
}

fn window_of(west: f64, south: f64, east: f64, north: f64) -> Value {
    json!({ "west": west, "south": south, "east": east, "north": north })
}

/// What a desktop's map shows around a point: 256 pixels are the world at zoom 0.
fn window_around(latitude: f64, longitude: f64, zoom: u32) -> Value {
    let degrees_a_pixel = 360.0 / 256.0 / f64::from(1_u32 << zoom);
    let width = (PIXELS.0 * degrees_a_pixel).min(178.0);
    let height = (PIXELS.1 * degrees_a_pixel * latitude.to_radians().cos()).min(100.0);
    let (west, south) = ((longitude - width / 2.0).max(-180.0), (latitude - height / 2.0).max(-90.0));
    window_of(west, south, west + width, (south + height).min(90.0))
}
