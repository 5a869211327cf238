//! What a record must be to be taken in. Anything else that is odd about it (a clock in the future, a used sequence
//! with other content) is kept: a refusal would look like censorship.

use std::sync::Arc;

use protocol::record::{Record, RecordError};

use crate::rosters::LaneRosters;

/// Fewest records for which checking signatures on another core pays.
const RECORDS_PER_TASK: usize = 64;

/// Why a record is refused. Each refusal is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Not the one spelling of a record.
    NotCanonical,
    /// Published under another device's topic.
    TopicMismatch,
    /// No roster of this contract has the device.
    UnknownDevice,
    /// The roster does not have the device with this sequence.
    NotEnrolled,
    /// Signed by another key, or not at all.
    BadSignature,
    /// The device is of an area that another relayer collects.
    OtherArea,
}

impl Reason {
    /// As counted in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotCanonical => "not-canonical",
            Self::TopicMismatch => "topic-mismatch",
            Self::UnknownDevice => "unknown-device",
            Self::NotEnrolled => "not-enrolled",
            Self::BadSignature => "bad-signature",
            Self::OtherArea => "other-area",
        }
    }
}

/// Reads a record that came under a device's topic.
///
/// # Errors
/// [`Reason::NotCanonical`], [`Reason::BadSignature`] where the signature is malformed, [`Reason::TopicMismatch`].
pub fn parse(topic_device: &str, payload: &[u8]) -> Result<Record, Reason> {
    let record = Record::parse(payload).map_err(|error| match error {
        RecordError::Signature(_) => Reason::BadSignature,
        _ => Reason::NotCanonical,
    })?;
    if record.statement.device_id == topic_device { Ok(record) } else { Err(Reason::TopicMismatch) }
}

/// Checks a record against its lane's rosters.
///
/// # Errors
/// [`Reason::UnknownDevice`], [`Reason::NotEnrolled`], [`Reason::BadSignature`].
pub fn check(rosters: &LaneRosters, record: &Record) -> Result<(), Reason> {
    let (_, device) = rosters.device(&record.statement.device_id).ok_or(Reason::UnknownDevice)?;
    if !device.is_eligible(record.statement.sequence) {
        return Err(Reason::NotEnrolled);
    }
    record.verify(&device.public_key).map_err(|_| Reason::BadSignature)
}

/// Checks many, on all cores, away from the threads that wait for the network; in order.
///
/// # Errors
/// A check panicked.
pub async fn check_all(
    rosters: &Arc<LaneRosters>,
    records: Arc<Vec<Record>>,
) -> Result<Vec<Result<(), Reason>>, tokio::task::JoinError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let size = records.len().div_ceil(cores).max(RECORDS_PER_TASK);
    let tasks: Vec<_> = (0..records.len())
        .step_by(size)
        .map(|from| {
            let (rosters, records) = (Arc::clone(rosters), Arc::clone(&records));
            tokio::task::spawn_blocking(move || {
                let some = &records[from..records.len().min(from + size)];
                some.iter().map(|record| check(&rosters, record)).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut results = Vec::with_capacity(records.len());
    for task in tasks {
        results.extend(task.await?);
    }
    Ok(results)
}
