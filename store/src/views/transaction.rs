//! Several writes that happen together or not at all.

use std::sync::Arc;

use bson::{Document, doc};
use futures::lock::{Mutex, OwnedMutexGuard};
use mongodb::{ClientSession, Database};
use serde::Serialize;

use super::Views;
use crate::StoreError;

/// Documents in one write command: timelines of long-lived devices are large, and a command holds 48 MB.
const MAX_DOCUMENTS_A_COMMAND: usize = 100;

/// Under this `_id` in `writers` the session of the process that writes the views is noted.
const WRITER: &str = "indexer";

/// The one session in which this process writes: known by its id, so that a successor can end what it left open.
#[derive(Default)]
pub(super) struct Writer {
    session: Option<ClientSession>,
    /// A transaction was begun and neither committed nor aborted.
    open: bool,
}

/// Shared by all clones of a handle; held for the length of a transaction.
pub(super) type SharedWriter = Arc<Mutex<Writer>>;

/// A transaction; dropped before [`Transaction::commit`], it leaves nothing behind.
pub(super) struct Transaction {
    database: Database,
    writer: OwnedMutexGuard<Writer>,
}

impl Writer {
    async fn session(&mut self, database: &Database) -> Result<&mut ClientSession, StoreError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => database.client().start_session().await?,
        };
        Ok(self.session.insert(session))
    }
}

impl Views {
    /// Makes this process the one that writes the views. A process that was killed in the middle of a transaction
    /// leaves it open, and the server keeps its locks for a minute: it is ended here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_over(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let own = writer.session(&self.database).await?.id().clone();
        let writers = self.database.collection::<Document>("writers");
        let noted = writers.find_one(doc! { "_id": WRITER }).await?;
        let predecessor = noted.and_then(|noted| noted.get_document("session").cloned().ok());
        if let Some(predecessor) = predecessor.filter(|predecessor| *predecessor != own)
            && let Err(error) = self.database.run_command(doc! { "killSessions": [predecessor] }).await
        {
            tracing::warn!(%error, "a predecessor's transaction, if one is open, ends by itself in a minute");
        }
        let note = doc! { "_id": WRITER, "session": own };
        writers.replace_one(doc! { "_id": WRITER }, note).upsert(true).await?;
        Ok(())
    }
}

impl Transaction {
    pub(super) async fn begin(views: &Views) -> Result<Self, StoreError> {
        let mut writer = views.writer.clone().lock_owned().await;
        let left_open = std::mem::take(&mut writer.open);
        let session = writer.session(&views.database).await?;
        if left_open {
            // What the server has given up already cannot be aborted again.
            let _ = session.abort_transaction().await;
        }
        session.start_transaction().await?;
        writer.open = true;
        Ok(Self { database: views.database.clone(), writer })
    }

    /// Writes documents in place of those with the same `_id`, or anew.
    pub(super) async fn replace<'a, T: Serialize + 'a>(
        &mut self,
        collection: &'static str,
        documents: impl IntoIterator<Item = &'a T>,
    ) -> Result<(), StoreError> {
        let mut updates = Vec::new();
        for document in documents {
            let document = to_document(collection, document)?;
            let id = document.get("_id").cloned().unwrap_or_default();
            updates.push(doc! { "q": { "_id": id }, "u": document, "upsert": true });
        }
        self.update(collection, updates).await.map(drop)
    }

    /// Replaces one document where a filter still holds; false where it does not.
    pub(super) async fn replace_where<T: Serialize>(
        &mut self,
        collection: &'static str,
        filter: Document,
        document: &T,
    ) -> Result<bool, StoreError> {
        let update = doc! { "q": filter, "u": to_document(collection, document)? };
        Ok(self.update(collection, vec![update]).await? == 1)
    }

    /// Runs update statements; gives how many documents matched.
    pub(super) async fn update(&mut self, collection: &'static str, updates: Vec<Document>) -> Result<i64, StoreError> {
        let mut matched = 0;
        for updates in updates.chunks(MAX_DOCUMENTS_A_COMMAND) {
            let command = doc! { "update": collection, "updates": updates.to_vec(), "ordered": true };
            matched += self.run(collection, command).await?;
        }
        Ok(matched)
    }

    /// Deletes all documents of these filters.
    pub(super) async fn delete(
        &mut self,
        collection: &'static str,
        filters: impl IntoIterator<Item = Document>,
    ) -> Result<(), StoreError> {
        let deletes: Vec<Document> = filters.into_iter().map(|filter| doc! { "q": filter, "limit": 0 }).collect();
        for deletes in deletes.chunks(MAX_DOCUMENTS_A_COMMAND) {
            self.run(collection, doc! { "delete": collection, "deletes": deletes.to_vec() }).await?;
        }
        Ok(())
    }

    async fn run(&mut self, collection: &'static str, command: Document) -> Result<i64, StoreError> {
        let session = self.writer.session(&self.database).await?;
        let answer = self.database.run_command(command).session(session).await?;
        // A command succeeds even where a write in it does not.
        match answer.get_array("writeErrors") {
            Ok(errors) if !errors.is_empty() => {
                Err(StoreError::Unreadable { collection, reason: format!("write refused: {errors:?}") })
            }
            _ => Ok(answer.get_i32("n").map(i64::from).or_else(|_| answer.get_i64("n")).unwrap_or_default()),
        }
    }

    /// Makes all writes durable.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let session = self.writer.session(&self.database).await?;
        session.commit_transaction().await?;
        self.writer.open = false;
        Ok(())
    }
}

fn to_document<T: Serialize>(collection: &'static str, value: &T) -> Result<Document, StoreError> {
    bson::to_document(value).map_err(|error| StoreError::Unreadable { collection, reason: error.to_string() })
}
