//! Blocks that lie: about sizes, about depth, about what is below them. Each is well-formed and has its right CID, as
//! anyone can make them; none may cost more than an error.

use std::time::{Duration, Instant};

use ipfs_node::{Node, limits};
use ipld_dagpb::{PbLink, PbNode};
use reqwest::{
    Client,
    multipart::{Form, Part},
};
use serde_json::Value;

use super::{HELLO_CID, NOBODYS_CID, start};

/// UnixFS's message: kind, size of the whole, sizes of the parts.
fn data(kind: u8, content: &[u8], file_size: u64, block_sizes: &[u64]) -> Vec<u8> {
    let varint = |mut value: u64| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    };
    let mut bytes = vec![0x08, kind];
    if !content.is_empty() {
        bytes.extend([vec![0x12], varint(content.len() as u64), content.to_vec()].concat());
    }
    bytes.extend([vec![0x18], varint(file_size)].concat());
    bytes.extend(block_sizes.iter().flat_map(|size| [vec![0x20], varint(*size)].concat()));
    bytes
}

const FOLDER: u8 = 1;
const FILE: u8 = 2;

/// Stores a dag-pb block that links to `parts`; its CID.
async fn put(node: &Node, parts: &[(&str, &str)], data: Vec<u8>) -> String {
    let link = |(name, cid): &(&str, &str)| PbLink {
        cid: (*cid).try_into().unwrap(),
        name: Some((*name).into()),
        size: Some(0),
    };
    let block = PbNode { links: parts.iter().map(link).collect(), data: Some(data.into()) }.into_bytes();
    put_bytes(node, block).await
}

async fn put_bytes(node: &Node, block: Vec<u8>) -> String {
    let url = format!("{}/api/v0/block/put?cid-codec=dag-pb", node.api_url());
    let request = Client::new().post(url).multipart(Form::new().part("data", Part::bytes(block)));
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["Key"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned()
}

/// Status and text. An answer that is cut short of its length has no text.
async fn get(node: &Node, path: &str) -> (u16, Option<String>) {
    let answer = Client::new().get(format!("{}/ipfs/{path}", node.gateway_url())).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.ok())
}

async fn refused(node: &Node, path: &str, expected: &str) {
    let (status, text) = get(node, path).await;
    let text = text.unwrap_or_default();
    assert!(status == 422 && text.contains(expected), "{status} {text}");
    assert!(text.contains("?format=raw"), "no way out: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_believed_only_as_far_as_the_blocks_agree() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let hello = {
        let form = super::add::form(&[("hello", super::HELLO)]);
        super::add::add(&node.api_url(), "cid-version=1", form).await.remove(0).1
    };
    assert_eq!(hello, HELLO_CID);
    let honest = put(&node, &[("", &hello), ("", &hello)], data(FILE, b"", 24, &[12, 12])).await;
    assert_eq!(get(&node, &honest).await, (200, Some("hello world\nhello world\n".into())));
    // Trees of other builders: bytes in a node above others, and a part that is a node itself.
    let mixed = put(&node, &[("", &honest)], data(FILE, b"said: ", 30, &[24])).await;
    assert_eq!(get(&node, &mixed).await, (200, Some("said: hello world\nhello world\n".into())));

    for (size, sizes) in [(11, [11]), (13, [13])] {
        let lying = put(&node, &[("", &hello)], data(FILE, b"", size, &sizes)).await;
        refused(&node, &lying, &format!("has 12 bytes, and {size} by the block above")).await;
    }
    let unlike = put(&node, &[("", &hello)], data(FILE, b"", 1, &[12])).await;
    refused(&node, &unlike, "not that of its parts").await;
    let uncounted = put(&node, &[("", &hello), ("", &hello)], data(FILE, b"", 12, &[12])).await;
    refused(&node, &uncounted, "do not match in number").await;
    let wrapping = put(&node, &[("", &hello), ("", &hello)], data(FILE, b"", 10, &[u64::MAX, 11])).await;
    refused(&node, &wrapping, "more than 2^64").await;
    let huge = limits::MAX_FILE_BYTES + 1;
    let large = put(&node, &[("", &hello)], data(FILE, b"", huge, &[huge])).await;
    refused(&node, &large, &format!("has {huge} bytes, more than")).await;
    // A lie found after the answer began ends it short of the promised length.
    let late = put(&node, &[("", &hello), ("", &hello)], data(FILE, b"", 1_000_012, &[12, 1_000_000])).await;
    assert_eq!(get(&node, &late).await, (200, None));
    let missing = put(&node, &[("", &hello), ("", NOBODYS_CID)], data(FILE, b"", 24, &[12, 12])).await;
    assert_eq!(get(&node, &missing).await, (200, None));
    let (status, text) = get(&node, &put(&node, &[("", NOBODYS_CID)], data(FILE, b"", 12, &[12])).await).await;
    assert!(status == 404 && text.as_ref().is_some_and(|text| text.contains(NOBODYS_CID)), "{text:?}");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_blocks_that_claim_endless_trees_cost_nothing() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let started = Instant::now();
    // Twelve blocks: each links a thousand times to the one before. Nothing in all of it, or one byte a thousand^12 times.
    let mut nothing = put(&node, &[], data(FILE, b"", 0, &[])).await;
    for _ in 0..12 {
        let parts = vec![("", nothing.as_str()); 1000];
        nothing = put(&node, &parts, data(FILE, b"", 0, &[0; 1000])).await;
    }
    assert_eq!(get(&node, &nothing).await, (200, Some(String::new())));
    let mut bomb = put(&node, &[], data(FILE, b"!", 1, &[])).await;
    let mut size: u64 = 1;
    for _ in 0..6 {
        let parts = vec![("", bomb.as_str()); 1000];
        bomb = put(&node, &parts, data(FILE, b"", size * 1000, &vec![size; 1000])).await;
        size *= 1000;
    }
    refused(&node, &bomb, "bytes, more than").await;
    // A line of blocks that each hold the next, and a byte at its end.
    let mut deep = put(&node, &[], data(FILE, b"!", 1, &[])).await;
    for depth in 1..=limits::MAX_FILE_DEPTH + 1 {
        deep = put(&node, &[("", &deep)], data(FILE, b"", 1, &[1])).await;
        if depth == limits::MAX_FILE_DEPTH {
            assert_eq!(get(&node, &deep).await, (200, Some("!".into())));
        }
    }
    refused(&node, &deep, "blocks below its file").await;
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_neither_file_nor_folder_is_said_to_be_so() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    refused(&node, &put(&node, &[], data(4, b"/etc/passwd", 11, &[])).await, "symbolic link").await;
    refused(&node, &put(&node, &[("00x", NOBODYS_CID)], data(5, b"", 0, &[])).await, "sharded folder").await;
    refused(&node, &put(&node, &[], data(9, b"", 0, &[])).await, "of kind 9").await;
    refused(&node, &put_bytes(&node, b"not protobuf".to_vec()).await, "no dag-pb").await;
    refused(&node, &put_bytes(&node, vec![]).await, "without UnixFS").await;
    refused(&node, &put(&node, &[], vec![0xff; 9]).await, "no UnixFS").await;
    let folder = put(&node, &[], vec![0x08, FOLDER]).await;
    let part = put(&node, &[("", &folder)], data(FILE, b"", 5, &[5])).await;
    refused(&node, &part, "a folder in the place of a file's part").await;
    // Of the block itself anything can be had, whatever it is.
    let raw = format!("{}?format=raw", put(&node, &[], data(4, b"/etc/passwd", 11, &[])).await);
    assert_eq!(get(&node, &raw).await.0, 200);

    // Names no file system has do no harm, and the first of two alike counts.
    let names = [("..", HELLO_CID), ("a/b", HELLO_CID), ("x", NOBODYS_CID), ("x", HELLO_CID), ("new\nline", HELLO_CID)];
    let odd = put(&node, &names, vec![0x08, FOLDER]).await;
    assert_eq!(get(&node, &format!("{odd}/a%2Fb")).await.0, 400);
    let (status, text) = get(&node, &format!("{odd}/x")).await;
    assert!(status == 404 && text.is_some_and(|text| text.contains(NOBODYS_CID)));
    let (_, listing) = get(&node, &format!("{odd}/")).await;
    assert_eq!(listing.unwrap().lines().count(), names.len());
    node.shutdown().await;
}
