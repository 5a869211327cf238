//! Checks records, batches and areas from an Ethereum RPC and an IPFS node alone. No service of this project is asked:
//! who is accused does not testify.
//!
//! - [`Verifier`]: reads what the chain says of a batch or roster, fetches the blocks, and brings both to the pure
//!   checks of `protocol`. The indexer and GraphQL verify by the same functions.
//! - [`Ipfs`]: blocks by their SHA-256, checked, with limits.
//! - [`Verifier::find_record`], [`Verifier::check_batch`], [`Verifier::audit_area`]: the three questions of the command
//!   line, each answered by a report with the values that were compared. A report speaks as of the newest batch.
//! - [`Register`]: complaints and scorecards, replayed from the contracts' events and compared with their state, and with
//!   what the devices stated in anchored records.
//! - [`bulk`]: signatures, roots and proofs from standard input, without chain or IPFS.
//! - [`cli`]: the command line.

mod area;
mod batch;
pub mod bulk;
pub mod cli;
mod error;
mod ipfs;
mod list;
mod print;
mod record;
mod register;
mod source;
mod supplies;
mod testimony;

pub use area::{AreaReport, Omission, Repeat};
pub use batch::{BatchReport, Contents, Verdict};
pub use error::Error;
pub use ipfs::{FETCH_TIMEOUT, Ipfs, IpfsError, MAX_CONCURRENT_FETCHES};
pub use list::{LeafList, ListError, ListReport, ListedLeaf, MAX_LEAVES};
pub use record::{RecordProof, RecordQuery, RecordReport, TestifiedRecord};
pub use register::{
    Check, ComplaintReport, Counted, HistoryEntry, NoticeReport, NoticesReport, OpeningReport, Register,
    ScorecardReport,
};
pub use source::{CheckedBatch, CheckedRoster, CheckedTestimony, MAX_CONCURRENT_CALLS, Verifier, anchor_of};
pub use supplies::{DeviceOutage, OutagesReport};
pub use testimony::TestimonyReport;
