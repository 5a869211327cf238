//! How the line between devices and broker fails.

use std::time::Duration;

use rand::Rng as _;

/// Faults of the line. The default has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    /// Of a thousand records, and of a thousand receipts, so many are lost.
    pub drop_permille: u32,
    /// Each record is late by up to so much.
    pub delay_ms: u64,
    /// `(every, for)`: every so many seconds all connections are cut for so many.
    pub outage_s: Option<(u64, u64)>,
}

impl Line {
    /// `EVERY:FOR` in seconds, the first larger than the second.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse_outage(text: &str) -> Result<(u64, u64), String> {
        let numbers = text.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        match numbers {
            Some((every, length)) if length > 0 && length < every => Ok((every, length)),
            _ => Err("EVERY:FOR in seconds, as 60:5".into()),
        }
    }

    pub(crate) fn loses(&self) -> bool {
        self.drop_permille > 0 && rand::thread_rng().gen_range(0..1000) < self.drop_permille
    }

    pub(crate) fn delay(&self) -> Duration {
        match self.delay_ms {
            0 => Duration::ZERO,
            most => Duration::from_millis(rand::thread_rng().gen_range(0..=most)),
        }
    }

    /// How long the line holds from `since_start` on; zero while it is cut.
    pub(crate) fn holds_for(&self, since_start: Duration) -> Option<Duration> {
        let (every, length) = self.outage_s?;
        let into = since_start.as_millis() as u64 % (every * 1000);
        Some(Duration::from_millis(((every - length) * 1000).saturating_sub(into)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_come_at_the_end_of_each_period() {
        let line = Line { outage_s: Some(Line::parse_outage("10:3").unwrap()), ..Line::default() };
        let holds = |ms| line.holds_for(Duration::from_millis(ms)).unwrap().as_millis();
        assert_eq!([0, 6_000, 7_000, 9_999, 10_000, 18_500].map(holds), [7_000, 1_000, 0, 0, 7_000, 0]);
        assert!(Line::parse_outage("3:3").is_err() && Line::parse_outage("3").is_err());
        assert_eq!(Line::default().holds_for(Duration::ZERO), None);
    }
}
