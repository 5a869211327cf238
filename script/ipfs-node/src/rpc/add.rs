//! `add`: files and folders of a multipart body become blocks of UnixFS.
//!
//! The answer is Kubo's stream of JSON lines, and begins when all is stored: an error has a status and words, and no
//! client takes half of a folder for all of it.

use std::sync::Arc;

use axum::{
    extract::{
        Multipart, State,
        multipart::{Field, MultipartError, MultipartRejection},
    },
    http::{StatusCode, header},
    response::Response,
};
use cid::Version;
use serde::Serialize;

use super::{Parameters, Rpc, chunked};
use crate::{
    Error,
    blocks::{Blocks, Reach},
    limits,
    unixfs::{Added, FileBuilder, Format, Names, Tree},
};

/// The largest body read at all (see [`limits::MAX_ADD_BYTES`]).
pub(super) const MAX_BODY_BYTES: usize = 2 * limits::MAX_ADD_BYTES as usize;
/// A line of progress is due after so many bytes of a file, as in Kubo.
const PROGRESS_BYTES: u64 = 256 * 1024;

/// Adds what is in the body: a line `{"Name","Hash","Size"}` for each file, then for each folder, the outermost last.
pub(super) async fn add(
    State(rpc): State<Rpc>,
    parameters: Parameters,
    body: Result<Multipart, MultipartRejection>,
) -> Result<Response, Error> {
    let mut adding = Adding::new(&parameters, rpc.blocks)?;
    let mut body = body.map_err(|error| Error::Body(error.body_text()))?;
    let received = async {
        let result = adding.receive(&mut body).await;
        if result.is_err() {
            // The rest is read all the same, so that the client sees the reason and not a closed connection.
            while let Ok(Some(_)) = body.next_field().await {}
        }
        result
    };
    let late = |_| Error::ReceiveTimedOut(limits::ADD_TIMEOUT.as_secs());
    tokio::time::timeout(limits::ADD_TIMEOUT, received).await.map_err(late)??;
    Ok(chunked(adding.lines))
}

/// One `add` under way.
struct Adding {
    options: Options,
    blocks: Arc<Blocks>,
    /// Of the folder under way: that around everything with `wrap-with-directory`, else the one that the last part is in.
    tree: Tree,
    /// The name of that folder in the request.
    folder: Option<String>,
    /// Files and folders that are not in the folder under way.
    entries: usize,
    bytes: u64,
    lines: String,
}

/// A line of the answer, its fields in Kubo's order; those that do not apply are left out.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
}

impl<'a> Line<'a> {
    fn added(name: &'a str, added: &Added) -> Self {
        Self { name, hash: Some(added.cid.to_string()), bytes: None, size: Some(added.size.to_string()) }
    }

    fn progress(name: &'a str, bytes: u64) -> Self {
        Self { name, bytes: Some(bytes).filter(|bytes| *bytes > 0), ..Self::default() }
    }
}

#[derive(Clone, Copy)]
struct Options {
    format: Format,
    wrap: bool,
    only_hash: bool,
    pin: bool,
    progress: bool,
    silent: bool,
}

impl Options {
    fn read(parameters: &Parameters) -> Result<Self, Error> {
        supported(parameters)?;
        let cid_version = match parameters.text("cid-version") {
            None | Some("0") => Version::V0,
            Some("1") => Version::V1,
            Some(other) => {
                return Err(Error::Unsupported { what: "cid-version", value: other.into(), supported: "0 and 1" });
            }
        };
        let raw_leaves = parameters.flag("raw-leaves", cid_version == Version::V1)?;
        Ok(Self {
            format: Format { cid_version, raw_leaves },
            wrap: parameters.flag("wrap-with-directory", false)?,
            only_hash: parameters.flag("only-hash", false)?,
            pin: parameters.flag("pin", true)?,
            progress: parameters.flag("progress", false)?,
            silent: parameters.flag("silent", false)?,
        })
    }
}

/// Refuses what would give other CIDs than Kubo's defaults, or leave other marks than blocks and a pin. `quiet` and
/// `quieter` are the command line's: Kubo's RPC answers the same with them.
fn supported(parameters: &Parameters) -> Result<(), Error> {
    let only = [
        ("chunker", "size-262144"),
        ("hash", "sha2-256"),
        ("max-file-links", "174"),
        ("max-directory-links", "0"),
        ("trickle", "false"),
        ("inline", "false"),
        ("nocopy", "false"),
        ("preserve-mode", "false"),
        ("preserve-mtime", "false"),
    ];
    for (what, supported) in only {
        if let Some(value) = parameters.text(what).filter(|value| *value != supported) {
            return Err(Error::Unsupported { what, value: value.into(), supported });
        }
    }
    for what in ["mode", "mtime", "to-files", "pin-name"] {
        if let Some(value) = parameters.text(what) {
            return Err(Error::Unsupported { what, value: value.into(), supported: "without it" });
        }
    }
    Ok(())
}

impl Adding {
    fn new(parameters: &Parameters, blocks: Arc<Blocks>) -> Result<Self, Error> {
        let options = Options::read(parameters)?;
        Ok(Self { options, blocks, tree: Tree::default(), folder: None, entries: 0, bytes: 0, lines: String::new() })
    }

    async fn receive(&mut self, body: &mut Multipart) -> Result<(), Error> {
        let mut is_empty = true;
        while let Some(part) = body.next_field().await.map_err(broken)? {
            is_empty = false;
            self.part(part).await?;
            if self.entries + self.tree.len() > limits::MAX_ADD_ENTRIES {
                let what = "files and folders in one request".into();
                return Err(Error::AddTooBig { what, limit: limits::MAX_ADD_ENTRIES as u64 });
            }
        }
        if is_empty {
            return Err(Error::Body("expected a file argument".into()));
        }
        self.end_folder().await
    }

    async fn part(&mut self, part: Field<'_>) -> Result<(), Error> {
        // Kubo's clients send a file's mode and time in the part's name, as a query.
        if let Some((_, metadata)) = part.name().and_then(|name| name.split_once('?')) {
            let value = metadata.chars().take(100).collect();
            return Err(Error::Unsupported { what: "file metadata", value, supported: "without it" });
        }
        let names = Names::of_part(part.file_name().unwrap_or(""))?;
        let kind = part.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        let is_folder = kind.starts_with(b"application/x-directory") || kind.starts_with(b"multipart/form-data");
        if kind.starts_with(b"application/symlink") {
            return Err(Error::Unsupported { what: "part", value: names.to_string(), supported: "files and folders" });
        }
        // A file at the top is added by itself; folders at the top one after the other.
        let is_lone = !self.options.wrap && !is_folder && names.as_slice().len() <= 1;
        let top = names.as_slice().first().filter(|_| !is_lone);
        if !self.options.wrap && self.folder.as_ref() != top {
            self.end_folder().await?;
            self.folder = top.cloned();
        }
        if is_folder && top.is_none() && !self.options.wrap {
            return Err(Error::Body("a folder without a name".into()));
        }
        if is_folder {
            return self.tree.folder(names.as_slice());
        }
        let file = self.file(part, &names).await?;
        // What has no name is named by its CID.
        let names = if names.as_slice().is_empty() { Names::one(file.cid.to_string()) } else { names };
        if !self.options.silent {
            self.line(&Line::added(&names.to_string(), &file));
        }
        if !is_lone {
            return self.tree.put(names.as_slice(), file);
        }
        self.entries += 1;
        self.pin(&file).await
    }

    async fn file(&mut self, mut part: Field<'_>, names: &Names) -> Result<Added, Error> {
        let blocks = (!self.options.only_hash).then(|| self.blocks.clone());
        let mut file = FileBuilder::new(self.options.format, blocks);
        let (mut read, mut reported) = (0, 0);
        while let Some(chunk) = part.chunk().await.map_err(broken)? {
            read += chunk.len() as u64;
            self.bytes += chunk.len() as u64;
            if self.bytes > limits::MAX_ADD_BYTES {
                let what = "bytes of files in one request".into();
                return Err(Error::AddTooBig { what, limit: limits::MAX_ADD_BYTES });
            }
            file.push(&chunk).await?;
            if self.options.progress && read - reported >= PROGRESS_BYTES {
                reported = read;
                self.line(&Line::progress(&names.to_string(), read));
            }
        }
        if self.options.progress {
            self.line(&Line::progress(&names.to_string(), read));
        }
        file.finish().await
    }

    /// Writes and pins the folder under way, if there is one.
    async fn end_folder(&mut self) -> Result<(), Error> {
        let tree = std::mem::take(&mut self.tree);
        self.folder = None;
        self.entries += tree.len();
        let mut written = tree.write(self.options.format.cid_version)?;
        if !self.options.wrap {
            // The root holds the folder under way and nothing else, and is no folder of anyone's.
            written.pop();
        }
        let Some(root) = written.last().map(|root| root.added) else { return Ok(()) };
        for folder in written {
            if !self.options.only_hash {
                self.blocks.store(&folder.block).await?;
            }
            self.line(&Line::added(&folder.path, &folder.added));
        }
        self.pin(&root).await
    }

    async fn pin(&self, root: &Added) -> Result<(), Error> {
        if self.options.only_hash || !self.options.pin {
            return Ok(());
        }
        self.blocks.pin(&root.cid, true, Reach::Local).await
    }

    fn line(&mut self, line: &Line<'_>) {
        self.lines.push_str(&serde_json::to_string(line).unwrap_or_default());
        self.lines.push('\n');
    }
}

fn broken(error: MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::AddTooBig { what: "bytes of files in one request".into(), limit: limits::MAX_ADD_BYTES }
        }
        _ => Error::Body(error.body_text()),
    }
}
