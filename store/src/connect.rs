//! Connecting: one client a service, majority reads and writes, bounded waits.

use std::time::Duration;

use mongodb::{
    Client, Database,
    options::{Acknowledgment, ClientOptions, ReadConcern, WriteConcern},
};
use serde::Deserialize;

use crate::StoreError;

/// How long the driver looks for a server before a call fails as unavailable.
const SERVER_SELECTION: Duration = Duration::from_secs(5);

/// Where a database is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// MongoDB connection string; may hold credentials.
    pub uri: String,
    /// Name of the database.
    pub database: String,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("uri", &"(redacted)").field("database", &self.database).finish()
    }
}

/// A handle with majority concerns. Connects lazily: a server that is away shows with the first call.
pub(crate) async fn database(settings: &Settings) -> Result<Database, StoreError> {
    let mut options = ClientOptions::parse(&settings.uri).await.map_err(StoreError::Settings)?;
    options.app_name = Some("power-tracker".into());
    options.server_selection_timeout = Some(SERVER_SELECTION);
    options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
    options.read_concern = Some(ReadConcern::majority());
    let client = Client::with_options(options).map_err(StoreError::Settings)?;
    Ok(client.database(&settings.database))
}
