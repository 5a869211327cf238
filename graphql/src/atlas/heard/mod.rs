//! What one device stated in the last days, packed: there may be a million of them.

use protocol::{
    record::PowerStatus,
    supply::{self, Coverage, Segment, Stretch, Timeline, local_day},
};
use store::{intake::documents::Live, views::sheets::Stated};

use super::sheet::Place;
use crate::now::coverage_of;

mod standing;

pub use standing::{At, Firmness, Mark, SiteNow};

/// Local days of which what was stated is kept, today included: 48 hours reach into three, and coverage is told of a
/// day and the one before.
pub const HISTORY_DAYS: u64 = 4;
/// Live stretches kept of a device; more only where its batches are not anchored for long.
const MAX_LIVE: usize = 16;
/// The bit of a [`Span`]'s length that says ON.
const ON: u32 = 1 << 31;

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
    /// The batch of the last statement in verified batches; none where that is final.
    last_batch: Option<u32>,
    /// Local day of the first of `received`.
    first_day: u32,
    /// Records received by day.
    received: [u16; HISTORY_DAYS as usize],
    /// What came after `anchored_sequence`.
    live: Vec<LiveSpan>,
    /// Sequence of the newest live reading, and the page that it goes into.
    newest_live: Option<(u64, u32)>,
}

impl Heard {
    /// Takes in what verified batches say now, in place of what it said before; true where status, its beginning or firmness changed.
    pub(super) fn put_stated(&mut self, stated: &Stated, now_unix_s: u64, utc_offset_s: i32) -> bool {
        let before = self.essence();
        let first_day = (local_day(now_unix_s, utc_offset_s) + 1).saturating_sub(HISTORY_DAYS);
        let span = |s: &store::views::sheets::Stretch| Span::new(s.on, s.first_unix_s, s.first_unix_s + s.length_s);
        self.anchored = stated.stretches.iter().map(span).collect();
        self.begun_unix_s = short(stated.begun_unix_s);
        self.first_day = first_day as u32;
        self.received = [0; HISTORY_DAYS as usize];
        for (day, received) in stated.days.iter().filter(|(day, _)| *day >= first_day) {
            if let Some(kept) = self.received.get_mut((day - first_day) as usize) {
                *kept = u16::try_from(*received).unwrap_or(u16::MAX);
            }
        }
        self.anchored_sequence = stated.last_sequence;
        self.last_batch = stated.last_batch.map(short);
        self.recent_from_unix_s = stated.recent_from_unix_s.map(short);
        self.live.retain(|live| self.anchored_sequence.is_none_or(|anchored| live.sequence > anchored));
        before != self.essence()
    }

    /// Takes a live reading in; true where the status changed or began anew.
    pub(super) fn put_live(&mut self, live: &Live, heartbeat_s: u32) -> bool {
        let on = match live.power_status.as_str() {
            "ON" => true,
            "OFF" => false,
            _ => return false,
        };
        if self.newest_live.is_none_or(|(newest, _)| live.sequence >= newest) {
            self.newest_live = Some((live.sequence, short(live.number)));
        }
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

    /// What subscribers are told of: the last verified status, since when it holds, and whether it is final.
    fn essence(&self) -> (Option<PowerStatus>, Option<u64>, bool) {
        let status = self.anchored.last().map(|span| span.stretch().power_status);
        (status, supply::standing(self.anchored_stretches(), 0, 0).since_unix_s, self.last_batch.is_none())
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
            heartbeat_s: 0,
            first_is_bound: false,
            phases: None,
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

#[cfg(test)]
mod tests {
    use protocol::supply::{Reading, SupplyState};
    use store::views::documents::RecentReading;

    use super::*;
    use Firmness::{Anchored, Final};
    use SupplyState::{NoData, Off, On};

    pub(super) const NOW: u64 = 1_800_000_000;
    pub(super) const HEARTBEAT_S: u32 = 900;

    pub(super) fn reading(sequence: u64, on: bool, age_s: u64) -> Reading {
        Reading {
            sequence,
            predecessor: sequence.checked_sub(1),
            power_status: if on { PowerStatus::On } else { PowerStatus::Off },
            timestamp_unix_s: NOW - age_s,
            heartbeat_s: HEARTBEAT_S.into(),
            is_bound: false,
            phases: None,
        }
    }

    fn recent(of: Reading) -> RecentReading {
        RecentReading { batch_number: 7, reading: of.into() }
    }

    /// What settled and recent readings make, in the order of their arrival.
    pub(super) fn heard(settled: &[Reading], not_final: &[Reading]) -> Heard {
        let mut timeline = Timeline::default();
        for reading in settled.iter().chain(not_final) {
            timeline.insert(*reading, 0);
        }
        let recent: Vec<_> = not_final.iter().map(|reading| recent(*reading)).collect();
        let mut heard = Heard::default();
        heard.put_stated(&Stated::new(&timeline, &recent, &[]), NOW, 0);
        heard
    }

    pub(super) fn live(sequence: u64, on: bool, since_age_s: u64, age_s: u64) -> Live {
        Live {
            device_id: "dt-1".into(),
            area_id: "ambala".into(),
            power_status: if on { "ON" } else { "OFF" }.into(),
            sequence,
            timestamp_unix_s: NOW - age_s,
            since_unix_s: NOW - since_age_s,
            arrived_unix_s: NOW - age_s + 2,
            lane: 0,
            number: 8,
        }
    }

    /// State, its age, and firmness at a time so long ago.
    pub(super) fn past(heard: &Heard, age_s: u64) -> (SupplyState, Option<u64>, Firmness) {
        brief(heard.mark(HEARTBEAT_S, At::Past(NOW - age_s)))
    }

    pub(super) fn now(heard: &Heard) -> (SupplyState, Option<u64>, Firmness) {
        brief(heard.mark(HEARTBEAT_S, At::Now(NOW)))
    }

    fn brief(mark: Mark) -> (SupplyState, Option<u64>, Firmness) {
        (mark.standing.state, mark.standing.since_unix_s.map(|since| NOW - since), mark.firmness)
    }

    #[test]
    fn live_readings_tell_of_what_is_not_anchored_and_of_nothing_before() {
        let mut of = heard(&[reading(1, true, 9_000), reading(2, true, 8_100)], &[reading(3, true, 7_200)]);
        assert!(!of.put_live(&live(4, true, 9_000, 6_300), HEARTBEAT_S), "it goes on");
        assert_eq!(past(&of, 6_500), (On, Some(9_000), Firmness::Live));
        assert_eq!(past(&of, 7_300), (On, Some(9_000), Final));
        assert!(of.put_live(&live(5, false, 6_000, 6_000), HEARTBEAT_S));
        assert!(of.put_live(&live(6, true, 5_000, 5_000), HEARTBEAT_S));
        assert!(!of.put_live(&live(6, false, 4_000, 4_000), HEARTBEAT_S), "a sequence counts once");
        assert_eq!(past(&of, 6_001), (On, Some(9_000), Firmness::Live));
        assert_eq!(past(&of, 6_000), (Off, Some(6_000), Firmness::Live));
        assert_eq!(past(&of, 5_000), (On, Some(5_000), Firmness::Live));
        // Long silence, then the same status: it was NO DATA in between.
        assert!(!of.put_live(&live(7, true, 5_000, 600), HEARTBEAT_S));
        assert_eq!(past(&of, 2_000), (NoData, Some(5_000 - 1_920), Firmness::Live));
        assert_eq!(now(&of), (On, Some(5_000), Firmness::Live));
        // What is anchored meanwhile is told by what is anchored.
        let mut timeline = Timeline::default();
        let all = [reading(1, true, 9_000), reading(4, true, 6_300), reading(5, false, 6_000), reading(6, true, 5_000)];
        all.iter().for_each(|reading| assert!(timeline.insert(*reading, 0)));
        assert!(of.put_stated(&Stated::new(&timeline, &[recent(all[3])], &[]), NOW, 0));
        assert_eq!(past(&of, 5_500), (Off, Some(6_000), Final));
        assert_eq!(past(&of, 5_000), (On, Some(5_000), Anchored));
        assert_eq!(now(&of), (On, Some(5_000), Firmness::Live));
    }

    #[test]
    fn an_off_that_came_between_unseen_begins_anew() {
        let mut of = heard(&[reading(1, true, 3_000), reading(2, true, 2_100)], &[]);
        assert!(of.put_live(&live(9, true, 30, 20), HEARTBEAT_S), "since 30 s, so it was OFF in between");
        assert_eq!(now(&of), (On, Some(30), Firmness::Live));
        assert_eq!(past(&of, 31), (NoData, Some(180), Final), "nobody said what it was");
        // Rolled back: what was live is all there is.
        of.put_stated(&Stated::default(), NOW, 0);
        assert_eq!(now(&of), (On, Some(30), Firmness::Live));
    }

    #[test]
    fn live_stretches_are_bounded() {
        let mut heard = heard(&[reading(1, true, 90_000)], &[]);
        for i in 0..100 {
            heard.put_live(&live(2 + i, i % 2 == 1, 50_000 - 60 * i, 50_000 - 60 * i), HEARTBEAT_S);
        }
        assert_eq!(heard.live.len(), MAX_LIVE);
        assert_eq!(past(&heard, 50_000 - 60 * 98), (Off, Some(50_000 - 60 * 98), Firmness::Live));
    }

    #[test]
    fn days_count_what_came_in_them() {
        // NOW is at eight in the morning of its day.
        let settled: Vec<Reading> = (0..96 * 3).map(|i| reading(i, true, (96 * 3 - i) * 900)).collect();
        let heard = heard(&settled, &[]);
        let place = Place::for_test(HEARTBEAT_S);
        let day = local_day(NOW, 0);
        let of = |day| heard.coverage(&place, day, NOW, 0);
        assert_eq!(of(day - 1), Coverage { received: 96, expected: 96 });
        assert_eq!(of(day), Coverage { received: 32, expected: 32 });
        assert_eq!(of(day + 1), Coverage { received: 0, expected: 0 });
    }
}
