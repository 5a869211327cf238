//! The `graphql` service.

use std::path::PathBuf;

use clap::Parser;
use graphql::{Config, run, sdl};
use tokio_util::sync::CancellationToken;

/// Serves the public API over the views, and the dApp.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Settings (TOML); `example.toml` explains each.
    #[arg(long, required_unless_present = "print_schema")]
    config: Option<PathBuf>,
    /// Prints the schema's SDL and ends: `graphql --print-schema > schema.graphql`.
    #[arg(long)]
    print_schema: bool,
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    let arguments = Arguments::parse();
    let Some(path) = arguments.config.filter(|_| !arguments.print_schema) else {
        print!("{}", sdl());
        return Ok(());
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let shutdown = CancellationToken::new();
    tokio::spawn(graphql::cancel_on_signal(shutdown.clone()));
    run(Config::read(&path)?, shutdown).await?;
    Ok(())
}
