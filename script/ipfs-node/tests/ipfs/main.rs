//! The embedded IPFS node, driven as the services drive it: over Kubo's RPC with `ipfs-api-backend-hyper`, over the
//! gateway with a plain HTTP client, and by an independent client, npm's `kubo-rpc-client`.

mod add;
mod gateway;
mod hostile;
mod process;
mod rpc;
mod swap;
mod website;

use std::{io::Cursor, path::Path, time::Duration};

use futures::TryStreamExt;
use ipfs_api_backend_hyper::{Error, IpfsApi, IpfsClient, TryFromUri, request::BlockPut};
use ipfs_node::{Config, Node};

/// What `printf 'hello world\n' | ipfs block put` prints.
const HELLO: &[u8] = b"hello world\n";
const HELLO_CID: &str = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";
/// Raw, SHA-256 of 32 zero bytes' worth of digest: a block that nobody can have.
const NOBODYS_CID: &str = "bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Short, so that tests of what is missing are short.
const FETCH_TIMEOUT: Duration = Duration::from_millis(800);

fn config(repo: &Path) -> Config {
    Config { fetch_timeout: FETCH_TIMEOUT, ..Config::new(repo) }
}

async fn start(repo: &Path) -> Node {
    Node::start(config(repo)).await.expect("a node starts")
}

fn client(api_url: &str) -> IpfsClient {
    IpfsClient::from_str(api_url).expect("a URL")
}

async fn put(client: &IpfsClient, data: &[u8], pin: bool) -> Result<String, Error> {
    let options = BlockPut { format: Some("raw"), mhtype: Some("sha2-256"), mhlen: None, pin: Some(pin) };
    Ok(client.block_put_with_options(Cursor::new(data.to_vec()), options).await?.key)
}

async fn get(client: &IpfsClient, cid: &str) -> Result<Vec<u8>, Error> {
    client.block_get(cid).map_ok(|chunk| chunk.to_vec()).try_concat().await
}

/// How a CID is pinned, if it is.
async fn pin_of(client: &IpfsClient, cid: &str) -> Result<String, Error> {
    let mut listed = client.pin_ls(Some(cid), None).await?.keys;
    assert_eq!(listed.len(), 1);
    Ok(listed.remove(cid).expect("the CID asked for").typ)
}

/// The message of Kubo's error JSON.
fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Api(error)) => error.message,
        other => panic!("expected an error of the RPC, got {other:?}"),
    }
}
