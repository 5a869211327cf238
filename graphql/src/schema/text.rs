//! The words of a complaint and its photo, apart from the chain.

use async_graphql::{Enum, SimpleObject};
use protocol::complaint;
use store::intake::documents::{self, PhotoKind};

use super::scalar::Int53;
use crate::{ApiError, Sources};

/// What became of a text or photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TextState {
    /// Here.
    Held,
    /// Erased by the operator; of a text, the digest stays on the chain.
    Erased,
    /// Never given to this service.
    Absent,
}

/// That the operator erased something.
#[derive(Clone, Debug, SimpleObject)]
pub struct Erasure {
    /// When.
    pub at_unix_s: Int53,
    /// Why, in the operator's words.
    pub reason: String,
}

/// The words of a complaint, apart from the chain.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComplaintText {
    /// What became of it.
    pub state: TextState,
    /// The canonical block, whose SHA-256 is the complaint's `textDigest`: `{"salt":…,"text":…,"version":1}`.
    pub block: Option<String>,
    /// The words in it.
    pub words: Option<String>,
    /// The photo that it names; none where it names none, or is not here itself.
    pub photo: Option<ComplaintPhoto>,
    /// Of an erased one, when and why.
    pub erasure: Option<Erasure>,
}

/// A photo that a complaint's text names.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComplaintPhoto {
    /// SHA-256 of its bytes, hex; the text's block says the same.
    pub digest: String,
    /// What became of it.
    pub state: TextState,
    /// Where it is, below the root of this service; none where it is not here. It is asked for anew each time, for it may be
    /// erased.
    pub path: Option<String>,
    /// `image/jpeg`, `image/png` or `image/webp`.
    pub media_type: Option<String>,
    /// How many bytes it has.
    pub size_bytes: Option<i32>,
    /// Pixels across.
    pub width_px: Option<i32>,
    /// Pixels down.
    pub height_px: Option<i32>,
    /// Of an erased one, when and why.
    pub erasure: Option<Erasure>,
}

/// The type of a photo, as HTTP names it.
pub(crate) fn media_type(kind: PhotoKind) -> &'static str {
    match kind {
        PhotoKind::Jpeg => "image/jpeg",
        PhotoKind::Png => "image/png",
        PhotoKind::Webp => "image/webp",
    }
}

/// The text of a digest.
pub(super) async fn find(sources: &Sources, digest: &str) -> Result<ComplaintText, ApiError> {
    let absent = ComplaintText { state: TextState::Absent, block: None, words: None, photo: None, erasure: None };
    let held = sources.intake().texts(std::slice::from_ref(&digest.to_owned())).await?;
    let Some(held) = held.into_iter().next() else { return Ok(absent) };
    let Some(block) = held.block else {
        return Ok(ComplaintText { state: TextState::Erased, erasure: held.erasure.map(Erasure::from), ..absent });
    };
    let parsed = complaint::Text::parse(&block.bytes).ok();
    let photo = match parsed.as_ref().and_then(|text| text.photo) {
        Some(hash) => Some(photo(sources, protocol::to_hex(&hash)).await?),
        None => None,
    };
    let words = parsed.map(|text| text.words);
    Ok(ComplaintText { state: TextState::Held, block: String::from_utf8(block.bytes).ok(), words, photo, ..absent })
}

async fn photo(sources: &Sources, digest: String) -> Result<ComplaintPhoto, ApiError> {
    let held = sources.intake().photo_without_bytes(&digest).await?;
    let state = match &held {
        None => TextState::Absent,
        Some(photo) if photo.erasure.is_some() => TextState::Erased,
        Some(_) => TextState::Held,
    };
    let here = held.as_ref().filter(|_| state == TextState::Held);
    let number = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
    Ok(ComplaintPhoto {
        state,
        path: here.map(|_| format!("photo/{digest}")),
        media_type: here.map(|photo| media_type(photo.kind).to_owned()),
        size_bytes: here.map(|photo| number(photo.size)),
        width_px: here.map(|photo| number(photo.width.into())),
        height_px: here.map(|photo| number(photo.height.into())),
        erasure: held.and_then(|photo| photo.erasure).map(Erasure::from),
        digest,
    })
}

impl From<documents::Erasure> for Erasure {
    fn from(erasure: documents::Erasure) -> Self {
        Self { at_unix_s: Int53(erasure.at_unix_s), reason: erasure.reason }
    }
}
