//! The chain as the follower reads it: headers, and the logs of our contracts, each checked against the block that it
//! was asked for.

use alloy::{
    consensus::BlockHeader as _,
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, BloomInput},
    providers::{DynProvider, Provider as _},
    rpc::types::{Filter, Header, Log},
    sol_types::SolEvent as _,
};
use bindings::{Addresses, Anchors, Page, Rosters};
use store::views::accountability::Chronicle;

use crate::{Error, chronicle};

/// A block by what the follower needs of it.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) number: u64,
    pub(crate) hash: B256,
    pub(crate) parent_hash: B256,
    pub(crate) time_unix_s: u64,
    bloom: alloy::primitives::Bloom,
}

/// A page of a lane with the block that holds it.
#[derive(Clone, Debug)]
pub(crate) struct AnchoredPage {
    pub(crate) page: Page,
    pub(crate) block_number: u64,
    pub(crate) block_hash: B256,
    pub(crate) block_time_unix_s: u64,
    pub(crate) transaction_hash: B256,
}

/// What our contracts said in some blocks.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Pages, in the order of the chain.
    pub(crate) pages: Vec<AnchoredPage>,
    /// Whether a roster was published or an area joined.
    pub(crate) areas_changed: bool,
    /// Complaints and what belongs to them.
    pub(crate) chronicle: Chronicle,
}

pub(crate) struct Chain {
    provider: DynProvider,
    addresses: Addresses,
    /// Those whose logs are read, `Anchors` first.
    contracts: Vec<Address>,
}

impl Chain {
    pub(crate) fn new(provider: DynProvider, addresses: &Addresses) -> Self {
        let a = addresses;
        let contracts = vec![a.anchors, a.rosters, a.complaints, a.officials, a.clocks, a.notices, a.testimonies];
        Self { provider, addresses: addresses.clone(), contracts }
    }

    /// `eip155:<chain id>:0x<anchoring contract>`, as receipts spell it.
    pub(crate) async fn contract(&self) -> Result<String, Error> {
        let id = self.provider.get_chain_id().await.map_err(bindings::Error::Rpc)?;
        Ok(format!("eip155:{id}:{:#x}", self.contracts[0]))
    }

    pub(crate) async fn latest(&self) -> Result<Head, Error> {
        let head = self.block(BlockNumberOrTag::Latest.into()).await?;
        head.ok_or_else(|| Error::Inconsistent("there is no latest block".into()))
    }

    /// The newest final block; none while the chain calls none so.
    pub(crate) async fn finalized(&self) -> Result<Option<Head>, Error> {
        self.block(BlockNumberOrTag::Finalized.into()).await
    }

    pub(crate) async fn at(&self, number: u64) -> Result<Option<Head>, Error> {
        self.block(BlockNumberOrTag::Number(number).into()).await
    }

    async fn block(&self, id: BlockId) -> Result<Option<Head>, Error> {
        let block = self.provider.get_block(id).await.map_err(bindings::Error::Rpc)?;
        Ok(block.map(|block| head(&block.header)))
    }

    /// What our contracts said in one block, asked for by its hash: a node that does not know the block says so
    /// instead of giving nothing. `None` where the header's bloom speaks of our events and the node has none, which
    /// is most likely the node's fault.
    pub(crate) async fn said_in(&self, head: &Head) -> Result<Option<Said>, Error> {
        let may_hold = |bytes: &[u8]| head.bloom.contains_input(BloomInput::Raw(bytes));
        if !self.contracts.iter().any(|contract| may_hold(contract.as_slice())) {
            return Ok(Some(Said::default()));
        }
        let filter = Filter::new().at_block_hash(head.hash).address(self.contracts.clone());
        let logs = self.provider.get_logs(&filter).await.map_err(bindings::Error::Rpc)?;
        if logs.iter().any(|log| log.block_hash != Some(head.hash)) {
            return Err(Error::Inconsistent(format!("logs of another block than {}", head.hash)));
        }
        let anchors = may_hold(self.contracts[0].as_slice()) && may_hold(Anchors::Anchored::SIGNATURE_HASH.as_slice());
        if logs.is_empty() && anchors {
            return Ok(None);
        }
        self.read(logs, Some(head.time_unix_s)).await.map(Some)
    }

    /// What our contracts said in a range of final blocks, both ends inclusive.
    pub(crate) async fn said_between(&self, from: u64, to: u64) -> Result<Said, Error> {
        let filter = Filter::new().from_block(from).to_block(to).address(self.contracts.clone());
        let logs = self.provider.get_logs(&filter).await.map_err(bindings::Error::Rpc)?;
        self.read(logs, None).await
    }

    async fn read(&self, mut logs: Vec<Log>, block_time_unix_s: Option<u64>) -> Result<Said, Error> {
        logs.sort_by_key(|log| (log.block_number, log.log_index));
        let mut said = Said::default();
        for log in logs.iter().filter(|log| !log.removed) {
            if chronicle::add(&mut said.chronicle, log, &self.addresses)? {
                continue;
            }
            match log.topic0() {
                Some(topic) if *topic == Anchors::Anchored::SIGNATURE_HASH && log.address() == self.contracts[0] => {
                    said.pages.push(self.page(log, block_time_unix_s).await?);
                }
                Some(topic) => {
                    let changes = [
                        Anchors::AreaJoined::SIGNATURE_HASH,
                        Anchors::LaneOpened::SIGNATURE_HASH,
                        Rosters::RosterPublished::SIGNATURE_HASH,
                    ];
                    said.areas_changed |= changes.contains(topic);
                }
                None => {}
            }
        }
        Ok(said)
    }

    async fn page(&self, log: &Log, block_time_unix_s: Option<u64>) -> Result<AnchoredPage, Error> {
        let incomplete = || Error::Inconsistent("a log without its block".into());
        let block_hash = log.block_hash.ok_or_else(incomplete)?;
        let time = match block_time_unix_s.or(log.block_timestamp) {
            Some(time) => time,
            None => self.block(block_hash.into()).await?.ok_or_else(incomplete)?.time_unix_s,
        };
        let event = log.log_decode::<Anchors::Anchored>();
        let event = event.map_err(|error| bindings::Error::InvalidAnswer(error.to_string()))?;
        Ok(AnchoredPage {
            page: Page::try_from(&event.inner.data)?,
            block_number: log.block_number.ok_or_else(incomplete)?,
            block_hash,
            block_time_unix_s: time,
            transaction_hash: log.transaction_hash.ok_or_else(incomplete)?,
        })
    }
}

fn head(header: &Header) -> Head {
    Head {
        number: header.number(),
        hash: header.hash,
        parent_hash: header.parent_hash(),
        time_unix_s: header.timestamp(),
        bloom: header.logs_bloom(),
    }
}
