//! Times as the wire formats write them: RFC 3339 and Go-like durations.

use std::time::Duration;

use base::Micros;

/// `2026-01-31T09:05:00Z` of seconds since 1970-01-01T00:00:00Z (RFC 3339 §5.6).
pub(crate) fn rfc3339(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Whole seconds of a wall-clock time.
pub(crate) fn seconds(at: Micros) -> i64 {
    at.0.div_euclid(1_000_000)
}

/// `1s`, `6m0s`, `20ms`: the way OpenAI writes how long until a limit is whole again.
pub(crate) fn go_duration(value: Duration) -> String {
    let millis = value.as_millis();
    if millis < 1_000 {
        return format!("{millis}ms");
    }
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let part = rest % 1_000;
    let fraction =
        if part == 0 { String::new() } else { format!(".{part:03}").trim_end_matches('0').to_owned() };
    let whole = rest / 1_000;
    if minutes == 0 { format!("{whole}{fraction}s") } else { format!("{minutes}m{whole}{fraction}s") }
}

/// Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar:
/// years are counted from March, so that the leap day comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_formats_ask() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(1_795_236_742), "2026-11-21T04:52:22Z");
        assert_eq!(go_duration(Duration::from_mins(6)), "6m0s");
        assert_eq!(go_duration(Duration::from_millis(8_640)), "8.64s");
        assert_eq!(go_duration(Duration::from_millis(20)), "20ms");
    }
}
