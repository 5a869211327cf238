//! Officials, the clocks that they work by, planned outages and scorecards.

use std::collections::{BTreeMap, HashMap};

use async_graphql::{Context, Result, SimpleObject};
use protocol::complaint::{Counts, Period};
use store::views::documents::{self, ClockSetting};

use super::{action::words_of, page, scalar::Int53};
use crate::{
    ApiError, Sources,
    complaints::{self, Counted},
    now::unix_s,
};

/// A wallet's right to act on the complaints of an area for a term.
#[derive(Clone, Debug, SimpleObject)]
pub struct Official {
    /// The area; none: all areas.
    pub area_id: Option<String>,
    /// The wallet, 0x and hex.
    pub wallet: String,
    /// 1 acts first.
    pub level: i32,
    /// Begin of the term, inclusive.
    pub from_unix_s: Int53,
    /// End of the term, exclusive.
    pub until_unix_s: Int53,
    /// When it was revoked, if it was.
    pub revoked_at_unix_s: Option<Int53>,
    /// Whether the wallet may act by this grant now.
    pub is_in_force: bool,
    /// The transaction of the grant.
    pub transaction_hash: String,
    /// Whether its block is final.
    pub finalized: bool,
}

/// A class of complaints that an area takes, with its clock.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComplaintClass {
    /// The class.
    pub class: String,
    /// Seconds that an official has.
    pub clock_s: Int53,
    /// The schedule that says so.
    pub schedule: String,
}

/// A planned outage as it was announced.
#[derive(Clone, Debug, SimpleObject)]
pub struct Notice {
    /// Its id, 0x and hex.
    pub id: String,
    /// The area.
    pub area_id: String,
    /// The feeder; none for all feeders of the area.
    pub feeder_id: Option<String>,
    /// By whom.
    pub signer: String,
    /// The official's level.
    pub signer_level: i32,
    /// When the work begins.
    pub start_unix_s: Int53,
    /// When it ends.
    pub end_unix_s: Int53,
    /// When the supply is expected back.
    pub restoration_unix_s: Int53,
    /// keccak256 of the reason, 0x and hex.
    pub reason_digest: String,
    /// The reason's words, checked against that; none where this service does not have them.
    pub reason: Option<String>,
    /// Whether it says that there is no outage after all.
    pub withdrawn: bool,
    /// The notice that this one changes.
    pub changes: Option<String>,
    /// The notice that changes this one.
    pub changed_by: Option<String>,
    /// Whether it was announced after its start.
    pub is_late: bool,
    /// When it was announced.
    pub at_unix_s: Int53,
    /// The transaction.
    pub transaction_hash: String,
    /// Whether its block is final.
    pub finalized: bool,
}

/// The counts of a register. Within and over say how much of the clock was used.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ScorecardCounts {
    /// Open when the period began.
    pub pending_before: Int53,
    /// Filed or reopened in the period.
    pub received: Int53,
    /// Closed in the period, however; the four buckets add up to it.
    pub redressed: Int53,
    /// Open when the period ended: pending before, and received, without redressed.
    pub pending: Int53,
    /// Redressed within half of the clock.
    pub within50: Int53,
    /// Redressed within the clock, but not half of it.
    pub within100: Int53,
    /// Redressed within twice the clock, but not the clock.
    pub within200: Int53,
    /// Redressed later than that.
    pub over200: Int53,
    /// Received by reopening.
    pub reopened: Int53,
    /// Closed as fixed.
    pub fixed: Int53,
    /// Closed, not fixed: never counted as fixed.
    pub not_fixed: Int53,
    /// Closed as fixed, and contradicted by the sensors.
    pub contradicted: Int53,
}

impl From<Counts> for ScorecardCounts {
    fn from(counts: Counts) -> Self {
        Self {
            pending_before: Int53(counts.pending_before),
            received: Int53(counts.received),
            redressed: Int53(counts.redressed),
            pending: Int53(counts.pending),
            within50: Int53(counts.within_50),
            within100: Int53(counts.within_100),
            within200: Int53(counts.within_200),
            over200: Int53(counts.over_200),
            reopened: Int53(counts.reopened),
            fixed: Int53(counts.fixed),
            not_fixed: Int53(counts.not_fixed),
            contradicted: Int53(counts.contradicted),
        }
    }
}

/// What became of complaints: `verifier scorecard` gives the same figures from chain and IPFS alone.
#[derive(Clone, Debug, SimpleObject)]
pub struct Scorecard {
    /// The area.
    pub area_id: String,
    /// The official's wallet; none: the whole area. An opening is an official's who closed it, or took it on.
    pub official: Option<String>,
    /// The substation; none: all of them.
    pub station_id: Option<String>,
    /// Begin of the period, inclusive.
    pub from_unix_s: Int53,
    /// End of the period, exclusive.
    pub to_unix_s: Int53,
    /// The headline: openings with a signed OFF in the 24 hours before.
    pub sensor_backed: ScorecardCounts,
    /// All others, beside it.
    pub others: ScorecardCounts,
}

async fn finalized_number(sources: &Sources) -> Result<u64, ApiError> {
    Ok(sources.views().cursor().await?.map_or(0, |cursor| cursor.finalized_number))
}

/// The grants of an area.
pub(super) async fn officials(context: &Context<'_>, area_id: &str) -> Result<Vec<Official>> {
    let sources = Sources::of(context)?;
    let (grants, finalized, now) = (
        sources.views().officials_of(area_id).await.map_err(ApiError::from)?,
        finalized_number(sources).await?,
        unix_s(),
    );
    let official = |grant: documents::OfficialGrant| Official {
        is_in_force: (grant.from_unix_s..grant.until_unix_s).contains(&now) && grant.revoked_at_unix_s.is_none(),
        area_id: grant.area_id,
        wallet: grant.wallet,
        level: grant.level.into(),
        from_unix_s: Int53(grant.from_unix_s),
        until_unix_s: Int53(grant.until_unix_s),
        revoked_at_unix_s: grant.revoked_at_unix_s.map(Int53),
        transaction_hash: grant.transaction_hash,
        finalized: grant.block_number <= finalized,
    };
    Ok(grants.into_iter().map(official).collect())
}

/// The classes that an area takes now.
pub(super) async fn classes(context: &Context<'_>, area_id: &str) -> Result<Vec<ComplaintClass>> {
    let settings = Sources::of(context)?.views().clock_settings().await.map_err(ApiError::from)?;
    Ok(classes_at(&settings, area_id, unix_s()))
}

/// As `Clocks` has it: the last setting in force counts.
fn classes_at(settings: &[ClockSetting], area_id: &str, at_unix_s: u64) -> Vec<ComplaintClass> {
    let in_force = || settings.iter().filter(|setting| setting.effective_from_unix_s <= at_unix_s);
    let assigned = in_force().rfind(|setting| setting.area_id.as_deref() == Some(area_id));
    let Some(schedule) = assigned.and_then(|setting| setting.schedule.clone()) else { return Vec::new() };
    let mut clocks = BTreeMap::new();
    for setting in in_force().filter(|setting| setting.schedule.as_ref() == Some(&schedule)) {
        if let (Some(class), Some(duration_s)) = (&setting.class, setting.duration_s) {
            clocks.insert(class.clone(), duration_s);
        }
    }
    let taken = clocks.into_iter().filter(|(_, duration_s)| *duration_s > 0);
    taken
        .map(|(class, duration_s)| ComplaintClass {
            class,
            clock_s: Int53(duration_s.into()),
            schedule: schedule.clone(),
        })
        .collect()
}

/// Planned outages.
pub(super) async fn notices(
    context: &Context<'_>,
    area_id: Option<String>,
    feeder_id: Option<String>,
    first: i32,
) -> Result<Vec<Notice>> {
    let length = page::length(first)?;
    let sources = Sources::of(context)?;
    let views = sources.views();
    let found = views.notices_where(area_id.as_deref(), feeder_id.as_deref(), length as i64).await;
    let found = found.map_err(ApiError::from)?;
    let ids: Vec<String> = found.iter().map(|notice| notice.id.clone()).collect();
    let changes = views.changes_of(&ids).await.map_err(ApiError::from)?;
    let changed_by: HashMap<String, String> =
        changes.into_iter().filter_map(|change| Some((change.changes?, change.id))).collect();
    let reasons: Vec<String> = found.iter().map(|notice| notice.reason.clone()).collect();
    let words = sources.intake().texts(&reasons).await.map_err(ApiError::from)?;
    let finalized = finalized_number(sources).await?;
    let notice = |notice: documents::Announcement| Notice {
        changed_by: changed_by.get(&notice.id).cloned(),
        id: notice.id,
        area_id: notice.area_id,
        feeder_id: notice.feeder_id,
        signer: notice.signer,
        signer_level: notice.signer_level.into(),
        start_unix_s: Int53(notice.start_unix_s),
        end_unix_s: Int53(notice.end_unix_s),
        restoration_unix_s: Int53(notice.restoration_unix_s),
        reason: words_of(&words, &notice.reason),
        reason_digest: notice.reason,
        withdrawn: notice.withdrawn,
        changes: notice.changes,
        is_late: notice.late,
        at_unix_s: Int53(notice.at_unix_s),
        transaction_hash: notice.transaction_hash,
        finalized: notice.block_number <= finalized,
    };
    Ok(found.into_iter().map(notice).collect())
}

/// A scorecard.
pub(super) async fn scorecard(
    context: &Context<'_>,
    area_id: String,
    official: Option<String>,
    station_id: Option<String>,
    from: Option<Int53>,
    to: Option<Int53>,
) -> Result<Scorecard> {
    let period = Period { from_unix_s: from.map_or(0, |from| from.0), to_unix_s: to.map_or_else(unix_s, |to| to.0) };
    let official = official.map(|official| official.to_lowercase());
    let counted = Counted { area_id, official, station_id };
    let card = complaints::scorecard(Sources::of(context)?, &counted, period).await?;
    let Counted { area_id, official, station_id } = counted;
    Ok(Scorecard {
        area_id,
        official,
        station_id,
        from_unix_s: Int53(period.from_unix_s),
        to_unix_s: Int53(period.to_unix_s),
        sensor_backed: card.sensor_backed.into(),
        others: card.others.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(area_id: Option<&str>, class: Option<&str>, duration_s: u32, from: u64, schedule: &str) -> ClockSetting {
        ClockSetting {
            id: String::new(),
            schedule: Some(schedule.into()).filter(|schedule: &String| !schedule.is_empty()),
            class: class.map(str::to_owned),
            duration_s: class.map(|_| duration_s),
            area_id: area_id.map(str::to_owned),
            effective_from_unix_s: from,
            block_number: 0,
            log_index: 0,
        }
    }

    #[test]
    fn the_last_setting_in_force_counts() {
        let settings = [
            setting(None, Some("fuse"), 10, 5, "town"),
            setting(Some("hisar"), None, 0, 6, "town"),
            setting(None, Some("line"), 30, 6, "town"),
            setting(None, Some("fuse"), 20, 50, "town"),
            setting(None, Some("line"), 0, 60, "town"),
            setting(Some("hisar"), None, 0, 90, ""),
        ];
        let at = |unix_s| {
            let classes = classes_at(&settings, "hisar", unix_s);
            classes.into_iter().map(|class| (class.class, class.clock_s.0)).collect::<Vec<_>>()
        };
        assert_eq!(at(5), []);
        assert_eq!(at(6), [("fuse".to_owned(), 10), ("line".to_owned(), 30)]);
        assert_eq!(at(60), [("fuse".to_owned(), 20)]);
        assert_eq!(at(90), []);
        assert!(classes_at(&settings, "ambala", 60).is_empty());
    }
}
