//! [`Verifier`]: what the chain says and what IPFS holds, brought together and checked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use alloy::{
    primitives::Address,
    providers::{DynProvider, Provider as _, ProviderBuilder},
    transports::http::reqwest::Url,
};
use bindings::{Addresses, Anchored, Contracts, Place, RosterAnchor};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use protocol::{
    Hash,
    batch::{self, Anchor, BatchError, Header, VerifiedBatch},
    block::{MAX_BLOCK_BYTES, MAX_HEADER_BYTES},
    roster::{self, Roster, RosterError},
    testimony::{self, MAX_TESTIMONY_BYTES, Testified},
};

use tokio::sync::Semaphore;

use crate::{Error, Ipfs};

/// Calls to the chain under way at one time in a scan.
pub const MAX_CONCURRENT_CALLS: usize = 16;
/// Rosters kept after they were verified.
const MAX_CACHED_ROSTERS: usize = 64;

/// A roster that agrees with the chain.
#[derive(Clone, Debug)]
pub struct CheckedRoster {
    /// What the chain says of it.
    pub anchor: RosterAnchor,
    /// Its rows.
    pub roster: Roster,
}

/// A batch that agrees with the chain and its roster.
#[derive(Clone, Debug)]
pub struct CheckedBatch {
    /// Its header, records and sealed leaves.
    pub batch: VerifiedBatch,
    /// The roster in force at its period's start.
    pub roster: Arc<CheckedRoster>,
    /// Bytes of its header and blocks.
    pub bytes: u64,
}

/// A testimony's block, its records checked against the roster in force at its time.
#[derive(Clone, Debug)]
pub struct CheckedTestimony {
    /// Its lines.
    pub testified: Testified,
    /// The roster.
    pub roster: Arc<CheckedRoster>,
}

/// Verifies from an Ethereum RPC and an IPFS node, neither of which is trusted beyond what it must be: the RPC for the
/// state of the contracts, the node for nothing. Cheap to clone; clones share the cache of rosters.
#[derive(Clone, Debug)]
pub struct Verifier {
    contracts: Contracts<DynProvider>,
    /// Where all contracts are, if that was said: without it, testimonies are not read.
    addresses: Option<Arc<Addresses>>,
    ipfs: Ipfs,
    rosters: Arc<Mutex<HashMap<Hash, Arc<CheckedRoster>>>>,
    /// One for each core: more checks at one time would only hold up other work.
    turns: Arc<Semaphore>,
}

/// What a protocol check needs of the chain's word on a batch.
#[must_use]
pub fn anchor_of(anchored: &Anchored, previous_digest: Hash) -> Anchor {
    Anchor {
        area_id: anchored.area_id.clone(),
        batch_number: anchored.batch_number,
        root: anchored.root,
        digest: anchored.digest,
        count: anchored.count.into(),
        period_start_unix_s: anchored.period_start_unix_s,
        period_end_unix_s: anchored.period_end_unix_s,
        previous_digest,
    }
}

impl Verifier {
    /// A verifier of these contracts over this node.
    #[must_use]
    pub fn new(contracts: Contracts<DynProvider>, ipfs: Ipfs) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { contracts, addresses: None, ipfs, rosters: Arc::default(), turns: Arc::new(Semaphore::new(cores)) }
    }

    /// A verifier by addresses. Nothing is called yet.
    #[must_use]
    pub fn connect(rpc_url: Url, anchors: Address, rosters: Address, ipfs: Ipfs) -> Self {
        let provider = ProviderBuilder::new().connect_http(rpc_url).erased();
        Self::new(Contracts::new(provider, anchors, rosters), ipfs)
    }

    /// The same, which also reads what was testified past the relayers.
    #[must_use]
    pub fn with_testimonies(mut self, addresses: &Addresses) -> Self {
        self.addresses = Some(Arc::new(addresses.clone()));
        self
    }

    pub(crate) fn addresses(&self) -> Option<&Addresses> {
        self.addresses.as_deref()
    }

    /// The contracts.
    #[must_use]
    pub fn contracts(&self) -> &Contracts<DynProvider> {
        &self.contracts
    }

    /// The IPFS node.
    #[must_use]
    pub fn ipfs(&self) -> &Ipfs {
        &self.ipfs
    }

    /// Where an area's batches are.
    ///
    /// # Errors
    /// [`Error::UnknownArea`], [`Error::Chain`].
    pub async fn place(&self, area_id: &str) -> Result<Place, Error> {
        self.contracts.place(area_id).await?.ok_or_else(|| Error::UnknownArea(area_id.to_owned()))
    }

    /// The numbers of an area's batches as of now: from its first one to below the lane's next page.
    ///
    /// # Errors
    /// [`Error::UnknownArea`], [`Error::Chain`].
    pub async fn batch_numbers(&self, area_id: &str) -> Result<std::ops::Range<u64>, Error> {
        let place = self.place(area_id).await?;
        let lane = self.contracts.lane(place.lane).await?;
        Ok(place.since..lane.map_or(place.since, |lane| lane.pages.max(place.since)))
    }

    /// All areas of all lanes, in the order of lanes.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn areas(&self) -> Result<Vec<String>, Error> {
        let mut areas = Vec::new();
        for lane in 0..self.contracts.lane_count().await? {
            areas.extend(self.contracts.areas(lane).await?);
        }
        Ok(areas)
    }

    /// What the chain says of each batch with these numbers, in order.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn anchored(&self, area_id: &str, numbers: std::ops::Range<u64>) -> Result<Vec<Anchored>, Error> {
        let calls = numbers.map(|number| async move { self.contracts.batch(area_id, number).await });
        Ok(stream::iter(calls).buffered(MAX_CONCURRENT_CALLS).try_collect().await?)
    }

    /// Digest of the area's last batch before `number` that was not empty; zeros where there is none. Walks back over
    /// the chain; a scan over a range carries it along instead.
    ///
    /// # Errors
    /// [`Error::UnknownArea`], [`Error::Chain`].
    pub async fn previous_digest(&self, area_id: &str, number: u64) -> Result<Hash, Error> {
        let since = self.place(area_id).await?.since;
        let calls = (since..number).rev().map(|n| async move { self.contracts.batch(area_id, n).await });
        let mut batches = stream::iter(calls).buffered(MAX_CONCURRENT_CALLS);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            if !batch.is_empty() {
                return Ok(batch.digest);
            }
        }
        Ok([0; 32])
    }

    /// The roster in force at a time, fetched and checked.
    ///
    /// # Errors
    /// [`Error::NoRoster`], and as [`Verifier::roster`].
    pub async fn roster_in_force(&self, area_id: &str, at_unix_s: u64) -> Result<Arc<CheckedRoster>, Error> {
        let anchor = self.contracts.roster_in_force(area_id, at_unix_s).await?;
        let anchor = anchor.ok_or_else(|| Error::NoRoster { area_id: area_id.to_owned(), at_unix_s })?;
        self.roster(area_id, &anchor).await
    }

    /// A roster by what the chain says of it, fetched and checked.
    ///
    /// # Errors
    /// [`Error::Ipfs`], [`Error::Roster`].
    pub async fn roster(&self, area_id: &str, anchor: &RosterAnchor) -> Result<Arc<CheckedRoster>, Error> {
        if let Some(known) = self.cached(&anchor.digest).filter(|r| r.anchor == *anchor && r.roster.area_id == area_id)
        {
            return Ok(known);
        }
        let invalid = |error| Error::Roster { area_id: area_id.to_owned(), version: anchor.version, error };
        let header = self.ipfs.block(&anchor.digest, MAX_HEADER_BYTES).await?;
        let listed = roster::listed_blocks(&header, &anchor.digest).map_err(invalid)?;
        let blocks = self.ipfs.blocks(&listed, MAX_BLOCK_BYTES).await?;
        let roster = roster::verify(&header, &blocks, &anchor.digest, &anchor.root).map_err(invalid)?;
        let fields = [
            ("area_id", roster.area_id == area_id),
            ("version", roster.version == anchor.version),
            ("effective_from", roster.effective_from_unix_s == anchor.effective_from_unix_s),
            ("device_count", roster.devices().len() as u64 == u64::from(anchor.devices)),
        ];
        if let Some((name, _)) = fields.iter().find(|(_, agrees)| !agrees) {
            return Err(invalid(RosterError::Mismatch(name)));
        }
        let checked = Arc::new(CheckedRoster { anchor: anchor.clone(), roster });
        self.keep(checked.clone());
        Ok(checked)
    }

    /// When the first roster that names a device took effect, among the versions up to `version`.
    ///
    /// # Errors
    /// As [`Verifier::roster`]; `None` where none of them names it.
    pub async fn enrolled_unix_s(&self, area_id: &str, device_id: &str, version: u64) -> Result<Option<u64>, Error> {
        for version in 1..=version {
            let anchor = self.contracts.roster(area_id, version).await?;
            if self.roster(area_id, &anchor).await?.roster.device(device_id).is_some() {
                return Ok(Some(anchor.effective_from_unix_s));
            }
        }
        Ok(None)
    }

    /// Fetches and verifies a batch of which the chain's word is known. The signatures are checked on a thread of
    /// their own.
    ///
    /// # Errors
    /// [`Error::Batch`] where what is published is wrong, [`Error::NoRoster`], [`Error::Roster`] where the roster
    /// is; [`Error::Chain`], [`Error::Ipfs`].
    pub async fn verify_anchor(&self, anchor: &Anchor) -> Result<CheckedBatch, Error> {
        let roster = self.roster_in_force(&anchor.area_id, anchor.period_start_unix_s).await?;
        let (header, blocks) = self.fetch(&anchor.digest).await?;
        let bytes = (header.len() + blocks.iter().map(Vec::len).sum::<usize>()) as u64;
        let (anchor, checked) = (anchor.clone(), roster.clone());
        let verify = move || batch::verify(&anchor, &checked.roster, &checked.anchor.digest, &header, &blocks);
        let _turn = self.turns.acquire().await.map_err(|_| Error::CutOff)?;
        let batch = tokio::task::spawn_blocking(verify).await.map_err(|_| Error::CutOff)??;
        Ok(CheckedBatch { batch, roster, bytes })
    }

    /// Fetches the block that a testimony of a time names, and checks its records.
    ///
    /// # Errors
    /// [`Error::Ipfs`], also where the block is too large; [`Error::NoRoster`], and as [`Verifier::roster`].
    pub async fn verify_testimony(
        &self,
        area_id: &str,
        digest: &Hash,
        at_unix_s: u64,
    ) -> Result<CheckedTestimony, Error> {
        let roster = self.roster_in_force(area_id, at_unix_s).await?;
        let block = self.ipfs.block(digest, MAX_TESTIMONY_BYTES).await?;
        let checked = roster.clone();
        let _turn = self.turns.acquire().await.map_err(|_| Error::CutOff)?;
        let check = move || testimony::check(&block, &checked.roster);
        let testified = tokio::task::spawn_blocking(check).await.map_err(|_| Error::CutOff)?;
        Ok(CheckedTestimony { testified, roster })
    }

    /// Reads the chain's word on a batch, then fetches and verifies it; `None` where it is empty.
    ///
    /// # Errors
    /// As [`Verifier::verify_anchor`] and [`Verifier::previous_digest`].
    pub async fn verify_batch(&self, area_id: &str, number: u64) -> Result<Option<CheckedBatch>, Error> {
        let anchored = self.contracts.batch(area_id, number).await?;
        if anchored.is_empty() {
            return Ok(None);
        }
        let previous_digest = self.previous_digest(area_id, number).await?;
        self.verify_anchor(&anchor_of(&anchored, previous_digest)).await.map(Some)
    }

    /// A batch's header and the blocks that it lists, each with the digest under which it was asked for.
    ///
    /// # Errors
    /// [`Error::Ipfs`]; [`Error::Batch`] where the header is not canonical.
    pub async fn fetch(&self, digest: &Hash) -> Result<(Vec<u8>, Vec<Vec<u8>>), Error> {
        let header = self.ipfs.block(digest, MAX_HEADER_BYTES).await?;
        let listed = Header::parse(&header).map_err(BatchError::HeaderSyntax)?.blocks;
        let blocks = self.ipfs.blocks(&listed, MAX_BLOCK_BYTES).await?;
        Ok((header, blocks))
    }

    fn cached(&self, digest: &Hash) -> Option<Arc<CheckedRoster>> {
        self.rosters.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn keep(&self, checked: Arc<CheckedRoster>) {
        let mut rosters = self.rosters.lock().unwrap_or_else(PoisonError::into_inner);
        // Rosters are few and change rarely: what is thrown out by chance is fetched again.
        if rosters.len() >= MAX_CACHED_ROSTERS
            && let Some(some) = rosters.keys().next().copied()
        {
            rosters.remove(&some);
        }
        rosters.insert(checked.anchor.digest, checked);
    }
}
