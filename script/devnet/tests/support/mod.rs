//! A devnet of its own for a test: free ports, a temporary folder, nothing left behind.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod town;

use std::{path::Path, time::Duration};

use clap::Parser;
use devnet::{
    settings::Settings,
    status::{Observer, Status},
    up::Devnet,
};
use tempfile::TempDir;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
}

/// Settings as a command line would give them, in a folder, on free ports.
pub fn settings(folder: &Path, arguments: &[&str]) -> Settings {
    let folder = folder.to_str().expect("UTF-8");
    let fixed = ["devnet", "--dir", folder, "--free-ports"];
    Cli::parse_from(fixed.iter().chain(arguments)).settings
}

/// A devnet and who asks it.
pub struct Running {
    pub devnet: Devnet,
    pub observer: Observer,
}

impl Running {
    pub async fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let settings = settings(folder.path(), arguments);
        let devnet = Devnet::start(settings, &|text| eprintln!("   {text}")).await.unwrap_or_else(|e| panic!("{e}"));
        let observer = devnet.observer().await.expect("an observer");
        Self { devnet, observer }
    }

    /// Waits until the status is as asked, or panics with what is missing.
    pub async fn until(&mut self, missing: impl Fn(&Status) -> Vec<String>) -> Status {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            self.devnet.watch(&|text| eprintln!("   {text}")).await.unwrap_or_else(|e| panic!("{e}"));
            let left = match self.observer.status().await {
                Ok(status) => match missing(&status) {
                    left if left.is_empty() => return status,
                    left => left,
                },
                Err(error) => vec![error.to_string()],
            };
            assert!(tokio::time::Instant::now() < deadline, "still missing: {}", left.join("; "));
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Every record that the devices hold is receipted, anchored and verified; the devices have stopped.
    pub async fn drain(&mut self) -> Status {
        self.until(Status::missing).await;
        self.devnet.stop_part("fleet").await;
        self.devnet.retire("fleet");
        self.until(Status::unfinished).await
    }
}
