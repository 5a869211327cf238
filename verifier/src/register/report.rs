//! What the register says, for people and scripts.

use alloy::primitives::{Address, B256};
use protocol::complaint::Counts;
use serde::Serialize;

use super::NoticeReport;

/// Something that was compared.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What.
    pub what: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Something that was done or said.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryEntry {
    /// `filed`, or the words that were signed.
    pub what: String,
    /// By whom.
    pub signer: Address,
    /// The official's level; none for anybody else.
    pub signer_level: Option<u8>,
    /// The grant that the signer had then, in words; none for anybody else.
    pub grant: Option<String>,
    /// Whose turn it was.
    pub level: Option<u8>,
    /// An action's place.
    pub index: Option<u32>,
    /// keccak256 of the note; none for the filing.
    pub note: Option<B256>,
    /// The original of a duplicate.
    pub duplicate_of: Option<B256>,
    /// When.
    pub at_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: B256,
}

/// A time through which the complaint was open.
#[derive(Clone, Debug, Serialize)]
pub struct OpeningReport {
    /// When its clock began.
    pub at_unix_s: u64,
    /// Its clock.
    pub clock_s: u32,
    /// Until when it ran, inclusive.
    pub due_at_unix_s: u64,
    /// How it was closed.
    pub closed: Option<String>,
    /// When.
    pub closed_at_unix_s: Option<u64>,
    /// Whether a signed OFF stands in the 24 hours before it.
    pub is_sensor_backed: bool,
    /// What the sensors say against its "fixed".
    pub contradiction: Option<String>,
}

/// All that chain and IPFS say of a complaint.
#[derive(Clone, Debug, Serialize)]
pub struct ComplaintReport {
    /// Its id.
    pub complaint: B256,
    /// Its area.
    pub area_id: String,
    /// The site, or empty.
    pub site: String,
    /// The feeder, or empty.
    pub feeder: String,
    /// Its class.
    pub class: String,
    /// Who filed it.
    pub filer: Address,
    /// SHA-256 of its text, hex.
    pub text: String,
    /// SHA-256 of its evidence, hex; none where there is none.
    pub evidence: Option<String>,
    /// Where it stands: `filed` or the last act's words.
    pub stands: String,
    /// Whose turn it is, or was when it was closed.
    pub level: u8,
    /// Everything in the order of the chain.
    pub history: Vec<HistoryEntry>,
    /// Its openings.
    pub openings: Vec<OpeningReport>,
    /// Planned outages of its place in the time from a day before it was filed to its last closing, or now: in the order of
    /// the chain, changes and withdrawals among them.
    pub planned: Vec<NoticeReport>,
    /// Batches that were verified for what the sensors say.
    pub batches_verified: u64,
    /// Testimonies whose records count too.
    pub testimonies: u64,
    /// Batches and testimonies that do not count, with the reason.
    pub left_out: Vec<String>,
    /// What its evidence proves: records that are anchored and signed; none where it has no evidence.
    pub evidence_records: Option<usize>,
    /// What was compared.
    pub checks: Vec<Check>,
    /// As of this block.
    pub block_number: u64,
}

impl ComplaintReport {
    /// Whether everything that was compared holds.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}

/// A scorecard from chain and IPFS alone.
#[derive(Clone, Debug, Serialize)]
pub struct ScorecardReport {
    /// The area.
    pub area_id: String,
    /// The official; none: the whole area.
    pub official: Option<Address>,
    /// The substation; none: all of them.
    pub station: Option<String>,
    /// Begin of the period.
    pub from_unix_s: u64,
    /// End of the period, exclusive.
    pub to_unix_s: u64,
    /// What a signed OFF stands behind.
    pub sensor_backed: Counts,
    /// All others.
    pub others: Counts,
    /// Complaints that were replayed.
    pub complaints: u64,
    /// Batches that do not count, with the reason.
    pub left_out: Vec<String>,
    /// What was compared.
    pub checks: Vec<Check>,
    /// As of this block.
    pub block_number: u64,
}

impl ScorecardReport {
    /// Whether everything that was compared holds.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}
