//! The built web page: where it lies, and how it comes to IPFS.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use tokio_util::task::AbortOnDropHandle;

use crate::{error::DevnetError, up::Progress};

/// Files of a page; a build has some dozens.
const MAX_FILES: usize = 5_000;
/// Bytes of a page, which are held in memory while they are sent.
const MAX_BYTES: u64 = 128 << 20;
/// How long a node may take to store the page.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How the CID comes about, whatever the node's own defaults are: the page's build computes the same.
const OPTIONS: &str = "cid-version=1&raw-leaves=true&chunker=size-262144&max-file-links=174&hash=sha2-256\
                       &wrap-with-directory=true&pin=true";

/// The page's build in the checkout, if there is one.
#[must_use]
pub fn built() -> Option<PathBuf> {
    let folder = crate::tools::root().join("dapp/.output/public");
    folder.join("index.html").exists().then_some(folder)
}

/// The page on its way to IPFS, beside everything else. Dropped, it is given up.
#[derive(Debug)]
pub struct Publishing(AbortOnDropHandle<Result<String, DevnetError>>);

impl Publishing {
    /// Begins, if the page is built.
    pub fn begin(api_url: &str, progress: Progress<'_>) -> Option<Self> {
        let Some(folder) = built() else {
            progress("the page is not built (npm run -w dapp build): neither served here nor put on IPFS");
            return None;
        };
        let api_url = api_url.to_owned();
        let task = tokio::spawn(async move { publish(&api_url, &folder).await });
        Some(Self(AbortOnDropHandle::new(task)))
    }

    /// The CID, or why there is none; nothing while it is not decided.
    pub async fn wait(&mut self, patience: Duration) -> Option<Result<String, DevnetError>> {
        let done = tokio::time::timeout(patience, &mut self.0).await.ok()?;
        Some(done.unwrap_or_else(|error| Err(DevnetError::Ipfs(error.to_string()))))
    }
}

/// A line of the answer of Kubo's `add`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Added {
    name: String,
    #[serde(default)]
    hash: String,
}

/// Adds a folder through Kubo's RPC and pins it; gives its CID. Repeated, it changes nothing.
///
/// `ipfs-api-backend-hyper` knows `add` for one file, and folders with the node's own defaults only: so the request is
/// made here.
///
/// # Errors
/// The folder cannot be read, or the node does not take it.
pub async fn publish(api_url: &str, folder: &Path) -> Result<String, DevnetError> {
    let failed = |error: reqwest::Error| DevnetError::Ipfs(error.without_url().to_string());
    let mut files = Vec::new();
    list(folder, "", &mut files)?;
    if files.is_empty() {
        return Err(DevnetError::Ipfs(format!("{} holds no file", folder.display())));
    }
    let mut form = Form::new();
    let mut bytes = 0;
    for (name, path) in files {
        let content = tokio::fs::read(&path).await.map_err(DevnetError::file(&path))?;
        bytes += content.len() as u64;
        if bytes > MAX_BYTES {
            return Err(DevnetError::Ipfs(format!("{} has more than {MAX_BYTES} bytes", folder.display())));
        }
        // Kubo reads a part's file name as it reads a query.
        let name = utf8_percent_encode(&name, NON_ALPHANUMERIC).to_string();
        form = form.part("file", Part::bytes(content).file_name(name));
    }
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(failed)?;
    let url = format!("{}/api/v0/add?{OPTIONS}", api_url.trim_end_matches('/'));
    let answer = client.post(url).multipart(form).send().await.map_err(failed)?;
    let status = answer.status();
    let text = answer.text().await.map_err(failed)?;
    if !status.is_success() {
        return Err(DevnetError::Ipfs(format!("add: {status}: {}", text.trim())));
    }
    // The folder around everything has no name, and comes last.
    let last = text.lines().rev().find_map(|line| serde_json::from_str::<Added>(line).ok());
    match last {
        Some(Added { name, hash }) if name.is_empty() && !hash.is_empty() => Ok(hash),
        _ => Err(DevnetError::Ipfs("add ended before the folder was stored".into())),
    }
}

/// The files below a folder, with their names from there, in the order of the names.
fn list(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), DevnetError> {
    let read = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = read.map_err(DevnetError::file(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            return Err(DevnetError::Ipfs(format!("{} is not UTF-8", path.display())));
        };
        if path.is_dir() {
            list(&path, &format!("{prefix}{name}/"), files)?;
        } else {
            files.push((format!("{prefix}{name}"), path));
        }
        if files.len() > MAX_FILES {
            return Err(DevnetError::Ipfs(format!("more than {MAX_FILES} files in the page")));
        }
    }
    Ok(())
}
