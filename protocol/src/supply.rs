//! Supply from records: states, outages and coverage of one device. Order comes from the device's sequence, times
//! from its timestamps; the result is the same in whatever order an honest device's records arrive.

use alloc::vec::Vec;

use crate::record::PowerStatus;

mod segment;

pub use segment::{Reading, Segment};

/// After a last state of ON, silence of two heartbeats and this long is NO DATA.
pub const GRACE_S: u64 = 120;

/// What is known of a supply at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupplyState {
    /// Last signed ON, and heard from in time.
    On,
    /// Last signed OFF; stays so until the next record.
    Off,
    /// Nothing heard yet, or nothing in time since an ON.
    NoData,
}

impl SupplyState {
    /// `ON`, `OFF` or `NO_DATA`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Off => "OFF",
            Self::NoData => "NO_DATA",
        }
    }
}

/// How long a last statement of ON holds without another.
#[must_use]
pub fn patience_until_unix_s(timestamp_unix_s: u64, heartbeat_s: u64) -> u64 {
    timestamp_unix_s.saturating_add(heartbeat_s.saturating_mul(2)).saturating_add(GRACE_S)
}

/// What a device's newest record says, and when it said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastReading {
    /// Its sequence.
    pub sequence: u64,
    /// Its status.
    pub power_status: PowerStatus,
    /// Its timestamp.
    pub timestamp_unix_s: u64,
}

/// The state at `now_unix_s` after a last reading. Silence is never OFF.
#[must_use]
pub fn state(last: Option<LastReading>, heartbeat_s: u64, now_unix_s: u64) -> SupplyState {
    match last {
        Some(LastReading { power_status: PowerStatus::Off, .. }) => SupplyState::Off,
        Some(LastReading { timestamp_unix_s, .. })
            if now_unix_s <= patience_until_unix_s(timestamp_unix_s, heartbeat_s) =>
        {
            SupplyState::On
        }
        _ => SupplyState::NoData,
    }
}

/// A time through which a device stated one status, never silent for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The status.
    pub power_status: PowerStatus,
    /// Timestamp of its first statement.
    pub first_unix_s: u64,
    /// Timestamp of its last statement.
    pub last_unix_s: u64,
    /// Since when the status holds, where that is known apart from the stretches before.
    pub since_unix_s: Option<u64>,
}

impl From<&Segment> for Stretch {
    fn from(segment: &Segment) -> Self {
        Self {
            power_status: segment.power_status,
            first_unix_s: segment.first_unix_s,
            last_unix_s: segment.last_unix_s,
            since_unix_s: None,
        }
    }
}

/// How a supply stands at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// ON, OFF or NO DATA.
    pub state: SupplyState,
    /// Since when; for NO DATA, when silence had lasted too long. None where nothing was heard.
    pub since_unix_s: Option<u64>,
    /// Timestamp of the newest statement; the time asked about where that lies within a stretch.
    pub heard_unix_s: Option<u64>,
}

/// How a supply stands now, by the stretches of its device in the order of their sequences: the newest statement counts,
/// whatever the device's clock says.
#[must_use]
pub fn standing(stretches: impl DoubleEndedIterator<Item = Stretch>, heartbeat_s: u64, now_unix_s: u64) -> Standing {
    let mut newest_first = stretches.rev();
    let newest = newest_first.next();
    stand(newest.map(|newest| (newest, newest.last_unix_s)), newest_first, heartbeat_s, now_unix_s)
}

/// How a supply stood at a time that is over, by the stretches of its device in the order of their sequences: what was
/// stated for later does not count, whenever it arrived.
#[must_use]
pub fn standing_at(stretches: impl DoubleEndedIterator<Item = Stretch>, heartbeat_s: u64, at_unix_s: u64) -> Standing {
    let mut begun = stretches.rev().skip_while(|stretch| stretch.first_unix_s > at_unix_s);
    let newest = begun.next();
    stand(newest.map(|newest| (newest, newest.last_unix_s.min(at_unix_s))), begun, heartbeat_s, at_unix_s)
}

/// By the newest stretch with the time of its last statement, and those before it, the nearest first.
fn stand(
    newest: Option<(Stretch, u64)>,
    before: impl Iterator<Item = Stretch>,
    heartbeat_s: u64,
    at_unix_s: u64,
) -> Standing {
    let Some((newest, heard_unix_s)) = newest else {
        return Standing { state: SupplyState::NoData, since_unix_s: None, heard_unix_s: None };
    };
    let last = LastReading { sequence: 0, power_status: newest.power_status, timestamp_unix_s: heard_unix_s };
    let state = state(Some(last), heartbeat_s, at_unix_s);
    let since_unix_s = match state {
        SupplyState::NoData => patience_until_unix_s(heard_unix_s, heartbeat_s),
        _ => since(newest, before),
    };
    Standing { state, since_unix_s: Some(since_unix_s), heard_unix_s: Some(heard_unix_s) }
}

/// Since when the status of a stretch holds, given those before it, the nearest first.
fn since(newest: Stretch, before: impl Iterator<Item = Stretch>) -> u64 {
    let mut oldest = newest;
    for stretch in before {
        if oldest.since_unix_s.is_some() || stretch.power_status != newest.power_status {
            break;
        }
        oldest = stretch;
    }
    oldest.since_unix_s.unwrap_or(oldest.first_unix_s)
}

/// An interval without supply, as the device stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Timestamp of the first OFF.
    pub start_unix_s: u64,
    /// Its sequence: names the outage within the device.
    pub start_sequence: u64,
    /// Timestamp and sequence of the ON after it; none while it lasts.
    pub end: Option<(u64, u64)>,
    /// Records before the first OFF are missing, or its time is an upper bound: it may have begun earlier.
    pub start_uncertain: bool,
    /// Records within it or before its end are missing, or the time of that is an upper bound: supply may have returned in
    /// between or earlier.
    pub end_uncertain: bool,
}

/// Records received on one day and those that would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Received.
    pub received: u64,
    /// Edges received, and a heartbeat for each full period in which the state was not OFF.
    pub expected: u64,
}

/// All that one device has stated, without what repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    segments: Vec<Segment>,
    /// Day number (local days since 1970) and records received with a timestamp in it, by day.
    days: Vec<(u64, u64)>,
}

/// Seconds in a day.
pub const DAY_S: u64 = 86_400;

/// The number of the local day that a time falls in.
#[must_use]
pub fn local_day(unix_s: u64, utc_offset_s: i32) -> u64 {
    unix_s.saturating_add_signed(i64::from(utc_offset_s)) / DAY_S
}

impl Timeline {
    /// A timeline from what [`Timeline::segments`] and [`Timeline::days`] gave, as a store keeps it.
    #[must_use]
    pub fn from_parts(segments: Vec<Segment>, days: Vec<(u64, u64)>) -> Self {
        Self { segments, days }
    }

    /// The segments, by sequence. Between two of ON without a gap there was silence.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Records received by local day, in order.
    #[must_use]
    pub fn days(&self) -> &[(u64, u64)] {
        &self.days
    }

    /// Whether a sequence is accounted for: by a record, or skipped by one.
    #[must_use]
    pub fn accounts_for(&self, sequence: u64) -> bool {
        let at = self.segments.partition_point(|s| s.first_sequence <= sequence);
        at > 0 && self.segments[at - 1].last_sequence >= sequence
    }

    /// Takes a record in; false where its sequence is already accounted for, which changes nothing.
    pub fn insert(&mut self, reading: Reading, utc_offset_s: i32) -> bool {
        if self.accounts_for(reading.sequence) {
            return false;
        }
        let at = self.segments.partition_point(|s| s.first_sequence <= reading.sequence);
        self.count(local_day(reading.timestamp_unix_s, utc_offset_s));
        let new = Segment::of(reading);
        let left = at > 0 && new.joins(&self.segments[at - 1]);
        let right = at < self.segments.len() && self.segments[at].joins(&new);
        match (left, right) {
            (false, false) => self.segments.insert(at, new),
            (true, false) => {
                self.segments[at - 1].end_with(&new);
            }
            (false, true) => {
                let mut whole = new;
                whole.end_with(&self.segments[at]);
                self.segments[at] = whole;
            }
            (true, true) => {
                let after = self.segments.remove(at);
                self.segments[at - 1].end_with(&after);
            }
        }
        true
    }

    fn count(&mut self, day: u64) {
        match self.days.binary_search_by_key(&day, |(day, _)| *day) {
            Ok(at) => self.days[at].1 += 1,
            Err(at) => self.days.insert(at, (day, 1)),
        }
    }

    /// The newest statement.
    #[must_use]
    pub fn last(&self) -> Option<LastReading> {
        self.segments.last().map(|s| LastReading {
            sequence: s.last_sequence,
            power_status: s.power_status,
            timestamp_unix_s: s.last_unix_s,
        })
    }

    /// Since when the newest statement's status holds, across gaps.
    #[must_use]
    pub fn since_unix_s(&self) -> Option<u64> {
        let status = self.segments.last()?.power_status;
        self.segments.iter().rev().take_while(|s| s.power_status == status).last().map(|s| s.first_unix_s)
    }

    /// The outages, in the order of their starts' sequences; one goes on across a gap in the records.
    #[must_use]
    pub fn outages(&self) -> Vec<Outage> {
        let mut outages: Vec<Outage> = Vec::new();
        let mut before: Option<&Segment> = None;
        for segment in &self.segments {
            let was_off = before.is_some_and(|b| b.power_status == PowerStatus::Off);
            let gap = before.is_some_and(|b| !segment.continues(b));
            match (segment.power_status, outages.last_mut()) {
                (PowerStatus::Off, Some(outage)) if was_off => outage.end_uncertain |= gap,
                (PowerStatus::Off, _) => outages.push(Outage {
                    start_unix_s: segment.first_unix_s,
                    start_sequence: segment.first_sequence,
                    end: None,
                    start_uncertain: gap || segment.first_is_bound,
                    end_uncertain: false,
                }),
                (PowerStatus::On, Some(outage)) if was_off => {
                    outage.end = Some((segment.first_unix_s, segment.first_sequence));
                    outage.end_uncertain |= gap || segment.first_is_bound;
                }
                (PowerStatus::On, _) => {}
            }
            before = Some(segment);
        }
        outages
    }

    /// Coverage of one local day up to `until_unix_s`; nothing is expected before the first record, nor on a day that
    /// begins later than that.
    #[must_use]
    pub fn coverage(&self, day: u64, until_unix_s: u64, heartbeat_s: u64, utc_offset_s: i32) -> Coverage {
        let received = self.days.binary_search_by_key(&day, |(day, _)| *day).map_or(0, |at| self.days[at].1);
        let start = (day * DAY_S).saturating_add_signed(-i64::from(utc_offset_s));
        // A day that has not begun by then is empty: what is accounted for ends before the clock does, at midnight too.
        let end = (start + DAY_S).min(until_unix_s).max(start);
        // As many as come whenever in its period a device beats: after its edge it does so earlier than a period. An OFF
        // takes the place of one due at the same second.
        let beats = |since_unix_s: u64, until_unix_s: u64| {
            let from = (since_unix_s + 1).clamp(start, end);
            (until_unix_s.clamp(from, end) - from) / heartbeat_s.max(1)
        };
        let (mut expected, mut status, mut on_since) = (0, None, None);
        // A record that continues a state after a gap begins a segment and no stretch.
        for segment in self.segments.iter() {
            if status.replace(segment.power_status) == Some(segment.power_status) {
                continue;
            }
            let first_unix_s = segment.first_unix_s;
            expected += u64::from((start..end).contains(&first_unix_s));
            expected += on_since.take().map_or(0, |since_unix_s| beats(since_unix_s, first_unix_s));
            on_since = (segment.power_status == PowerStatus::On).then_some(first_unix_s);
        }
        expected += on_since.map_or(0, |since_unix_s| beats(since_unix_s, end));
        Coverage { received, expected: expected.max(received.min(1)) }
    }
}
