//! Houses by cells, now.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use protocol::{
    cells::CellCount,
    record::PowerStatus,
    roster::{Device, Roster},
    supply::{self, LastReading},
};
use store::{
    intake::{Intake, documents::Live},
    views::documents::Area,
};
use tokio::sync::Mutex as AsyncMutex;
use verifier::{CheckedRoster, Verifier};

use super::{MAX_AREAS, unix_s};
use crate::ApiError;

/// How old counts may be.
const FRESH: Duration = Duration::from_secs(1);
/// How long the roster that says which house is in which cell is used before chain and IPFS are asked again.
const ROSTER_FRESH: Duration = Duration::from_secs(30);
/// How long they are waited for: whoever asks about an area should not wait for its cells.
const ROSTER_WAIT: Duration = Duration::from_secs(3);

/// What is kept of one area.
#[derive(Default)]
struct Kept {
    counts: Option<(Instant, Option<Arc<Vec<CellCount>>>)>,
    /// The last roster that could be had; none at first.
    roster: Option<Arc<CheckedRoster>>,
    /// When it was asked for.
    roster_asked: Option<Instant>,
}

type Slot = Arc<AsyncMutex<Kept>>;

/// Cells of areas, each at most a second old and counted once for all who ask.
pub struct Cells {
    intake: Intake,
    verifier: Verifier,
    slots: Mutex<HashMap<String, Slot>>,
}

impl Cells {
    /// Over these sources.
    #[must_use]
    pub fn new(intake: Intake, verifier: Verifier) -> Self {
        Self { intake, verifier, slots: Mutex::default() }
    }

    /// The cells of an area from live readings; none while the roster cannot be had from chain and IPFS.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn of(&self, area: &Area) -> Result<Option<Arc<Vec<CellCount>>>, ApiError> {
        if area.cells.is_empty() {
            return Ok(Some(Arc::default()));
        }
        let slot = self.slot(&area.area_id);
        let mut kept = slot.lock().await;
        if let Some((at, counts)) = kept.counts.as_ref()
            && at.elapsed() < FRESH
        {
            return Ok(counts.clone());
        }
        self.refresh_roster(&area.area_id, &mut kept).await;
        let counts = match &kept.roster {
            None => None,
            Some(checked) => {
                let live = self.intake.live_of_areas(std::slice::from_ref(&area.area_id)).await?;
                let live = live.into_iter().map(|live| (live.device_id.clone(), live)).collect();
                Some(Arc::new(count(&checked.roster, &live, unix_s())))
            }
        };
        kept.counts = Some((Instant::now(), counts.clone()));
        Ok(counts)
    }

    fn slot(&self, area_id: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_AREAS && !slots.contains_key(area_id) {
            slots.clear();
        }
        slots.entry(area_id.to_owned()).or_default().clone()
    }

    async fn refresh_roster(&self, area_id: &str, kept: &mut Kept) {
        if kept.roster_asked.is_some_and(|at| at.elapsed() < ROSTER_FRESH) {
            return;
        }
        kept.roster_asked = Some(Instant::now());
        let fetch = self.verifier.roster_in_force(area_id, unix_s());
        match tokio::time::timeout(ROSTER_WAIT, fetch).await {
            Ok(Ok(roster)) => kept.roster = Some(roster),
            Ok(Err(error)) => tracing::warn!(area_id, reason = error.name(), "no roster for live cells"),
            Err(_) => tracing::warn!(area_id, "no roster for live cells in time"),
        }
    }
}

/// Houses by cells, as masked as what is published with batches.
fn count(roster: &Roster, live: &HashMap<String, Live>, at_unix_s: u64) -> Vec<CellCount> {
    let state_of = |device: &Device| {
        let last = live.get(&device.device_id).and_then(last);
        supply::state(last, device.heartbeat_s, at_unix_s)
    };
    roster.cells().into_iter().map(|(cell, houses)| CellCount::tally(cell, houses.into_iter().map(state_of))).collect()
}

/// What a live reading says.
fn last(live: &Live) -> Option<LastReading> {
    let power_status = match live.power_status.as_str() {
        "ON" => PowerStatus::On,
        "OFF" => PowerStatus::Off,
        _ => return None,
    };
    Some(LastReading { sequence: live.sequence, power_status, timestamp_unix_s: live.timestamp_unix_s })
}
