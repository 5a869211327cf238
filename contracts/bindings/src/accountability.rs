//! Typed reads of the contracts for complaints: `Officials`, `Clocks`, `Complaints`, `Notices`, `Testimonies`, `Passkeys`.

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, U256, aliases::U40};
use alloy::providers::Provider;
use alloy::sol_types::Eip712Domain;
use protocol::complaint::Stage;

use crate::abi::{Clocks, Complaints, IComplaints, INotices, IOfficials, Notices, Officials, Passkeys, Testimonies};
use crate::typed_data::{complaints_domain, name_from_bytes32, name_to_bytes32, notices_domain};
use crate::{Act, Action, Addresses, Error, Refusal, Remark, area_from_bytes32, area_to_bytes32};

/// What the contract's number of a stage means; none where there is no complaint.
fn stage_from_code(code: u8) -> Result<Option<Stage>, Error> {
    Ok(Some(match code {
        0 => return Ok(None),
        1 => Stage::Filed,
        2 => Stage::Acknowledged,
        3 => Stage::Resolved,
        4 => Stage::Rejected,
        5 => Stage::Reopened,
        _ => return Err(Error::InvalidAnswer(format!("stage {code}"))),
    }))
}

/// A complaint as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its id.
    pub id: B256,
    /// The area.
    pub area_id: String,
    /// The class.
    pub class: String,
    /// Who filed it, and may reopen it.
    pub filer: Address,
    /// Time of the block that filed it.
    pub filed_at_unix_s: u64,
    /// Where it stands.
    pub stage: Stage,
    /// The last act; none while it is as it was filed.
    pub last: Option<Act>,
    /// Time of that, or of the filing.
    pub last_at_unix_s: u64,
    /// Place of the last action; zero where there is none.
    pub index: u32,
    /// What the next action must name as `previous`.
    pub head: B256,
    /// How often it was reopened.
    pub reopenings: u32,
    /// When its clock began to run.
    pub opened_at_unix_s: u64,
    /// Its clock.
    pub clock_s: u32,
    /// Until when the clock runs, inclusive.
    pub due_at_unix_s: u64,
    /// Whose turn it is, or was when it was closed.
    pub level: u8,
}

impl Complaint {
    /// The next action, by this signer.
    #[must_use]
    pub fn next(&self, act: Act, note: &str, signer: Address) -> Action {
        Action::new(act, self.id, self.index + 1, self.head, note, signer)
    }

    fn new(id: B256, c: IComplaints::Complaint) -> Result<Option<Self>, Error> {
        let Some(stage) = stage_from_code(c.stage)? else { return Ok(None) };
        Ok(Some(Self {
            id,
            area_id: area_from_bytes32(c.area)?,
            class: name_from_bytes32(c.class)?,
            filer: c.filer,
            filed_at_unix_s: c.filedAt.to(),
            stage,
            last: Act::from_code(c.last),
            last_at_unix_s: c.lastAt.to(),
            index: c.index,
            head: c.head,
            reopenings: c.reopenings,
            opened_at_unix_s: c.openedAt.to(),
            clock_s: c.clock,
            due_at_unix_s: c.dueAt.to(),
            level: c.level,
        }))
    }
}

/// A wallet's right to act in an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// 1 acts first.
    pub level: u8,
    /// Begin of the term, inclusive.
    pub from_unix_s: u64,
    /// End of the term, exclusive.
    pub until_unix_s: u64,
    /// When it was revoked, if it was.
    pub revoked_at_unix_s: Option<u64>,
}

impl From<IOfficials::Grant> for Grant {
    fn from(grant: IOfficials::Grant) -> Self {
        Self {
            level: grant.level,
            from_unix_s: grant.from.to(),
            until_unix_s: grant.until.to(),
            revoked_at_unix_s: (!grant.revokedAt.is_zero()).then(|| grant.revokedAt.to()),
        }
    }
}

/// A class's clock in a schedule, from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Zero where complaints of the class are taken no more.
    pub duration_s: u32,
    /// From here on, until a later one.
    pub effective_from_unix_s: u64,
    /// Time of the block that set it.
    pub set_at_unix_s: u64,
}

/// The schedule that an area follows, from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// None where complaints from the area are taken no more.
    pub schedule: Option<String>,
    /// From here on, until a later one.
    pub effective_from_unix_s: u64,
    /// Time of the block that set it.
    pub set_at_unix_s: u64,
}

/// A planned outage as it was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// keccak256 of area and feeder, which a change has in common with what it changes.
    pub place: B256,
    /// When the work begins.
    pub start_unix_s: u64,
    /// When it ends.
    pub end_unix_s: u64,
    /// When the supply is expected back.
    pub restoration_unix_s: u64,
    /// Time of the block.
    pub at_unix_s: u64,
    /// Whether it was announced after its start.
    pub late: bool,
    /// Whether there is no outage after all.
    pub withdrawn: bool,
    /// The notice that changes this one, if one does.
    pub changed_by: Option<B256>,
}

/// The deployed contracts for complaints, read as of one block: the latest, unless [`Accountability::at`] says another.
#[derive(Clone, Debug)]
pub struct Accountability<P> {
    /// Calls of `Officials`, for what the typed reads do not cover; so are the others.
    pub officials: Officials::OfficialsInstance<P>,
    /// Calls of `Clocks`.
    pub clocks: Clocks::ClocksInstance<P>,
    /// Calls of `Complaints`.
    pub complaints: Complaints::ComplaintsInstance<P>,
    /// Calls of `Notices`.
    pub notices: Notices::NoticesInstance<P>,
    /// Calls of `Testimonies`.
    pub testimonies: Testimonies::TestimoniesInstance<P>,
    /// Calls of `Passkeys`.
    pub passkeys: Passkeys::PasskeysInstance<P>,
    chain_id: u64,
    block: BlockId,
}

impl<P: Provider + Clone> Accountability<P> {
    /// The contracts at these addresses.
    pub fn new(provider: P, addresses: &Addresses) -> Self {
        Self {
            officials: Officials::new(addresses.officials, provider.clone()),
            clocks: Clocks::new(addresses.clocks, provider.clone()),
            complaints: Complaints::new(addresses.complaints, provider.clone()),
            notices: Notices::new(addresses.notices, provider.clone()),
            testimonies: Testimonies::new(addresses.testimonies, provider.clone()),
            passkeys: Passkeys::new(addresses.passkeys, provider),
            chain_id: addresses.chain_id,
            block: BlockId::latest(),
        }
    }

    /// The same contracts, their typed reads as of another block.
    #[must_use]
    pub fn at(&self, block: BlockId) -> Self {
        Self { block, ..self.clone() }
    }

    /// The domain of what is signed for `Complaints`.
    #[must_use]
    pub fn complaints_domain(&self) -> Eip712Domain {
        complaints_domain(self.chain_id, *self.complaints.address())
    }

    /// The domain of what is signed for `Notices`.
    #[must_use]
    pub fn notices_domain(&self) -> Eip712Domain {
        notices_domain(self.chain_id, *self.notices.address())
    }

    /// A complaint, if there is one of this id. Its level is that of the block's time.
    pub async fn complaint(&self, id: B256) -> Result<Option<Complaint>, Error> {
        Complaint::new(id, self.complaints.complaint(id).block(self.block).call().await?)
    }

    /// Why an action would be refused, if it would.
    pub async fn refusal(&self, action: &Action) -> Result<Option<Refusal>, Error> {
        let call = self.complaints.refusal(action.to_call()?, action.signer);
        let reason = call.block(self.block).call().await?;
        Ok((!reason.is_empty()).then(|| Refusal::decode(&reason)))
    }

    /// Whether the same has been said already: the same note, or "affected too" or "still off" in any words.
    pub async fn said(&self, remark: &Remark) -> Result<bool, Error> {
        Ok(self.complaints.said(remark.to_call()?, remark.signer).block(self.block).call().await?)
    }

    /// The level at which a wallet may act in an area at a time, if it may.
    pub async fn official_level(&self, area_id: &str, wallet: Address, at_unix_s: u64) -> Result<Option<u8>, Error> {
        let call = self.officials.levelAt(area_to_bytes32(area_id)?, wallet, time(at_unix_s));
        let level = call.block(self.block).call().await?;
        Ok((level != 0).then_some(level))
    }

    /// All grants of a wallet for an area, or (none) for all areas, the first one first.
    pub async fn grants(&self, area_id: Option<&str>, wallet: Address) -> Result<Vec<Grant>, Error> {
        let area = area_id.map_or(Ok(B256::ZERO), area_to_bytes32)?;
        let grants = self.officials.grants(area, wallet).block(self.block).call().await?;
        Ok(grants.into_iter().map(Grant::from).collect())
    }

    /// The clock of a class in an area at a time, in seconds, if complaints of the class are taken there.
    pub async fn clock_s(&self, area_id: &str, class: &str, at_unix_s: u64) -> Result<Option<u32>, Error> {
        let call = self.clocks.clockAt(area_to_bytes32(area_id)?, name_to_bytes32(class)?, time(at_unix_s));
        let clock = call.block(self.block).call().await?;
        Ok((clock != 0).then_some(clock))
    }

    /// The classes that a schedule has ever had.
    pub async fn classes(&self, schedule: &str) -> Result<Vec<String>, Error> {
        let classes = self.clocks.classes(name_to_bytes32(schedule)?).block(self.block).call().await?;
        classes.into_iter().map(name_from_bytes32).collect()
    }

    /// All clocks that a class has had in a schedule, the first one first.
    pub async fn clocks(&self, schedule: &str, class: &str) -> Result<Vec<Clock>, Error> {
        let call = self.clocks.clocks(name_to_bytes32(schedule)?, name_to_bytes32(class)?);
        let clocks = call.block(self.block).call().await?.into_iter();
        Ok(clocks
            .map(|clock| Clock {
                duration_s: clock.duration,
                effective_from_unix_s: clock.effectiveFrom.to(),
                set_at_unix_s: clock.setAt.to(),
            })
            .collect())
    }

    /// All schedules that an area has followed, the first one first.
    pub async fn assignments(&self, area_id: &str) -> Result<Vec<Assignment>, Error> {
        let assignments = self.clocks.assignments(area_to_bytes32(area_id)?).block(self.block).call().await?;
        let assignment = |given: crate::abi::IClocks::Assignment| {
            let schedule = (!given.schedule.is_zero()).then(|| name_from_bytes32(given.schedule)).transpose()?;
            let effective_from_unix_s = given.effectiveFrom.to();
            Ok(Assignment { schedule, effective_from_unix_s, set_at_unix_s: given.setAt.to() })
        };
        assignments.into_iter().map(assignment).collect()
    }

    /// A planned outage, if there is one of this id.
    pub async fn notice(&self, id: B256) -> Result<Option<Announced>, Error> {
        let n: INotices::Announced = self.notices.notice(id).block(self.block).call().await?;
        Ok((!n.at.is_zero()).then(|| Announced {
            place: n.place,
            start_unix_s: n.start.to(),
            end_unix_s: n.end.to(),
            restoration_unix_s: n.restoration.to(),
            at_unix_s: n.at.to(),
            late: n.late,
            withdrawn: n.withdrawn,
            changed_by: (!n.changedBy.is_zero()).then_some(n.changedBy),
        }))
    }

    /// When a block of an area's records was testified, if it was.
    pub async fn testified_at_unix_s(&self, area_id: &str, digest: B256) -> Result<Option<u64>, Error> {
        let call = self.testimonies.testifiedAt(area_to_bytes32(area_id)?, digest);
        let at = call.block(self.block).call().await?;
        Ok((!at.is_zero()).then(|| at.to()))
    }

    /// The address that the account of a passkey has or will have.
    pub async fn passkey_account(&self, x: U256, y: U256) -> Result<Address, Error> {
        Ok(self.passkeys.accountOf(x.into(), y.into()).block(self.block).call().await?)
    }
}

/// A time as the contracts count it, in 40 bits; whatever lies beyond is later than everything.
fn time(unix_s: u64) -> U40 {
    U40::try_from(unix_s).unwrap_or(U40::MAX)
}
