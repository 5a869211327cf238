//! Kubo's RPC.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use futures::future::join_all;
use ipfs_api_backend_hyper::{IpfsApi, request::BlockPut};
use ipfs_node::{Error, Node, limits::MAX_BLOCK_BYTES};
use serde_json::Value;

use super::{HELLO, HELLO_CID, NOBODYS_CID, add::form, client, config, get, message, pin_of, put, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_put_read_measured_and_pinned() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let client = client(&node.api_url());

    assert_eq!(put(&client, HELLO, false).await.unwrap(), HELLO_CID);
    assert_eq!(get(&client, HELLO_CID).await.unwrap(), HELLO);
    let stat = client.block_stat(HELLO_CID).await.unwrap();
    assert_eq!((stat.key.as_str(), stat.size), (HELLO_CID, 12));

    assert_eq!(message(pin_of(&client, HELLO_CID).await), format!("path '/ipfs/{HELLO_CID}' is not pinned"));
    assert_eq!(client.pin_add(HELLO_CID, true).await.unwrap().pins, [HELLO_CID]);
    assert_eq!(pin_of(&client, HELLO_CID).await.unwrap(), "recursive");
    // Repeats change nothing: the relayer repeats whatever it has no answer to.
    assert_eq!(put(&client, HELLO, true).await.unwrap(), HELLO_CID);
    assert_eq!(client.pin_add(HELLO_CID, true).await.unwrap().pins, [HELLO_CID]);

    let pinned = put(&client, b"pinned as it was put", true).await.unwrap();
    let direct = put(&client, b"pinned directly", false).await.unwrap();
    let unpinned = put(&client, b"not pinned", false).await.unwrap();
    client.pin_add(&direct, false).await.unwrap();
    let all = client.pin_ls(None, None).await.unwrap().keys;
    assert_eq!(all.len(), 3);
    assert_eq!((all[&pinned].typ.as_str(), all[&direct].typ.as_str()), ("recursive", "direct"));
    assert!(!all.contains_key(&unpinned));
    assert_eq!(client.pin_ls(None, Some("recursive")).await.unwrap().keys.len(), 2);
    assert!(message(client.pin_ls(None, Some("some")).await).contains("must be one of"));
    assert_eq!(
        message(client.pin_ls(Some(&direct), Some("recursive")).await),
        format!("path '/ipfs/{direct}' is not pinned")
    );
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_and_largest_blocks_are_taken_and_larger_ones_refused() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let client = client(&node.api_url());

    let empty = put(&client, b"", true).await.unwrap();
    assert_eq!(empty, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    assert_eq!(get(&client, &empty).await.unwrap(), b"");
    let largest = vec![7; MAX_BLOCK_BYTES];
    let cid = put(&client, &largest, true).await.unwrap();
    assert_eq!(get(&client, &cid).await.unwrap(), largest);

    for bytes in [MAX_BLOCK_BYTES + 1, 4 * MAX_BLOCK_BYTES] {
        assert!(message(put(&client, &vec![7; bytes], true).await).contains("over 1MiB"), "{bytes}");
    }
    assert_eq!(client.pin_ls(None, None).await.unwrap().keys.len(), 2);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_codecs_and_hashes_are_refused_by_name() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let client = client(&node.api_url());
    let refusals = [
        (BlockPut { format: Some("dag-cbor"), ..Default::default() }, "format \"dag-cbor\" is not supported"),
        (BlockPut { mhtype: Some("sha3-256"), ..Default::default() }, "mhtype \"sha3-256\" is not supported"),
        (BlockPut { mhlen: Some(20), ..Default::default() }, "mhlen \"20\" is not supported"),
    ];
    for (options, expected) in refusals {
        let said = message(client.block_put_with_options(HELLO, options).await);
        assert!(said.starts_with(expected), "{said}");
    }
    let sha2_512 = "bafkrgqgpqpqtk7xpxc67cvbikdlg3aah2yqoibilk4k5za7uveq5g3hjzzd5buj4lwc7fmh7qmmnfb365qxwhojrxvduc6ubuu4de6xze7nd4";
    assert!(message(client.block_stat(sha2_512).await).starts_with("hash \"0x13\" is not supported"));
    assert!(
        message(client.block_stat("../../etc/passwd").await).starts_with("path \"../../etc/passwd\" is not supported")
    );
    for malformed in ["", "bafk", &HELLO_CID[1..]] {
        assert!(message(client.block_stat(malformed).await).starts_with("invalid path"), "{malformed}");
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_nobody_has_is_an_error_at_once() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let client = client(&node.api_url());
    let started = Instant::now();
    let expected = format!("block was not found locally (offline): ipld: could not find {NOBODYS_CID}");
    assert_eq!(message(get(&client, NOBODYS_CID).await), expected);
    assert_eq!(message(client.block_stat(NOBODYS_CID).await), expected);
    assert_eq!(message(client.pin_add(NOBODYS_CID, true).await), expected);
    assert!(started.elapsed() < Duration::from_secs(2));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_blocks_pins_and_the_peer() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let peer = node.peer_id();
    put(&client(&node.api_url()), HELLO, true).await.unwrap();
    let second = Node::start(config(repo.path())).await;
    assert!(matches!(second, Err(Error::RepoInUse(_))), "two nodes must not share a repository");
    node.shutdown().await;

    let node = start(repo.path()).await;
    let client = client(&node.api_url());
    assert_eq!(node.peer_id(), peer);
    assert_eq!(get(&client, HELLO_CID).await.unwrap(), HELLO);
    assert_eq!(pin_of(&client, HELLO_CID).await.unwrap(), "recursive");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_never_served_and_a_put_repairs_it() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let client = client(&node.api_url());
    put(&client, HELLO, true).await.unwrap();
    let file = find(&repo.path().join("blockstore"), &format!("{HELLO_CID}.data")).expect("the block's file");
    std::fs::write(&file, b"hello w0rld\n").unwrap();

    assert!(message(get(&client, HELLO_CID).await).contains("could not find"));
    let answer = reqwest::get(format!("{}/ipfs/{HELLO_CID}?format=raw", node.gateway_url())).await.unwrap();
    assert_eq!(answer.status(), 404);
    put(&client, HELLO, true).await.unwrap();
    assert_eq!(get(&client, HELLO_CID).await.unwrap(), HELLO);

    // Damaged again, and put before anyone has read it.
    std::fs::write(&file, b"").unwrap();
    put(&client, HELLO, true).await.unwrap();
    assert_eq!(get(&client, HELLO_CID).await.unwrap(), HELLO);
    node.shutdown().await;
}

fn find(directory: &Path, name: &str) -> Option<std::path::PathBuf> {
    std::fs::read_dir(directory)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find_map(|path| if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) })
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_all_get_their_turn() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let client = client(&node.api_url());
    let trips = (0..150_u32).map(|n| {
        let client = client.clone();
        async move {
            let data = n.to_be_bytes();
            let cid = put(&client, &data, true).await.unwrap();
            assert_eq!(get(&client, &cid).await.unwrap(), data);
        }
    });
    join_all(trips).await;
    assert_eq!(client.pin_ls(None, None).await.unwrap().keys.len(), 150);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_is_spelled_as_kubo_spells_it() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let http = reqwest::Client::new();
    let api = |path: &str| format!("{}/api/v0/{path}", node.api_url());

    assert_eq!(http.get(api("version")).send().await.unwrap().status(), 405);
    assert_eq!(http.post(api("no/such")).send().await.unwrap().status(), 404);
    assert_eq!(http.post(api("block/get")).send().await.unwrap().status(), 400);
    assert_eq!(http.post(api("block/put")).body("not multipart").send().await.unwrap().status(), 500);

    let answer = http.post(api("block/stat?arg=nonsense")).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let error: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((&error["Code"], &error["Type"]), (&0.into(), &"error".into()));
    assert!(error["Message"].as_str().unwrap().starts_with("invalid path \"nonsense\""));

    let cid = put(&client(&node.api_url()), HELLO, true).await.unwrap();
    let lines = http.post(api("pin/ls?stream=true")).send().await.unwrap().text().await.unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(lines.trim_end()).unwrap(),
        serde_json::json!({"Cid": cid, "Type": "recursive"})
    );
    let progress = http.post(api(&format!("pin/add?arg={cid}&progress=true"))).send().await.unwrap();
    assert_eq!(progress.text().await.unwrap(), format!("{{\"Progress\":1}}\n{{\"Pins\":[\"{cid}\"]}}\n"));
    node.shutdown().await;
}

/// A page in a browser must not reach a port that can write: neither a stranger's page, nor one served by this node's
/// own gateway, nor one whose name was pointed at this machine.
#[tokio::test(flavor = "multi_thread")]
async fn pages_in_a_browser_are_refused() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let http = reqwest::Client::new();
    let add = format!("{}/api/v0/add?cid-version=1", node.api_url());
    let own = node.gateway_url();
    let marks = [
        ("origin", "https://example.org"),
        ("origin", own.as_str()),
        ("origin", &node.api_url()),
        ("origin", "null"),
        ("referer", "https://example.org/page"),
        ("referer", &format!("{own}/ipfs/{HELLO_CID}/")),
        ("sec-fetch-site", "same-site"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0"),
    ];
    for (header, value) in marks {
        // What a page may send to another origin without asking first: a form.
        let request = http.post(&add).header(header, value).multipart(form(&[("f", HELLO)]));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 403, "{header}: {value}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{header}: {value}");
    }
    // And what it must ask for is not granted.
    let asked = http.request(reqwest::Method::OPTIONS, &add).header("origin", &own);
    let answer = asked.header("access-control-request-method", "POST").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    assert!(message(get(&client(&node.api_url()), HELLO_CID).await).contains("could not find"), "it was stored");
    assert_eq!(http.post(&add).multipart(form(&[("f", HELLO)])).send().await.unwrap().status(), 200);
    node.shutdown().await;
}

/// npm's official client, which shares no code with this node or with the services' client.
#[tokio::test(flavor = "multi_thread")]
async fn an_independent_client_understands_the_node() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join("node_modules/kubo-rpc-client").is_dir() {
        eprintln!(
            "LEFT OUT: node_modules/kubo-rpc-client is not installed (npm install), so no independent client ran"
        );
        return;
    }
    let (repo, peers_repo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let node = start(repo.path()).await;
    let listening = ipfs_node::Config { swarm: Some("/ip4/127.0.0.1/tcp/0".into()), ..config(peers_repo.path()) };
    let peer = Node::start(listening).await.unwrap();
    let arguments = [node.api_url(), node.peer_id(), peer.swarm_addresses()[0].clone(), peer.peer_id()];
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ipfs/kubo-rpc-client.mjs");
    let ran = tokio::task::spawn_blocking(move || Command::new("node").arg(script).args(arguments).output());
    let output = ran.await.unwrap().expect("node runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.ends_with("checks passed\n"), "{out}");
    tokio::join!(node.shutdown(), peer.shutdown());
}
