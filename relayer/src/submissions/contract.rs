//! What a submission asks of the contracts, and what they say to it.

use alloy::{
    eips::BlockId,
    network::TransactionBuilder as _,
    primitives::{Address, Bytes},
    providers::Provider as _,
    rpc::types::{Filter, Log, TransactionRequest},
};
use bindings::{Event, Refusal, Signed as _, SignedActions, SignedFiling, SignedNotice, SignedRemark, logs};
use serde::de::DeserializeOwned;
use store::{
    StoreError,
    intake::documents::{Submission, SubmissionKind, Transaction},
};

use super::Sponsor;
use crate::failure::{Failure, Fatal};

/// What one submission may cost, and each further action of a list: an account with code is asked for its signature, and
/// could burn gas at our cost.
const MAX_GAS: u64 = 1_500_000;
const MAX_GAS_AN_ACTION: u64 = 200_000;
/// Errors by which the contracts say that what was submitted has been done already, by whomever.
const DONE_ALREADY: [&str; 3] = ["AlreadyFiled", "AlreadySaid", "AlreadyAnnounced"];
/// The error by which it says that an action's place in the chain of a complaint is taken, perhaps by that action itself.
const TAKEN_PLACE: &str = "WrongIndex";

impl Sponsor {
    /// Which of a list's actions were refused although others were done.
    pub(super) async fn left_out(&self, transaction: &Transaction) -> Result<Option<String>, Failure> {
        let Some(receipt) = self.account.receipt(transaction).await? else { return Ok(None) };
        let mut reasons = Vec::new();
        for log in receipt.logs() {
            if let Some(Event::ActionRefused { complaint, reason, .. }) = Event::decode(&log.inner, &self.addresses)? {
                reasons.push(format!("{complaint}: {reason}"));
            }
        }
        Ok((!reasons.is_empty()).then(|| reasons.join("; ")))
    }

    /// Whether the contract refuses because exactly this was done, by whomever: signed acts are open to all, and another may
    /// have sent them.
    pub(super) async fn is_done_already(&self, submission: &Submission, refusal: &Refusal) -> Result<bool, Failure> {
        if DONE_ALREADY.contains(&refusal.name().as_str()) {
            return Ok(true);
        }
        if submission.kind != SubmissionKind::Actions || refusal.name() != TAKEN_PLACE {
            return Ok(false);
        }
        let signed: SignedActions = parse(submission)?;
        let (head, _) = self.account.head().await?;
        for action in &signed.actions {
            let filter = Filter::new().address(self.addresses.complaints).topic1(action.complaint);
            let logs = logs(&self.account.provider, &filter, self.addresses.start_block, head).await?;
            let is_it = |log: &Log| match Event::decode(&log.inner, &self.addresses) {
                Ok(Some(Event::Acted(acted))) => acted.hash == action.hash(),
                _ => false,
            };
            if !logs.iter().any(is_it) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Why the contract refuses it now, if it does.
    pub(super) async fn refusal(&self, submission: &Submission) -> Result<Option<Refusal>, Failure> {
        let request = self.request(submission)?;
        match self.account.provider.call(request).block(BlockId::latest()).await.map_err(bindings::Error::from) {
            Ok(_) => Ok(None),
            Err(bindings::Error::Refused(refusal)) => Ok(Some(refusal)),
            Err(error) => Err(passing(error.into())),
        }
    }

    pub(super) fn request(&self, submission: &Submission) -> Result<TransactionRequest, Failure> {
        let signature = Bytes::from(submission.signature.bytes.clone());
        let (complaints, notices) = (&self.contracts.complaints, &self.contracts.notices);
        let mut max_gas = MAX_GAS;
        let request = match submission.kind {
            SubmissionKind::Filing => {
                let SignedFiling { filing, deadline } = parse(submission)?;
                complaints.fileBySig(filing.to_call()?, deadline, signature).into_transaction_request()
            }
            SubmissionKind::Actions => {
                let signed: SignedActions = parse(submission)?;
                let signer = signed.signer().unwrap_or(Address::ZERO);
                max_gas += MAX_GAS_AN_ACTION * signed.actions.len() as u64;
                let actions = signed.actions.iter().map(|action| action.to_call()).collect::<Result<_, _>>()?;
                complaints.actBySig(actions, signer, signed.deadline, signature).into_transaction_request()
            }
            SubmissionKind::Remark => {
                let SignedRemark { remark, deadline } = parse(submission)?;
                complaints.remarkBySig(remark.to_call()?, remark.signer, deadline, signature).into_transaction_request()
            }
            SubmissionKind::Notice => {
                let SignedNotice { notice, deadline } = parse(submission)?;
                notices.announceBySig(notice.to_call()?, notice.signer, deadline, signature).into_transaction_request()
            }
        };
        let request = request.with_from(self.account.address()).with_chain_id(self.account.chain_id);
        Ok(request.with_gas_limit(max_gas))
    }
}

/// A refusal between the trial and the signing is somebody else's doing: the next trial says what it came to.
pub(super) fn passing(failure: Failure) -> Failure {
    match failure {
        Failure::Fatal(Fatal::Chain(error)) => Failure::retryable(error),
        other => other,
    }
}

fn parse<T: DeserializeOwned>(submission: &Submission) -> Result<T, Failure> {
    serde_json::from_str(&submission.payload).map_err(|error| {
        let reason = format!("{}: {error}", submission.id);
        StoreError::Unreadable { collection: "submissions", reason }.into()
    })
}
