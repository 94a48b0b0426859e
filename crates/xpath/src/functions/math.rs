//! Functions on angles, powers and logarithms (Functions and Operators 3.1 §4.8).

use crate::atomic::{Atomic, Value};
use crate::error::Result;
use crate::functions::{Args, Entry, nothing};
use crate::item::{Sequence, one};
use crate::number;
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V30, "math:pi() as xs:double", |_, _| Ok(one(Atomic::from(std::f64::consts::PI)))),
    (Version::V30, "math:exp(xs:double?) as xs:double?", |_, args| real(args, f64::exp)),
    (Version::V30, "math:exp10(xs:double?) as xs:double?", |_, args| real(args, |power| 10f64.powf(power))),
    (Version::V30, "math:log(xs:double?) as xs:double?", |_, args| real(args, f64::ln)),
    (Version::V30, "math:log10(xs:double?) as xs:double?", |_, args| real(args, f64::log10)),
    (Version::V30, "math:pow(xs:double?, xs:numeric) as xs:double?", |_, args| pow(args)),
    (Version::V30, "math:sqrt(xs:double?) as xs:double?", |_, args| real(args, f64::sqrt)),
    (Version::V30, "math:sin(xs:double?) as xs:double?", |_, args| real(args, f64::sin)),
    (Version::V30, "math:cos(xs:double?) as xs:double?", |_, args| real(args, f64::cos)),
    (Version::V30, "math:tan(xs:double?) as xs:double?", |_, args| real(args, f64::tan)),
    (Version::V30, "math:asin(xs:double?) as xs:double?", |_, args| real(args, f64::asin)),
    (Version::V30, "math:acos(xs:double?) as xs:double?", |_, args| real(args, f64::acos)),
    (Version::V30, "math:atan(xs:double?) as xs:double?", |_, args| real(args, f64::atan)),
    (Version::V30, "math:atan2(xs:double, xs:double) as xs:double", |_, args| {
        let x = args.double(1).unwrap_or(f64::NAN);
        real(args, |y| y.atan2(x))
    }),
];

/// What a function makes of the first argument.
fn real(args: &Args, of: impl FnOnce(f64) -> f64) -> Result<Sequence> {
    args.double(0).map_or_else(nothing, |number| Ok(one(Atomic::from(of(number)))))
}

fn pow(args: &Args) -> Result<Sequence> {
    let power = match args.atomic(1).map(|atomic| &atomic.value) {
        Some(Value::Integer(power)) => number::integer_double(*power),
        Some(Value::Decimal(power)) => number::decimal_double(power),
        Some(Value::Float(power)) => f64::from(*power),
        Some(Value::Double(power)) => *power,
        _ => f64::NAN,
    };
    real(args, |base| base.powf(power))
}
