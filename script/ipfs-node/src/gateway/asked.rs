//! What a request asks for: a root, a path below it, and the shape of the answer.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
};
use cid::Cid;

use crate::unixfs::Names;

/// The media type of a block as it is.
pub(super) const RAW_TYPE: &str = "application/vnd.ipld.raw";

pub(super) struct Asked {
    pub(super) root: Cid,
    pub(super) names: Names,
    /// The path ends in a slash.
    pub(super) is_folder: bool,
    pub(super) shape: Shape,
    /// As it came, percent-encoded.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) is_head: bool,
    pub(super) headers: HeaderMap,
}

/// What is to be made of the block that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The block as it is.
    Block,
    /// The file or folder that it begins.
    File,
}

impl Asked {
    /// What the request asks for, or status and words of a refusal.
    pub(super) fn read(request: &Request) -> Result<Self, (StatusCode, String)> {
        let (path, headers) = (request.uri().path(), request.headers());
        let bad = |why: &str| (StatusCode::BAD_REQUEST, why.to_owned());
        let below = path.strip_prefix("/ipfs/").unwrap_or_default();
        let (root, rest) = below.split_once('/').map_or((below, None), |(root, rest)| (root, Some(rest)));
        let root = Cid::try_from(root).map_err(|_| bad("malformed CID"))?;
        // A worker rules over the folder of its script; this one's would be every page of this gateway.
        if rest.is_none() && headers.get("service-worker").is_some_and(|value| value == "script") {
            return Err(bad("navigator.serviceWorker: registration is not allowed for this scope"));
        }
        let is_folder = rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let names = match rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest)) {
            None | Some("") => Names::default(),
            Some(rest) => Names::of_url(rest).map_err(|error| bad(&error.to_string()))?,
        };
        let shape = Shape::asked(request.uri().query(), headers).ok_or_else(|| {
            (StatusCode::NOT_ACCEPTABLE, "only files, folders and, with ?format=raw, blocks are served".into())
        })?;
        Ok(Self {
            root,
            names,
            is_folder,
            shape,
            path: path.to_owned(),
            query: request.uri().query().map(str::to_owned),
            is_head: request.method() == Method::HEAD,
            headers: headers.clone(),
        })
    }

    /// Whether the client has what this tag names.
    pub(super) fn holds(&self, tag: &str) -> bool {
        let values = self.headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|held| held.trim().trim_start_matches("W/") == tag)
    }
}

impl Shape {
    /// `format` goes before `Accept`. Of that header only the formats of IPFS count: what a file's type is follows from
    /// its name, and browsers ask for many things that they take anything for.
    fn asked(query: Option<&str>, headers: &HeaderMap) -> Option<Self> {
        let format = query.unwrap_or("").split('&').find_map(|pair| pair.strip_prefix("format="));
        if let Some(format) = format {
            return (format == "raw").then_some(Self::Block);
        }
        let values = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
        let types: Vec<_> = values.flat_map(|value| value.split(',')).map(bare).collect();
        if types.iter().any(|kind| kind == RAW_TYPE) {
            return Some(Self::Block);
        }
        let of_ipfs = |kind: &String| {
            kind.starts_with("application/vnd.ip") || ["application/x-tar", "application/cbor"].contains(&&**kind)
        };
        (types.is_empty() || !types.iter().all(of_ipfs)).then_some(Self::File)
    }
}

/// A list's member in small letters, without its parameters and spaces.
fn bare(member: &str) -> String {
    member.split(';').next().unwrap_or(member).trim().to_ascii_lowercase()
}
