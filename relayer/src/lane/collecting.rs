//! Collecting: groups of records are checked, made durable, and only then acknowledged and receipted. The same task
//! turns the pages, so that a record belongs to the first page whose period ends after its arrival.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use bson::Binary;
use protocol::{
    record::{MAX_RECORD_BYTES, Record},
    roster::SiteKind,
};
use store::intake::{
    Intake,
    documents::{Chunk, Live, Page, Span},
};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::{
    check::{self, Reason},
    clock::{boundary_after, boundary_at, now_unix_s, until},
    failure::{Failure, Fatal, Halt, until_done},
    intake::{Candidate, Directory},
    lane::history::History,
    mqtt::{Acks, Ticket},
    receipts::Due,
    refusals::Refused,
    rosters::{LaneRosters, Source},
};

/// Most records in a chunk.
const RECORDS_PER_CHUNK: usize = 2000;
/// Largest document of the store, with room for the spans.
const _: () = assert!(RECORDS_PER_CHUNK * (MAX_RECORD_BYTES + 1) < 2 * 1024 * 1024);
/// How long a record waits for others to share its write.
const LINGER: Duration = Duration::from_millis(60);
/// Most records in a page: below what the blocks that a header can list hold, even if all are of one area. A page
/// that is full ends early.
const RECORDS_PER_PAGE: u64 = 400_000;
/// How long the next page's rosters may take at a boundary before the page that is open goes on for another period.
const ROSTERS_TIMEOUT: Duration = Duration::from_secs(5);

/// What collecting needs of the rest.
#[derive(Clone)]
pub struct Context {
    /// The lane.
    pub lane: u32,
    /// Length of a period.
    pub period_s: u64,
    /// What receipts allow after the period's end.
    pub allowance_s: u64,
    /// The store.
    pub intake: Intake,
    /// Where rosters come from.
    pub source: Source,
    /// Who is where.
    pub directory: Arc<Directory>,
    /// Acknowledgements.
    pub acks: Acks,
    /// Where refused records go.
    pub refused: mpsc::Sender<Refused>,
    /// Receipts owed.
    pub due: Due,
    /// Told when a page was turned.
    pub turned: Arc<Notify>,
    /// Given when the relayer is to stop.
    pub stop: CancellationToken,
}

/// A lane's open page and what is known of its devices.
pub struct Collector {
    context: Context,
    page: Page,
    /// The page ends at the first moment from here on that is allowed to end one.
    closes_at_unix_s: u64,
    next_position: u64,
    records_in_page: u64,
    rosters: Arc<LaneRosters>,
    history: History,
}

impl Collector {
    /// Goes on from what is stored. `first` is the first page's number and start for a store that has none.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn load(context: Context, first: (u64, u64)) -> Result<Self, Halt> {
        let Context { lane, intake, source, stop, .. } = &context;
        let page = until_done(stop, "store, pages", || async {
            let page = match intake.newest_page(*lane).await? {
                Some(Page { number, period_end_unix_s: Some(end), .. }) => Page::new(*lane, number + 1, end),
                Some(open) => return Ok::<_, Failure>(open),
                None => Page::new(*lane, first.0, first.1),
            };
            intake.open_page(&page).await?;
            Ok(page)
        })
        .await?;
        let rosters =
            until_done(stop, "rosters", || async { source.lane(*lane, page.period_start_unix_s).await }).await?;
        let rosters = Arc::new(rosters);
        let history = until_done(stop, "store, records", || async { History::load(intake, *lane).await }).await?;
        let (next_position, records_in_page) =
            until_done(stop, "store, chunks", || async { intake.extent(*lane, page.number).await }).await?;
        let closes_at_unix_s = boundary_after(page.period_start_unix_s, context.period_s);
        let collector = Self { context, page, closes_at_unix_s, next_position, records_in_page, rosters, history };
        collector.mend_live().await?;
        Ok(collector)
    }

    /// Live readings are written after the records: a crash in between leaves older ones.
    async fn mend_live(&self) -> Result<(), Halt> {
        let live: Vec<Live> = self.history.devices().filter_map(|(device_id, _)| self.live(device_id)).collect();
        let intake = &self.context.intake;
        until_done(&self.context.stop, "store, live", || async { intake.put_live(&live).await }).await
    }

    /// Collects until the relayer stops.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn run(mut self, mut queue: mpsc::Receiver<Candidate>) -> Result<(), Halt> {
        self.context.directory.set(self.context.lane, Arc::clone(&self.rosters));
        let mut group = Vec::new();
        loop {
            let stop = self.context.stop.clone();
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Halt::Stopped),
                () = tokio::time::sleep(until(self.closes_at_unix_s)) => {}
                received = queue.recv_many(&mut group, RECORDS_PER_CHUNK) => {
                    if received == 0 {
                        return Err(Halt::Stopped);
                    }
                    linger(&mut queue, &mut group).await;
                }
            }
            let arrived_unix_s = now_unix_s();
            if arrived_unix_s >= self.closes_at_unix_s {
                self.turn_page(arrived_unix_s).await?;
            }
            if !group.is_empty() {
                self.take(std::mem::take(&mut group), arrived_unix_s).await?;
            }
        }
    }

    /// Ends the page and opens the next. If the rosters of that cannot be had now, the page goes on for a period.
    async fn turn_page(&mut self, now_unix_s: u64) -> Result<(), Halt> {
        let Context { lane, intake, source, stop, period_s, .. } = &self.context;
        // A full page ends now; its last record came before, as `store` saw to.
        let full = self.records_in_page >= RECORDS_PER_PAGE;
        let end = if full { now_unix_s } else { boundary_at(now_unix_s, *period_s) };
        let rosters = match tokio::time::timeout(ROSTERS_TIMEOUT, source.lane(*lane, end)).await {
            Ok(Ok(rosters)) => Arc::new(rosters),
            Ok(Err(Failure::Fatal(fatal))) => return Err(Halt::Fatal(fatal)),
            late => {
                let reason = late
                    .map_or_else(|_| "late".into(), |result| result.map_or_else(|e| e.to_string(), |_| String::new()));
                tracing::warn!(
                    lane,
                    number = self.page.number,
                    reason,
                    "the page goes on: no rosters for the next one"
                );
                self.closes_at_unix_s = boundary_after(now_unix_s, *period_s);
                return Ok(());
            }
        };
        let next = Page::new(*lane, self.page.number + 1, end);
        // A crash between the two leaves a closed page without a next one, which `load` then opens.
        until_done(stop, "store, pages", || async {
            intake.close_page(*lane, self.page.number, end).await?;
            intake.open_page(&next).await
        })
        .await?;
        tracing::info!(lane, number = self.page.number, records = self.records_in_page, "page closed");
        self.closes_at_unix_s = boundary_after(end, *period_s);
        (self.page, self.next_position, self.records_in_page) = (next, 0, 0);
        self.rosters = Arc::clone(&rosters);
        self.context.directory.set(self.context.lane, rosters);
        self.context.turned.notify_one();
        Ok(())
    }

    /// Checks a group, makes it durable, acknowledges it.
    async fn take(&mut self, group: Vec<Candidate>, arrived_unix_s: u64) -> Result<(), Halt> {
        let (records, tickets): (Vec<Record>, Vec<Ticket>) =
            group.into_iter().map(|candidate| (candidate.record, candidate.ticket)).unzip();
        let records = Arc::new(records);
        let began = Instant::now();
        let checked = check::check_all(&self.rosters, Arc::clone(&records)).await.map_err(Fatal::Task)?;
        let checking = began.elapsed();
        let repeats = self.repeats(&records, &checked).await?;
        let mut taken = Vec::new();
        let mut durable = Vec::new();
        let mut heard = HashMap::new();
        for (i, ((record, ticket), result)) in records.iter().zip(&tickets).zip(checked).enumerate() {
            let device_id = &record.statement.device_id;
            if let Err(reason) = result {
                self.refuse(device_id, reason, *ticket).await?;
                continue;
            }
            durable.push(*ticket);
            *heard.entry(device_id.clone()).or_insert(false) |= repeats.contains(&i);
            if !repeats.contains(&i) {
                taken.push(record);
            }
        }
        let before: Vec<_> =
            heard.keys().map(|device_id| (device_id.clone(), self.complete_up_to(device_id))).collect();
        self.store(&taken, arrived_unix_s).await?;
        self.context.acks.done(durable);
        let (group, taken, took) = (records.len(), taken.len(), began.elapsed());
        tracing::debug!(group, taken, ?checking, ?took, "taken in");
        for (device_id, before) in before {
            self.owe_receipt(&device_id, before, heard[&device_id]);
        }
        Ok(())
    }

    async fn store(&mut self, taken: &[&Record], arrived_unix_s: u64) -> Result<(), Halt> {
        if taken.is_empty() {
            return Ok(());
        }
        let Context { intake, stop, .. } = &self.context;
        let chunk = self.chunk(taken, arrived_unix_s);
        until_done(stop, "store, chunks", || async { intake.append(&chunk).await }).await?;
        // From here on the records are durable: what follows can be made again from them.
        self.next_position += 1;
        self.records_in_page += chunk.count;
        if self.records_in_page >= RECORDS_PER_PAGE {
            self.closes_at_unix_s = self.closes_at_unix_s.min(arrived_unix_s.max(self.page.period_start_unix_s) + 1);
        }
        let mut newest = HashSet::new();
        for record in taken {
            if self.history.take(&record.statement, arrived_unix_s, self.page.number) {
                newest.insert(record.statement.device_id.as_str());
            }
        }
        let live: Vec<Live> = newest.into_iter().filter_map(|device_id| self.live(device_id)).collect();
        until_done(stop, "store, live", || async { intake.put_live(&live).await }).await
    }

    fn chunk(&self, taken: &[&Record], arrived_unix_s: u64) -> Chunk {
        let (lane, number, position) = (self.context.lane, self.page.number, self.next_position);
        let mut spans: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let mut bytes = Vec::new();
        let mut house_count = 0;
        for record in taken {
            let statement = &record.statement;
            let span = spans.entry(&statement.device_id).or_insert((statement.sequence, statement.sequence));
            *span = (span.0.min(statement.sequence), span.1.max(statement.sequence));
            let house = self.rosters.device(&statement.device_id).is_some_and(|(_, d)| d.kind == SiteKind::House);
            house_count += u64::from(house);
            bytes.extend(record.to_bytes());
            bytes.push(b'\n');
        }
        let span =
            |(device_id, (first, last)): (&str, (u64, u64))| Span { device_id: device_id.to_owned(), first, last };
        Chunk {
            id: Chunk::id(lane, number, position),
            lane,
            number,
            position,
            arrived_unix_s,
            count: taken.len() as u64,
            house_count,
            spans: spans.into_iter().map(span).collect(),
            records: Binary { subtype: bson::spec::BinarySubtype::Generic, bytes },
        }
    }

    /// Which records of a group were taken in before, with the same statement: by index. What has a used sequence
    /// and another statement is not among them, and is kept.
    async fn repeats(&self, records: &[Record], checked: &[Result<(), Reason>]) -> Result<HashSet<usize>, Halt> {
        let mut wanted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (record, _) in records.iter().zip(checked).filter(|(_, result)| result.is_ok()) {
            let statement = &record.statement;
            let device = self.history.device(&statement.device_id);
            if device.is_some_and(|device| device.chain.has_received(statement.sequence)) {
                let span =
                    wanted.entry(statement.device_id.clone()).or_insert((statement.sequence, statement.sequence));
                *span = (span.0.min(statement.sequence), span.1.max(statement.sequence));
            }
        }
        let Context { intake, stop, lane, .. } = &self.context;
        let stored = until_done(stop, "store, repeats", || async {
            let mut stored = HashSet::new();
            intake
                .stored_records(*lane, &wanted, |line| {
                    if let Ok(record) = Record::parse(line)
                        && wanted.contains_key(&record.statement.device_id)
                    {
                        stored.insert(record.statement.to_bytes());
                    }
                })
                .await?;
            Ok::<_, Failure>(stored)
        })
        .await?;
        let mut seen = stored;
        let mut repeats = HashSet::new();
        for (i, (record, _)) in records.iter().zip(checked).enumerate().filter(|(_, (_, result))| result.is_ok()) {
            if !seen.insert(record.statement.to_bytes()) {
                repeats.insert(i);
            }
        }
        Ok(repeats)
    }

    async fn refuse(&self, device_id: &str, reason: Reason, ticket: Ticket) -> Result<(), Halt> {
        let area_id = self.rosters.device(device_id).map(|(area_id, _)| area_id.to_owned());
        self.context.refused.send(Refused { area_id, reason, ticket }).await.map_err(|_| Halt::Stopped)
    }

    fn complete_up_to(&self, device_id: &str) -> Option<u64> {
        let (_, device) = self.rosters.device(device_id)?;
        self.history.device(device_id)?.chain.complete_up_to(device.first_sequence)
    }

    /// A receipt is due when a device's chain grew, and when the device shows by a repeat that it lacks one.
    fn owe_receipt(&self, device_id: &str, before: Option<u64>, repeated: bool) {
        let complete = self.complete_up_to(device_id);
        if let Some(sequence) = complete.filter(|_| repeated || complete > before) {
            let anchored_by_unix_s = self.closes_at_unix_s + self.context.allowance_s;
            self.context.due.owe(device_id, sequence, anchored_by_unix_s);
        }
    }

    fn live(&self, device_id: &str) -> Option<Live> {
        let (area_id, _) = self.rosters.device(device_id)?;
        let newest = self.history.device(device_id)?.newest?;
        Some(Live {
            device_id: device_id.to_owned(),
            area_id: area_id.to_owned(),
            power_status: newest.reading.power_status.as_str().to_owned(),
            sequence: newest.reading.sequence,
            timestamp_unix_s: newest.reading.timestamp_unix_s,
            since_unix_s: newest.since_unix_s,
            arrived_unix_s: newest.arrived_unix_s,
            lane: self.context.lane,
            number: newest.number,
        })
    }
}

async fn linger(queue: &mut mpsc::Receiver<Candidate>, group: &mut Vec<Candidate>) {
    let more = async {
        while group.len() < RECORDS_PER_CHUNK {
            let left = RECORDS_PER_CHUNK - group.len();
            if queue.recv_many(group, left).await == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(LINGER, more).await;
}
