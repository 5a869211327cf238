//! `fleet`: see the library.

use clap::Parser as _;
use eyre::WrapErr as _;
use fleet::cli::Cli;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> eyre::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    if let Some(enrol) = cli.enrolment() {
        let enrolment = fleet::enrol(&enrol, fleet::run::unix_ms() / 1000)?;
        let devices: usize = enrolment.areas.iter().map(|area| area.devices.len()).sum();
        println!("{devices} devices in {} areas, shifted by {} s", enrolment.areas.len(), enrolment.shift_s);
        return Ok(());
    }
    let config = cli.run_config()?;
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        stop.cancel();
    });
    fleet::run(config, shutdown).await.wrap_err("the fleet stopped")?;
    Ok(())
}
