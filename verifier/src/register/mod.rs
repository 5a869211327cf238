//! Complaints from the chain alone: every event replayed, compared with what the contracts hold, and with what the devices
//! stated. GraphQL's answers must be the same.

mod events;
mod evidence;
mod notices;
mod report;

use std::collections::BTreeSet;

use alloy::{
    eips::BlockId,
    primitives::{Address, B256},
    providers::{DynProvider, Provider as _},
    rpc::types::Log,
};
use bindings::{Accountability, Addresses, Filed, Filing, typed_data::action_hash};
use protocol::{
    complaint::{
        Act, Case, Contradiction, ContradictionKind, Course, Period, SENSOR_WINDOW_S, Scorecard, backings,
        contradiction,
    },
    to_hex,
};

use crate::{Error, Verifier, supplies::AreaSupplies};
use events::Events;

pub use notices::{NoticeReport, NoticesReport};
pub use report::{Check, ComplaintReport, HistoryEntry, OpeningReport, ScorecardReport};

/// What a scorecard counts.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The area.
    pub area_id: String,
    /// Only the openings of this official.
    pub official: Option<Address>,
    /// Only the complaints of this substation's sites and feeders.
    pub station: Option<String>,
    /// Begin of the period; the beginning where none is given.
    pub from_unix_s: Option<u64>,
    /// End of the period, exclusive; the newest block where none is given.
    pub to_unix_s: Option<u64>,
}

/// Reads complaints from the chain, and what the sensors say of them from chain and IPFS.
#[derive(Clone, Debug)]
pub struct Register {
    verifier: Verifier,
    contracts: Accountability<DynProvider>,
    addresses: Addresses,
}

impl Register {
    /// Over a verifier and these contracts.
    #[must_use]
    pub fn new(verifier: Verifier, addresses: Addresses) -> Self {
        let provider = verifier.contracts().anchors.provider().clone();
        let verifier = verifier.with_testimonies(&addresses);
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
            false => Some(self.evidence(&events.filed.0, &mut checks).await?),
        };
        let heard = supplies.of(&filing.site, &filing.feeder);
        let feeder =
            if filing.feeder.is_empty() { supplies.feeder_of(&filing.site) } else { Some(filing.feeder.as_str()) };
        let until = course.newest().closing.as_ref().map_or(head.1, |closing| closing.at_unix_s);
        let from = course.openings().next().map_or(0, |opening| opening.at_unix_s).saturating_sub(SENSOR_WINDOW_S);
        let mut planned = self.notices(&area_id, head.0).await?;
        planned.retain(|notice| notice.touches(feeder, from..=until));
        checks.extend(planned.iter().flat_map(|notice| notice.checks.iter().filter(|check| !check.holds).cloned()));
        let openings = course.openings().zip(backings(&course, &heard)).map(|(opening, backing)| {
            let fixed = opening.closing.as_ref().filter(|closing| closing.act == Act::ResolveFixed);
            OpeningReport {
                at_unix_s: opening.at_unix_s,
                clock_s: opening.clock_s,
                due_at_unix_s: opening.due_at_unix_s(),
                closed: opening.closing.as_ref().map(|closing| closing.act.words().into()),
                closed_at_unix_s: opening.closing.as_ref().map(|closing| closing.at_unix_s),
                is_sensor_backed: backing.is_some(),
                contradiction: fixed.and_then(|closing| contradiction(&heard, closing.at_unix_s)).map(words),
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
            planned,
            batches_verified: supplies.verified,
            testimonies: supplies.testimonies,
            left_out: supplies.left_out.clone(),
            evidence_records,
            checks,
            block_number: head.0,
            area_id,
        }))
    }

    /// The scorecard of an area, of one official in it, or of one substation.
    ///
    /// # Errors
    /// [`Error::UnknownStation`], and as [`Register::complaint`].
    pub async fn scorecard(&self, counted: &Counted) -> Result<ScorecardReport, Error> {
        let Counted { area_id, official, station, from_unix_s, to_unix_s } = counted;
        let head = self.head().await?;
        let period =
            Period { from_unix_s: from_unix_s.unwrap_or(0), to_unix_s: to_unix_s.unwrap_or(head.1.saturating_add(1)) };
        let all = self.events(Some(area_id), None, head.0).await?;
        let supplies = AreaSupplies::read(&self.verifier, area_id).await?;
        if let Some(station) = station.as_ref().filter(|station| !supplies.has_station(station)) {
            return Err(Error::UnknownStation { area_id: area_id.clone(), station: station.clone() });
        }
        let is_counted = |filing: &Filing| {
            station.as_ref().is_none_or(|station| supplies.is_of_station(station, &filing.site, &filing.feeder))
        };
        let (mut checks, mut heard_of, mut counted) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (id, events) in &all {
            let course = events.course()?;
            // What holds is many lines; what does not is worth one each.
            checks.extend(self.compare(events, &course, head).await?.into_iter().filter(|check| !check.holds));
            let filing = &events.filed.0.filing;
            if is_counted(filing) {
                counted.insert(id.to_string());
            }
            let heard = supplies.of(&filing.site, &filing.feeder);
            let backings: Vec<_> = backings(&course, &heard).collect();
            heard_of.push((id.to_string(), course, heard, backings));
        }
        let cases = heard_of.iter().flat_map(|(complaint, course, heard, backings)| {
            course.openings().zip(backings).enumerate().map(move |(i, (opening, backing))| {
                let fixed = opening.closing.as_ref().filter(|closing| closing.act == Act::ResolveFixed);
                Case {
                    complaint,
                    opening,
                    is_reopening: i > 0,
                    backing: backing.as_ref(),
                    is_contradicted: fixed.is_some_and(|closing| contradiction(heard, closing.at_unix_s).is_some()),
                }
            })
        });
        let is_asked_for = |case: &Case<'_, Address>| {
            counted.contains(case.complaint) && official.is_none_or(|wallet| case.opening.owner() == Some(&wallet))
        };
        let card = Scorecard::of(cases, is_asked_for, period);
        checks.push(Check { what: format!("{} complaints replayed", all.len()), holds: true });
        checks.push(Check {
            what: "the register's identities".into(),
            holds: card.sensor_backed.is_balanced() && card.others.is_balanced(),
        });
        Ok(ScorecardReport {
            area_id: area_id.clone(),
            official: *official,
            station: station.clone(),
            from_unix_s: period.from_unix_s,
            to_unix_s: period.to_unix_s,
            sensor_backed: card.sensor_backed,
            others: card.others,
            complaints: counted.len() as u64,
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

    /// Compares what the events come to with what the contracts hold.
    async fn compare(&self, events: &Events, course: &Course<Address>, head: (u64, u64)) -> Result<Vec<Check>, Error> {
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
