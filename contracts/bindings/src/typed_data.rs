//! What is signed for `Complaints` and `Notices` (EIP-712): the same fields, names and hashes as the contracts'.
//!
//! A [`Filing`], [`Action`], [`Remark`] or [`Notice`] says something; [`SignedFiling`], [`SignedActions`],
//! [`SignedRemark`] and [`SignedNotice`] are what is signed: the same with a deadline, which is no part of what is said.
//! `digest` gives what a key signs; [`crate::is_signed_by`] checks it.

use std::borrow::Cow;

use alloy::primitives::{Address, B256, U256, aliases::U40, keccak256};
use alloy::sol_types::{Eip712Domain, SolStruct, SolValue as _};

use crate::abi::{IComplaints, INotices};
use crate::{Act, Error, Say, area_to_bytes32};

alloy::sol! {
    /// A complaint as it is filed. Its id is its EIP-712 hash ([`Filing::id`]).
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filing {
        string area;
        string site;
        string feeder;
        string class;
        bytes32 text;
        bytes32 evidence;
        address filer;
    }

    /// A step in a complaint's chain. The next one names its [`Action::hash`].
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Action {
        string act;
        bytes32 complaint;
        uint32 index;
        bytes32 previous;
        string note;
        bytes32 duplicateOf;
        address signer;
    }

    /// A remark about a complaint.
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Remark {
        string say;
        bytes32 complaint;
        uint32 reopening;
        string note;
        address signer;
    }

    /// A planned outage. Its id is its EIP-712 hash ([`Notice::id`]).
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Notice {
        string area;
        string feeder;
        uint40 start;
        uint40 end;
        uint40 restoration;
        string reason;
        bool withdrawn;
        bytes32 changes;
        address signer;
    }

    /// A filing as it is signed.
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SignedFiling {
        Filing filing;
        uint40 deadline;
    }

    /// Actions as they are signed, in one go.
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SignedActions {
        Action[] actions;
        uint40 deadline;
    }

    /// A remark as it is signed.
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SignedRemark {
        Remark remark;
        uint40 deadline;
    }

    /// A notice as it is signed.
    #[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SignedNotice {
        Notice notice;
        uint40 deadline;
    }
}

/// The domain of what is signed for `Complaints`.
#[must_use]
pub fn complaints_domain(chain_id: u64, complaints: Address) -> Eip712Domain {
    domain("Power Tracker Complaints", chain_id, complaints)
}

/// The domain of what is signed for `Notices`.
#[must_use]
pub fn notices_domain(chain_id: u64, notices: Address) -> Eip712Domain {
    domain("Power Tracker Notices", chain_id, notices)
}

fn domain(name: &'static str, chain_id: u64, contract: Address) -> Eip712Domain {
    Eip712Domain::new(
        Some(Cow::Borrowed(name)),
        Some(Cow::Borrowed("1")),
        Some(U256::from(chain_id)),
        Some(contract),
        None,
    )
}

/// The hash that stands for a note on the chain: keccak256 of its UTF-8 bytes, as EIP-712 hashes a string.
#[must_use]
pub fn note_hash(note: &str) -> B256 {
    keccak256(note)
}

/// The hash of an action from what its event says: [`Action::hash`], where only the note's hash is known.
#[must_use]
pub fn action_hash(acted: &crate::Acted, previous: B256) -> B256 {
    let words = (
        keccak256(Action::eip712_encode_type().as_bytes()),
        keccak256(acted.act.words()),
        acted.complaint,
        U256::from(acted.index),
        previous,
        acted.note,
        acted.duplicate_of.unwrap_or_default(),
        acted.signer,
    );
    keccak256(words.abi_encode())
}

/// The id of a notice from what its event says: [`Notice::id`], where only the reason's hash is known.
#[must_use]
pub fn notice_id(announced: &crate::NoticeAnnounced, domain: &Eip712Domain) -> B256 {
    let words = (
        keccak256(Notice::eip712_encode_type().as_bytes()),
        keccak256(&announced.area_id),
        keccak256(announced.feeder.as_deref().unwrap_or_default()),
        U256::from(announced.start_unix_s),
        U256::from(announced.end_unix_s),
        U256::from(announced.restoration_unix_s),
        announced.reason,
        announced.withdrawn,
        announced.changes.unwrap_or_default(),
        announced.signer,
    );
    let hash = keccak256(words.abi_encode());
    keccak256([&[0x19, 0x01], domain.separator().as_slice(), hash.as_slice()].concat())
}

impl Filing {
    /// The id of the complaint that it makes.
    #[must_use]
    pub fn id(&self, domain: &Eip712Domain) -> B256 {
        self.eip712_signing_hash(domain)
    }

    /// As the contract takes it. Names must be well-formed.
    pub fn to_call(&self) -> Result<IComplaints::Filing, Error> {
        Ok(IComplaints::Filing {
            area: area_to_bytes32(&self.area)?,
            site: self.site.clone(),
            feeder: self.feeder.clone(),
            class: name_to_bytes32(&self.class)?,
            text: self.text,
            evidence: self.evidence,
            filer: self.filer,
        })
    }
}

impl Action {
    /// An action in its place: `index` and `previous` are one more than the complaint's index, and its head.
    #[must_use]
    pub fn new(act: Act, complaint: B256, index: u32, previous: B256, note: &str, signer: Address) -> Self {
        let (act, note) = (act.words().to_owned(), note.to_owned());
        Self { act, complaint, index, previous, note, duplicateOf: B256::ZERO, signer }
    }

    /// The hash that the next action names.
    #[must_use]
    pub fn hash(&self) -> B256 {
        self.eip712_hash_struct()
    }

    /// As the contract takes it.
    pub fn to_call(&self) -> Result<IComplaints::Action, Error> {
        Ok(IComplaints::Action {
            act: self.act.parse::<Act>()?.code(),
            complaint: self.complaint,
            index: self.index,
            previous: self.previous,
            note: note_hash(&self.note),
            duplicateOf: self.duplicateOf,
        })
    }
}

impl Remark {
    /// A remark; `reopening` is how often the complaint had been reopened when the closing was made that "still off"
    /// answers, and zero for all else.
    #[must_use]
    pub fn new(say: Say, complaint: B256, reopening: u32, note: &str, signer: Address) -> Self {
        Self { say: say.words().to_owned(), complaint, reopening, note: note.to_owned(), signer }
    }

    /// As the contract takes it.
    pub fn to_call(&self) -> Result<IComplaints::Remark, Error> {
        Ok(IComplaints::Remark {
            say: self.say.parse::<Say>()?.code(),
            complaint: self.complaint,
            reopening: self.reopening,
            note: note_hash(&self.note),
        })
    }
}

impl Notice {
    /// The notice's id.
    #[must_use]
    pub fn id(&self, domain: &Eip712Domain) -> B256 {
        self.eip712_signing_hash(domain)
    }

    /// As the contract takes it.
    pub fn to_call(&self) -> Result<INotices::Notice, Error> {
        Ok(INotices::Notice {
            area: area_to_bytes32(&self.area)?,
            feeder: self.feeder.clone(),
            start: self.start,
            end: self.end,
            restoration: self.restoration,
            reason: note_hash(&self.reason),
            withdrawn: self.withdrawn,
            changes: self.changes,
        })
    }
}

/// What is signed by one signer until a deadline.
pub trait Signed: SolStruct {
    /// Who must sign; none where there is nothing, or what several signers say.
    fn signer(&self) -> Option<Address>;

    /// Until when it may be submitted, inclusive.
    fn deadline(&self) -> U40;

    /// What a key signs.
    fn digest(&self, domain: &Eip712Domain) -> B256 {
        self.eip712_signing_hash(domain)
    }
}

impl Signed for SignedFiling {
    fn signer(&self) -> Option<Address> {
        Some(self.filing.filer)
    }

    fn deadline(&self) -> U40 {
        self.deadline
    }
}

impl Signed for SignedActions {
    fn signer(&self) -> Option<Address> {
        let signer = self.actions.first()?.signer;
        self.actions.iter().all(|action| action.signer == signer).then_some(signer)
    }

    fn deadline(&self) -> U40 {
        self.deadline
    }
}

impl Signed for SignedRemark {
    fn signer(&self) -> Option<Address> {
        Some(self.remark.signer)
    }

    fn deadline(&self) -> U40 {
        self.deadline
    }
}

impl Signed for SignedNotice {
    fn signer(&self) -> Option<Address> {
        Some(self.notice.signer)
    }

    fn deadline(&self) -> U40 {
        self.deadline
    }
}

/// A class's or schedule's name as the contracts take it: spelled as an area's.
pub fn name_to_bytes32(name: &str) -> Result<B256, Error> {
    area_to_bytes32(name).map_err(|_| Error::InvalidName(name.to_owned()))
}

/// The name from what a contract says.
pub fn name_from_bytes32(name: B256) -> Result<String, Error> {
    crate::area_from_bytes32(name).map_err(|_| Error::InvalidName(name.to_string()))
}
