//! The one origin: what it serves, to whom, how long it is kept, and what a page from it may load.

mod support {
    mod servers;
    pub mod world;
    pub use servers::*;
}

use std::path::Path;

use data_encoding::BASE64;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use support::{Mongo, Service, config, world};

const INLINE: &str = "window.__NUXT__={}";

/// A build as Nuxt leaves it, each file large enough to be worth compressing.
fn build(folder: &Path) {
    let page = format!(
        "<!DOCTYPE html><script type=\"module\" src=\"./_nuxt/entry.js\"></script><p>{}</p><script>{INLINE}</script>",
        "the dApp ".repeat(500)
    );
    let files = [
        ("index.html", page.clone()),
        ("sw.js", "// worker\n".repeat(50)),
        ("manifest.webmanifest", "{}".repeat(50)),
        ("icon.svg", "<svg/>".repeat(50)),
        ("_nuxt/entry.js", "// entry\n".repeat(50)),
        ("_nuxt/entry.css", "a {}\n".repeat(50)),
        ("_nuxt/data.json", "[]\n".repeat(50)),
    ];
    std::fs::create_dir_all(folder.join("_nuxt")).unwrap();
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

async fn ask(service: &Service, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = service.client.request(method, format!("{}{path}", service.origin));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_origin_serves_the_dapp_reads_and_nothing_else() {
    let Some(mongo) = Mongo::start().await else { return };
    world::fill(&mongo).await;
    let dapp = tempfile::tempdir().unwrap();
    build(dapp.path());
    let mut config = config(&mongo);
    config.dapp_dir = Some(dapp.path().into());
    let service = Service::start(config).await;
    files(&service).await;
    policy(&service).await;

    let workbench = service.get("/graphiql").await.text().await.unwrap();
    assert!(workbench.contains("/graphql") && !workbench.contains("//unpkg"), "{workbench}");
    let health: Value = serde_json::from_str(&service.get("/health").await.text().await.unwrap()).unwrap();
    assert_eq!((&health["ok"], &health["indexedNumber"]), (&json!(true), &json!(119)));
    let by_get = service.get("/graphql?query={_meta{headNumber}}").await;
    assert_eq!(header(&by_get, "cache-control"), "no-cache");
    assert!(by_get.text().await.unwrap().contains("120"));
    for (path, status) in [("/ipfs/nonsense", 400), (&*format!("/ipfs/{}", protocol::cid::from_digest(&[7; 32])), 502)]
    {
        assert_eq!(service.get(path).await.status(), status, "{path}");
    }
    reads_of_the_chain(&service).await;
    let url = format!("{}/graphql", service.origin);
    assert_eq!(service.client.delete(url).send().await.unwrap().status(), 405);
    service.stop().await;
}

/// Types, compression, and how long each is kept.
async fn files(service: &Service) {
    let for_ever = "public, max-age=31536000, immutable";
    let files = [
        ("/", "text/html", "no-cache"),
        ("/index.html", "text/html", "no-cache"),
        ("/sw.js", "text/javascript", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/icon.svg", "image/svg+xml", "no-cache"),
        ("/_nuxt/entry.js", "text/javascript", for_ever),
        ("/_nuxt/entry.css", "text/css", for_ever),
        ("/_nuxt/data.json", "application/json", for_ever),
    ];
    for (path, kind, kept) in files {
        let answer = ask(service, Method::GET, path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, kind), "{path}");
        assert_eq!((header(&answer, "content-encoding"), header(&answer, "cache-control")), ("gzip", kept), "{path}");
        let since = header(&answer, "last-modified").to_owned();
        let again = ask(service, Method::GET, path, &[("if-modified-since", &since)]).await;
        assert_eq!((again.status().as_u16(), header(&again, "cache-control")), (304, kept), "{path}");
        // The browser must not lose the policy that names the page's scripts.
        assert_eq!(header(&again, "content-security-policy"), "", "{path}");
        // As it is: the client may ask for gzip by itself, of which the length is not known beforehand.
        let head = ask(service, Method::HEAD, path, &[("accept-encoding", "identity")]).await;
        let length = header(&head, "content-length").parse::<u64>().unwrap_or(0);
        assert_eq!((head.status().as_u16(), length > 0), (200, true), "{path}");
    }
    let part =
        ask(service, Method::GET, "/_nuxt/entry.js", &[("range", "bytes=3-7"), ("accept-encoding", "gzip")]).await;
    assert_eq!((part.status().as_u16(), header(&part, "content-range")), (206, "bytes 3-7/450"));
    assert_eq!(part.text().await.unwrap(), "entry");
    // An old script's name must not be answered with the page and kept.
    for path in ["/_nuxt/old.js", "/area/ambala", "/config.jsn", "/%2e%2e/Cargo.toml", "/..%2fCargo.toml"] {
        let answer = service.get(path).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (404, "no-cache"), "{path}");
        assert!(answer.text().await.unwrap().contains("no such file"), "{path}");
    }
}

/// Scripts are our own, those in the page by their hash; fetching and images may be the visitor's choice.
async fn policy(service: &Service) {
    for (path, inline) in [("/", true), ("/graphiql", true), ("/health", false)] {
        let answer = service.get(path).await;
        let policy = header(&answer, "content-security-policy").to_owned();
        let directives: Vec<Vec<&str>> = policy.split("; ").map(|part| part.split(' ').collect()).collect();
        let of = |name: &str| &directives.iter().find(|words| words[0] == name).unwrap()[1..];
        assert_eq!(of("default-src"), ["'self'"]);
        assert_eq!((of("object-src"), of("frame-ancestors")), (&["'none'"][..], &["'none'"][..]));
        for name in ["connect-src", "img-src"] {
            for source in ["'self'", "https:", "http://127.0.0.1:*", "http://localhost:*"] {
                assert!(of(name).contains(&source), "{source} in {policy}");
            }
            assert!(!of(name).contains(&"http:") && !of(name).contains(&"*"), "{policy}");
        }
        let scripts = of("script-src");
        assert_eq!((scripts[0], scripts.len()), ("'self'", 1 + usize::from(inline)), "{policy}");
        if path == "/" {
            let hash = BASE64.encode(&protocol::digest(INLINE.as_bytes()));
            assert_eq!(scripts[1], format!("'sha256-{hash}'"));
        }
    }
}

async fn reads_of_the_chain(service: &Service) {
    let call = |method: &str| json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": [] });
    for method in ["eth_sendRawTransaction", "eth_sendTransaction", "anvil_setBalance", "debug_traceCall", "eth_sign"] {
        let (_, answer) = service.post("/rpc", call(method).to_string()).await;
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(-32_601), &json!(7)), "{method}: {answer}");
    }
    let (_, answers) = service.post("/rpc", json!([call("eth_accounts"), call("eth_chainId")]).to_string()).await;
    assert_eq!(answers[0]["error"]["code"], -32_601);
    assert_eq!(answers[1]["error"]["code"], -32_002, "allowed, and the node is away: {answers}");
    let (_, answer) = service.post("/rpc", json!(vec![call("eth_chainId"); 21]).to_string()).await;
    assert_eq!(answer["error"]["code"], -32_600);
    for filter in [json!({ "fromBlock": "earliest" }), json!({}), json!({ "fromBlock": "0x0", "toBlock": "0x2710" })] {
        let logs = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [filter] });
        let (_, answer) = service.post("/rpc", logs.to_string()).await;
        assert_eq!(answer["error"]["code"], -32_602, "{answer}");
    }
}

#[tokio::test]
async fn a_page_from_anywhere_may_ask() {
    let Some(mongo) = Mongo::start().await else { return };
    let service = Service::start(config(&mongo)).await;
    let cid = protocol::cid::from_digest(&[7; 32]);
    let asked = [
        (Method::POST, "/graphql"),
        (Method::GET, "/graphql?query={_meta{headNumber}}"),
        (Method::POST, "/rpc"),
        (Method::GET, &*format!("/ipfs/{cid}")),
        (Method::GET, "/basemap/places.csv"),
        (Method::GET, "/config.json"),
    ];
    for (method, path) in asked {
        for origin in ["http://127.0.0.1:8080", "https://example.org", "null"] {
            let answer = ask(&service, method.clone(), path, &[("origin", origin)]).await;
            assert_eq!(header(&answer, "access-control-allow-origin"), "*", "{method} {path}");
            // Nothing that a browser keeps for one origin is ever asked for or set.
            assert_eq!(header(&answer, "access-control-allow-credentials"), "", "{path}");
            assert_eq!(header(&answer, "set-cookie"), "", "{path}");
        }
        let preflight = [
            ("origin", "https://example.org"),
            ("access-control-request-method", method.as_str()),
            ("access-control-request-headers", "content-type"),
        ];
        let answer = ask(&service, Method::OPTIONS, path, &preflight).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "access-control-allow-origin")), (200, "*"), "{path}");
        assert!(header(&answer, "access-control-allow-methods").contains(method.as_str()), "{path}");
        assert_eq!(header(&answer, "access-control-allow-headers"), "content-type", "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_page_reads_what_the_installation_is() {
    let Some(mongo) = Mongo::start().await else { return };
    let service = Service::start(config(&mongo)).await;
    let answer = service.get("/config.json").await;
    assert_eq!(header(&answer, "content-type"), "application/json");
    assert_eq!(header(&answer, "cache-control"), "no-cache");
    let text = answer.text().await.unwrap();
    assert!(text.len() < 1_024 && !text.contains("mongodb"), "{text}");
    let mut expected = json!({
        "rpc_url": "rpc", "gateway_url": "ipfs/", "operator": "a test", "map_tiles": null, "basemap": false, "chain_id": 31_337, "start_block": 7,
        "anchors": format!("0x{}", "0a".repeat(20)), "rosters": format!("0x{}", "0b".repeat(20)),
    });
    for contract in [
        "administrator",
        "access_manager",
        "officials",
        "clocks",
        "complaints",
        "notices",
        "testimonies",
        "passkeys",
        "verifier",
    ] {
        expected[contract] = format!("0x{}", "0c".repeat(20)).into();
    }
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    service.stop().await;

    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&mongo);
    config.map_tiles_url = Some("https://tile.example.org/{z}/{x}/{y}.png".into());
    config.map_tiles_attribution = Some("© a source".into());
    config.basemap_dir = Some(folder.path().into());
    config.basemap_credit = Some("a source".into());
    let service = Service::start(config).await;
    let text = service.get("/config.json").await.text().await.unwrap();
    let described: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&described["map_tiles"]["host"], &described["basemap"]), (&json!("tile.example.org"), &json!(true)));
    service.stop().await;
}

#[tokio::test]
async fn the_basemap_is_three_files_and_no_more() {
    let Some(mongo) = Mongo::start().await else { return };
    let service = Service::start(config(&mongo)).await;
    for name in ["blocks.geojson", "places.csv", "credit.txt"] {
        let answer = service.get(&format!("/basemap/{name}")).await;
        assert_eq!(answer.status(), 404);
        assert!(answer.text().await.unwrap().contains("has no basemap"), "{name}");
    }
    service.stop().await;

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("blocks.geojson"), "{\"type\":\"FeatureCollection\"}".repeat(5)).unwrap();
    std::fs::write(folder.path().join("outages.csv"), "secret").unwrap();
    let mut settings = config(&mongo);
    settings.basemap_dir = Some(folder.path().into());
    settings.basemap_credit = Some("a source\n".into());
    let service = Service::start(settings).await;
    let blocks = ask(&service, Method::GET, "/basemap/blocks.geojson", &[("accept-encoding", "gzip")]).await;
    assert_eq!((blocks.status().as_u16(), header(&blocks, "content-type")), (200, "application/geo+json"));
    assert_eq!(header(&blocks, "content-encoding"), "gzip");
    assert_eq!(header(&blocks, "cache-control"), "public, max-age=86400");
    let since = header(&blocks, "last-modified").to_owned();
    let again = ask(&service, Method::GET, "/basemap/blocks.geojson", &[("if-modified-since", &since)]).await;
    assert_eq!(again.status(), 304);
    let credit = service.get("/basemap/credit.txt").await;
    assert_eq!(header(&credit, "content-type"), "text/plain; charset=utf-8");
    assert_eq!(credit.text().await.unwrap(), "a source\n");
    let missing = [
        ("places.csv", "lacks this file"),
        ("outages.csv", "a basemap is"),
        ("..%2fsecret", "a basemap is"),
        ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a basemap is"),
        ("", ""),
    ];
    for (name, words) in missing {
        let answer = service.get(&format!("/basemap/{name}")).await;
        assert_eq!(answer.status(), 404, "{name}");
        assert!(answer.text().await.unwrap().contains(words), "{name}");
    }
    service.stop().await;
}

#[tokio::test]
async fn settings_that_no_page_could_use_end_the_service() {
    let Some(mongo) = Mongo::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut without_credit = config(&mongo);
    without_credit.basemap_dir = Some(folder.path().into());
    let mut nowhere = without_credit.clone();
    nowhere.basemap_dir = Some(folder.path().join("nowhere"));
    let mut insecure = config(&mongo);
    insecure.map_tiles_url = Some("http://tile.example.org/{z}/{x}/{y}.png".into());
    insecure.map_tiles_attribution = Some("©".into());
    for (settings, field) in [(without_credit, "basemap_credit"), (nowhere, "basemap_dir"), (insecure, "map_tiles_url")]
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let error = graphql::serve(settings, listener, Default::default()).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("settings: {field}: ")), "{error}");
    }
}
