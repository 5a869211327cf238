//! The modem's clock, which the network sets, and the time servers that it asks.

use super::super::State;

impl State {
    /// What is said after the answer, if the server can be reached.
    pub(super) fn ask_time_server(&mut self, name: &str, now_ms: u64) {
        let known = self.network.time_server.clone().filter(|(server, _)| server == name);
        if let Some((_, at_zero)) = known.filter(|_| self.asking_time && self.is_registered()) {
            let unix_s = at_zero + now_ms / 1_000;
            self.unsolicited(now_ms, &format!("+CSNTP: {}:{}", spell(unix_s), now_ms % 1_000));
        }
    }

    /// The clock as the answer spells it: without quotes; never set, it counts from 2000.
    pub(super) fn clock_line(&self) -> String {
        let (unix_s, zone) = match self.network.unix_s_at_zero.filter(|_| self.is_registered()) {
            Some(at_zero) => (at_zero + self.now_ms() / 1_000, "+22"),
            None => (946_684_800 + self.now_ms() / 1_000, "+32"),
        };
        let local_s = if self.running_utc { unix_s } else { unix_s + 22 * 900 };
        format!("{}{zone}", spell(local_s))
    }
}

/// A time as the modem spells it.
fn spell(unix_s: u64) -> String {
    let (days, of_day) = (unix_s / 86_400, unix_s % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{:02}/{month:02}/{day:02},{hour:02}:{minute:02}:{second:02}", year % 100)
}

/// Year, month and day of a day since 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}
