//! See the library, and `docs/firmware.md`.

use clap::Parser as _;

fn main() -> eyre::Result<()> {
    provision::cli::Cli::parse().run()
}
