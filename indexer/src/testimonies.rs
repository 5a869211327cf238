//! Blocks that testimonies name, from IPFS into the views. Anybody may name blocks, and blocks that nobody has: accounts
//! take turns, each failure makes the next try later, and what waits holds up neither batches nor other testimonies.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use protocol::{flag, from_hex};
use store::views::{Applied, TestimonyApplication, documents::Testimony, flagged};
use verifier::CheckedTestimony;

use crate::{Backoff, Error, Shared, retry::Retry};

/// Testimonies that wait looked at in one pass, the newest first.
const MAX_WAITING: i64 = 512;
/// Blocks fetched in one pass.
const MAX_A_PASS: usize = 16;
/// Blocks fetched at one time.
const MAX_CONCURRENT: usize = 4;
/// How long to sleep between passes.
const TICK: Duration = Duration::from_secs(1);
/// First and longest wait before a block that could not be had is asked for again.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(3_600));

pub(crate) async fn run(shared: Arc<Shared>) -> Result<(), Error> {
    let mut retries = HashMap::new();
    let mut backoff = Backoff::default();
    loop {
        match pass(&shared, &mut retries).await {
            Ok(()) => {
                backoff.reset();
                tokio::time::sleep(TICK).await;
            }
            Err(error) if error.is_retryable() => {
                let wait = backoff.next();
                tracing::warn!(%error, ?wait, "testimonies are not brought in for now");
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn pass(shared: &Shared, retries: &mut HashMap<String, Retry>) -> Result<(), Error> {
    let now = Instant::now();
    let not_now: Vec<String> = retries.iter().filter(|(_, retry)| retry.due > now).map(|(id, _)| id.clone()).collect();
    let waiting = shared.views.waiting_testimonies(&not_now, MAX_WAITING).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let offsets = shared.utc_offsets().await?;
    let checks = in_turns(waiting).into_iter().map(|testimony| async move {
        let digest = from_hex(&testimony.digest).unwrap_or_default();
        let checked = shared.verifier.verify_testimony(&testimony.area_id, &digest, testimony.at_unix_s).await;
        (testimony, checked)
    });
    let mut checks = stream::iter(checks).buffer_unordered(MAX_CONCURRENT);
    while let Some((testimony, checked)) = checks.next().await {
        let is_done = match checked {
            Ok(checked) => {
                let utc_offset_s = offsets.get(&testimony.area_id).copied().unwrap_or_default();
                count(shared, &testimony, &checked, utc_offset_s).await?
            }
            Err(error) => {
                set_aside(shared, &testimony, &error).await?;
                false
            }
        };
        if is_done {
            retries.remove(&testimony.id);
        } else {
            retries.entry(testimony.id).or_default().put_off(RETRY);
        }
    }
    // What a reorg took away is asked for no more; the rest is in the store.
    if retries.len() > 4 * MAX_WAITING as usize {
        retries.clear();
    }
    Ok(())
}

/// Some of those that wait: the newest of each account, then the second of each.
fn in_turns(waiting: Vec<Testimony>) -> Vec<Testimony> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut ranked: Vec<(usize, Testimony)> = waiting
        .into_iter()
        .map(|testimony| {
            let rank = taken.entry(testimony.by.clone()).or_default();
            *rank += 1;
            (*rank, testimony)
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().take(MAX_A_PASS).map(|(_, testimony)| testimony).collect()
}

/// Writes what a block holds; false where its roster is not in the views yet.
async fn count(
    shared: &Shared,
    testimony: &Testimony,
    checked: &CheckedTestimony,
    utc_offset_s: i32,
) -> Result<bool, Error> {
    let CheckedTestimony { testified, roster } = checked;
    let mut devices: Vec<String> =
        testified.records.iter().map(|(_, public)| public.record.statement.device_id.clone()).collect();
    devices.sort_unstable();
    devices.dedup();
    let sites = shared.views.sites_of_devices(&devices).await?;
    let enrolled: HashMap<&str, u64> =
        sites.iter().map(|site| (site.device_id.as_str(), site.enrolled_unix_s)).collect();
    let flags: Vec<_> = testified
        .records
        .iter()
        .flat_map(|(_, public)| {
            let statement = &public.record.statement;
            let enrolled = enrolled.get(statement.device_id.as_str()).copied().unwrap_or_default();
            let provenance = roster.roster.device(&statement.device_id).map(|device| device.provenance);
            let provenance = provenance.unwrap_or(roster.roster.provenance());
            flag::by_time(statement, testimony.at_unix_s, enrolled, provenance).map(|flag| flagged(public, flag))
        })
        .collect();
    let application =
        TestimonyApplication { testimony, testified, roster: &roster.roster, utc_offset_s, flags: &flags };
    let lock = shared.writer.lock().await;
    let applied = shared.views.apply_testimony(&application).await?;
    drop(lock);
    match applied {
        Applied::UnknownSite(device_id) => {
            tracing::info!(testimony = %testimony.id, %device_id, "its roster is not in the views yet");
            Ok(false)
        }
        _ => {
            let (records, refused) = (testified.records.len(), testified.refused.len());
            tracing::info!(testimony = %testimony.id, by = %testimony.by, records, refused, "testimony counted");
            Ok(true)
        }
    }
}

/// Notes why a block could not be had. What the chain did not answer is no word on it.
async fn set_aside(shared: &Shared, testimony: &Testimony, error: &verifier::Error) -> Result<(), Error> {
    if matches!(error, verifier::Error::Chain(_) | verifier::Error::CutOff) {
        tracing::warn!(testimony = %testimony.id, %error, "not checked for now");
        return Ok(());
    }
    let reason = error.to_string();
    if testimony.reason.as_deref() != Some(&reason) {
        let lock = shared.writer.lock().await;
        shared.views.set_testimony_aside(testimony, &reason).await?;
        drop(lock);
        tracing::warn!(testimony = %testimony.id, %reason, "testimony not counted for now");
    }
    Ok(())
}
