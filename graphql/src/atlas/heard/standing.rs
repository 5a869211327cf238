//! How a site stands, now or at a time that is over, by what its device stated until then.

use protocol::supply::{self, Standing, SupplyState};

use super::Heard;

/// How far a reading is from being beyond dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Firmness {
    /// Signed and checked by the relayer, in no verified batch yet.
    Live,
    /// In a verified batch, in a block that may still be replaced.
    Anchored,
    /// In a verified batch in a finalized block.
    Final,
}

/// A time that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Now: the newest statement counts, whatever the device's clock says.
    Now(u64),
    /// A time that is over: what was stated for later does not count.
    Past(u64),
}

impl At {
    /// The time.
    #[must_use]
    pub fn unix_s(self) -> u64 {
        let (Self::Now(unix_s) | Self::Past(unix_s)) = self;
        unix_s
    }
}

/// How one site stands, for the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// State, since when, and when last heard.
    pub standing: Standing,
    /// Whether that is anchored.
    pub firmness: Firmness,
}

/// How one site stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteNow {
    /// State, since when, when last heard, and how firmly.
    pub mark: Mark,
    /// The newest reading's sequence.
    pub sequence: Option<u64>,
    /// The batch that it is in, where that is at hand.
    pub batch_number: Option<u64>,
}

impl Heard {
    /// How the site stands at a time.
    pub(in crate::atlas) fn mark(&self, heartbeat_s: u32, at: At) -> Mark {
        let standing = self.standing(heartbeat_s, at);
        let firmness = if standing.heard_unix_s.is_some() { self.firmness(at) } else { Firmness::Live };
        Mark { standing, firmness }
    }

    /// How the site stands now.
    pub(in crate::atlas) fn now(&self, heartbeat_s: u32, now_unix_s: u64) -> SiteNow {
        let mark = self.mark(heartbeat_s, At::Now(now_unix_s));
        let sequence = self.live.last().map(|live| live.sequence).or(self.anchored_sequence);
        let of_page = self.newest_live.filter(|(newest, _)| Some(*newest) == sequence).map(|(_, number)| number);
        let batch_number = match mark.firmness {
            Firmness::Live => None,
            Firmness::Anchored | Firmness::Final => self.last_batch.or(of_page).map(u64::from),
        };
        SiteNow { mark, sequence, batch_number }
    }

    /// The state alone.
    pub(in crate::atlas) fn state(&self, heartbeat_s: u32, at: At) -> SupplyState {
        self.standing(heartbeat_s, at).state
    }

    fn standing(&self, heartbeat_s: u32, at: At) -> Standing {
        let stretches = self.anchored_stretches().chain(self.live_stretches());
        match at {
            At::Now(unix_s) => supply::standing(stretches, heartbeat_s.into(), unix_s),
            At::Past(unix_s) => supply::standing_at(stretches, heartbeat_s.into(), unix_s),
        }
    }

    fn firmness(&self, at: At) -> Firmness {
        let at_unix_s = match at {
            At::Now(_) => u64::MAX,
            At::Past(unix_s) => unix_s,
        };
        let Some(last) = self.anchored.last().map(|span| span.stretch().last_unix_s) else { return Firmness::Live };
        if self.live_stretches().any(|stretch| stretch.first_unix_s <= at_unix_s) {
            return Firmness::Live;
        }
        let is_final = if at_unix_s >= last {
            // A testimony has no batch: its block is final when nothing of its time is recent.
            self.last_batch.is_none() && self.recent_from_unix_s.is_none_or(|from| last < from.into())
        } else {
            self.recent_from_unix_s.is_none_or(|from| at_unix_s < from.into())
        };
        if is_final { Firmness::Final } else { Firmness::Anchored }
    }
}

#[cfg(test)]
mod tests {
    use protocol::supply::{GRACE_S, Timeline};
    use store::views::sheets::Stated;

    use super::*;
    use crate::atlas::heard::tests::{HEARTBEAT_S, NOW, heard, live, now, past, reading};
    use Firmness::{Anchored, Final};
    use SupplyState::{NoData, Off, On};

    #[test]
    fn late_records_change_what_is_known_of_the_past() {
        let on = [reading(1, true, 9_000), reading(2, true, 8_100)];
        let before = heard(&on, &[reading(5, true, 2_000)]);
        let silent = 8_100 - 2 * 900 - GRACE_S;
        assert_eq!(past(&before, 7_000), (On, Some(9_000), Final));
        assert_eq!(past(&before, silent), (On, Some(9_000), Final));
        assert_eq!(past(&before, silent - 1), (NoData, Some(silent), Final));
        assert_eq!(past(&before, 2_000), (On, Some(9_000), Anchored));
        // An OFF and its end come in after the ON that followed.
        let after = heard(&on, &[reading(5, true, 2_000), reading(3, false, 7_500), reading(4, true, 3_000)]);
        assert_eq!(past(&after, 7_501), (On, Some(9_000), Final));
        assert_eq!(past(&after, 7_500), (Off, Some(7_500), Anchored));
        assert_eq!(past(&after, 3_001), (Off, Some(7_500), Anchored));
        assert_eq!(past(&after, 3_000), (On, Some(3_000), Anchored));
        assert_eq!(now(&after), (NoData, Some(80), Anchored));
    }

    #[test]
    fn before_the_first_record_nothing_is_known() {
        let heard = heard(&[reading(1, true, 900)], &[]);
        assert_eq!(past(&heard, 901), (NoData, None, Firmness::Live));
        assert_eq!(past(&heard, 900), (On, Some(900), Final));
        assert_eq!(past(&Heard::default(), 0), (NoData, None, Firmness::Live));
        assert_eq!(now(&Heard::default()), (NoData, None, Firmness::Live));
    }

    #[test]
    fn a_statement_of_a_clock_that_is_ahead_counts_now_and_not_in_the_past() {
        let mut ahead = reading(2, false, 0);
        ahead.timestamp_unix_s = NOW + 5_000;
        let mut timeline = Timeline::default();
        assert!(timeline.insert(reading(1, true, 600), 0) && timeline.insert(ahead, 0));
        let mut heard = Heard::default();
        heard.put_stated(&Stated::new(&timeline, &[], &[]), NOW, 0);
        assert_eq!(heard.mark(HEARTBEAT_S, At::Now(NOW)).standing.state, Off);
        assert_eq!(past(&heard, 10), (On, Some(600), Final));
    }

    #[test]
    fn the_batch_is_told_where_it_is_at_hand() {
        let number = |heard: &Heard| {
            let now = heard.now(HEARTBEAT_S, NOW);
            (now.sequence, now.batch_number)
        };
        assert_eq!(number(&Heard::default()), (None, None));
        assert_eq!(number(&heard(&[reading(3, true, 600)], &[])), (Some(3), None), "final, and nobody said where");
        let mut of = heard(&[], &[reading(3, true, 600)]);
        assert_eq!(number(&of), (Some(3), Some(7)));
        of.put_live(&live(4, true, 600, 300), HEARTBEAT_S);
        assert_eq!(number(&of), (Some(4), None), "not anchored");
        let mut timeline = Timeline::default();
        timeline.insert(reading(4, true, 300), 0);
        of.put_stated(&Stated::new(&timeline, &[], &[]), NOW, 0);
        assert_eq!(number(&of), (Some(4), Some(8)), "final, in the page that the relayer said");
    }
}
