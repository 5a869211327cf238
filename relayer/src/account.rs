//! An account that pays: its transactions are signed and stored before they are sent, and replaced by ones that pay more.

use std::time::Duration;

use alloy::{
    consensus::Transaction as _,
    eips::{BlockId, BlockNumberOrTag, Decodable2718 as _, Encodable2718 as _},
    network::{EthereumWallet, NetworkTransactionBuilder as _, TransactionBuilder as _},
    primitives::{Address, B256},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    rpc::types::{TransactionReceipt, TransactionRequest},
    signers::local::PrivateKeySigner,
    transports::http::reqwest,
};
use bson::Binary;
use store::intake::documents::Transaction;

use crate::{
    config::{Config, ConfigError},
    failure::{Failure, Fatal},
};

/// How long one RPC call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Gas beyond the estimate, in percent: what stands when it is mined is not what stood when it was estimated.
const GAS_MARGIN_PERCENT: u64 = 20;
/// By how much a replacement pays more, in percent. Nodes demand 10.
const FEE_BUMP_PERCENT: u128 = 13;
/// A replacement never pays more than this many times what the node suggests.
const FEE_CEILING: u128 = 10;

/// An account that pays. One task at a time may choose its nonces.
#[derive(Clone)]
pub struct Account {
    /// The chain.
    pub provider: DynProvider,
    wallet: EthereumWallet,
    address: Address,
    /// The chain's id.
    pub chain_id: u64,
    finality_depth_blocks: Option<u64>,
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

impl Account {
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
            provider,
            address: signer.address(),
            wallet: EthereumWallet::from(signer),
            chain_id,
            finality_depth_blocks: config.finality_depth_blocks,
        })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
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

    /// The last block that is final; none while the chain is younger than the depth that was set.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn final_block(&self) -> Result<Option<BlockId>, Failure> {
        let Some(depth) = self.finality_depth_blocks else { return Ok(Some(BlockId::finalized())) };
        let head = self.provider.get_block_number().await.map_err(Failure::retryable)?;
        Ok(head.checked_sub(depth).map(BlockId::number))
    }

    /// The number of that block; none where there is none.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn final_number(&self) -> Result<Option<u64>, Failure> {
        let Some(block) = self.final_block().await? else { return Ok(None) };
        let block = self.provider.get_block(block).await.map_err(Failure::retryable)?;
        Ok(block.map(|block| block.header.number))
    }

    /// What became of a transaction.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn fate(&self, transaction: &Transaction) -> Result<Fate, Failure> {
        if let Some(receipt) = self.receipt(transaction).await? {
            let mined = receipt.block_number.map_or(Fate::Pending, Fate::Mined);
            return Ok(if receipt.status() { mined } else { Fate::Reverted });
        }
        let hash: B256 = transaction.hash.parse().map_err(Failure::retryable)?;
        let known = self.provider.get_transaction_by_hash(hash).await.map_err(Failure::retryable)?;
        Ok(if known.is_some() { Fate::Pending } else { Fate::Unknown })
    }

    /// What the chain says of a transaction that is in a block.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn receipt(&self, transaction: &Transaction) -> Result<Option<TransactionReceipt>, Failure> {
        let hash: B256 = transaction.hash.parse().map_err(Failure::retryable)?;
        self.provider.get_transaction_receipt(hash).await.map_err(Failure::retryable)
    }

    /// Whether the account's next nonce is beyond this one.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn is_spent(&self, nonce: u64) -> Result<bool, Failure> {
        Ok(self.provider.get_transaction_count(self.address).await.map_err(Failure::retryable)? > nonce)
    }

    /// Signs a transaction, or one that replaces `earlier`. A new one takes the account's next nonce, and one above
    /// `under_way`, the highest that is stored and perhaps not mined.
    ///
    /// # Errors
    /// [`Failure`]; the contract's refusal is in it.
    pub async fn sign(
        &self,
        request: TransactionRequest,
        earlier: Option<&Transaction>,
        under_way: Option<u64>,
    ) -> Result<Transaction, Failure> {
        // As of the newest block: among what is pending it may be there already.
        let gas = self.provider.estimate_gas(request.clone()).block(BlockId::latest()).await;
        let gas = gas.map_err(bindings::Error::from)?;
        let suggested = self.provider.estimate_eip1559_fees().await.map_err(Failure::retryable)?;
        let (mut fee, mut tip) = (suggested.max_fee_per_gas, suggested.max_priority_fee_per_gas);
        let mined = self.provider.get_transaction_count(self.address).await.map_err(Failure::retryable)?;
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

    /// Sends a stored transaction, perhaps again. Whether that helped is for [`Account::fate`] to say.
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
}

fn fees(transaction: &Transaction) -> Result<(u128, u128), Failure> {
    let decoded = alloy::consensus::TxEnvelope::decode_2718(&mut transaction.raw.bytes.as_slice());
    let unreadable = |reason: String| {
        Failure::Fatal(Fatal::Store(store::StoreError::Unreadable { collection: "transactions", reason }))
    };
    let decoded = decoded.map_err(|e| unreadable(e.to_string()))?;
    Ok((decoded.max_fee_per_gas(), decoded.max_priority_fee_per_gas().unwrap_or_default()))
}
