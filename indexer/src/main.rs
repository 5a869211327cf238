//! The command `indexer`.

use std::path::PathBuf;

use clap::Parser;
use eyre::WrapErr as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Follows the contracts, verifies every batch, and keeps the views.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Settings (TOML); `indexer/example.toml` names them all
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let path = Arguments::parse().config;
    let text = std::fs::read_to_string(&path).wrap_err_with(|| path.display().to_string())?;
    let config = toml::from_str(&text).wrap_err_with(|| path.display().to_string())?;
    let shutdown = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let asked = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        asked.cancel();
    });
    Ok(indexer::run(config, shutdown).await?)
}
