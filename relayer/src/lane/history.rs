//! What a lane knows of its devices, folded from all records that were ever taken in.

use std::collections::HashMap;

use futures::TryStreamExt;
use protocol::{
    chain::DeviceChain,
    record::{Record, Statement},
    supply::LastReading,
};
use store::{
    StoreError,
    intake::{Intake, documents::Chunk},
};

/// What is known of one device.
#[derive(Clone, Debug, Default)]
pub struct DeviceHistory {
    /// Which sequences came.
    pub chain: DeviceChain,
    /// The newest record by sequence.
    pub newest: Option<Newest>,
}

/// A device's newest record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newest {
    /// What it says.
    pub reading: LastReading,
    /// Since when its status holds, as far as records that came in order tell.
    pub since_unix_s: u64,
    /// When it came.
    pub arrived_unix_s: u64,
    /// The page that it goes into.
    pub number: u64,
}

/// All devices of a lane.
#[derive(Debug, Default)]
pub struct History(HashMap<String, DeviceHistory>);

impl History {
    /// Folds everything that is stored of a lane.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load(intake: &Intake, lane: u32) -> Result<Self, StoreError> {
        let mut history = Self::default();
        let mut chunks = intake.chunks(lane, 0, protocol::MAX_INTEGER).await?;
        while let Some(chunk) = chunks.try_next().await? {
            for record in records(&chunk)? {
                history.take(&record.statement, chunk.arrived_unix_s, chunk.number);
            }
        }
        Ok(history)
    }

    /// Takes a record in; whether it is the device's newest.
    pub fn take(&mut self, statement: &Statement, arrived_unix_s: u64, number: u64) -> bool {
        let device = self.0.entry(statement.device_id.clone()).or_default();
        device.chain.insert(statement);
        let before = device.newest;
        if before.is_some_and(|newest| newest.reading.sequence >= statement.sequence) {
            return false;
        }
        let reading = LastReading {
            sequence: statement.sequence,
            power_status: statement.power_status,
            timestamp_unix_s: statement.timestamp_unix_s,
        };
        let same = before.filter(|newest| newest.reading.power_status == reading.power_status);
        let since_unix_s = same.map_or(reading.timestamp_unix_s, |newest| newest.since_unix_s);
        device.newest = Some(Newest { reading, since_unix_s, arrived_unix_s, number });
        true
    }

    /// A device, if it was ever heard.
    #[must_use]
    pub fn device(&self, device_id: &str) -> Option<&DeviceHistory> {
        self.0.get(device_id)
    }

    /// All devices that were ever heard, in no order.
    pub fn devices(&self) -> impl Iterator<Item = (&str, &DeviceHistory)> {
        self.0.iter().map(|(device_id, history)| (device_id.as_str(), history))
    }
}

/// The records of a chunk.
///
/// # Errors
/// [`StoreError::Unreadable`].
pub fn records(chunk: &Chunk) -> Result<Vec<Record>, StoreError> {
    let unreadable = |e: protocol::record::RecordError| StoreError::Unreadable {
        collection: "chunks",
        reason: format!("{}: {e}", chunk.id),
    };
    chunk.lines().map(|line| Record::parse(line).map_err(unreadable)).collect()
}

#[cfg(test)]
mod tests {
    use protocol::record::PowerStatus;

    use super::*;

    fn statement(sequence: u64, power_status: PowerStatus) -> Statement {
        Statement {
            device_id: "d-1".into(),
            dropped: None,
            latitude_e6: 0,
            longitude_e6: 0,
            phases: None,
            power_status,
            previous_sequence: None,
            sequence,
            time_quality: None,
            timestamp_unix_s: 1000 + sequence,
        }
    }

    #[test]
    fn the_newest_by_sequence_wins_and_the_first_of_a_contradiction() {
        let mut history = History::default();
        assert!(history.take(&statement(5, PowerStatus::On), 1, 0));
        assert!(!history.take(&statement(4, PowerStatus::Off), 2, 0));
        assert!(!history.take(&statement(5, PowerStatus::Off), 3, 0));
        assert!(history.take(&statement(6, PowerStatus::On), 4, 1));
        let newest = history.device("d-1").unwrap().newest.unwrap();
        assert_eq!(newest.reading.power_status, PowerStatus::On);
        assert_eq!((newest.since_unix_s, newest.arrived_unix_s, newest.number), (1005, 4, 1));
        assert!(history.take(&statement(7, PowerStatus::Off), 5, 1));
        assert_eq!(history.device("d-1").unwrap().newest.unwrap().since_unix_s, 1007);
    }
}
