//! The feed of an area, read by an XML parser that knows nothing of how it was written.

mod support {
    pub mod register;
    mod servers;
    pub mod world;
    pub use servers::*;
}

use std::collections::HashSet;

use bindings::typed_data::note_hash;
use graphql::{Config, MAX_FEED_ENTRIES};
use roxmltree::{Document, Node};
use store::views::documents::EntryKind;
use support::{Mongo, Service, config, register, world};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const EVIL: &str = "fixed ]]> &amp; <script>alert(1)</script>\u{1}\u{b}";
const SECRET: &str = "my neighbour Ram";

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Node<'a, 'a> {
    node.children().find(|child| child.has_tag_name((ATOM, name))).unwrap_or_else(|| panic!("no {name}"))
}

fn text<'a>(node: Node<'a, 'a>, name: &str) -> &'a str {
    child(node, name).text().unwrap_or_default()
}

fn entries<'a>(document: &'a Document<'_>) -> Vec<Node<'a, 'a>> {
    document.root_element().children().filter(|child| child.has_tag_name((ATOM, "entry"))).collect()
}

async fn feed(service: &Service, area: &str) -> String {
    service.get(&format!("/feed/{area}.atom")).await.text().await.unwrap()
}

async fn keep(mongo: &Mongo, note: &str) {
    let block = bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: note.as_bytes().to_vec() };
    let text =
        bson::doc! { "_id": note_hash(note).to_string(), "kind": "note", "block": block, "received_unix_s": 1_i64 };
    mongo.intake().collection("texts").insert_one(text).await.unwrap();
}

/// A complaint filed, acknowledged, noted by its filer and by an official, resolved, reopened by its filer; a notice.
async fn told(mongo: &Mongo) {
    let at = world::now() - 1_000;
    let (complaint, filing) = register::filed(1, "ambala", &"07".repeat(32), at, 200);
    let official = |kind, code, note, n| register::entry(1, "ambala", kind, code, note, at + n, 200 + n);
    let citizen = |kind, code, n| {
        let mut entry = official(kind, code, SECRET, n);
        (entry.signer_level, entry.signer) = (None, register::account(0xf0));
        entry
    };
    let entries = [
        filing,
        official(EntryKind::Action, 2, "", 1),
        citizen(EntryKind::Remark, 0, 2),
        official(EntryKind::Remark, 0, "we are on our way", 3),
        official(EntryKind::Action, 3, EVIL, 4),
        citizen(EntryKind::Action, 8, 5),
    ];
    mongo.insert(&mongo.views(), "complaints", &[complaint]).await;
    mongo.insert(&mongo.views(), "actions", &entries).await;
    mongo
        .insert(&mongo.views(), "notices", &[register::announced(2, "ambala", "Transformer & line", at + 6, 206)])
        .await;
    for note in [EVIL, SECRET, "we are on our way", "Transformer & line"] {
        keep(mongo, note).await;
    }
}

#[tokio::test]
async fn a_feed_tells_who_did_what_when_and_where_to_read_it() {
    let Some(mongo) = Mongo::start().await else { return };
    world::fill(&mongo).await;
    told(&mongo).await;
    let service = Service::start(Config { operator: "DISCOM <North>".into(), ..config(&mongo) }).await;
    let answer = service.get("/feed/ambala.atom").await;
    let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    assert_eq!(header("content-type"), "application/atom+xml; charset=utf-8");
    assert_eq!((header("cache-control"), header("access-control-allow-origin")), ("no-cache".into(), "*".into()));
    let tag = header("etag");
    let xml = answer.text().await.unwrap();
    let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    let root = document.root_element();
    assert!(root.has_tag_name((ATOM, "feed")));
    assert_eq!(text(child(root, "author"), "name"), "DISCOM <North>");
    let titles: Vec<&str> = entries(&document).into_iter().map(|entry| text(entry, "title")).collect();
    assert_eq!(
        titles,
        [
            "Planned outage announced: feeder feeder-1",
            "Reopened: fuse at site-dt-1",
            "Resolved: fixed: fuse at site-dt-1",
            "Note by an official: fuse at site-dt-1",
            "Acknowledged: fuse at site-dt-1",
            "Filed: fuse at site-dt-1",
        ]
    );
    let entries = entries(&document);
    let ids: HashSet<&str> = entries.iter().map(|entry| text(*entry, "id")).chain([text(root, "id")]).collect();
    assert!(ids.len() == 7 && ids.iter().all(|id| id.starts_with("urn:uuid:") && id.len() == 45), "{ids:?}");
    assert_eq!(text(root, "updated"), text(entries[0], "updated"));
    assert!(entries.windows(2).all(|pair| text(pair[0], "updated") > text(pair[1], "updated")));
    let link = child(entries[1], "link");
    assert_eq!(link.attribute("href"), Some(&*format!("{}/#/complaint/{}", service.origin, register::id(1))));
    let reopened = text(entries[1], "content");
    assert!(
        reopened.contains("By a citizen's key") && !xml.contains("Ram"),
        "a citizen's words are not copied: {reopened}"
    );
    let planned = text(entries[0], "content");
    assert!(planned.contains("Reason: Transformer & line") && planned.contains("official of level 1"), "{planned}");
    assert!(planned.contains(&register::id(0xa2)), "{planned}");

    // Words stay words, and what XML cannot spell is replaced.
    let fixed = child(entries[2], "content");
    assert_eq!(fixed.attribute("type"), Some("text"));
    let expected = EVIL.replace(['\u{1}', '\u{b}'], "\u{fffd}");
    assert!(fixed.text().unwrap().contains(&format!("Note: {expected}\n")), "{:?}", fixed.text());
    assert!(!document.descendants().any(|node| node.tag_name().name() == "script"));
    assert!(!xml.contains("<script"), "{xml}");

    let url = format!("{}/feed/ambala.atom", service.origin);
    let asked = |tag: String| service.client.get(&url).header("if-none-match", tag).send();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        assert_eq!(asked(known).await.unwrap().status(), 304);
    }
    assert_eq!(asked("\"other\"".into()).await.unwrap().status(), 200);
    let proxied = service.client.get(&url).header("x-forwarded-proto", "https").header("host", "power.example.org");
    let xml = proxied.send().await.unwrap().text().await.unwrap();
    assert!(xml.contains("https://power.example.org/#/complaint/"), "{xml}");
    service.stop().await;
}

#[tokio::test]
async fn a_feed_is_of_an_area_that_there_is_and_has_the_newest() {
    let Some(mongo) = Mongo::start().await else { return };
    world::fill(&mongo).await;
    let service = Service::start(config(&mongo)).await;
    for path in ["/feed/nowhere.atom", "/feed/ambala", "/feed/.atom", "/feed/%3Cscript%3E.atom"] {
        let answer = service.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(!answer.text().await.unwrap().contains("<script"));
    }
    let empty = feed(&service, "hisar").await;
    let document = Document::parse(&empty).unwrap();
    assert_eq!(entries(&document).len(), 0);
    assert!(text(document.root_element(), "updated").starts_with("20"), "{empty}");

    let at = world::now() - 10_000;
    let filings: Vec<_> = (0..60)
        .map(|n| register::filed(n, "hisar", &"07".repeat(32), at + u64::from(n), 300 + u64::from(n)).1)
        .collect();
    mongo.insert(&mongo.views(), "actions", &filings).await;
    let full = feed(&service, "hisar").await;
    let document = Document::parse(&full).unwrap();
    assert_eq!(entries(&document).len(), MAX_FEED_ENTRIES);
    assert!(text(entries(&document)[0], "content").contains(&register::id(59)));
    // A reorganisation that moves an entry to another block leaves its name.
    let name = text(entries(&document)[0], "id").to_owned();
    let moved = bson::doc! { "$set": { "block_number": 999_i64 } };
    mongo
        .views()
        .collection::<bson::Document>("actions")
        .update_one(bson::doc! { "complaint": register::id(59) }, moved)
        .await
        .unwrap();
    let again = feed(&service, "hisar").await;
    assert_eq!(text(entries(&Document::parse(&again).unwrap())[0], "id"), name);
    service.stop().await;
}
