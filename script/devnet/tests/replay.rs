//! Three days of real outages through the whole path: what GraphQL tells is what the files say.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    time::Instant,
};

use devnet::{chain::LANE, scenario::HEARTBEAT_S, up::Devnet};
use futures::TryStreamExt as _;
use protocol::record::Record;
use store::intake::Intake;
use support::Running;
use tempfile::TempDir;

const BACKLOG_HOURS: u64 = 72;
/// docs/protocol.md, "State, outages, coverage": written out here, so that a slip in the code is not repeated.
const SILENCE_S: u64 = 2 * HEARTBEAT_S + 120;

struct Place {
    area_id: String,
    house: bool,
}

/// The input files, moved in time.
struct Files {
    places: BTreeMap<String, Place>,
    /// Start and end by device, in order.
    outages: HashMap<String, Vec<(u64, u64)>>,
}

impl Files {
    fn read(folder: &Path, shift_s: i64) -> Self {
        let open = |name: &str| csv::Reader::from_path(folder.join(name)).expect("the file");
        let mut places = BTreeMap::new();
        for row in open("devices.csv").deserialize::<BTreeMap<String, String>>() {
            let row = row.expect("a row");
            let place = Place { area_id: row["area_id"].clone(), house: row["kind"] == "house" };
            places.insert(row["device_id"].clone(), place);
        }
        let mut outages: HashMap<String, Vec<(u64, u64)>> = HashMap::new();
        for row in open("outages.csv").deserialize::<BTreeMap<String, String>>() {
            let row = row.expect("a row");
            let time = |name: &str| row[name].parse::<u64>().expect("seconds").saturating_add_signed(shift_s);
            outages.entry(row["device_id"].clone()).or_default().push((time("off_unix_s"), time("on_unix_s")));
        }
        Self { places, outages }
    }

    fn is_off(&self, device_id: &str, unix_s: u64) -> bool {
        let outages = self.outages.get(device_id).map_or(&[][..], Vec::as_slice);
        outages.iter().any(|(off, on)| (*off..*on).contains(&unix_s))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_days_come_out_as_they_went_in() {
    let folder = TempDir::new().expect("a folder");
    let hours = BACKLOG_HOURS.to_string();
    let arguments = ["--backlog-hours", &hours, "--period-s", "20"];
    let Some(data) = devnet::scenario::replay_folder(&support::settings(folder.path(), &arguments)).expect("readable")
    else {
        eprintln!("SKIPPED: three days of real outages; their files are not at hand (docs/data.md)");
        return;
    };
    let started = Instant::now();
    let begun_unix_s = now_unix_s();
    let mut running = Running::start(&folder, &arguments).await;
    let status = running.drain().await;
    let seconds = started.elapsed().as_secs();
    let records = status.records;
    eprintln!(
        "{records} records of {BACKLOG_HOURS} h receipted, anchored, indexed and verified in {seconds} s: {} a second",
        records / seconds.max(1)
    );
    let files = Files::read(&data, running.devnet.provenance.shift_s);
    let from = begun_unix_s - BACKLOG_HOURS * 3600;
    outages_are_those_of_the_file(&running, &files, from, begun_unix_s).await;
    cells_are_those_of_the_file(&running, &files).await;
    the_basemap_is_that_of_the_folder(&running, &data).await;
    running.devnet.stop().await;
}

/// Outlines and places come from beside the outages, with their source.
async fn the_basemap_is_that_of_the_folder(running: &Running, folder: &Path) {
    let origin = &running.devnet.endpoints.dapp_url;
    for name in ["blocks.geojson", "places.csv"] {
        let answer = reqwest::get(format!("{origin}/basemap/{name}")).await.expect("an answer");
        assert_eq!(answer.text().await.expect("text"), std::fs::read_to_string(folder.join(name)).expect("the file"));
    }
    let credit = reqwest::get(format!("{origin}/basemap/credit.txt")).await.expect("an answer");
    assert!(credit.text().await.expect("text").contains("PMGSY"));
}

/// All outages that touch the window, each start and end to the second. One that was going on when the replay began is
/// reported with its true start; one that goes on when it ends has no end yet.
async fn outages_are_those_of_the_file(running: &Running, files: &Files, from: u64, to: u64) {
    let mut told: BTreeSet<(String, u64, Option<u64>)> = BTreeSet::new();
    let mut after = String::from("null");
    loop {
        let query = format!(
            "{{ outages(first: 500, after: {after}) {{ hasMore endCursor items {{ deviceId startUnixS endUnixS \
             startUncertain endUncertain }} }} }}"
        );
        let page = running.observer.query(&query).await.expect("an answer")["outages"].clone();
        for outage in page["items"].as_array().expect("a list") {
            assert!(outage["startUncertain"] == false && outage["endUncertain"] == false, "{outage}");
            let device_id = outage["deviceId"].as_str().expect("text").to_owned();
            let start = outage["startUnixS"].as_u64().expect("a number");
            assert!(told.insert((device_id, start, outage["endUnixS"].as_u64())), "twice: {outage}");
        }
        if page["hasMore"] != true {
            break;
        }
        after = page["endCursor"].to_string();
    }
    let mut expected: BTreeSet<(String, u64, Option<u64>)> = BTreeSet::new();
    for (device_id, outages) in &files.outages {
        if files.places[device_id].house {
            continue;
        }
        let touching = outages.iter().filter(|(off, on)| *on > from && *off <= to);
        expected.extend(touching.map(|(off, on)| (device_id.clone(), *off, (*on <= to).then_some(*on))));
    }
    // What happened while the test ran is in neither set for sure: the devices went on with the clock.
    let settled = |set: &BTreeSet<(String, u64, Option<u64>)>| -> BTreeSet<_> {
        set.iter()
            .filter(|(_, start, _)| *start <= to)
            .map(|(device, start, end)| (device.clone(), *start, end.filter(|end| *end <= to)))
            .collect()
    };
    let (told, expected) = (settled(&told), settled(&expected));
    let missing: Vec<_> = expected.difference(&told).take(5).collect();
    let extra: Vec<_> = told.difference(&expected).take(5).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, not in the file {extra:?}");
    eprintln!("{} outages of transformers and streets equal the file's, to the second", told.len());
    assert!(told.len() > 300, "a window of {BACKLOG_HOURS} h has many outages");
}

/// Each batch's cells, from the file and the times of the newest record of each house that had arrived.
async fn cells_are_those_of_the_file(running: &Running, files: &Files) {
    let newest = newest_by_page(&running.devnet).await;
    let mut compared = 0;
    let mut after = String::from("null");
    loop {
        let query = format!(
            "{{ batches(first: 100, after: {after}, status: VERIFIED) {{ hasMore endCursor items {{ areaId number \
             periodEndUnixS cells {{ cell expected reporting off mask }} }} }} }}"
        );
        let page = running.observer.query(&query).await.expect("an answer")["batches"].clone();
        for batch in page["items"].as_array().expect("a list") {
            let (area_id, end) = (batch["areaId"].as_str().expect("text"), batch["periodEndUnixS"].as_u64());
            let number = batch["number"].as_u64().expect("a number");
            let heard = &newest[&number];
            let expected = count(files, area_id, heard, end.expect("a time"));
            assert_eq!(batch["cells"].as_array().map(Vec::len), Some(1), "one cell an area: {batch}");
            let told = &batch["cells"][0];
            assert_eq!(told["expected"].as_u64(), Some(expected.houses), "{batch}");
            assert_eq!(
                (told["reporting"].as_u64(), told["off"].as_u64()),
                (expected.reporting, expected.off),
                "{batch}"
            );
            compared += 1;
        }
        if page["hasMore"] != true {
            break;
        }
        after = page["endCursor"].to_string();
    }
    eprintln!("the cells of {compared} batches equal those counted from the file");
    assert!(compared >= 6, "every area has batches");
}

#[derive(Debug)]
struct Count {
    houses: u64,
    reporting: Option<u64>,
    off: Option<u64>,
}

fn count(files: &Files, area_id: &str, heard: &HashMap<String, u64>, at_unix_s: u64) -> Count {
    let houses: Vec<&String> =
        files.places.iter().filter(|(_, p)| p.house && p.area_id == area_id).map(|(id, _)| id).collect();
    let (mut on, mut off) = (0, 0);
    for house in &houses {
        match heard.get(*house) {
            Some(last) if files.is_off(house, *last) => off += 1,
            Some(last) if at_unix_s <= last + SILENCE_S => on += 1,
            _ => {}
        }
    }
    let few = |n: u64| (1..5).contains(&n);
    let told = !few(on + off);
    Count {
        houses: houses.len() as u64,
        reporting: told.then_some(on + off),
        off: (told && !few(off) && !few(on)).then_some(off),
    }
}

/// For each page the timestamp of the newest record, by sequence, of each device that had arrived by its end.
async fn newest_by_page(devnet: &Devnet) -> BTreeMap<u64, HashMap<String, u64>> {
    let uri = devnet.endpoints.mongodb_uri.clone();
    let settings = store::Settings { uri, database: devnet.endpoints.mongodb_databases[0].clone() };
    let intake = Intake::connect(&settings).await.expect("a store");
    let mut by_page: BTreeMap<u64, Vec<Record>> = BTreeMap::new();
    let mut chunks = intake.chunks(LANE, 0, u64::MAX >> 1).await.expect("chunks");
    while let Some(chunk) = chunks.try_next().await.expect("a chunk") {
        let records = chunk.lines().map(|line| Record::parse(line).expect("a record"));
        by_page.entry(chunk.number).or_default().extend(records);
    }
    let pages = by_page.keys().max().map_or(0, |last| last + 1);
    let mut newest: HashMap<String, (u64, u64)> = HashMap::new();
    let mut result = BTreeMap::new();
    for number in 0..pages {
        for record in by_page.get(&number).into_iter().flatten() {
            let s = &record.statement;
            let entry = newest.entry(s.device_id.clone()).or_default();
            *entry = (*entry).max((s.sequence, s.timestamp_unix_s));
        }
        result.insert(number, newest.iter().map(|(id, (_, time))| (id.clone(), *time)).collect());
    }
    result
}

fn now_unix_s() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}
