//! The command `ipfs-node`: what its process leaves behind, and what it opens.

use std::{
    collections::HashSet,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{HELLO, HELLO_CID, client, get, pin_of, put};

/// A running `ipfs-node`, killed when it goes out of scope.
struct Process {
    child: Child,
    api_url: String,
}

async fn spawn(repo: &Path, extra: &[&str]) -> Process {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ipfs-node"))
        .args(["--api", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--repo"])
        .arg(repo)
        .args(extra)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("ipfs-node starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let ready = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await.expect("ready in time");
    let ready = ready.unwrap().expect("a line before the end");
    let words: Vec<_> = ready.split(' ').collect();
    assert_eq!(&words[..3], ["ipfs-node", "ready:", "api"], "{ready}");
    Process { api_url: words[3].to_owned(), child }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill() {
    let repo = tempfile::tempdir().unwrap();
    let mut put_before: Vec<(String, Vec<u8>)> = Vec::new();
    for round in 0..3_u32 {
        let mut process = spawn(repo.path(), &[]).await;
        let client = client(&process.api_url);
        for (cid, data) in &put_before {
            assert_eq!(&get(&client, cid).await.unwrap(), data);
            assert_eq!(pin_of(&client, cid).await.unwrap(), "recursive");
        }
        for n in 0..20_u32 {
            let data = [round.to_be_bytes(), n.to_be_bytes()].concat();
            put_before.push((put(&client, &data, true).await.unwrap(), data));
        }
        // In the middle of another put, too.
        let under_way = tokio::spawn(async move { put(&client, &vec![1; 900_000], true).await });
        process.child.kill().await.unwrap();
        let _ = under_way.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_end_is_followed_in_order() {
    let repo = tempfile::tempdir().unwrap();
    for name in ["TERM", "INT"] {
        let mut process = spawn(repo.path(), &[]).await;
        put(&client(&process.api_url), HELLO, true).await.unwrap();
        let pid = process.child.id().expect("running").to_string();
        let started = Instant::now();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().await.unwrap().success());
        let status = tokio::time::timeout(Duration::from_secs(15), process.child.wait()).await.expect("ends in time");
        assert!(status.unwrap().success(), "{name}");
        assert!(started.elapsed() < Duration::from_secs(5), "{name}: {:?}", started.elapsed());
    }
    let process = spawn(repo.path(), &[]).await;
    assert_eq!(get(&client(&process.api_url), HELLO_CID).await.unwrap(), HELLO);
}

/// No DHT, no mDNS, no relay: only the sockets asked for, and those on the loopback interface.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_sockets_asked_for_are_open() {
    let repo = tempfile::tempdir().unwrap();
    let process = spawn(repo.path(), &[]).await;
    assert_eq!(sockets(&process.child), (vec!["0100007F".to_owned(); 2], 0));
    drop(process);
    let repo = tempfile::tempdir().unwrap();
    let process = spawn(repo.path(), &["--swarm", "/ip4/127.0.0.1/tcp/0"]).await;
    assert_eq!(sockets(&process.child), (vec!["0100007F".to_owned(); 3], 0));
}

/// The addresses (as the kernel writes them) at which a process listens for TCP, and the number of its UDP sockets.
fn sockets(child: &Child) -> (Vec<String>, usize) {
    let process = format!("/proc/{}", child.id().expect("running"));
    let own: HashSet<String> = std::fs::read_dir(format!("{process}/fd"))
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()?.to_str().map(str::to_owned))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = |name: &str| -> Vec<(String, String)> {
        let text = std::fs::read_to_string(format!("{process}/net/{name}")).unwrap_or_default();
        let rows = text.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        // Local address, state, ..., inode in column 9.
        rows.filter(|row| own.contains(row[9])).map(|row| (row[1].to_owned(), row[3].to_owned())).collect()
    };
    let listen = "0A";
    let tcp = [table("tcp"), table("tcp6")].concat();
    let listening = tcp.into_iter().filter(|(_, state)| state == listen);
    let addresses = listening.map(|(address, _)| address.split(':').next().unwrap_or("").to_owned()).collect();
    (addresses, table("udp").len() + table("udp6").len())
}
