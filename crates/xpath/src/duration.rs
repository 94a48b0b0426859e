//! Durations: how they are written (XML Schema 1.1 part 2 §3.3.6, §3.4.26, §3.4.27), and arithmetic on them.

mod scale;
#[cfg(test)]
mod tests;

pub(crate) use scale::{ratio, scaled};

use crate::atomic::Duration;
use crate::character::BLANKS;
use crate::error::{Error, Result, shown};
use crate::moment::{self, DAY, HOUR, MINUTE, SECOND};
use crate::types::Type;

/// Reads one of `xs:duration`, `xs:yearMonthDuration` or `xs:dayTimeDuration`: `FORG0001` where it is not one, `FODT0002`
/// where it does not fit.
pub(crate) fn read(kind: Type, text: &str) -> Result<Duration> {
    let trimmed = text.trim_matches(BLANKS);
    let parts = lexical(kind, trimmed).ok_or_else(|| {
        let text = shown(text);
        Error::new("FORG0001", format_args!("`{text}` is no xs:{}", kind.name()))
    })?;
    parts.duration().ok_or_else(overflow)
}

/// Its canonical form (`P1Y2M`, `PT0S`).
pub(crate) fn text(kind: Type, duration: &Duration) -> String {
    let Duration { months, nanos } = duration;
    if *months == 0 && *nanos == 0 {
        return if kind == Type::YearMonthDuration { "P0M" } else { "PT0S" }.to_owned();
    }
    let mut text = if *months < 0 || *nanos < 0 { "-P" } else { "P" }.to_owned();
    let months = months.unsigned_abs();
    let nanos = nanos.unsigned_abs();
    let (day, hour, minute, second) =
        (DAY.unsigned_abs(), HOUR.unsigned_abs(), MINUTE.unsigned_abs(), SECOND.unsigned_abs());
    push(&mut text, u128::from(months / 12), 'Y');
    push(&mut text, u128::from(months % 12), 'M');
    push(&mut text, nanos / day, 'D');
    if nanos % day == 0 {
        return text;
    }
    text.push('T');
    push(&mut text, nanos % day / hour, 'H');
    push(&mut text, nanos % hour / minute, 'M');
    if nanos % minute != 0 {
        let fraction = moment::fraction(u32::try_from(nanos % second).unwrap_or(0));
        text += &(nanos % minute / second).to_string();
        text += &fraction;
        text.push('S');
    }
    text
}

fn push(text: &mut String, number: u128, unit: char) {
    if number != 0 {
        *text += &number.to_string();
        text.push(unit);
    }
}

/// A duration the other way.
pub(crate) fn negated(duration: Duration) -> Result<Duration> {
    let months = duration.months.checked_neg().ok_or_else(overflow)?;
    let nanos = duration.nanos.checked_neg().ok_or_else(overflow)?;
    Ok(Duration { months, nanos })
}

/// Two durations of the same type together.
pub(crate) fn sum(one: Duration, other: Duration) -> Result<Duration> {
    let months = one.months.checked_add(other.months).ok_or_else(overflow)?;
    let nanos = one.nanos.checked_add(other.nanos).ok_or_else(overflow)?;
    Ok(Duration { months, nanos })
}

/// The duration does not fit.
pub(crate) fn overflow() -> Error {
    Error::new("FODT0002", "the duration is too long")
}

/// What is written in a duration.
#[derive(Default)]
struct Parts<'a> {
    negative: bool,
    /// Years, months, days, hours, minutes and seconds, as digits.
    numbers: [&'a [u8]; 6],
    /// Behind the point of the seconds.
    fraction: &'a [u8],
}

/// The units in their order, with whether they stand behind the `T`.
const UNITS: [(u8, bool); 6] =
    [(b'Y', false), (b'M', false), (b'D', false), (b'H', true), (b'M', true), (b'S', true)];

fn lexical(kind: Type, text: &str) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    let mut rest = text.as_bytes();
    if let Some(after) = rest.strip_prefix(b"-") {
        parts.negative = true;
        rest = after;
    }
    rest = rest.strip_prefix(b"P")?;
    let (mut next, mut time) = (0, false);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        if let (false, Some(after)) = (time, rest.strip_prefix(b"T")) {
            time = true;
            rest = after;
            if rest.is_empty() {
                return None;
            }
        }
        let (digits, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix(b".") {
            Some(behind) => {
                let (fraction, after) = self::digits(behind);
                (Some(fraction), after)
            }
            None => (None, after),
        };
        let (unit, after) = after.split_first()?;
        let at = UNITS.iter().position(|one| *one == (*unit, time)).filter(|at| *at >= next)?;
        if digits.is_empty() || fraction.is_some_and(|digits| at != 5 || digits.is_empty()) {
            return None;
        }
        *parts.numbers.get_mut(at)? = digits;
        parts.fraction = fraction.unwrap_or_default();
        next = at + 1;
        rest = after;
    }
    let [years, months, times @ ..] = &parts.numbers;
    match kind {
        Type::Duration => {}
        Type::YearMonthDuration if times.iter().all(|digits| digits.is_empty()) && !time => {}
        Type::DayTimeDuration if years.is_empty() && months.is_empty() => {}
        _ => return None,
    }
    Some(parts)
}

/// The digits at the beginning, and the rest.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

// === impl Parts ===

impl Parts<'_> {
    /// The duration; `None` where it does not fit.
    fn duration(&self) -> Option<Duration> {
        let [years, months, days, hours, minutes, seconds] = self.numbers.map(moment::number);
        let months = years.checked_mul(12)?.checked_add(months)?;
        let mut nanos = i128::from(moment::nanos(self.fraction).unwrap_or(0));
        for (number, unit) in [(days, DAY), (hours, HOUR), (minutes, MINUTE), (seconds, SECOND)] {
            nanos = nanos.checked_add(number.checked_mul(unit)?)?;
        }
        let sign = if self.negative { -1 } else { 1 };
        Some(Duration { months: i64::try_from(months * sign).ok()?, nanos: nanos * sign })
    }
}
