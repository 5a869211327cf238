//! A batch that is right, and every way in which it can be wrong.

mod support;

use protocol::{
    Hash,
    batch::{self, BatchError, Contents, Header, RosterReference, SealedBatch},
    block,
    cells::CellCount,
    digest, merkle,
    record::{
        Phases,
        PowerStatus::{Off, On},
        TimeQuality,
    },
    roster::{self, Provenance, Roster, RosterError, SealedRoster},
    supply::SupplyState,
};
use support::TestDevice;

struct Case {
    devices: Vec<TestDevice>,
    roster: Roster,
    roster_digest: Hash,
    sealed: SealedBatch,
}

fn contents(devices: &[TestDevice], reference: RosterReference) -> Contents {
    let house = &devices[4];
    Contents {
        area_id: "area-1".into(),
        batch_number: 7,
        period_start_unix_s: 2_000,
        period_end_unix_s: 2_900,
        previous_digest: [9; 32],
        roster: reference,
        provenance: Provenance::Generated,
        public: vec![
            devices[1].record(2, Off, 2_100),
            devices[0].record(1, On, 2_000),
            devices[1].record(1, On, 1_500),
            devices[2].record(1, On, 1_600),
        ],
        sealed: vec![house.record(1, On, 2_000).leaf(), house.record(2, Off, 2_300).leaf()],
        cells: vec![CellCount::tally("c-1", [SupplyState::Off; 5])],
    }
}

fn case() -> Case {
    let devices = support::devices();
    let roster = support::roster(&devices);
    let roster_digest = roster.seal().digest;
    let sealed = batch::seal(contents(&devices, RosterReference { version: 1, digest: roster_digest }));
    Case { devices, roster, roster_digest, sealed }
}

impl Case {
    fn verify(&self) -> Result<batch::VerifiedBatch, BatchError> {
        let SealedBatch { anchor, header, blocks } = &self.sealed;
        batch::verify(anchor, &self.roster, &self.roster_digest, header, blocks)
    }

    /// The case with other blocks, header and chain made to agree with them as a dishonest relayer would.
    fn with_blocks(mut self, blocks: Vec<Vec<u8>>) -> Self {
        let mut header = Header::parse(&self.sealed.header).expect("our header");
        header.blocks = blocks.iter().map(|b| digest(b)).collect();
        let lines: Vec<&[u8]> =
            blocks.iter().flat_map(|b| b.split(|c| *c == b'\n').filter(|l| !l.is_empty())).collect();
        let leaf = |line: &&[u8]| {
            let text = std::str::from_utf8(line).unwrap_or_default();
            protocol::from_hex(text).unwrap_or_else(|| merkle::leaf_hash(line))
        };
        header.public_count = lines.iter().filter(|l| l.starts_with(b"{")).count() as u64;
        header.sealed_count = lines.len() as u64 - header.public_count;
        header.root = merkle::root(lines.iter().map(leaf).collect());
        self.sealed.blocks = blocks;
        self.with_header(&header)
    }

    fn with_header(mut self, header: &Header) -> Self {
        self.sealed.header = header.to_bytes();
        self.sealed.anchor.digest = digest(&self.sealed.header);
        self.sealed.anchor.root = header.root;
        self.sealed.anchor.count = header.public_count + header.sealed_count;
        self
    }

    fn changed_header(self, change: impl FnOnce(&mut Header)) -> Result<batch::VerifiedBatch, BatchError> {
        let mut header = Header::parse(&self.sealed.header).expect("our header");
        change(&mut header);
        self.with_header(&header).verify()
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        let text = self.sealed.blocks.concat();
        text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec).collect()
    }

    fn with_lines(self, lines: &[Vec<u8>]) -> Result<batch::VerifiedBatch, BatchError> {
        let at = lines.iter().position(|line| !line.starts_with(b"{")).unwrap_or(lines.len());
        let (records, sealed) = lines.split_at(at);
        let pack = |lines: &[Vec<u8>]| block::pack(lines.iter().map(Vec::as_slice));
        self.with_blocks([pack(records), pack(sealed)].concat()).verify()
    }
}

#[test]
fn a_sealed_batch_verifies_and_proves_each_leaf() {
    let case = case();
    let batch = case.verify().expect("verifies");
    assert_eq!((batch.records().len(), batch.sealed().len(), case.sealed.anchor.count), (4, 2, 6));
    assert_eq!(case.sealed.blocks.len(), 2, "sealed leaves begin a block");
    for (i, leaf) in batch.leaves().iter().enumerate() {
        let proof = batch.proof(i).expect("a leaf");
        proof.verify(leaf, &case.sealed.anchor.root).expect("included");
    }
    let found: Vec<_> = batch.find("d-001", 2).collect();
    assert_eq!((found.len(), found[0].0), (1, 2));
    assert_eq!(batch.find("d-001", 3).count() + batch.find("d-009", 1).count(), 0);
    let mut again = contents(&case.devices, batch.header().roster);
    again.public.reverse();
    again.public.extend(again.public.clone());
    assert_eq!(batch::seal(again), case.sealed, "the same whatever the order of arrival");
}

#[test]
fn the_version_is_the_first_that_has_all_fields_of_what_is_published() {
    let case = case();
    let reference = RosterReference { version: 1, digest: case.roster_digest };
    let with = |device: &TestDevice, quality: Option<TimeQuality>, phases: Option<Phases>| {
        let mut statement = device.statement(9, Off, 2_200);
        (statement.time_quality, statement.phases) = (quality, phases);
        device.sign(statement)
    };
    let version = |sealed: &SealedBatch| Header::parse(&sealed.header).expect("ours").version;
    assert_eq!(version(&case.sealed), 1);
    for record in [
        with(&case.devices[0], Some(TimeQuality::Sntp), None),
        with(&case.devices[0], None, Some(Phases::new([true, false, true]))),
    ] {
        let mut contents = contents(&case.devices, reference);
        contents.public.push(record);
        let new =
            Case { sealed: batch::seal(contents), devices: support::devices(), roster: case.roster.clone(), ..case };
        assert_eq!(version(&new.sealed), 2);
        new.verify().expect("verifies");
        let wrong = Err(BatchError::Version { stated: 1, needed: 2 });
        assert_eq!(new.changed_header(|header| header.version = 1), wrong);
    }
    let mut sealed_only = contents(&case.devices, reference);
    sealed_only.sealed.push(with(&case.devices[4], Some(TimeQuality::UpperBound), None).leaf());
    assert_eq!(version(&batch::seal(sealed_only)), 1, "a house's record tells nothing of itself");
    assert_eq!(case.changed_header(|header| header.version = 2), Err(BatchError::Version { stated: 2, needed: 1 }));
    for version in ["0", "3", "02", ""] {
        let text = String::from_utf8(self::case().sealed.header).expect("ASCII");
        let other = text.strip_suffix("1}").expect("version 1").to_owned() + version + "}";
        assert!(Header::parse(other.as_bytes()).is_err(), "{version}");
    }
}

#[test]
fn contradictions_of_a_device_stand_side_by_side() {
    let case = case();
    let mut contents = contents(&case.devices, RosterReference { version: 1, digest: case.roster_digest });
    contents.public.push(case.devices[1].record(2, On, 2_100));
    let case = Case { sealed: batch::seal(contents), ..case };
    let batch = case.verify().expect("both are kept");
    assert_eq!(batch.find("d-001", 2).count(), 2);
}

#[test]
fn a_changed_byte_is_found_wherever_it_is() {
    let mut changed = case();
    changed.sealed.blocks[0][40] ^= 1;
    assert_eq!(changed.verify(), Err(BatchError::BlockDigest(0)));
    let mut changed = case();
    changed.sealed.header[20] ^= 1;
    assert_eq!(changed.verify(), Err(BatchError::HeaderDigest));
    let mut changed = case();
    changed.sealed.anchor.root[0] ^= 1;
    assert_eq!(changed.verify(), Err(BatchError::Header("root")));
    let mut changed = case();
    changed.sealed.blocks.pop();
    assert_eq!(changed.verify(), Err(BatchError::BlockCount { listed: 2, found: 1 }));
}

#[test]
fn a_dishonest_relayer_is_found_out() {
    let lines = case().lines();
    let mut swapped = lines.clone();
    swapped.swap(0, 1);
    assert_eq!(case().with_lines(&swapped), Err(BatchError::Order { leaf_index: 1 }));
    let mut twice = lines.clone();
    twice.insert(1, lines[0].clone());
    assert_eq!(case().with_lines(&twice), Err(BatchError::Order { leaf_index: 1 }));
    let mut mixed = lines.clone();
    mixed.rotate_right(1);
    assert!(matches!(case().with_lines(&mixed), Err(BatchError::Order { leaf_index: 1 })));
    let one_block = block::pack(lines.iter().map(Vec::as_slice));
    assert_eq!(one_block.len(), 1);
    assert_eq!(case().with_blocks(one_block).verify(), Err(BatchError::Order { leaf_index: 4 }));

    let text = String::from_utf8(lines[0].clone()).expect("ASCII");
    let mut forged = lines.clone();
    forged[0] = text.replace("\"ON\"", "\"OFF\"").into_bytes();
    assert!(matches!(case().with_lines(&forged), Err(BatchError::Record { leaf_index: 0, .. })));
    let mut spaced = lines.clone();
    spaced[0] = text.replace(':', ": ").into_bytes();
    assert!(matches!(case().with_lines(&spaced), Err(BatchError::Record { leaf_index: 0, .. })));

    let stranger = TestDevice::new(20, protocol::roster::SiteKind::Street);
    let mut unknown = lines.clone();
    unknown.insert(4, stranger.record(1, On, 2_000).to_bytes());
    assert_eq!(case().with_lines(&unknown), Err(BatchError::NotEnrolled { leaf_index: 4 }));
    let mut before = lines.clone();
    before.insert(0, case().devices[0].record(0, On, 2_000).to_bytes());
    assert_eq!(case().with_lines(&before), Err(BatchError::NotEnrolled { leaf_index: 0 }));
    let mut house = lines.clone();
    house.insert(4, case().devices[4].record(1, On, 2_000).to_bytes());
    assert_eq!(case().with_lines(&house), Err(BatchError::House { leaf_index: 4 }));
    let mut not_hex = lines;
    not_hex[5] = b"ABCDEF".to_vec();
    assert_eq!(case().with_lines(&not_hex), Err(BatchError::SealedLeaf { leaf_index: 5 }));
}

#[test]
fn a_header_that_is_not_true_is_found_out() {
    let header = |name| Err(BatchError::Header(name));
    assert_eq!(case().changed_header(|h| h.batch_number = 8), header("batch_number"));
    assert_eq!(case().changed_header(|h| h.period_start_unix_s -= 1), header("period_start"));
    assert_eq!(case().changed_header(|h| h.period_end_unix_s += 1), header("period_end"));
    assert_eq!(case().changed_header(|h| h.previous_digest = [0; 32]), header("previous_digest"));
    assert_eq!(case().changed_header(|h| h.provenance = Provenance::Live), header("provenance"));
    assert_eq!(case().changed_header(|h| h.area_id = "area-2".into()), header("area_id"));
    assert_eq!(case().changed_header(|h| h.roster.version = 2), Err(BatchError::Roster { used: 2, in_force: 1 }));
    assert_eq!(case().changed_header(|h| h.cells.clear()), Err(BatchError::Cells));
    assert_eq!(case().changed_header(|h| h.cells[0].expected = 6), Err(BatchError::Cells));
    let counted = |h: &mut Header| (h.public_count, h.sealed_count) = (5, 1);
    assert_eq!(case().changed_header(counted), Err(BatchError::Count { kind: "public", counted: 5, found: 4 }));
    assert_eq!(case().changed_header(|h| h.root = [1; 32]), Err(BatchError::Root));
}

#[test]
fn a_roster_survives_its_blocks_and_refuses_changed_ones() {
    let roster = support::roster(&support::devices());
    let SealedRoster { header, digest: anchored, root, blocks } = roster.seal();
    assert_eq!(roster::verify(&header, &blocks, &anchored, &root), Ok(roster.clone()));
    assert_eq!(roster::listed_blocks(&header, &anchored), Ok(blocks.iter().map(|b| digest(b)).collect()));
    assert_eq!(roster::verify(&header, &blocks, &[0; 32], &root), Err(RosterError::Digest));
    assert_eq!(roster::verify(&header, &blocks, &anchored, &[0; 32]), Err(RosterError::Root));
    let mut changed = blocks.clone();
    changed[0][100] ^= 1;
    assert_eq!(roster::verify(&header, &changed, &anchored, &root), Err(RosterError::Block(0)));
    assert_eq!(roster::verify(&header, &[], &anchored, &root), Err(RosterError::Block(0)));

    let rule = |change: fn(&mut Vec<roster::Device>)| {
        let mut rows = roster.devices().to_vec();
        change(&mut rows);
        Roster::new("area-1".into(), "Area 1".into(), 1, 1_000, 19_800, rows).is_err()
    };
    assert!(rule(|rows| rows[1].device_id = rows[0].device_id.clone()), "a device twice");
    assert!(rule(|rows| rows[7].position_e6 = Some((0, 0))), "a house with a position");
    assert!(rule(|rows| rows[0].position_e6 = None), "a transformer without one");
    assert!(rule(|rows| rows[0].cell = Some("c-1".into())), "a transformer in a cell");
    assert!(rule(|rows| _ = rows.pop()), "a cell of four");
    assert!(rule(|rows| rows[0].heartbeat_s = 0), "no heartbeat");
    assert!(
        rule(|rows| (rows[0].device_id, rows[0].provenance) = ("development-1".into(), Provenance::Live)),
        "a development key, live"
    );
    assert!(
        rule(|rows| (rows[0].device_id, rows[0].provenance) = ("development-1".into(), Provenance::Replay)),
        "or replayed"
    );
    assert!(!rule(|rows| (rows[0].device_id, rows[0].provenance) = ("development-1".into(), Provenance::Generated)));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_header_parser_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = Header::parse(&bytes);
    }
}
