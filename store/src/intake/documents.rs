//! The documents of the intake database.

use bson::Binary;
use serde::{Deserialize, Serialize};

/// A page's way from collecting to final. Every step can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageState {
    /// Records are being added.
    Collecting,
    /// The period has ended; contents are fixed.
    Sealed,
    /// All blocks are on IPFS, pinned and read back.
    Published,
    /// A transaction was signed and stored; it may have been sent.
    Submitted,
    /// The page is in a block.
    Confirmed,
    /// That block is finalized.
    Finalized,
}

/// Collection `pages`: one page of a lane: batch `number` of each of its areas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// `<lane>/<number>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The lane.
    pub lane: u32,
    /// The page's number in its lane, from 0; the batch number of each area.
    pub number: u64,
    /// Where it is on its way.
    pub state: PageState,
    /// Beginning of the period of arrival.
    pub period_start_unix_s: u64,
    /// End of the period of arrival, exclusive. Once it is set nothing is added; the page is then sealed.
    pub period_end_unix_s: Option<u64>,
    /// What each area's batch is, in the lane's order; set by sealing.
    pub entries: Vec<Entry>,
    /// Every transaction that was signed for this page, the newest last.
    pub transactions: Vec<Transaction>,
    /// Number of the block that holds the page.
    pub block_number: Option<u64>,
}

impl Page {
    /// The `_id` of a lane's page.
    #[must_use]
    pub fn id(lane: u32, number: u64) -> String {
        format!("{lane}/{number}")
    }

    /// A page that begins to collect.
    #[must_use]
    pub fn new(lane: u32, number: u64, period_start_unix_s: u64) -> Self {
        Self {
            id: Self::id(lane, number),
            lane,
            number,
            state: PageState::Collecting,
            period_start_unix_s,
            period_end_unix_s: None,
            entries: Vec::new(),
            transactions: Vec::new(),
            block_number: None,
        }
    }
}

/// What goes to the chain for one area; zeros where nothing arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The area.
    pub area_id: String,
    /// Root over the leaves, hex.
    pub root: String,
    /// The header's digest, hex.
    pub digest: String,
    /// Leaves.
    pub count: u64,
    /// How many of them are published records.
    pub public_count: u64,
    /// Digest of the area's last batch that was not empty, this one included, hex.
    pub latest_digest: String,
}

/// A signed transaction, stored before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// Its hash, 0x and hex.
    pub hash: String,
    /// The account's nonce.
    pub nonce: u64,
    /// The signed bytes (EIP-2718).
    pub raw: Binary,
}

/// Collection `chunks`: records as they arrived, many in a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// `<lane>/<number>/<chunk>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The lane.
    pub lane: u32,
    /// The page that these records go into.
    pub number: u64,
    /// Its place among the page's chunks, from 0.
    pub position: u64,
    /// When the relayer took them in; they are durable from a moment later on.
    pub arrived_unix_s: u64,
    /// How many records.
    pub count: u64,
    /// How many of them are of houses.
    pub house_count: u64,
    /// Whose records, for looking up one that comes again. One entry a device.
    pub spans: Vec<Span>,
    /// The records' canonical bytes, a line feed after each, in the order of arrival.
    pub records: Binary,
}

impl Chunk {
    /// The `_id` of a page's chunk.
    #[must_use]
    pub fn id(lane: u32, number: u64, position: u64) -> String {
        format!("{lane}/{number}/{position}")
    }

    /// The records' canonical bytes, in the order of arrival.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.records.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
    }
}

/// The sequences that a device has in a chunk or a batch; not every one between must be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The device.
    pub device_id: String,
    /// Lowest sequence.
    pub first: u64,
    /// Highest sequence.
    pub last: u64,
}

/// Collection `live`: the newest reading of each device, anchored or not. Houses too: what is shown of those is for
/// the reader to count by cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// The device id.
    #[serde(rename = "_id")]
    pub device_id: String,
    /// Its area.
    pub area_id: String,
    /// `ON` or `OFF`.
    pub power_status: String,
    /// Its newest record's sequence.
    pub sequence: u64,
    /// That record's timestamp.
    pub timestamp_unix_s: u64,
    /// Since when the status holds, as far as records that arrived in order tell.
    pub since_unix_s: u64,
    /// When it became durable.
    pub arrived_unix_s: u64,
    /// The lane.
    pub lane: u32,
    /// The page it goes into: anchored once that page is confirmed.
    pub number: u64,
}

/// Collection `refusals`: how often records were refused, by reason, hour and area where it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// `<area or ->/<reason>/<hour>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// The area that the topic's or record's device belongs to, if any.
    pub area_id: Option<String>,
    /// The reason's name, such as `not-canonical`, `unknown-device`, `not-enrolled`, `bad-signature`, `other-area`.
    pub reason: String,
    /// Beginning of the hour.
    pub hour_unix_s: u64,
    /// How many.
    pub count: u64,
}

/// What somebody signed for a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubmissionKind {
    /// A complaint's filing.
    Filing,
    /// Actions of an official or filer.
    Actions,
    /// A remark.
    Remark,
    /// A planned outage.
    Notice,
}

/// How far a submission has come. Every step can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubmissionState {
    /// Checked and durable; not sent yet.
    Waiting,
    /// A transaction was signed and stored; it may have been sent.
    Sent,
    /// It is in a block, or somebody else has had it done.
    Mined,
    /// That block is final.
    Final,
    /// The contract refuses it.
    Refused,
}

/// Collection `submissions`: what others signed and the service pays for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// The digest that was signed, 0x and hex.
    #[serde(rename = "_id")]
    pub id: String,
    /// What it is.
    pub kind: SubmissionKind,
    /// The area that it counts for.
    pub area_id: String,
    /// What was signed: the message of the typed data, JSON.
    pub payload: String,
    /// Who signed it, 0x and hex in lower case.
    pub signer: String,
    /// The signature.
    pub signature: Binary,
    /// Of a filing, the digest of the text that it names, hex.
    pub text: Option<String>,
    /// Of a filing, the digest of the evidence that it names, hex.
    pub evidence: Option<String>,
    /// Until when the contract takes it.
    pub deadline_unix_s: u64,
    /// When it was taken in.
    pub received_unix_ms: u64,
    /// How far it is.
    pub state: SubmissionState,
    /// What the contract refuses it with, in words.
    pub reason: Option<String>,
    /// The error's name.
    pub reason_name: Option<String>,
    /// Every transaction that was signed for it, the newest last.
    pub transactions: Vec<Transaction>,
    /// The block that holds it.
    pub block_number: Option<u64>,
}

/// What is kept by its digest and can be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextKind {
    /// The block of a complaint's text, by its SHA-256.
    Text,
    /// The words of a note or reason, by their keccak256.
    Note,
}

/// Collection `texts`: words whose digests are on the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredText {
    /// The digest: 64 hex digits of a text, 0x and 64 of a note.
    #[serde(rename = "_id")]
    pub digest: String,
    /// What it is.
    pub kind: TextKind,
    /// The bytes; none once they are erased.
    pub block: Option<Binary>,
    /// Of a text, SHA-256 of the photo that it names, hex; none once it is erased.
    #[serde(default)]
    pub photo: Option<String>,
    /// When it was taken in.
    pub received_unix_s: u64,
    /// That it was erased.
    #[serde(default)]
    pub erasure: Option<Erasure>,
}

/// That the operator erased something: it is said in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// When.
    pub at_unix_s: u64,
    /// Why, in the operator's words.
    pub reason: String,
}

/// What kind of file a photo is, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhotoKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

/// Collection `photos`: pictures that texts name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// Its SHA-256, hex.
    #[serde(rename = "_id")]
    pub digest: String,
    /// What it is.
    pub kind: PhotoKind,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// How many bytes it has or had.
    pub size: u64,
    /// The bytes; none once they are erased.
    pub bytes: Option<Binary>,
    /// When it was taken in.
    pub received_unix_s: u64,
    /// That it was erased.
    pub erasure: Option<Erasure>,
}

/// Collection `evidence`: blocks of evidence on their way to IPFS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceBlock {
    /// Its SHA-256, hex.
    #[serde(rename = "_id")]
    pub digest: String,
    /// The bytes.
    pub block: Binary,
    /// Whether it is on IPFS, pinned.
    pub published: bool,
    /// When it was taken in.
    pub received_unix_s: u64,
}
