//! The components that are whole numbers (§9.8.4.3, §9.8.4.4).

use super::super::datetime::names::{DAYS, MONTHS};
use super::super::format_integer::{written, zero_of};
use super::mistake;
use super::picture::Marker;
use crate::atomic::Moment;
use crate::error::Result;
use crate::moment::days;

pub(super) fn text(marker: &Marker, moment: &Moment) -> Result<String> {
    let number = number(marker, moment);
    if let ("N" | "n" | "Nn", Some(name)) = (token(marker), name(marker.component, number)) {
        return Ok(marker.named(name));
    }
    let token = token(marker);
    if is_pattern(token) {
        return digits(marker, token, number);
    }
    let second = marker.second.map(String::from).unwrap_or_default();
    let form = |number| written(number, &format!("{token};{second}")).map_err(mistake);
    // what is not known is written as in digits
    let known = token != "N" && token != "n" && token != "Nn" && !form(1)?.contains('1');
    if known {
        return Ok(marker.padded(form(number)?));
    }
    match (default(marker.component), name(marker.component, number)) {
        ("n", Some(name)) => Ok(marker.named(name)),
        (token, _) => digits(marker, token, number),
    }
}

/// How it is written.
fn token(marker: &Marker) -> &str {
    if marker.first.is_empty() { default(marker.component) } else { &marker.first }
}

/// How a component is written where it is not told.
fn default(component: char) -> &'static str {
    match component {
        'F' => "n",
        'm' | 's' => "01",
        _ => "1",
    }
}

fn name(component: char, number: i128) -> Option<&'static str> {
    let names: &[&'static str] = match component {
        'M' => &MONTHS,
        'F' => &DAYS,
        _ => return None,
    };
    names.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}

fn is_pattern(token: &str) -> bool {
    token.chars().any(|letter| letter == '#' || zero_of(letter).is_some())
}

/// In digits, at least as many as the width says.
fn digits(marker: &Marker, pattern: &str, number: i128) -> Result<String> {
    let second = marker.second.map(String::from).unwrap_or_default();
    let pattern = widened(pattern, marker.least);
    written(number, &format!("{pattern};{second}"))
        .map_err(|_| mistake(format_args!("a picture has a wrong pattern of digits: `{}`", marker.first)))
}

/// A pattern with so many digits that must be there; one with something between its digits stays as it is.
fn widened(pattern: &str, least: usize) -> String {
    let zero = pattern.chars().find_map(zero_of).unwrap_or('0');
    let mut mandatory = pattern.chars().filter(|letter| zero_of(*letter).is_some()).count();
    let grouped = pattern.chars().any(|letter| letter != '#' && zero_of(letter).is_none());
    if grouped || mandatory >= least {
        return pattern.to_owned();
    }
    let mut letters: Vec<char> = pattern.chars().collect();
    for letter in letters.iter_mut().rev().filter(|letter| **letter == '#') {
        if mandatory < least {
            *letter = zero;
            mandatory += 1;
        }
    }
    std::iter::repeat_n(zero, least - mandatory).chain(letters).collect()
}

/// The number of a component.
fn number(marker: &Marker, moment: &Moment) -> i128 {
    let today = days(moment.year, moment.month, moment.day);
    // 1970-01-01 was a Thursday
    let weekday = (today + 3).rem_euclid(7) + 1;
    let thursday = today - weekday + 4;
    match marker.component {
        'Y' => year(marker, moment.year),
        'M' => moment.month.into(),
        'D' => moment.day.into(),
        'd' => today - days(moment.year, 1, 1) + 1,
        'F' => weekday,
        'W' => (thursday - days(year_of(thursday, moment.year), 1, 1)) / 7 + 1,
        'w' => week_of_month(thursday),
        'H' => moment.hour.into(),
        'h' => i128::from((moment.hour + 11) % 12 + 1),
        'm' => moment.minute.into(),
        _ => moment.second.into(),
    }
}

/// The year of a day that is within four days of a year.
fn year_of(day: i128, near: i64) -> i64 {
    [near.saturating_add(1), near]
        .into_iter()
        .find(|year| days(*year, 1, 1) <= day)
        .unwrap_or(near.saturating_sub(1))
}

/// The week in its month of a Thursday.
fn week_of_month(thursday: i128) -> i128 {
    let day = Moment::at(thursday * crate::moment::DAY, None).map_or(1, |moment| moment.day);
    i128::from((day - 1) / 7 + 1)
}

/// The last digits of a year, if only some are wanted.
fn year(marker: &Marker, year: i64) -> i128 {
    let token = token(marker);
    let width = token.chars().filter(|letter| *letter == '#' || zero_of(*letter).is_some()).count();
    let last = match marker.most {
        Some(most) => Some(most),
        None if is_pattern(token) && width >= 2 => Some(width),
        None => None,
    };
    let year = i128::from(year.unsigned_abs());
    last.and_then(|last| 10_i128.checked_pow(u32::try_from(last).ok()?)).map_or(year, |power| year % power)
}
