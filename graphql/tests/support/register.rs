//! Complaints, what was done about them, and notices, as the indexer leaves them in the store.

#![allow(dead_code, reason = "each test file uses its part")]

use bindings::typed_data::note_hash;
use store::views::documents::{Announcement, Complaint, Entry, EntryKind, Filing};

/// An account.
pub fn account(n: u8) -> String {
    format!("0x{}", format!("{n:02x}").repeat(20))
}

/// A complaint's id.
pub fn id(n: u8) -> String {
    format!("0x{}", format!("{n:02x}").repeat(32))
}

/// A complaint as it was filed, with its filing.
pub fn filed(n: u8, area_id: &str, text: &str, at_unix_s: u64, block_number: u64) -> (Complaint, Entry) {
    let filing = Filing {
        site_id: Some("site-dt-1".into()),
        feeder_id: Some("feeder-1".into()),
        class: "fuse".into(),
        text: text.into(),
        evidence: None,
    };
    let complaint = Complaint {
        id: id(n),
        area_id: area_id.into(),
        site_id: filing.site_id.clone(),
        feeder_id: filing.feeder_id.clone(),
        class: filing.class.clone(),
        text: text.into(),
        evidence: None,
        filer: account(0xf0),
        filed_at_unix_s: at_unix_s,
        stage: "filed".into(),
        last: None,
        last_at_unix_s: at_unix_s,
        index: 0,
        head: id(n),
        duplicate_of: None,
        reopenings: 0,
        opened_at_unix_s: at_unix_s,
        opened_level: 1,
        clock_s: 3_600,
        closed_at_unix_s: None,
        affected_too: 0,
        still_off: 0,
        entries: 1,
        block_number,
        last_block: block_number,
        transaction_hash: id(0xa0),
    };
    let entry = Entry {
        kind: EntryKind::Filing,
        code: 1,
        signer: account(0xf0),
        note: None,
        filing: Some(filing),
        hash: id(n),
        ..entry(n, area_id, EntryKind::Filing, 1, "", at_unix_s, block_number)
    };
    (complaint, entry)
}

/// Something that an official did or said of a complaint, with a note.
pub fn entry(n: u8, area_id: &str, kind: EntryKind, code: u8, note: &str, at_unix_s: u64, block_number: u64) -> Entry {
    Entry {
        id: Entry::id(block_number, 0),
        complaint: id(n),
        area_id: area_id.into(),
        kind,
        code,
        signer: account(0x0f),
        signer_level: (kind != EntryKind::Filing).then_some(1),
        level: 1,
        index: 1,
        hash: format!("0x{block_number:064x}"),
        note: Some(note_hash(note).to_string()),
        duplicate_of: None,
        clock_s: 3_600,
        filing: None,
        at_unix_s,
        block_number,
        log_index: 0,
        transaction_hash: id(0xa1),
    }
}

/// A planned outage.
pub fn announced(n: u8, area_id: &str, reason: &str, at_unix_s: u64, block_number: u64) -> Announcement {
    Announcement {
        id: id(n),
        area_id: area_id.into(),
        feeder_id: Some("feeder-1".into()),
        signer: account(0x0f),
        signer_level: 1,
        start_unix_s: at_unix_s + 3_600,
        end_unix_s: at_unix_s + 7_200,
        restoration_unix_s: at_unix_s + 7_200,
        reason: note_hash(reason).to_string(),
        withdrawn: false,
        changes: None,
        late: false,
        at_unix_s,
        block_number,
        transaction_hash: id(0xa2),
    }
}
