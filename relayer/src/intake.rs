//! From the broker to the lanes: each record to the lane of its device, or refused.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use protocol::record::Record;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    check::{self, Reason},
    failure::Halt,
    mqtt::{Arrival, Ticket},
    refusals::Refused,
    rosters::LaneRosters,
};

/// Most records that wait for a lane. Beyond, the broker waits.
pub const LANE_QUEUE_RECORDS: usize = 10_000;

/// A canonical record of a device that a lane knows.
#[derive(Debug)]
pub struct Candidate {
    /// The record; its signature is not checked yet.
    pub record: Record,
    /// For acknowledging it.
    pub ticket: Ticket,
}

/// What every lane shares about who is where.
#[derive(Default)]
pub struct Directory {
    lanes: RwLock<BTreeMap<u32, Arc<LaneRosters>>>,
    foreign: Mutex<BTreeMap<String, String>>,
}

/// Where a device belongs.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Lane { lane: u32, area_id: String },
    OtherArea(String),
    Nowhere,
}

impl Directory {
    /// Sets the rosters by which a lane collects now.
    pub fn set(&self, lane: u32, rosters: Arc<LaneRosters>) {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner).insert(lane, rosters);
    }

    /// Sets the areas of devices that are of other relayers' lanes.
    pub fn set_foreign(&self, devices: BTreeMap<String, String>) {
        *self.foreign.lock().unwrap_or_else(PoisonError::into_inner) = devices;
    }

    fn place(&self, device_id: &str) -> Place {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        for (lane, rosters) in lanes.iter() {
            if let Some((area_id, _)) = rosters.device(device_id) {
                return Place::Lane { lane: *lane, area_id: area_id.to_owned() };
            }
        }
        let foreign = self.foreign.lock().unwrap_or_else(PoisonError::into_inner);
        foreign.get(device_id).cloned().map_or(Place::Nowhere, Place::OtherArea)
    }
}

/// Hands each arrival on until `stop`: to its lane's queue, or to be counted as refused.
///
/// # Errors
/// [`Halt::Stopped`] only.
pub async fn dispatch(
    mut arrivals: mpsc::Receiver<Arrival>,
    directory: Arc<Directory>,
    lanes: BTreeMap<u32, mpsc::Sender<Candidate>>,
    refused: mpsc::Sender<Refused>,
    stop: CancellationToken,
) -> Result<(), Halt> {
    loop {
        let arrival = tokio::select! {
            () = stop.cancelled() => return Err(Halt::Stopped),
            arrival = arrivals.recv() => arrival.ok_or(Halt::Stopped)?,
        };
        let ticket = arrival.ticket;
        let handed_on = match route(&directory, &arrival) {
            Ok((lane, record)) => match lanes.get(&lane) {
                Some(queue) => queue.send(Candidate { record, ticket }).await.is_ok(),
                None => false,
            },
            Err((area_id, reason)) => refused.send(Refused { area_id, reason, ticket }).await.is_ok(),
        };
        if !handed_on {
            return Err(Halt::Stopped);
        }
    }
}

fn route(directory: &Directory, arrival: &Arrival) -> Result<(u32, Record), (Option<String>, Reason)> {
    let place = directory.place(&arrival.topic_device);
    let area_id = match &place {
        Place::Lane { area_id, .. } | Place::OtherArea(area_id) => Some(area_id.clone()),
        Place::Nowhere => None,
    };
    let record = check::parse(&arrival.topic_device, &arrival.payload).map_err(|reason| (area_id.clone(), reason))?;
    match place {
        Place::Lane { lane, .. } => Ok((lane, record)),
        Place::OtherArea(_) => Err((area_id, Reason::OtherArea)),
        Place::Nowhere => Err((None, Reason::UnknownDevice)),
    }
}
