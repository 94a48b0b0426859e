//! The parts of durations (Functions and Operators 3.1 §8.3).

#![expect(clippy::unnecessary_wraps, reason = "the functions of the tables are of one type")]

use rust_decimal::Decimal;

use super::datetime::duration;
use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, Duration};
use crate::error::{Error, Result};
use crate::function::Call;
use crate::item::{Sequence, one};
use crate::moment::{DAY, HOUR, MINUTE};
use crate::version::Version::V20;

pub(super) const TABLE: &[Entry] = &[
    (V20, "fn:years-from-duration(xs:duration?) as xs:integer?", years),
    (V20, "fn:months-from-duration(xs:duration?) as xs:integer?", months),
    (V20, "fn:days-from-duration(xs:duration?) as xs:integer?", days),
    (V20, "fn:hours-from-duration(xs:duration?) as xs:integer?", hours),
    (V20, "fn:minutes-from-duration(xs:duration?) as xs:integer?", minutes),
    (V20, "fn:seconds-from-duration(xs:duration?) as xs:decimal?", seconds),
];

fn part(args: &Args, of: fn(&Duration) -> i128) -> Result<Sequence> {
    Ok(duration(args, 0).map(|duration| Atomic::from(of(&duration)).into()).into_iter().collect())
}

fn years(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |duration| (duration.months / 12).into())
}

fn months(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |duration| (duration.months % 12).into())
}

fn days(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |duration| duration.nanos / DAY)
}

fn hours(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |duration| duration.nanos % DAY / HOUR)
}

fn minutes(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args, |duration| duration.nanos % HOUR / MINUTE)
}

fn seconds(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(duration) = duration(args, 0) else { return nothing() };
    let seconds = Decimal::try_from_i128_with_scale(duration.nanos % MINUTE, 9)
        .map_err(|_| Error::new("FOAR0002", "the seconds do not fit"))?;
    Ok(one(Atomic::from(seconds.normalize())))
}
