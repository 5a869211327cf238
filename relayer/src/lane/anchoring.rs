//! The chain: one transaction a page, signed and stored before it is sent.

use std::sync::Arc;

use alloy::{
    eips::BlockId,
    network::TransactionBuilder as _,
    primitives::aliases::U40,
    providers::{DynProvider, Provider as _},
    rpc::types::TransactionRequest,
    signers::local::PrivateKeySigner,
};
use bindings::{Addresses, Contracts, Lane, Refusal, encode_entries};
use store::intake::documents::{Entry, Page, Transaction};
use tokio::sync::Mutex;

use crate::{
    account::Account,
    config::Config,
    failure::{Failure, Fatal},
};

/// The chain as the relayer's account sees it.
#[derive(Clone)]
pub struct Chain {
    /// Typed reads of the contracts.
    pub contracts: Contracts<DynProvider>,
    /// Who anchors.
    pub account: Account,
    /// Held from choosing a nonce until the transaction is stored: the account may serve several lanes. alloy's cached
    /// nonces are not used: they stick after a failed send.
    pub signing: Arc<Mutex<()>>,
}

/// Where a page stands on the chain.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// The lane has not come to it.
    Awaited,
    /// It is the next one.
    Next,
    /// It is there, as we sealed it.
    Anchored,
    /// Something else is there in its place.
    Other(String),
}

impl Chain {
    /// Connects, and learns the chain's id.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn connect(config: &Config, signer: PrivateKeySigner) -> Result<Self, Failure> {
        let account = Account::connect(config, signer).await?;
        let Addresses { anchors, rosters, .. } = config.contracts;
        let contracts = Contracts::new(account.provider.clone(), anchors, rosters);
        Ok(Self { contracts, account, signing: Arc::default() })
    }

    /// `Anchors` as a receipt names it (CAIP-10).
    #[must_use]
    pub fn contract_name(&self) -> String {
        format!("eip155:{}:{:#x}", self.account.chain_id, self.contracts.anchors.address())
    }

    /// A lane, which must be there.
    ///
    /// # Errors
    /// [`Failure`]; [`Fatal::OtherChain`] where there is no such lane.
    pub async fn lane(&self, lane: u32) -> Result<Lane, Failure> {
        let known = self.contracts.lane(lane).await?;
        Ok(known.ok_or_else(|| Fatal::OtherChain { lane, reason: "the contract has no such lane".into() })?)
    }

    /// Whether the last block that is final has a page as we sealed it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn is_final(&self, page: &Page) -> Result<bool, Failure> {
        let Some(block) = self.account.final_block().await? else { return Ok(false) };
        let contracts = self.contracts.at(block);
        match contracts.lane(page.lane).await {
            // The contract itself is younger than that block.
            Err(bindings::Error::NoContract(_)) => Ok(false),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(self.standing(&contracts, page).await? == Standing::Anchored),
        }
    }

    /// Where a sealed page stands, by these contracts' block.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn standing(&self, contracts: &Contracts<DynProvider>, page: &Page) -> Result<Standing, Failure> {
        let Some(lane) = contracts.lane(page.lane).await? else { return Ok(Standing::Awaited) };
        if lane.pages < page.number {
            return Ok(Standing::Awaited);
        }
        if lane.pages == page.number {
            return Ok(Standing::Next);
        }
        let anchored = contracts.page(page.lane, page.number).await?;
        let anchored = anchored.ok_or_else(|| Failure::retryable("the node answered from two blocks"))?;
        let same = anchored.period_start_unix_s == page.period_start_unix_s
            && Some(anchored.period_end_unix_s) == page.period_end_unix_s
            && anchored.entries == chain_entries(&page.entries)?;
        Ok(if same { Standing::Anchored } else { Standing::Other(format!("{anchored:?}")) })
    }

    /// Signs the transaction that anchors a page, or one that replaces `earlier`. A new one takes the account's next
    /// nonce, and one above `under_way`, the highest that is stored and perhaps not mined. Hold [`Chain::signing`].
    ///
    /// # Errors
    /// [`Failure`]; the contract's refusal is in it.
    pub async fn sign(
        &self,
        page: &Page,
        earlier: Option<&Transaction>,
        under_way: Option<u64>,
    ) -> Result<Transaction, Failure> {
        self.account.sign(self.request(page).await?, earlier, under_way).await
    }

    /// Why the contract refuses a page now, if it does.
    ///
    /// # Errors
    /// [`Failure::Retryable`].
    pub async fn refusal(&self, page: &Page) -> Result<Option<Refusal>, Failure> {
        let request = self.request(page).await?;
        match self.account.provider.call(request).block(BlockId::latest()).await.map_err(bindings::Error::from) {
            Ok(_) => Ok(None),
            Err(bindings::Error::Refused(refusal)) => Ok(Some(refusal)),
            Err(error) => Err(error.into()),
        }
    }

    async fn request(&self, page: &Page) -> Result<TransactionRequest, Failure> {
        let previous = match page.number.checked_sub(1) {
            Some(previous) => self.contracts.page_hash(page.lane, previous).await?,
            None => [0; 32],
        };
        let period_end = U40::from(page.period_end_unix_s.unwrap_or_default());
        let entries = encode_entries(&chain_entries(&page.entries)?);
        let call = self.contracts.anchors.anchor(page.lane, page.number, previous.into(), period_end, entries);
        Ok(call.into_transaction_request().with_from(self.account.address()).with_chain_id(self.account.chain_id))
    }
}

/// Entries as the contract takes them.
fn chain_entries(entries: &[Entry]) -> Result<Vec<bindings::Entry>, Failure> {
    let entry = |entry: &Entry| {
        Some(bindings::Entry {
            root: protocol::from_hex(&entry.root)?,
            digest: protocol::from_hex(&entry.digest)?,
            count: u32::try_from(entry.count).ok()?,
        })
    };
    entries.iter().map(|e| entry(e).ok_or_else(|| unreadable(&e.area_id))).collect()
}

fn unreadable(reason: &str) -> Failure {
    Failure::Fatal(Fatal::Store(store::StoreError::Unreadable { collection: "pages", reason: reason.to_owned() }))
}
