//! Functions that make one value of many (Functions and Operators 3.1 §14.4).

use std::cmp::Ordering;

use crate::ast::Operator;
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::functions::numeric::as_number;
use crate::functions::{Args, Entry, nothing};
use crate::item::{Item, Sequence, one};
use crate::types::Type;
use crate::version::Version;
use crate::{arithmetic, cast, compare};

pub(super) const TABLE: &[Entry] = &[
    (Version::V10, "fn:count(item()*) as xs:integer", |_, args| Ok(one(Atomic::from(args.items(0).len())))),
    (Version::V10, "fn:sum(xs:anyAtomicType*) as xs:anyAtomicType", |call, args| {
        let total = sum(call, args)?;
        Ok(one(total.unwrap_or_else(|| Atomic::from(0i128))))
    }),
    (Version::V20, "fn:sum(xs:anyAtomicType*, xs:anyAtomicType?) as xs:anyAtomicType?", |call, args| {
        let total = sum(call, args)?;
        Ok(total.map_or_else(|| args.take(1), one))
    }),
    (Version::V20, "fn:avg(xs:anyAtomicType*) as xs:anyAtomicType?", average),
    (Version::V20, "fn:max(xs:anyAtomicType*) as xs:anyAtomicType?", |call, args| {
        extreme(call, args, Ordering::Greater)
    }),
    (Version::V20, "fn:max(xs:anyAtomicType*, xs:string) as xs:anyAtomicType?", |call, args| {
        extreme(call, args, Ordering::Greater)
    }),
    (Version::V20, "fn:min(xs:anyAtomicType*) as xs:anyAtomicType?", |call, args| {
        extreme(call, args, Ordering::Less)
    }),
    (Version::V20, "fn:min(xs:anyAtomicType*, xs:string) as xs:anyAtomicType?", |call, args| {
        extreme(call, args, Ordering::Less)
    }),
];

/// The sum; `None` of nothing. By the rules of `XPath` 1.0 of numbers, whatever the values are.
fn sum(call: &Call<'_>, args: &Args) -> Result<Option<Atomic>> {
    if !call.eval.compatible() {
        return total(&values(call.eval, args, is_summed)?, call.eval);
    }
    call.eval.charge(args.items(0).len())?;
    let mut sum = 0.0;
    for item in args.items(0) {
        if let Item::Atomic(atomic) = item {
            sum += as_number(atomic, call.eval)?;
        }
    }
    Ok(Some(sum.into()))
}

fn average(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let values = values(call.eval, args, is_summed)?;
    let Some(total) = total(&values, call.eval)? else {
        return nothing();
    };
    let average = arithmetic::binary(Operator::Divide, &total, &Atomic::from(values.len()), call.eval)?;
    Ok(one(average))
}

fn total(values: &[Atomic], eval: &Eval<'_>) -> Result<Option<Atomic>> {
    let Some((first, rest)) = values.split_first() else {
        return Ok(None);
    };
    let mut total = first.clone();
    for value in rest {
        total = arithmetic::binary(Operator::Add, &total, value, eval)?;
    }
    Ok(Some(total))
}

/// `fn:max` and `fn:min`: the value that all others are not beyond.
fn extreme(call: &Call<'_>, args: &Args, beyond: Ordering) -> Result<Sequence> {
    let by = args.collation(1, call.eval)?;
    let values = values(call.eval, args, is_ordered)?;
    if let Some(none) = values.iter().find(|value| value.is_nan()) {
        return Ok(one(none.clone()));
    }
    let mut values = values.into_iter();
    let Some(mut most) = values.next() else {
        return nothing();
    };
    for value in values {
        if compare::order(&value, &most, by, call.eval)? == Some(beyond) {
            most = value;
        }
    }
    Ok(one(most))
}

/// The values of the first argument: untyped ones as doubles, URIs among strings as strings, numbers as one type. They
/// must be of a family that fits, and all of the same.
fn values(eval: &Eval<'_>, args: &Args, fits: fn(Type) -> bool) -> Result<Vec<Atomic>> {
    let items = args.items(0);
    eval.charge(items.len())?;
    let mut values: Vec<Atomic> = Vec::with_capacity(items.len());
    let mut common = None;
    for item in items {
        let Item::Atomic(atomic) = item else { continue };
        let value = match atomic.kind {
            Type::Untyped => cast::cast(atomic, Type::Double, eval)?,
            _ => atomic.clone(),
        };
        let family = family(value.kind);
        if !fits(family) {
            let name = value.kind.name();
            return Err(Error::new("FORG0006", format_args!("a value of xs:{name} does not fit")));
        }
        if let Some(first) = values.first().filter(|first| self::family(first.kind) != family) {
            let (first, other) = (first.kind.name(), value.kind.name());
            let text = format!("values of xs:{first} and of xs:{other} do not fit together");
            return Err(Error::new("FORG0006", text));
        }
        common = wider(common, arithmetic::common(&value, &value));
        values.push(value);
    }
    if let Some(kind) = common {
        return values.iter().map(|value| arithmetic::promote(value, kind)).collect();
    }
    if values.iter().any(|value| value.kind != Type::Uri) {
        for value in values.iter_mut().filter(|value| value.kind == Type::Uri) {
            value.kind = Type::String;
        }
    }
    Ok(values)
}

/// The wider of two types of numbers.
fn wider(left: Option<Type>, right: Option<Type>) -> Option<Type> {
    let all = [Type::Double, Type::Float, Type::Decimal, Type::Integer];
    all.into_iter().map(Some).find(|kind| left == *kind || right == *kind).flatten()
}

/// The type whose values go together.
fn family(kind: Type) -> Type {
    let all = [
        Type::Numeric,
        Type::String,
        Type::Boolean,
        Type::YearMonthDuration,
        Type::DayTimeDuration,
        Type::DateTime,
    ];
    if kind == Type::Uri {
        return Type::String;
    }
    all.into_iter().find(|family| kind.is(*family)).unwrap_or(kind)
}

fn is_summed(family: Type) -> bool {
    matches!(family, Type::Numeric | Type::YearMonthDuration | Type::DayTimeDuration)
}

fn is_ordered(family: Type) -> bool {
    is_summed(family)
        || matches!(
            family,
            Type::String
                | Type::Boolean
                | Type::DateTime
                | Type::Date
                | Type::Time
                | Type::HexBinary
                | Type::Base64Binary
        )
}
