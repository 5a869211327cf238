//! What can be sent in: statements that somebody signed, and words.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use store::intake::documents;

use super::scalar::Int53;
use crate::{ApiError, Sources, now::unix_s};
use protocol::supply::DAY_S;

/// What was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SubmissionKind {
    /// `SignedFiling`: a complaint.
    Filing,
    /// `SignedActions`: what an official does, or a filer who reopens.
    Actions,
    /// `SignedRemark`: a note, "affected too", "still off".
    Remark,
    /// `SignedNotice`: a planned outage.
    Notice,
}

impl From<SubmissionKind> for documents::SubmissionKind {
    fn from(kind: SubmissionKind) -> Self {
        match kind {
            SubmissionKind::Filing => Self::Filing,
            SubmissionKind::Actions => Self::Actions,
            SubmissionKind::Remark => Self::Remark,
            SubmissionKind::Notice => Self::Notice,
        }
    }
}

/// How far a submission has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SubmissionState {
    /// Checked and safe; not sent yet.
    Waiting,
    /// On its way into a block.
    Sent,
    /// In a block, which may still be replaced.
    Mined,
    /// In a final block.
    Final,
    /// The contract refuses it: `reason` says why.
    Refused,
}

/// A statement that this service submits for whoever signed it.
#[derive(Clone, Debug, SimpleObject)]
pub struct Submission {
    /// The digest that was signed, 0x and hex.
    pub id: String,
    /// How far it is.
    pub state: SubmissionState,
    /// Why the contract refuses it, in words.
    pub reason: Option<String>,
    /// The name of the contract's error, such as `WrongIndex`.
    pub reason_name: Option<String>,
    /// Its transaction, the newest; none where somebody else had it done.
    pub transaction_hash: Option<String>,
    /// The block that holds it.
    pub block_number: Option<Int53>,
    /// When it was taken in.
    pub received_at_unix_s: Int53,
    /// Until when the contract takes it.
    pub deadline_unix_s: Int53,
}

impl From<documents::Submission> for Submission {
    fn from(submission: documents::Submission) -> Self {
        Self {
            id: submission.id,
            state: match submission.state {
                documents::SubmissionState::Waiting => SubmissionState::Waiting,
                documents::SubmissionState::Sent => SubmissionState::Sent,
                documents::SubmissionState::Mined => SubmissionState::Mined,
                documents::SubmissionState::Final => SubmissionState::Final,
                documents::SubmissionState::Refused => SubmissionState::Refused,
            },
            reason: submission.reason,
            reason_name: submission.reason_name,
            transaction_hash: submission.transactions.last().map(|transaction| transaction.hash.clone()),
            block_number: submission.block_number.map(Int53),
            received_at_unix_s: Int53(submission.received_unix_ms / 1_000),
            deadline_unix_s: Int53(submission.deadline_unix_s),
        }
    }
}

/// What this service pays for.
#[derive(Clone, Debug, SimpleObject)]
pub struct Sponsorship {
    /// Whether it pays for anybody.
    pub is_offered: bool,
    /// Leading zero bits that SHA-256 over the signed digest (32 bytes) and `effort` (8 bytes, big endian) must have.
    pub effort_bits: i32,
    /// Complaints that it still takes for the area today (UTC).
    pub filings_left: Int53,
    /// Remarks that it still takes for the area today.
    pub remarks_left: Int53,
    /// Submissions of actions that it still takes for the area today.
    pub actions_left: Int53,
    /// When the next day's share begins.
    pub free_at_unix_s: Int53,
}

/// Reads what this service pays for.
pub(super) async fn sponsorship(context: &Context<'_>, area_id: &str) -> Result<Sponsorship> {
    let submissions = Sources::of(context)?.submissions();
    let left = async |kind| submissions.left(area_id, kind).await.map(Int53);
    Ok(Sponsorship {
        is_offered: submissions.terms().is_some(),
        effort_bits: submissions.terms().map_or(0, |terms| i32::try_from(terms.effort_bits).unwrap_or(i32::MAX)),
        filings_left: left(documents::SubmissionKind::Filing).await?,
        remarks_left: left(documents::SubmissionKind::Remark).await?,
        actions_left: left(documents::SubmissionKind::Actions).await?,
        free_at_unix_s: Int53((unix_s() / DAY_S + 1) * DAY_S),
    })
}

/// The entry points of mutations.
pub struct Mutation;

/// What can be sent in. Nothing here needs an account: a signature says who speaks, and what is sent twice counts once.
#[Object]
impl Mutation {
    /// Takes in a statement that somebody signed, and sends it to the contract at this service's cost. The code of the
    /// error is `USED_UP` where today's share of the area is used up, and `freeAtUnixS` beside it says until when.
    #[graphql(complexity = "500 + child_complexity")]
    async fn submit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What kind of statement it is.")] kind: SubmissionKind,
        #[graphql(desc = "The message of the typed data (EIP-712) as JSON, with its deadline.")] payload: String,
        #[graphql(desc = "0x and hex.")] signature: String,
        #[graphql(desc = "A number that makes enough zero bits: see Sponsorship.")] effort: Int53,
    ) -> Result<Submission> {
        let submissions = Sources::of(context)?.submissions();
        Ok(submissions.submit(kind.into(), payload, &signature, effort.0).await?.into())
    }

    /// Keeps the block of a complaint's text, which a filing must name; gives its digest. It can be erased later.
    #[graphql(complexity = "100")]
    async fn submit_text(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Canonical JSON: `{\"salt\":\"…32 hex…\",\"text\":\"…\",\"version\":1}`, and before the \
                          salt `\"photo\":\"…64 hex…\",` where there is a photo (then give that to `PUT /photo/…64 hex…`).")]
        block: String,
    ) -> Result<String> {
        let sources = Sources::of(context)?;
        let digest = protocol::to_hex(&protocol::digest(block.as_bytes()));
        let is_named = sources.views().is_filed_text(&digest).await.map_err(ApiError::from)?;
        Ok(sources.submissions().keep_text(&block, is_named).await?)
    }

    /// Keeps the words of a note, or of a notice's reason, that somebody brought onto the chain by a transaction of their own:
    /// there is only keccak256 of them. Gives that digest. Other words than those of an act, remark or notice are refused.
    #[graphql(complexity = "100")]
    async fn submit_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The words exactly as they were signed, up to 4,000 characters.")] note: String,
        #[graphql(desc = "The transaction, 0x and hex: where it was made a moment ago, the views do not know it yet.")]
        transaction_hash: Option<String>,
    ) -> Result<String> {
        let sources = Sources::of(context)?;
        Ok(sources.submissions().keep_note(&note, sources.views(), transaction_hash.as_deref()).await?)
    }

    /// Has a block of evidence put on IPFS, which a filing must name; gives its digest. `evidence` puts one together.
    #[graphql(complexity = "100")]
    async fn submit_evidence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The block as `evidence` gave it.")] block: String,
    ) -> Result<String> {
        let sources = Sources::of(context)?;
        let digest = protocol::to_hex(&protocol::digest(block.as_bytes()));
        let is_named = sources.views().is_filed_evidence(&digest).await.map_err(ApiError::from)?;
        Ok(sources.submissions().keep_evidence(&block, is_named).await?)
    }
}
