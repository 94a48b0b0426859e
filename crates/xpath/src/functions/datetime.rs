//! Functions of dates and times (Functions and Operators 3.1 §5.2, §9, §15).

#![expect(clippy::unnecessary_wraps, reason = "the functions of the tables are of one type")]

use rust_decimal::Decimal;

use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, Duration, Moment, Value};
use crate::error::{Error, Result};
use crate::function::Call;
use crate::item::{Sequence, one};
use crate::moment::{self, MINUTE};
use crate::types::Type;
use crate::version::Version::{V20, V31};

mod ietf;
pub(super) mod names;

pub(super) const TABLE: &[Entry] = &[
    (V20, "fn:dateTime(xs:date?, xs:time?) as xs:dateTime?", date_time),
    (V20, "fn:year-from-dateTime(xs:dateTime?) as xs:integer?", year),
    (V20, "fn:month-from-dateTime(xs:dateTime?) as xs:integer?", month),
    (V20, "fn:day-from-dateTime(xs:dateTime?) as xs:integer?", day),
    (V20, "fn:hours-from-dateTime(xs:dateTime?) as xs:integer?", hours),
    (V20, "fn:minutes-from-dateTime(xs:dateTime?) as xs:integer?", minutes),
    (V20, "fn:seconds-from-dateTime(xs:dateTime?) as xs:decimal?", seconds),
    (V20, "fn:timezone-from-dateTime(xs:dateTime?) as xs:dayTimeDuration?", timezone),
    (V20, "fn:year-from-date(xs:date?) as xs:integer?", year),
    (V20, "fn:month-from-date(xs:date?) as xs:integer?", month),
    (V20, "fn:day-from-date(xs:date?) as xs:integer?", day),
    (V20, "fn:timezone-from-date(xs:date?) as xs:dayTimeDuration?", timezone),
    (V20, "fn:hours-from-time(xs:time?) as xs:integer?", hours),
    (V20, "fn:minutes-from-time(xs:time?) as xs:integer?", minutes),
    (V20, "fn:seconds-from-time(xs:time?) as xs:decimal?", seconds),
    (V20, "fn:timezone-from-time(xs:time?) as xs:dayTimeDuration?", timezone),
    (V20, "fn:adjust-dateTime-to-timezone(xs:dateTime?) as xs:dateTime?", adjust_date_time),
    (
        V20,
        "fn:adjust-dateTime-to-timezone(xs:dateTime?, xs:dayTimeDuration?) as xs:dateTime?",
        adjust_date_time,
    ),
    (V20, "fn:adjust-date-to-timezone(xs:date?) as xs:date?", adjust_date),
    (V20, "fn:adjust-date-to-timezone(xs:date?, xs:dayTimeDuration?) as xs:date?", adjust_date),
    (V20, "fn:adjust-time-to-timezone(xs:time?) as xs:time?", adjust_time),
    (V20, "fn:adjust-time-to-timezone(xs:time?, xs:dayTimeDuration?) as xs:time?", adjust_time),
    (V20, "fn:current-dateTime() as xs:dateTimeStamp", current_date_time),
    (V20, "fn:current-date() as xs:date", current_date),
    (V20, "fn:current-time() as xs:time", current_time),
    (V20, "fn:implicit-timezone() as xs:dayTimeDuration", implicit_timezone),
    (V31, "fn:parse-ietf-date(xs:string?) as xs:dateTime?", ietf::parse_ietf_date),
];

/// An argument that is a moment.
pub(super) fn moment(args: &Args, index: usize) -> Option<Moment> {
    match args.atomic(index)?.value {
        Value::Moment(moment) => Some(moment),
        _ => None,
    }
}

/// An argument that is a duration.
pub(super) fn duration(args: &Args, index: usize) -> Option<Duration> {
    match args.atomic(index)?.value {
        Value::Duration(duration) => Some(duration),
        _ => None,
    }
}

fn date_time(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (Some(date), Some(time)) = (moment(args, 0), moment(args, 1)) else { return nothing() };
    let zone = match (date.zone, time.zone) {
        (Some(one), Some(other)) if one != other => {
            return Err(Error::new("FORG0008", "the date and the time are of different zones"));
        }
        (zone, other) => zone.or(other),
    };
    let Moment { year, month, day, .. } = date;
    Ok(one(Atomic::moment(Type::DateTime, Moment { year, month, day, zone, ..time })))
}

fn part(args: &Args, of: fn(&Moment) -> i64) -> Result<Sequence> {
    Ok(moment(args, 0).map(|moment| Atomic::from(of(&moment)).into()).into_iter().collect())
}

fn year(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |moment| moment.year)
}

fn month(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |moment| moment.month.into())
}

fn day(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |moment| moment.day.into())
}

fn hours(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |moment| moment.hour.into())
}

fn minutes(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |moment| moment.minute.into())
}

fn seconds(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(moment) = moment(args, 0) else { return nothing() };
    let nanos = i64::from(moment.second) * 1_000_000_000 + i64::from(moment.nanos);
    Ok(one(Atomic::from(Decimal::new(nanos, 9).normalize())))
}

fn timezone(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let zone = moment(args, 0).and_then(|moment| moment.zone);
    Ok(zone.map(|zone| offset(zone).into()).into_iter().collect())
}

/// A zone as a duration.
fn offset(zone: i16) -> Atomic {
    Atomic::duration(Type::DayTimeDuration, Duration { months: 0, nanos: i128::from(zone) * MINUTE })
}

/// The first argument in the zone of the second one: that which holds without one if it is not given, none if it is empty.
fn adjusted(call: &Call<'_>, args: &Args) -> Result<Option<Moment>> {
    let Some(moment) = moment(args, 0) else { return Ok(None) };
    let zone = match duration(args, 1) {
        Some(offset) => Some(moment::zone(&offset)?),
        None if args.len() > 1 => None,
        None => Some(moment::implicit(call.eval)),
    };
    let adjusted = moment.adjusted(zone);
    adjusted.map(Some).ok_or_else(|| Error::new("FODT0001", "the date is too far away"))
}

fn adjust_date_time(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(moments(Type::DateTime, adjusted(call, args)?))
}

fn adjust_date(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(moments(Type::Date, adjusted(call, args)?.map(Moment::date)))
}

fn adjust_time(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(moments(Type::Time, adjusted(call, args)?.map(Moment::time)))
}

fn moments(kind: Type, moment: Option<Moment>) -> Sequence {
    moment.map(|moment| Atomic::moment(kind, moment).into()).into_iter().collect()
}

fn now(call: &Call<'_>) -> Moment {
    Moment { zone: Some(moment::implicit(call.eval)), ..call.eval.now }
}

fn current_date_time(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(moments(Type::DateTimeStamp, Some(now(call))))
}

fn current_date(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(moments(Type::Date, Some(now(call).date())))
}

fn current_time(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(moments(Type::Time, Some(now(call).time())))
}

fn implicit_timezone(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(one(offset(moment::implicit(call.eval))))
}
