//! A time as RFC 3339 writes it.

const DAY: i64 = 86_400;

/// Days of the Gregorian calendar's circle of 400 years.
const CIRCLE: i64 = 146_097;

/// Writes a time in seconds since 1970, which may be before it.
pub(in crate::dialect) fn written(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Reads such a time, whose fraction is left out, in UTC or at an offset; `None`: it is none.
pub(in crate::dialect) fn read(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok().filter(|n| *n >= 0);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign @ ("+" | "-"), clock) => {
            let (hours, minutes) = clock.split_once(':')?;
            let below = |text: &str, limit: i64| text.parse::<i64>().ok().filter(|n| (0..limit).contains(n));
            let seconds = below(hours, 24)? * 3600 + below(minutes, 60)? * 60;
            if sign == "+" { seconds } else { -seconds }
        }
        _ => return None,
    };
    let fits =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    fits.then(|| days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset)
}

/// The day since 1970-01-01 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (circle, year) = (year.div_euclid(400), year.rem_euclid(400));
    circle * CIRCLE + year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a day since 1970-01-01. Years are counted from March, so that a leap day is the last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (circle, day) = (days.div_euclid(CIRCLE), days.rem_euclid(CIRCLE));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + circle * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn times_are_written() {
        for (seconds, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_763_640_000, "2025-11-20T12:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(written(seconds), expect);
            assert_eq!(read(expect), Some(seconds));
        }
        assert_eq!(read("2025-11-20T13:30:00.123+01:30"), Some(1_763_640_000));
        for bad in [
            "",
            "2025-11-20",
            "2025-13-20T12:00:00Z",
            "2025-11-20T12:00:00",
            "2025-11-20T12:00:00+1",
            "2025-11-20T12:00:00+24:00",
            "2025-11-20T12:00:00+01:60",
            "2025-11-20T12:00:00-01:-1",
            "2025-11-20T12:00:00+9999999999999999:00",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
