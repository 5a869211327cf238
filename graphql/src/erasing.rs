//! What the operator erases: a complaint's text, its photo, or a citizen's note. The digest stays, and that it was erased,
//! when and why, is said in its place. What officials wrote is not for the operator to erase.

use bindings::typed_data::note_hash;
use store::{
    StoreError,
    intake::{
        Intake,
        documents::{Erasure, StoredText, Submission, SubmissionState, TextKind},
    },
    views::Views,
};

use crate::{Config, now::unix_s};

/// Longest reason, in characters.
pub const MAX_REASON_CHARACTERS: usize = 300;
/// Acts and remarks that have the same note: more are looked at in vain, for one of an official decides.
const MAX_ENTRIES: i64 = 1_000;

/// What was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// A text, and the photo that it named if there was one here.
    Text {
        /// Whether there was.
        with_photo: bool,
    },
    /// A photo.
    Photo,
    /// A citizen's note, and its words in this many submissions.
    Note {
        /// So many.
        submissions: usize,
    },
}

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The databases' settings are wrong, or the store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No digest.
    #[error("{0:?} is no digest: 64 lower-case hex digits of a text or photo, 0x and 64 of a note")]
    Digest(String),
    /// No reason, or too many words.
    #[error("a reason has 1 to {MAX_REASON_CHARACTERS} characters; it is shown in place of what is erased")]
    Reason,
    /// Nothing is kept by this digest.
    #[error("nothing with this digest is kept here")]
    NotKept,
    /// It was erased before.
    #[error("it was erased already, because: {}", .0.reason)]
    Already(Erasure),
    /// An official's words.
    #[error("these are an official's words, which nobody can erase")]
    Official,
    /// Nobody knows (yet) whose words they are.
    #[error(
        "nothing on the chain has this note (yet), so that it may be an official's: try again once it is in a block"
    )]
    Unknown,
    /// The words must still be sent.
    #[error("submission {0} has these words and is not final yet: try again in some minutes")]
    UnderWay(String),
}

/// Erases what is kept by a digest.
///
/// # Errors
/// [`EraseError`].
pub async fn erase(config: &Config, digest: &str, reason: &str) -> Result<Erased, EraseError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON_CHARACTERS {
        return Err(EraseError::Reason);
    }
    let erasure = Erasure { at_unix_s: unix_s(), reason: reason.to_owned() };
    let intake = Intake::connect(&config.intake).await?;
    let is_note = digest.strip_prefix("0x").is_some_and(|hex| protocol::from_hex(hex).is_some());
    if !is_note && protocol::from_hex(digest).is_none() {
        return Err(EraseError::Digest(digest.to_owned()));
    }
    let held = intake.texts(std::slice::from_ref(&digest.to_owned())).await?.into_iter().next();
    match held {
        Some(StoredText { erasure: Some(erasure), .. }) => Err(EraseError::Already(erasure)),
        Some(text) if text.kind == TextKind::Text => erase_text(&intake, &text, &erasure).await,
        Some(note) => {
            let views = Views::connect(&config.views).await?;
            erase_note(&intake, &views, &note, &erasure).await
        }
        None => erase_photo(&intake, digest, &erasure).await,
    }
}

/// The photo first: where this is cut short, the text still names it when it is tried again.
async fn erase_text(intake: &Intake, text: &StoredText, erasure: &Erasure) -> Result<Erased, EraseError> {
    let with_photo = match &text.photo {
        Some(photo) => intake.erase_photo(photo, erasure).await?,
        None => false,
    };
    intake.erase_text(&text.digest, erasure).await?;
    Ok(Erased::Text { with_photo })
}

async fn erase_photo(intake: &Intake, digest: &str, erasure: &Erasure) -> Result<Erased, EraseError> {
    let photo = intake.photo_without_bytes(digest).await?.ok_or(EraseError::NotKept)?;
    if let Some(before) = photo.erasure {
        return Err(EraseError::Already(before));
    }
    intake.erase_photo(digest, erasure).await?;
    Ok(Erased::Photo)
}

async fn erase_note(
    intake: &Intake,
    views: &Views,
    note: &StoredText,
    erasure: &Erasure,
) -> Result<Erased, EraseError> {
    let entries = views.entries_with_note(&note.digest, MAX_ENTRIES).await?;
    let is_officials = entries.iter().any(|entry| entry.signer_level.is_some());
    if is_officials || views.notice_with_reason(&note.digest).await?.is_some() {
        return Err(EraseError::Official);
    }
    if entries.is_empty() {
        return Err(EraseError::Unknown);
    }
    let mut sent = Vec::new();
    for signer in entries.iter().map(|entry| &entry.signer) {
        let submissions = intake.submissions_of(signer).await?;
        sent.extend(submissions.into_iter().filter(|submission| has_words(submission, &note.digest)));
    }
    let is_over = |state| matches!(state, SubmissionState::Final | SubmissionState::Refused);
    if let Some(open) = sent.iter().find(|submission| !is_over(submission.state)) {
        return Err(EraseError::UnderWay(open.id.clone()));
    }
    for submission in &sent {
        intake.erase_payload(&submission.id).await?;
    }
    intake.erase_text(&note.digest, erasure).await?;
    Ok(Erased::Note { submissions: sent.len() })
}

/// Whether a submission's message has a note of this digest.
fn has_words(submission: &Submission, digest: &str) -> bool {
    let Ok(message) = serde_json::from_str::<serde_json::Value>(&submission.payload) else { return false };
    let of_remark = message["remark"]["note"].as_str();
    let of_actions = message["actions"].as_array().into_iter().flatten().filter_map(|action| action["note"].as_str());
    of_remark.into_iter().chain(of_actions).any(|note| note_hash(note).to_string() == digest)
}
