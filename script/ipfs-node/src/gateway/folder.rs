//! A folder: its `index.html`, or the names in it.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use cid::Cid;

use super::{FOR_EVER, Gateway, asked::Asked, file, headers, not_modified, refused, tag};
use crate::{
    Error,
    unixfs::{Link, Node, open},
};

const INDEX: &str = "index.html";
/// The listing of a folder may look different one day, its content does not: kept for a week, as Kubo has it.
const A_WEEK: &str = "public, max-age=604800";

/// What a browser gets that asks for a folder.
pub(super) async fn answer(
    gateway: &Gateway,
    asked: &Asked,
    mut along: Vec<Cid>,
    links: &[Link],
) -> Result<Response, Error> {
    if !asked.is_folder {
        // Only below the slash do the page's relative links lead into the folder. The path begins with /ipfs/, so this
        // can lead to no other host.
        let query = asked.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let location =
            [(header::LOCATION, format!("{}/{query}", asked.path)), (header::CACHE_CONTROL, FOR_EVER.into())];
        return Ok((StatusCode::MOVED_PERMANENTLY, location).into_response());
    }
    let Some(index) = links.iter().find(|link| link.name == INDEX) else {
        return Ok(listing(asked, &along, links));
    };
    along.push(index.cid);
    if asked.holds(&tag(&index.cid)) {
        return Ok(not_modified(asked, &along));
    }
    match open(&gateway.blocks, &index.cid, gateway.reach).await? {
        Node::File(content) => file::answer(gateway, asked, &along, Some(INDEX), content).await,
        Node::Folder(_) => Ok(refused(StatusCode::NOT_FOUND, "index.html is a folder here")),
    }
}

/// The names in a folder and what they name, as text: nothing in a name can become part of a page.
fn listing(asked: &Asked, along: &[Cid], links: &[Link]) -> Response {
    let tag = format!("\"listing-{}\"", along.last().copied().unwrap_or(asked.root));
    let headers = headers(asked, along, &tag, A_WEEK);
    if asked.holds(&tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let shown = |name: &str| -> String { name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect() };
    let lines = links.iter().map(|link| format!("{}\t{}\n", link.cid, shown(&link.name)));
    let body: String = lines.collect();
    (headers, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}
