//! A block as it is, for those who check it.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use cid::Cid;

use super::{
    FOR_EVER, Gateway,
    asked::{Asked, RAW_TYPE},
    headers,
};
use crate::Error;

/// The block at the end of the path, of any codec.
pub(super) async fn answer(gateway: &Gateway, asked: &Asked, along: &[Cid]) -> Result<Response, Error> {
    let cid = along.last().copied().unwrap_or(asked.root);
    let tag = format!("\"{cid}.raw\"");
    let headers = headers(asked, along, &tag, FOR_EVER);
    let kind = [
        (header::CONTENT_TYPE, RAW_TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{cid}.bin\"")),
    ];
    // What a CID names cannot change, so a client that has it need not ask whether this node has it too.
    if asked.holds(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers, kind).into_response());
    }
    let data = gateway.blocks.get(&cid, gateway.reach).await?;
    Ok((headers, kind, data).into_response())
}
