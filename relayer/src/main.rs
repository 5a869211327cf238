//! The relayer's command: reads the configuration, runs until it is told to stop.

use std::path::PathBuf;

use clap::Parser;
use relayer::Config;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Takes records in from the broker and anchors them in batches.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Configuration (TOML)
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let config = Config::read(&Arguments::parse().config)?;
    let shutdown = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let told = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        told.cancel();
    });
    Ok(relayer::run(config, shutdown).await?)
}
