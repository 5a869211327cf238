//! Refused records: counted in the store, then acknowledged, so that none is refused unseen.

use std::{collections::BTreeMap, time::Duration};

use store::intake::{Intake, documents::Refusal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    check::Reason,
    clock::now_unix_s,
    failure::{Halt, until_done},
    mqtt::{Acks, MOST_UNACKNOWLEDGED, Ticket},
};

/// How long refusals are gathered into one write.
const GATHER: Duration = Duration::from_millis(250);
/// Most refusals in one write.
const REFUSALS_PER_WRITE: usize = 10_000;
const HOUR_S: u64 = 3600;

/// A refused record.
#[derive(Debug)]
pub struct Refused {
    /// The area that the device belongs to, if it is known.
    pub area_id: Option<String>,
    /// Why.
    pub reason: Reason,
    /// For acknowledging it.
    pub ticket: Ticket,
}

/// A queue for [`count`]: as long as what a broker can have under way.
#[must_use]
pub fn queue() -> (mpsc::Sender<Refused>, mpsc::Receiver<Refused>) {
    mpsc::channel(MOST_UNACKNOWLEDGED)
}

/// Counts what comes through the queue until `stop`. A crash between count and acknowledgement counts twice.
///
/// # Errors
/// [`Halt`].
pub async fn count(
    intake: Intake,
    acks: Acks,
    mut queue: mpsc::Receiver<Refused>,
    stop: CancellationToken,
) -> Result<(), Halt> {
    let mut refused = Vec::new();
    loop {
        refused.clear();
        let received = tokio::select! {
            () = stop.cancelled() => return Err(Halt::Stopped),
            received = queue.recv_many(&mut refused, REFUSALS_PER_WRITE) => received,
        };
        if received == 0 {
            return Err(Halt::Stopped);
        }
        tokio::time::sleep(GATHER).await;
        while refused.len() < REFUSALS_PER_WRITE
            && let Ok(more) = queue.try_recv()
        {
            refused.push(more);
        }
        let counts = tally(&refused, now_unix_s());
        until_done(&stop, "store, refusals", || async { intake.count_refusals(&counts).await }).await?;
        for count in &counts {
            tracing::warn!(area_id = count.area_id, reason = count.reason, count = count.count, "refused");
        }
        acks.done(refused.iter().map(|refused| refused.ticket));
    }
}

fn tally(refused: &[Refused], now_unix_s: u64) -> Vec<Refusal> {
    let hour_unix_s = now_unix_s - now_unix_s % HOUR_S;
    let mut counts: BTreeMap<(Option<&str>, Reason), u64> = BTreeMap::new();
    for Refused { area_id, reason, .. } in refused {
        *counts.entry((area_id.as_deref(), *reason)).or_default() += 1;
    }
    let refusal = |((area_id, reason), count): ((Option<&str>, Reason), u64)| Refusal {
        id: format!("{}/{}/{hour_unix_s}", area_id.unwrap_or("-"), reason.as_str()),
        area_id: area_id.map(str::to_owned),
        reason: reason.as_str().to_owned(),
        hour_unix_s,
        count,
    };
    counts.into_iter().map(refusal).collect()
}
