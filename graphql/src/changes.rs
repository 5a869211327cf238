//! What changes, for subscribers: one change stream a collection, shared by all. A subscriber that does not keep up
//! is told how many events it missed; it never holds the others up.

use std::{collections::HashMap, future::Future, time::Duration};

use futures::{Stream, StreamExt as _};
use store::{
    StoreError,
    intake::Intake,
    views::{
        Views,
        documents::{Batch, BatchStatus},
    },
};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::now::timeline_of;

/// Events that a subscriber may be behind.
const MAX_BEHIND: usize = 1_024;
/// Devices of which the last event is remembered.
const MAX_REMEMBERED: usize = 200_000;
/// Pause before a change stream that broke is opened again.
const REOPEN: Duration = Duration::from_secs(2);

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

impl Changes {
    /// Follows the databases until `shutdown`; a server that goes away is waited for.
    #[must_use]
    pub fn follow(views: &Views, intake: &Intake, shutdown: &CancellationToken) -> Self {
        let (sender, _) = broadcast::channel(MAX_BEHIND);
        let task = |events: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
            tokio::spawn(shutdown.clone().run_until_cancelled_owned(events));
        };
        task(Box::pin(follow_live(views.clone(), intake.clone(), sender.clone())));
        task(Box::pin(follow_timelines(views.clone(), sender.clone())));
        task(Box::pin(follow_batches(views.clone(), sender.clone())));
        Self(sender)
    }

    /// Changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}

/// Live readings whose status is another than the device's last one. Houses are left out: they have no site.
async fn follow_live(views: Views, intake: Intake, sender: broadcast::Sender<Change>) {
    let mut seen = HashMap::new();
    loop {
        let mut readings = opened("live", || intake.watch_live()).await;
        while let Some(Ok(live)) = readings.next().await {
            if !is_news(&mut seen, &live.device_id, (live.power_status.clone(), live.since_unix_s)) {
                continue;
            }
            match views.site(&live.device_id).await {
                Ok(Some(site)) => {
                    // Nobody listening is no failure.
                    let _ = sender.send(Change::Site { area_id: site.area_id, device_id: site.device_id });
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "a live reading is not told to subscribers"),
            }
        }
        tracing::warn!("the stream of live readings broke");
        tokio::time::sleep(REOPEN).await;
    }
}

/// Timelines whose last status is newly anchored, or newly final.
async fn follow_timelines(views: Views, sender: broadcast::Sender<Change>) {
    let mut seen = HashMap::new();
    loop {
        let mut timelines = opened("timelines", || views.watch_timelines()).await;
        while let Some(Ok(timeline)) = timelines.next().await {
            let current = timeline_of(&timeline.current);
            let status = current.last().map(|last| last.power_status);
            let is_final = timeline.recent.is_empty();
            if is_news(&mut seen, &timeline.device_id, (status, current.since_unix_s(), is_final)) {
                let _ = sender.send(Change::Site { area_id: timeline.area_id, device_id: timeline.device_id });
            }
        }
        tracing::warn!("the stream of timelines broke");
        tokio::time::sleep(REOPEN).await;
    }
}

async fn follow_batches(views: Views, sender: broadcast::Sender<Change>) {
    let mut seen = HashMap::new();
    loop {
        let mut batches = opened("batches", || views.watch_batches()).await;
        while let Some(Ok(Batch { id, area_id, number, status, block_hash, finalized, .. })) = batches.next().await {
            if is_news(&mut seen, &id, (status, block_hash, finalized)) {
                let _ = sender.send(Change::Batch { area_id, number, status });
            }
        }
        tracing::warn!("the stream of batches broke");
        tokio::time::sleep(REOPEN).await;
    }
}

/// Remembers `what` of `id`; false where it was that already.
fn is_news<T: PartialEq>(seen: &mut HashMap<String, T>, id: &str, what: T) -> bool {
    if seen.get(id) == Some(&what) {
        return false;
    }
    if seen.len() >= MAX_REMEMBERED {
        // Costs some events that are no news.
        seen.clear();
    }
    seen.insert(id.to_owned(), what);
    true
}

/// A change stream, opened again and again until it is there.
async fn opened<S, F>(name: &'static str, open: impl Fn() -> F) -> S
where
    S: Stream,
    F: Future<Output = Result<S, StoreError>>,
{
    let mut told = false;
    loop {
        match open().await {
            Ok(stream) => return stream,
            Err(error) if !told => {
                tracing::warn!(%error, name, "no change stream yet");
                told = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(REOPEN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_news() {
        let mut seen = HashMap::new();
        assert!(is_news(&mut seen, "a", 1));
        assert!(!is_news(&mut seen, "a", 1));
        assert!(is_news(&mut seen, "a", 2));
        assert!(is_news(&mut seen, "b", 2));
    }
}
