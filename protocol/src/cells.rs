//! What is published about houses: counts of a cell, coarse where a count could tell of one household.

use crate::{roster::MIN_CELL, supply::SupplyState};

const MIN: u64 = MIN_CELL as u64;

/// How many houses of a cell have reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporting {
    /// None, or at least five.
    Count(u64),
    /// One to four.
    Few,
}

/// How many of those report OFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffCount {
    /// None or at least five are OFF, and none or at least five are not.
    Count(u64),
    /// One to four are OFF.
    FewOff,
    /// At least five are OFF, one to four are not.
    FewOn,
    /// Too few report at all.
    Withheld,
}

/// The counts of one cell as known when its batch was sealed; never revised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellCount {
    /// The cell.
    pub cell: alloc::string::String,
    /// Houses enrolled in it.
    pub expected: u64,
    /// Houses whose state is known.
    pub reporting: Reporting,
    /// Houses of those that are OFF.
    pub off: OffCount,
}

impl CellCount {
    /// Counts a cell from the states of its houses.
    #[must_use]
    pub fn tally(cell: &str, states: impl IntoIterator<Item = SupplyState>) -> Self {
        let (mut expected, mut on, mut off) = (0, 0, 0);
        for state in states {
            expected += 1;
            match state {
                SupplyState::On => on += 1,
                SupplyState::Off => off += 1,
                SupplyState::NoData => {}
            }
        }
        let few = |n: u64| (1..MIN).contains(&n);
        let (reporting, off) = if few(on + off) {
            (Reporting::Few, OffCount::Withheld)
        } else if few(off) {
            (Reporting::Count(on + off), OffCount::FewOff)
        } else if few(on) {
            (Reporting::Count(on + off), OffCount::FewOn)
        } else {
            (Reporting::Count(on + off), OffCount::Count(off))
        };
        Self { cell: cell.into(), expected, reporting, off }
    }

    /// Whether the counts could have come from [`CellCount::tally`] over a cell of so many houses.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let Reporting::Count(reporting) = self.reporting else {
            return self.off == OffCount::Withheld && self.expected > 0;
        };
        let whole = |n: u64| n == 0 || n >= MIN;
        whole(reporting)
            && reporting <= self.expected
            && match self.off {
                OffCount::Count(off) => off <= reporting && whole(off) && whole(reporting - off),
                OffCount::FewOff => reporting > 0,
                OffCount::FewOn => reporting > MIN,
                OffCount::Withheld => false,
            }
    }
}
