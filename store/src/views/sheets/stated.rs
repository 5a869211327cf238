//! What a device stated of late: as much of its timeline as a sheet holds.

use protocol::supply::{self, DAY_S, Timeline};
use serde::{Deserialize, Serialize};

use crate::views::documents::{DeviceTimeline, RecentReading, TestifiedReading};

/// How far back from a device's newest statement a sheet reaches.
const REACH_S: u64 = 4 * DAY_S;
/// Segments of a device that a sheet holds at least, as far as there are so many: its clock may have jumped.
const MIN_STRETCHES: usize = 32;
/// Segments of a device that a sheet holds at most.
const MAX_STRETCHES: usize = 128;
/// Local days of a device that a sheet holds.
const MAX_DAYS: usize = 8;

/// What a device stated of late in verified batches: it follows from its timeline alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// By sequence.
    pub stretches: Vec<Stretch>,
    /// Since when the status of the first of these holds.
    pub begun_unix_s: u64,
    /// The newest statement's sequence; none where nothing was stated.
    pub last_sequence: Option<u64>,
    /// The newest statement's batch while that is not final; none once it is in a finalized block.
    pub last_batch: Option<u64>,
    /// The earliest timestamp of those that are not final.
    pub recent_from_unix_s: Option<u64>,
    /// Local day number and records received, by day.
    pub days: Vec<(u64, u64)>,
}

/// A segment of a timeline, without its sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// `true` for ON.
    pub on: bool,
    /// Its first timestamp.
    pub first_unix_s: u64,
    /// Seconds up to its last one.
    pub length_s: u64,
}

impl Stated {
    /// What a timeline says, all together, of which `recent` are of batches that are not final; of the testified ones each
    /// says it itself.
    #[must_use]
    pub fn new(timeline: &Timeline, recent: &[RecentReading], testified: &[TestifiedReading]) -> Self {
        let Some(last) = timeline.last() else { return Self::default() };
        let segments = timeline.segments();
        let from_unix_s = last.timestamp_unix_s.saturating_sub(REACH_S);
        // The one before those that reach into that time says how it began.
        let first = segments.iter().rposition(|segment| segment.last_unix_s < from_unix_s).unwrap_or(0);
        let length = segments.len();
        let first = first.min(length.saturating_sub(MIN_STRETCHES)).max(length.saturating_sub(MAX_STRETCHES));
        let kept = segments.get(first..).unwrap_or_default();
        let stretch = |s: &supply::Segment| Stretch {
            on: s.power_status == protocol::record::PowerStatus::On,
            first_unix_s: s.first_unix_s,
            length_s: s.last_unix_s.saturating_sub(s.first_unix_s),
        };
        let same = |s: &&supply::Segment| kept.first().is_some_and(|first| first.power_status == s.power_status);
        let run = segments.get(..=first).unwrap_or_default().iter().rev().take_while(same);
        let days = timeline.days();
        let not_final = testified.iter().filter(|testified| !testified.finalized).map(|testified| &testified.reading);
        Self {
            stretches: kept.iter().map(stretch).collect(),
            begun_unix_s: run.last().map_or(0, |s| s.first_unix_s),
            last_sequence: Some(last.sequence),
            last_batch: recent
                .iter()
                .find(|recent| recent.reading.sequence == last.sequence)
                .map(|recent| recent.batch_number),
            recent_from_unix_s: recent
                .iter()
                .map(|recent| &recent.reading)
                .chain(not_final)
                .map(|r| r.timestamp_unix_s)
                .min(),
            days: days.get(days.len().saturating_sub(MAX_DAYS)..).unwrap_or_default().to_vec(),
        }
    }
}

impl From<&DeviceTimeline> for Stated {
    fn from(timeline: &DeviceTimeline) -> Self {
        Self::new(&Timeline::from(&timeline.current), &timeline.recent, &timeline.testified)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use protocol::{record::PowerStatus, supply::Reading};

    use super::*;
    use crate::views::documents::StoredReading;

    /// Readings so far apart, ON and OFF by turns.
    pub(in crate::views::sheets) fn timeline(count: u64, spacing_s: u64) -> Timeline {
        let mut timeline = Timeline::default();
        for i in 0..count {
            let power_status = if i % 2 == 0 { PowerStatus::On } else { PowerStatus::Off };
            let timestamp_unix_s = 1_800_000_000 + i * spacing_s;
            let predecessor = i.checked_sub(1);
            let reading = Reading {
                sequence: i,
                predecessor,
                power_status,
                timestamp_unix_s,
                heartbeat_s: 900,
                is_bound: false,
                phases: None,
            };
            timeline.insert(reading, 0);
        }
        timeline
    }

    #[test]
    fn what_is_kept_reaches_four_days_back_within_bounds() {
        let kept = |timeline: &Timeline| Stated::new(timeline, &[], &[]).stretches.len();
        assert_eq!(kept(&timeline(0, 60)), 0);
        assert_eq!(kept(&timeline(20, 86_400)), 20, "few are all kept");
        assert_eq!(kept(&timeline(100, 86_400)), MIN_STRETCHES);
        assert_eq!(kept(&timeline(100, 7_200)), 4 * 12 + 2, "four days, edges included, and the one before");
        assert_eq!(kept(&timeline(1_000, 60)), MAX_STRETCHES);
    }

    #[test]
    fn what_is_cut_off_leaves_since_when_the_first_status_holds() {
        let mut timeline = timeline(50, 86_400);
        // OFF from 49 on, across gaps.
        for i in 0..200 {
            let sequence = 60 + 2 * i;
            timeline.insert(
                Reading {
                    sequence,
                    predecessor: Some(sequence - 1),
                    power_status: PowerStatus::Off,
                    timestamp_unix_s: 1_900_000_000 + i,
                    heartbeat_s: 900,
                    is_bound: false,
                    phases: None,
                },
                0,
            );
        }
        let stated = Stated::new(&timeline, &[], &[]);
        assert_eq!(stated.stretches.len(), MAX_STRETCHES);
        assert_eq!(stated.begun_unix_s, 1_800_000_000 + 49 * 86_400);
    }

    #[test]
    fn what_is_not_final_is_told() {
        let timeline = timeline(6, 900);
        let reading = |sequence: u64| StoredReading {
            sequence,
            predecessor: None,
            on: true,
            timestamp_unix_s: 1_800_000_000 + sequence * 900,
            heartbeat_s: 900,
            is_bound: false,
            phases: None,
        };
        let recent = |sequence| RecentReading { batch_number: 1, reading: reading(sequence) };
        let stated = Stated::new(&timeline, &[recent(4), recent(3)], &[]);
        assert_eq!((stated.last_batch, stated.recent_from_unix_s), (None, Some(1_800_002_700)));
        let stated = Stated::new(&timeline, &[recent(5)], &[]);
        assert_eq!((stated.last_batch, stated.last_sequence), (Some(1), Some(5)));
        let testified = |finalized| TestifiedReading {
            testimony: "a-1/00".into(),
            place: "1/1/1".into(),
            finalized,
            reading: reading(2),
        };
        let stated = Stated::new(&timeline, &[recent(4)], &[testified(false)]);
        assert_eq!((stated.last_batch, stated.recent_from_unix_s), (None, Some(1_800_001_800)));
        let stated = Stated::new(&timeline, &[recent(4)], &[testified(true)]);
        assert_eq!(stated.recent_from_unix_s, Some(1_800_003_600));
    }
}
