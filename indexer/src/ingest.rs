//! From IPFS into the views: one task an area, which takes its waiting batches in the order of their numbers.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use protocol::{batch::Anchor, flag, from_hex};
use store::views::{
    Application, Applied,
    documents::{Batch, BatchStatus, Flagged},
    flagged,
};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;
use verifier::{CheckedBatch, IpfsError};

use crate::{
    Backoff, Error, Shared,
    areas::{AreaRosters, Areas},
    repeats::{self, Known},
    retry::Retry,
};

/// Areas worked on at one time.
const MAX_AREAS: usize = 8;
/// Batches of one area fetched and verified ahead, and applied together where they are ready together.
const MAX_AHEAD: usize = 16;
/// Waiting batches looked at in one pass.
const MAX_BATCHES_A_PASS: i64 = 512;
/// Times that repeated sequences of a batch are looked up: the answer fits, unless a reorg comes in between.
const MAX_LOOK_UPS: usize = 3;
/// Failed batches that are looked at again after a start: the reason may have been the node's.
const MAX_FAILED_AGAIN: i64 = 256;
/// How long to sleep where nothing tells of work.
const TICK: Duration = Duration::from_secs(1);
/// First and longest wait before a batch that could not be had is asked for again.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What became of a batch in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Verified, failed for good, or gone.
    Done,
    /// To be tried again.
    Later,
}

/// What became of batches, by their ids.
type Outcomes = Vec<(String, Outcome)>;

#[derive(Default)]
struct Ingest {
    areas: Areas,
    busy: HashSet<String>,
    retries: HashMap<String, Retry>,
    /// Areas whose task could not go on, by the store's or chain's fault.
    paused: HashMap<String, Retry>,
    tasks: JoinSet<(String, Result<Outcomes, Error>)>,
}

pub(crate) async fn run(shared: Arc<Shared>) -> Result<(), Error> {
    let mut ingest = Ingest::default();
    let mut backoff = Backoff::default();
    let mut begun = false;
    loop {
        let pass = async {
            if !begun {
                let failed = shared.views.failed_batches(MAX_FAILED_AGAIN).await?;
                ingest.retries = failed.into_iter().map(|id| (id, Retry::default())).collect();
                begun = true;
            }
            ingest.start(&shared).await
        };
        match pass.await {
            Ok(()) => backoff.reset(),
            Err(error) if error.is_retryable() => {
                let wait = backoff.next();
                tracing::warn!(%error, ?wait, "batches are not brought in for now");
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = shared.moved.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            Some(ended) = ingest.tasks.join_next() => {
                let (area_id, outcomes) = ended?;
                ingest.end(&area_id, outcomes)?;
            }
        }
    }
}

impl Ingest {
    /// Starts a task for each area that has work and none yet.
    async fn start(&mut self, shared: &Arc<Shared>) -> Result<(), Error> {
        self.areas.refresh(shared).await?;
        let now = Instant::now();
        let (due, not_now): (Vec<_>, Vec<_>) = self.retries.iter().partition(|(_, retry)| retry.due <= now);
        let ids = |retries: Vec<(&String, &Retry)>| retries.into_iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
        let waiting = shared.views.waiting_batches(&ids(not_now), &ids(due), MAX_BATCHES_A_PASS).await?;
        let mut by_area: HashMap<String, Vec<Batch>> = HashMap::new();
        for batch in waiting {
            by_area.entry(batch.area_id.clone()).or_default().push(batch);
        }
        for (area_id, mut batches) in by_area {
            let is_paused = self.paused.get(&area_id).is_some_and(|pause| pause.due > now);
            if self.tasks.len() >= MAX_AREAS || self.busy.contains(&area_id) || is_paused {
                continue;
            }
            let Some(rosters) = self.areas.rosters(&area_id) else { continue };
            // What was missing before goes last: it may take a long time to be missing again.
            batches.sort_by_key(|batch| (batch.status != BatchStatus::Pending, batch.number));
            self.busy.insert(area_id.clone());
            let shared = shared.clone();
            self.tasks.spawn(async move {
                let outcomes = bring_in(&shared, &rosters, batches).await;
                (area_id, outcomes)
            });
        }
        Ok(())
    }

    fn end(&mut self, area_id: &str, outcomes: Result<Outcomes, Error>) -> Result<(), Error> {
        self.busy.remove(area_id);
        let outcomes = match outcomes {
            Ok(outcomes) => {
                self.paused.remove(area_id);
                outcomes
            }
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, %area_id, "an area is left for now");
                self.paused.entry(area_id.to_owned()).or_default().put_off(RETRY);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let mut is_back = false;
        for (id, outcome) in outcomes {
            match outcome {
                Outcome::Done => is_back |= self.retries.remove(&id).is_some_and(|retry| retry.attempts() > 0),
                Outcome::Later => self.retries.entry(id).or_default().put_off(RETRY),
            }
        }
        // One that was missing has come: others may have come back with it.
        if is_back {
            let soon = Instant::now() + RETRY.0;
            for retry in self.retries.values_mut() {
                retry.due = retry.due.min(soon);
            }
        }
        Ok(())
    }
}

/// Brings an area's batches in, in the order given; fetching and verifying runs ahead of applying.
async fn bring_in(shared: &Arc<Shared>, rosters: &AreaRosters, batches: Vec<Batch>) -> Result<Outcomes, Error> {
    let mut outcomes = Vec::new();
    let checks = stream::iter(batches).map(|batch| {
        let shared = shared.clone();
        let check = async move {
            let checked = check(&shared, &batch).await;
            (batch, checked)
        };
        // A task of its own goes on while batches before it are written.
        AbortOnDropHandle::new(tokio::spawn(check))
    });
    let mut checks = checks.buffered(MAX_AHEAD).ready_chunks(MAX_AHEAD);
    while let Some(ready) = checks.next().await {
        let mut verified = Vec::new();
        for check in ready {
            let (batch, checked) = check?;
            match checked {
                Ok(checked) if checked.roster.anchor.version > rosters.version => {
                    outcomes.push((batch.id, Outcome::Later));
                }
                Ok(checked) => verified.push((batch, checked)),
                Err(error) => {
                    apply(shared, rosters, std::mem::take(&mut verified), &mut outcomes).await?;
                    let outcome = set_aside(shared, &batch, &error).await?;
                    outcomes.push((batch.id, outcome));
                }
            }
        }
        apply(shared, rosters, verified, &mut outcomes).await?;
    }
    Ok(outcomes)
}

async fn check(shared: &Shared, batch: &Batch) -> Result<CheckedBatch, verifier::Error> {
    shared.verifier.verify_anchor(&anchor(batch)).await
}

/// What the chain says of a batch, as the follower wrote it down.
fn anchor(batch: &Batch) -> Anchor {
    // The follower writes hashes in no other spelling; zeros verify as little as nonsense.
    let hash = |hex: &str| from_hex(hex).unwrap_or_default();
    Anchor {
        area_id: batch.area_id.clone(),
        batch_number: batch.number,
        root: hash(&batch.root),
        digest: hash(&batch.digest),
        count: batch.count,
        period_start_unix_s: batch.period_start_unix_s,
        period_end_unix_s: batch.period_end_unix_s,
        previous_digest: hash(&batch.previous_digest),
    }
}

/// Writes verified batches together; one by one where one of them is out of the ordinary.
async fn apply(
    shared: &Shared,
    rosters: &AreaRosters,
    verified: Vec<(Batch, CheckedBatch)>,
    outcomes: &mut Outcomes,
) -> Result<(), Error> {
    if verified.len() > 1 {
        let flags: Vec<_> = verified.iter().map(|(_, checked)| flags(rosters, checked)).collect();
        let known = Known::default();
        let each = verified.iter().zip(&flags);
        let applications: Vec<_> =
            each.map(|((batch, checked), flags)| application(rosters, batch, checked, flags, &known)).collect();
        let lock = shared.writer.lock().await;
        let applied = shared.views.apply(&applications).await?;
        drop(lock);
        if applied == Applied::Written {
            for (batch, checked) in verified {
                log_verified(&batch, &checked);
                outcomes.push((batch.id, Outcome::Done));
            }
            return Ok(());
        }
    }
    for (batch, checked) in verified {
        let outcome = apply_one(shared, rosters, &batch, &checked).await?;
        outcomes.push((batch.id, outcome));
    }
    Ok(())
}

fn application<'a>(
    rosters: &AreaRosters,
    batch: &'a Batch,
    checked: &'a CheckedBatch,
    flags: &'a [Flagged],
    known: &'a Known,
) -> Application<'a> {
    Application {
        batch: &checked.batch,
        block_hash: &batch.block_hash,
        bytes: checked.bytes,
        roster: &checked.roster.roster,
        utc_offset_s: rosters.utc_offset_s,
        flags,
        repeats: &known.repeats,
        restated: &known.restated,
    }
}

fn log_verified(batch: &Batch, checked: &CheckedBatch) {
    let header = checked.batch.header();
    tracing::info!(batch = %batch.id, records = header.public_count, sealed = header.sealed_count, "verified");
}

async fn apply_one(
    shared: &Shared,
    rosters: &AreaRosters,
    batch: &Batch,
    checked: &CheckedBatch,
) -> Result<Outcome, Error> {
    let flags = flags(rosters, checked);
    let mut known = Known::default();
    for _ in 0..MAX_LOOK_UPS {
        let application = application(rosters, batch, checked, &flags, &known);
        let lock = shared.writer.lock().await;
        let applied = shared.views.apply(&[application]).await?;
        drop(lock);
        match applied {
            Applied::Written => {
                log_verified(batch, checked);
                return Ok(Outcome::Done);
            }
            Applied::Gone => return Ok(Outcome::Done),
            Applied::UnknownSite(device_id) => {
                tracing::warn!(batch = %batch.id, %device_id, "the roster in the views is another: read again");
                shared.announce_areas();
                return Ok(Outcome::Later);
            }
            Applied::Unanswered(leaves) => match repeats::look_up(shared, &checked.batch, &leaves).await {
                Ok(found) => known = found,
                Err(Error::Verify(error)) => return set_aside(shared, batch, &error).await,
                Err(error) => return Err(error),
            },
        }
    }
    Ok(Outcome::Later)
}

/// What is odd about records by their time.
fn flags(rosters: &AreaRosters, checked: &CheckedBatch) -> Vec<Flagged> {
    let end = checked.batch.header().period_end_unix_s;
    let of_record = |public| {
        let public: &protocol::batch::PublicRecord = public;
        let statement = &public.record.statement;
        let enrolled = rosters.enrolled_unix_s.get(&statement.device_id).copied().unwrap_or_default();
        let device = checked.roster.roster.device(&statement.device_id);
        let provenance = device.map_or(checked.batch.header().provenance, |device| device.provenance);
        let flags: Vec<_> = flag::by_time(statement, end, enrolled, provenance).collect();
        flags.into_iter().map(move |flag| flagged(public, flag))
    };
    checked.batch.records().iter().flat_map(of_record).collect()
}

/// Notes why a batch does not count. What the chain did not answer is no word on the batch.
async fn set_aside(shared: &Shared, batch: &Batch, error: &verifier::Error) -> Result<Outcome, Error> {
    let (status, outcome) = match error {
        verifier::Error::Chain(_) | verifier::Error::CutOff => {
            tracing::warn!(batch = %batch.id, %error, "not checked for now");
            return Ok(Outcome::Later);
        }
        verifier::Error::Ipfs(IpfsError::Corrupt { .. }) => (BatchStatus::Failed, Outcome::Later),
        verifier::Error::Ipfs(_) => (BatchStatus::Unavailable, Outcome::Later),
        _ => (BatchStatus::Failed, Outcome::Done),
    };
    let reason = error.to_string();
    if batch.status != status || batch.reason.as_deref() != Some(&reason) {
        let lock = shared.writer.lock().await;
        shared.views.set_aside(batch, status, &reason).await?;
        drop(lock);
        tracing::warn!(batch = %batch.id, digest = %batch.digest, ?status, %reason, "batch does not count");
    }
    Ok(outcome)
}
