//! What others signed and the service pays for, in the order in which it was taken in. Each submission is a state machine in
//! the store: waiting, sent, mined, final, or refused. Every step can be repeated; what a crash leaves behind is taken up by
//! the next round, of this process or another.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use alloy::providers::DynProvider;
use bindings::{Accountability, Addresses, Refusal};
use store::{
    StoreError,
    intake::{
        Intake, Work,
        documents::{Submission, SubmissionState},
    },
};
use tokio_util::sync::CancellationToken;

use crate::{
    account::{Account, Fate},
    clock::now_unix_s,
    failure::{Failure, Halt, Patience},
    ipfs::Ipfs,
};
use contract::passing;

mod contract;

/// How often the store is asked for new submissions.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Submissions taken up in one round, and under way at one time.
const MAX_A_ROUND: i64 = 64;
/// How long after its deadline a submission is given up without asking.
const GRACE_S: u64 = 60;
/// Submissions that are in a block and not final looked at in one round.
const MAX_MINED_LOOKED_AT: i64 = 64;

/// Sends what others signed.
pub struct Sponsor {
    intake: Intake,
    ipfs: Ipfs,
    account: Account,
    contracts: Accountability<DynProvider>,
    addresses: Addresses,
    holder: String,
    lease_s: u64,
    fee_bump_after: Duration,
    /// When the newest transaction of a submission was signed, as far as this process did it.
    signed: HashMap<String, Instant>,
}

impl Sponsor {
    /// Over an account of its own.
    #[must_use]
    pub fn new(
        intake: Intake,
        ipfs: Ipfs,
        account: Account,
        addresses: Addresses,
        holder: String,
        lease_s: u64,
        fee_bump_after: Duration,
    ) -> Self {
        let contracts = Accountability::new(account.provider.clone(), &addresses);
        Self { intake, ipfs, account, contracts, addresses, holder, lease_s, fee_bump_after, signed: HashMap::new() }
    }

    /// Works while the lease is its own, until it is told to stop.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Halt> {
        let mut patience = Patience::with("submissions");
        tracing::info!(account = %self.account.address(), "paying for what others sign");
        loop {
            let round = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                round = self.round() => round,
            };
            let wait = match round {
                Ok(()) => {
                    patience.succeeded();
                    ASK_AGAIN
                }
                Err(Failure::Retryable(reason)) => patience.failed(&reason),
                Err(Failure::Fatal(fatal)) => return Err(Halt::Fatal(fatal)),
            };
            tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(wait) => {} }
        }
        // If this fails it expires.
        let _ = self.intake.release_lease(Work::Submissions, &self.holder).await;
        Err(Halt::Stopped)
    }

    async fn round(&mut self) -> Result<(), Failure> {
        if !self.intake.take_lease(Work::Submissions, &self.holder, now_unix_s(), self.lease_s).await? {
            return Ok(());
        }
        // Without IPFS, complaints and acts go on: what is on the chain does not wait for what is beside it.
        let unpublished = self.publish_evidence().await;
        let mut under_way = self.settle().await?;
        let room = MAX_A_ROUND.saturating_sub(i64::try_from(under_way.len()).unwrap_or(i64::MAX));
        let mut failed = None;
        for waiting in self.intake.submissions_in(&[SubmissionState::Waiting], room.max(0)).await? {
            let id = waiting.id.clone();
            match self.send(waiting, &under_way).await {
                Ok(nonce) => under_way.extend(nonce),
                // One that cannot be tried holds up no other.
                Err(Failure::Retryable(reason)) => failed = Some(format!("{id}: {reason}")),
                Err(fatal) => return Err(fatal),
            }
        }
        failed.map_or(unpublished, |reason| Err(Failure::Retryable(reason)))
    }

    async fn publish_evidence(&self) -> Result<(), Failure> {
        for evidence in self.intake.unpublished_evidence(MAX_A_ROUND).await? {
            self.ipfs.publish(vec![&evidence.block.bytes]).await?;
            self.intake.evidence_published(&evidence.digest).await?;
        }
        Ok(())
    }

    /// Moves a submission on. Where another process has moved it, the next round reads it anew.
    async fn note(&self, from: SubmissionState, to: &Submission) -> Result<(), Failure> {
        match self.intake.move_submission(from, to).await {
            Err(error @ StoreError::Conflict(_)) => Err(Failure::retryable(error)),
            noted => Ok(noted?),
        }
    }

    /// Looks after what was sent; the nonces of what is not mined yet.
    async fn settle(&mut self) -> Result<Vec<u64>, Failure> {
        let mut under_way = Vec::new();
        // Never more than are sent in one round: so these are all, and no nonce of theirs is given out again.
        for submission in self.intake.submissions_in(&[SubmissionState::Sent], MAX_A_ROUND).await? {
            let nonce = submission.transactions.last().map(|transaction| transaction.nonce);
            let is_open = self.sent(submission).await?;
            under_way.extend(nonce.filter(|_| is_open));
        }
        // However many wait for their block to be final: the oldest become so first, the newest may be taken back.
        let mut mined = self.intake.submissions_in(&[SubmissionState::Mined], MAX_MINED_LOOKED_AT / 2).await?;
        if mined.len() as i64 == MAX_MINED_LOOKED_AT / 2 {
            let newest = self.intake.newest_submissions_in(SubmissionState::Mined, MAX_MINED_LOOKED_AT / 2).await?;
            let known: HashSet<String> = mined.iter().map(|submission| submission.id.clone()).collect();
            mined.extend(newest.into_iter().filter(|submission| !known.contains(&submission.id)));
        }
        let final_number = if mined.is_empty() { None } else { self.account.final_number().await? };
        for submission in mined {
            self.mined(submission, final_number).await?;
        }
        Ok(under_way)
    }

    /// What becomes of one that was sent; true where it is still under way.
    async fn sent(&mut self, mut submission: Submission) -> Result<bool, Failure> {
        for transaction in submission.transactions.iter().rev() {
            match self.account.fate(transaction).await? {
                Fate::Mined(block) => {
                    submission.reason = self.left_out(transaction).await?;
                    return self.note_mined(submission, block).await.map(|()| false);
                }
                Fate::Reverted => {
                    let from = submission.state;
                    self.decide(from, submission).await?;
                    return Ok(false);
                }
                Fate::Pending => {}
                Fate::Unknown => {}
            }
        }
        let Some(newest) = submission.transactions.last().cloned() else { return Ok(false) };
        if self.account.is_spent(newest.nonce).await? && self.account.fate(&newest).await? == Fate::Unknown {
            // The nonce went to something else, or a reorganisation took both away: begin anew.
            let from = submission.state;
            submission.state = SubmissionState::Waiting;
            self.note(from, &submission).await?;
            return Ok(false);
        }
        let since = *self.signed.entry(submission.id.clone()).or_insert_with(Instant::now);
        if since.elapsed() < self.fee_bump_after {
            self.account.send(&newest).await?;
            return Ok(true);
        }
        let request = self.request(&submission)?;
        let transaction = self.account.sign(request, Some(&newest), None).await.map_err(passing)?;
        submission.transactions.push(transaction.clone());
        self.note(SubmissionState::Sent, &submission).await?;
        self.signed.insert(submission.id.clone(), Instant::now());
        self.account.send(&transaction).await?;
        Ok(true)
    }

    /// What becomes of one that was in a block.
    async fn mined(&mut self, mut submission: Submission, final_number: Option<u64>) -> Result<(), Failure> {
        let mut block = None;
        for transaction in submission.transactions.iter().rev() {
            if let Fate::Mined(number) = self.account.fate(transaction).await? {
                block = Some(number);
                break;
            }
        }
        // Somebody else had it done: that it still is, the contract says.
        let is_done = block.is_some()
            || match self.refusal(&submission).await? {
                Some(refusal) => self.is_done_already(&submission, &refusal).await?,
                None => false,
            };
        if !is_done {
            submission.state = SubmissionState::Waiting;
            submission.block_number = None;
            return self.note(SubmissionState::Mined, &submission).await;
        }
        let number = block.or(submission.block_number);
        if number.zip(final_number).is_some_and(|(number, last)| number <= last) {
            submission.state = SubmissionState::Final;
            submission.block_number = number;
            self.signed.remove(&submission.id);
            self.note(SubmissionState::Mined, &submission).await?;
        }
        Ok(())
    }

    /// Signs and sends one that waits, or notes why not; its nonce.
    async fn send(&mut self, mut submission: Submission, under_way: &[u64]) -> Result<Option<u64>, Failure> {
        if submission.deadline_unix_s.saturating_add(GRACE_S) < now_unix_s() {
            let reason = format!("its deadline, {}, has passed", submission.deadline_unix_s);
            return self.give_up(submission, reason, "Expired".into()).await.map(|()| None);
        }
        if let Err(Failure::Fatal(unreadable)) = self.request(&submission) {
            return self.give_up(submission, unreadable.to_string(), String::new()).await.map(|()| None);
        }
        match self.refusal(&submission).await? {
            Some(refusal) if self.is_done_already(&submission, &refusal).await? => {
                let (head, _) = self.account.head().await?;
                self.note_mined(submission, head).await?;
                return Ok(None);
            }
            // What was sent before may be what it needs.
            Some(_) if !under_way.is_empty() => return Ok(None),
            Some(refusal) => {
                self.refuse(submission, &refusal).await?;
                return Ok(None);
            }
            None => {}
        }
        let request = self.request(&submission)?;
        let transaction = self.account.sign(request, None, under_way.iter().copied().max()).await.map_err(passing)?;
        submission.transactions.push(transaction.clone());
        submission.state = SubmissionState::Sent;
        // Stored, then sent: a crash in between leaves it to be sent by the next round.
        self.note(SubmissionState::Waiting, &submission).await?;
        self.signed.insert(submission.id.clone(), Instant::now());
        self.account.send(&transaction).await?;
        tracing::info!(id = submission.id, hash = transaction.hash, "sent for another");
        Ok(Some(transaction.nonce))
    }

    /// After a transaction that was refused in its block: done by somebody else, to be sent again, or refused for good.
    async fn decide(&mut self, from: SubmissionState, mut submission: Submission) -> Result<(), Failure> {
        match self.refusal(&submission).await? {
            Some(refusal) if self.is_done_already(&submission, &refusal).await? => {
                let (head, _) = self.account.head().await?;
                self.note_mined(submission, head).await
            }
            Some(refusal) => self.refuse(submission, &refusal).await,
            None => {
                submission.state = SubmissionState::Waiting;
                self.note(from, &submission).await
            }
        }
    }

    async fn note_mined(&self, mut submission: Submission, number: u64) -> Result<(), Failure> {
        let from = submission.state;
        submission.state = SubmissionState::Mined;
        submission.block_number = Some(number);
        self.note(from, &submission).await
    }

    async fn refuse(&mut self, submission: Submission, refusal: &Refusal) -> Result<(), Failure> {
        self.give_up(submission, refusal.to_string(), refusal.name()).await
    }

    async fn give_up(&mut self, mut submission: Submission, reason: String, name: String) -> Result<(), Failure> {
        let from = submission.state;
        tracing::info!(id = submission.id, reason, "not done, for good");
        submission.state = SubmissionState::Refused;
        submission.reason = Some(reason);
        submission.reason_name = Some(name).filter(|name| !name.is_empty());
        self.signed.remove(&submission.id);
        self.note(from, &submission).await
    }
}
