//! The chain: one transaction a page, signed and stored before it is sent.

use std::{sync::Arc, time::Duration};

use alloy::{
    consensus::Transaction as _,
    eips::{BlockId, BlockNumberOrTag, Decodable2718 as _, Encodable2718 as _},
    network::{EthereumWallet, NetworkTransactionBuilder as _, TransactionBuilder as _},
    primitives::{Address, B256, aliases::U40},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    rpc::types::TransactionRequest,
    signers::local::PrivateKeySigner,
    transports::http::reqwest,
};
use bindings::{Contracts, Lane, Refusal, encode_entries};
use bson::Binary;
use store::intake::documents::{Entry, Page, Transaction};
use tokio::sync::Mutex;

use crate::{
    config::{Config, ConfigError},
    failure::{Failure, Fatal},
};

/// How long one RPC call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Gas beyond the estimate, in percent: another area may join the lane meanwhile.
const GAS_MARGIN_PERCENT: u64 = 20;
/// By how much a replacement pays more, in percent. Nodes demand 10.
const FEE_BUMP_PERCENT: u128 = 13;
/// A replacement never pays more than this many times what the node suggests.
const FEE_CEILING: u128 = 10;

/// The chain as the relayer's account sees it.
#[derive(Clone)]
pub struct Chain {
    /// Typed reads of the contracts.
    pub contracts: Contracts<DynProvider>,
    provider: DynProvider,
    wallet: EthereumWallet,
    account: Address,
    chain_id: u64,
    finality_depth_blocks: Option<u64>,
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

/// What became of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// The node does not know it.
    Unknown,
    /// It waits to be mined.
    Pending,
    /// It is in this block.
    Mined(u64),
    /// It is in a block, and was refused.
    Reverted,
}

impl Chain {
    /// Connects, and learns the chain's id.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn connect(config: &Config, signer: PrivateKeySigner) -> Result<Self, Failure> {
        let wrong = |_| Fatal::Config(ConfigError::Value { field: "rpc_url", expected: "an http or https URL" });
        let url = config.rpc_url.parse().map_err(wrong)?;
        let client = reqwest::Client::builder().timeout(CALL_TIMEOUT).build().map_err(Failure::retryable)?;
        let provider = ProviderBuilder::new().disable_recommended_fillers().connect_reqwest(client, url).erased();
        let chain_id = provider.get_chain_id().await.map_err(Failure::retryable)?;
        Ok(Self {
            contracts: Contracts::new(provider.clone(), config.contracts.anchors, config.contracts.rosters),
            provider,
            account: signer.address(),
            wallet: EthereumWallet::from(signer),
            chain_id,
            finality_depth_blocks: config.finality_depth_blocks,
            signing: Arc::default(),
        })
    }

    /// The account that anchors.
    #[must_use]
    pub fn account(&self) -> Address {
        self.account
    }

    /// `Anchors` as a receipt names it (CAIP-10).
    #[must_use]
    pub fn contract_name(&self) -> String {
        format!("eip155:{}:{:#x}", self.chain_id, self.contracts.anchors.address())
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
        let block = match self.finality_depth_blocks {
            None => BlockId::finalized(),
            Some(depth) => {
                let head = self.provider.get_block_number().await.map_err(Failure::retryable)?;
                let Some(number) = head.checked_sub(depth) else { return Ok(false) };
                BlockId::number(number)
            }
        };
        let contracts = self.contracts.at(block);
        match contracts.lane(page.lane).await {
            // The contract itself is younger than that block.
            Err(bindings::Error::NoContract(_)) => Ok(false),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(self.standing(&contracts, page).await? == Standing::Anchored),
        }
    }

    /// The newest block's number and time.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn head(&self) -> Result<(u64, u64), Failure> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Latest).await.map_err(Failure::retryable)?;
        let block = block.ok_or_else(|| Failure::retryable("the node has no newest block"))?;
        Ok((block.header.number, block.header.timestamp))
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

    /// What became of a transaction.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn fate(&self, transaction: &Transaction) -> Result<Fate, Failure> {
        let hash: B256 = transaction.hash.parse().map_err(Failure::retryable)?;
        if let Some(receipt) = self.provider.get_transaction_receipt(hash).await.map_err(Failure::retryable)? {
            let mined = receipt.block_number.map_or(Fate::Pending, Fate::Mined);
            return Ok(if receipt.status() { mined } else { Fate::Reverted });
        }
        let known = self.provider.get_transaction_by_hash(hash).await.map_err(Failure::retryable)?;
        Ok(if known.is_some() { Fate::Pending } else { Fate::Unknown })
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
        let request = self.request(page).await?;
        // As of the newest block: among what is pending the page may be there already.
        let gas = self.provider.estimate_gas(request.clone()).block(BlockId::latest()).await;
        let gas = gas.map_err(bindings::Error::from)?;
        let suggested = self.provider.estimate_eip1559_fees().await.map_err(Failure::retryable)?;
        let (mut fee, mut tip) = (suggested.max_fee_per_gas, suggested.max_priority_fee_per_gas);
        let mined = self.provider.get_transaction_count(self.account).await.map_err(Failure::retryable)?;
        let nonce = match earlier {
            Some(earlier) if earlier.nonce >= mined => {
                let (old_fee, old_tip) = fees(earlier)?;
                let bump = |old: u128| old + old * FEE_BUMP_PERCENT / 100 + 1;
                (fee, tip) = (bump(old_fee).max(fee), bump(old_tip).max(tip));
                if fee > suggested.max_fee_per_gas.saturating_mul(FEE_CEILING) {
                    return Err(Failure::retryable("the fee is at its ceiling"));
                }
                earlier.nonce
            }
            _ => mined.max(under_way.map_or(0, |nonce| nonce + 1)),
        };
        let signed = request
            .with_nonce(nonce)
            .with_gas_limit(gas + gas * GAS_MARGIN_PERCENT / 100)
            .with_max_fee_per_gas(fee)
            .with_max_priority_fee_per_gas(tip.min(fee))
            .build(&self.wallet)
            .await
            .map_err(Failure::retryable)?;
        let raw = Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: signed.encoded_2718() };
        Ok(Transaction { hash: signed.tx_hash().to_string(), nonce, raw })
    }

    /// Sends a stored transaction, perhaps again. Whether that helped is for [`Chain::fate`] to say.
    ///
    /// # Errors
    /// [`Failure::Retryable`].
    pub async fn send(&self, transaction: &Transaction) -> Result<(), Failure> {
        match self.provider.send_raw_transaction(&transaction.raw.bytes).await {
            Ok(_) => Ok(()),
            // "already known", "nonce too low" (it is mined), "underpriced" (a replacement is there): all are answers.
            Err(error) if error.as_error_resp().is_some() => {
                tracing::debug!(hash = transaction.hash, %error, "not taken by the node");
                Ok(())
            }
            Err(error) => Err(Failure::retryable(error)),
        }
    }

    /// Why the contract refuses a page now, if it does.
    ///
    /// # Errors
    /// [`Failure::Retryable`].
    pub async fn refusal(&self, page: &Page) -> Result<Option<Refusal>, Failure> {
        let request = self.request(page).await?;
        match self.provider.call(request).block(BlockId::latest()).await.map_err(bindings::Error::from) {
            Ok(_) => Ok(None),
            Err(bindings::Error::Refused(refusal)) => Ok(Some(refusal)),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the account's next nonce is beyond this one.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn is_spent(&self, nonce: u64) -> Result<bool, Failure> {
        Ok(self.provider.get_transaction_count(self.account).await.map_err(Failure::retryable)? > nonce)
    }

    async fn request(&self, page: &Page) -> Result<TransactionRequest, Failure> {
        let previous = match page.number.checked_sub(1) {
            Some(previous) => self.contracts.page_hash(page.lane, previous).await?,
            None => [0; 32],
        };
        let period_end = U40::from(page.period_end_unix_s.unwrap_or_default());
        let entries = encode_entries(&chain_entries(&page.entries)?);
        let call = self.contracts.anchors.anchor(page.lane, page.number, previous.into(), period_end, entries);
        Ok(call.into_transaction_request().with_from(self.account).with_chain_id(self.chain_id))
    }
}

fn fees(transaction: &Transaction) -> Result<(u128, u128), Failure> {
    let decoded = alloy::consensus::TxEnvelope::decode_2718(&mut transaction.raw.bytes.as_slice());
    let decoded = decoded.map_err(|e| unreadable(&e.to_string()))?;
    Ok((decoded.max_fee_per_gas(), decoded.max_priority_fee_per_gas().unwrap_or_default()))
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
