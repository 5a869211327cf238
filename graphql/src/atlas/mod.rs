//! Where every site is and how it stands, in memory: what the map, the search, "near me" and all states of now are
//! answered from. No house is in it.
//!
//! - [`Sheet`]: the sites of one area.
//! - [`Heard`]: what one site's device stated in the last days, packed.
//! - [`AreaNow`]: an area as it stands.
//! - [`view`]: what a window of the map shows.
//! - [`names`]: what can be found by name; [`near`]: what is near a point.
//! - [`follow`]: how it is read from the store, and kept up to date by change streams.
//!
//! It is as old as the slowest of its change streams, which [`Atlas::as_of`] tells; a stream that breaks makes it be
//! read anew while the old one serves. It holds at most [`MAX_SITES`] sites.

mod area;
mod bounds;
mod follow;
mod heard;
mod names;
mod near;
mod sheet;
mod view;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use store::views::documents::Batch;
use tokio::sync::{Notify, RwLock as AsyncRwLock};

use crate::{ApiError, now::unix_s};

pub use area::{AreaNow, FeederNow};
pub use bounds::{Bounds, Window};
pub use follow::follow;
pub use heard::{At, Firmness, HISTORY_DAYS, Heard, Mark, SiteNow};
pub use names::{Name, NameKind, NamePlace, Names};
pub use near::{MAX_DISTANCE_M, Near};
pub use sheet::Sheet;
pub use view::{
    AreaShown, ByState, FeederShown, GroupShown, MAX_AREA_MARKS, MAX_FEEDER_MARKS, MAX_GROUP_MARKS, MAX_SITE_MARKS,
    Shown, SiteShown, View,
};

/// Most sites kept: about a gigabyte. Of an installation with more the map is not shown.
pub const MAX_SITES: usize = 4_000_000;
/// How far back the map can be asked for.
pub const MAX_PAST_S: u64 = 48 * 3_600;
/// A map this old is still "now".
const FRESH_S: u64 = 5;
/// A map older than this is not shown as it is: silence of the store would look like silence of the devices.
const STALE_S: u64 = 60;
/// How long a question waits for the first reading of the store.
const PATIENCE: Duration = Duration::from_secs(5);
/// Change streams that the map hangs on.
const STREAMS: usize = 4;

/// All sheets; cheap to clone.
#[derive(Clone, Default)]
pub struct Atlas(Arc<Inner>);

#[derive(Default)]
struct Inner {
    sheets: RwLock<BTreeMap<String, Arc<Sheet>>>,
    /// When each change stream was last heard.
    heard_unix_s: [AtomicU64; STREAMS],
    is_read: AtomicBool,
    is_too_large: AtomicBool,
    /// Seconds of the last batch period; 0 before the first.
    period_s: AtomicU64,
    read: Notify,
    /// Held for writing while an area is read anew, for reading while a change is taken in: none gets lost between.
    turn: AsyncRwLock<()>,
}

impl Atlas {
    /// The sheets by area.
    fn sheets(&self) -> Vec<Arc<Sheet>> {
        self.0.sheets.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn sheet(&self, area_id: &str) -> Option<Arc<Sheet>> {
        self.0.sheets.read().unwrap_or_else(PoisonError::into_inner).get(area_id).cloned()
    }

    /// Seconds of the last period that is anchored somewhere; none before the first.
    #[must_use]
    pub fn period_s(&self) -> Option<u64> {
        Some(self.0.period_s.load(Ordering::Relaxed)).filter(|period_s| *period_s > 0)
    }

    fn set_period(&self, batch: &Batch) {
        let period_s = batch.period_end_unix_s.saturating_sub(batch.period_start_unix_s);
        self.0.period_s.store(period_s, Ordering::Relaxed);
    }

    fn heard(&self, stream: usize) {
        self.0.heard_unix_s[stream].store(unix_s(), Ordering::Relaxed);
    }

    /// As of when the map is: now, or when the store was last heard.
    ///
    /// # Errors
    /// [`ApiError`] while the store is read for the first time, and where it has been away for long.
    pub async fn as_of(&self) -> Result<u64, ApiError> {
        self.read().await?;
        let heard = self.0.heard_unix_s.iter().map(|heard| heard.load(Ordering::Relaxed)).min().unwrap_or_default();
        fresh(heard, unix_s()).ok_or(ApiError::Store)
    }

    /// Waits for the first reading of the store, for a while.
    ///
    /// # Errors
    /// [`ApiError::Busy`].
    pub async fn read(&self) -> Result<(), ApiError> {
        let told = self.0.read.notified();
        if !self.0.is_read.load(Ordering::Acquire) {
            let _ = tokio::time::timeout(PATIENCE, told).await;
        }
        if self.0.is_too_large.load(Ordering::Acquire) {
            return Err(ApiError::Busy("this installation has more sites than the service keeps for a map"));
        }
        if self.0.is_read.load(Ordering::Acquire) {
            return Ok(());
        }
        Err(ApiError::Busy("the sites are being read from the store; try again in some seconds"))
    }
}

/// As of when a map is that was last heard at a time; none where it is too old to be shown.
fn fresh(heard_unix_s: u64, now_unix_s: u64) -> Option<u64> {
    match now_unix_s.saturating_sub(heard_unix_s) {
        0..=FRESH_S => Some(now_unix_s),
        age if age <= STALE_S => Some(heard_unix_s),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_is_not_followed_is_as_of_when_it_was_and_then_none() {
        assert_eq!(fresh(1_000, 1_000 + FRESH_S), Some(1_000 + FRESH_S));
        assert_eq!(fresh(1_000, 1_001 + FRESH_S), Some(1_000));
        assert_eq!(fresh(1_000, 1_000 + STALE_S), Some(1_000));
        assert_eq!(fresh(1_000, 1_001 + STALE_S), None);
        assert_eq!(fresh(1_000, 999), Some(999), "a clock that was set back");
    }
}
