//! The command `verifier`.

use std::process::ExitCode;

use clap::Parser as _;
use verifier::cli::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("verifier: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}
