//! Change streams of whole documents that say when they were last heard: silence of the data is told apart from
//! silence of the server.

use std::time::Duration;

use mongodb::{
    Collection,
    change_stream::{
        ChangeStream,
        event::{ChangeStreamEvent, OperationType},
    },
    options::FullDocumentType,
};
use serde::de::DeserializeOwned;

use crate::StoreError;

/// How long the server holds a question that it has no event for.
const AWAIT: Duration = Duration::from_secs(1);
/// A server that does not answer such a question for so long is away.
const SILENCE: Duration = Duration::from_secs(10);
/// Pause after an empty answer: some servers give it at once.
const PAUSE: Duration = Duration::from_millis(50);

/// What a change stream tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<T> {
    /// A document as it is now.
    Put(T),
    /// A document was deleted. Its `_id`.
    Gone(String),
    /// Nothing happened up to now.
    Quiet,
}

/// The changes of one collection from the moment it was opened.
pub struct Watch<T: DeserializeOwned>(ChangeStream<ChangeStreamEvent<T>>);

impl<T: DeserializeOwned + Unpin + Send + Sync + 'static> Watch<T> {
    pub(crate) async fn open(collection: &Collection<T>) -> Result<Self, StoreError> {
        let stream = collection.watch().full_document(FullDocumentType::UpdateLookup).max_await_time(AWAIT).await?;
        Ok(Self(stream))
    }

    /// The next event; [`Event::Quiet`] about once a second where there is none.
    ///
    /// # Errors
    /// [`StoreError`]: the server is away, or the collection was dropped. Events may then be lost: read everything,
    /// with a new watch open.
    pub async fn next(&mut self) -> Result<Event<T>, StoreError> {
        loop {
            let asked = tokio::time::timeout(SILENCE, self.0.next_if_any()).await;
            let Some(event) = asked.map_err(|_| StoreError::Broken("the server fell silent"))?? else {
                if !self.0.is_alive() {
                    return Err(StoreError::Broken("the server ended it"));
                }
                tokio::time::sleep(PAUSE).await;
                return Ok(Event::Quiet);
            };
            match (event.operation_type, event.full_document, event.document_key) {
                (OperationType::Delete, _, Some(key)) => {
                    let id = key.get_str("_id").map_err(|error| StoreError::Unreadable {
                        collection: "a change stream",
                        reason: error.to_string(),
                    })?;
                    return Ok(Event::Gone(id.to_owned()));
                }
                (_, Some(document), _) => return Ok(Event::Put(document)),
                (OperationType::Drop | OperationType::DropDatabase | OperationType::Rename, ..)
                | (OperationType::Invalidate, ..) => return Err(StoreError::Broken("the collection was dropped")),
                // An update of a document that is gone by now: its deletion follows.
                _ => {}
            }
        }
    }
}
