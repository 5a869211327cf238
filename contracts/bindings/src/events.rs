//! What the contracts for complaints log: all of it, in order, says all that they hold.

use alloy::primitives::{Address, B256, Log, U256};
use alloy::sol_types::SolEventInterface as _;

use crate::abi::{Clocks, Complaints, Notices, Officials, Testimonies};
use crate::typed_data::name_from_bytes32;
use crate::{Act, Addresses, Error, Filing, Refusal, Say, area_from_bytes32};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A complaint was filed.
    Filed(Filed),
    /// Something was done about a complaint.
    Acted(Acted),
    /// Something was said of a complaint.
    Remarked(Remarked),
    /// A planned outage was announced, changed or withdrawn.
    Announced(NoticeAnnounced),
    /// A block of records was named past a relayer.
    Testified {
        /// The area.
        area_id: String,
        /// SHA-256 of the block.
        digest: B256,
        /// By whom.
        by: Address,
        /// When.
        at_unix_s: u64,
    },
    /// A wallet may act in an area, or (none) in all areas.
    OfficialGranted {
        /// The area.
        area_id: Option<String>,
        /// The wallet.
        wallet: Address,
        /// Its place among the wallet's grants for the area.
        index: u64,
        /// The level.
        level: u8,
        /// Begin of the term, inclusive.
        from_unix_s: u64,
        /// End of the term, exclusive.
        until_unix_s: u64,
    },
    /// A grant ended before its term.
    OfficialRevoked {
        /// The area.
        area_id: Option<String>,
        /// The wallet.
        wallet: Address,
        /// Its place among the wallet's grants for the area.
        index: u64,
        /// When.
        at_unix_s: u64,
    },
    /// A class has another clock in a schedule; zero: is taken no more.
    ClockSet {
        /// The schedule.
        schedule: String,
        /// The class.
        class: String,
        /// The clock.
        duration_s: u32,
        /// From when on.
        effective_from_unix_s: u64,
    },
    /// An area follows another schedule, or (none) none.
    ScheduleAssigned {
        /// The area.
        area_id: String,
        /// The schedule.
        schedule: Option<String>,
        /// From when on.
        effective_from_unix_s: u64,
    },
    /// One of a list of actions was refused, and changed nothing.
    ActionRefused {
        /// The complaint.
        complaint: B256,
        /// Whose action.
        signer: Address,
        /// Its place.
        index: u32,
        /// Why.
        reason: Refusal,
    },
    /// One of a list of submissions was refused, and changed nothing.
    SubmissionRefused {
        /// Its place in the list.
        position: u64,
        /// Why; unknown and empty where it ran out of gas.
        reason: Refusal,
    },
}

/// A complaint was filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Its id, which is that of the filing.
    pub complaint: B256,
    /// What was filed.
    pub filing: Filing,
    /// Its clock.
    pub clock_s: u32,
    /// When.
    pub at_unix_s: u64,
}

/// Something was done about a complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// The complaint.
    pub complaint: B256,
    /// Its area.
    pub area_id: String,
    /// By whom.
    pub signer: Address,
    /// What.
    pub act: Act,
    /// Its place, counted from 1.
    pub index: u32,
    /// Its hash, which the next action names.
    pub hash: B256,
    /// Hash of the note.
    pub note: B256,
    /// The original of a duplicate.
    pub duplicate_of: Option<B256>,
    /// The official's level; none for the filer.
    pub signer_level: Option<u8>,
    /// Whose turn it was; after a reopening, whose it is.
    pub level: u8,
    /// The complaint's clock; a new one after a reopening.
    pub clock_s: u32,
    /// When.
    pub at_unix_s: u64,
}

/// Something was said of a complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarked {
    /// The complaint.
    pub complaint: B256,
    /// Its area.
    pub area_id: String,
    /// By whom.
    pub signer: Address,
    /// What.
    pub say: Say,
    /// For "still off": which closing it answers.
    pub reopening: u32,
    /// Hash of the words.
    pub note: B256,
    /// The official's level, for a note of one.
    pub signer_level: Option<u8>,
    /// When.
    pub at_unix_s: u64,
}

/// A planned outage was announced, changed or withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeAnnounced {
    /// Its id.
    pub id: B256,
    /// The area.
    pub area_id: String,
    /// The feeder; none for all feeders of the area.
    pub feeder: Option<String>,
    /// By whom.
    pub signer: Address,
    /// The official's level.
    pub signer_level: u8,
    /// When the work begins.
    pub start_unix_s: u64,
    /// When it ends.
    pub end_unix_s: u64,
    /// When the supply is expected back.
    pub restoration_unix_s: u64,
    /// Hash of the reason.
    pub reason: B256,
    /// Whether there is no outage after all.
    pub withdrawn: bool,
    /// The notice that this one changes.
    pub changes: Option<B256>,
    /// Whether it was announced after its start.
    pub late: bool,
    /// When.
    pub at_unix_s: u64,
}

impl Event {
    /// What a log says, if it is one of these contracts' at these addresses.
    pub fn decode(log: &Log, addresses: &Addresses) -> Result<Option<Self>, Error> {
        let wrong = |error: alloy::sol_types::Error| Error::InvalidAnswer(error.to_string());
        if log.address == addresses.complaints {
            Self::of_complaints(Complaints::ComplaintsEvents::decode_log(log).map_err(wrong)?.data)
        } else if log.address == addresses.notices {
            Self::of_notices(Notices::NoticesEvents::decode_log(log).map_err(wrong)?.data)
        } else if log.address == addresses.testimonies {
            Self::of_testimonies(Testimonies::TestimoniesEvents::decode_log(log).map_err(wrong)?.data).map(Some)
        } else if log.address == addresses.officials {
            Self::of_officials(Officials::OfficialsEvents::decode_log(log).map_err(wrong)?.data)
        } else if log.address == addresses.clocks {
            Self::of_clocks(Clocks::ClocksEvents::decode_log(log).map_err(wrong)?.data)
        } else {
            Ok(None)
        }
    }

    fn of_complaints(event: Complaints::ComplaintsEvents) -> Result<Option<Self>, Error> {
        Ok(Some(match event {
            Complaints::ComplaintsEvents::Filed(event) => Self::Filed(Filed::new(event)?),
            Complaints::ComplaintsEvents::Acted(event) => Self::Acted(Acted::new(&event)?),
            Complaints::ComplaintsEvents::Remarked(event) => Self::Remarked(Remarked::new(&event)?),
            Complaints::ComplaintsEvents::ActionRefused(event) => Self::ActionRefused {
                complaint: event.complaint,
                signer: event.signer,
                index: event.index,
                reason: Refusal::decode(&event.reason),
            },
            Complaints::ComplaintsEvents::SubmissionRefused(event) => refused(event.position, &event.reason),
            Complaints::ComplaintsEvents::EIP712DomainChanged(_) => return Ok(None),
        }))
    }

    fn of_notices(event: Notices::NoticesEvents) -> Result<Option<Self>, Error> {
        Ok(Some(match event {
            Notices::NoticesEvents::NoticeAnnounced(event) => Self::Announced(NoticeAnnounced::new(event)?),
            Notices::NoticesEvents::SubmissionRefused(event) => refused(event.position, &event.reason),
            Notices::NoticesEvents::EIP712DomainChanged(_) => return Ok(None),
        }))
    }

    fn of_testimonies(event: Testimonies::TestimoniesEvents) -> Result<Self, Error> {
        let Testimonies::TestimoniesEvents::Testified(event) = event;
        let area_id = area_from_bytes32(event.area)?;
        Ok(Self::Testified { area_id, digest: event.digest, by: event.by, at_unix_s: event.at.to() })
    }

    fn of_officials(event: Officials::OfficialsEvents) -> Result<Option<Self>, Error> {
        Ok(Some(match event {
            Officials::OfficialsEvents::OfficialGranted(event) => Self::OfficialGranted {
                area_id: optional(event.area).map(area_from_bytes32).transpose()?,
                wallet: event.wallet,
                index: event.index.saturating_to(),
                level: event.level,
                from_unix_s: event.from.to(),
                until_unix_s: event.until.to(),
            },
            Officials::OfficialsEvents::OfficialRevoked(event) => Self::OfficialRevoked {
                area_id: optional(event.area).map(area_from_bytes32).transpose()?,
                wallet: event.wallet,
                index: event.index.saturating_to(),
                at_unix_s: event.at.to(),
            },
            Officials::OfficialsEvents::AuthorityUpdated(_) => return Ok(None),
        }))
    }

    fn of_clocks(event: Clocks::ClocksEvents) -> Result<Option<Self>, Error> {
        Ok(Some(match event {
            Clocks::ClocksEvents::ClockSet(event) => Self::ClockSet {
                schedule: name_from_bytes32(event.schedule)?,
                class: name_from_bytes32(event.class)?,
                duration_s: event.duration,
                effective_from_unix_s: event.effectiveFrom.to(),
            },
            Clocks::ClocksEvents::ScheduleAssigned(event) => Self::ScheduleAssigned {
                area_id: area_from_bytes32(event.area)?,
                schedule: optional(event.schedule).map(name_from_bytes32).transpose()?,
                effective_from_unix_s: event.effectiveFrom.to(),
            },
            Clocks::ClocksEvents::AuthorityUpdated(_) => return Ok(None),
        }))
    }
}

impl Filed {
    fn new(event: Complaints::Filed) -> Result<Self, Error> {
        let filing = Filing {
            area: area_from_bytes32(event.area)?,
            site: event.site,
            feeder: event.feeder,
            class: name_from_bytes32(event.class)?,
            text: event.text,
            evidence: event.evidence,
            filer: event.filer,
        };
        Ok(Self { complaint: event.complaint, filing, clock_s: event.clock, at_unix_s: event.at.to() })
    }
}

impl Acted {
    fn new(event: &Complaints::Acted) -> Result<Self, Error> {
        Ok(Self {
            complaint: event.complaint,
            area_id: area_from_bytes32(event.area)?,
            signer: event.signer,
            act: Act::from_code(event.act).ok_or_else(|| Error::InvalidAnswer(format!("act {}", event.act)))?,
            index: event.index,
            hash: event.hash,
            note: event.note,
            duplicate_of: optional(event.duplicateOf),
            signer_level: (event.signerLevel != 0).then_some(event.signerLevel),
            level: event.level,
            clock_s: event.clock,
            at_unix_s: event.at.to(),
        })
    }
}

impl Remarked {
    fn new(event: &Complaints::Remarked) -> Result<Self, Error> {
        Ok(Self {
            complaint: event.complaint,
            area_id: area_from_bytes32(event.area)?,
            signer: event.signer,
            say: Say::from_code(event.say).ok_or_else(|| Error::InvalidAnswer(format!("say {}", event.say)))?,
            reopening: event.reopening,
            note: event.note,
            signer_level: (event.signerLevel != 0).then_some(event.signerLevel),
            at_unix_s: event.at.to(),
        })
    }
}

impl NoticeAnnounced {
    fn new(event: Notices::NoticeAnnounced) -> Result<Self, Error> {
        let n = event.announced;
        Ok(Self {
            id: event.id,
            area_id: area_from_bytes32(event.area)?,
            feeder: Some(n.feeder).filter(|feeder| !feeder.is_empty()),
            signer: event.signer,
            signer_level: event.signerLevel,
            start_unix_s: n.start.to(),
            end_unix_s: n.end.to(),
            restoration_unix_s: n.restoration.to(),
            reason: n.reason,
            withdrawn: n.withdrawn,
            changes: optional(n.changes),
            late: event.late,
            at_unix_s: event.at.to(),
        })
    }
}

fn refused(position: U256, reason: &[u8]) -> Event {
    Event::SubmissionRefused { position: position.saturating_to(), reason: Refusal::decode(reason) }
}

fn optional(word: B256) -> Option<B256> {
    (!word.is_zero()).then_some(word)
}
