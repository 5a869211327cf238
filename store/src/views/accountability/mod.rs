//! Complaints, what was done about them, officials, clocks and notices: the contracts' events as they come, and how each
//! complaint stands, which is computed from its events anew whenever one comes or goes. So a rollback leaves nothing behind.

pub mod documents;
mod said;

use std::collections::{BTreeMap, BTreeSet};

use bson::{Document, doc};
use futures::TryStreamExt as _;
use protocol::complaint::{Act, Course, Say, Stage, Step};

use super::{Views, read::Position, transaction::Transaction};
use crate::StoreError;
use documents::{Announcement, ClockSetting, Complaint, Entry, EntryKind, OfficialGrant, Testimony};

/// Most grants, clocks or notices that one read gives.
const MAX_LISTED: i64 = 2_000;

/// What the contracts said in some blocks, besides pages and rosters.
#[derive(Clone, Debug, Default)]
pub struct Chronicle {
    /// Filings, actions and remarks, in the order of the chain.
    pub entries: Vec<Entry>,
    /// Grants.
    pub grants: Vec<OfficialGrant>,
    /// Revocations: area (none: all), wallet, index of the grant, time, block.
    pub revocations: Vec<Revocation>,
    /// Clocks and schedules.
    pub clocks: Vec<ClockSetting>,
    /// Planned outages.
    pub announcements: Vec<Announcement>,
    /// Blocks of records that were named past a relayer.
    pub testimonies: Vec<Testimony>,
}

impl Chronicle {
    /// Goes on with what later blocks said.
    pub fn extend(&mut self, later: Self) {
        self.entries.extend(later.entries);
        self.grants.extend(later.grants);
        self.revocations.extend(later.revocations);
        self.clocks.extend(later.clocks);
        self.announcements.extend(later.announcements);
        self.testimonies.extend(later.testimonies);
    }
}

/// The end of a grant before its term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The grant's `_id`.
    pub grant_id: String,
    /// When.
    pub at_unix_s: u64,
    /// In which block.
    pub block_number: u64,
}

/// Which complaints.
#[derive(Clone, Debug, Default)]
pub struct ComplaintFilter {
    /// Of one area.
    pub area_id: Option<String>,
    /// Of one feeder.
    pub feeder_id: Option<String>,
    /// Of one site.
    pub site_id: Option<String>,
    /// Where they stand.
    pub stages: Vec<String>,
}

impl Views {
    /// Complaints, the latest filed first.
    pub async fn complaints_where(
        &self,
        filter: &ComplaintFilter,
        after: Option<&Position>,
        limit: i64,
    ) -> Result<Vec<Complaint>, StoreError> {
        let mut all = Document::new();
        let equal = [("area_id", &filter.area_id), ("feeder_id", &filter.feeder_id), ("site_id", &filter.site_id)];
        for (field, value) in equal {
            if let Some(value) = value {
                all.insert(field, value);
            }
        }
        if !filter.stages.is_empty() {
            all.insert("stage", doc! { "$in": &filter.stages });
        }
        if let Some(Position { unix_s, id }) = after {
            let time = int(*unix_s);
            let behind =
                [doc! { "filed_at_unix_s": { "$lt": time } }, doc! { "filed_at_unix_s": time, "_id": { "$lt": id } }];
            all.insert("$or", behind.to_vec());
        }
        let order = doc! { "filed_at_unix_s": -1, "_id": -1 };
        Ok(self.complaints().find(all).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// One complaint.
    pub async fn complaint(&self, id: &str) -> Result<Option<Complaint>, StoreError> {
        Ok(self.complaints().find_one(doc! { "_id": id }).await?)
    }

    /// Whether a complaint names this text.
    pub async fn is_filed_text(&self, digest: &str) -> Result<bool, StoreError> {
        Ok(self.complaints().find_one(doc! { "text": digest }).await?.is_some())
    }

    /// Whether a complaint names this evidence.
    pub async fn is_filed_evidence(&self, digest: &str) -> Result<bool, StoreError> {
        Ok(self.complaints().find_one(doc! { "evidence": digest }).await?.is_some())
    }

    /// What was done and said about a complaint, in the order of the chain.
    pub async fn entries_of(&self, complaint: &str, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let order = doc! { "block_number": 1, "log_index": 1 };
        Ok(self.actions().find(doc! { "complaint": complaint }).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// Filings and actions of complaints, without remarks, in the order of the chain.
    pub async fn courses_of(&self, complaints: &[String]) -> Result<Vec<Entry>, StoreError> {
        let filter = doc! { "complaint": { "$in": complaints }, "kind": { "$in": ["filing", "action"] } };
        let order = doc! { "block_number": 1, "log_index": 1 };
        Ok(self.actions().find(filter).sort(order).await?.try_collect().await?)
    }

    /// The grants for an area, those for all areas among them.
    pub async fn officials_of(&self, area_id: &str) -> Result<Vec<OfficialGrant>, StoreError> {
        let filter = doc! { "$or": [{ "area_id": area_id }, { "area_id": null }] };
        let order = doc! { "level": 1, "from_unix_s": 1, "_id": 1 };
        Ok(self.officials().find(filter).sort(order).limit(MAX_LISTED).await?.try_collect().await?)
    }

    /// Planned outages of an area, or of a feeder (those of its whole area are not among them), the latest announced first.
    pub async fn notices_where(
        &self,
        area_id: Option<&str>,
        feeder_id: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Announcement>, StoreError> {
        let mut filter = Document::new();
        if let Some(area_id) = area_id {
            filter.insert("area_id", area_id);
        }
        if let Some(feeder_id) = feeder_id {
            filter.insert("feeder_id", feeder_id);
        }
        let order = doc! { "at_unix_s": -1, "_id": -1 };
        Ok(self.notices().find(filter).sort(order).limit(limit).await?.try_collect().await?)
    }

    /// The notices that change one of these.
    pub async fn changes_of(&self, notices: &[String]) -> Result<Vec<Announcement>, StoreError> {
        Ok(self.notices().find(doc! { "changes": { "$in": notices } }).await?.try_collect().await?)
    }

    /// All clocks and assignments of schedules, in the order of the chain.
    pub async fn clock_settings(&self) -> Result<Vec<ClockSetting>, StoreError> {
        let order = doc! { "block_number": 1, "log_index": 1 };
        Ok(self.clocks().find(doc! {}).sort(order).limit(MAX_LISTED).await?.try_collect().await?)
    }

    /// How the complaints stand that a chronicle touches, with their entries so far.
    pub(super) async fn touched(&self, chronicle: &Chronicle) -> Result<Vec<Complaint>, StoreError> {
        let ids: BTreeSet<&str> = chronicle.entries.iter().map(|entry| entry.complaint.as_str()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let mut all = self.all_entries(&ids).await?;
        // What is written again after an answer that was lost is there already.
        let known: BTreeSet<String> = all.iter().map(|entry| entry.id.clone()).collect();
        all.extend(chronicle.entries.iter().filter(|entry| !known.contains(&entry.id)).cloned());
        standing(all)
    }

    /// What a rollback to a block leaves of the complaints that it touches, and those of which nothing is left.
    pub(super) async fn untouched(&self, block_number: u64) -> Result<(Vec<Complaint>, Vec<String>), StoreError> {
        let above = doc! { "block_number": { "$gt": int(block_number) } };
        let gone: Vec<Entry> = self.actions().find(above).await?.try_collect().await?;
        let ids: BTreeSet<String> = gone.into_iter().map(|entry| entry.complaint).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let mut left = self.all_entries(&ids).await?;
        left.retain(|entry| entry.block_number <= block_number);
        let standing = standing(left)?;
        let kept: BTreeSet<&str> = standing.iter().map(|complaint| complaint.id.as_str()).collect();
        let lost = ids.iter().filter(|id| !kept.contains(id.as_str())).cloned().collect();
        Ok((standing, lost))
    }

    async fn all_entries(&self, complaints: &[String]) -> Result<Vec<Entry>, StoreError> {
        let filter = doc! { "complaint": { "$in": complaints } };
        let order = doc! { "block_number": 1, "log_index": 1 };
        Ok(self.actions().find(filter).sort(order).await?.try_collect().await?)
    }
}

/// Writes a chronicle and how its complaints stand.
pub(super) async fn write(
    transaction: &mut Transaction,
    chronicle: &Chronicle,
    complaints: &[Complaint],
) -> Result<(), StoreError> {
    transaction.replace("actions", &chronicle.entries).await?;
    transaction.replace("complaints", complaints).await?;
    transaction.replace("officials", &chronicle.grants).await?;
    transaction.replace("clocks", &chronicle.clocks).await?;
    transaction.replace("notices", &chronicle.announcements).await?;
    transaction.replace("testimonies", &chronicle.testimonies).await?;
    let revoked = chronicle.revocations.iter().map(|revocation| {
        let set =
            doc! { "revoked_at_unix_s": int(revocation.at_unix_s), "revoked_block": int(revocation.block_number) };
        doc! { "q": { "_id": &revocation.grant_id }, "u": { "$set": set } }
    });
    transaction.update("officials", revoked.collect()).await.map(drop)
}

/// Removes what came from blocks above one.
pub(super) async fn roll_back(
    transaction: &mut Transaction,
    block_number: u64,
    standing: &[Complaint],
    lost: &[String],
) -> Result<(), StoreError> {
    let above = doc! { "block_number": { "$gt": int(block_number) } };
    for collection in ["actions", "officials", "clocks", "notices", "testimonies"] {
        transaction.delete(collection, [above.clone()]).await?;
    }
    let unset = doc! { "$set": { "revoked_at_unix_s": null, "revoked_block": null } };
    let revoked = doc! { "q": { "revoked_block": { "$gt": int(block_number) } }, "u": unset, "multi": true };
    transaction.update("officials", vec![revoked]).await?;
    transaction.replace("complaints", standing).await?;
    transaction.delete("complaints", lost.iter().map(|id| doc! { "_id": id })).await
}

/// How complaints stand by their entries, which are in the order of the chain.
fn standing(entries: Vec<Entry>) -> Result<Vec<Complaint>, StoreError> {
    let mut by_complaint: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        by_complaint.entry(entry.complaint.clone()).or_default().push(entry);
    }
    by_complaint.into_values().filter_map(|entries| stands(&entries).transpose()).collect()
}

fn stands(entries: &[Entry]) -> Result<Option<Complaint>, StoreError> {
    let Some((first, later)) = entries.split_first() else { return Ok(None) };
    let Some(filing) = &first.filing else { return Ok(None) };
    let course = course(entries).map_err(unreadable)?.unwrap_or_else(|| Course::filed(0, 0));
    let (mut affected_too, mut still_off, mut duplicate_of, mut head) = (0, 0, None, first.complaint.clone());
    for entry in later {
        match entry.kind {
            EntryKind::Action => {
                head.clone_from(&entry.hash);
                duplicate_of.clone_from(&entry.duplicate_of);
            }
            EntryKind::Remark if entry.code == Say::AffectedToo.code() => affected_too += 1,
            EntryKind::Remark if entry.code == Say::StillOff.code() => still_off += 1,
            _ => {}
        }
    }
    let newest = course.newest().clone();
    let last = course.last();
    let complaint = Complaint {
        id: first.complaint.clone(),
        area_id: first.area_id.clone(),
        site_id: filing.site_id.clone(),
        feeder_id: filing.feeder_id.clone(),
        class: filing.class.clone(),
        text: filing.text.clone(),
        evidence: filing.evidence.clone(),
        filer: first.signer.clone(),
        filed_at_unix_s: first.at_unix_s,
        stage: stage_text(course.stage()).into(),
        last: last.map(|act| act.words().into()),
        last_at_unix_s: course.last_at_unix_s(),
        index: course.index(),
        head,
        duplicate_of,
        reopenings: course.reopenings() as u64,
        opened_at_unix_s: newest.at_unix_s,
        opened_level: newest.level,
        clock_s: newest.clock_s,
        closed_at_unix_s: newest.closing.as_ref().map(|closing| closing.at_unix_s),
        affected_too,
        still_off,
        entries: entries.len() as u64,
        block_number: first.block_number,
        last_block: entries.last().map_or(first.block_number, |entry| entry.block_number),
        transaction_hash: first.transaction_hash.clone(),
    };
    Ok(Some(complaint))
}

/// The course of a complaint by its entries in the order of the chain; none where the first is no filing.
///
/// # Errors
/// A text where the entries are not those of one complaint.
pub fn course(entries: &[Entry]) -> Result<Option<Course<String>>, String> {
    let Some(first) = entries.first().filter(|entry| entry.filing.is_some()) else { return Ok(None) };
    let mut course = Course::filed(first.at_unix_s, first.clock_s);
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Action) {
        let act = Act::from_code(entry.code).ok_or_else(|| format!("{}: act {}", entry.id, entry.code))?;
        let step = Step {
            act,
            signer: entry.signer.clone(),
            index: entry.index,
            level: entry.level,
            clock_s: entry.clock_s,
            at_unix_s: entry.at_unix_s,
        };
        course.take(&step).map_err(|error| format!("{}: {error}", entry.id))?;
    }
    Ok(Some(course))
}

/// As documents have it.
#[must_use]
pub fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::Filed => "filed",
        Stage::Acknowledged => "acknowledged",
        Stage::Resolved => "resolved",
        Stage::Rejected => "rejected",
        Stage::Reopened => "reopened",
    }
}

fn unreadable(reason: String) -> StoreError {
    StoreError::Unreadable { collection: "actions", reason }
}

fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
