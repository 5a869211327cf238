//! What one device stated in the last days, packed: there may be a million of them.

use protocol::{
    record::PowerStatus,
    supply::{self, Coverage, DAY_S, Segment, Standing, Stretch, SupplyState, Timeline, local_day},
};
use store::{intake::documents::Live, views::scan::Stated};

use super::sheet::Place;
use crate::now::{coverage_of, timeline_of};

/// Local days of which what was stated is kept, today included: 48 hours reach into three, and coverage is told of a
/// day and the one before.
pub const HISTORY_DAYS: u64 = 4;
/// Live stretches kept of a device; more only where its batches are not anchored for long.
const MAX_LIVE: usize = 16;
/// The bit of a [`Span`]'s length that says ON.
const ON: u32 = 1 << 31;

/// How firmly a mark is known; as [`crate::now::Anchorage`], without the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Firmness {
    /// Not anchored.
    Live,
    /// Anchored in a block that may be replaced.
    Anchored,
    /// Final.
    Final,
}

/// How one site stands, for the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// State, since when, and when last heard.
    pub standing: Standing,
    /// Whether that is anchored.
    pub firmness: Firmness,
}

/// A stretch of one status. Times beyond the year 2106 are taken for that year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first_unix_s: u32,
    length_and_on: u32,
}

impl Span {
    fn new(on: bool, first_unix_s: u64, last_unix_s: u64) -> Self {
        let first = short(first_unix_s);
        let length = short(last_unix_s).saturating_sub(first).min(ON - 1);
        Self { first_unix_s: first, length_and_on: length | if on { ON } else { 0 } }
    }

    fn stretch(self) -> Stretch {
        let first_unix_s = u64::from(self.first_unix_s);
        Stretch {
            power_status: if self.length_and_on & ON == 0 { PowerStatus::Off } else { PowerStatus::On },
            first_unix_s,
            last_unix_s: first_unix_s + u64::from(self.length_and_on & !ON),
            since_unix_s: None,
        }
    }
}

/// Live readings of one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LiveSpan {
    span: Span,
    /// Since when the status holds, as the relayer says.
    since_unix_s: u32,
    /// The last one's sequence.
    sequence: u64,
}

/// What a device stated.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// From verified batches, by sequence.
    anchored: Box<[Span]>,
    /// Since when the status of the first of these holds.
    begun_unix_s: u32,
    /// Sequence of the last statement in verified batches.
    anchored_sequence: Option<u64>,
    /// Timestamp of the earliest statement that is not final; none where all are.
    recent_from_unix_s: Option<u32>,
    /// The last statement in verified batches is final.
    is_last_final: bool,
    /// Local day of the first of `received`.
    first_day: u32,
    /// Records received by day.
    received: [u16; HISTORY_DAYS as usize],
    /// What came after `anchored_sequence`.
    live: Vec<LiveSpan>,
}

impl Heard {
    /// Takes a timeline in, in place of what it said before; true where status, its beginning or firmness changed.
    pub(super) fn put_stated(&mut self, stated: &Stated, now_unix_s: u64, utc_offset_s: i32) -> bool {
        let timeline = timeline_of(&stated.current);
        let before = (self.anchored.last().map(|span| span.length_and_on & ON), self.since(), self.is_last_final);
        let first_day = (local_day(now_unix_s, utc_offset_s) + 1).saturating_sub(HISTORY_DAYS);
        let from_unix_s = (first_day * DAY_S).saturating_add_signed(-i64::from(utc_offset_s));
        self.keep(timeline.segments(), from_unix_s);
        self.first_day = first_day as u32;
        self.received = [0; HISTORY_DAYS as usize];
        for (day, received) in timeline.days().iter().filter(|(day, _)| *day >= first_day) {
            if let Some(kept) = self.received.get_mut((day - first_day) as usize) {
                *kept = u16::try_from(*received).unwrap_or(u16::MAX);
            }
        }
        self.anchored_sequence = timeline.last().map(|last| last.sequence);
        self.is_last_final = !stated.recent.iter().any(|recent| Some(recent.sequence) == self.anchored_sequence);
        self.recent_from_unix_s = stated.recent.iter().map(|recent| short(recent.timestamp_unix_s)).min();
        self.live.retain(|live| self.anchored_sequence.is_none_or(|anchored| live.sequence > anchored));
        before != (self.anchored.last().map(|span| span.length_and_on & ON), self.since(), self.is_last_final)
    }

    /// Forgets what verified batches said: they were rolled back.
    pub(super) fn take_back(&mut self) {
        *self = Self { live: std::mem::take(&mut self.live), ..Self::default() };
    }

    /// Keeps the segments that reach into the time from `from_unix_s` on, and the one before them.
    fn keep(&mut self, segments: &[Segment], from_unix_s: u64) {
        let first = segments.iter().rposition(|segment| segment.last_unix_s < from_unix_s).unwrap_or(0);
        let kept = segments.get(first..).unwrap_or_default();
        self.anchored =
            kept.iter().map(|s| Span::new(s.power_status == PowerStatus::On, s.first_unix_s, s.last_unix_s)).collect();
        let same = |s: &&Segment| kept.first().is_some_and(|first| first.power_status == s.power_status);
        let run = segments.get(..=first).unwrap_or_default().iter().rev().take_while(same);
        self.begun_unix_s = run.last().map_or(0, |s| short(s.first_unix_s));
    }

    fn since(&self) -> Option<u64> {
        supply::standing_at(self.anchored_stretches(), 0, u64::from(u32::MAX)).since_unix_s
    }

    /// Takes a live reading in; true where the status changed or began anew.
    pub(super) fn put_live(&mut self, live: &Live, heartbeat_s: u32) -> bool {
        let on = match live.power_status.as_str() {
            "ON" => true,
            "OFF" => false,
            _ => return false,
        };
        if self.anchored_sequence.is_some_and(|anchored| live.sequence <= anchored)
            || self.live.last().is_some_and(|last| live.sequence <= last.sequence)
        {
            return false;
        }
        let (since, at) = (live.since_unix_s.min(live.timestamp_unix_s), live.timestamp_unix_s);
        let patience_s = 2 * u64::from(heartbeat_s) + supply::GRACE_S;
        let mut first = since;
        let mut is_news = true;
        if let Some(last) = self.live.last_mut() {
            let before = last.span.stretch();
            let goes_on = (before.power_status == PowerStatus::On) == on && since <= before.last_unix_s;
            is_news = !goes_on;
            if goes_on && (!on || at <= before.last_unix_s + patience_s) {
                last.span = Span::new(on, before.first_unix_s, at.max(before.last_unix_s));
                last.sequence = live.sequence;
                return false;
            }
            if goes_on {
                // Silent in between: only what it states now is known.
                first = at;
            }
        } else if let Some(anchored) = self.anchored.last().map(|span| span.stretch()) {
            is_news = (anchored.power_status == PowerStatus::On) != on || since > anchored.last_unix_s;
        }
        if self.live.len() == MAX_LIVE {
            self.live.remove(0);
        }
        self.live.push(LiveSpan {
            span: Span::new(on, first, at),
            since_unix_s: short(since),
            sequence: live.sequence,
        });
        is_news
    }

    fn anchored_stretches(&self) -> impl DoubleEndedIterator<Item = Stretch> + ExactSizeIterator {
        let begun = u64::from(self.begun_unix_s);
        self.anchored
            .iter()
            .enumerate()
            .map(move |(i, span)| Stretch { since_unix_s: (i == 0).then_some(begun), ..span.stretch() })
    }

    /// What is not anchored: never before what is.
    fn live_stretches(&self) -> impl DoubleEndedIterator<Item = Stretch> {
        let anchored = self.anchored.last().map(|span| span.stretch());
        self.live.iter().enumerate().map(move |(i, live)| {
            let before = if i == 0 { anchored } else { Some(self.live[i - 1].span.stretch()) };
            let stretch = live.span.stretch();
            let since = u64::from(live.since_unix_s);
            let goes_on =
                before.is_some_and(|before| before.power_status == stretch.power_status && since <= before.last_unix_s);
            let first_unix_s = stretch.first_unix_s.max(anchored.map_or(0, |anchored| anchored.last_unix_s));
            Stretch {
                first_unix_s: first_unix_s.min(stretch.last_unix_s),
                since_unix_s: (!goes_on).then_some(since),
                ..stretch
            }
        })
    }

    /// How the site stands at a time, up to now.
    pub(super) fn mark(&self, heartbeat_s: u32, at_unix_s: u64) -> Mark {
        let stretches = self.anchored_stretches().chain(self.live_stretches());
        let standing = supply::standing_at(stretches, heartbeat_s.into(), at_unix_s);
        let firmness = if standing.heard_unix_s.is_some() { self.firmness(at_unix_s) } else { Firmness::Live };
        Mark { standing, firmness }
    }

    /// The state alone.
    pub(super) fn state(&self, heartbeat_s: u32, at_unix_s: u64) -> SupplyState {
        self.mark(heartbeat_s, at_unix_s).standing.state
    }

    fn firmness(&self, at_unix_s: u64) -> Firmness {
        let Some(last) = self.anchored.last().map(|span| span.stretch().last_unix_s) else { return Firmness::Live };
        if self.live_stretches().any(|stretch| stretch.first_unix_s <= at_unix_s) {
            return Firmness::Live;
        }
        let is_final = if at_unix_s >= last {
            self.is_last_final
        } else {
            self.recent_from_unix_s.is_none_or(|from| at_unix_s < from.into())
        };
        if is_final { Firmness::Final } else { Firmness::Anchored }
    }

    /// Records received on a local day, of those expected up to `until_unix_s`; the last [`HISTORY_DAYS`] days are
    /// known.
    pub(super) fn coverage(&self, place: &Place, day: u64, until_unix_s: u64, utc_offset_s: i32) -> Coverage {
        let segments = self.anchored_stretches().map(|stretch| Segment {
            power_status: stretch.power_status,
            first_sequence: 0,
            predecessor: None,
            first_unix_s: stretch.first_unix_s,
            last_sequence: 0,
            last_unix_s: stretch.last_unix_s,
        });
        let received = day.checked_sub(self.first_day.into()).and_then(|i| self.received.get(i as usize));
        let days = received.map(|received| (day, u64::from(*received))).into_iter().collect();
        let timeline = Timeline::from_parts(segments.collect(), days);
        let device = (place.heartbeat_s.into(), place.enrolled_unix_s.into());
        coverage_of(&timeline, device, day, until_unix_s, utc_offset_s)
    }
}

/// Seconds as this module keeps them.
pub(super) fn short(unix_s: u64) -> u32 {
    u32::try_from(unix_s).unwrap_or(u32::MAX)
}
