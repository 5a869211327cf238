//! Complaints from the chain alone: every event replayed, compared with what the contracts hold, and with what the devices
//! stated. GraphQL's answers must be the same.

use std::collections::{BTreeMap, HashMap};

use alloy::{
    eips::BlockId,
    primitives::{Address, B256},
    providers::{DynProvider, Provider as _},
    rpc::types::{Filter, Log},
};
use bindings::{Accountability, Acted, Addresses, Event, Filed, Remarked, area_to_bytes32, typed_data::action_hash};
use protocol::{
    Hash,
    block::MAX_BLOCK_BYTES,
    complaint::{Act, Case, Contradiction, ContradictionKind, Counts, Course, Period, Scorecard, Step, contradiction, is_sensor_backed},
    evidence::{Evidence, EvidenceAnchor},
    to_hex,
};
use serde::Serialize;

use crate::{Error, Verifier, supplies::AreaSupplies};

/// Blocks of logs asked for at one time.
const MAX_RANGE_BLOCKS: u64 = 10_000;

/// Reads complaints from the chain, and what the sensors say of them from chain and IPFS.
#[derive(Clone, Debug)]
pub struct Register {
    verifier: Verifier,
    contracts: Accountability<DynProvider>,
    addresses: Addresses,
}

/// Something that was compared.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What.
    pub what: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Something that was done or said.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryEntry {
    /// `filed`, or the words that were signed.
    pub what: String,
    /// By whom.
    pub signer: Address,
    /// The official's level; none for anybody else.
    pub signer_level: Option<u8>,
    /// The grant that the signer had then, in words; none for anybody else.
    pub grant: Option<String>,
    /// Whose turn it was.
    pub level: Option<u8>,
    /// An action's place.
    pub index: Option<u32>,
    /// keccak256 of the note; none for the filing.
    pub note: Option<B256>,
    /// The original of a duplicate.
    pub duplicate_of: Option<B256>,
    /// When.
    pub at_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: B256,
}

/// A time through which the complaint was open.
#[derive(Clone, Debug, Serialize)]
pub struct OpeningReport {
    /// When its clock began.
    pub at_unix_s: u64,
    /// Its clock.
    pub clock_s: u32,
    /// Until when it ran, inclusive.
    pub due_at_unix_s: u64,
    /// How it was closed.
    pub closed: Option<String>,
    /// When.
    pub closed_at_unix_s: Option<u64>,
    /// Whether a signed OFF stands in the 24 hours before it.
    pub is_sensor_backed: bool,
    /// What the sensors say against its "fixed".
    pub contradiction: Option<String>,
}

/// All that chain and IPFS say of a complaint.
#[derive(Clone, Debug, Serialize)]
pub struct ComplaintReport {
    /// Its id.
    pub complaint: B256,
    /// Its area.
    pub area_id: String,
    /// The site, or empty.
    pub site: String,
    /// The feeder, or empty.
    pub feeder: String,
    /// Its class.
    pub class: String,
    /// Who filed it.
    pub filer: Address,
    /// SHA-256 of its text, hex.
    pub text: String,
    /// SHA-256 of its evidence, hex; none where there is none.
    pub evidence: Option<String>,
    /// Where it stands: `filed` or the last act's words.
    pub stands: String,
    /// Whose turn it is, or was when it was closed.
    pub level: u8,
    /// Everything in the order of the chain.
    pub history: Vec<HistoryEntry>,
    /// Its openings.
    pub openings: Vec<OpeningReport>,
    /// Batches that were verified for what the sensors say.
    pub batches_verified: u64,
    /// Batches that do not count, with the reason.
    pub left_out: Vec<String>,
    /// What its evidence proves: records that are anchored and signed; none where it has no evidence.
    pub evidence_records: Option<usize>,
    /// What was compared.
    pub checks: Vec<Check>,
    /// As of this block.
    pub block_number: u64,
}

impl ComplaintReport {
    /// Whether everything that was compared holds.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}

/// A scorecard's counts as the report has them.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CountsReport {
    /// Open when the period began.
    pub pending_before: u64,
    /// Filed or reopened in the period.
    pub received: u64,
    /// Closed in the period.
    pub redressed: u64,
    /// Open when it ended.
    pub pending: u64,
    /// Redressed within half of the clock.
    pub within_50: u64,
    /// Within the clock, not half of it.
    pub within_100: u64,
    /// Within twice the clock, not the clock.
    pub within_200: u64,
    /// Later.
    pub over_200: u64,
    /// Received by reopening.
    pub reopened: u64,
    /// Closed as fixed.
    pub fixed: u64,
    /// Closed, not fixed.
    pub not_fixed: u64,
    /// Closed as fixed, and contradicted.
    pub contradicted: u64,
}

impl From<Counts> for CountsReport {
    fn from(c: Counts) -> Self {
        Self {
            pending_before: c.pending_before,
            received: c.received,
            redressed: c.redressed,
            pending: c.pending,
            within_50: c.within_50,
            within_100: c.within_100,
            within_200: c.within_200,
            over_200: c.over_200,
            reopened: c.reopened,
            fixed: c.fixed,
            not_fixed: c.not_fixed,
            contradicted: c.contradicted,
        }
    }
}

/// A scorecard from chain and IPFS alone.
#[derive(Clone, Debug, Serialize)]
pub struct ScorecardReport {
    /// The area.
    pub area_id: String,
    /// The official; none: the whole area.
    pub official: Option<Address>,
    /// Begin of the period.
    pub from_unix_s: u64,
    /// End of the period, exclusive.
    pub to_unix_s: u64,
    /// What a signed OFF stands behind.
    pub sensor_backed: CountsReport,
    /// All others.
    pub others: CountsReport,
    /// Complaints that were replayed.
    pub complaints: u64,
    /// Batches that do not count, with the reason.
    pub left_out: Vec<String>,
    /// What was compared.
    pub checks: Vec<Check>,
    /// As of this block.
    pub block_number: u64,
}

impl ScorecardReport {
    /// Whether everything that was compared holds.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}

/// The events of a complaint, each with its log.
struct Events {
    filed: (Filed, Log),
    acted: Vec<(Acted, Log)>,
    remarked: Vec<(Remarked, Log)>,
}

impl Events {
    fn course(&self) -> Result<Course<Address>, Error> {
        let mut course = Course::filed(self.filed.0.at_unix_s, self.filed.0.clock_s);
        for (acted, _) in &self.acted {
            let step = Step {
                act: acted.act,
                signer: acted.signer,
                index: acted.index,
                level: acted.level,
                clock_s: acted.clock_s,
                at_unix_s: acted.at_unix_s,
            };
            course.take(&step).map_err(|error| Error::Register(format!("{}: {error}", acted.complaint)))?;
        }
        Ok(course)
    }
}

impl Register {
    /// Over a verifier and these contracts.
    #[must_use]
    pub fn new(verifier: Verifier, addresses: Addresses) -> Self {
        let provider = verifier.contracts().anchors.provider().clone();
        Self { contracts: Accountability::new(provider, &addresses), verifier, addresses }
    }

    fn provider(&self) -> &DynProvider {
        self.contracts.complaints.provider()
    }

    /// All that chain and IPFS say of a complaint; none where there is no such complaint.
    ///
    /// # Errors
    /// [`Error`] where chain or IPFS cannot be read, or the events do not make a complaint.
    pub async fn complaint(&self, id: B256) -> Result<Option<ComplaintReport>, Error> {
        let head = self.head().await?;
        let Some(events) = self.events(None, Some(id), head.0).await?.remove(&id) else { return Ok(None) };
        let area_id = events.filed.0.filing.area.clone();
        let supplies = AreaSupplies::read(&self.verifier, &area_id).await?;
        let course = events.course()?;
        let mut checks = self.compare(&events, &course, head).await?;
        let history = self.history(&events, &mut checks).await?;
        let Filed { filing, .. } = &events.filed.0;
        let evidence_records = match filing.evidence.is_zero() {
            true => None,
            false => Some(self.evidence(&area_id, filing.evidence.0, &mut checks).await?),
        };
        let heard = supplies.of(&filing.site, &filing.feeder);
        let openings = course.openings().map(|opening| {
            let fixed = opening.closing.as_ref().filter(|closing| closing.act == Act::ResolveFixed);
            OpeningReport {
                at_unix_s: opening.at_unix_s,
                clock_s: opening.clock_s,
                due_at_unix_s: opening.due_at_unix_s(),
                closed: opening.closing.as_ref().map(|closing| closing.act.words().into()),
                closed_at_unix_s: opening.closing.as_ref().map(|closing| closing.at_unix_s),
                is_sensor_backed: is_sensor_backed(&heard, opening.at_unix_s),
                contradiction: fixed
                    .and_then(|closing| contradiction(&heard, closing.at_unix_s))
                    .map(words),
            }
        });
        Ok(Some(ComplaintReport {
            complaint: id,
            site: filing.site.clone(),
            feeder: filing.feeder.clone(),
            class: filing.class.clone(),
            filer: filing.filer,
            text: to_hex(filing.text.as_slice()),
            evidence: (!filing.evidence.is_zero()).then(|| to_hex(filing.evidence.as_slice())),
            stands: course.last().map_or("filed", Act::words).into(),
            level: course.newest().level_at(head.1),
            openings: openings.collect(),
            history,
            batches_verified: supplies.verified,
            left_out: supplies.left_out.clone(),
            evidence_records,
            checks,
            block_number: head.0,
            area_id,
        }))
    }

    /// The scorecard of an area, or of one official in it.
    ///
    /// # Errors
    /// As [`Register::complaint`].
    pub async fn scorecard(
        &self,
        area_id: &str,
        official: Option<Address>,
        from_unix_s: Option<u64>,
        to_unix_s: Option<u64>,
    ) -> Result<ScorecardReport, Error> {
        let head = self.head().await?;
        let period =
            Period { from_unix_s: from_unix_s.unwrap_or(0), to_unix_s: to_unix_s.unwrap_or(head.1.saturating_add(1)) };
        let all = self.events(Some(area_id), None, head.0).await?;
        let supplies = AreaSupplies::read(&self.verifier, area_id).await?;
        let (mut checks, mut courses) = (Vec::new(), Vec::new());
        for events in all.values() {
            let course = events.course()?;
            // What holds is many lines; what does not is worth one each.
            checks.extend(self.compare(events, &course, head).await?.into_iter().filter(|check| !check.holds));
            let filing = &events.filed.0.filing;
            courses.push((course, supplies.of(&filing.site, &filing.feeder)));
        }
        let cases = courses.iter().flat_map(|(course, heard)| {
            course.openings().enumerate().map(move |(i, opening)| {
                let fixed = opening.closing.as_ref().filter(|closing| closing.act == Act::ResolveFixed);
                Case {
                    opening,
                    is_reopening: i > 0,
                    is_sensor_backed: is_sensor_backed(heard, opening.at_unix_s),
                    is_contradicted: fixed.is_some_and(|closing| contradiction(heard, closing.at_unix_s).is_some()),
                }
            })
        });
        let is_theirs = |case: &Case<'_, Address>| official.is_none_or(|wallet| case.opening.owner() == Some(&wallet));
        let card = Scorecard::of(cases.filter(is_theirs), period);
        checks.push(Check { what: format!("{} complaints replayed", courses.len()), holds: true });
        checks.push(Check {
            what: "the register's identities".into(),
            holds: card.sensor_backed.is_balanced() && card.others.is_balanced(),
        });
        Ok(ScorecardReport {
            area_id: area_id.to_owned(),
            official,
            from_unix_s: period.from_unix_s,
            to_unix_s: period.to_unix_s,
            sensor_backed: card.sensor_backed.into(),
            others: card.others.into(),
            complaints: courses.len() as u64,
            left_out: supplies.left_out,
            checks,
            block_number: head.0,
        })
    }

    /// Number and time of the newest block.
    async fn head(&self) -> Result<(u64, u64), Error> {
        let block = self.provider().get_block(BlockId::latest()).await.map_err(bindings::Error::from)?;
        let block = block.ok_or_else(|| Error::Register("the node has no newest block".into()))?;
        Ok((block.header.number, block.header.timestamp))
    }

    /// The events of an area's complaints, or of one, in the order of the chain.
    async fn events(
        &self,
        area_id: Option<&str>,
        complaint: Option<B256>,
        to: u64,
    ) -> Result<BTreeMap<B256, Events>, Error> {
        let mut filter = Filter::new().address(self.addresses.complaints);
        if let Some(complaint) = complaint {
            filter = filter.topic1(complaint);
        }
        if let Some(area_id) = area_id {
            filter = filter.topic2(area_to_bytes32(area_id)?);
        }
        let mut all: BTreeMap<B256, Events> = BTreeMap::new();
        let mut from = self.addresses.start_block;
        while from <= to {
            let until = to.min(from + MAX_RANGE_BLOCKS - 1);
            let range = filter.clone().from_block(from).to_block(until);
            let mut logs = self.provider().get_logs(&range).await.map_err(bindings::Error::from)?;
            logs.sort_by_key(|log| (log.block_number, log.log_index));
            for log in logs {
                let event = Event::decode(&log.inner, &self.addresses)?;
                let known = |all: &mut BTreeMap<B256, Events>, id: B256, put: &mut dyn FnMut(&mut Events)| {
                    let events = all.get_mut(&id);
                    let events = events.ok_or_else(|| Error::Register(format!("{id} was never filed")))?;
                    put(events);
                    Ok::<_, Error>(())
                };
                match event {
                    Some(Event::Filed(filed)) => {
                        let id = filed.complaint;
                        all.insert(id, Events { filed: (filed, log), acted: Vec::new(), remarked: Vec::new() });
                    }
                    Some(Event::Acted(acted)) => {
                        let id = acted.complaint;
                        known(&mut all, id, &mut |events| events.acted.push((acted.clone(), log.clone())))?;
                    }
                    Some(Event::Remarked(remarked)) => {
                        let id = remarked.complaint;
                        known(&mut all, id, &mut |events| events.remarked.push((remarked.clone(), log.clone())))?;
                    }
                    _ => {}
                }
            }
            from = until + 1;
        }
        Ok(all)
    }

    /// Compares what the events come to with what the contracts hold.
    async fn compare(
        &self,
        events: &Events,
        course: &Course<Address>,
        head: (u64, u64),
    ) -> Result<Vec<Check>, Error> {
        let (filed, _) = &events.filed;
        let mut checks = Vec::new();
        let mut check = |what: String, holds: bool| checks.push(Check { what, holds });
        let id = filed.filing.id(&self.contracts.complaints_domain());
        check(format!("{} is the hash of its filing", filed.complaint), id == filed.complaint);
        let mut previous = filed.complaint;
        for (acted, _) in &events.acted {
            let hash = action_hash(acted, previous);
            check(format!("action {} names the one before and its own content", acted.index), hash == acted.hash);
            previous = acted.hash;
        }
        let contracts = self.contracts.at(BlockId::number(head.0));
        let stored = contracts.complaint(filed.complaint).await?;
        let agrees = stored.is_some_and(|stored| {
            stored.head == previous
                && stored.index == course.index()
                && stored.last == course.last()
                && stored.reopenings as usize == course.reopenings()
                && stored.opened_at_unix_s == course.newest().at_unix_s
                && stored.clock_s == course.newest().clock_s
                && stored.level == course.newest().level_at(head.1)
        });
        check("the contract holds what its events come to".into(), agrees);
        let clock = contracts.clock_s(&filed.filing.area, &filed.filing.class, filed.at_unix_s).await?;
        check("its clock was that of its class then".into(), clock == Some(filed.clock_s));
        Ok(checks)
    }

    /// The history, and whether each official had the grant that the log says.
    async fn history(&self, events: &Events, checks: &mut Vec<Check>) -> Result<Vec<HistoryEntry>, Error> {
        let (filed, log) = &events.filed;
        let mut history = vec![entry("filed", filed.filing.filer, filed.at_unix_s, log)?];
        for (acted, log) in &events.acted {
            let grant = self.grant(&acted.area_id, acted.signer, acted.at_unix_s).await?;
            if acted.signer_level.is_some() || acted.act != Act::Reopen {
                let what = format!("the signer of action {} had the right to it", acted.index);
                checks.push(Check { what, holds: grant.as_ref().map(|(level, _)| *level) == acted.signer_level });
            } else {
                let what = format!("action {} is the filer's", acted.index);
                checks.push(Check { what, holds: acted.signer == filed.filing.filer });
            }
            history.push(HistoryEntry {
                signer_level: acted.signer_level,
                grant: acted.signer_level.and(grant).map(|(_, words)| words),
                level: Some(acted.level),
                index: Some(acted.index),
                note: Some(acted.note),
                duplicate_of: acted.duplicate_of,
                ..entry(acted.act.words(), acted.signer, acted.at_unix_s, log)?
            });
        }
        for (remarked, log) in &events.remarked {
            history.push(HistoryEntry {
                signer_level: remarked.signer_level,
                note: Some(remarked.note),
                ..entry(remarked.say.words(), remarked.signer, remarked.at_unix_s, log)?
            });
        }
        history.sort_by_key(|entry| (entry.block_number, entry.at_unix_s));
        Ok(history)
    }

    /// Fetches a block of evidence and checks each of its records against the chain; how many it proves.
    async fn evidence(&self, area_id: &str, digest: Hash, checks: &mut Vec<Check>) -> Result<usize, Error> {
        let mut check = |what: String, holds: bool| checks.push(Check { what, holds });
        let block = match self.verifier.ipfs().block(&digest, MAX_BLOCK_BYTES).await {
            Ok(block) => block,
            Err(error) => {
                check(format!("its evidence can be had: {error}"), false);
                return Ok(0);
            }
        };
        let evidence = match Evidence::parse(&block) {
            Ok(evidence) if evidence.area_id == area_id => evidence,
            Ok(other) => {
                check(format!("its evidence is of its area, not {}", other.area_id), false);
                return Ok(0);
            }
            Err(error) => {
                check(format!("its evidence is spelled as it must be: {error}"), false);
                return Ok(0);
            }
        };
        let (mut anchors, mut keys) = (HashMap::new(), HashMap::new());
        for record in &evidence.records {
            let number = record.batch_number;
            let anchored = match self.verifier.contracts().batch(area_id, number).await {
                Ok(anchored) => anchored,
                Err(bindings::Error::NoBatch { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let roster = self.verifier.roster_in_force(area_id, anchored.period_start_unix_s).await?;
            let device_id = &record.record.statement.device_id;
            let sequence = record.record.statement.sequence;
            let device = roster.roster.device(device_id).filter(|device| {
                device.cell.is_none() && (device.first_sequence..=device.last_sequence).contains(&sequence)
            });
            if let Some(device) = device {
                keys.insert((device_id.clone(), number), device.public_key.clone());
            }
            anchors.insert(number, EvidenceAnchor { root: anchored.root, count: anchored.count.into() });
        }
        let proven = evidence.check(
            |number| anchors.get(&number).copied(),
            |device_id, number| keys.get(&(device_id.to_owned(), number)).cloned(),
        );
        match proven {
            Ok(()) => check(format!("its evidence: {} records, anchored and signed", evidence.records.len()), true),
            Err(error) => check(format!("its evidence: {error}"), false),
        }
        Ok(evidence.records.len())
    }

    /// The level that a wallet had in an area at a time, and the grant in words.
    async fn grant(&self, area_id: &str, wallet: Address, at_unix_s: u64) -> Result<Option<(u8, String)>, Error> {
        for area in [Some(area_id), None] {
            for grant in self.contracts.grants(area, wallet).await? {
                // In the second of a revocation the order of the events decides, which the contract has seen.
                let end = grant.revoked_at_unix_s.map_or(grant.until_unix_s, |at| grant.until_unix_s.min(at + 1));
                if (grant.from_unix_s..end).contains(&at_unix_s) {
                    let scope = area.unwrap_or("all areas");
                    let until = grant.revoked_at_unix_s.unwrap_or(grant.until_unix_s);
                    let words = format!("level {} for {scope}, {} to {until}", grant.level, grant.from_unix_s);
                    return Ok(Some((grant.level, words)));
                }
            }
        }
        Ok(None)
    }
}

fn entry(what: &str, signer: Address, at_unix_s: u64, log: &Log) -> Result<HistoryEntry, Error> {
    let incomplete = || Error::Register("a log without its block".into());
    Ok(HistoryEntry {
        what: what.into(),
        signer,
        signer_level: None,
        grant: None,
        level: None,
        index: None,
        note: None,
        duplicate_of: None,
        at_unix_s,
        block_number: log.block_number.ok_or_else(incomplete)?,
        transaction_hash: log.transaction_hash.ok_or_else(incomplete)?,
    })
}

fn words(contradiction: Contradiction) -> String {
    let Contradiction { kind, at_unix_s, device_id, sequence } = contradiction;
    match kind {
        ContradictionKind::StillOff => format!("OFF when it was signed, by {device_id}, sequence {sequence}"),
        ContradictionKind::OffAgain => {
            format!("OFF again at {at_unix_s}, within 24 hours, by {device_id}, sequence {sequence}")
        }
    }
}
