//! Scorecards: what was received, what was redressed and how fast, as complaint registers count it. Two identities hold for
//! any input: the four buckets add up to what was redressed, and what was pending before, with what was received, without
//! what was redressed, is pending after.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{Act, Backing, Opening};

/// The time that a scorecard is about: from its begin (inclusive) to its end (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Begin.
    pub from_unix_s: u64,
    /// End.
    pub to_unix_s: u64,
}

impl Period {
    fn holds(self, unix_s: u64) -> bool {
        (self.from_unix_s..self.to_unix_s).contains(&unix_s)
    }
}

/// An opening of a complaint with what the sensors say of it.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a, S> {
    /// The complaint's id.
    pub complaint: &'a str,
    /// The opening.
    pub opening: &'a Opening<S>,
    /// Whether it is a reopening.
    pub is_reopening: bool,
    /// The signed OFF that stands behind it, if one does.
    pub backing: Option<&'a Backing>,
    /// Whether it was closed as fixed and the sensors contradict that.
    pub is_contradicted: bool,
}

/// The counts of a register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Counts {
    /// Open when the period began.
    pub pending_before: u64,
    /// Opened in the period: filed or reopened.
    pub received: u64,
    /// Closed in the period, however.
    pub redressed: u64,
    /// Open when the period ended.
    pub pending: u64,
    /// Of the redressed: within half of the clock.
    pub within_50: u64,
    /// Of the redressed: within the clock, but not half of it.
    pub within_100: u64,
    /// Of the redressed: within twice the clock, but not the clock.
    pub within_200: u64,
    /// Of the redressed: later than twice the clock.
    pub over_200: u64,
    /// Of the received: reopened.
    pub reopened: u64,
    /// Of the redressed: closed as fixed.
    pub fixed: u64,
    /// Of the redressed: closed, not fixed.
    pub not_fixed: u64,
    /// Of those closed as fixed: contradicted by the sensors.
    pub contradicted: u64,
}

impl Counts {
    fn add<S>(&mut self, case: &Case<'_, S>, period: Period) {
        let Opening { at_unix_s: opened, clock_s, .. } = *case.opening;
        if opened >= period.to_unix_s {
            return;
        }
        let closing = case.opening.closing.as_ref();
        let closed = closing.map(|closing| closing.at_unix_s);
        if opened < period.from_unix_s {
            // What was closed before is not of this period at all.
            if closed.is_some_and(|at| at < period.from_unix_s) {
                return;
            }
            self.pending_before += 1;
        } else {
            self.received += 1;
            self.reopened += u64::from(case.is_reopening);
        }
        let Some(closing) = closing.filter(|closing| period.holds(closing.at_unix_s)) else {
            self.pending += 1;
            return;
        };
        self.redressed += 1;
        self.fixed += u64::from(closing.act == Act::ResolveFixed);
        self.not_fixed += u64::from(closing.act == Act::ResolveNotFixed);
        self.contradicted += u64::from(closing.act == Act::ResolveFixed && case.is_contradicted);
        let (took, clock) = (closing.at_unix_s.saturating_sub(opened), u64::from(clock_s));
        let bucket = match took {
            _ if 2 * took <= clock => &mut self.within_50,
            _ if took <= clock => &mut self.within_100,
            _ if took <= 2 * clock => &mut self.within_200,
            _ => &mut self.over_200,
        };
        *bucket += 1;
    }

    /// Whether both identities hold.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.within_50 + self.within_100 + self.within_200 + self.over_200 == self.redressed
            && self.pending_before + self.received == self.redressed + self.pending
    }
}

/// What is shown of an area or an official.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scorecard {
    /// The headline: what a signed OFF stands behind, each outage at most once as it was filed and once as it was reopened.
    pub sensor_backed: Counts,
    /// All others, beside it.
    pub others: Counts,
}

impl Scorecard {
    /// Counts those of an area's cases that are asked for. `cases` are all of the area, in any order: of those that one
    /// outage stands behind, the first filed and the first reopened are the headline's, whoever asks, so that neither friends
    /// nor foes move it by filing more.
    pub fn of<'a, S: 'a>(
        cases: impl IntoIterator<Item = Case<'a, S>>,
        is_asked_for: impl Fn(&Case<'a, S>) -> bool,
        period: Period,
    ) -> Self {
        let mut cases: Vec<_> = cases.into_iter().collect();
        cases.sort_by_key(|case| (case.opening.at_unix_s, case.complaint, case.is_reopening));
        let (mut card, mut told) = (Self::default(), BTreeSet::new());
        for case in &cases {
            let is_headline = case.backing.is_some_and(|backing| told.insert((backing, case.is_reopening)));
            if !is_asked_for(case) {
                continue;
            }
            let counts = if is_headline { &mut card.sensor_backed } else { &mut card.others };
            counts.add(case, period);
        }
        card
    }
}
