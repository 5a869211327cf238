//! `operator`: see the library.

use clap::Parser as _;
use operator::cli::Cli;

#[tokio::main]
async fn main() -> eyre::Result<()> {
    Cli::parse().run().await
}
