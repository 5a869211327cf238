//! Words and photos that are taken in because the chain names them: over a real store, without chain and IPFS.

mod support {
    pub mod pictures;
    pub mod register;
    mod servers;
    pub mod world;
    pub use servers::*;
}

use bindings::typed_data::note_hash;
use graphql::{Config, EraseError, Erased, Sponsorship, erase, photo::MAX_PHOTO_BYTES};
use protocol::complaint::Text;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use store::views::documents::EntryKind;
use support::{Mongo, Service, config, pictures, register, world};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const NOTE: &str = "फ़्यूज़ बदला। <b>fixed</b>";
const REASON: &str = "Transformer is replaced";

fn taking(mongo: &Mongo) -> Config {
    let sponsorship = Sponsorship {
        effort_bits: 4,
        filings_per_area_and_day: 2,
        remarks_per_area_and_day: 2,
        actions_per_area_and_day: 2,
    };
    Config { sponsorship: Some(sponsorship), ..config(mongo) }
}

/// A service over a complaint with this text, an act with [`NOTE`] and a notice with [`REASON`].
async fn started(text: &Text) -> Option<(Mongo, Service)> {
    let mongo = Mongo::start().await?;
    world::fill(&mongo).await;
    let (complaint, filing) = register::filed(1, "ambala", &protocol::to_hex(&text.digest()), world::now() - 100, 110);
    let act = register::entry(1, "ambala", EntryKind::Action, 2, NOTE, world::now() - 50, 111);
    let views = mongo.views();
    mongo.insert(&views, "complaints", &[complaint]).await;
    mongo.insert(&views, "actions", &[filing, act]).await;
    mongo.insert(&views, "notices", &[register::announced(2, "ambala", REASON, world::now() - 20, 112)]).await;
    let service = Service::start(taking(&mongo)).await;
    Some((mongo, service))
}

fn text(photo: Option<&[u8]>) -> Text {
    Text { photo: photo.map(protocol::digest), salt: [7; 16], words: "dark since Monday".into() }
}

fn hex_digest(bytes: &[u8]) -> String {
    protocol::to_hex(&protocol::digest(bytes))
}

async fn submit(service: &Service, field: &str, argument: &str, words: &str) -> Value {
    let query = format!("mutation ($words: String!) {{ {field}({argument}: $words) }}");
    service.post("/graphql", json!({ "query": query, "variables": { "words": words } }).to_string()).await.1
}

fn refusal(answer: &Value) -> (&str, &str) {
    let error = &answer["errors"][0];
    (error["message"].as_str().unwrap_or_default(), error["extensions"]["code"].as_str().unwrap_or_default())
}

async fn put(service: &Service, digest: &str, bytes: Vec<u8>) -> (StatusCode, String) {
    let answer = service.client.put(format!("{}/photo/{digest}", service.origin)).body(bytes).send().await.unwrap();
    let status = answer.status();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn words_are_taken_if_the_chain_names_them_and_no_others() {
    let Some((mongo, service)) = started(&text(None)).await else { return };
    for words in [NOTE, REASON] {
        let kept = submit(&service, "submitNote", "note", words).await;
        assert_eq!(kept["data"]["submitNote"], note_hash(words).to_string(), "{kept}");
        assert_eq!(submit(&service, "submitNote", "note", words).await, kept, "the same again");
    }
    let data = service
        .data(&format!(
            "{{ complaint(id: \"{}\") {{ actions {{ kind note }} }} notices(areaId: \"ambala\") {{ reason }} }}",
            register::id(1)
        ))
        .await;
    let actions = json!([{ "kind": "FILED", "note": null }, { "kind": "ACKNOWLEDGE", "note": NOTE }]);
    assert_eq!(data["complaint"]["actions"], actions);
    assert_eq!(data["notices"], json!([{ "reason": REASON }]));

    for words in ["Fuse replaced", "", &format!("{NOTE} ")] {
        let refused = submit(&service, "submitNote", "note", words).await;
        assert_eq!(refusal(&refused).1, "BAD_ARGUMENT", "{refused}");
    }
    let other = submit(&service, "submitNote", "note", "Fuse replaced").await;
    assert!(refusal(&other).0.contains("exactly as they were signed"), "{other}");
    let long = submit(&service, "submitNote", "note", &"a".repeat(4_001)).await;
    assert_eq!(refusal(&long), ("a note has at most 4000 characters", "BAD_ARGUMENT"));
    let count = |name: &'static str| {
        let collection = mongo.intake().collection::<bson::Document>(name);
        async move { collection.count_documents(bson::doc! {}).await.unwrap() }
    };
    assert_eq!(count("texts").await, 2);
    // The chain is away: what it might know is not called wrong.
    let query = format!("mutation {{ submitNote(note: \"x\", transactionHash: \"{}\") }}", register::id(3));
    assert_eq!(service.error(&query).await.1, "UNAVAILABLE");
    let query = "mutation { submitNote(note: \"x\", transactionHash: \"0x12\") }";
    assert_eq!(service.error(query).await.1, "BAD_ARGUMENT");
    service.stop().await;
}

#[tokio::test]
async fn a_service_that_takes_nothing_in_says_so() {
    let Some(mongo) = Mongo::start().await else { return };
    let service = Service::start(config(&mongo)).await;
    for (field, argument) in [("submitNote", "note"), ("submitText", "block"), ("submitEvidence", "block")] {
        let refused = submit(&service, field, argument, NOTE).await;
        assert!(refusal(&refused).0.contains("takes nothing in"), "{refused}");
    }
    assert_eq!(put(&service, &"0".repeat(64), vec![7]).await, (StatusCode::FORBIDDEN, "CLOSED".into()));
    service.stop().await;
}

#[tokio::test]
async fn a_photo_that_a_text_names_is_kept_shown_and_served_as_it_was_sent() {
    let photo = pictures::jpeg(640, 480);
    let digest = hex_digest(&photo);
    let text = text(Some(&photo));
    let Some((_mongo, service)) = started(&text).await else { return };
    let shown = format!(
        "{{ complaint(id: \"{}\") {{ text {{ state photo {{ digest state path mediaType sizeBytes widthPx heightPx
            erasure {{ reason }} }} }} }} }}",
        register::id(1)
    );
    let early = put(&service, &digest, photo.clone()).await;
    assert_eq!(early, (StatusCode::NOT_FOUND, "NOT_NAMED".into()), "nothing names it yet");
    let block = String::from_utf8(text.to_bytes()).unwrap();
    assert!(submit(&service, "submitText", "block", &block).await["errors"].is_null());
    let named = service.data(&shown).await["complaint"]["text"]["photo"].clone();
    assert_eq!((&named["state"], &named["digest"], &named["path"]), (&json!("ABSENT"), &json!(digest), &Value::Null));
    assert_eq!(service.get(&format!("/photo/{digest}")).await.status(), 404);

    for _ in 0..2 {
        assert_eq!(put(&service, &digest, photo.clone()).await, (StatusCode::NO_CONTENT, String::new()));
    }
    let held = service.data(&shown).await["complaint"]["text"]["photo"].clone();
    let expected = json!({
        "digest": digest, "state": "HELD", "path": format!("photo/{digest}"), "mediaType": "image/jpeg",
        "sizeBytes": photo.len(), "widthPx": 640, "heightPx": 480, "erasure": null
    });
    assert_eq!(held, expected);
    let answer = service.get(&format!("/photo/{digest}")).await;
    assert_eq!(header(&answer, "content-type"), "image/jpeg");
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    assert_eq!(header(&answer, "content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(header(&answer, "cache-control"), "public, no-cache");
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    let tag = header(&answer, "etag").to_owned();
    assert_eq!(answer.bytes().await.unwrap(), photo, "not changed by a bit");
    let url = format!("{}/photo/{digest}", service.origin);
    let again = service.client.get(&url).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0));
    service.stop().await;
}

#[tokio::test]
async fn what_is_no_photo_is_refused_and_not_kept() {
    let jpeg = pictures::jpeg(64, 64);
    let wrong = [
        ("UNKNOWN_KIND", 415, b"<html><script>alert(1)</script>".to_vec()),
        ("METADATA", 422, pictures::with_segment(&jpeg, 0xe1, b"Exif\0\0MM\0*")),
        ("TRAILING", 422, [&jpeg[..], b"PK\x03\x04"].concat()),
        ("MALFORMED", 422, jpeg[..jpeg.len() - 4].to_vec()),
        ("TOO_MANY_PIXELS", 422, pictures::png(4_000, 8)),
    ];
    let Some((mongo, service)) = started(&text(None)).await else { return };
    for (code, status, bytes) in wrong {
        name_photo(&mongo, &bytes).await;
        let (answered, said) = put(&service, &hex_digest(&bytes), bytes.clone()).await;
        assert_eq!((said.as_str(), answered.as_u16()), (code, status));
        assert_eq!(service.get(&format!("/photo/{}", hex_digest(&bytes))).await.status(), 404);
    }
    name_photo(&mongo, &jpeg).await;
    let other = put(&service, &hex_digest(&jpeg), pictures::jpeg(8, 8)).await;
    assert_eq!(other, (StatusCode::UNPROCESSABLE_ENTITY, "OTHER_DIGEST".into()));
    assert_eq!(put(&service, "ABC", vec![7]).await, (StatusCode::BAD_REQUEST, "BAD_DIGEST".into()));
    too_large(&service, &hex_digest(&jpeg)).await;
    let kept = mongo.intake().collection::<bson::Document>("photos").count_documents(bson::doc! {}).await.unwrap();
    assert_eq!(kept, 0);
    assert_eq!(put(&service, &hex_digest(&jpeg), jpeg).await.0, StatusCode::NO_CONTENT, "and a good one is");
    service.stop().await;
}

/// Has a text name a photo.
async fn name_photo(mongo: &Mongo, photo: &[u8]) {
    let digest = hex_digest(photo);
    let text = bson::doc! { "_id": format!("text of {digest}"), "kind": "text", "block": null, "photo": digest, "received_unix_s": 1_i64 };
    mongo.intake().collection("texts").insert_one(text).await.unwrap();
}

/// Ten megabytes are refused by their announced length before one of them is sent, and unannounced at the limit.
async fn too_large(service: &Service, digest: &str) {
    let address = service.origin.strip_prefix("http://").unwrap();
    let head = format!("PUT /photo/{digest} HTTP/1.1\r\nHost: {address}\r\n");
    let mut announced = tokio::net::TcpStream::connect(address).await.unwrap();
    announced.write_all(format!("{head}Content-Length: 10485760\r\n\r\n").as_bytes()).await.unwrap();
    let said = answer_of(&mut announced).await;
    assert!(said.starts_with("HTTP/1.1 413") && said.contains("at most 2097152 bytes"), "{said}");

    let mut chunked = tokio::net::TcpStream::connect(address).await.unwrap();
    chunked.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await.unwrap();
    let chunk = [&b"10000\r\n"[..], &vec![7; 65_536], b"\r\n"].concat();
    for _ in 0..=MAX_PHOTO_BYTES / 65_536 {
        // Whoever does not listen any more has heard enough.
        if chunked.write_all(&chunk).await.is_err() {
            break;
        }
    }
    let said = answer_of(&mut chunked).await;
    assert!(said.starts_with("HTTP/1.1 413") && said.contains("TOO_LARGE"), "{said}");
}

async fn answer_of(stream: &mut tokio::net::TcpStream) -> String {
    let mut said = vec![0; 4_096];
    let mut length = 0;
    while !String::from_utf8_lossy(&said[..length]).contains('}') {
        match stream.read(&mut said[length..]).await {
            Ok(0) | Err(_) => break,
            Ok(more) => length += more,
        }
    }
    String::from_utf8_lossy(&said[..length]).into_owned()
}

#[tokio::test]
async fn what_is_erased_is_gone_and_said_to_be() {
    let photo = pictures::jpeg(64, 48);
    let text = text(Some(&photo));
    let (photo_digest, text_digest) = (hex_digest(&photo), protocol::to_hex(&text.digest()));
    let Some((mongo, service)) = started(&text).await else { return };
    let config = taking(&mongo);
    let block = String::from_utf8(text.to_bytes()).unwrap();
    assert!(submit(&service, "submitText", "block", &block).await["errors"].is_null());
    assert_eq!(put(&service, &photo_digest, photo.clone()).await.0, StatusCode::NO_CONTENT);
    let shown = format!(
        "{{ complaint(id: \"{}\") {{ textDigest text {{ state words block erasure {{ reason }}
            photo {{ state path erasure {{ reason }} }} }} }} }}",
        register::id(1)
    );

    for reason in ["", " ", &"a".repeat(301)] {
        assert!(matches!(erase(&config, &photo_digest, reason).await, Err(EraseError::Reason)));
    }
    assert_eq!(erase(&config, &photo_digest, "a face").await.unwrap(), Erased::Photo);
    let said = service.data(&shown).await["complaint"]["text"].clone();
    let erased = json!({ "state": "ERASED", "path": null, "erasure": { "reason": "a face" } });
    assert_eq!((&said["photo"], &said["words"]), (&erased, &json!(text.words)));
    let gone = service.get(&format!("/photo/{photo_digest}")).await;
    assert_eq!(gone.status(), 410);
    assert!(gone.text().await.unwrap().contains("a face"));
    let again = put(&service, &photo_digest, photo).await;
    assert_eq!(again, (StatusCode::GONE, "ERASED".into()), "it does not come back");
    let twice = erase(&config, &photo_digest, "a face").await.unwrap_err();
    assert!(matches!(twice, EraseError::Already(_)), "{twice}");

    assert_eq!(erase(&config, &text_digest, "names a neighbour").await.unwrap(), Erased::Text { with_photo: false });
    let said = service.data(&shown).await["complaint"].clone();
    let erased = json!({ "reason": "names a neighbour" });
    assert_eq!(
        said["text"],
        json!({ "state": "ERASED", "words": null, "block": null, "photo": null, "erasure": erased })
    );
    assert_eq!(said["textDigest"], text_digest, "the digest stays");
    assert!(submit(&service, "submitText", "block", &block).await["errors"].is_null());
    assert_eq!(service.data(&shown).await["complaint"]["text"]["state"], "ERASED", "it does not come back");
    let none = erase(&config, &"9".repeat(64), "why").await.unwrap_err();
    assert!(matches!(none, EraseError::NotKept), "{none}");
    assert!(matches!(erase(&config, "9", "why").await, Err(EraseError::Digest(_))));
    service.stop().await;
}

#[tokio::test]
async fn a_text_is_erased_with_its_photo() {
    let photo = pictures::webp(64, 48);
    let text = text(Some(&photo));
    let Some((mongo, service)) = started(&text).await else { return };
    let block = String::from_utf8(text.to_bytes()).unwrap();
    assert!(submit(&service, "submitText", "block", &block).await["errors"].is_null());
    assert_eq!(put(&service, &hex_digest(&photo), photo.clone()).await.0, StatusCode::NO_CONTENT);
    let text_digest = protocol::to_hex(&text.digest());
    let erased = erase(&taking(&mongo), &text_digest, "by the filer's wish").await.unwrap();
    assert_eq!(erased, Erased::Text { with_photo: true });
    assert_eq!(service.get(&format!("/photo/{}", hex_digest(&photo))).await.status(), 410);
    // Nothing that is kept tells what it was, but for the photo's own digest.
    for collection in ["texts", "photos"] {
        let held =
            mongo.intake().collection::<bson::Document>(collection).find_one(bson::doc! {}).await.unwrap().unwrap();
        assert!(!held.to_string().contains("dark since Monday") && held.get_binary_generic("bytes").is_err(), "{held}");
    }
    service.stop().await;
}

#[tokio::test]
async fn an_officials_words_stay_and_a_citizens_can_be_erased() {
    const SAID: &str = "my neighbour Ram has power";
    let Some((mongo, service)) = started(&text(None)).await else { return };
    let config = taking(&mongo);
    for words in [NOTE, REASON] {
        submit(&service, "submitNote", "note", words).await;
        let kept = erase(&config, &note_hash(words).to_string(), "inconvenient").await.unwrap_err();
        assert!(matches!(kept, EraseError::Official), "{kept}");
    }
    let mut remark = register::entry(1, "ambala", EntryKind::Remark, 2, SAID, world::now() - 10, 113);
    (remark.signer_level, remark.signer) = (None, register::account(0xf1));
    mongo.insert(&mongo.views(), "actions", &[remark]).await;
    submit(&service, "submitNote", "note", SAID).await;
    let payload = json!({ "remark": { "note": SAID }, "deadline": 1 }).to_string();
    let submission = bson::doc! {
        "_id": register::id(9), "kind": "remark", "area_id": "ambala", "payload": payload,
        "signer": register::account(0xf1), "signature": bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1] },
        "text": null, "evidence": null, "deadline_unix_s": 1_i64, "received_unix_ms": 1_i64, "state": "mined", "reason": null,
        "reason_name": null, "transactions": [], "block_number": 1_i64,
    };
    let submissions = mongo.intake().collection::<bson::Document>("submissions");
    submissions.insert_one(submission).await.unwrap();
    let digest = note_hash(SAID).to_string();
    let early = erase(&config, &digest, "names a neighbour").await.unwrap_err();
    assert!(matches!(early, EraseError::UnderWay(_)), "{early}");
    submissions.update_one(bson::doc! {}, bson::doc! { "$set": { "state": "final" } }).await.unwrap();
    assert_eq!(erase(&config, &digest, "names a neighbour").await.unwrap(), Erased::Note { submissions: 1 });
    assert!(!submissions.find_one(bson::doc! {}).await.unwrap().unwrap().to_string().contains("Ram"));
    let query =
        format!("{{ complaint(id: \"{}\") {{ actions {{ note noteErasure {{ reason }} }} }} }}", register::id(1));
    let actions = service.data(&query).await["complaint"]["actions"].clone();
    assert_eq!(actions[1], json!({ "note": NOTE, "noteErasure": null }));
    assert_eq!(actions[2], json!({ "note": null, "noteErasure": { "reason": "names a neighbour" } }));
    service.stop().await;
}
