//! The proleptic Gregorian calendar: days since 1970-01-01. It is counted from the first of March of the year 0, so that leap
//! days end the year, in rounds of 400 years.

/// Days in 400 years.
const ROUND: i128 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i128 = 719_468;

/// The days of a date since 1970-01-01.
pub(crate) fn days(year: i64, month: u8, day: u8) -> i128 {
    let year = i128::from(year) - i128::from(month <= 2);
    let round = year.div_euclid(400);
    let within = year.rem_euclid(400);
    let month = i128::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i128::from(day) - 1;
    round * ROUND + within * 365 + within / 4 - within / 100 + day_of_year - EPOCH
}

/// The date of days since 1970-01-01; `None` where the year does not fit.
pub(super) fn date(days: i128) -> Option<(i64, u8, u8)> {
    let days = days.checked_add(EPOCH)?;
    let round = days.div_euclid(ROUND);
    let within = days.rem_euclid(ROUND);
    let year = (within - within / 1_460 + within / 36_524 - within / 146_096) / 365;
    let day_of_year = within - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = super::part(day_of_year - (153 * month + 2) / 5 + 1);
    let month = super::part(if month < 10 { month + 3 } else { month - 9 });
    let year = round * 400 + year + i128::from(month <= 2);
    Some((i64::try_from(year).ok()?, month, day))
}

/// So many days a month has.
pub(super) fn length(year: i128, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
