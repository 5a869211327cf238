//! Complaints, and what was done about them.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use store::views::{accountability::ComplaintFilter, documents, read::Position};

use super::{
    action::{ComplaintAction, ComplaintActionKind, Contradiction, shown, signed},
    page,
    scalar::Int53,
    text::{self, ComplaintText},
};
use crate::{
    ApiError, Sources,
    complaints::{Finding, Supplies, findings},
    now::unix_s,
};

/// Where a complaint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ComplaintStage {
    /// Nobody has done anything about it yet.
    Filed,
    /// An official has taken it on.
    Acknowledged,
    /// Closed: `outcome` says how.
    Resolved,
    /// Closed as no complaint.
    Rejected,
    /// Open again.
    Reopened,
}

impl ComplaintStage {
    fn text(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Rejected => "rejected",
            Self::Reopened => "reopened",
        }
    }

    fn from_text(text: &str) -> Self {
        let all = [Self::Filed, Self::Acknowledged, Self::Resolved, Self::Rejected];
        all.into_iter().find(|stage| stage.text() == text).unwrap_or(Self::Reopened)
    }
}

/// A complaint as it stands.
#[derive(Clone, Debug)]
pub struct Complaint(pub Arc<Known>);

/// What is known of a complaint.
#[derive(Debug)]
pub struct Known {
    complaint: documents::Complaint,
    pub(super) finding: Finding,
    finalized_number: u64,
}

impl Known {
    pub(super) fn is_final(&self, block_number: u64) -> bool {
        block_number <= self.finalized_number
    }
}

/// Complaints, the latest filed first.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComplaintPage {
    /// The complaints.
    pub items: Vec<Complaint>,
    /// Whether more follow.
    pub has_more: bool,
    /// What `after` takes to go on; none where the list is empty.
    pub end_cursor: Option<String>,
}

/// A complaint, from the chain.
#[Object]
impl Complaint {
    /// Its id, 0x and hex: the EIP-712 hash of its filing.
    async fn id(&self) -> &str {
        &self.0.complaint.id
    }

    /// Its area.
    async fn area_id(&self) -> &str {
        &self.0.complaint.area_id
    }

    /// The site, if it names one.
    async fn site_id(&self) -> Option<&str> {
        self.0.complaint.site_id.as_deref()
    }

    /// The feeder, if it names one.
    async fn feeder_id(&self) -> Option<&str> {
        self.0.complaint.feeder_id.as_deref()
    }

    /// Its class.
    async fn class(&self) -> &str {
        &self.0.complaint.class
    }

    /// Who filed it and may reopen it, 0x and hex: by default a key made for this complaint alone.
    async fn filer(&self) -> &str {
        &self.0.complaint.filer
    }

    /// When it was filed.
    async fn filed_at_unix_s(&self) -> Int53 {
        Int53(self.0.complaint.filed_at_unix_s)
    }

    /// Where it stands.
    async fn stage(&self) -> ComplaintStage {
        ComplaintStage::from_text(&self.0.complaint.stage)
    }

    /// The last action; FILED where there is none.
    async fn last_action(&self) -> ComplaintActionKind {
        self.0.finding.course.last().map_or(ComplaintActionKind::Filed, ComplaintActionKind::from)
    }

    /// Time of the last action, or of the filing.
    async fn last_at_unix_s(&self) -> Int53 {
        Int53(self.0.complaint.last_at_unix_s)
    }

    /// Place of the last action; 0 where there is none. The next action signs one more.
    async fn index(&self) -> i32 {
        signed(self.0.complaint.index)
    }

    /// What the next action signs as `previous`: the hash of the last action, or the id.
    async fn head(&self) -> &str {
        &self.0.complaint.head
    }

    /// The original, if it is closed as a duplicate.
    async fn duplicate_of(&self) -> Option<&str> {
        self.0.complaint.duplicate_of.as_deref()
    }

    /// How often it was reopened. "Still off" signs this number while it is closed.
    async fn reopenings(&self) -> i32 {
        i32::try_from(self.0.complaint.reopenings).unwrap_or(i32::MAX)
    }

    /// When its clock began: at the filing, or the last reopening.
    async fn opened_at_unix_s(&self) -> Int53 {
        Int53(self.0.complaint.opened_at_unix_s)
    }

    /// Its clock in seconds.
    async fn clock_s(&self) -> i32 {
        signed(self.0.complaint.clock_s)
    }

    /// Until when the clock runs, inclusive.
    async fn due_at_unix_s(&self) -> Int53 {
        Int53(self.0.finding.course.newest().due_at_unix_s())
    }

    /// When it was closed; none while it is open.
    async fn closed_at_unix_s(&self) -> Option<Int53> {
        self.0.complaint.closed_at_unix_s.map(Int53)
    }

    /// Whose turn it is now, or was when it was closed: 1, and one higher for each time the clock has run out.
    async fn level(&self) -> i32 {
        self.0.finding.course.newest().level_at(unix_s()).into()
    }

    /// How many said that they are affected too. Keys are not people.
    async fn affected_too(&self) -> Int53 {
        Int53(self.0.complaint.affected_too)
    }

    /// How many said "still off" after it was closed.
    async fn still_off(&self) -> Int53 {
        Int53(self.0.complaint.still_off)
    }

    /// Whether a signed OFF of its site, or of its feeder, stands in the 24 hours before it was opened; after a reopening, in
    /// the time since it was closed.
    async fn is_sensor_backed(&self) -> bool {
        self.0.finding.backings.last().is_some_and(Option::is_some)
    }

    /// What the sensors say against the last "fixed", if that is how it stands.
    async fn contradiction(&self) -> Option<Contradiction> {
        self.0.finding.contradictions.last().and_then(Option::as_ref).map(shown)
    }

    /// SHA-256 of the text's block, hex.
    async fn text_digest(&self) -> &str {
        &self.0.complaint.text
    }

    /// The words, kept apart from the chain so that they can be erased.
    #[graphql(complexity = "20 + child_complexity")]
    async fn text(&self, context: &Context<'_>) -> Result<ComplaintText> {
        Ok(text::find(Sources::of(context)?, &self.0.complaint.text).await?)
    }

    /// SHA-256 of the evidence's block, hex; none where there is none.
    async fn evidence_digest(&self) -> Option<&str> {
        self.0.complaint.evidence.as_deref()
    }

    /// The evidence's block on IPFS.
    async fn evidence_uri(&self) -> Option<String> {
        let digest = protocol::from_hex(self.0.complaint.evidence.as_deref()?)?;
        Some(format!("ipfs://{}", protocol::cid::from_digest(&digest)))
    }

    /// Everything that was done and said, in the order of the chain, the filing first; at most 500.
    #[graphql(complexity = "20 + 20 * child_complexity")]
    async fn actions(&self, context: &Context<'_>) -> Result<Vec<ComplaintAction>> {
        let sources = Sources::of(context)?;
        let entries = sources.views().entries_of(&self.0.complaint.id, page::MAX_FIRST.into()).await;
        let entries = entries.map_err(ApiError::from)?;
        let digests: Vec<String> = entries.iter().filter_map(|entry| entry.note.clone()).collect();
        let notes = sources.intake().texts(&digests).await.map_err(ApiError::from)?;
        Ok(self.0.actions(&entries, &notes))
    }

    /// The transaction of its filing.
    async fn transaction_hash(&self) -> &str {
        &self.0.complaint.transaction_hash
    }

    /// The block of its filing.
    async fn block_number(&self) -> Int53 {
        Int53(self.0.complaint.block_number)
    }

    /// Whether all that is said of it here is in final blocks.
    async fn finalized(&self) -> bool {
        self.0.is_final(self.0.complaint.last_block)
    }
}

async fn known(sources: &Sources, complaints: Vec<documents::Complaint>) -> Result<Vec<Complaint>, ApiError> {
    let finalized_number = sources.views().cursor().await?.map_or(0, |cursor| cursor.finalized_number);
    let found = findings(sources, &mut Supplies::default(), &complaints).await?;
    let known = complaints.into_iter().zip(found);
    Ok(known.map(|(complaint, finding)| Complaint(Arc::new(Known { complaint, finding, finalized_number }))).collect())
}

/// One complaint.
pub(super) async fn find(context: &Context<'_>, id: &str) -> Result<Option<Complaint>> {
    let sources = Sources::of(context)?;
    let found = sources.views().complaint(&id.to_lowercase()).await.map_err(ApiError::from)?;
    Ok(known(sources, found.into_iter().collect()).await?.pop())
}

/// A page of complaints.
pub(super) async fn page(
    context: &Context<'_>,
    mut filter: ComplaintFilter,
    stages: Option<Vec<ComplaintStage>>,
    first: i32,
    after: Option<String>,
) -> Result<ComplaintPage> {
    let length = page::length(first)?;
    let after: Option<Position> = after.as_deref().map(page::from_cursor).transpose()?;
    filter.stages = stages.unwrap_or_default().into_iter().map(|stage| stage.text().to_owned()).collect();
    let sources = Sources::of(context)?;
    let found = sources.views().complaints_where(&filter, after.as_ref(), length as i64 + 1).await;
    let (found, has_more) = page::cut(found.map_err(ApiError::from)?, length);
    let end_cursor = found.last().map(|last| page::to_cursor(last.filed_at_unix_s, &last.id));
    Ok(ComplaintPage { items: known(sources, found).await?, has_more, end_cursor })
}
