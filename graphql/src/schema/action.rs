//! What was done and said about a complaint.

use async_graphql::{Enum, SimpleObject};
use protocol::complaint::{self, Act, Say};
use store::{
    intake::documents::StoredText,
    views::documents::{self, EntryKind},
};

use super::{complaint::Known, scalar::Int53, text::Erasure};

/// What was done or said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ComplaintActionKind {
    /// It was filed.
    Filed,
    /// An official has taken it on.
    Acknowledge,
    /// Closed: the supply is back.
    ResolveFixed,
    /// Closed all the same; never counted as fixed.
    ResolveNotFixed,
    /// Closed: another complaint says the same.
    ResolveDuplicate,
    /// Closed: another's responsibility.
    ResolveNotOurs,
    /// Closed as no complaint.
    Reject,
    /// Opened again.
    Reopen,
    /// A note by the filer or an official.
    Note,
    /// Somebody else is affected too.
    AffectedToo,
    /// Somebody says that it is still off after it was closed.
    StillOff,
}

impl ComplaintActionKind {
    fn new(kind: EntryKind, code: u8) -> Self {
        match kind {
            EntryKind::Filing => Self::Filed,
            EntryKind::Action => Act::from_code(code).map_or(Self::Acknowledge, Self::from),
            EntryKind::Remark => match Say::from_code(code) {
                Some(Say::AffectedToo) => Self::AffectedToo,
                Some(Say::StillOff) => Self::StillOff,
                _ => Self::Note,
            },
        }
    }
}

impl From<Act> for ComplaintActionKind {
    fn from(act: Act) -> Self {
        match act {
            Act::Acknowledge => Self::Acknowledge,
            Act::ResolveFixed => Self::ResolveFixed,
            Act::ResolveNotFixed => Self::ResolveNotFixed,
            Act::ResolveDuplicate => Self::ResolveDuplicate,
            Act::ResolveNotOurs => Self::ResolveNotOurs,
            Act::Reject => Self::Reject,
            Act::Reopen => Self::Reopen,
        }
    }
}

/// How the sensors contradict a "fixed".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ContradictionKind {
    /// The supply was OFF when it was signed.
    StillOff,
    /// It was OFF again within 24 hours.
    OffAgain,
}

/// What anchored records say against a "fixed". NO DATA never does.
#[derive(Clone, Debug, SimpleObject)]
pub struct Contradiction {
    /// How.
    pub kind: ContradictionKind,
    /// When it was OFF: at the signing, or again.
    pub at_unix_s: Int53,
    /// A device that said so.
    pub device_id: String,
    /// By the record of this sequence: `record` proves it.
    pub sequence: Int53,
}

/// Something that was done or said, as the chain has it.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComplaintAction {
    /// Names it for ever while its block stays: block and log.
    pub id: String,
    /// What.
    pub kind: ComplaintActionKind,
    /// By whom, 0x and hex.
    pub signer: String,
    /// The official's level; none for a citizen.
    pub signer_level: Option<i32>,
    /// Whose turn it was; after a reopening, whose it is.
    pub level: i32,
    /// An action's place in the chain of actions, from 1; none for the filing and remarks.
    pub index: Option<i32>,
    /// Of "still off": how often the complaint had been reopened when the closing was made that it answers.
    pub reopening: Option<i32>,
    /// Of an action its hash, of the filing the complaint's id; none for remarks.
    pub hash: Option<String>,
    /// keccak256 of the note, 0x and hex; that of no words where there are none. None for the filing.
    pub note_digest: Option<String>,
    /// The note's words, checked against that digest; none where this service does not have them.
    pub note: Option<String>,
    /// Of a citizen's note that the operator erased, when and why. Officials' notes cannot be erased.
    pub note_erasure: Option<Erasure>,
    /// The original, of a duplicate.
    pub duplicate_of: Option<String>,
    /// What the sensors say against it, where it says "fixed".
    pub contradiction: Option<Contradiction>,
    /// The block's time.
    pub at_unix_s: Int53,
    /// The block.
    pub block_number: Int53,
    /// The transaction.
    pub transaction_hash: String,
    /// Whether the block is final.
    pub finalized: bool,
}

impl Known {
    /// These entries, with what the sensors say of each closing: one an opening, in their order.
    pub(super) fn actions(&self, entries: &[documents::Entry], notes: &[StoredText]) -> Vec<ComplaintAction> {
        let mut contradictions = self.finding.contradictions.iter();
        let action = |entry: &documents::Entry| {
            let kind = ComplaintActionKind::new(entry.kind, entry.code);
            let closes = entry.kind == EntryKind::Action && Act::from_code(entry.code).is_some_and(Act::closes);
            let contradiction = if closes { contradictions.next().and_then(Option::as_ref) } else { None };
            ComplaintAction {
                id: entry.id.clone(),
                kind,
                signer: entry.signer.clone(),
                signer_level: entry.signer_level.map(i32::from),
                level: entry.level.into(),
                index: (entry.kind == EntryKind::Action).then(|| signed(entry.index)),
                reopening: (kind == ComplaintActionKind::StillOff).then(|| signed(entry.index)),
                hash: (entry.kind != EntryKind::Remark).then(|| entry.hash.clone()),
                note: entry.note.as_ref().and_then(|digest| words_of(notes, digest)),
                note_erasure: entry.note.as_ref().and_then(|digest| erasure_of(notes, digest)),
                note_digest: entry.note.clone(),
                duplicate_of: entry.duplicate_of.clone(),
                contradiction: contradiction.map(shown),
                at_unix_s: Int53(entry.at_unix_s),
                block_number: Int53(entry.block_number),
                transaction_hash: entry.transaction_hash.clone(),
                finalized: self.is_final(entry.block_number),
            }
        };
        entries.iter().map(action).collect()
    }
}

/// The words of a note, if they are kept and are those of the digest.
pub(crate) fn words_of(notes: &[StoredText], digest: &str) -> Option<String> {
    let held = notes.iter().find(|note| note.digest == digest)?;
    let words = String::from_utf8(held.block.as_ref()?.bytes.clone()).ok()?;
    (bindings::typed_data::note_hash(&words).to_string() == digest).then_some(words)
}

/// That a note was erased.
fn erasure_of(notes: &[StoredText], digest: &str) -> Option<Erasure> {
    notes.iter().find(|note| note.digest == digest)?.erasure.clone().map(Erasure::from)
}

/// As the schema has it.
pub(super) fn shown(contradiction: &complaint::Contradiction) -> Contradiction {
    Contradiction {
        kind: match contradiction.kind {
            complaint::ContradictionKind::StillOff => ContradictionKind::StillOff,
            complaint::ContradictionKind::OffAgain => ContradictionKind::OffAgain,
        },
        at_unix_s: Int53(contradiction.at_unix_s),
        device_id: contradiction.device_id.clone(),
        sequence: Int53(contradiction.sequence),
    }
}

/// As GraphQL's own integers: ours that come here are far below 2^31.
pub(super) fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
