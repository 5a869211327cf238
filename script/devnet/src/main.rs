//! `devnet`: the supervisor behind `script/up`.

use clap::{Parser, Subcommand};
use devnet::{command, settings::Settings};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Everything on one machine: chain, broker, IPFS node, store, services, web page and devices.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything and show how it goes; Ctrl-C stops it, the next start resumes
    Up(Box<Settings>),
}

#[tokio::main]
async fn main() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Command::Up(settings) = Arguments::parse().command;
    let shutdown = CancellationToken::new();
    let asked = shutdown.clone();
    tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        asked.cancel();
    });
    if let Err(error) = command::up(*settings, shutdown).await {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}
