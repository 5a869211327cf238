//! The documents of complaints and what belongs to them.

use serde::{Deserialize, Serialize};

use crate::views::documents::Flagged;

/// What an entry of a complaint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// It was filed.
    Filing,
    /// Something was done about it.
    Action,
    /// Something was said of it.
    Remark,
}

/// Collection `actions`: what was done and said about complaints, one document an event, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// `<block>/<log>`, both with leading zeros.
    #[serde(rename = "_id")]
    pub id: String,
    /// The complaint, 0x and hex.
    pub complaint: String,
    /// Its area.
    pub area_id: String,
    /// What it is.
    pub kind: EntryKind,
    /// The contract's number of the act, or of what is said; 1 for a filing.
    pub code: u8,
    /// By whom, 0x and hex in lower case.
    pub signer: String,
    /// The official's level; none for anybody else.
    pub signer_level: Option<u8>,
    /// Whose turn it was; after a reopening, whose it is.
    pub level: u8,
    /// An action's place, from 1; of "still off", which closing it answers.
    pub index: u32,
    /// An action's hash; of a filing the complaint's id.
    pub hash: String,
    /// keccak256 of the note, 0x and hex; of a filing none.
    pub note: Option<String>,
    /// The original of a duplicate.
    pub duplicate_of: Option<String>,
    /// The complaint's clock.
    pub clock_s: u32,
    /// What was filed.
    pub filing: Option<Filing>,
    /// The block's time.
    pub at_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// The log's place in it.
    pub log_index: u64,
    /// The transaction, 0x and hex.
    pub transaction_hash: String,
}

/// What only a filing says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// The site.
    pub site_id: Option<String>,
    /// The feeder.
    pub feeder_id: Option<String>,
    /// The class.
    pub class: String,
    /// SHA-256 of the text's block, hex.
    pub text: String,
    /// SHA-256 of the evidence's block, hex.
    pub evidence: Option<String>,
}

/// Collection `complaints`: how each stands by its entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    /// The id, 0x and hex.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its area.
    pub area_id: String,
    /// The site, if it names one.
    pub site_id: Option<String>,
    /// The feeder, if it names one.
    pub feeder_id: Option<String>,
    /// Its class.
    pub class: String,
    /// SHA-256 of the text's block, hex.
    pub text: String,
    /// SHA-256 of the evidence's block, hex.
    pub evidence: Option<String>,
    /// Who filed it, 0x and hex in lower case.
    pub filer: String,
    /// When.
    pub filed_at_unix_s: u64,
    /// `filed`, `acknowledged`, `resolved`, `rejected` or `reopened`.
    pub stage: String,
    /// The last act in the words that were signed.
    pub last: Option<String>,
    /// Time of that, or of the filing.
    pub last_at_unix_s: u64,
    /// Place of the last action; zero where there is none.
    pub index: u32,
    /// What the next action must name as `previous`.
    pub head: String,
    /// The original, if it is closed as a duplicate.
    pub duplicate_of: Option<String>,
    /// How often it was reopened.
    pub reopenings: u64,
    /// When its clock began.
    pub opened_at_unix_s: u64,
    /// Whose turn it was then.
    pub opened_level: u8,
    /// Its clock.
    pub clock_s: u32,
    /// When it was closed; none while it is open.
    pub closed_at_unix_s: Option<u64>,
    /// How many said that they are affected too.
    pub affected_too: u64,
    /// How many said "still off".
    pub still_off: u64,
    /// How many entries it has.
    pub entries: u64,
    /// The block of its filing.
    pub block_number: u64,
    /// The block of its last entry.
    pub last_block: u64,
    /// The transaction of its filing.
    pub transaction_hash: String,
}

/// Collection `officials`: a wallet's right to act in an area, one document a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficialGrant {
    /// `<area or *>/<wallet>/<index>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The area; none for all.
    pub area_id: Option<String>,
    /// The wallet, 0x and hex in lower case.
    pub wallet: String,
    /// Its place among the wallet's grants for the area.
    pub index: u64,
    /// The level.
    pub level: u8,
    /// Begin of the term, inclusive.
    pub from_unix_s: u64,
    /// End of the term, exclusive.
    pub until_unix_s: u64,
    /// When it was revoked.
    pub revoked_at_unix_s: Option<u64>,
    /// In which block.
    pub revoked_block: Option<u64>,
    /// The block of the grant.
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: String,
}

impl OfficialGrant {
    /// The `_id` of a grant.
    #[must_use]
    pub fn id(area_id: Option<&str>, wallet: &str, index: u64) -> String {
        format!("{}/{wallet}/{index}", area_id.unwrap_or("*"))
    }
}

/// Collection `clocks`: a schedule's clock of a class, or an area's schedule, from a time on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSetting {
    /// `<block>/<log>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The schedule; none where an area follows none.
    pub schedule: Option<String>,
    /// The class, where a clock is set.
    pub class: Option<String>,
    /// The clock; zero: taken no more.
    pub duration_s: Option<u32>,
    /// The area, where a schedule is assigned.
    pub area_id: Option<String>,
    /// From when on.
    pub effective_from_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// The log's place in it.
    pub log_index: u64,
}

/// Collection `notices`: a planned outage as it was announced, one document an announcement, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Its id, 0x and hex.
    #[serde(rename = "_id")]
    pub id: String,
    /// The area.
    pub area_id: String,
    /// The feeder; none for all of the area.
    pub feeder_id: Option<String>,
    /// By whom.
    pub signer: String,
    /// The official's level.
    pub signer_level: u8,
    /// When the work begins.
    pub start_unix_s: u64,
    /// When it ends.
    pub end_unix_s: u64,
    /// When the supply is expected back.
    pub restoration_unix_s: u64,
    /// keccak256 of the reason, 0x and hex.
    pub reason: String,
    /// Whether there is no outage after all.
    pub withdrawn: bool,
    /// The notice that this one changes.
    pub changes: Option<String>,
    /// Whether it was announced after its start.
    pub late: bool,
    /// When it was announced.
    pub at_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: String,
}

/// What became of a testimony's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TestimonyStatus {
    /// It is being fetched.
    Pending,
    /// It could not be had so far; asked for again.
    Unavailable,
    /// Its valid records count as anchored.
    Counted,
}

/// Collection `testimonies`: blocks of records that were named past a relayer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Testimony {
    /// `<area>/<digest>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The area.
    pub area_id: String,
    /// SHA-256 of the block, hex.
    pub digest: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// The log's place in it.
    pub log_index: u64,
    /// The transaction.
    pub transaction_hash: String,
    /// The block is finalized.
    pub finalized: bool,
    /// What became of it.
    pub status: TestimonyStatus,
    /// Why it could not be had.
    pub reason: Option<String>,
    /// Version of the roster that its records were checked against; 0 until they were.
    pub roster_version: u64,
    /// Valid records in it.
    pub records: u64,
    /// Lines in it that are none.
    pub refused: u64,
    /// Whose records are in it, in order.
    pub devices: Vec<String>,
    /// What is odd in it.
    pub flags: Vec<Flagged>,
}

impl Testimony {
    /// The `_id` of a testimony.
    #[must_use]
    pub fn id(area_id: &str, digest: &str) -> String {
        format!("{area_id}/{digest}")
    }
}

impl Entry {
    /// The `_id` of a log.
    #[must_use]
    pub fn id(block_number: u64, log_index: u64) -> String {
        format!("{block_number:012}/{log_index:06}")
    }
}
