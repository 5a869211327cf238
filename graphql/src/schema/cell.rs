//! Cells of houses.

use async_graphql::{ComplexObject, Enum, SimpleObject};
use protocol::cells::{self, OffCount, Reporting};
use store::views::documents;

use super::scalar::{Int53, Provenance};

/// How much of a count is told. A count that could tell of one household is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CellMask {
    /// Both numbers are told.
    Told,
    /// One to four of those reporting are OFF.
    FewOff,
    /// At least five of those reporting are OFF, one to four are not.
    FewOn,
    /// Too few houses report: nothing is told.
    Withheld,
}

/// At least five houses, counted together: the relayer's claim. No house is shown by itself anywhere.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(complex)]
pub struct Cell {
    /// The cell's name.
    pub cell: String,
    /// Its area.
    pub area_id: String,
    /// Houses enrolled in it.
    pub expected: Int53,
    /// Houses whose state is known, ON or OFF; none where it is one to four.
    pub reporting: Option<Int53>,
    /// Houses of those that are OFF; none where it is not told.
    pub off: Option<Int53>,
    /// How much is told.
    pub mask: CellMask,
    /// The batch that the counts were sealed with; none for the live ones.
    pub batch_number: Option<Int53>,
    /// As of when.
    pub at_unix_s: Int53,
    /// Where the readings come from.
    pub provenance: Provenance,
}

#[ComplexObject]
impl Cell {
    /// The counts in words, such as `12 of 30 off, 28 reporting` or `a few off`.
    async fn words(&self) -> String {
        match (self.mask, self.off, self.reporting) {
            (CellMask::Told, Some(Int53(off)), Some(Int53(reporting))) if reporting > 0 => {
                format!("{off} of {reporting} reporting are off ({} enrolled)", self.expected.0)
            }
            (CellMask::FewOff, ..) => format!("a few are off ({} enrolled)", self.expected.0),
            (CellMask::FewOn, ..) => format!("all but a few are off ({} enrolled)", self.expected.0),
            (CellMask::Withheld, ..) => format!("too few report to say ({} enrolled)", self.expected.0),
            _ => format!("no data ({} enrolled)", self.expected.0),
        }
    }
}

impl Cell {
    /// Live counts.
    pub fn live(area_id: &str, count: &cells::CellCount, at_unix_s: u64, provenance: Provenance) -> Self {
        let (off, mask) = match count.off {
            OffCount::Count(off) => (Some(off), CellMask::Told),
            OffCount::FewOff => (None, CellMask::FewOff),
            OffCount::FewOn => (None, CellMask::FewOn),
            OffCount::Withheld => (None, CellMask::Withheld),
        };
        let reporting = match count.reporting {
            Reporting::Count(reporting) => Some(reporting),
            Reporting::Few => None,
        };
        Self {
            cell: count.cell.clone(),
            area_id: area_id.to_owned(),
            expected: Int53(count.expected),
            reporting: reporting.map(Int53),
            off: off.map(Int53),
            mask,
            batch_number: None,
            at_unix_s: Int53(at_unix_s),
            provenance,
        }
    }

    /// Counts as published with a batch.
    pub fn published(batch: &documents::Batch, count: &documents::CellCount, provenance: Provenance) -> Self {
        let mask = match count.off_text.as_deref() {
            None if count.off.is_some() => CellMask::Told,
            Some("few-off") => CellMask::FewOff,
            Some("few-on") => CellMask::FewOn,
            _ => CellMask::Withheld,
        };
        Self {
            cell: count.cell.clone(),
            area_id: batch.area_id.clone(),
            expected: Int53(count.expected),
            reporting: count.reporting.map(Int53),
            off: count.off.map(Int53),
            mask,
            batch_number: Some(Int53(batch.number)),
            at_unix_s: Int53(batch.period_end_unix_s),
            provenance,
        }
    }
}
