//! The map, the search and what is near, over a real store.

mod support {
    mod servers;
    pub mod world;
    pub use servers::*;
}

use serde_json::{Value, json};
use store::views::documents::BatchStatus;
use support::{Mongo, Service, config, world};

const ALL: &str = "west: 75, south: 29, east: 78, north: 31";

async fn filled() -> Option<(Mongo, Service)> {
    let mongo = Mongo::start().await?;
    world::fill(&mongo).await;
    let service = Service::start(config(&mongo)).await;
    Some((mongo, service))
}

fn texts<'a>(values: &'a Value, field: &str) -> Vec<&'a str> {
    values.as_array().unwrap().iter().map(|value| value[field].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_window_shows_areas_feeders_or_sites_by_its_zoom() {
    let Some((_mongo, service)) = filled().await else { return };
    areas(&service).await;
    feeders(&service).await;
    sites(&service).await;
    service.stop().await;
}

async fn areas(service: &Service) {
    let data = service
        .data(&format!(
            "{{ map(window: {{ {ALL} }}, zoom: 9) {{ level isPast atUnixS anchoredUpToUnixS periodS provenance
            areas {{ areaId name latitudeDeg longitudeDeg south west north east customersOffShare coverageShare
                sitesByState {{ on off noData total }} customersByState {{ on off noData total }} }}
            feeders {{ name }} sites {{ siteId }} groups {{ south }} }} }}"
        ))
        .await;
    let map = &data["map"];
    assert_eq!((&map["level"], &map["isPast"], &map["provenance"]), (&json!("AREAS"), &json!(false), &json!("REPLAY")));
    assert!(map["atUnixS"].as_u64().unwrap().abs_diff(world::now()) < 60, "{map}");
    assert_eq!(map["anchoredUpToUnixS"], Value::Null, "nothing of hisar is accounted for");
    assert_eq!(map["periodS"], 900);
    assert_eq!((&map["feeders"], &map["sites"], &map["groups"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(texts(&map["areas"], "areaId"), ["ambala", "hisar"]);
    let ambala = &map["areas"][0];
    assert_eq!(ambala["sitesByState"], json!({ "on": 1, "off": 2, "noData": 2, "total": 5 }));
    assert_eq!(ambala["customersByState"], json!({ "on": 35, "off": 70, "noData": 70, "total": 175 }));
    assert_eq!((&ambala["customersOffShare"], &ambala["name"]), (&json!(0.4), &json!("Area ambala")));
    let (south, west) = (&ambala["south"], &ambala["west"]);
    assert_eq!(
        (south, west, &ambala["north"], &ambala["east"]),
        (&json!(30.3), &json!(76.7), &json!(30.45), &json!(76.95))
    );
    let share = ambala["coverageShare"].as_f64().unwrap();
    assert!(share > 0.0 && share <= 1.0, "{share}");

    let part = service
        .data(
            "{ map(window: { west: 76, south: 30, east: 77, north: 31 }, zoom: 0) {
            areas { areaId } anchoredUpToUnixS } }",
        )
        .await;
    assert_eq!(texts(&part["map"]["areas"], "areaId"), ["ambala"]);
    let end = part["map"]["anchoredUpToUnixS"].as_u64().unwrap();
    assert!(end.abs_diff(world::now() - 7_200 + 5 * 900) < 60, "the end of batch 5: {end}");
}

async fn feeders(service: &Service) {
    let data = service
        .data(&format!(
            "{{ map(window: {{ {ALL} }}, zoom: 12) {{ level areas {{ areaId }} feeders {{ feederId areaId name
            latitudeDeg longitudeDeg sitesByState {{ on off noData total }} customersByState {{ off total }}
            isWholeFeederOff }} }} }}"
        ))
        .await;
    let map = &data["map"];
    assert_eq!((&map["level"], &map["areas"]), (&json!("FEEDERS"), &json!([])));
    assert_eq!(texts(&map["feeders"], "feederId"), ["feeder-1", "feeder-2", "feeder-9"]);
    let one = &map["feeders"][0];
    assert_eq!(one["sitesByState"], json!({ "on": 1, "off": 2, "noData": 0, "total": 3 }));
    assert_eq!((&one["customersByState"], &one["areaId"]), (&json!({ "off": 70, "total": 105 }), &json!("ambala")));
    assert_eq!((&one["isWholeFeederOff"], &one["name"]), (&json!(false), &json!("11KV feeder-1")));
    assert_eq!(one["latitudeDeg"], json!(30.32), "in the middle of 30.30, 30.35 and 30.31");
    assert_eq!(map["feeders"][1]["isWholeFeederOff"], false, "NO DATA is not OFF");
}

async fn sites(service: &Service) {
    let fields = "siteId deviceId kind locality feederId latitudeDeg longitudeDeg customers state sinceUnixS
        lastHeardUnixS anchored";
    let data = service
        .data(&format!(
            "{{ map(window: {{ west: 76.65, south: 30.25, east: 76.95, north: 30.45 }}, zoom: 13) {{
            level sites {{ {fields} }} }} site(deviceId: \"dt-1\") {{ now {{ sinceUnixS }} }} }}"
        ))
        .await;
    assert_eq!(data["map"]["level"], "SITES");
    let sites = data["map"]["sites"].as_array().unwrap();
    assert_eq!(texts(&data["map"]["sites"], "deviceId"), ["dt-1", "dt-2", "dt-3", "dt-4", "street-1"]);
    let since = &data["site"]["now"]["sinceUnixS"];
    assert_eq!(
        sites[0],
        json!({
            "siteId": "site-dt-1", "deviceId": "dt-1", "kind": "TRANSFORMER", "locality": "Naraingarh",
            "feederId": "feeder-1", "latitudeDeg": 30.3, "longitudeDeg": 76.7, "customers": 35, "state": "OFF",
            "sinceUnixS": since, "lastHeardUnixS": since, "anchored": "NO"
        })
    );
    let brief = |site: &Value| (site["state"].clone(), site["anchored"].clone());
    assert_eq!(brief(&sites[1]), (json!("OFF"), json!("YES")));
    assert_eq!(brief(&sites[2]), (json!("NO_DATA"), json!("FINAL")));
    assert_eq!(brief(&sites[3]), (json!("NO_DATA"), json!("NO")));
    assert_eq!((&sites[3]["sinceUnixS"], &sites[3]["lastHeardUnixS"]), (&Value::Null, &Value::Null));
    assert_eq!(brief(&sites[4]), (json!("ON"), json!("FINAL")));
    assert_eq!(sites[4]["kind"], "STREET");
    let edge = service
        .data("{ map(window: { west: 76.70, south: 30.30, east: 76.701, north: 30.301 }, zoom: 22) { sites { deviceId } } }")
        .await;
    assert_eq!(texts(&edge["map"]["sites"], "deviceId"), ["dt-1"], "the edges of a window are in it");
    let sea = service.data("{ map(window: { west: 0, south: 0, east: 1, north: 1 }, zoom: 14) { level sites { siteId } anchoredUpToUnixS provenance } }").await;
    assert_eq!(sea["map"], json!({ "level": "SITES", "sites": [], "anchoredUpToUnixS": null, "provenance": "REPLAY" }));
}

#[tokio::test]
async fn a_time_in_the_past_shows_what_is_known_of_it() {
    let Some((_mongo, service)) = filled().await else { return };
    let at = world::now();
    let query = |age_s: u64, zoom: u32| {
        format!(
            "{{ map(window: {{ {ALL} }}, zoom: {zoom}, atUnixS: {}) {{ isPast atUnixS
            areas {{ areaId sitesByState {{ on off noData }} customersOffShare coverageShare }}
            feeders {{ feederId sitesByState {{ on off noData }} isWholeFeederOff }}
            sites {{ deviceId state sinceUnixS lastHeardUnixS anchored }} }} }}",
            at - age_s
        )
    };
    // In the outage of dt-1, and before street-1 was heard for the first time.
    let map = service.data(&query(75_000, 5)).await["map"].clone();
    assert_eq!((&map["isPast"], &map["atUnixS"]), (&json!(true), &json!(at - 75_000)));
    assert_eq!(map["areas"][0]["sitesByState"], json!({ "on": 2, "off": 1, "noData": 2 }));
    assert_eq!(map["areas"][0]["customersOffShare"], json!(0.2));
    assert_eq!(map["areas"][1]["sitesByState"], json!({ "on": 0, "off": 0, "noData": 1 }));
    let map = service.data(&query(75_000, 11)).await["map"].clone();
    assert_eq!(map["feeders"][0]["sitesByState"], json!({ "on": 1, "off": 1, "noData": 1 }));
    let map = service.data(&query(75_000, 14)).await["map"].clone();
    let one = &map["sites"][0];
    assert_eq!((&one["deviceId"], &one["state"], &one["anchored"]), (&json!("dt-1"), &json!("OFF"), &json!("FINAL")));
    let age = |value: &Value| at - value.as_u64().unwrap();
    assert!(age(&one["sinceUnixS"]).abs_diff(79_000) < 60 && age(&one["lastHeardUnixS"]).abs_diff(79_000) < 60);
    // Between two records of one status it was heard.
    assert_eq!(map["sites"][1]["lastHeardUnixS"], json!(at - 75_000));

    // Before anything was heard; just before the live OFF of dt-1; after it.
    let map = service.data(&query(100_000, 14)).await["map"].clone();
    let states: Vec<_> = map["sites"].as_array().unwrap().iter().map(|site| site["state"].clone()).collect();
    assert_eq!(states, vec![json!("NO_DATA"); 6]);
    assert_eq!((&map["sites"][0]["sinceUnixS"], &map["sites"][0]["anchored"]), (&Value::Null, &json!("NO")));
    let brief = |map: &Value| (map["sites"][0]["state"].clone(), map["sites"][0]["anchored"].clone());
    let map = service.data(&query(150, 14)).await["map"].clone();
    assert_eq!(brief(&map), (json!("ON"), json!("FINAL")));
    let map = service.data(&query(0, 14)).await["map"].clone();
    assert_eq!(brief(&map), (json!("OFF"), json!("NO")));
    service.stop().await;
}

#[tokio::test]
async fn the_map_follows_the_store() {
    let Some((mongo, service)) = filled().await else { return };
    let query = format!(
        "{{ map(window: {{ {ALL} }}, zoom: 5) {{ anchoredUpToUnixS areas {{ areaId sitesByState {{ on off total }} }} }} }}"
    );
    let counts = |areas: &Value| {
        let of = |area: &Value| area["sitesByState"]["total"].as_u64().unwrap();
        areas.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let until = |what: &'static str, is_so: fn(&Value) -> bool| {
        let (service, query) = (&service, &query);
        async move {
            for _ in 0..120 {
                let map = service.data(query).await["map"].clone();
                if is_so(&map) {
                    return map;
                }
                tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            }
            panic!("waited in vain: {what}");
        }
    };
    let map = service.data(&query).await["map"].clone();
    assert_eq!(counts(&map["areas"]), [5, 1]);

    // A batch of hisar in which its site states OFF, as the indexer writes it.
    let at = world::now();
    let site = world::site("dt-9", "hisar", "feeder-9", None, 75.70, 29.15);
    let segments =
        vec![world::segment(true, (0, at - 5_000), (3, at - 300)), world::segment(false, (4, at - 200), (4, at - 200))];
    let views = mongo.views();
    views.collection::<bson::Document>("timelines").delete_one(bson::doc! { "_id": "dt-9" }).await.unwrap();
    mongo.insert(&views, "timelines", &[world::timeline(&site, segments, Vec::new())]).await;
    let of_hisar = bson::doc! { "area_id": "hisar" };
    views.collection::<bson::Document>("sheets").delete_many(of_hisar).await.unwrap();
    mongo.insert(&views, "batches", &[world::batch("hisar", 1, BatchStatus::Empty)]).await;
    world::ensure_sheets(&mongo).await;
    until("an OFF in hisar", |map| map["areas"][1]["sitesByState"]["off"] == 1).await;
    until("both areas accounted for", |map| map["anchoredUpToUnixS"].is_u64()).await;

    // A roster with one more site.
    let new = world::site("dt-10", "hisar", "feeder-9", None, 75.72, 29.16);
    mongo.insert(&views, "sites", &[new]).await;
    views.collection::<bson::Document>("sheets").delete_many(bson::doc! { "area_id": "hisar" }).await.unwrap();
    world::ensure_sheets(&mongo).await;
    let version = bson::doc! { "$set": { "roster_version": 2_i64 } };
    views.collection::<bson::Document>("areas").update_one(bson::doc! { "_id": "hisar" }, version).await.unwrap();
    until("a site more", |map| map["areas"][1]["sitesByState"]["total"] == 2).await;

    // Databases that are dropped and made again.
    views.drop().await.unwrap();
    mongo.intake().drop().await.unwrap();
    world::fill(&mongo).await;
    until("the views made again", |map| map["areas"][1]["sitesByState"]["total"] == 1).await;
    service.stop().await;
}

#[tokio::test]
async fn names_are_had_in_pages_and_found() {
    let Some((_mongo, service)) = filled().await else { return };
    let fields = "items { kind id name areaId feederId siteId latitudeDeg longitudeDeg } hasMore endCursor total";
    let all = service.data(&format!("{{ names {{ {fields} }} }}")).await["names"].clone();
    assert_eq!((&all["total"], &all["hasMore"], &all["endCursor"]), (&json!(8), &json!(false), &Value::Null));
    let ids = ["ambala", "feeder-1", "feeder-2", "site-dt-1", "site-dt-3", "hisar", "feeder-9", "site-dt-9"];
    assert_eq!(texts(&all["items"], "id"), ids);
    assert_eq!(
        all["items"][3],
        json!({
            "kind": "LOCALITY", "id": "site-dt-1", "name": "Naraingarh", "areaId": "ambala", "feederId": "feeder-1",
            "siteId": "site-dt-1", "latitudeDeg": 30.3, "longitudeDeg": 76.7
        })
    );
    let area = &all["items"][0];
    assert_eq!((&area["kind"], &area["feederId"], &area["siteId"]), (&json!("AREA"), &Value::Null, &Value::Null));
    assert_eq!((&all["items"][1]["kind"], &all["items"][1]["feederId"]), (&json!("FEEDER"), &json!("feeder-1")));

    // In pages of every length it is the same list.
    for first in 1..=8 {
        let (mut items, mut after) = (Vec::new(), String::new());
        loop {
            let page =
                service.data(&format!("{{ names(first: {first}{after}) {{ {fields} }} }}")).await["names"].clone();
            items.extend(page["items"].as_array().unwrap().clone());
            assert_eq!(page["hasMore"], json!(items.len() < 8), "{first}: {page}");
            let Some(cursor) = page["endCursor"].as_str() else { break };
            after = format!(", after: \"{cursor}\"");
        }
        assert_eq!(Value::from(items), all["items"], "{first}");
    }

    let found = |text: &str| {
        let query = format!("{{ search(text: {}) {{ kind id }} }}", Value::from(text));
        let service = &service;
        async move {
            texts(&service.data(&query).await["search"], "id").iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(found("naraing").await, ["site-dt-1", "site-dt-3", "site-dt-9"]);
    assert_eq!(found("  NARAINGARH hisar ").await, ["site-dt-9"]);
    assert_eq!(found("feeder-2").await, ["feeder-2"]);
    assert_eq!(found("area").await, ["ambala", "hisar"]);
    assert!(found("house").await.is_empty() && found("\u{928}").await.is_empty() && found("?!").await.is_empty());
    let one = service.data("{ search(text: \"naraing\", first: 1) { name } }").await;
    assert_eq!(one["search"], json!([{ "name": "Naraingarh" }]));
    service.stop().await;
}

#[tokio::test]
async fn sites_near_a_point_are_found_by_distance() {
    let Some((_mongo, service)) = filled().await else { return };
    let near =
        "{ near(latitudeDeg: 30.30, longitudeDeg: 76.70, first: 3) { distanceM site { deviceId now { state } } } }";
    let found = service.data(near).await["near"].clone();
    let devices: Vec<_> = found.as_array().unwrap().iter().map(|n| n["site"]["deviceId"].as_str().unwrap()).collect();
    assert_eq!(devices, ["dt-1", "street-1", "dt-2"]);
    assert_eq!((&found[0]["distanceM"], &found[0]["site"]["now"]["state"]), (&json!(0), &json!("OFF")));
    let street = found[1]["distanceM"].as_u64().unwrap();
    assert!((1_450..1_480).contains(&street), "a hundredth of a degree each way: {street} m");
    let far = service.data("{ near(latitudeDeg: 29.7, longitudeDeg: 76.0) { distanceM } }").await;
    assert_eq!(far["near"], json!([]), "hisar's site is 68 km away");
    let all = service.data("{ near(latitudeDeg: 30.35, longitudeDeg: 76.8, first: 20) { site { deviceId } } }").await;
    assert_eq!(all["near"].as_array().unwrap().len(), 5);
    service.stop().await;
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_in_words() {
    let Some((_mongo, service)) = filled().await else { return };
    let now = world::now();
    let map = |window: &str, rest: &str| format!("{{ map(window: {{ {window} }}, {rest}) {{ level }} }}");
    let cases = [
        (map("west: 77, south: 30, east: 76, north: 31", "zoom: 9"), "west < east"),
        (map("west: -90, south: 30, east: 90, north: 31", "zoom: 9"), "less than 180"),
        (map("west: 76, south: 30, east: 77, north: 91", "zoom: 9"), "on the globe"),
        (map(ALL, "zoom: -1"), "zoom is 0 to 22"),
        (map(ALL, "zoom: 23"), "zoom is 0 to 22"),
        (map(ALL, &format!("zoom: 9, atUnixS: {}", now + 600)), "in the future"),
        (map(ALL, &format!("zoom: 9, atUnixS: {}", now - 48 * 3_600 - 60)), "more than 48 hours back"),
        ("{ names(first: 2001) { total } }".into(), "first is 1 to 2000"),
        ("{ names(first: 0) { total } }".into(), "first is 1 to 2000"),
        ("{ names(after: \"nonsense\") { total } }".into(), "endCursor"),
        ("{ search(text: \" \") { id } }".into(), "1 to 96 characters"),
        (format!("{{ search(text: \"{}\") {{ id }} }}", "x".repeat(97)), "1 to 96 characters"),
        ("{ search(text: \"a\", first: 51) { id } }".into(), "first is 1 to 50"),
        ("{ near(latitudeDeg: 90.1, longitudeDeg: 0) { distanceM } }".into(), "-90 to 90"),
        ("{ near(latitudeDeg: 0, longitudeDeg: 181) { distanceM } }".into(), "-180 to 180"),
        ("{ near(latitudeDeg: 0, longitudeDeg: 0, first: 21) { distanceM } }".into(), "first is 1 to 20"),
    ];
    for (query, reason) in cases {
        let (message, code) = service.error(&query).await;
        assert!(message.contains(reason) && code == "BAD_ARGUMENT", "{query}: {message}");
    }
    // The oldest time that is allowed, a minute before it ends to be.
    let oldest = format!("zoom: 9, atUnixS: {}", now - 48 * 3_600 + 60);
    assert_eq!(service.data(&map(ALL, &oldest)).await["map"]["level"], "AREAS");

    let window = format!("window: {{ {ALL} }}, zoom: 9");
    let many: String = (0..5).map(|i| format!("m{i}: map({window}) {{ level }} ")).collect();
    assert!(service.error(&format!("{{ {many} }}")).await.0.contains("too complex"));
    let near =
        "{ near(latitudeDeg: 30, longitudeDeg: 76, first: 20) { site { outages(first: 500) { items { id } } } } }";
    assert!(service.error(near).await.0.contains("too complex"));
    service.stop().await;
}

#[tokio::test]
async fn no_answer_holds_anything_of_a_house() {
    let Some((_mongo, service)) = filled().await else { return };
    let queries = [
        "{ names { items { kind id name siteId feederId } } }".to_owned(),
        format!("{{ map(window: {{ {ALL} }}, zoom: 16) {{ sites {{ siteId deviceId }} }} }}"),
        format!(
            "{{ map(window: {{ {ALL} }}, zoom: 16, atUnixS: {}) {{ sites {{ siteId deviceId }} }} }}",
            world::now() - 5
        ),
        "{ near(latitudeDeg: 30.35, longitudeDeg: 76.8, first: 20) { site { deviceId siteId } } }".to_owned(),
        "{ search(text: \"house\", first: 50) { id } }".to_owned(),
    ];
    for query in queries {
        let text = service.data(&query).await.to_string();
        assert!(!text.contains("house"), "{query}: {text}");
    }
    service.stop().await;
}
