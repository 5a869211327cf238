//! Evidence for a complaint, put together from anchored records.

use std::collections::BTreeSet;

use async_graphql::{Context, Result, SimpleObject};
use protocol::{
    evidence::{Evidence, EvidenceDevice, EvidenceRecord, MAX_EVIDENCE_RECORDS},
    record::Record,
    supply::{Timeline, local_day},
};
use store::views::documents::Site;

use super::scalar::Int53;
use crate::{
    ApiError, Sources,
    now::{coverage_of, unix_s},
};

/// Longest window.
const MAX_WINDOW_S: u64 = 7 * 86_400;
/// Most sites that are looked at: no feeder has more.
const MAX_SITES: usize = 2_000;

/// A block of evidence. Trust none of it: whoever reads it checks every record against the chain.
#[derive(Clone, Debug, SimpleObject)]
pub struct EvidenceBlock {
    /// The canonical block, to be named by a filing and given to `submitEvidence`.
    pub block: String,
    /// Its SHA-256, hex: what a filing names.
    pub digest: String,
    /// How many records it holds.
    pub records: Int53,
    /// How many edges it leaves out, the oldest, for want of room or because no batch holds them.
    pub left_out: Int53,
    /// How many sites it leaves out: those of which it holds no record go first.
    pub sites_left_out: Int53,
}

/// The records of a window at a site, or on a feeder: the newest before it, and every edge in it; of too many the latest.
pub(super) async fn compose(
    context: &Context<'_>,
    area_id: String,
    site_id: Option<String>,
    feeder_id: Option<String>,
    from_unix_s: u64,
    to_unix_s: u64,
) -> Result<EvidenceBlock> {
    if from_unix_s > to_unix_s || to_unix_s - from_unix_s > MAX_WINDOW_S || to_unix_s > unix_s() {
        return Err(ApiError::argument("a window is at most seven days long, and ends by now").into());
    }
    let sources = Sources::of(context)?;
    let sites = sites(sources, &area_id, site_id, feeder_id).await?;
    let area = sources.views().area(&area_id).await.map_err(ApiError::from)?;
    let offset = area.map_or(0, |area| area.utc_offset_s);
    let ids: Vec<String> = sites.iter().map(|site| site.device_id.clone()).collect();
    let timelines = sources.views().timelines_of(&ids).await.map_err(ApiError::from)?;
    let timeline_of =
        |site: &Site| timelines.get(&site.device_id).map(|kept| Timeline::from(&kept.current)).unwrap_or_default();
    let mut wanted: Vec<(u64, &str, u64)> = Vec::new();
    for site in &sites {
        let edges = edges(&timeline_of(site), from_unix_s, to_unix_s);
        wanted.extend(edges.into_iter().map(|(at_unix_s, sequence)| (at_unix_s, site.device_id.as_str(), sequence)));
    }
    let all = wanted.len();
    wanted.sort_unstable_by(|a, b| b.cmp(a));
    wanted.truncate(MAX_EVIDENCE_RECORDS);
    let wanted: BTreeSet<(&str, u64)> =
        wanted.into_iter().map(|(_, device_id, sequence)| (device_id, sequence)).collect();
    let mut records = Vec::new();
    for (device_id, sequence) in wanted {
        let proofs = sources.evidence().find(device_id, sequence, None).await?;
        let Some(proof) = proofs.into_iter().next() else { continue };
        let record = Record::parse(proof.record.as_bytes()).map_err(|error| ApiError::Unverified(error.to_string()))?;
        records.push(EvidenceRecord { batch_number: proof.batch_number, inclusion: proof.inclusion, record });
    }
    let (named, sites_left_out) = named(&sites, &records);
    let covered = |site: &&Site| covered(site, &timeline_of(site), (from_unix_s, to_unix_s), offset);
    let devices = named.iter().map(covered).collect();
    let count = records.len();
    let block = Evidence { area_id, devices, from_unix_s, records, to_unix_s }.to_bytes();
    let digest = protocol::to_hex(&protocol::digest(&block));
    let block = String::from_utf8(block).map_err(|error| ApiError::Unverified(error.to_string()))?;
    Ok(EvidenceBlock {
        block,
        digest,
        records: Int53(count as u64),
        left_out: Int53(all.saturating_sub(count) as u64),
        sites_left_out: Int53(sites_left_out as u64),
    })
}

/// The sites that a block names, by device, and how many there is no room for: those with records, then others.
fn named<'a>(sites: &'a [Site], records: &[EvidenceRecord]) -> (Vec<&'a Site>, usize) {
    let with_records: BTreeSet<&str> = records.iter().map(|one| one.record.statement.device_id.as_str()).collect();
    let mut named: Vec<&Site> = sites.iter().collect();
    named.sort_by_key(|site| (!with_records.contains(site.device_id.as_str()), &site.device_id));
    named.truncate(MAX_EVIDENCE_RECORDS);
    named.sort_by_key(|site| &site.device_id);
    let left_out = sites.len() - named.len();
    (named, left_out)
}

async fn sites(
    sources: &Sources,
    area_id: &str,
    site_id: Option<String>,
    feeder_id: Option<String>,
) -> Result<Vec<Site>, ApiError> {
    let views = sources.views();
    let mut sites = match (site_id, feeder_id) {
        (Some(site_id), None) => views.sites_by_id(&site_id).await?,
        (None, Some(feeder_id)) => views.sites_of_feeder(area_id, &feeder_id).await?,
        _ => return Err(ApiError::argument("give siteId or feederId, not both")),
    };
    sites.retain(|site| site.area_id == area_id);
    sites.truncate(MAX_SITES);
    Ok(sites)
}

/// The coverage of the local days that a window touches.
fn covered(site: &Site, timeline: &Timeline, (from, to): (u64, u64), offset: i32) -> EvidenceDevice {
    let mut device = EvidenceDevice { device_id: site.device_id.clone(), expected: 0, received: 0 };
    for day in local_day(from, offset)..=local_day(to, offset) {
        let coverage = coverage_of(timeline, (site.heartbeat_s, site.enrolled_unix_s), day, to, offset);
        device.expected += coverage.expected;
        device.received += coverage.received;
    }
    device
}

/// Time and sequence of the edges in a window, and of the last statement before it.
fn edges(timeline: &Timeline, from: u64, to: u64) -> Vec<(u64, u64)> {
    let segments = timeline.segments();
    let before = segments.iter().rev().find(|segment| segment.first_unix_s < from);
    let within = segments.iter().filter(|segment| (from..=to).contains(&segment.first_unix_s));
    before.into_iter().chain(within).map(|segment| (segment.first_unix_s, segment.first_sequence)).collect()
}
