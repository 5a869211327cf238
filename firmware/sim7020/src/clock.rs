//! `+CCLK: yy/MM/dd,hh:mm:ss+zz`: without quotes in this modem's answer (3.2.21), the zone in quarter hours and
//! sometimes missing. `+CSNTP: yy/MM/dd,hh:mm:ss:ms`, perhaps with a zone behind a comma (chapter 13).

/// Before this the modem's clock has not been set: without a network it starts at 00/01/01.
pub const EARLIEST_UNIX_S: u64 = 1_700_000_000;

/// The time of an answer, taken as UTC: the modem is told to keep UTC (`AT+CURTC=0`). The zone is read and left
/// alone. `None` for what is no time, and for a clock that was never set.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim().trim_matches('"');
    let (date, time) = text.split_once(',')?;
    let [year, month, day] = numbers(date, '/')?;
    let time = time.split(['+', '-']).next()?;
    let of_day = numbers(time, ':')?;
    unix_s([year, month, day], of_day)
}

/// The time of a time server's answer, asked for without a zone: UTC. `None` for what is no time.
#[must_use]
pub fn parse_time_server(text: &str) -> Option<u64> {
    let mut parts = text.trim().trim_matches('"').split(',');
    let date = numbers(parts.next()?, '/')?;
    let (of_day, ms) = parts.next()?.rsplit_once(':')?;
    ms.parse::<u16>().ok().filter(|ms| *ms < 1_000)?;
    unix_s(date, numbers(of_day, ':')?)
}

fn unix_s([year, month, day]: [u64; 3], [hour, minute, second]: [u64; 3]) -> Option<u64> {
    if year > 99 || !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let unix_s = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(unix_s).filter(|unix_s| *unix_s >= EARLIEST_UNIX_S)
}

fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let mut parts = text.split(between);
    let mut next = || parts.next().filter(|part| part.len() == 2)?.parse().ok();
    let all = [next()?, next()?, next()?];
    parts.next().is_none().then_some(all)
}

fn is_leap(year: u64) -> bool {
    // 2000 to 2099: every fourth.
    year.is_multiple_of(4)
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `year` counts from 2000.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let years = 10_957 + year * 365 + year.div_ceil(4);
    years + (1..month).map(|month| days_in(year, month)).sum::<u64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_time_server};

    #[test]
    fn reads_the_answers_that_the_manual_prints() {
        assert_eq!(parse("26/11/26,01:12:33+22"), Some(1_795_655_553));
        assert_eq!(parse("\"26/11/26,01:12:33+22\""), Some(1_795_655_553), "as in the command");
        assert_eq!(parse("26/11/26,01:12:33"), Some(1_795_655_553), "the zone may be missing");
        assert_eq!(parse("24/02/29,23:59:59-08"), Some(1_709_251_199));
        assert_eq!(parse("24/03/01,00:00:00"), Some(1_709_251_200));
    }

    #[test]
    fn reads_a_time_servers_answer_with_its_milliseconds() {
        assert_eq!(parse_time_server("26/11/26,01:12:33:456"), Some(1_795_655_553));
        assert_eq!(parse_time_server("26/11/26,01:12:33:7,0"), Some(1_795_655_553), "with a zone");
        for broken in ["", "26/11/26,01:12:33", "26/11/26,01:12:33:1000", "26/11/26,01:12:33:x", "00/01/01,00:00:00:0"]
        {
            assert_eq!(parse_time_server(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_clock_that_was_never_set_is_no_time() {
        assert_eq!(parse("00/01/01,00:00:12+32"), None);
        for broken in ["", "26/11/26", "26/13/01,00:00:00", "26/02/29,00:00:00", "26/1/26,01:12:33", "a/b/c,d:e:f"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
