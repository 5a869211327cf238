//! Typed reads over any provider, and deployment.

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, aliases::U40};
use alloy::providers::Provider;
use protocol::{Hash, key::PublicKey};

use crate::abi::{
    AccessManager, Anchors, Clocks, Complaints, IAnchors, IRosters, Notices, Officials, Passkeys, Rosters, Testimonies,
    Verifier,
};
use crate::{Accountability, Addresses, Error, Page, area_from_bytes32, area_to_bytes32, decode_entries};

/// A batch as it is anchored. `root`, `digest` and `count` are zero where nothing arrived in the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// The area.
    pub area_id: String,
    /// The batch's number, which is that of its page in the area's lane.
    pub batch_number: u64,
    /// RFC 6962 root of the batch's leaves.
    pub root: Hash,
    /// SHA-256 of the batch's header block.
    pub digest: Hash,
    /// Number of leaves, public and sealed together.
    pub count: u32,
    /// Start of the window of arrival, inclusive.
    pub period_start_unix_s: u64,
    /// End of the window of arrival, exclusive.
    pub period_end_unix_s: u64,
    /// Time of the block that anchored it.
    pub anchored_at_unix_s: u64,
}

impl Anchored {
    /// Whether nothing arrived in the period: then there is no header block either.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// The state of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// How many areas have joined.
    pub areas: u32,
    /// How many pages have been anchored, which is the number of the next one.
    pub pages: u64,
    /// Where the next page's period starts.
    pub period_end_unix_s: u64,
}

/// Where an area's batches are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The lane.
    pub lane: u32,
    /// Position of the area's entry in the lane's pages.
    pub index: u32,
    /// The area's first batch number.
    pub since: u64,
}

/// A version of an area's roster as it is anchored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterAnchor {
    /// The version, counted from 1.
    pub version: u64,
    /// SHA-256 of the roster's header block.
    pub digest: Hash,
    /// RFC 6962 root over the roster's rows.
    pub root: Hash,
    /// Number of rows.
    pub devices: u32,
    /// In force from here until a later version is.
    pub effective_from_unix_s: u64,
    /// Time of the block that published it.
    pub published_at_unix_s: u64,
}

impl RosterAnchor {
    fn new(version: u64, roster: IRosters::Roster) -> Self {
        Self {
            version,
            digest: roster.digest.into(),
            root: roster.root.into(),
            devices: roster.devices,
            effective_from_unix_s: roster.effectiveFrom.to(),
            published_at_unix_s: roster.publishedAt.to(),
        }
    }
}

/// The deployed contracts, read as of one block: the latest, unless [`Contracts::at`] says another.
#[derive(Clone, Debug)]
pub struct Contracts<P> {
    /// Calls of `Anchors`, for what the typed reads do not cover.
    pub anchors: Anchors::AnchorsInstance<P>,
    /// Calls of `Rosters`, for what the typed reads do not cover.
    pub rosters: Rosters::RostersInstance<P>,
    block: BlockId,
}

impl<P: Provider + Clone> Contracts<P> {
    /// The contracts at these addresses.
    pub fn new(provider: P, anchors: Address, rosters: Address) -> Self {
        Self {
            anchors: Anchors::new(anchors, provider.clone()),
            rosters: Rosters::new(rosters, provider),
            block: BlockId::latest(),
        }
    }

    /// The same contracts, their typed reads as of another block (`BlockId::finalized()`, a number, a hash).
    #[must_use]
    pub fn at(&self, block: BlockId) -> Self {
        Self { block, ..self.clone() }
    }

    /// An area's batch, or [`Error::NoBatch`].
    pub async fn batch(&self, area_id: &str, number: u64) -> Result<Anchored, Error> {
        let area = area_to_bytes32(area_id)?;
        let IAnchors::Batch { root, digest, count, periodStart, periodEnd, anchoredAt } =
            self.anchors.batch(area, number).block(self.block).call().await?;
        Ok(Anchored {
            area_id: area_id.to_owned(),
            batch_number: number,
            root: root.into(),
            digest: digest.into(),
            count,
            period_start_unix_s: periodStart.to(),
            period_end_unix_s: periodEnd.to(),
            anchored_at_unix_s: anchoredAt.to(),
        })
    }

    /// The `ipfs://` link of an area's batch as the contract spells it; an empty one has none and is refused.
    pub async fn uri(&self, area_id: &str, number: u64) -> Result<String, Error> {
        Ok(self.anchors.uri(area_to_bytes32(area_id)?, number).block(self.block).call().await?)
    }

    /// A lane, if there is one of this number.
    pub async fn lane(&self, lane: u32) -> Result<Option<Lane>, Error> {
        let IAnchors::Lane { areas, pages, periodEnd, open } = self.anchors.lane(lane).block(self.block).call().await?;
        Ok(open.then(|| Lane { areas, pages, period_end_unix_s: periodEnd.to() }))
    }

    /// How many lanes there are; they are numbered from 0.
    pub async fn lane_count(&self) -> Result<u32, Error> {
        Ok(self.anchors.laneCount().block(self.block).call().await?)
    }

    /// A lane's areas, in lane order.
    pub async fn areas(&self, lane: u32) -> Result<Vec<String>, Error> {
        let areas = self.anchors.areas(lane).block(self.block).call().await?;
        areas.into_iter().map(area_from_bytes32).collect()
    }

    /// Where an area's batches are, if it has joined a lane.
    pub async fn place(&self, area_id: &str) -> Result<Option<Place>, Error> {
        let IAnchors::Place { lane, index, since, known } =
            self.anchors.place(area_to_bytes32(area_id)?).block(self.block).call().await?;
        Ok(known.then_some(Place { lane, index, since }))
    }

    /// A lane's page as it was anchored, if there is one of this number.
    pub async fn page(&self, lane: u32, number: u64) -> Result<Option<Page>, Error> {
        let page = match self.anchors.pageContent(lane, number).block(self.block).call().await.map_err(Error::from) {
            Err(Error::Refused(crate::Refusal::Anchors(Anchors::AnchorsErrors::NoPage(_)))) => return Ok(None),
            page => page?,
        };
        Ok(Some(Page {
            lane,
            number,
            page_hash: page.hash.into(),
            period_start_unix_s: page.periodStart.to(),
            period_end_unix_s: page.periodEnd.to(),
            entries: decode_entries(&page.entries)?,
        }))
    }

    /// The hash of a lane's page, which the next one must name; zeros if there is no such page.
    pub async fn page_hash(&self, lane: u32, number: u64) -> Result<Hash, Error> {
        Ok(self.anchors.pageHash(lane, number).block(self.block).call().await?.into())
    }

    /// The key with which a relayer signs, or signed, receipts for a lane; none if it never had the lane.
    pub async fn receipt_key(&self, lane: u32, relayer: Address) -> Result<Option<PublicKey>, Error> {
        let key = self.anchors.receiptKey(lane, relayer).block(self.block).call().await?;
        if key.x == B256::ZERO && key.y == B256::ZERO {
            return Ok(None);
        }
        let point = [&[4], key.x.as_slice(), key.y.as_slice()].concat();
        PublicKey::from_point(&point).map(Some).map_err(Error::InvalidReceiptKey)
    }

    /// Whether an account may anchor a lane.
    pub async fn is_relayer(&self, lane: u32, account: Address) -> Result<bool, Error> {
        Ok(self.anchors.isRelayer(lane, account).block(self.block).call().await?)
    }

    /// A version of an area's roster, or [`Error::NoRoster`].
    pub async fn roster(&self, area_id: &str, version: u64) -> Result<RosterAnchor, Error> {
        let area = area_to_bytes32(area_id)?;
        let roster = self.rosters.roster(area, version).block(self.block).call().await?;
        Ok(RosterAnchor::new(version, roster))
    }

    /// All versions of an area's roster, the first one first.
    pub async fn rosters(&self, area_id: &str) -> Result<Vec<RosterAnchor>, Error> {
        let versions = self.rosters.versions(area_to_bytes32(area_id)?).block(self.block).call().await?;
        let mut rosters = Vec::new();
        for version in 1..=versions {
            rosters.push(self.roster(area_id, version).await?);
        }
        Ok(rosters)
    }

    /// The version of an area's roster that is in force at a time, if one is.
    pub async fn roster_in_force(&self, area_id: &str, at_unix_s: u64) -> Result<Option<RosterAnchor>, Error> {
        let area = area_to_bytes32(area_id)?;
        // The contract counts time in 40 bits; whatever lies beyond is later than every roster.
        let time = U40::try_from(at_unix_s).unwrap_or(U40::MAX);
        let answer = self.rosters.inForce(area, time).block(self.block).call().await?;
        Ok((answer.version != 0).then(|| RosterAnchor::new(answer.version, answer.r)))
    }

    /// Seconds between a roster's block and the earliest time from which it can be in force.
    pub async fn roster_delay_s(&self) -> Result<u64, Error> {
        Ok(self.rosters.delay().block(self.block).call().await?.to())
    }
}

/// What [`deploy`] made.
#[derive(Clone, Debug)]
pub struct Deployment<P> {
    /// Who administers.
    pub access_manager: AccessManager::AccessManagerInstance<P>,
    /// Lanes, pages, rosters.
    pub contracts: Contracts<P>,
    /// Complaints, and what belongs to them.
    pub accountability: Accountability<P>,
    /// Where all of them are.
    pub addresses: Addresses,
}

/// Deploys new contracts, one transaction after the other, from the provider's own account, as `script/Deploy.s.sol` does.
/// `admin` may then open lanes, let areas join, grant relayers, registrars and officials, and set clocks. A failure on the
/// way leaves contracts that nothing points to.
pub async fn deploy<P: Provider + Clone>(
    provider: P,
    admin: Address,
    roster_delay_s: u32,
) -> Result<Deployment<P>, Error> {
    let chain_id = provider.get_chain_id().await?;
    let start_block = provider.get_block_number().await?;
    let access_manager = AccessManager::deploy(provider.clone(), admin).await?;
    let authority = *access_manager.address();
    let anchors = Anchors::deploy(provider.clone(), authority).await?;
    let rosters = Rosters::deploy(provider.clone(), authority, U40::from(roster_delay_s)).await?;
    let officials = *Officials::deploy(provider.clone(), authority).await?.address();
    let clocks = *Clocks::deploy(provider.clone(), authority).await?.address();
    let addresses = Addresses {
        chain_id,
        start_block,
        administrator: admin,
        access_manager: authority,
        anchors: *anchors.address(),
        rosters: *rosters.address(),
        officials,
        clocks,
        complaints: *Complaints::deploy(provider.clone(), officials, clocks).await?.address(),
        notices: *Notices::deploy(provider.clone(), officials, clocks).await?.address(),
        testimonies: *Testimonies::deploy(provider.clone(), *anchors.address()).await?.address(),
        passkeys: *Passkeys::deploy(provider.clone()).await?.address(),
        verifier: *Verifier::deploy(provider.clone(), *anchors.address(), *rosters.address()).await?.address(),
    };
    let accountability = Accountability::new(provider, &addresses);
    let contracts = Contracts { anchors, rosters, block: BlockId::latest() };
    Ok(Deployment { access_manager, contracts, accountability, addresses })
}
