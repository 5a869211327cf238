//! What citizens and officials sign and the service pays for: checked here, sent by the relayer.

use alloy::{
    primitives::{Address, B256, Bytes},
    providers::{DynProvider, Provider as _},
};
use bindings::{
    Accountability, Addresses, Event, Signed, SignedActions, SignedFiling, SignedNotice, SignedRemark, is_signed_by,
    typed_data::note_hash,
};
use protocol::{
    complaint::{MAX_TEXT_CHARACTERS, Text, effort_bits},
    evidence::Evidence,
};
use serde::de::DeserializeOwned;
use store::{
    intake::{
        Intake, Share,
        documents::{Submission, SubmissionKind, SubmissionState, TextKind},
    },
    views::Views,
};

use crate::{ApiError, config::Sponsorship, now::unix_s};

/// Longest payload and signature.
const MAX_PAYLOAD_BYTES: usize = 64 * 1024;
const MAX_SIGNATURE_BYTES: usize = 8 * 1024;
/// Most actions that are signed together.
pub const MAX_ACTIONS: usize = 50;
/// A deadline must leave the relayer this much time, and lie no further ahead than that.
const DEADLINE_S: std::ops::RangeInclusive<u64> = 30..=172_800;
const DAY_S: u64 = 86_400;

/// Takes submissions in.
#[derive(Clone)]
pub struct Submissions {
    contracts: Accountability<DynProvider>,
    addresses: Addresses,
    intake: Intake,
    terms: Option<Sponsorship>,
}

/// What was signed, as far as taking it in needs to know.
struct Statement {
    digest: B256,
    signer: Address,
    deadline_unix_s: u64,
    area_id: String,
    class: Option<String>,
    text: Option<String>,
    evidence: Option<String>,
    /// Words whose hashes go to the chain.
    notes: Vec<String>,
}

impl Submissions {
    /// Over the contracts at these addresses and this intake.
    #[must_use]
    pub fn new(provider: DynProvider, addresses: Addresses, intake: Intake, terms: Option<Sponsorship>) -> Self {
        Self { contracts: Accountability::new(provider, &addresses), addresses, intake, terms }
    }

    /// What this service pays for.
    #[must_use]
    pub fn terms(&self) -> Option<&Sponsorship> {
        self.terms.as_ref()
    }

    /// How many more of a kind are taken for an area today.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn left(&self, area_id: &str, kind: SubmissionKind) -> Result<u64, ApiError> {
        let Some(terms) = &self.terms else { return Ok(0) };
        let share = Share { area_id, kind, day: unix_s() / DAY_S };
        Ok(terms.per_area_and_day(kind).saturating_sub(self.intake.taken_of(&share).await?))
    }

    /// Checks what was signed and takes it in. The same again is answered with what became of it.
    ///
    /// # Errors
    /// [`ApiError::Argument`] says what is wrong with it, [`ApiError::UsedUp`] that today's share is.
    pub async fn submit(
        &self,
        kind: SubmissionKind,
        payload: String,
        signature: &str,
        effort: u64,
    ) -> Result<Submission, ApiError> {
        let terms = self.takes_in()?;
        if payload.len() > MAX_PAYLOAD_BYTES || signature.len() > 2 * MAX_SIGNATURE_BYTES + 2 {
            return Err(ApiError::argument("the payload or signature is too long"));
        }
        let signature: Bytes = signature.parse().map_err(|_| ApiError::argument("the signature is not 0x and hex"))?;
        let statement = self.read(kind, &payload).await?;
        let id = statement.digest.to_string();
        if let Some(known) = self.intake.submission(&id).await? {
            return Ok(known);
        }
        if effort_bits(&statement.digest, effort) < terms.effort_bits {
            return Err(ApiError::argument(format!(
                "effort: SHA-256 of the signed digest and the number must begin with {} zero bits",
                terms.effort_bits
            )));
        }
        self.check_area(kind, &statement).await?;
        let now = unix_s();
        if !DEADLINE_S.contains(&statement.deadline_unix_s.saturating_sub(now)) {
            return Err(ApiError::argument("the deadline must be half a minute to two days ahead"));
        }
        let provider = self.contracts.complaints.provider();
        let signed = is_signed_by(provider, statement.signer, statement.digest, &signature).await;
        if !signed.map_err(chain)? {
            return Err(ApiError::argument(format!(
                "this is not the signature of {:#x} for this chain and contract",
                statement.signer
            )));
        }
        let area_id = statement.area_id.clone();
        let share = Share { area_id: &area_id, kind, day: now / DAY_S };
        if !self.intake.take_share(&share, terms.per_area_and_day(kind)).await? {
            return Err(ApiError::UsedUp { free_at_unix_s: (now / DAY_S + 1) * DAY_S });
        }
        self.keep_notes(&statement.notes, now).await?;
        let submission = Submission {
            id: id.clone(),
            kind,
            area_id: statement.area_id,
            payload,
            signer: format!("{:#x}", statement.signer),
            signature: bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: signature.to_vec() },
            text: statement.text,
            evidence: statement.evidence,
            deadline_unix_s: statement.deadline_unix_s,
            received_unix_ms: now * 1_000,
            state: SubmissionState::Waiting,
            reason: None,
            reason_name: None,
            transactions: Vec::new(),
            block_number: None,
        };
        if !self.intake.add_submission(&submission).await? {
            // The same came twice at one time, and is one.
            self.intake.give_share_back(&share).await?;
        }
        Ok(submission)
    }

    /// Keeps the block of a complaint's text, if a filing names it; gives its digest.
    ///
    /// # Errors
    /// [`ApiError::Argument`].
    pub async fn keep_text(&self, block: &str, is_named: bool) -> Result<String, ApiError> {
        self.takes_in()?;
        let text = Text::parse(block.as_bytes()).map_err(|error| ApiError::argument(error.to_string()))?;
        let digest = protocol::to_hex(&text.digest());
        if !is_named && !self.intake.is_submitted_text(&digest).await? {
            return Err(ApiError::argument("no complaint names this text: file it first"));
        }
        let photo = text.photo.map(|photo| protocol::to_hex(&photo));
        self.intake.add_text(&digest, TextKind::Text, block.as_bytes(), photo, unix_s()).await?;
        Ok(digest)
    }

    /// Keeps the words of a note or reason whose hash is on the chain, by whose transaction ever; gives their digest. Where
    /// the views do not know the hash (yet), the transaction that is named is asked.
    ///
    /// # Errors
    /// [`ApiError::Argument`].
    pub async fn keep_note(&self, note: &str, views: &Views, transaction: Option<&str>) -> Result<String, ApiError> {
        self.takes_in()?;
        if note.is_empty() {
            return Err(ApiError::argument("a note without words needs not to be kept"));
        }
        check_note(note)?;
        let hash = note_hash(note);
        let digest = hash.to_string();
        let is_known = !views.entries_with_note(&digest, 1).await?.is_empty()
            || views.notice_with_reason(&digest).await?.is_some();
        if !is_known && !self.noted_by(transaction).await?.contains(&hash) {
            return Err(ApiError::argument(
                "nothing on the chain has these words: give them exactly as they were signed, and with the transaction's \
                 hash if it was made a moment ago",
            ));
        }
        self.keep_notes(&[note.to_owned()], unix_s()).await?;
        Ok(digest)
    }

    /// Takes in a block of evidence that a filing names; the relayer puts it on IPFS. Whether it proves anything is for its
    /// readers to check: here only its spelling is.
    ///
    /// # Errors
    /// [`ApiError::Argument`].
    pub async fn keep_evidence(&self, block: &str, is_named: bool) -> Result<String, ApiError> {
        self.takes_in()?;
        Evidence::parse(block.as_bytes()).map_err(|error| ApiError::argument(error.to_string()))?;
        let digest = protocol::to_hex(&protocol::digest(block.as_bytes()));
        if !is_named && !self.intake.is_submitted_evidence(&digest).await? {
            return Err(ApiError::argument("no complaint names this evidence: file it first"));
        }
        self.intake.add_evidence(&digest, block.as_bytes(), unix_s()).await?;
        Ok(digest)
    }

    /// One submission.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn find(&self, id: &str) -> Result<Option<Submission>, ApiError> {
        Ok(self.intake.submission(&id.to_lowercase()).await?)
    }

    async fn keep_notes(&self, notes: &[String], now: u64) -> Result<(), ApiError> {
        for note in notes.iter().filter(|note| !note.is_empty()) {
            let digest = note_hash(note).to_string();
            self.intake.add_text(&digest, TextKind::Note, note.as_bytes(), None, now).await?;
        }
        Ok(())
    }

    /// The digests of the words that a transaction has brought onto the chain.
    async fn noted_by(&self, transaction: Option<&str>) -> Result<Vec<B256>, ApiError> {
        let Some(transaction) = transaction else { return Ok(Vec::new()) };
        let hash: B256 =
            transaction.parse().map_err(|_| ApiError::argument("a transaction's hash is 0x and 64 hex"))?;
        let receipt = self.contracts.complaints.provider().get_transaction_receipt(hash).await;
        let Some(receipt) = receipt.map_err(|error| chain(error.into()))? else { return Ok(Vec::new()) };
        let mut digests = Vec::new();
        for log in receipt.logs() {
            match Event::decode(&log.inner, &self.addresses).map_err(chain)? {
                Some(Event::Acted(acted)) => digests.push(acted.note),
                Some(Event::Remarked(remarked)) => digests.push(remarked.note),
                Some(Event::Announced(announced)) => digests.push(announced.reason),
                _ => {}
            }
        }
        Ok(digests)
    }

    fn takes_in(&self) -> Result<&Sponsorship, ApiError> {
        self.terms.as_ref().ok_or_else(|| {
            ApiError::argument("this service takes nothing in and pays for nobody: submit it to the contract yourself")
        })
    }

    async fn read(&self, kind: SubmissionKind, payload: &str) -> Result<Statement, ApiError> {
        let statement = match kind {
            SubmissionKind::Filing => {
                let signed: SignedFiling = parse(payload)?;
                signed.filing.to_call().map_err(wrong)?;
                let text = protocol::to_hex(signed.filing.text.as_slice());
                let evidence = signed.filing.evidence;
                let evidence = (!evidence.is_zero()).then(|| protocol::to_hex(evidence.as_slice()));
                let area_id = signed.filing.area.clone();
                let domain = self.contracts.complaints_domain();
                let class = Some(signed.filing.class.clone());
                Statement { class, text: Some(text), evidence, ..statement(&signed, &domain, area_id, Vec::new())? }
            }
            SubmissionKind::Actions => {
                let signed: SignedActions = parse(payload)?;
                if signed.actions.len() > MAX_ACTIONS {
                    return Err(ApiError::argument(format!("at most {MAX_ACTIONS} actions are signed together")));
                }
                for action in &signed.actions {
                    action.to_call().map_err(wrong)?;
                }
                let first = signed.actions.first().ok_or_else(|| ApiError::argument("there is no action"))?;
                let area_id = self.area_of(first.complaint).await?;
                let notes = signed.actions.iter().map(|action| action.note.clone()).collect();
                statement(&signed, &self.contracts.complaints_domain(), area_id, notes)?
            }
            SubmissionKind::Remark => {
                let signed: SignedRemark = parse(payload)?;
                signed.remark.to_call().map_err(wrong)?;
                let area_id = self.area_of(signed.remark.complaint).await?;
                let notes = vec![signed.remark.note.clone()];
                statement(&signed, &self.contracts.complaints_domain(), area_id, notes)?
            }
            SubmissionKind::Notice => {
                let signed: SignedNotice = parse(payload)?;
                signed.notice.to_call().map_err(wrong)?;
                let (area_id, notes) = (signed.notice.area.clone(), vec![signed.notice.reason.clone()]);
                statement(&signed, &self.contracts.notices_domain(), area_id, notes)?
            }
        };
        statement.notes.iter().try_for_each(|note| check_note(note))?;
        Ok(statement)
    }

    /// That the area is one in which this can be said: otherwise each name that somebody makes up would have a share of its
    /// own.
    async fn check_area(&self, kind: SubmissionKind, statement: &Statement) -> Result<(), ApiError> {
        let Statement { area_id, class, signer, .. } = statement;
        match (kind, class) {
            (SubmissionKind::Filing, Some(class)) => {
                let clock_s = self.contracts.clock_s(area_id, class, unix_s()).await.map_err(chain)?;
                clock_s.map(drop).ok_or_else(|| {
                    ApiError::argument(format!(
                        "the area {area_id:?} takes no complaints of the class {class:?}: `complaintClasses` lists what it takes"
                    ))
                })
            }
            (SubmissionKind::Notice, _) => {
                let level = self.contracts.official_level(area_id, *signer, unix_s()).await.map_err(chain)?;
                level.map(drop).ok_or_else(|| {
                    ApiError::argument(format!("{signer:#x} is no official of the area {area_id:?} now"))
                })
            }
            // Of a complaint that there is.
            _ => Ok(()),
        }
    }

    /// By the chain: what was filed a moment ago may not be in the views yet.
    async fn area_of(&self, complaint: B256) -> Result<String, ApiError> {
        let found = self.contracts.complaint(complaint).await.map_err(chain)?;
        found.map(|found| found.area_id).ok_or_else(|| ApiError::argument(format!("there is no complaint {complaint}")))
    }
}

fn statement(
    signed: &impl Signed,
    domain: &alloy::sol_types::Eip712Domain,
    area_id: String,
    notes: Vec<String>,
) -> Result<Statement, ApiError> {
    let signer = signed.signer().ok_or_else(|| ApiError::argument("all actions are of one signer"))?;
    let (digest, deadline_unix_s) = (signed.digest(domain), signed.deadline().to());
    Ok(Statement { digest, signer, deadline_unix_s, area_id, class: None, text: None, evidence: None, notes })
}

fn parse<T: DeserializeOwned>(payload: &str) -> Result<T, ApiError> {
    serde_json::from_str(payload).map_err(|error| ApiError::argument(format!("the payload: {error}")))
}

fn check_note(note: &str) -> Result<(), ApiError> {
    if note.chars().count() > MAX_TEXT_CHARACTERS {
        return Err(ApiError::argument(format!("a note has at most {MAX_TEXT_CHARACTERS} characters")));
    }
    Ok(())
}

fn wrong(error: bindings::Error) -> ApiError {
    ApiError::argument(format!("the payload: {error}"))
}

fn chain(error: bindings::Error) -> ApiError {
    verifier::Error::from(error).into()
}
