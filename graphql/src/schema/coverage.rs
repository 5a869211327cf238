//! Coverage: how much of what was expected was received, by local day.

use async_graphql::SimpleObject;

use super::scalar::{Int53, Provenance};

/// Records received on one local day and those that would have been, as of the last accounted batch.
#[derive(Clone, Debug, SimpleObject)]
pub struct Coverage {
    /// The day in the area's own time, `YYYY-MM-DD`.
    pub local_date: String,
    /// Received.
    pub received: Int53,
    /// Expected: edges, and heartbeats while the state was not OFF.
    pub expected: Int53,
    /// Received by expected, at most 1; none where nothing was expected.
    pub share: Option<f64>,
    /// Where the readings come from.
    pub provenance: Provenance,
}

impl Coverage {
    /// Of one local day.
    pub fn new(day: u64, coverage: protocol::supply::Coverage, provenance: Provenance) -> Self {
        let protocol::supply::Coverage { received, expected } = coverage;
        Self {
            local_date: date(day),
            received: Int53(received),
            expected: Int53(expected),
            share: (expected > 0).then(|| (received as f64 / expected as f64).min(1.0)),
            provenance,
        }
    }
}

/// The date of a day number, by Howard Hinnant's `civil_from_days`.
fn date(day: u64) -> String {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use protocol::supply::{DAY_S, local_day};

    use super::*;

    #[test]
    fn days_have_the_dates_of_the_calendar() {
        for (unix_s, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_795_400_000, "2026-11-23"),
        ] {
            assert_eq!(date(unix_s / DAY_S), expected);
        }
        assert_eq!(date(local_day(1_795_400_000 + 86_400 - 1, 19_800)), "2026-11-24");
    }
}
