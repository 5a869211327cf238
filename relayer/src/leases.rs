//! Leases: a lane is worked on by one relayer at a time.

use std::time::Duration;

use store::intake::Intake;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::now_unix_s,
    failure::{Fatal, Halt, Patience, until_done},
};

/// How often the lease of another relayer is asked about.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The leases of some lanes.
#[derive(Clone, Debug)]
pub struct Leases {
    intake: Intake,
    lanes: Vec<u32>,
    holder: String,
    ttl_s: u64,
}

impl Leases {
    /// Waits until all lanes are this relayer's. `holder` differs for each process.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn take(
        intake: &Intake,
        lanes: &[u32],
        holder: String,
        ttl_s: u64,
        stop: &CancellationToken,
    ) -> Result<Self, Halt> {
        for lane in lanes {
            let mut said = false;
            while !until_done(stop, "store, leases", || async {
                intake.take_lease(*lane, &holder, now_unix_s(), ttl_s).await
            })
            .await?
            {
                if !std::mem::replace(&mut said, true) {
                    tracing::info!(lane, "another relayer has the lane, or had it until a moment ago: waiting");
                }
                tokio::select! {
                    () = stop.cancelled() => return Err(Halt::Stopped),
                    () = tokio::time::sleep(ASK_AGAIN) => {}
                }
            }
        }
        Ok(Self { intake: intake.clone(), lanes: lanes.to_vec(), holder, ttl_s })
    }

    /// Renews them until the relayer stops, then gives them back. While the store is away nobody can take them; when
    /// it is back, whoever renews first has them.
    ///
    /// # Errors
    /// [`Fatal::LeaseLost`].
    pub async fn keep(self, stop: CancellationToken) -> Result<(), Halt> {
        let mut patience = Patience::with("store, leases");
        let every = Duration::from_secs(self.ttl_s) / 3;
        loop {
            let next = Instant::now() + every;
            for lane in &self.lanes {
                match self.intake.take_lease(*lane, &self.holder, now_unix_s(), self.ttl_s).await {
                    Ok(true) => patience.succeeded(),
                    Ok(false) => return Err(Halt::Fatal(Fatal::LeaseLost(*lane))),
                    Err(error) if error.is_retryable() => drop(patience.failed(&error.to_string())),
                    Err(error) => return Err(Halt::Fatal(Fatal::Store(error))),
                }
            }
            tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep_until(next) => {} }
        }
        Err(Halt::Stopped)
    }

    /// Gives them back.
    pub async fn release(&self) {
        for lane in &self.lanes {
            // If this fails they expire.
            let _ = self.intake.release_lease(*lane, &self.holder).await;
        }
    }
}
