//! The gateway, for those who check: blocks as they are.

use reqwest::{Client, Method, Response};

use super::{HELLO, HELLO_CID, NOBODYS_CID, client, put, start};

const RAW: &str = "application/vnd.ipld.raw";

pub(super) async fn ask(method: Method, url: &str, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(Client::new().request(method, url), |r, (name, value)| r.header(*name, *value));
    request.send().await.unwrap()
}

pub(super) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_comes_with_the_headers_of_the_specification() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    put(&client(&node.api_url()), HELLO, true).await.unwrap();
    let url = format!("{}/ipfs/{HELLO_CID}", node.gateway_url());
    let as_format = format!("{url}?format=raw");

    for (url, accept) in [(&as_format, "*/*"), (&url, RAW), (&url, "text/html, application/vnd.ipld.raw;q=0.9")] {
        let answer = ask(Method::GET, url, &[("accept", accept)]).await;
        assert_eq!(answer.status(), 200);
        let expected = [
            ("content-type", RAW),
            ("content-length", "12"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "public, max-age=29030400, immutable"),
            ("etag", &format!("\"{HELLO_CID}.raw\"")),
            ("content-disposition", &format!("attachment; filename=\"{HELLO_CID}.bin\"")),
            ("access-control-allow-origin", "*"),
            ("x-ipfs-roots", HELLO_CID),
        ];
        for (name, value) in expected {
            assert_eq!(header(&answer, name), value, "{name}");
        }
        assert_eq!(answer.bytes().await.unwrap(), HELLO);
    }

    let head = ask(Method::HEAD, &as_format, &[]).await;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "12"));
    assert_eq!(header(&head, "etag"), format!("\"{HELLO_CID}.raw\""));
    assert!(head.bytes().await.unwrap().is_empty());

    // Without a format, a raw block is a file of its bytes, and never something a browser would run.
    let file = ask(Method::GET, &url, &[]).await;
    assert_eq!(header(&file, "content-type"), "application/octet-stream");
    assert_eq!(
        (header(&file, "x-content-type-options"), header(&file, "etag")),
        ("nosniff", &*format!("\"{HELLO_CID}\""))
    );
    assert_eq!(file.bytes().await.unwrap(), HELLO);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_holds_is_not_sent_again() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    put(&client(&node.api_url()), HELLO, true).await.unwrap();
    let url = format!("{}/ipfs/{HELLO_CID}?format=raw", node.gateway_url());
    let tag = format!("\"{HELLO_CID}.raw\"");
    for held in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let answer = ask(Method::GET, &url, &[("if-none-match", &held)]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "etag")), (304, &*tag), "{held}");
        assert!(answer.bytes().await.unwrap().is_empty());
    }
    for held in ["\"other\"".to_owned(), format!("\"{HELLO_CID}\"")] {
        assert_eq!(ask(Method::GET, &url, &[("if-none-match", &held)]).await.status(), 200, "{held}");
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_had_is_refused_and_never_cached() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    put(&client(&node.api_url()), HELLO, true).await.unwrap();
    // Of dag-pb, and of nobody.
    let folder = "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
    let refusals = [
        (format!("ipfs/{NOBODYS_CID}?format=raw"), "*/*", 404),
        (format!("ipfs/{NOBODYS_CID}"), "*/*", 404),
        (format!("ipfs/{folder}?format=raw"), "*/*", 404),
        ("ipfs/nonsense?format=raw".into(), "*/*", 400),
        (format!("ipfs/{}", &HELLO_CID[1..]), "*/*", 400),
        (format!("ipfs/{HELLO_CID}/name?format=raw"), "*/*", 404),
        (format!("ipfs/{HELLO_CID}?format=car"), "*/*", 406),
        (format!("ipfs/{HELLO_CID}"), "application/vnd.ipld.car", 406),
        (format!("ipfs/{folder}"), "*/*", 404),
        ("ipfs/".into(), "*/*", 404),
        ("".into(), "*/*", 404),
    ];
    for (path, accept, status) in refusals {
        let answer = ask(Method::GET, &format!("{}/{path}", node.gateway_url()), &[("accept", accept)]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (status, "no-store"), "{path}");
        assert_eq!(header(&answer, "access-control-allow-origin"), "*", "{path}");
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_only_reads() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let url = format!("{}/ipfs/{HELLO_CID}?format=raw", node.gateway_url());
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        assert_eq!(ask(method.clone(), &url, &[]).await.status(), 405, "{method}");
    }
    let rpc = format!("{}/api/v0/version", node.gateway_url());
    assert_eq!(ask(Method::POST, &rpc, &[]).await.status(), 404);
    let preflight = ask(Method::OPTIONS, &url, &[("origin", "https://example.org")]).await;
    assert_eq!(preflight.status(), 204);
    assert_eq!(header(&preflight, "access-control-allow-methods"), "GET, HEAD, OPTIONS");
    // Every gateway answers this name, which is its own content: clients use it to see whether one is there.
    let probe = format!("{}/ipfs/bafkqaaa?format=raw", node.gateway_url());
    assert_eq!(ask(Method::GET, &probe, &[]).await.status(), 200);
    node.shutdown().await;
}
