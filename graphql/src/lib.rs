//! The public API, and the one origin that a browser needs.
//!
//! - [`schema`]: the GraphQL schema, a file a subject; [`sdl`] prints it, `schema.graphql` holds it.
//! - [`sources`]: what fields are answered from: the views, the intake, chain and IPFS.
//! - [`now`]: cells and coverage. The only place that sees live readings of houses, and it gives out cells only.
//! - [`evidence`]: records with their proofs, from batches verified here.
//! - [`atlas`]: where every site is and how it stands, in memory.
//! - [`changes`]: what subscribers hear.
//! - `feed`: the news of an area, for feed readers.
//! - [`photo`]: photos of complaints: what is taken as one, and who may leave one.
//! - [`erase`]: what the operator can have forgotten, a command of its own.
//! - [`origin`]: the HTTP side: `/graphql`, `/graphiql`, `/ipfs/<cid>`, `/rpc`, `/photo/<digest>`,
//!   `/feed/<area>.atom`, `/basemap/…`, `/config.json`, `/health`, and the dApp.
//!
//! The service keeps nothing that it could lose: everything it says can be had again from the store, and checked from chain and IPFS.

use bindings::Addresses;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub mod atlas;
pub mod changes;
mod complaints;
mod config;
mod erasing;
mod error;
pub mod evidence;
mod feed;
pub mod now;
pub mod origin;
pub mod photo;
pub mod schema;
pub mod sources;
mod submissions;

pub use config::{Config, ConfigError, ProvenanceKind, ProvenanceSettings, Sponsorship};
pub use erasing::{EraseError, Erased, MAX_REASON_CHARACTERS, erase};
pub use error::ApiError;
pub use feed::MAX_ENTRIES as MAX_FEED_ENTRIES;
pub use schema::sdl;
pub use sources::Sources;

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The databases' settings are wrong.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A URL or address in the settings is none.
    #[error("settings: {field}: {reason}")]
    Setting {
        /// Which.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// The address cannot be listened on, or the listener broke.
    #[error("listening on {address}: {error}")]
    Listen {
        /// Where.
        address: String,
        /// Why.
        error: std::io::Error,
    },
}

/// Serves until `shutdown`. Returns once all connections were told and closed.
///
/// # Errors
/// [`RunError`]; a store, chain or IPFS node that is away is no reason to end.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), RunError> {
    let address = config.listen;
    let listen = |error| RunError::Listen { address: address.to_string(), error };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    serve(config, listener, shutdown).await
}

/// [`run`] on a listener that is there already; tests bind port 0.
///
/// # Errors
/// [`RunError`].
pub async fn serve(config: Config, listener: TcpListener, shutdown: CancellationToken) -> Result<(), RunError> {
    let listen = |error| RunError::Listen { address: config.listen.to_string(), error };
    let sources = connect(config.clone(), &shutdown).await?;
    let router = origin::router(sources, &shutdown)?;
    let local = listener.local_addr().map_err(listen)?;
    tracing::info!(%local, "listening");
    let ended = shutdown.clone().cancelled_owned();
    let served = axum::serve(listener, router).with_graceful_shutdown(ended).into_future();
    tokio::select! {
        result = served => result.map_err(listen),
        // Whoever does not close in time is cut off.
        () = async { shutdown.cancelled().await; tokio::time::sleep(origin::CLOSING).await } => Ok(()),
    }
}

async fn connect(config: Config, shutdown: &CancellationToken) -> Result<Sources, RunError> {
    fn setting<T>(field: &'static str, error: T) -> RunError
    where
        T: std::fmt::Display,
    {
        RunError::Setting { field, reason: error.to_string() }
    }
    let views = store::views::Views::connect(&config.views).await?;
    let intake = store::intake::Intake::connect(&config.intake).await?;
    let ipfs = verifier::Ipfs::new(&config.ipfs_api_url).map_err(|error| setting("ipfs_api_url", error))?;
    let rpc_url = config.rpc_url.parse().map_err(|error| setting("rpc_url", error))?;
    let Addresses { anchors, rosters, .. } = config.contracts;
    let verifier = verifier::Verifier::connect(rpc_url, anchors, rosters, ipfs);
    let (atlas, changes) = (atlas::Atlas::default(), changes::Changes::default());
    let following = atlas::follow(atlas.clone(), views.clone(), intake.clone(), changes.sender());
    tokio::spawn(shutdown.clone().run_until_cancelled_owned(following));
    let provider = verifier.contracts().anchors.provider().clone();
    let (addresses, terms) = (config.contracts.clone(), config.sponsorship.clone());
    let submissions = submissions::Submissions::new(provider, addresses, intake.clone(), terms);
    Ok(Sources::new(config, views, intake, verifier, atlas, changes, submissions))
}

/// Cancels on SIGINT or SIGTERM.
pub async fn cancel_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM is not heard");
            let _ = tokio::signal::ctrl_c().await;
        }
    }
    tracing::info!("stopping");
    shutdown.cancel();
}
