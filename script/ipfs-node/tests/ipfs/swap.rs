//! Two nodes and bitswap between them.

use std::time::{Duration, Instant};

use futures::future::join_all;
use ipfs_api_backend_hyper::IpfsApi;
use ipfs_node::{Config, Node, limits::MAX_BLOCK_BYTES, limits::MAX_CONCURRENT_FETCHES};

use super::{FETCH_TIMEOUT, HELLO, HELLO_CID, NOBODYS_CID, client, config, get, message, pin_of, put, start};

async fn listening(repo: &std::path::Path) -> Node {
    let swarm = Some("/ip4/127.0.0.1/tcp/0".into());
    Node::start(Config { swarm, fetch_timeout: Duration::from_secs(10), ..config(repo) }).await.expect("a node starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_put_on_one_node_is_fetched_by_the_other() {
    let (one_repo, two_repo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (listening(one_repo.path()).await, listening(two_repo.path()).await);
    let (from, to) = (client(&one.api_url()), client(&two.api_url()));
    put(&from, HELLO, true).await.unwrap();
    let largest = vec![9; MAX_BLOCK_BYTES];
    let large_cid = put(&from, &largest, true).await.unwrap();
    assert!(message(get(&to, HELLO_CID).await).contains("could not find"), "they have not met yet");

    let address = &one.swarm_addresses()[0];
    assert!(address.starts_with("/ip4/127.0.0.1/tcp/") && address.ends_with(&one.peer_id()), "{address}");
    for _ in 0..2 {
        to.swarm_connect(address).await.unwrap();
    }
    assert_eq!(get(&to, HELLO_CID).await.unwrap(), HELLO);
    assert_eq!(get(&to, &large_cid).await.unwrap(), largest);
    // A pin fetches what it pins, and the other way round needs no second connection.
    let back = put(&to, b"the other way", true).await.unwrap();
    from.pin_add(&back, true).await.unwrap();
    assert_eq!(pin_of(&from, &back).await.unwrap(), "recursive");

    one.shutdown().await;
    assert_eq!(get(&to, HELLO_CID).await.unwrap(), HELLO, "what was fetched is kept");
    two.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_no_peer_has_is_an_error_in_time_and_delays_nothing_else() {
    let (one_repo, two_repo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (listening(one_repo.path()).await, start(two_repo.path()).await);
    let client = client(&two.api_url());
    client.swarm_connect(&one.swarm_addresses()[0]).await.unwrap();
    put(&client, HELLO, true).await.unwrap();

    let started = Instant::now();
    let said = message(get(&client, NOBODYS_CID).await);
    assert!(said.contains("could not find") && said.contains("deadline exceeded"), "{said}");
    assert!(started.elapsed() >= FETCH_TIMEOUT && started.elapsed() < FETCH_TIMEOUT * 4, "{:?}", started.elapsed());
    let url = format!("{}/ipfs/{NOBODYS_CID}?format=raw", two.gateway_url());
    assert_eq!(reqwest::get(url).await.unwrap().status(), 404);

    let missing = join_all((0..MAX_CONCURRENT_FETCHES * 3).map(|_| get(&client, NOBODYS_CID)));
    let present = async {
        tokio::time::sleep(FETCH_TIMEOUT / 4).await;
        let started = Instant::now();
        assert_eq!(get(&client, HELLO_CID).await.unwrap(), HELLO);
        started.elapsed()
    };
    let (refused, waited) = tokio::join!(missing, present);
    let (late, busy): (Vec<_>, Vec<_>) =
        refused.into_iter().map(message).partition(|said| said.contains("could not find"));
    assert_eq!(late.len(), MAX_CONCURRENT_FETCHES);
    assert!(busy.iter().all(|said| said.starts_with("too many fetches under way")), "{busy:?}");
    assert!(waited < FETCH_TIMEOUT / 2, "a block on the disk waited {waited:?} for blocks that nobody has");
    tokio::join!(one.shutdown(), two.shutdown());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_not_there_is_a_named_error() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let client = client(&node.api_url());
    let nobody = "12D3KooWQ2hL9NschcJ1Suqa1TybJc2ZaacqoQMBT3ziFC7Ye2BZ";
    // Port 9 (discard) is refused where nothing listens, as on any ordinary machine.
    let said = message(client.swarm_connect(&format!("/ip4/127.0.0.1/tcp/9/p2p/{nobody}")).await.map(drop));
    assert!(said.starts_with(&format!("connect {nobody} failure")), "{said}");
    for malformed in ["nonsense", "/ip4/127.0.0.1/tcp/9"] {
        let said = message(client.swarm_connect(malformed).await.map(drop));
        assert!(said.starts_with("invalid address"), "{said}");
    }
    node.shutdown().await;
}
