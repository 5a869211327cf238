//! Live updates.

use std::sync::Arc;

use async_graphql::{Context, Result, Subscription as SubscriptionRoot};
use futures::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use super::{batch::Batch, site::Site};
use crate::{ApiError, Sources, changes::Change};

/// Subscriptions under way at one time.
pub const MAX_SUBSCRIPTIONS: usize = 2_000;

/// Places for subscriptions.
#[derive(Clone)]
pub struct Subscriptions(Arc<Semaphore>);

impl Default for Subscriptions {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_SUBSCRIPTIONS)))
    }
}

impl Subscriptions {
    fn place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.0.clone().try_acquire_owned().map_err(|_| ApiError::Busy("too many subscriptions; try again later"))
    }
}

/// The entry points of subscriptions.
pub struct Subscription;

/// What is told as it changes. A subscriber that does not keep up gets an error with the code `LAGGING`, after which
/// the stream goes on: read the present state then. A site that falls silent changes without an event.
#[SubscriptionRoot]
impl Subscription {
    /// A site whose status changed, or whose status was anchored.
    async fn site_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
    ) -> Result<impl Stream<Item = Result<Site>> + use<>> {
        let listener = listen(context)?;
        Ok(events(listener, move |sources, change| {
            let area_id = area_id.clone();
            async move {
                let Change::Site { area_id: of, device_id } = change else { return Ok(None) };
                if area_id.is_some_and(|area_id| area_id != of) {
                    return Ok(None);
                }
                Ok(sources.site(&device_id).await?.map(Site))
            }
        }))
    }

    /// A batch that was anchored, verified, failed, or is now final.
    async fn batch_anchored(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those of this area.")] area_id: Option<String>,
    ) -> Result<impl Stream<Item = Result<Batch>> + use<>> {
        let listener = listen(context)?;
        Ok(events(listener, move |sources, change| {
            let area_id = area_id.clone();
            async move {
                let Change::Batch { area_id: of, number, .. } = change else { return Ok(None) };
                if area_id.is_some_and(|area_id| area_id != of) {
                    return Ok(None);
                }
                let batch = sources.views().batch(&of, number).await.map_err(ApiError::from)?;
                Ok(batch.map(Batch))
            }
        }))
    }
}

struct Listener {
    sources: Sources,
    changes: broadcast::Receiver<Change>,
    /// Held as long as the subscription lasts.
    _place: OwnedSemaphorePermit,
}

fn listen(context: &Context<'_>) -> Result<Listener> {
    let sources = Sources::of(context)?.clone();
    let place = sources.subscriptions().place()?;
    Ok(Listener { changes: sources.changes().subscribe(), sources, _place: place })
}

/// What `of` makes of each change; ends when the service does.
fn events<T, F, R>(listener: Listener, of: F) -> impl Stream<Item = Result<T>>
where
    F: Fn(Sources, Change) -> R,
    R: Future<Output = Result<Option<T>>>,
{
    stream::unfold((listener, of), |(mut listener, of)| async move {
        loop {
            let event = match listener.changes.recv().await {
                Ok(change) => of(listener.sources.clone(), change).await.transpose(),
                Err(broadcast::error::RecvError::Lagged(missed)) => Some(Err(lagging(missed))),
                Err(broadcast::error::RecvError::Closed) => return None,
            };
            if let Some(event) = event {
                return Some((event, (listener, of)));
            }
        }
    })
}

fn lagging(missed: u64) -> async_graphql::Error {
    use async_graphql::ErrorExtensions as _;
    async_graphql::Error::new(format!("{missed} events were missed: read the present state"))
        .extend_with(|_, extensions| extensions.set("code", "LAGGING"))
}
