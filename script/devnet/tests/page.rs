//! The page's way to IPFS: a folder goes in through Kubo's RPC, a page comes out of the gateway by its CID.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use devnet::{page, tools::Tools};
use tempfile::TempDir;

/// An IPFS node of its own, ended with the value.
struct Node {
    child: Child,
    api_url: String,
    gateway_url: String,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn node(repo: &Path) -> Node {
    let program = Tools::find().expect("tools").service("ipfs-node");
    let mut command = Command::new(program);
    command.arg("--repo").arg(repo).args(["--api", "127.0.0.1:0", "--gateway", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |word: &str| words[words.iter().position(|other| *other == word).expect(word) + 1].to_owned();
    Node { api_url: after("api"), gateway_url: after("gateway"), child }
}

#[tokio::test]
async fn a_folder_is_published_under_its_cid() {
    let (repo, folder) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    fs::create_dir_all(folder.path().join("_nuxt/deep er")).expect("folders");
    let files = [("index.html", "<p>a page"), ("_nuxt/a+b.js", "export {}"), ("_nuxt/deep er/क.css", "a {}")];
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    let node = node(repo.path());
    let cid = page::publish(&node.api_url, folder.path()).await.expect("published");
    // By npm's ipfs-unixfs-importer 17.1.1, as the page's build has it.
    assert_eq!(cid, "bafybeifi77nos7e55mckkrx23zbueul7rflylyrxoz5dm76ged66ewlp2a");
    assert_eq!(page::publish(&node.api_url, folder.path()).await.expect("again"), cid);
    for (path, content) in [("", "<p>a page"), ("_nuxt/a+b.js", "export {}"), ("_nuxt/deep%20er/%E0%A4%95.css", "a {}")]
    {
        let answer = reqwest::get(format!("{}/ipfs/{cid}/{path}", node.gateway_url)).await.expect("an answer");
        assert_eq!(answer.text().await.expect("text"), content, "{path}");
    }
    let pins = format!("{}/api/v0/pin/ls?arg={cid}", node.api_url);
    let pins = reqwest::Client::new().post(pins).send().await.expect("an answer").text().await.expect("text");
    assert!(pins.contains("recursive"), "{pins}");
}

#[tokio::test]
async fn what_cannot_be_published_says_why() {
    let (repo, folder) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    let node = node(repo.path());
    let said = |result: Result<String, devnet::error::DevnetError>| result.expect_err("refused").to_string();
    let text = said(page::publish(&node.api_url, folder.path()).await);
    assert!(text.contains("holds no file"), "{text}");
    let text = said(page::publish(&node.api_url, &folder.path().join("nowhere")).await);
    assert!(text.contains("nowhere"), "{text}");
    // The gateway is no RPC.
    fs::write(folder.path().join("index.html"), "<p>a page").expect("a file");
    let text = said(page::publish(&node.gateway_url, folder.path()).await);
    assert!(text.starts_with("IPFS: add: 404"), "{text}");
    let api_url = node.api_url.clone();
    drop(node);
    assert!(said(page::publish(&api_url, folder.path()).await).starts_with("IPFS: "));
}
