//! Sealing: a page's records become batches. Pure: the same records, rosters and period give the same bytes, so that
//! it can be done again.

use std::collections::{BTreeMap, HashMap};

use protocol::{
    Hash,
    batch::{self, Contents, SealedBatch},
    cells::CellCount,
    from_hex,
    record::{Record, Statement},
    roster::{Roster, SiteKind},
    supply::{self, LastReading},
    to_hex,
};
use store::intake::documents::{Entry, Page};

use crate::rosters::{InForce, LaneRosters};

const ZEROS: Hash = [0; 32];

/// The newest reading of each device, as far as the last page that was folded in.
#[derive(Clone, Debug, Default)]
pub struct Readings(HashMap<String, LastReading>);

impl Readings {
    /// Takes a record in.
    pub fn take(&mut self, statement: &Statement) {
        let reading = LastReading {
            sequence: statement.sequence,
            power_status: statement.power_status,
            timestamp_unix_s: statement.timestamp_unix_s,
        };
        let newest = self.0.entry(statement.device_id.clone()).or_insert(reading);
        if reading.sequence > newest.sequence {
            *newest = reading;
        }
    }
}

/// A sealed page: what to anchor and what to publish.
#[derive(Clone, Debug, Default)]
pub struct SealedPage {
    /// One for each area, in the lane's order.
    pub entries: Vec<Entry>,
    /// The batches of areas that have anything.
    pub batches: Vec<SealedBatch>,
}

/// A stored record is of a device that the rosters do not have: they are not those that it was checked against, and
/// leaving it out would lose what was receipted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rosters have changed under the page: they do not have device {0}, of which it holds a record")]
pub struct UnknownDevice(pub String);

/// Seals a page of which the period has ended. `latest` are the digests of the areas' last batches before it that
/// were not empty; `records` are all that the page holds; `readings` are folded up to it, itself included.
///
/// # Errors
/// [`UnknownDevice`].
pub fn seal(
    page: &Page,
    period_end_unix_s: u64,
    rosters: &LaneRosters,
    latest: &BTreeMap<String, Hash>,
    records: Vec<Record>,
    readings: &Readings,
) -> Result<SealedPage, UnknownDevice> {
    let mut by_area: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in records {
        let Some((area_id, _)) = rosters.device(&record.statement.device_id) else {
            return Err(UnknownDevice(record.statement.device_id));
        };
        by_area.entry(area_id.to_owned()).or_default().push(record);
    }
    let mut sealed = SealedPage::default();
    for (area_id, in_force) in &rosters.areas {
        let previous_digest = latest.get(area_id).copied().unwrap_or(ZEROS);
        let (Some(in_force), Some(records)) = (in_force, by_area.remove(area_id)) else {
            sealed.entries.push(empty_entry(area_id, &previous_digest));
            continue;
        };
        let batch = seal_area(page, period_end_unix_s, in_force, previous_digest, records, readings);
        let public_count = batch.1;
        let anchor = &batch.0.anchor;
        sealed.entries.push(Entry {
            area_id: area_id.clone(),
            root: to_hex(&anchor.root),
            digest: to_hex(&anchor.digest),
            count: anchor.count,
            public_count,
            latest_digest: to_hex(&anchor.digest),
        });
        sealed.batches.push(batch.0);
    }
    Ok(sealed)
}

/// What is anchored for an area with nothing.
#[must_use]
pub fn empty_entry(area_id: &str, latest: &Hash) -> Entry {
    Entry {
        area_id: area_id.to_owned(),
        root: to_hex(&ZEROS),
        digest: to_hex(&ZEROS),
        count: 0,
        public_count: 0,
        latest_digest: to_hex(latest),
    }
}

/// The digests that the batches after a page name as their areas' last ones.
#[must_use]
pub fn latest_digests(entries: &[Entry]) -> BTreeMap<String, Hash> {
    entries.iter().filter_map(|entry| Some((entry.area_id.clone(), from_hex(&entry.latest_digest)?))).collect()
}

fn seal_area(
    page: &Page,
    period_end_unix_s: u64,
    in_force: &InForce,
    previous_digest: Hash,
    records: Vec<Record>,
    readings: &Readings,
) -> (SealedBatch, u64) {
    let roster = &in_force.roster;
    let is_house = |record: &Record| {
        roster.device(&record.statement.device_id).is_some_and(|device| device.kind == SiteKind::House)
    };
    let (houses, public): (Vec<_>, Vec<_>) = records.into_iter().partition(is_house);
    let sealed: Vec<Hash> = houses.iter().map(Record::leaf).collect();
    let sealed_count = sealed.iter().collect::<std::collections::BTreeSet<_>>().len() as u64;
    let batch = batch::seal(Contents {
        area_id: roster.area_id.clone(),
        batch_number: page.number,
        period_start_unix_s: page.period_start_unix_s,
        period_end_unix_s,
        previous_digest,
        roster: in_force.reference,
        provenance: roster.provenance(),
        public,
        sealed,
        cells: tally(roster, readings, period_end_unix_s),
    });
    let public_count = batch.anchor.count - sealed_count;
    (batch, public_count)
}

fn tally(roster: &Roster, readings: &Readings, now_unix_s: u64) -> Vec<CellCount> {
    let cells = roster.cells();
    let count = |(cell, houses): (&&str, &Vec<&protocol::roster::Device>)| {
        let state = |house: &&protocol::roster::Device| {
            supply::state(readings.0.get(&house.device_id).copied(), house.heartbeat_s, now_unix_s)
        };
        CellCount::tally(cell, houses.iter().map(state))
    };
    cells.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
    use protocol::{
        batch::RosterReference,
        cells::{OffCount, Reporting},
        key::{PublicKey, Signature},
        record::PowerStatus,
        roster::{Device, Provenance},
    };

    use super::*;

    const END: u64 = 1_900;

    fn key() -> SigningKey {
        SigningKey::from_slice(&[3; 32]).unwrap()
    }

    fn device(device_id: &str, kind: SiteKind) -> Device {
        let house = kind == SiteKind::House;
        Device {
            cell: house.then(|| "cell-1".to_owned()),
            customers: 1,
            device_id: device_id.to_owned(),
            feeder_id: "f".into(),
            feeder_name: "F".into(),
            first_sequence: 0,
            heartbeat_s: 900,
            kind,
            last_sequence: protocol::MAX_INTEGER,
            position_e6: (!house).then_some((1, 2)),
            locality: "L".into(),
            parent: None,
            provenance: Provenance::Replay,
            public_key: PublicKey::from_point(key().verifying_key().to_encoded_point(false).as_bytes()).unwrap(),
            removed: None,
            site_id: device_id.to_owned(),
            station_id: "s".into(),
        }
    }

    fn record(device_id: &str, sequence: u64, power_status: PowerStatus) -> Record {
        let house = device_id.starts_with('h');
        let statement = Statement {
            device_id: device_id.to_owned(),
            dropped: None,
            latitude_e6: if house { 0 } else { 1 },
            longitude_e6: if house { 0 } else { 2 },
            phases: None,
            power_status,
            previous_sequence: None,
            sequence,
            time_quality: None,
            timestamp_unix_s: 1_000 + sequence,
        };
        let signature: EcdsaSignature = key().sign(&statement.to_bytes());
        Record { device_signature: Signature::normalized(&signature.to_bytes()).unwrap(), statement }
    }

    fn rosters() -> LaneRosters {
        let houses = (0..6).map(|i| device(&format!("h{i}"), SiteKind::House));
        let devices = houses.chain([device("t", SiteKind::Transformer)]).collect();
        let roster = Roster::new("hisar".into(), "Hisar".into(), 1, 0, 0, devices).unwrap();
        let reference = RosterReference { version: 1, digest: roster.seal().digest };
        let in_force = Some(Arc::new(InForce { roster, reference }));
        LaneRosters::new(vec![("empty".into(), None), ("hisar".into(), in_force)])
    }

    fn sealed(records: Vec<Record>, latest: &BTreeMap<String, Hash>) -> SealedPage {
        let mut readings = Readings::default();
        records.iter().for_each(|record| readings.take(&record.statement));
        seal(&Page::new(0, 7, 1_000), END, &rosters(), latest, records, &readings).unwrap()
    }

    #[test]
    fn a_record_that_no_roster_has_is_never_left_out_silently() {
        let records = vec![record("t", 1, PowerStatus::On), record("stranger", 1, PowerStatus::On)];
        let readings = Readings::default();
        let result = seal(&Page::new(0, 7, 1_000), END, &rosters(), &BTreeMap::new(), records, &readings);
        assert_eq!(result.unwrap_err(), UnknownDevice("stranger".into()));
    }

    fn records() -> Vec<Record> {
        let houses = (0..6).map(|i| record(&format!("h{i}"), 4, PowerStatus::Off));
        houses.chain([record("t", 1, PowerStatus::Off), record("t", 0, PowerStatus::On)]).collect()
    }

    #[test]
    fn a_sealed_page_verifies_and_the_order_of_arrival_does_not_matter() {
        let latest = BTreeMap::from([("hisar".to_owned(), [9; 32]), ("empty".to_owned(), [8; 32])]);
        let page = sealed(records(), &latest);
        let mut turned = records();
        turned.reverse();
        assert_eq!(sealed(turned, &latest).batches, page.batches);

        let [empty, full] = page.entries.as_slice() else { panic!("two areas") };
        assert_eq!(*empty, empty_entry("empty", &[8; 32]));
        assert_eq!((full.count, full.public_count), (8, 2));
        let digests = latest_digests(&page.entries);
        assert_eq!((digests["empty"], digests["hisar"]), ([8; 32], page.batches[0].anchor.digest));

        let rosters = rosters();
        let in_force = rosters.areas[1].1.as_ref().unwrap();
        let batch = &page.batches[0];
        assert_eq!((batch.anchor.batch_number, batch.anchor.previous_digest), (7, [9; 32]));
        let verified =
            batch::verify(&batch.anchor, &in_force.roster, &in_force.reference.digest, &batch.header, &batch.blocks);
        let header = verified.unwrap().header().clone();
        assert_eq!(header.provenance, Provenance::Replay);
        assert_eq!((header.cells[0].reporting, header.cells[0].off), (Reporting::Count(6), OffCount::Count(6)));
    }

    #[test]
    fn cells_count_the_newest_reading_by_sequence() {
        let mut readings = Readings::default();
        for (sequence, status) in [(5, PowerStatus::On), (4, PowerStatus::Off), (5, PowerStatus::Off)] {
            readings.take(&record("h0", sequence, status).statement);
        }
        let rosters = rosters();
        let roster = &rosters.areas[1].1.as_ref().unwrap().roster;
        let cells = tally(roster, &readings, END);
        assert_eq!((cells[0].reporting, cells[0].off), (Reporting::Few, OffCount::Withheld));
        assert_eq!(readings.0["h0"].power_status, PowerStatus::On);
    }
}
