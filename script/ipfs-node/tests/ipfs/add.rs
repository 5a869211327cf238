//! `add`: the CIDs of files and folders against an independent importer and against what Kubo is known to print, and the
//! answers against Kubo's.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ipfs_api_backend_hyper::IpfsApi as _;
use ipfs_node::limits;
use reqwest::{
    Client,
    multipart::{Form, Part},
};
use serde_json::Value;

use super::{HELLO, HELLO_CID, client, pin_of, start};

/// Kubo's word for a multipart part that is a folder.
const FOLDER: &str = "application/x-directory";

/// A multipart body of files, named as given; a name that ends in a slash is a folder.
pub(super) fn form(files: &[(&str, &[u8])]) -> Form {
    files.iter().fold(Form::new(), |form, (name, data)| {
        let part = Part::bytes(data.to_vec()).file_name((*name).to_owned());
        form.part("file", if name.ends_with('/') { part.mime_str(FOLDER).unwrap() } else { part })
    })
}

/// Status and text of the answer.
async fn send(api_url: &str, options: &str, form: Form) -> (u16, String) {
    let url = format!("{api_url}/api/v0/add?{options}");
    let answer = Client::new().post(url).multipart(form).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The answer's lines as (name, CID, size).
pub(super) async fn add(api_url: &str, options: &str, form: Form) -> Vec<(String, String, u64)> {
    let (status, text) = send(api_url, options, form).await;
    assert_eq!(status, 200, "{text}");
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("{name} in {line}")).to_owned();
        (field("Name"), field("Hash"), field("Size").parse().unwrap())
    };
    text.lines().map(line).collect()
}

/// What an error says; its status must be Kubo's.
async fn refusal(api_url: &str, options: &str, form: Form) -> String {
    let (status, text) = send(api_url, options, form).await;
    assert_eq!(status, 500, "{text}");
    serde_json::from_str::<Value>(&text).unwrap()["Message"].as_str().unwrap().to_owned()
}

fn named(lines: &[(String, String, u64)]) -> Vec<(&str, &str, u64)> {
    lines.iter().map(|(name, cid, size)| (name.as_str(), cid.as_str(), *size)).collect()
}

/// Bytes in which no chunk is like another.
pub(super) fn noise(len: usize) -> Vec<u8> {
    let mut state = len as u64 | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len.div_ceil(8)).flat_map(|_| next()).take(len).collect()
}

/// Files at every size where the shape of a file's tree changes, in folders within folders.
fn tree(folder: &Path) {
    let files: [(&str, usize); 9] = [
        ("index.html", 1_000),
        ("a/b/c/deep", 5),
        ("a/b/क ख&+%20.txt", 12),
        ("a/empty", 0),
        ("sizes/chunk-less-one", 262_143),
        ("sizes/chunk", 262_144),
        ("sizes/chunk-and-one", 262_145),
        ("sizes/174-chunks", 174 * 262_144),
        ("sizes/175-chunks-and-some", 175 * 262_144 + 77),
    ];
    for (path, len) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, noise(len)).unwrap();
    }
    fs::create_dir_all(folder.join("a/empty-folder")).unwrap();
    // Alike chunks: one block, linked many times.
    fs::write(folder.join("sizes/alike"), vec![7; 600_000]).unwrap();
    for n in 0..300 {
        fs::create_dir_all(folder.join("many")).unwrap();
        fs::write(folder.join(format!("many/{n}")), n.to_string()).unwrap();
    }
}

fn parts_below(folder: &Path, prefix: &str, form: Form) -> Form {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().fold(form, |form, path| {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        // As Kubo's own client writes it.
        let escaped = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC).to_string();
        if path.is_dir() {
            let part = Part::bytes(vec![]).file_name(escaped).mime_str(FOLDER).unwrap();
            return parts_below(&path, &format!("{name}/"), form.part("file", part));
        }
        form.part("file", Part::bytes(fs::read(&path).unwrap()).file_name(escaped))
    })
}

/// What npm's importer makes of a folder: CIDs by path.
fn imported(folder: &Path, cid_version: &str) -> Option<BTreeMap<String, String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join("node_modules/ipfs-unixfs-importer").is_dir() {
        eprintln!(
            "SKIPPED: CIDs against an independent importer, for want of node_modules/ipfs-unixfs-importer (npm ci)"
        );
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ipfs/unixfs-importer.mjs");
    let output = Command::new("node").arg(script).arg(folder).arg(cid_version).output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    Some(lines.map(|(cid, path)| (path.to_owned(), cid.to_owned())).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_folders_have_the_cids_of_an_independent_importer() {
    let (repo, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    tree(folder.path());
    let node = start(repo.path()).await;
    for version in ["1", "0"] {
        let Some(expected) = imported(folder.path(), version) else { break };
        let options = format!("cid-version={version}&wrap-with-directory=true&quieter=true");
        let lines = add(&node.api_url(), &options, parts_below(folder.path(), "", Form::new())).await;
        let made: BTreeMap<_, _> = lines.iter().map(|(name, cid, _)| (name.clone(), cid.clone())).collect();
        // The importer tells of no empty folder, but its parent's CID does.
        assert!(made.contains_key("a/empty-folder"));
        assert_eq!((lines.len(), made.len()), (expected.len() + 1, expected.len() + 1));
        let differing: Vec<_> = expected.iter().filter(|(path, cid)| made.get(*path) != Some(*cid)).collect();
        assert!(differing.is_empty(), "the importer has {differing:?}");
        let (name, root, _) = lines.last().unwrap();
        assert_eq!(name, "");
        assert_eq!(pin_of(&client(&node.api_url()), root).await.unwrap(), "recursive");
        // Without the folder around them, the folders at the top are the same.
        let lone = add(
            &node.api_url(),
            &options.replace("true", "false"),
            parts_below(&folder.path().join("a"), "a/", Form::new()),
        )
        .await;
        let (name, cid, _) = lone.last().unwrap();
        assert_eq!((name.as_str(), cid), ("a", &expected["a"]));
    }
    // The largest comes back as it went in.
    let file = fs::read(folder.path().join("sizes/175-chunks-and-some")).unwrap();
    let lines = add(&node.api_url(), "cid-version=1&pin=false", form(&[("large", &file)])).await;
    let answer = reqwest::get(format!("{}/ipfs/{}", node.gateway_url(), lines[0].1)).await.unwrap();
    assert_eq!(answer.content_length(), Some(file.len() as u64));
    assert!(answer.bytes().await.unwrap() == file, "other bytes than were added");
    node.shutdown().await;
}

/// Values that Kubo's documentation and a real Kubo print.
#[tokio::test(flavor = "multi_thread")]
async fn files_and_folders_have_the_cids_that_kubo_is_known_for() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let api = node.api_url();
    let hello = [("hello.txt", HELLO)];
    assert_eq!(named(&add(&api, "cid-version=1", form(&hello)).await), [("hello.txt", HELLO_CID, 12)]);
    // `echo 'hello world' | ipfs add`, in every introduction to IPFS.
    let first = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
    assert_eq!(named(&add(&api, "", form(&hello)).await), [("hello.txt", first, 20)]);
    // Without a name, a file is named by its CID.
    assert_eq!(named(&add(&api, "", form(&[("", HELLO)])).await), [(first, first, 20)]);
    // The empty folder and the empty file.
    let empty = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
    assert_eq!(named(&add(&api, "", form(&[("nothing/", b"")])).await), [("nothing", empty, 4)]);
    let empty = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
    assert_eq!(named(&add(&api, "cid-version=1", form(&[("nothing/", b"")])).await), [("nothing", empty, 4)]);
    let empty = "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH";
    assert_eq!(named(&add(&api, "", form(&[("none", b"")])).await), [("none", empty, 6)]);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_kubos_lines_in_kubos_order() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let api = node.api_url();
    let files: [(&str, &[u8]); 5] =
        [("d%2Fz", b"z"), ("d%2Fsub%2Fa+b%2Bc", b"a"), ("d%2Fa", b"a"), ("lone", b"l"), ("/e/", b"")];
    let names = |lines: &[(String, String, u64)]| -> Vec<String> { lines.iter().map(|line| line.0.clone()).collect() };
    let lines = add(&api, "cid-version=1", form(&files)).await;
    assert_eq!(names(&lines), ["d/z", "d/sub/a b+c", "d/a", "d/sub", "d", "lone", "e"]);
    // Each entry at the top is pinned by itself, and nothing else is.
    let pins = client(&api);
    for (name, cid, _) in &lines {
        let expected = if ["d", "lone", "e"].contains(&name.as_str()) { "recursive" } else { "indirect through" };
        assert!(pin_of(&pins, cid).await.unwrap().starts_with(expected), "{name}");
    }
    let wrapped = add(&api, "cid-version=1&wrap-with-directory=true", form(&files)).await;
    assert_eq!(names(&wrapped), ["d/z", "d/sub/a b+c", "d/a", "lone", "d/sub", "d", "e", ""]);

    let (_, text) = send(&api, "cid-version=1&progress=true", form(&[("f", &[1; 600_000]), ("g", b"")])).await;
    let lines: Vec<_> = text.lines().collect();
    let last = "{\"Name\":\"f\",\"Bytes\":600000}";
    let at = lines.iter().rposition(|line| *line == last).expect("the last progress");
    assert!(at >= 2 && lines[..at].iter().all(|line| line.starts_with("{\"Name\":\"f\",\"Bytes\":")), "{text}");
    assert!(lines[at + 1].starts_with("{\"Name\":\"f\",\"Hash\":\"bafybei"), "{text}");
    assert!(lines[at + 1].ends_with(",\"Size\":\"600158\"}"), "{text}");
    assert_eq!(lines[at + 2], "{\"Name\":\"g\"}");

    let (status, text) = send(&api, "silent=true", form(&[("f", b"1")])).await;
    assert_eq!((status, text.as_str()), (200, ""));
    let url = format!("{api}/api/v0/add");
    let answer = Client::new().post(url).multipart(form(&[("f", b"1")])).send().await.unwrap();
    assert_eq!(
        (&answer.headers()["content-type"], &answer.headers()["x-chunked-output"]),
        (&"application/json".parse().unwrap(), &"1".parse().unwrap())
    );
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_hash_stores_nothing_and_a_pin_can_be_left_out() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let (api, files) = (node.api_url(), [("d/f", HELLO), ("d/g", b"other" as &[u8])]);
    let hashed = add(&api, "cid-version=1&only-hash=true", form(&files)).await;
    for (_, cid, _) in &hashed {
        let url = format!("{api}/api/v0/block/stat?arg={cid}");
        assert_eq!(Client::new().post(url).send().await.unwrap().status(), 500, "{cid} is stored");
    }
    let unpinned = add(&api, "cid-version=1&pin=false", form(&files)).await;
    assert_eq!(unpinned, hashed);
    for (_, cid, _) in &unpinned {
        assert!(pin_of(&client(&api), cid).await.is_err(), "{cid} is pinned");
    }
    // A repeat with a pin finds the blocks and pins them.
    assert_eq!(add(&api, "cid-version=1", form(&files)).await, hashed);
    assert_eq!(pin_of(&client(&api), &hashed[2].1).await.unwrap(), "recursive");
    node.shutdown().await;
    // And all of it is there after a restart.
    let node = start(repo.path()).await;
    assert_eq!(pin_of(&client(&node.api_url()), &hashed[2].1).await.unwrap(), "recursive");
    let answer = reqwest::get(format!("{}/ipfs/{}/f", node.gateway_url(), hashed[2].1)).await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), HELLO);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_added_is_refused_in_words() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let api = node.api_url();
    let one = || form(&[("f", HELLO)]);
    let options = [
        ("cid-version=2", "cid-version \"2\" is not supported"),
        ("hash=sha3-256", "hash \"sha3-256\" is not supported"),
        ("chunker=size-1048576", "chunker \"size-1048576\" is not supported"),
        ("trickle=true", "trickle \"true\" is not supported"),
        ("inline=true", "inline \"true\" is not supported"),
        ("nocopy=true", "nocopy \"true\" is not supported"),
        ("to-files=/x", "to-files \"/x\" is not supported"),
        ("pin=perhaps", "invalid pin \"perhaps\""),
    ];
    for (option, expected) in options {
        let said = refusal(&api, option, one()).await;
        assert!(said.starts_with(expected), "{said}");
    }
    let nothing = Client::new().post(format!("{api}/api/v0/add")).body("--b--\r\n");
    let nothing = nothing.header("content-type", "multipart/form-data; boundary=b").send().await.unwrap();
    assert!(nothing.text().await.unwrap().contains("expected a file argument"));
    let bodies: [(Form, &str); 9] = [
        (Form::new(), "multipart body: incomplete multipart stream"),
        (form(&[("../f", HELLO)]), "invalid file name"),
        (form(&[("a/%2e%2e/%2e%2e/f", HELLO)]), "invalid file name"),
        (form(&[(&["n"; limits::MAX_PATH_NAMES + 1].join("/"), HELLO)]), "invalid file name"),
        (form(&[("d/f", HELLO), ("d/f", HELLO)]), "directory already has entry by that name: \"d/f\""),
        (form(&[("d/f", HELLO), ("d/f/g", HELLO)]), "directory already has entry by that name"),
        (form(&[("d/f/g", HELLO), ("d/f", HELLO)]), "directory already has entry by that name"),
        (form(&[("/", HELLO)]), "multipart body: a folder without a name"),
        (
            Form::new().part("file?mode=0644", Part::bytes(HELLO).file_name("f")).percent_encode_noop(),
            "file metadata \"mode=0644\" is not supported",
        ),
    ];
    for (body, expected) in bodies {
        let said = refusal(&api, "cid-version=1", body).await;
        assert!(said.starts_with(expected), "{said}");
    }
    let link = Part::bytes(HELLO).file_name("l").mime_str("application/symlink").unwrap();
    assert!(refusal(&api, "", Form::new().part("file", link)).await.starts_with("part \"l\" is not supported"));
    assert!(client(&api).pin_ls(None, None).await.unwrap().keys.is_empty(), "something refused was pinned");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_at_once_is_refused_and_the_client_reads_why() {
    let repo = tempfile::tempdir().unwrap();
    let node = start(repo.path()).await;
    let api = node.api_url();
    let names: Vec<String> = (0..=limits::MAX_ADD_ENTRIES).map(|n| format!("d/{n}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"" as &[u8])).collect();
    let said = refusal(&api, "only-hash=true", form(&many)).await;
    assert_eq!(said, format!("files and folders in one request: at most {}", limits::MAX_ADD_ENTRIES));

    // Kubo would spread these over several blocks: 1000 names of 240 bytes with CIDs of 36.
    let names: Vec<String> = (0..1000).map(|n| format!("d/{n:0240}")).collect();
    let long: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"" as &[u8])).collect();
    let said = refusal(&api, "cid-version=1&only-hash=true", form(&long)).await;
    assert!(
        said.starts_with("names and CIDs of folder \"d\" have 276000 bytes, which takes a sharded folder"),
        "{said}"
    );
    assert_eq!(add(&api, "cid-version=1&only-hash=true", form(&long[..900])).await.len(), 901);

    // 257 files that share their megabyte here, not there.
    let megabyte = axum::body::Bytes::from(vec![0; 1024 * 1024]);
    let large = (0..=limits::MAX_ADD_BYTES / 1024 / 1024)
        .fold(Form::new(), |form, n| form.part("file", Part::stream(megabyte.clone()).file_name(format!("large-{n}"))));
    let said = refusal(&api, "cid-version=1&only-hash=true", large).await;
    assert_eq!(said, format!("bytes of files in one request: at most {}", limits::MAX_ADD_BYTES));
    node.shutdown().await;
}
