//! The API over a real store, without chain and IPFS: those are away, and what does not need them answers.

mod support {
    mod servers;
    pub mod world;
    pub use servers::*;
}

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use store::views::documents::BatchStatus;
use support::{Mongo, Service, config, world};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

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
async fn states_outages_batches_and_meta_are_what_the_store_holds() {
    let Some((_mongo, service)) = filled().await else { return };
    states(&service).await;
    counts(&service).await;
    windows(&service).await;
    outages(&service).await;
    batches(&service).await;
    meta(&service).await;
    service.stop().await;
}

async fn states(service: &Service) {
    let now = "now { state sinceUnixS lastHeardUnixS anchored batchNumber provenance }";
    let at = world::now();
    let near = |value: &Value, age_s: u64| {
        let expected = at - age_s;
        // The world was filled some seconds ago.
        assert!((expected.saturating_sub(60)..=expected).contains(&value.as_u64().unwrap()), "{value}, {age_s} s ago");
    };
    let data = service
        .data(&format!(
            "{{ a: site(deviceId: \"dt-1\") {{ {now} children {{ deviceId kind parent {{ deviceId }} }} feeder {{ isWholeFeederOff }} }}
                b: site(siteId: \"site-dt-2\") {{ {now} }}
                c: site(deviceId: \"dt-3\") {{ {now} }}
                d: site(deviceId: \"dt-4\") {{ {now} }} }}"
        ))
        .await;
    let a = &data["a"]["now"];
    assert_eq!((&a["state"], &a["anchored"], &a["batchNumber"]), (&json!("OFF"), &json!("NO"), &Value::Null));
    near(&a["sinceUnixS"], 60);
    assert_eq!(
        data["a"]["children"],
        json!([{ "deviceId": "street-1", "kind": "STREET", "parent": { "deviceId": "dt-1" } }])
    );
    assert_eq!(data["a"]["feeder"]["isWholeFeederOff"], false, "street-1 is ON");
    let b = &data["b"]["now"];
    assert_eq!((&b["state"], &b["anchored"], &b["batchNumber"]), (&json!("OFF"), &json!("YES"), &json!(5)));
    assert_eq!(b["provenance"], "REPLAY");
    let c = &data["c"]["now"];
    assert_eq!((&c["state"], &c["anchored"]), (&json!("NO_DATA"), &json!("FINAL")));
    near(&c["lastHeardUnixS"], 50_000);
    near(&c["sinceUnixS"], 50_000 - 1_920);
    assert_eq!(
        data["d"]["now"],
        json!({
            "state": "NO_DATA", "sinceUnixS": null, "lastHeardUnixS": null, "anchored": "NO", "batchNumber": null,
            "provenance": "REPLAY"
        })
    );

    let data = service
        .data(
            "{ site(deviceId: \"dt-1\") { history { powerStatus firstSequence lastSequence gapBefore firstIsUpperBound phases }
        latest: history(first: 1) { firstSequence } coverage(days: 2) { received expected share } } }",
        )
        .await;
    let history = data["site"]["history"].as_array().unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(
        history[1],
        json!({
            "powerStatus": "OFF", "firstSequence": 4, "lastSequence": 4, "gapBefore": false, "firstIsUpperBound": true,
            "phases": "101",
        })
    );
    assert_eq!(data["site"]["latest"], json!([{ "firstSequence": 5 }]));
    let coverage = &data["site"]["coverage"];
    assert_eq!((&coverage[0]["received"], &coverage[1]["received"]), (&json!(90), &json!(5)));
    assert!(coverage[0]["expected"].as_u64().unwrap() >= 1, "{coverage}");

    for query in ["{ site { deviceId } }", "{ site(deviceId: \"a\", siteId: \"b\") { deviceId } }"] {
        assert_eq!(service.error(query).await.1, "BAD_ARGUMENT");
    }
}

async fn counts(service: &Service) {
    let data = service
        .data(
            "{ areas { areaId provenance houses customers customersOffShare
        sitesByState { on off noData total } customersByState { on off noData total } cells { cell }
        batches(first: 2) { number } coverage { received } }
        feeder(id: \"feeder-2\") { name areaId sitesByState { on off noData } sites { deviceId } provenance }
        feeders(areaId: \"ambala\") { feederId customersByState { off } } }",
        )
        .await;
    assert_eq!(texts(&data["areas"], "areaId"), ["ambala", "hisar"]);
    let ambala = &data["areas"][0];
    assert_eq!(ambala["sitesByState"], json!({ "on": 1, "off": 2, "noData": 2, "total": 5 }));
    assert_eq!(ambala["customersByState"], json!({ "on": 35, "off": 70, "noData": 70, "total": 175 }));
    assert_eq!((&ambala["customersOffShare"], &ambala["houses"]), (&json!(0.4), &json!(7)));
    assert_eq!(ambala["cells"], Value::Null, "the chain is away: houses cannot be assigned to cells");
    assert_eq!(data["areas"][1]["cells"], json!([]), "an area without houses needs no roster for that");
    assert_eq!(ambala["batches"], json!([{ "number": 5 }, { "number": 4 }]));
    assert_eq!(
        data["feeder"],
        json!({
            "name": "11KV feeder-2", "areaId": "ambala", "sitesByState": { "on": 0, "off": 0, "noData": 2 },
            "sites": [{ "deviceId": "dt-3" }, { "deviceId": "dt-4" }], "provenance": "REPLAY"
        })
    );
    assert_eq!(
        data["feeders"],
        json!([
            { "feederId": "feeder-1", "customersByState": { "off": 70 } },
            { "feederId": "feeder-2", "customersByState": { "off": 0 } }
        ])
    );
    let none = service
        .data("{ area(id: \"nowhere\") { name } feeder(id: \"x\") { name } feeders(areaId: \"x\") { name } }")
        .await;
    assert_eq!(none, json!({ "area": null, "feeder": null, "feeders": [] }));
}

async fn windows(service: &Service) {
    let sites = |window: &str, rest: &str| {
        format!(
            "{{ sites(window: {{ {window} }}{rest}) {{ items {{ deviceId latitudeDeg longitudeDeg }} hasMore endCursor }} }}"
        )
    };
    let all = "west: 76.6, south: 30.2, east: 77, north: 30.5";
    let first = service.data(&sites(all, ", first: 3")).await["sites"].clone();
    assert_eq!(texts(&first["items"], "deviceId"), ["dt-1", "dt-2", "dt-3"]);
    assert_eq!((&first["hasMore"], &first["endCursor"]), (&json!(true), &json!("dt-3")));
    assert_eq!((&first["items"][0]["longitudeDeg"], &first["items"][0]["latitudeDeg"]), (&json!(76.7), &json!(30.3)));
    let rest = service.data(&sites(all, ", first: 3, after: \"dt-3\"")).await["sites"].clone();
    assert_eq!(texts(&rest["items"], "deviceId"), ["dt-4", "street-1"]);
    assert_eq!(rest["hasMore"], false);
    let small = service.data(&sites("west: 76.69, south: 30.29, east: 76.705, north: 30.305", "")).await;
    assert_eq!(texts(&small["sites"]["items"], "deviceId"), ["dt-1"]);
    let elsewhere = service.data(&sites("west: 10, south: 10, east: 11, north: 11", "")).await;
    assert_eq!(elsewhere["sites"], json!({ "items": [], "hasMore": false, "endCursor": null }));
    for window in ["west: 2, south: 1, east: 1, north: 2", "west: -180, south: -90, east: 180, north: 90"] {
        assert_eq!(service.error(&sites(window, "")).await.1, "BAD_ARGUMENT", "{window}");
    }
}

async fn outages(service: &Service) {
    let fields = "items { id deviceId endUnixS durationS provenance site { locality } } hasMore endCursor";
    let all = service.data(&format!("{{ outages(areaId: \"ambala\") {{ {fields} }} }}")).await["outages"].clone();
    assert_eq!(texts(&all["items"], "id"), ["dt-2/6", "dt-1/4"], "silence is no outage: dt-3 and dt-4 have none");
    assert_eq!((&all["items"][0]["endUnixS"], &all["items"][0]["durationS"]), (&Value::Null, &Value::Null));
    assert_eq!((&all["items"][1]["durationS"], &all["items"][1]["provenance"]), (&json!(9_000), &json!("REPLAY")));
    let one = service.data(&format!("{{ outages(first: 1) {{ {fields} }} }}")).await["outages"].clone();
    assert_eq!(one["hasMore"], true);
    let after = one["endCursor"].as_str().unwrap();
    let two =
        service.data(&format!("{{ outages(first: 1, after: \"{after}\") {{ {fields} }} }}")).await["outages"].clone();
    assert_eq!((texts(&two["items"], "id"), &two["hasMore"]), (vec!["dt-1/4"], &json!(false)));
    let at = world::now();
    let lasting = service.data(&format!("{{ outages(fromUnixS: {}) {{ items {{ id }} }} }}", at - 60_000)).await;
    assert_eq!(texts(&lasting["outages"]["items"], "id"), ["dt-2/6"]);
    let before = service.data(&format!("{{ outages(toUnixS: {}) {{ items {{ id }} }} }}", at - 60_000)).await;
    assert_eq!(texts(&before["outages"]["items"], "id"), ["dt-1/4"]);
    let of = service
        .data(
            "{ outages(feederId: \"feeder-1\", deviceId: \"dt-2\") { items { id } }
        site(deviceId: \"dt-1\") { outages { items { id } } } }",
        )
        .await;
    assert_eq!(texts(&of["outages"]["items"], "id"), ["dt-2/6"]);
    assert_eq!(texts(&of["site"]["outages"]["items"], "id"), ["dt-1/4"]);
    assert_eq!(service.error("{ outages(after: \"x\") { hasMore } }").await.1, "BAD_ARGUMENT");
}

async fn batches(service: &Service) {
    let data = service
        .data(
            "{ batch(areaId: \"ambala\", number: 3) { status reason uri transactionHash count finalized
            previousDigest flags { flag sequence } spans { deviceId lastSequence } provenance blockUris }
        failed: batches(status: FAILED) { items { areaId number } }
        paged: batches(areaId: \"ambala\", first: 4) { items { number } hasMore endCursor }
        none: batch(areaId: \"ambala\", number: 99) { status }
        cells(areaId: \"ambala\", batchNumber: 2) { cell expected reporting off mask words batchNumber } }",
        )
        .await;
    let batch = &data["batch"];
    assert_eq!((&batch["status"], &batch["reason"]), (&json!("FAILED"), &json!("leaf 3: out of order")));
    let cid = protocol::cid::from_digest(&[2; 32]);
    assert_eq!(batch["uri"], format!("ipfs://{cid}"));
    assert_eq!(batch["flags"], json!([{ "flag": "clock-ahead", "sequence": 5 }]));
    assert_eq!((&batch["finalized"], &batch["provenance"]), (&json!(true), &json!("REPLAY")));
    assert_eq!(data["failed"]["items"], json!([{ "areaId": "ambala", "number": 3 }]));
    assert_eq!(data["paged"]["items"], json!([{ "number": 5 }, { "number": 4 }, { "number": 3 }, { "number": 2 }]));
    let after = data["paged"]["endCursor"].as_str().unwrap();
    let rest = service
        .data(&format!("{{ batches(areaId: \"ambala\", after: \"{after}\") {{ items {{ number }} hasMore }} }}"))
        .await;
    assert_eq!(rest["batches"], json!({ "items": [{ "number": 1 }, { "number": 0 }], "hasMore": false }));
    assert_eq!(data["none"], Value::Null);
    assert_eq!(
        data["cells"],
        json!([
            { "cell": "cell-1", "expected": 7, "reporting": 7, "off": null, "mask": "FEW_OFF",
              "words": "a few are off (7 enrolled)", "batchNumber": 2 },
            { "cell": "cell-2", "expected": 9, "reporting": 9, "off": 9, "mask": "TOLD",
              "words": "9 of 9 reporting are off (9 enrolled)", "batchNumber": 2 }
        ])
    );
}

async fn meta(service: &Service) {
    let data = service
        .data(
            "{ _meta { chainId headNumber indexedNumber finalizedNumber lagBlocks lagS anchors
            batchesAnchored batchesVerified batchesFailed batchesWaiting recordsVerified sealedVerified recordsRefused
            provenance { kind source shiftS uncertaintyS } }
        refusals { areaId reason count } }",
        )
        .await;
    let meta = &data["_meta"];
    assert_eq!(
        (&meta["headNumber"], &meta["indexedNumber"], &meta["lagBlocks"]),
        (&json!(120), &json!(119), &json!(1))
    );
    assert_eq!((&meta["batchesAnchored"], &meta["batchesVerified"]), (&json!(7), &json!(5)));
    assert_eq!((&meta["batchesFailed"], &meta["batchesWaiting"]), (&json!(1), &json!(1)));
    assert_eq!((&meta["recordsVerified"], &meta["sealedVerified"]), (&json!(70), &json!(30)));
    assert_eq!(meta["recordsRefused"], 4);
    let provenance =
        json!({ "kind": "REPLAY", "source": "a utility's files", "shiftS": 3_024_000, "uncertaintyS": 60 });
    assert_eq!(meta["provenance"], provenance);
    assert_eq!(data["refusals"], json!([{ "areaId": "ambala", "reason": "bad-signature", "count": 4 }]));
}

#[tokio::test]
async fn no_answer_holds_anything_of_a_house() {
    let Some((_mongo, service)) = filled().await else { return };
    let site = "deviceId siteId kind locality parent { deviceId } children { deviceId } now { state sequence }";
    let queries = [
        format!("{{ sites(first: 500) {{ items {{ {site} }} }} }}"),
        format!("{{ area(id: \"ambala\") {{ sites {{ {site} }} cells {{ cell words expected reporting off }} }} }}"),
        format!("{{ feeders(areaId: \"ambala\") {{ feederId name sites {{ {site} }} }} }}"),
        "{ batches { items { spans { deviceId } flags { deviceId } cells { cell words } } } refusals { reason count } }".to_owned(),
        "{ outages { items { deviceId id site { deviceId } } } _meta { recordsReceived } }".to_owned(),
    ];
    for house in world::HOUSES {
        let data = service
            .data(&format!(
                "{{ site(deviceId: \"{house}\") {{ {site} }} other: site(siteId: \"{house}\") {{ {site} }}
                    outages(deviceId: \"{house}\") {{ items {{ id }} }} records(deviceId: \"{house}\", sequence: 3) {{ record }}
                    record(deviceId: \"{house}\", sequence: 3) {{ record }} }}"
            ))
            .await;
        let nothing = json!({ "site": null, "other": null, "outages": { "items": [] }, "records": [], "record": null });
        assert_eq!(data, nothing);
    }
    for query in queries {
        let text = service.data(&query).await.to_string();
        assert!(!text.contains("house"), "{query}: {text}");
    }
    service.stop().await;
}

#[tokio::test]
async fn what_asks_for_too_much_is_refused() {
    let Some((_mongo, service)) = filled().await else { return };
    let deep = format!("{{ site(deviceId: \"dt-1\") {{ {} deviceId {} }} }}", "parent { ".repeat(16), "}".repeat(16));
    assert!(service.error(&deep).await.0.contains("too deep"));
    let wide = "{ sites(first: 500) { items { outages(first: 500) { items { id } } } } }";
    assert!(service.error(wide).await.0.contains("too complex"));
    let aliases: String = (0..31).map(|i| format!("a{i}: _meta {{ headNumber }} ")).collect();
    assert!(service.error(&format!("{{ {aliases} }}")).await.0.contains("31 aliases"));
    let fields = "headNumber ".repeat(401);
    assert!(service.error(&format!("{{ _meta {{ {fields} }} }}")).await.0.contains("402 fields"));
    for first in ["0", "501", "-1"] {
        assert_eq!(service.error(&format!("{{ sites(first: {first}) {{ hasMore }} }}")).await.1, "BAD_ARGUMENT");
    }
    assert!(service.error("{ batch(areaId: \"a\", number: -1) { status } }").await.0.contains("2^53"));

    let one = json!({ "query": "{ _meta { headNumber } }" });
    let (status, answers) = service.post("/graphql", json!(vec![one.clone(); 10]).to_string()).await;
    assert_eq!((status, answers.as_array().map(Vec::len)), (200, Some(10)));
    let (status, _) = service.post("/graphql", json!(vec![one; 11]).to_string()).await;
    assert_eq!(status, 400);
    let large = json!({ "query": format!("{{ _meta {{ headNumber }} }} #{}", "x".repeat(200_000)) });
    let (status, _) = service.post("/graphql", large.to_string()).await;
    assert_eq!(status, 413);
    let (status, _) = service.post("/graphql", "not json".into()).await;
    assert_eq!(status, 400);
    service.stop().await;
}

#[tokio::test]
async fn a_store_that_is_away_is_an_error_and_no_end() {
    let Some(mongo) = Mongo::start().await else { return };
    let service = Service::start(config(&mongo)).await;
    assert_eq!(service.data("{ areas { name } }").await, json!({ "areas": [] }));
    let empty = service.data("{ _meta { headNumber lagBlocks recordsVerified } }").await;
    assert_eq!(empty["_meta"], json!({ "headNumber": null, "lagBlocks": null, "recordsVerified": 0 }));
    drop(mongo);
    let (message, code) = service.error("{ outages { hasMore } }").await;
    assert_eq!((message.as_str(), code.as_str()), ("the store does not answer; try again", "UNAVAILABLE"));
    let map = "{ map(window: { west: 76, south: 30, east: 77, north: 31 }, zoom: 5) { level } }";
    assert_eq!(service.data(map).await["map"]["level"], "AREAS", "what is in memory is shown for a minute");
    assert_eq!(service.get("/health").await.status(), 503);
    service.stop().await;
}

#[tokio::test]
async fn subscribers_hear_of_sites_and_batches_and_never_of_houses() {
    let Some((mongo, service)) = filled().await else { return };
    let mut request = format!("{}/graphql", service.origin.replace("http", "ws")).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    // A page from an IPFS gateway hears the same.
    request.headers_mut().insert("origin", "http://127.0.0.1:8080".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let send = |value: Value| Message::Text(value.to_string().into());
    socket.send(send(json!({ "type": "connection_init" }))).await.unwrap();
    let ack = socket.next().await.unwrap().unwrap();
    assert!(ack.to_text().unwrap().contains("connection_ack"));
    let subscribe =
        |id: &str, query: &str| send(json!({ "type": "subscribe", "id": id, "payload": { "query": query } }));
    let sites = "subscription { siteChanged(areaId: \"ambala\") { deviceId now { state anchored } } }";
    let batches = "subscription { batchAnchored { areaId number status } }";
    socket.send(subscribe("sites", sites)).await.unwrap();
    socket.send(subscribe("batches", batches)).await.unwrap();

    // Nothing says when the change streams stand, so changes are made until each was heard.
    let intake = mongo.intake();
    let (mut site, mut batch) = (Value::Null, Value::Null);
    let mut round = 0;
    while site.is_null() || batch.is_null() {
        round += 1;
        let at = world::now() + round;
        let readings = [
            world::live("house-1", "ambala", "ON", 10 + round, at),
            world::live("dt-9", "hisar", "OFF", 10 + round, at),
            world::live("street-1", "ambala", "OFF", 10 + round, at),
        ];
        for reading in &readings {
            let filter = bson::doc! { "_id": &reading.device_id };
            let live = intake.collection::<store::intake::documents::Live>("live");
            live.replace_one(filter, reading).upsert(true).await.unwrap();
        }
        let new = world::batch("hisar", 100 + round, BatchStatus::Verified);
        mongo.insert(&mongo.views(), "batches", &[new]).await;
        while let Ok(Some(Ok(message))) =
            tokio::time::timeout(std::time::Duration::from_millis(500), socket.next()).await
        {
            let text = message.to_text().unwrap();
            assert!(!text.contains("house") && !text.contains("dt-9"), "{text}");
            let message: Value = serde_json::from_str(text).unwrap_or_default();
            match message["id"].as_str() {
                Some("sites") => site = message["payload"]["data"]["siteChanged"].clone(),
                Some("batches") => batch = message["payload"]["data"]["batchAnchored"].clone(),
                _ => {}
            }
        }
        assert!(round < 60, "no event in {round} rounds: {site} {batch}");
    }
    assert_eq!(site["deviceId"], "street-1");
    assert_eq!((&batch["areaId"], &batch["status"]), (&json!("hisar"), &json!("VERIFIED")));
    service.stop().await;
    // The end of the service ends the connection.
    while let Some(Ok(_)) = socket.next().await {}
}
