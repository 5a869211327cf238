//! A block of a testimony: each line for itself.

mod support;

use protocol::{
    batch::LineError,
    record::PowerStatus::{Off, On},
    testimony,
};

#[test]
fn valid_records_count_whatever_stands_beside_them() {
    let devices = support::devices();
    let roster = support::roster(&devices);
    let good = [devices[0].record(1, On, 1_000), devices[1].record(2, Off, 1_001)];
    let house = devices[4].record(1, On, 1_000);
    let mut forged = devices[0].record(3, Off, 1_002);
    forged.device_signature = devices[1].sign_bytes(&forged.statement.to_bytes());
    let unknown = support::TestDevice::new(200, protocol::roster::SiteKind::Street).record(1, On, 1_000);
    let too_early = devices[0].record(0, On, 1_000);
    let lines: Vec<Vec<u8>> = [&good[0], &house, &forged, &unknown, &too_early]
        .map(protocol::record::Record::to_bytes)
        .into_iter()
        .chain([b"\xff\xfe".to_vec(), b" {}".to_vec(), Vec::new(), good[1].to_bytes()])
        .collect();
    // The last line has no line feed.
    let testified = testimony::check(&lines.join(&b'\n'), &roster);
    let found: Vec<_> = testified.records.iter().map(|(line, public)| (*line, public.record.clone())).collect();
    assert_eq!(found, [(0, good[0].clone()), (8, good[1].clone())]);
    let refused: Vec<u32> = testified.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(refused, [1, 2, 3, 4, 5, 6]);
    assert_eq!(testified.refused[0].1, LineError::House);
    assert!(matches!(testified.refused[1].1, LineError::Record(_)));
    assert_eq!(testified.refused[2].1, LineError::NotEnrolled);
    assert_eq!(testified.refused[3].1, LineError::NotEnrolled);
}

#[test]
fn no_bytes_break_it() {
    let roster = support::roster(&support::devices());
    for block in [&b""[..], b"\n", b"\n\n\n", b"{", b"\0"] {
        assert!(testimony::check(block, &roster).records.is_empty());
    }
}
