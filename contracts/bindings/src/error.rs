//! What can go wrong when the contracts are asked, and what they say when they refuse.

use std::fmt;

use alloy::contract::Error as ContractError;
use alloy::primitives::{B256, Bytes};
use alloy::sol_types::{GenericContractError, SolInterface as _};
use alloy::transports::TransportError;
use protocol::key::KeyError;

use crate::abi::{
    AccessManager, Anchors, Clocks, Complaints, Notices, Officials, Passkeys, Rosters, Testimonies, Verifier,
};
use crate::area_from_bytes32;

/// Why a read, call or deployment failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node could not be reached, or could not answer. Asking again may help.
    #[error("RPC failed: {0}")]
    Rpc(#[source] TransportError),

    /// A transaction was sent, and whether it was mined could not be learnt. Asking again may help.
    #[error("waiting for a transaction failed: {0}")]
    Pending(#[source] alloy::providers::PendingTransactionError),

    /// The area has no batch of this number: it was not anchored yet, or the area joined its lane later, or none.
    #[error("area {area_id} has no batch {number}")]
    NoBatch {
        /// The area asked for.
        area_id: String,
        /// The batch number asked for.
        number: u64,
    },

    /// The area's roster has no such version.
    #[error("area {area_id} has no roster version {version}")]
    NoRoster {
        /// The area asked for.
        area_id: String,
        /// The version asked for.
        version: u64,
    },

    /// The contract refuses the call, by this error.
    #[error("the contract refuses: {0}")]
    Refused(Refusal),

    /// There is no contract of ours at the address, or not on this chain.
    #[error("there is no such contract at the address: {0}")]
    NoContract(String),

    /// The node answered with something that the ABI does not allow.
    #[error("the answer is not what the ABI says: {0}")]
    InvalidAnswer(String),

    /// An `area_id` is not 1 to 31 bytes of a-z, 0-9 and `-`.
    #[error("{0:?} is not an area_id: 1 to 31 of a-z, 0-9 and -")]
    InvalidAreaId(String),

    /// A class or schedule is not 1 to 31 bytes of a-z, 0-9 and `-`.
    #[error("{0:?} is not a name: 1 to 31 of a-z, 0-9 and -")]
    InvalidName(String),

    /// Words that are signed for no act and nothing that is said.
    #[error(transparent)]
    UnknownWords(#[from] protocol::complaint::UnknownWords),

    /// A file of addresses cannot be read or written, or is none.
    #[error("{file}: {reason}", file = file.display())]
    InvalidDeployment {
        /// The file.
        file: std::path::PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// A page's entries are not a whole number of 68 bytes.
    #[error("{0} bytes are not a whole number of entries")]
    InvalidEntries(usize),

    /// A receipt key on the chain is not a P-256 key.
    #[error("a receipt key on the chain is not a P-256 key: {0}")]
    InvalidReceiptKey(#[source] KeyError),
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Rpc(_) | Self::Pending(_))
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        match refusal(&error) {
            Some(Refusal::Anchors(Anchors::AnchorsErrors::NoBatch(e))) => {
                Self::NoBatch { area_id: area_text(e.area), number: e.number }
            }
            Some(Refusal::Rosters(Rosters::RostersErrors::NoRoster(e))) => {
                Self::NoRoster { area_id: area_text(e.area), version: e.version }
            }
            Some(refusal) => Self::Refused(refusal),
            None => Self::Rpc(error),
        }
    }
}

impl From<ContractError> for Error {
    fn from(error: ContractError) -> Self {
        match error {
            ContractError::TransportError(error) => error.into(),
            ContractError::PendingTransactionError(error) => Self::Pending(error),
            ContractError::ZeroData(..) | ContractError::ContractNotDeployed => Self::NoContract(error.to_string()),
            other => Self::InvalidAnswer(other.to_string()),
        }
    }
}

/// The error by which a contract reverted. `Display` gives its name and arguments, areas as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An error of `Anchors`, or one that several of ours share.
    Anchors(Anchors::AnchorsErrors),
    /// An error of `Rosters`.
    Rosters(Rosters::RostersErrors),
    /// An error of `Officials`.
    Officials(Officials::OfficialsErrors),
    /// An error of `Clocks`.
    Clocks(Clocks::ClocksErrors),
    /// An error of `Complaints`, or one that it shares with `Notices` or `Testimonies`.
    Complaints(Complaints::ComplaintsErrors),
    /// An error of `Notices`.
    Notices(Notices::NoticesErrors),
    /// An error of `Testimonies`.
    Testimonies(Testimonies::TestimoniesErrors),
    /// An error of `Passkeys`.
    Passkeys(Passkeys::PasskeysErrors),
    /// An error of `Verifier`.
    Verifier(Verifier::VerifierErrors),
    /// An error of the `AccessManager`.
    AccessManager(AccessManager::AccessManagerErrors),
    /// Solidity's own: a text or a panic.
    Generic(GenericContractError),
    /// Revert data that none of our contracts defines; often empty.
    Unknown(Bytes),
}

impl Refusal {
    /// What a call's revert data say.
    #[must_use]
    pub fn decode(data: &[u8]) -> Self {
        // An error that several contracts share is the first one's; its name and arguments are the same.
        let decoded = Anchors::AnchorsErrors::abi_decode(data)
            .map(Self::Anchors)
            .or_else(|_| Rosters::RostersErrors::abi_decode(data).map(Self::Rosters))
            .or_else(|_| Officials::OfficialsErrors::abi_decode(data).map(Self::Officials))
            .or_else(|_| Complaints::ComplaintsErrors::abi_decode(data).map(Self::Complaints))
            .or_else(|_| Clocks::ClocksErrors::abi_decode(data).map(Self::Clocks))
            .or_else(|_| Notices::NoticesErrors::abi_decode(data).map(Self::Notices))
            .or_else(|_| Testimonies::TestimoniesErrors::abi_decode(data).map(Self::Testimonies))
            .or_else(|_| Passkeys::PasskeysErrors::abi_decode(data).map(Self::Passkeys))
            .or_else(|_| Verifier::VerifierErrors::abi_decode(data).map(Self::Verifier))
            .or_else(|_| AccessManager::AccessManagerErrors::abi_decode(data).map(Self::AccessManager))
            .or_else(|_| GenericContractError::abi_decode(data).map(Self::Generic));
        decoded.unwrap_or_else(|_| Self::Unknown(Bytes::copy_from_slice(data)))
    }

    /// The error's name, as the contracts have it; empty for Solidity's own and unknown ones.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Generic(_) | Self::Unknown(_) => String::new(),
            _ => self.debug().split([' ', '{', '(']).next().unwrap_or_default().to_owned(),
        }
    }

    /// `NoLane { lane: 3 }`: the enum's variant stands around the error's struct, which says it all.
    fn debug(&self) -> String {
        let debug = match self {
            Self::Anchors(error) => format!("{error:?}"),
            Self::Rosters(error) => format!("{error:?}"),
            Self::Officials(error) => format!("{error:?}"),
            Self::Clocks(error) => format!("{error:?}"),
            Self::Complaints(error) => format!("{error:?}"),
            Self::Notices(error) => format!("{error:?}"),
            Self::Testimonies(error) => format!("{error:?}"),
            Self::Passkeys(error) => format!("{error:?}"),
            Self::Verifier(error) => format!("{error:?}"),
            Self::AccessManager(error) => format!("{error:?}"),
            Self::Generic(error) => return error.to_string(),
            Self::Unknown(data) => return format!("unknown error {data}"),
        };
        let inner = debug.split_once('(').map_or(debug.as_str(), |(_, inner)| inner);
        inner.strip_suffix(')').unwrap_or(inner).to_owned()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name_areas(&self.debug()))
    }
}

/// What the contract said, if the node's answer is a revert and not a failure of the node.
fn refusal(error: &TransportError) -> Option<Refusal> {
    let payload = error.as_error_resp()?;
    match payload.as_revert_data() {
        Some(data) => Some(Refusal::decode(&data)),
        None => payload.message.contains("execution reverted").then(|| Refusal::Unknown(Bytes::new())),
    }
}

/// Puts the area's identifier in place of each 32-byte word that spells one. A hash never does.
fn name_areas(text: &str) -> String {
    let mut words = text.split("0x");
    let mut named = words.next().unwrap_or_default().to_owned();
    for word in words {
        let area =
            word.get(..64).and_then(|hex| hex.parse::<B256>().ok()).and_then(|area| area_from_bytes32(area).ok());
        match area {
            Some(area_id) => named.extend([area_id.as_str(), &word[64..]]),
            None => named.extend(["0x", word]),
        }
    }
    named
}

fn area_text(area: B256) -> String {
    area_from_bytes32(area).unwrap_or_else(|_| area.to_string())
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;
    use alloy::sol_types::SolError as _;

    use super::*;
    use crate::area_to_bytes32;

    fn response(message: &str, data: Option<&str>) -> TransportError {
        let payload = serde_json::json!({ "code": 3, "message": message, "data": data });
        TransportError::ErrorResp(serde_json::from_value(payload).unwrap())
    }

    #[test]
    fn a_revert_is_named_with_its_arguments() {
        let wrong = Anchors::WrongNumber { expected: 3, given: 5 };
        let data = Bytes::from(wrong.abi_encode());
        let error = Error::from(response("execution reverted", Some(&data.to_string())));
        assert!(!error.is_retryable());
        assert_eq!(error.to_string(), "the contract refuses: WrongNumber { expected: 3, given: 5 }");
    }

    #[test]
    fn areas_are_named_in_refusals() {
        let error = Rosters::NotRegistrar { account: Address::ZERO, area: area_to_bytes32("ambala-1").unwrap() };
        assert_eq!(
            Refusal::decode(&error.abi_encode()).to_string(),
            format!("NotRegistrar {{ account: {}, area: ambala-1 }}", Address::ZERO)
        );
    }

    #[test]
    fn missing_things_have_variants_of_their_own() {
        let error = Anchors::NoBatch { area: area_to_bytes32("hisar").unwrap(), number: 7 };
        let data = Bytes::from(error.abi_encode()).to_string();
        assert_eq!(Error::from(response("execution reverted", Some(&data))).to_string(), "area hisar has no batch 7");
    }

    #[test]
    fn a_failing_node_is_no_refusal() {
        assert!(Error::from(response("header not found", None)).is_retryable());
        let bare = Error::from(response("execution reverted", None));
        assert!(matches!(bare, Error::Refused(Refusal::Unknown(ref data)) if data.is_empty()), "{bare}");
    }
}
