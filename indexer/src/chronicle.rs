//! From the events of the contracts for complaints to what the views keep of them.

use alloy::{primitives::B256, rpc::types::Log};
use bindings::{Acted, Addresses, Event, Filed, NoticeAnnounced, Remarked};
use store::views::{
    accountability::{Chronicle, Revocation},
    documents::{Announcement, ClockSetting, Entry, EntryKind, Filing, OfficialGrant, Testimony, TestimonyStatus},
};

use crate::Error;

/// The contract's number for a filing among the acts.
const FILE: u8 = 1;

/// Where an event stands.
struct Place {
    block_number: u64,
    log_index: u64,
    transaction_hash: String,
}

/// Adds what a log says, if it is one of these contracts'; false where it is not.
pub(crate) fn add(chronicle: &mut Chronicle, log: &Log, addresses: &Addresses) -> Result<bool, Error> {
    let Some(event) = Event::decode(&log.inner, addresses)? else { return Ok(false) };
    let incomplete = || Error::Inconsistent("a log without its block".into());
    let place = Place {
        block_number: log.block_number.ok_or_else(incomplete)?,
        log_index: log.log_index.ok_or_else(incomplete)?,
        transaction_hash: log.transaction_hash.ok_or_else(incomplete)?.to_string(),
    };
    match event {
        Event::Filed(filed) => chronicle.entries.push(filing(filed, place)),
        Event::Acted(acted) => chronicle.entries.push(action(acted, place)),
        Event::Remarked(remarked) => chronicle.entries.push(remark(remarked, place)),
        Event::Announced(announced) => chronicle.announcements.push(announcement(announced, place)),
        Event::Testified { area_id, digest, by, at_unix_s } => {
            let digest = protocol::to_hex(digest.as_slice());
            chronicle.testimonies.push(Testimony {
                id: Testimony::id(&area_id, &digest),
                area_id,
                digest,
                by: format!("{by:#x}"),
                at_unix_s,
                block_number: place.block_number,
                log_index: place.log_index,
                transaction_hash: place.transaction_hash,
                finalized: false,
                status: TestimonyStatus::Pending,
                reason: None,
                roster_version: 0,
                records: 0,
                refused: 0,
                devices: Vec::new(),
                flags: Vec::new(),
            });
        }
        Event::OfficialGranted { area_id, wallet, index, level, from_unix_s, until_unix_s } => {
            let wallet = format!("{wallet:#x}");
            chronicle.grants.push(OfficialGrant {
                id: OfficialGrant::id(area_id.as_deref(), &wallet, index),
                area_id,
                wallet,
                index,
                level,
                from_unix_s,
                until_unix_s: until_unix_s.min(protocol::MAX_INTEGER),
                revoked_at_unix_s: None,
                revoked_block: None,
                block_number: place.block_number,
                transaction_hash: place.transaction_hash,
            });
        }
        Event::OfficialRevoked { area_id, wallet, index, at_unix_s } => chronicle.revocations.push(Revocation {
            grant_id: OfficialGrant::id(area_id.as_deref(), &format!("{wallet:#x}"), index),
            at_unix_s,
            block_number: place.block_number,
        }),
        Event::ClockSet { schedule, class, duration_s, effective_from_unix_s } => {
            let class = Some((class, duration_s));
            chronicle.clocks.push(setting(Some(schedule), class, None, effective_from_unix_s, &place));
        }
        Event::ScheduleAssigned { area_id, schedule, effective_from_unix_s } => {
            chronicle.clocks.push(setting(schedule, None, Some(area_id), effective_from_unix_s, &place));
        }
        // They changed nothing.
        Event::ActionRefused { .. } | Event::SubmissionRefused { .. } => {}
    }
    Ok(true)
}

fn filing(filed: Filed, place: Place) -> Entry {
    let Filed { complaint, filing, clock_s, at_unix_s } = filed;
    let some = |name: String| Some(name).filter(|name| !name.is_empty());
    let hex = |digest: B256| protocol::to_hex(digest.as_slice());
    Entry {
        id: Entry::id(place.block_number, place.log_index),
        complaint: complaint.to_string(),
        area_id: filing.area,
        kind: EntryKind::Filing,
        code: FILE,
        signer: format!("{:#x}", filing.filer),
        signer_level: None,
        level: 1,
        index: 0,
        hash: complaint.to_string(),
        note: None,
        duplicate_of: None,
        clock_s,
        filing: Some(Filing {
            site_id: some(filing.site),
            feeder_id: some(filing.feeder),
            class: filing.class,
            text: hex(filing.text),
            evidence: (!filing.evidence.is_zero()).then(|| hex(filing.evidence)),
        }),
        at_unix_s,
        block_number: place.block_number,
        log_index: place.log_index,
        transaction_hash: place.transaction_hash,
    }
}

fn action(acted: Acted, place: Place) -> Entry {
    Entry {
        id: Entry::id(place.block_number, place.log_index),
        complaint: acted.complaint.to_string(),
        area_id: acted.area_id,
        kind: EntryKind::Action,
        code: acted.act.code(),
        signer: format!("{:#x}", acted.signer),
        signer_level: acted.signer_level,
        level: acted.level,
        index: acted.index,
        hash: acted.hash.to_string(),
        note: Some(acted.note.to_string()),
        duplicate_of: acted.duplicate_of.map(|original| original.to_string()),
        clock_s: acted.clock_s,
        filing: None,
        at_unix_s: acted.at_unix_s,
        block_number: place.block_number,
        log_index: place.log_index,
        transaction_hash: place.transaction_hash,
    }
}

fn remark(remarked: Remarked, place: Place) -> Entry {
    Entry {
        id: Entry::id(place.block_number, place.log_index),
        complaint: remarked.complaint.to_string(),
        area_id: remarked.area_id,
        kind: EntryKind::Remark,
        code: remarked.say.code(),
        signer: format!("{:#x}", remarked.signer),
        signer_level: remarked.signer_level,
        level: 0,
        index: remarked.reopening,
        hash: String::new(),
        note: Some(remarked.note.to_string()),
        duplicate_of: None,
        clock_s: 0,
        filing: None,
        at_unix_s: remarked.at_unix_s,
        block_number: place.block_number,
        log_index: place.log_index,
        transaction_hash: place.transaction_hash,
    }
}

fn announcement(announced: NoticeAnnounced, place: Place) -> Announcement {
    Announcement {
        id: announced.id.to_string(),
        area_id: announced.area_id,
        feeder_id: announced.feeder,
        signer: format!("{:#x}", announced.signer),
        signer_level: announced.signer_level,
        start_unix_s: announced.start_unix_s,
        end_unix_s: announced.end_unix_s,
        restoration_unix_s: announced.restoration_unix_s,
        reason: announced.reason.to_string(),
        withdrawn: announced.withdrawn,
        changes: announced.changes.map(|before| before.to_string()),
        late: announced.late,
        at_unix_s: announced.at_unix_s,
        block_number: place.block_number,
        transaction_hash: place.transaction_hash,
    }
}

fn setting(
    schedule: Option<String>,
    class: Option<(String, u32)>,
    area_id: Option<String>,
    effective_from_unix_s: u64,
    place: &Place,
) -> ClockSetting {
    let (class, duration_s) = class.unzip();
    ClockSetting {
        id: Entry::id(place.block_number, place.log_index),
        schedule,
        class,
        duration_s,
        area_id,
        effective_from_unix_s,
        block_number: place.block_number,
        log_index: place.log_index,
    }
}
