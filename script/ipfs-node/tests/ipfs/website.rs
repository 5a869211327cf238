//! The gateway, for browsers: files and folders.

use ipfs_node::Node;
use reqwest::{Client, Method, redirect};

use super::{
    HELLO, HELLO_CID,
    add::{add, form, noise},
    gateway::{ask, header},
    start,
};

const HTML: &[u8] = b"<!doctype html><title>A page</title>";
const FOR_EVER: &str = "public, max-age=29030400, immutable";

/// A page as a build makes it, and its CID.
async fn published(node: &Node) -> String {
    let large = noise(700_000);
    let files: [(&str, &[u8]); 17] = [
        ("index.html", HTML),
        ("_nuxt/entry.js", b"export {}"),
        ("_nuxt/module.mjs", b"export {}"),
        ("_nuxt/entry.css", b"a {}"),
        ("_nuxt/font.woff2", b"wOF2"),
        ("_nuxt/lib.wasm", b"\0asm"),
        ("data.json", b"{}"),
        ("blocks.geojson", b"{}"),
        ("icon.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("icon.png", b"png"),
        ("manifest.webmanifest", b"{}"),
        ("LICENSE", b"text"),
        ("large.bin", &large),
        ("sub/index.html", HTML),
        ("plain/hello%20%E0%A4%95.txt", HELLO),
        ("plain/%3Cscript%3E", b""),
        ("odd/index.html/file", b""),
    ];
    let lines = add(&node.api_url(), "cid-version=1&wrap-with-directory=true", form(&files)).await;
    lines.last().unwrap().1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_served_with_its_types_and_kept_for_ever() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let root = published(&node).await;
    let base = format!("{}/ipfs/{root}", node.gateway_url());
    let types = [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/sub/", "text/html; charset=utf-8"),
        ("/_nuxt/entry.js", "text/javascript; charset=utf-8"),
        ("/_nuxt/module.mjs", "application/javascript; charset=utf-8"),
        ("/_nuxt/entry.css", "text/css; charset=utf-8"),
        ("/_nuxt/font.woff2", "font/woff2"),
        ("/_nuxt/lib.wasm", "application/wasm"),
        ("/data.json", "application/json"),
        ("/blocks.geojson", "application/geo+json"),
        ("/icon.svg", "image/svg+xml"),
        ("/icon.png", "image/png"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/LICENSE", "application/octet-stream"),
        ("/plain/hello%20%E0%A4%95.txt", "text/plain; charset=utf-8"),
    ];
    for (path, kind) in types {
        let url = format!("{base}{path}");
        let answer = ask(Method::GET, &url, &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, kind), "{path}");
        let same = [
            ("cache-control", FOR_EVER),
            ("x-content-type-options", "nosniff"),
            ("access-control-allow-origin", "*"),
            ("accept-ranges", "bytes"),
            ("content-disposition", ""),
            ("x-ipfs-path", &format!("/ipfs/{root}{path}")),
        ];
        for (name, value) in same {
            assert_eq!(header(&answer, name), value, "{name} of {path}");
        }
        assert!(header(&answer, "x-ipfs-roots").starts_with(&format!("{root},baf")), "{path}");
        // What a client holds is not sent again, and HEAD is GET without the body.
        let tag = header(&answer, "etag").to_owned();
        let length = header(&answer, "content-length").to_owned();
        assert_eq!(answer.bytes().await.unwrap().len().to_string(), length, "{path}");
        let again = ask(Method::GET, &url, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, &*tag), "{path}");
        let head = ask(Method::HEAD, &url, &[]).await;
        assert_eq!((head.status().as_u16(), header(&head, "content-type")), (200, kind), "{path}");
        assert_eq!((header(&head, "content-length"), header(&head, "etag")), (&*length, &*tag), "{path}");
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
    }
    let page = ask(Method::GET, &format!("{base}/"), &[]).await;
    assert_eq!(page.bytes().await.unwrap(), HTML);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_its_slash_leads_to_the_one_with_it() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let root = published(&node).await;
    let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    let get = |path: &str| client.get(format!("{}{path}", node.gateway_url())).send();
    for path in [format!("/ipfs/{root}"), format!("/ipfs/{root}/sub"), format!("/ipfs/{root}/plain")] {
        for query in ["", "?a=1&b=%2F"] {
            let answer = get(&format!("{path}{query}")).await.unwrap();
            let expected = format!("{path}/{query}");
            assert_eq!((answer.status().as_u16(), header(&answer, "location")), (301, &*expected), "{path}");
        }
    }
    // A file with a slash is no folder.
    let answer = get(&format!("/ipfs/{root}/data.json/")).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("is a file: ask without the slash"));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_page_is_a_list_in_plain_text() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let root = published(&node).await;
    let url = format!("{}/ipfs/{root}/plain/", node.gateway_url());
    let answer = ask(Method::GET, &url, &[("accept", "text/html")]).await;
    assert_eq!(header(&answer, "content-type"), "text/plain; charset=utf-8");
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    let tag = header(&answer, "etag").to_owned();
    let text = answer.text().await.unwrap();
    let names: Vec<_> = text.lines().map(|line| line.split_once('\t').unwrap()).collect();
    assert_eq!(names.iter().map(|(_, name)| *name).collect::<Vec<_>>(), ["<script>", "hello क.txt"]);
    assert_eq!(names[1].0, HELLO_CID);
    assert_eq!(ask(Method::GET, &url, &[("if-none-match", &tag)]).await.status(), 304);
    let odd = ask(Method::GET, &format!("{}/ipfs/{root}/odd/", node.gateway_url()), &[]).await;
    assert_eq!(odd.status(), 404);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_a_file_is_those_bytes() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let root = published(&node).await;
    let url = format!("{}/ipfs/{root}/large.bin", node.gateway_url());
    let (file, len) = (noise(700_000), 700_000);
    let ranges = [
        ("bytes=0-0", 0..1),
        ("bytes=0-262143", 0..262_144),
        ("bytes=262143-262144", 262_143..262_145),
        ("bytes=300000-", 300_000..len),
        ("bytes=-5", len - 5..len),
        ("bytes=699999-900000", 699_999..len),
    ];
    for (range, expected) in ranges {
        let answer = ask(Method::GET, &url, &[("range", range)]).await;
        let said = format!("bytes {}-{}/{len}", expected.start, expected.end - 1);
        assert_eq!((answer.status().as_u16(), header(&answer, "content-range")), (206, &*said), "{range}");
        assert_eq!(answer.content_length(), Some(expected.len() as u64), "{range}");
        assert!(answer.bytes().await.unwrap() == file[expected], "{range}");
    }
    let beyond = ask(Method::GET, &url, &[("range", "bytes=700000-")]).await;
    assert_eq!((beyond.status().as_u16(), header(&beyond, "content-range")), (416, "bytes */700000"));
    // Several at once, nonsense, and a range of what the client had before: the whole file.
    let whole = [
        [("range", "bytes=0-1,5-6"), ("accept", "*/*")],
        [("range", "lines=1-2"), ("accept", "*/*")],
        [("range", "bytes=0-1"), ("if-range", "\"another\"")],
    ];
    for headers in whole {
        let answer = ask(Method::GET, &url, &headers).await;
        assert_eq!((answer.status().as_u16(), answer.content_length()), (200, Some(len as u64)), "{headers:?}");
    }
    let tag = header(&ask(Method::HEAD, &url, &[]).await, "etag").to_owned();
    let current = ask(Method::GET, &url, &[("range", "bytes=0-1"), ("if-range", &tag)]).await;
    assert_eq!(current.status(), 206);
    let empty = format!("{}/ipfs/{root}/plain/%3Cscript%3E", node.gateway_url());
    assert_eq!(ask(Method::GET, &empty, &[("range", "bytes=0-1")]).await.status(), 200);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_block_of_a_page_can_be_had_and_checked() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let root = published(&node).await;
    for path in ["", "/sub", "/large.bin", "/index.html"] {
        let url = format!("{}/ipfs/{root}{path}?format=raw", node.gateway_url());
        let answer = ask(Method::GET, &url, &[]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "application/vnd.ipld.raw"));
        let cid = header(&answer, "x-ipfs-roots").rsplit(',').next().unwrap().to_owned();
        assert_eq!(header(&answer, "etag"), format!("\"{cid}.raw\""));
        // Put under the same codec, the bytes have the same CID.
        let codec = if cid.starts_with("bafkrei") { "raw" } else { "dag-pb" };
        let put = format!("{}/api/v0/block/put?cid-codec={codec}", node.api_url());
        let part = reqwest::multipart::Part::bytes(answer.bytes().await.unwrap().to_vec());
        let form = reqwest::multipart::Form::new().part("data", part);
        let text = Client::new().post(put).multipart(form).send().await.unwrap().text().await.unwrap();
        assert!(text.contains(&cid), "{path}: {text}");
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named_and_no_path_leads_out() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let root = published(&node).await;
    let missing = [
        ("nothing.js", 404, "no link named \"nothing.js\" under"),
        ("sub/deep/er", 404, "no link named \"deep\" under"),
        ("index.html/below", 404, "no link named \"below\" under"),
        ("INDEX.HTML", 404, "no link named"),
        ("sub//index.html", 400, "an empty name"),
        ("//index.html", 400, "an empty name"),
        ("a%2Fb", 400, "a slash or NUL"),
        ("sub%2findex.html", 400, "a slash or NUL"),
        ("%00", 400, "a slash or NUL"),
        ("%ff", 400, "not UTF-8"),
        (&["n"; 40].join("/"), 400, "more than 32 names"),
        ("%3Cscript%3Ealert(1)%3C/script%3E", 404, "no link named"),
    ];
    for (path, status, expected) in missing {
        let answer = ask(Method::GET, &format!("{}/ipfs/{root}/{path}", node.gateway_url()), &[]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (status, "no-store"), "{path}");
        assert_eq!(header(&answer, "content-type"), "text/plain; charset=utf-8", "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(expected), "{path}: {text}");
    }
    // An HTTP client resolves these itself, so they are sent by hand.
    for path in ["..", "sub/../index.html", "%2e%2e/%2e%2e/etc/passwd", "sub/./index.html", "../../../etc/passwd"] {
        let answer = by_hand(&node, &format!("/ipfs/{root}/{path}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("are no names"), "{path}: {answer}");
    }
    node.shutdown().await;
}

/// The answer to a request whose path is sent as it is.
async fn by_hand(node: &Node, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = node.gateway_url().replace("http://", "");
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

/// A worker of one page must not rule over the pages of others, which share the gateway's origin.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_worker_rules_below_its_own_root_only() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let root = published(&node).await;
    let worker = [("service-worker", "script")];
    let at_top = format!("{}/ipfs/{HELLO_CID}", node.gateway_url());
    assert_eq!(ask(Method::GET, &at_top, &worker).await.status(), 400);
    let below = format!("{}/ipfs/{root}/_nuxt/entry.js", node.gateway_url());
    let answer = ask(Method::GET, &below, &worker).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "service-worker-allowed")), (200, ""));
    // And at the top nothing has a type that a browser would run.
    assert_eq!(header(&ask(Method::GET, &at_top, &[]).await, "content-type"), "application/octet-stream");
    node.shutdown().await;
}
