//! The news of an area's complaints as an Atom feed (RFC 4287): filings, what officials did and said, reopenings, planned
//! outages.
//!
//! Citizens' words are not in it. Whoever follows a feed keeps a copy in which nothing can be erased any more; each entry
//! links to the complaint's page, which shows them while they are there. Officials' words are in it.

use std::collections::HashMap;

use atom_syndication::{Content, Entry, Feed, FixedDateTime, Link, Person, Text};
use chrono::DateTime;
use protocol::complaint::Act;
use store::views::documents::{self, Announcement, Complaint, EntryKind};

use crate::{ApiError, Sources, schema::words_of};

/// Entries in a feed: the newest.
pub const MAX_ENTRIES: usize = 50;

/// Where links lead: the address of this service as whoever asks knows it, with a slash at its end.
pub(crate) struct Root<'a>(pub &'a str);

/// The feed of an area, or none where there is no such area. What was said in the same block stands in the chain's order.
///
/// # Errors
/// [`ApiError::Store`].
pub(crate) async fn of_area(sources: &Sources, area_id: &str, root: &Root<'_>) -> Result<Option<Feed>, ApiError> {
    let Some(area) = sources.area_now(area_id).await? else { return Ok(None) };
    let limit = i64::try_from(MAX_ENTRIES).unwrap_or(i64::MAX);
    let views = sources.views();
    let said = views.newest_of_area(area_id, limit).await?;
    let notices = views.notices_where(Some(area_id), None, limit).await?;
    let ids: Vec<String> = said.iter().map(|entry| entry.complaint.clone()).collect();
    let complaints = views.complaints_by_id(&ids).await?;
    let complaints: HashMap<&str, &Complaint> = complaints.iter().map(|known| (known.id.as_str(), known)).collect();
    // By officials: nobody else's words are looked up.
    let by_officials = said.iter().filter(|entry| entry.signer_level.is_some()).filter_map(|entry| entry.note.clone());
    let digests: Vec<String> = by_officials.chain(notices.iter().map(|notice| notice.reason.clone())).collect();
    let words = sources.intake().texts(&digests).await?;
    let writer = Writer { contract: contract(sources), root };
    let told = said.iter().map(|entry| {
        let note = entry.note.as_deref().filter(|_| entry.signer_level.is_some());
        let note = note.and_then(|digest| words_of(&words, digest)).filter(|note| !note.is_empty());
        (entry.at_unix_s, writer.entry(entry, complaints.get(entry.complaint.as_str()).copied(), note))
    });
    let announced = notices.iter().map(|notice| {
        (notice.at_unix_s, writer.notice(notice, words_of(&words, &notice.reason).filter(|words| !words.is_empty())))
    });
    let mut entries: Vec<(u64, Entry)> = told.chain(announced).collect();
    // Stable: what has one time keeps the order of the chain.
    entries.sort_by_key(|(at_unix_s, _)| std::cmp::Reverse(*at_unix_s));
    entries.truncate(MAX_ENTRIES);
    let area = area.document();
    let updated = entries.first().map_or(area.roster_effective_from_unix_s, |(at_unix_s, _)| *at_unix_s);
    Ok(Some(Feed {
        title: Text::plain(plain(&format!("Complaints and planned outages: {}", area.name))),
        subtitle: Some(Text::plain("As the chain has them. A block that is not final yet may still be replaced.")),
        id: writer.name(&format!("area/{area_id}")),
        updated: time(updated),
        authors: vec![Person { name: plain(&sources.config().operator), ..Person::default() }],
        links: vec![
            link("self", &format!("{}feed/{area_id}.atom", root.0), "application/atom+xml"),
            link("alternate", &format!("{}#/area/{area_id}", root.0), "text/html"),
        ],
        lang: Some("en".into()),
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        ..Feed::default()
    }))
}

/// The contract of complaints as CAIP-10 has it: what happens there has the same name in every feed.
fn contract(sources: &Sources) -> String {
    let contracts = &sources.config().contracts;
    format!("eip155:{}:{:#x}", contracts.chain_id, contracts.complaints)
}

struct Writer<'a> {
    contract: String,
    root: &'a Root<'a>,
}

impl Writer<'_> {
    /// A name for ever that follows from what it names: a UUID of version 8 (RFC 9562) from SHA-256.
    fn name(&self, what: &str) -> String {
        let hash = protocol::digest(format!("{}/{what}", self.contract).as_bytes());
        let mut id: [u8; 16] = std::array::from_fn(|i| hash[i]);
        id[6] = id[6] & 0x0f | 0x80;
        id[8] = id[8] & 0x3f | 0x80;
        let hex = data_encoding::HEXLOWER.encode(&id);
        format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    fn entry(&self, entry: &documents::Entry, complaint: Option<&Complaint>, note: Option<String>) -> Entry {
        let what = match entry.kind {
            EntryKind::Filing => "Filed",
            EntryKind::Action => Act::from_code(entry.code).map_or("Acted", title),
            EntryKind::Remark => "Note by an official",
        };
        let about = complaint.map_or_else(String::new, |complaint| {
            let place = complaint.site_id.as_ref().or(complaint.feeder_id.as_ref()).unwrap_or(&complaint.area_id);
            format!(": {} at {place}", complaint.class)
        });
        // By content, so that a reorganisation, which may move it to another block, leaves its name.
        let name = match entry.kind {
            EntryKind::Remark => {
                let (digest, code) = (entry.note.as_deref().unwrap_or_default(), entry.code);
                format!("remark/{}/{code}/{}/{digest}", entry.complaint, entry.signer)
            }
            _ => format!("complaint/{}", entry.hash),
        };
        let mut lines = vec![who(&entry.signer, entry.signer_level)];
        lines.extend(note.map(|note| format!("Note: {note}")));
        lines.extend(entry.duplicate_of.as_ref().map(|original| format!("Duplicate of complaint {original}")));
        lines.push(format!("Complaint {}", entry.complaint));
        lines.push(format!("Transaction {} in block {}", entry.transaction_hash, entry.block_number));
        let page = format!("{}#/complaint/{}", self.root.0, entry.complaint);
        self.told(&name, format!("{what}{about}"), lines, &entry.signer, entry.at_unix_s, &page)
    }

    fn notice(&self, notice: &Announcement, reason: Option<String>) -> Entry {
        let what = match (notice.withdrawn, &notice.changes) {
            (true, _) => "Planned outage withdrawn",
            (false, Some(_)) => "Planned outage changed",
            (false, None) => "Planned outage announced",
        };
        let place =
            notice.feeder_id.as_ref().map_or_else(|| "the whole area".into(), |feeder| format!("feeder {feeder}"));
        let mut lines = vec![
            who(&notice.signer, Some(notice.signer_level)),
            format!("From {} to {}", written(notice.start_unix_s), written(notice.end_unix_s)),
            format!("Supply expected back by {}", written(notice.restoration_unix_s)),
        ];
        lines.extend(notice.late.then(|| "Announced after its start".to_owned()));
        lines.extend(reason.map(|reason| format!("Reason: {reason}")));
        lines.push(format!("Transaction {} in block {}", notice.transaction_hash, notice.block_number));
        let page = format!("{}#/area/{}", self.root.0, notice.area_id);
        let name = format!("notice/{}", notice.id);
        self.told(&name, format!("{what}: {place}"), lines, &notice.signer, notice.at_unix_s, &page)
    }

    fn told(&self, name: &str, title: String, lines: Vec<String>, by: &str, at_unix_s: u64, page: &str) -> Entry {
        let content =
            Content { content_type: Some("text".into()), value: Some(plain(&lines.join("\n"))), ..Content::default() };
        Entry {
            title: Text::plain(plain(&title)),
            id: self.name(name),
            updated: time(at_unix_s),
            published: Some(time(at_unix_s)),
            authors: vec![Person { name: by.to_owned(), ..Person::default() }],
            links: vec![link("alternate", page, "text/html")],
            content: Some(content),
            ..Entry::default()
        }
    }
}

fn title(act: Act) -> &'static str {
    match act {
        Act::Acknowledge => "Acknowledged",
        Act::ResolveFixed => "Resolved: fixed",
        Act::ResolveNotFixed => "Resolved: not fixed",
        Act::ResolveDuplicate => "Resolved: duplicate",
        Act::ResolveNotOurs => "Resolved: not ours",
        Act::Reject => "Rejected",
        Act::Reopen => "Reopened",
    }
}

fn who(signer: &str, level: Option<u8>) -> String {
    level.map_or_else(
        || format!("By a citizen's key, {signer}"),
        |level| format!("By {signer}, official of level {level}"),
    )
}

fn link(rel: &str, href: &str, kind: &str) -> Link {
    Link { href: href.to_owned(), rel: rel.to_owned(), mime_type: Some(kind.to_owned()), ..Link::default() }
}

fn time(unix_s: u64) -> FixedDateTime {
    DateTime::from_timestamp(i64::try_from(unix_s).unwrap_or(0), 0).unwrap_or_default().fixed_offset()
}

fn written(unix_s: u64) -> String {
    time(unix_s).format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Without the characters that XML 1.0 knows no spelling of.
fn plain(text: &str) -> String {
    let is_known = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if is_known(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}
