//! What changes, for subscribers. A subscriber that does not keep up is told how many events it missed; it never holds
//! the others up. What happens is heard by [`crate::atlas::follow`].

use std::collections::HashMap;

use store::views::documents::{Batch, BatchStatus};
use tokio::sync::broadcast;

/// Events that a subscriber may be behind.
const MAX_BEHIND: usize = 1_024;
/// Batches of which the last event is remembered.
const MAX_REMEMBERED: usize = 200_000;

/// What happened. Whoever hears it reads the present state: events carry no readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A site's status changed, or the same status was anchored.
    Site {
        /// The site's area.
        area_id: String,
        /// The site's device.
        device_id: String,
    },
    /// A batch was anchored, or another came of it.
    Batch {
        /// The area.
        area_id: String,
        /// The batch's number.
        number: u64,
        /// What came of it.
        status: BatchStatus,
    },
}

/// Where changes are heard.
#[derive(Clone, Debug)]
pub struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(MAX_BEHIND).0)
    }
}

impl Changes {
    /// Changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }

    /// Where changes are told.
    #[must_use]
    pub fn sender(&self) -> broadcast::Sender<Change> {
        self.0.clone()
    }
}

/// What was told of batches.
#[derive(Default)]
pub(crate) struct BatchNews(HashMap<String, (BatchStatus, String, bool)>);

impl BatchNews {
    /// What there is to tell of a batch that was written; none where all that matters was told.
    pub(crate) fn change(&mut self, batch: Batch) -> Option<Change> {
        let Batch { id, area_id, number, status, block_hash, finalized, .. } = batch;
        let what = (status, block_hash, finalized);
        if self.0.get(&id) == Some(&what) {
            return None;
        }
        if self.0.len() >= MAX_REMEMBERED {
            // Costs some events that are no news.
            self.0.clear();
        }
        self.0.insert(id, what);
        Some(Change::Batch { area_id, number, status })
    }
}
