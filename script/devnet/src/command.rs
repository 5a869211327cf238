//! `devnet up`: what a terminal sees.

use std::{
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::{
    error::DevnetError,
    settings::Settings,
    status::{Observer, Status},
    up::Devnet,
};

const TICK: Duration = Duration::from_secs(1);
/// Without a terminal a line this often is enough.
const QUIET_TICK: Duration = Duration::from_secs(10);

/// Runs a devnet until `shutdown`, or with `--once` until everything is through. The summary of `--once` is the last
/// thing printed.
///
/// # Errors
/// [`DevnetError`].
pub async fn up(settings: Settings, shutdown: CancellationToken) -> Result<(), DevnetError> {
    let started = Instant::now();
    let progress = |text: &str| eprintln!("{:>4} s  {text}", started.elapsed().as_secs());
    let once = settings.once;
    let once_timeout = Duration::from_secs(settings.once_timeout_s);
    let mut devnet = tokio::select! {
        devnet = Devnet::start(settings, &progress) => devnet?,
        () = shutdown.cancelled() => return Err(DevnetError::Interrupted),
    };
    let observer = devnet.observer().await?;
    introduce(&devnet);
    let result = if once {
        tokio::time::timeout(once_timeout, until_done(&mut devnet, &observer, &shutdown, &progress)).await
    } else {
        Ok(watch(&mut devnet, &observer, &shutdown, &progress, |_| false).await)
    };
    let result = match result {
        Ok(result) => result,
        Err(_) => {
            let status = observer.status().await.unwrap_or_default();
            let missing = [status.missing(), status.unfinished()].concat().join("; ");
            Err(DevnetError::NotDone { after_s: once_timeout.as_secs(), missing })
        }
    };
    progress("stopping");
    let (provenance, kinds) = (devnet.provenance.kind.clone(), devnet.kinds.clone());
    devnet.stop().await;
    match result {
        Ok(status) if once => {
            let summary = status.summary(kinds, &provenance, started.elapsed().as_secs());
            println!("{}", serde_json::to_string(&summary).unwrap_or_default());
            Ok(())
        }
        Err(error) if once || !matches!(error, DevnetError::Interrupted) => Err(error),
        _ => Ok(()),
    }
}

/// Every area verified and the devices' queues empty; then, without devices, all that is durable anchored and verified.
async fn until_done(
    devnet: &mut Devnet,
    observer: &Observer,
    shutdown: &CancellationToken,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Status, DevnetError> {
    watch(devnet, observer, shutdown, progress, |status| status.missing().is_empty()).await?;
    progress("every area is verified and the backlog is through: stopping the devices, anchoring the rest");
    devnet.stop_part("fleet").await;
    devnet.retire("fleet");
    watch(devnet, observer, shutdown, progress, |status| status.unfinished().is_empty()).await
}

/// Shows how it goes until `done` or `shutdown`.
async fn watch(
    devnet: &mut Devnet,
    observer: &Observer,
    shutdown: &CancellationToken,
    progress: &(dyn Fn(&str) + Sync),
    done: impl Fn(&Status) -> bool,
) -> Result<Status, DevnetError> {
    let terminal = std::io::stderr().is_terminal();
    let mut shown: Option<Instant> = None;
    loop {
        devnet.watch(progress).await?;
        match observer.status().await {
            Ok(status) => {
                if terminal || shown.is_none_or(|at| at.elapsed() >= QUIET_TICK) {
                    shown = Some(Instant::now());
                    show(&status.line(), terminal);
                }
                if done(&status) {
                    finish_line(terminal);
                    return Ok(status);
                }
            }
            // A part that is being started again does not answer yet; `watch` sees one that is gone for good.
            Err(error) => tracing::debug!(%error, "no status"),
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = shutdown.cancelled() => {
                finish_line(terminal);
                return Err(DevnetError::Interrupted);
            }
        }
    }
}

fn show(line: &str, terminal: bool) {
    if terminal {
        // Over the line before; cleared to its end.
        eprint!("\r{line}\x1b[K");
        let _ = std::io::stderr().flush();
    } else {
        eprintln!("{line}");
    }
}

fn finish_line(terminal: bool) {
    if terminal {
        eprintln!();
    }
}

fn introduce(devnet: &Devnet) {
    let e = &devnet.endpoints;
    let p = &devnet.provenance;
    eprintln!("\n  page      {}", e.dapp_url);
    if let Some(url) = &e.dapp_ipfs_url {
        eprintln!("  by CID    {url}");
    }
    eprintln!("  GraphiQL  {}\n  GraphQL   {}", e.graphiql_url, e.graphql_url);
    eprintln!(
        "  chain     {} (id {})\n  IPFS      {}\n  broker    {}",
        e.rpc_url, e.chain_id, e.ipfs_gateway_url, e.mqtt_url
    );
    eprintln!("  all       {}\n  logs      {}", devnet.folder().join("endpoints.json").display(), e.logs_dir.display());
    eprintln!("\n  {}: {}", p.kind.to_uppercase(), p.source);
    if p.shift_s != 0 {
        eprintln!("  Times are moved by {} days. This is not news.", p.shift_s / 86_400);
    }
    eprintln!("  A batch every {} s. Ctrl-C stops everything; the next start resumes.\n", e.period_s);
}
