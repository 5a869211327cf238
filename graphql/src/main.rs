//! The `graphql` service.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use graphql::{Config, Erased, erase, run, sdl};
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
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Erases a complaint's text and its photo, a photo alone, or a citizen's note; its digest stays, and pages say that it
    /// was erased, when and why. Officials' words cannot be erased.
    Erase {
        /// SHA-256 of the text or photo, or 0x and the note's keccak256.
        digest: String,
        /// Why; everybody reads it.
        #[arg(long)]
        reason: String,
    },
}

#[tokio::main]
async fn main() -> eyre::Result<()> {
    let arguments = Arguments::parse();
    let Some(path) = arguments.config.filter(|_| !arguments.print_schema) else {
        print!("{}", sdl());
        return Ok(());
    };
    if let Some(Command::Erase { digest, reason }) = arguments.command {
        let erased = erase(&Config::read(&path)?, &digest, &reason).await?;
        println!("erased: {}", words(erased));
        return Ok(());
    }
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let shutdown = CancellationToken::new();
    tokio::spawn(graphql::cancel_on_signal(shutdown.clone()));
    run(Config::read(&path)?, shutdown).await?;
    Ok(())
}

fn words(erased: Erased) -> String {
    match erased {
        Erased::Text { with_photo: true } => "a text and its photo".into(),
        Erased::Text { with_photo: false } => "a text".into(),
        Erased::Photo => "a photo".into(),
        Erased::Note { submissions } => format!("a note, and its words in {submissions} submissions"),
    }
}
