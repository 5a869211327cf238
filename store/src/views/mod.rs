//! Views: what the indexer derives from chain and IPFS. Any of it can be dropped and rebuilt to the same content.
//! Houses are only in the counts of cells: no document here is about one of them.

use mongodb::{Collection, Database};

use crate::{Settings, StoreError, connect};
use documents::{
    Announcement, Area, Batch, ChainCursor, ClockSetting, Complaint, DeviceTimeline, Entry, OfficialGrant, Outage,
    Progress, Sheet, Site, Testimony,
};

pub mod accountability;
mod apply;
pub mod bulk;
mod chain;
pub mod documents;
mod indexes;
pub mod read;
mod roster;
pub mod sheets;
mod testimony;
mod timeline;
mod transaction;

pub use apply::{Application, Applied, Repeat, Restated, flagged};
pub use roster::RosterInForce;
pub use testimony::TestimonyApplication;

/// A handle to the views database; cheap to clone.
#[derive(Clone)]
pub struct Views {
    database: Database,
    writer: transaction::SharedWriter,
}

impl std::fmt::Debug for Views {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Views").field("database", &self.database.name()).finish_non_exhaustive()
    }
}

impl Views {
    /// A handle; a server that is away shows with the first call.
    ///
    /// # Errors
    /// [`StoreError::Settings`].
    pub async fn connect(settings: &Settings) -> Result<Self, StoreError> {
        Ok(Self { database: connect::database(settings).await?, writer: Default::default() })
    }

    pub(crate) fn areas(&self) -> Collection<Area> {
        self.database.collection("areas")
    }

    pub(crate) fn sites(&self) -> Collection<Site> {
        self.database.collection("sites")
    }

    pub(crate) fn timelines(&self) -> Collection<DeviceTimeline> {
        self.database.collection("timelines")
    }

    pub(crate) fn outages(&self) -> Collection<Outage> {
        self.database.collection("outages")
    }

    pub(crate) fn batches(&self) -> Collection<Batch> {
        self.database.collection("batches")
    }

    pub(crate) fn actions(&self) -> Collection<Entry> {
        self.database.collection("actions")
    }

    pub(crate) fn complaints(&self) -> Collection<Complaint> {
        self.database.collection("complaints")
    }

    pub(crate) fn officials(&self) -> Collection<OfficialGrant> {
        self.database.collection("officials")
    }

    pub(crate) fn clocks(&self) -> Collection<ClockSetting> {
        self.database.collection("clocks")
    }

    pub(crate) fn notices(&self) -> Collection<Announcement> {
        self.database.collection("notices")
    }

    pub(crate) fn testimonies(&self) -> Collection<Testimony> {
        self.database.collection("testimonies")
    }

    pub(crate) fn sheets(&self) -> Collection<Sheet> {
        self.database.collection("sheets")
    }

    pub(crate) fn progress(&self) -> Collection<Progress> {
        self.database.collection("progress")
    }

    pub(crate) fn cursors(&self) -> Collection<ChainCursor> {
        self.database.collection("cursors")
    }
}
