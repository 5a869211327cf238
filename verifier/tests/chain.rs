//! The three questions of the command line, on a real chain and a real IPFS node, honest and not.

mod world;

use std::process::Output;

use protocol::{
    batch::Header,
    digest,
    record::{Phases, PowerStatus, Record, TimeQuality},
    to_hex,
};
use serde_json::{Value, json};
use tokio::process::Command;

use world::{Arrived, Line, Mode, START, TestDevice, World, entry};

async fn run(world: &World, arguments: &[&str]) -> Output {
    let (anchors, rosters) = (world.contracts.anchors.address(), world.contracts.rosters.address());
    Command::new(env!("CARGO_BIN_EXE_verifier"))
        .args(arguments)
        .args(["--rpc-url", &world.anvil.url, "--ipfs-api", &world.ipfs.api_url])
        .args(["--anchors", &anchors.to_string(), "--rosters", &rosters.to_string()])
        .output()
        .await
        .expect("the command starts")
}

async fn text(world: &World, arguments: &[&str]) -> (i32, String) {
    let output = run(world, arguments).await;
    (output.status.code().expect("an exit status"), String::from_utf8(output.stdout).expect("text"))
}

async fn json_of(world: &World, arguments: &[&str]) -> (i32, Value) {
    let (status, text) = text(world, &[arguments, &["--json"]].concat()).await;
    (status, serde_json::from_str(&text).expect("JSON"))
}

/// The second record of the first device: OFF, with a dead phase of three and a time that was counted back.
fn dead_phase(device: &TestDevice) -> Record {
    let mut statement = device.statement(2, PowerStatus::Off, START + 2);
    (statement.phases, statement.time_quality) = (Phases::from_text("011"), Some(TimeQuality::CountedBack));
    device.sign(statement)
}

async fn two_areas() -> Option<World> {
    let mut world = World::start(2, 3).await?;
    let [a, b] = [world.areas[0].devices[0].clone(), world.areas[1].devices[1].clone()];
    let house = world.areas[0].devices[3].clone();
    let sealed = vec![house.off(1, START + 3).leaf()];
    world
        .page(vec![Arrived { public: vec![a.on(1, START + 1), dead_phase(&a)], sealed }, vec![b.on(1, START)].into()])
        .await;
    world.page(vec![Arrived::default(), vec![b.on(2, START + 901)].into()]).await;
    world.page(vec![vec![a.on(3, START + 1_801), a.on(5, START + 1_803)].into(), Arrived::default()]).await;
    Some(world)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_found_and_proven_with_its_values() {
    let Some(world) = two_areas().await else { return };
    let a = &world.areas[0].devices[0];
    let record = dead_phase(a);
    let (status, shown) = text(&world, &["record", "--device", &a.id, "--sequence", "2"]).await;
    assert_eq!(status, 0, "{shown}");
    let anchored = world.contracts.batch("area-0", 0).await.unwrap();
    let bytes = String::from_utf8(record.to_bytes()).unwrap();
    let values = [
        bytes.clone(),
        to_hex(&record.leaf()),
        to_hex(&anchored.root),
        to_hex(&anchored.digest),
        world.contracts.uri("area-0", 0).await.unwrap().replace("ipfs://", ""),
        a.row().public_key.to_hex(),
        record.device_signature.to_base64url(),
        "leaf 1 of 3".into(),
        "OFF at 1900002002, phases 011 (L1 L2 L3, 1 live), time counted-back over the device's own clock".into(),
        "at most 898 s".into(),
        "flags       none".into(),
    ];
    for value in values {
        assert!(shown.contains(&value), "{value} is not in\n{shown}");
    }

    // The answer is the same with the area, and with hints that are right, wrong, or absurd.
    let (_, plain) = json_of(&world, &["record", "--device", &a.id, "--sequence", "2"]).await;
    assert_eq!(plain["proofs"][0]["record"], bytes);
    let stated = [&plain["proofs"][0]["phases"], &plain["proofs"][0]["time_quality"]];
    assert_eq!(stated, ["011", "counted-back"]);
    let hints: [&[&str]; 4] = [&["--batch", "0"], &["--batch", "2"], &["--batch", "99"], &["--area", "area-0"]];
    for hint in hints {
        let arguments = [&["record", "--device", &a.id, "--sequence", "2"], hint].concat();
        let (status, hinted) = json_of(&world, &arguments).await;
        assert_eq!((status, &hinted["proofs"]), (0, &plain["proofs"]), "{hint:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_proven() {
    let Some(world) = two_areas().await else { return };
    let a = &world.areas[0].devices[0];
    let house = &world.areas[0].devices[3];
    let cases: [&[&str]; 5] = [
        &["record", "--device", &a.id, "--sequence", "4"],
        &["record", "--device", "nobody", "--sequence", "1"],
        &["record", "--device", &a.id, "--sequence", "2", "--area", "area-1"],
        &["record", "--device", &a.id, "--sequence", "2", "--area", "nowhere"],
        &["record", "--device", &house.id, "--sequence", "1"],
    ];
    for arguments in cases {
        let (status, shown) = text(&world, arguments).await;
        assert_eq!(status, 1, "{arguments:?}: {shown}");
    }
    let (_, shown) = text(&world, cases[4]).await;
    assert!(shown.contains("its records are sealed"), "{shown}");
    assert_eq!(run(&world, &["record", "--device", &a.id, "--sequence", "-2"]).await.status.code(), Some(2));
    assert_eq!(run(&world, &["batch", "area-0", "9"]).await.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn contradictions_are_all_shown() {
    let Some(mut world) = World::start(1, 3).await else { return };
    let a = world.areas[0].devices[0].clone();
    world.page(vec![vec![a.on(1, START + 1), a.off(1, START + 1)].into()]).await;
    world.page(vec![vec![a.off(1, START + 7), a.sign_again(a.on(1, START + 1).statement)].into()]).await;
    let (status, report) = json_of(&world, &["record", "--device", &a.id, "--sequence", "1", "--batch", "1"]).await;
    assert_eq!(status, 0);
    let proofs = report["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 4);
    let counting: Vec<_> = proofs.iter().map(|proof| proof["counts"] == true).collect();
    assert_eq!(counting, [true, false, false, false]);
    assert!(proofs.iter().filter(|proof| proof["flags"] == json!(["equivocation"])).count() >= 3);

    let (status, audit) = json_of(&world, &["area", "area-0"]).await;
    assert_eq!(status, 1);
    assert_eq!(audit["equivocations"].as_array().unwrap().len(), 1);
    assert_eq!(audit["equivocations"][0]["leaves"].as_array().unwrap().len(), 4);
    assert_eq!(audit["duplicates"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn areas_are_audited() {
    let Some(world) = two_areas().await else { return };
    let a = &world.areas[0].devices[0];
    let (status, shown) = text(&world, &["area", "area-0"]).await;
    assert_eq!(status, 0, "{shown}");
    let (_, audit) = json_of(&world, &["area", "area-0"]).await;
    assert_eq!(audit["batches"], json!([0, 2]));
    let counts = ["verified", "empty", "records", "sealed", "devices"].map(|name| audit[name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 4, 1, 1]);
    assert_eq!(audit["omissions"], json!([{ "device_id": a.id, "from": 4, "to": 4 }]));
    let (status, part) = json_of(&world, &["area", "area-0", "--from", "1", "--to", "2"]).await;
    assert_eq!((status, &part["batches"], &part["verified"]), (0, &json!([1, 2]), &json!(1)));
    assert_eq!(part["omissions"], json!([{ "device_id": a.id, "from": 4, "to": 4 }]));
    let (status, one) = json_of(&world, &["batch", "area-0", "2"]).await;
    assert_eq!((status, &one["verdict"], &one["contents"]["records"]), (0, &json!("verified"), &json!(2)));
    let (status, empty) = json_of(&world, &["batch", "area-0", "1"]).await;
    assert_eq!((status, &empty["verdict"]), (0, &json!("empty")));
    // Nothing is wrong with no batches, but nothing is right either.
    for range in [["--from", "2", "--to", "1"], ["--from", "3", "--to", "9"]] {
        let output = run(&world, &[["area", "area-0"].as_slice(), &range].concat()).await;
        assert_eq!(output.status.code(), Some(1), "{range:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("it has 0 to 2"), "{output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_leaves_are_looked_up() {
    let Some(world) = two_areas().await else { return };
    let [a, b, house] = [&world.areas[0].devices[0], &world.areas[1].devices[1], &world.areas[0].devices[3]];
    let line = |record: &Record| {
        let statement = &record.statement;
        let leaf = to_hex(&record.leaf());
        json!({ "device_id": statement.device_id, "sequence": statement.sequence, "leaf": leaf, "more": 1 }).to_string()
    };
    let there = [a.on(1, START + 1), a.on(5, START + 1_803), house.off(1, START + 3), b.on(1, START)];
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("list");
    let path = file.to_str().unwrap();
    let write =
        |records: &[Record]| std::fs::write(&file, records.iter().map(line).collect::<Vec<_>>().join("\n")).unwrap();
    write(&there);
    let (status, audit) = json_of(&world, &["area", "area-0", "--list", path]).await;
    assert_eq!(status, 0);
    let list = &audit["list"];
    assert_eq!([&list["listed"], &list["anchored_once"], &list["of_other_areas"]], [&json!(3), &json!(3), &json!(1)]);
    // One that was never anchored, and a house's that was not either.
    write(&[there.as_slice(), &[a.on(4, START + 1_802), house.on(2, START + 99)]].concat());
    let (status, audit) = json_of(&world, &["area", "area-0", "--list", path]).await;
    assert_eq!((status, &audit["list"]["missing_count"]), (1, &json!(2)));
    assert_eq!(audit["list"]["missing"][0]["sequence"], 4);
    // A fleet's own list as it stands: what no receipt covers need not be there.
    let made = [line(&house.off(1, START + 3)), line(&house.on(2, START + 99)), line(&a.on(1, START + 1))];
    let made = made.map(|line| line.replacen('{', "{\"event\":\"made\",", 1));
    let dropped = json!({ "event": "dropped", "device_id": house.id, "from": 7, "to": 8 }).to_string();
    let receipt = |up_to: u64| {
        let of = |id: &str| json!({ "event": "receipted_up_to", "device_id": id, "sequence": up_to }).to_string();
        [of(&house.id), of(&a.id)]
    };
    std::fs::write(&file, [made.as_slice(), &[dropped], &receipt(1)].concat().join("\n")).unwrap();
    let (status, audit) = json_of(&world, &["area", "area-0", "--list", path]).await;
    let list = &audit["list"];
    assert_eq!((status, &list["listed"], &list["unreceipted"]), (0, &json!(2), &json!(1)), "{list}");
    std::fs::write(&file, [made.as_slice(), &receipt(2)].concat().join("\n")).unwrap();
    let (status, audit) = json_of(&world, &["area", "area-0", "--list", path]).await;
    assert_eq!((status, &audit["list"]["missing_count"]), (1, &json!(1)));
    std::fs::write(&file, "not a list").unwrap();
    assert_eq!(run(&world, &["area", "area-0", "--list", path]).await.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_batches_are_named_and_do_not_count() {
    let Some(mut world) = World::start(1, 3).await else { return };
    let a = world.areas[0].devices[0].clone();
    let mut batch = world.seal(0, vec![a.on(1, START + 1), a.off(2, START + 2)].into());
    let at = batch.blocks[0].len() - 3;
    batch.blocks[0][at] ^= 1;
    let mut header = Header::parse(&batch.header).unwrap();
    header.blocks[0] = digest(&batch.blocks[0]);
    batch.header = header.to_bytes();
    batch.anchor.digest = digest(&batch.header);
    world.publish(&batch).await;
    world.anchor(&[entry(&batch)]).await;
    // Anchored, and published nowhere.
    let missing = world.seal(0, vec![a.on(3, START + 901)].into());
    world.anchor(&[entry(&missing)]).await;
    world.page(vec![vec![a.on(4, START + 1_900)].into()]).await;

    let (status, shown) = text(&world, &["batch", "area-0", "0"]).await;
    assert_eq!(status, 1);
    assert!(shown.contains("FAILED: leaf 1: signature does not verify"), "{shown}");
    let (status, shown) = text(&world, &["batch", "area-0", "1"]).await;
    assert_eq!(status, 1);
    assert!(shown.contains("UNAVAILABLE: block"), "{shown}");
    let (status, audit) = json_of(&world, &["area", "area-0"]).await;
    assert_eq!(status, 1);
    assert_eq!([&audit["failed"], &audit["unavailable"]].map(|list| list.as_array().unwrap().len()), [1, 1]);
    assert_eq!((audit["verified"].as_u64(), audit["records"].as_u64()), (Some(1), Some(1)));
    let (status, report) = json_of(&world, &["record", "--device", &a.id, "--sequence", "2"]).await;
    assert_eq!(status, 1);
    assert!(report["proofs"].as_array().unwrap().is_empty());
    assert_eq!(report["not_searched"].as_array().unwrap().len(), 2);
    assert_eq!(text(&world, &["record", "--device", &a.id, "--sequence", "4"]).await.0, 0);
}

/// What a relayer may do to the lines of a batch, and how the verifier names it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_batch_is_named() {
    let Some(mut world) = World::start(1, 3).await else { return };
    let a = world.areas[0].devices[0].clone();
    let lines = |block: &[u8]| block.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    for (case, reason) in [
        (0_u64, "1 public leaves, counted 2"),
        (1, "leaf 1: out of order"),
        (2, "the header's period_end is not the chain's"),
        (3, "the header's root is not the chain's"),
    ] {
        let at = START + 1 + case * 900;
        let mut batch = world.seal(0, vec![a.on(1, at), a.off(2, at + 1)].into());
        let mut header = Header::parse(&batch.header).unwrap();
        let mut kept = lines(&batch.blocks[0]);
        match case {
            0 => drop(kept.pop()),
            1 => kept.swap(0, 1),
            2 => header.period_end_unix_s += 1,
            _ => batch.anchor.root = [9; 32],
        }
        batch.blocks[0] = kept.concat();
        header.blocks[0] = digest(&batch.blocks[0]);
        batch.header = header.to_bytes();
        batch.anchor.digest = digest(&batch.header);
        world.publish(&batch).await;
        let number = world.anchor(&[entry(&batch)]).await.to_string();
        let (status, shown) = text(&world, &["batch", "area-0", &number]).await;
        assert_eq!(status, 1, "{shown}");
        assert!(shown.contains(&format!("FAILED: {reason}")), "{reason} is not in\n{shown}");
    }
    let (status, audit) = text(&world, &["area", "area-0"]).await;
    assert_eq!(status, 1);
    assert!(audit.contains("0 verified, 0 empty, 4 failed") && audit.ends_with("NOT GOOD\n"), "{audit}");
}

/// A node that answers with other bytes, or not at all, proves nothing; nor is what it withholds taken for absent.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_lies_or_is_away_is_named() {
    let Some(mut world) = World::start(1, 3).await else { return };
    let a = world.areas[0].devices[0].clone();
    // Anchored first, and published nowhere: it may hold the same sequence.
    let missing = world.seal(0, vec![a.off(1, START + 1)].into());
    world.anchor(&[entry(&missing)]).await;
    world.page(vec![vec![a.on(1, START + 901)].into()]).await;
    let ask = ["record", "--device", &a.id, "--sequence", "1"];
    let (status, report) = json_of(&world, &ask).await;
    assert_eq!((status, &report["proofs"][0]["counts"]), (0, &Value::Null), "{report}");
    assert!(text(&world, &ask).await.1.contains("counts      not established"));
    world.publish(&missing).await;
    let (_, report) = json_of(&world, &ask).await;
    assert_eq!([&report["proofs"][0]["counts"], &report["proofs"][1]["counts"]], [&json!(true), &json!(false)]);

    let line = Line::to(&world.ipfs.api_url).await;
    world.ipfs.api_url = line.url.clone();
    for (mode, reason) in [(Mode::Lying, "FAILED: block"), (Mode::Cut, "UNAVAILABLE: block")] {
        line.set(mode);
        let (status, shown) = text(&world, &["batch", "area-0", "1"]).await;
        assert_eq!(status, 1, "{shown}");
        // The roster is a block too.
        assert!(shown.contains(reason), "{shown}");
    }
    line.set(Mode::Open);
    assert_eq!(text(&world, &["batch", "area-0", "1"]).await.0, 0);
    assert_eq!(run(&world, &["batch", "area-0", "7"]).await.status.code(), Some(1));
    world.ipfs.api_url = "nonsense".into();
    assert_eq!(run(&world, &["batch", "area-0", "1"]).await.status.code(), Some(2), "no address of a node");
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_come_from_a_file() {
    let Some(world) = two_areas().await else { return };
    let endpoints = json!({
        "rpc_url": world.anvil.url, "ipfs_api_url": world.ipfs.api_url, "graphql_url": "ignored",
        "contracts": {
            "anchors": world.contracts.anchors.address(), "rosters": world.contracts.rosters.address(), "more": "x",
        },
    });
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join(".devnet")).unwrap();
    let file = directory.path().join(".devnet/endpoints.json");
    std::fs::write(&file, endpoints.to_string()).unwrap();
    let verifier = || Command::new(env!("CARGO_BIN_EXE_verifier"));
    let beside = verifier().args(["batch", "area-1", "0"]).current_dir(directory.path()).output().await.unwrap();
    assert!(beside.status.success(), "{beside:?}");
    let named = verifier().args(["batch", "area-1", "0", "--endpoints"]).arg(&file).output().await.unwrap();
    assert!(named.status.success(), "{named:?}");
    let elsewhere = tempfile::tempdir().unwrap();
    let without = verifier().args(["batch", "area-1", "0"]).current_dir(elsewhere.path()).output().await.unwrap();
    assert_eq!(without.status.code(), Some(2));
}
