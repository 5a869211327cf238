//! Intake: what devices sent and what became of it. Nothing here is derived; nothing is dropped before it is anchored.
//!
//! - [`documents`] says what each collection holds.
//! - Records: [`Intake::append`], [`Intake::chunks`], [`Intake::stored_records`].
//! - Pages on their way to the chain: [`Intake::open_page`], [`Intake::close_page`], [`Intake::advance`].
//! - Who works on a lane: [`Intake::take_lease`].
//! - What others sign and the service pays for: [`Intake::add_submission`], [`Intake::submissions_in`],
//!   and how much of it a day: [`Intake::take_share`]; texts and
//!   photos that can be erased: [`Intake::add_text`], [`Intake::add_photo`].
//! - For readers: [`Intake::live_all`], [`Intake::watch_live`], [`Intake::refusals`], [`Intake::counts`].
//!
//! The records of houses are published nowhere, only their leaves: they stay here, so that a household can be given
//! its own and prove it in or missing. Whoever reads this database reads them; GraphQL gets at most `live`.

mod chunks;
mod counts;
pub mod documents;
mod evidence;
mod leases;
mod live;
mod pages;
mod photos;
mod refusals;
mod shares;
mod submissions;
mod texts;

use bson::{Document, doc};
use documents::{Chunk, EvidenceBlock, Live, Page, Photo, Refusal, StoredText, Submission};
use mongodb::{Collection, Database, IndexModel};

pub use counts::Counts;
pub use leases::Work;
pub use shares::Share;

use crate::{Settings, StoreError, connect};

/// The intake database. Cheap to clone; every clone shares one pool of connections.
#[derive(Clone, Debug)]
pub struct Intake {
    database: Database,
}

impl Intake {
    /// A handle; whether the server is there shows with the first call.
    ///
    /// # Errors
    /// [`StoreError::Settings`].
    pub async fn connect(settings: &Settings) -> Result<Self, StoreError> {
        Ok(Self { database: connect::database(settings).await? })
    }

    /// Makes the indexes that the functions here rely on; does nothing where they are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ensure_indexes(&self) -> Result<(), StoreError> {
        let index = |keys: Document| IndexModel::builder().keys(keys).build();
        self.pages_collection().create_index(index(doc! { "lane": 1, "number": 1 })).await?;
        self.chunks_collection().create_index(index(doc! { "lane": 1, "number": 1, "position": 1 })).await?;
        self.chunks_collection().create_index(index(doc! { "spans.device_id": 1 })).await?;
        self.live_collection().create_index(index(doc! { "area_id": 1 })).await?;
        let submissions = self.submissions_collection();
        submissions.create_index(index(doc! { "state": 1, "received_unix_ms": 1, "_id": 1 })).await?;
        submissions.create_index(index(doc! { "text": 1 })).await?;
        submissions.create_index(index(doc! { "evidence": 1 })).await?;
        self.evidence_collection().create_index(index(doc! { "published": 1, "received_unix_s": 1 })).await?;
        self.texts_collection().create_index(index(doc! { "photo": 1 })).await?;
        Ok(())
    }

    fn pages_collection(&self) -> Collection<Page> {
        self.database.collection("pages")
    }

    fn chunks_collection(&self) -> Collection<Chunk> {
        self.database.collection("chunks")
    }

    fn live_collection(&self) -> Collection<Live> {
        self.database.collection("live")
    }

    fn submissions_collection(&self) -> Collection<Submission> {
        self.database.collection("submissions")
    }

    fn evidence_collection(&self) -> Collection<EvidenceBlock> {
        self.database.collection("evidence")
    }

    fn texts_collection(&self) -> Collection<StoredText> {
        self.database.collection("texts")
    }

    fn photos_collection(&self) -> Collection<Photo> {
        self.database.collection("photos")
    }

    fn refusals_collection(&self) -> Collection<Refusal> {
        self.database.collection("refusals")
    }
}

/// An integer for a filter or update. All of ours are at most 2^53 - 1.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Whether a write failed because the `_id` is taken.
fn is_duplicate_key(error: &mongodb::error::Error) -> bool {
    use mongodb::error::{ErrorKind, WriteFailure};
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(e)) if e.code == 11_000)
}
