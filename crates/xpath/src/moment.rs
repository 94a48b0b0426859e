//! Dates and times: how they are written (XML Schema 1.1 part 2 §3.3.7 to §3.3.14), their order, and arithmetic on them.
//!
//! The calendar is the proleptic Gregorian one; a year is any that fits 64 bits.

mod calculate;
mod calendar;
mod parse;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use calculate::calculate;
pub(crate) use calendar::days;
pub(crate) use parse::{nanos, number, parse, read};
pub(crate) use text::{fraction, text};

use crate::atomic::{Duration, Moment};
use crate::error::{Error, Result};
use crate::eval::Eval;

/// Nanoseconds in a second.
pub(crate) const SECOND: i128 = 1_000_000_000;
/// Nanoseconds in a minute.
pub(crate) const MINUTE: i128 = 60 * SECOND;
/// Nanoseconds in an hour.
pub(crate) const HOUR: i128 = 60 * MINUTE;
/// Nanoseconds in a day.
pub(crate) const DAY: i128 = 24 * HOUR;

/// Nanoseconds since 1970-01-01T00:00:00Z, by the implicit zone (minutes east of UTC) where it has none.
pub(crate) fn instant(moment: &Moment, implicit: i16) -> i128 {
    moment.local() - i128::from(moment.zone.unwrap_or(implicit)) * MINUTE
}

/// The zone that holds where a value has none (`XPath` 3.1 §2.1.2, "implicit timezone").
pub(crate) fn implicit(eval: &Eval<'_>) -> i16 {
    eval.now.zone.unwrap_or(0)
}

/// The zone of a duration; `FODT0003` where it cannot be one.
pub(crate) fn zone(offset: &Duration) -> Result<i16> {
    let minutes = offset.nanos / MINUTE;
    match i16::try_from(minutes) {
        Ok(zone) if offset.nanos % MINUTE == 0 && zone.abs() <= 14 * 60 => Ok(zone),
        _ => Err(Error::new("FODT0003", "a zone is of whole minutes, and at most 14 hours off")),
    }
}

/// The year does not fit.
fn overflow() -> Error {
    Error::new("FODT0001", "the date is too far away")
}

// === impl Moment ===

impl Moment {
    /// 1972-01-01T00:00:00, whose parts stand for those that a type does not have.
    pub(crate) const BASE: Self =
        Self { year: 1972, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanos: 0, zone: None };

    /// Nanoseconds since 1970-01-01T00:00:00 of its own zone.
    pub(crate) fn local(&self) -> i128 {
        days(self.year, self.month, self.day) * DAY + self.since_midnight()
    }

    /// Nanoseconds since its day began.
    pub(crate) fn since_midnight(&self) -> i128 {
        i128::from(self.hour) * HOUR
            + i128::from(self.minute) * MINUTE
            + i128::from(self.second) * SECOND
            + i128::from(self.nanos)
    }

    /// What is so many nanoseconds after 1970-01-01T00:00:00 of a zone; `None` where its year does not fit.
    pub(crate) fn at(local: i128, zone: Option<i16>) -> Option<Self> {
        let (year, month, day) = calendar::date(local.div_euclid(DAY))?;
        let within = local.rem_euclid(DAY);
        Some(Self {
            year,
            month,
            day,
            hour: part(within / HOUR),
            minute: part(within / MINUTE % 60),
            second: part(within / SECOND % 60),
            nanos: u32::try_from(within % SECOND).unwrap_or(0),
            zone,
        })
    }

    /// The date alone.
    pub(crate) fn date(self) -> Self {
        Self { hour: 0, minute: 0, second: 0, nanos: 0, ..self }
    }

    /// The time alone.
    pub(crate) fn time(self) -> Self {
        Self { year: Self::BASE.year, month: Self::BASE.month, day: Self::BASE.day, ..self }
    }

    /// The same instant in another zone, or without one what is written; a moment without a zone gets it as it is
    /// (Functions and Operators 3.1 §9.6). `None` where the year does not fit.
    pub(crate) fn adjusted(self, zone: Option<i16>) -> Option<Self> {
        match (self.zone, zone) {
            (Some(own), Some(new)) if own != new => {
                Self::at(self.local() + i128::from(new - own) * MINUTE, zone)
            }
            _ => Some(Self { zone, ..self }),
        }
    }
}

/// A small part of a moment.
fn part(number: i128) -> u8 {
    u8::try_from(number).unwrap_or(0)
}
