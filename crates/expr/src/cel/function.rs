//! The functions that are not CEL's own: what pays for work, patterns, and a few of text.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelString, CelUInt};
use cel::common::value::{CowVal, Val};
use cel::{Context, ExecutionError, FunctionContext};
use regex::RegexBuilder;

use super::rewrite::{ADD, CHARGE, DIVIDE, MODULO, MULTIPLY, RANGE, SUBTRACT};
use super::value::weight;

/// The memory that a compiled pattern may take, in bytes.
const PATTERN: usize = 1 << 18;
/// What compiling a pattern costs.
const COMPILE: u64 = 2_000;

/// The steps that are left.
#[derive(Clone)]
pub(super) struct Budget(Arc<AtomicU64>);

/// Functions that are called by themselves: CEL's own.
pub(super) const ALONE: [&str; 12] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "int",
    "matches",
    "size",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// Functions that are called on a value: CEL's own.
pub(super) const ON_VALUES: [&str; 15] = [
    "contains",
    "endsWith",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "matches",
    "size",
    "startsWith",
];

/// Functions of ours, which are called either way.
pub(super) const OURS: [&str; 6] = ["join", "lowerAscii", "replace", "split", "trim", "upperAscii"];

/// What the parser knows: where a call of such a name is left, its arguments are not what it takes.
const MACROS: [(&str, &str); 6] = [
    ("has", "has(VALUE.member)"),
    ("all", "LIST.all(name, condition)"),
    ("exists", "LIST.exists(name, condition)"),
    ("exists_one", "LIST.exists_one(name, condition)"),
    ("map", "LIST.map(name, value)"),
    ("filter", "LIST.filter(name, condition)"),
];

type Made<'context, 'call> = Result<CowVal<'context, 'call>, ExecutionError>;
type Function = Box<
    dyn for<'context, 'call> Fn(&mut FunctionContext<'context, 'call>) -> Made<'context, 'call> + Send + Sync,
>;

// === impl Budget ===

/// What is left once it did not suffice.
const SPENT: u64 = u64::MAX;

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self(Arc::new(AtomicU64::new(steps)))
    }

    /// Takes steps; `false`: they do not suffice, nor will they later.
    pub(super) fn take(&self, steps: u64) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        let next = if left == SPENT { SPENT } else { left.checked_sub(steps).unwrap_or(SPENT) };
        self.0.store(next, Ordering::Relaxed);
        next != SPENT
    }

    pub(super) fn left(&self) -> u64 {
        let left = self.0.load(Ordering::Relaxed);
        if left == SPENT { 0 } else { left }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == SPENT
    }

    fn pay(&self, steps: u64) -> Result<(), ExecutionError> {
        if self.take(steps) { Ok(()) } else { Err(error("too many steps")) }
    }

    fn look(&self, value: &dyn Val) -> Result<(), ExecutionError> {
        self.pay(weight(value, self.left()))
    }

    fn text(&self, bytes: usize) -> Result<(), ExecutionError> {
        self.pay(1 + (bytes / 32) as u64)
    }
}

/// What is wrong with a call of this name, if there is no such function.
pub(super) fn unknown(name: &str, on_value: bool) -> Option<String> {
    let is_operator = name.contains(|one: char| !one.is_alphanumeric() && one != '_' && one != '.');
    let (here, there) = if on_value { (&ON_VALUES[..], &ALONE[..]) } else { (&ALONE[..], &ON_VALUES[..]) };
    if is_operator || here.contains(&name) || OURS.contains(&name) {
        return None;
    }
    if let Some((_, form)) = MACROS.iter().find(|(known, _)| *known == name) {
        return Some(format!("`{name}` is written as `{form}`"));
    }
    if there.contains(&name) {
        let form = if on_value { format!("{name}(VALUE)") } else { format!("VALUE.{name}(…)") };
        return Some(format!("`{name}` is written as `{form}`"));
    }
    let known = here.iter().chain(&OURS).map(|name| format!("`{name}`"));
    let (known, what) = (known.collect::<Vec<_>>().join(", "), if on_value { " on values" } else { "" });
    Some(format!("there is no function `{name}`{what}; known are {known}"))
}

/// Declares the functions.
pub(super) fn declare(context: &mut Context<'_, '_>, budget: &Budget) {
    add(context, CHARGE, {
        let budget = budget.clone();
        Box::new(move |call| {
            let value = first(call)?;
            budget.look(value.as_ref())?;
            Ok(value)
        })
    });
    add(context, RANGE, {
        let budget = budget.clone();
        Box::new(move |call| {
            let cost = call.args.get(1).and_then(|cost| cost.downcast_ref::<CelInt>());
            let cost = cost.and_then(|cost| u64::try_from(*cost.inner()).ok()).unwrap_or_default();
            let value = first(call)?;
            budget.look(value.as_ref())?;
            let count = value.as_sizer().and_then(|sized| u64::try_from(*sized.size().inner()).ok());
            budget.pay(count.unwrap_or_default().saturating_mul(cost))?;
            Ok(value)
        })
    });
    add(context, "matches", {
        let budget = budget.clone();
        Box::new(move |call| {
            let (text, pattern) = (text_of(call, 0)?, text_of(call, 1)?);
            budget.pay(COMPILE)?;
            budget.text(text.len())?;
            let regex = RegexBuilder::new(&pattern).size_limit(PATTERN).dfa_size_limit(PATTERN).build();
            let regex = regex.map_err(|cause| error(&cause.to_string()))?;
            Ok(CowVal::owned(CelBool::from(regex.is_match(&text))))
        })
    });
    of_text(context, budget);
    of_numbers(context);
}

/// Arithmetic. Numbers of JSON have one type: of two that are kept in different ones, one is put into the other's.
fn of_numbers(context: &mut Context<'_, '_>) {
    for (name, operation) in [
        (ADD, add_all as Operation),
        (SUBTRACT, |left, right| made(left.as_subtractor().map(|left| left.sub(right)))),
        (MULTIPLY, |left, right| made(left.as_multiplier().map(|left| left.mul(right)))),
        (DIVIDE, |left, right| made(left.as_divider().map(|left| left.div(right)))),
        (MODULO, |left, right| made(left.as_modder().map(|left| left.modulo(right)))),
    ] {
        add(
            context,
            name,
            Box::new(move |call| {
                let (left, right) = (argument(call, 0)?, argument(call, 1)?);
                let (left, right) = (left.as_ref(), right.as_ref());
                let done = match alike(left, right) {
                    Some((left, right)) => operation(left.as_ref(), right.as_ref()),
                    None => operation(left, right),
                };
                let word = name.trim_start_matches('@');
                let types = || (left.get_type().name().to_owned(), right.get_type().name().to_owned());
                done?.map(CowVal::Owned).ok_or_else(|| {
                    let (left, right) = types();
                    error(&format!("`{word}` is not for {left} and {right}"))
                })
            }),
        );
    }
}

type Operation =
    for<'v> fn(&(dyn Val + 'v), &(dyn Val + 'v)) -> Result<Option<Box<dyn Val + 'v>>, ExecutionError>;

fn add_all<'v>(
    left: &(dyn Val + 'v),
    right: &(dyn Val + 'v),
) -> Result<Option<Box<dyn Val + 'v>>, ExecutionError> {
    made(left.as_adder().map(|left| left.add(right)))
}

fn made<'v>(
    done: Option<Result<CowVal<'_, 'v>, ExecutionError>>,
) -> Result<Option<Box<dyn Val + 'v>>, ExecutionError> {
    done.transpose().map(|done| done.map(CowVal::into_owned))
}

/// Two numbers of different types in one that has both; none where they are alike, or cannot be made so.
fn alike<'v>(left: &dyn Val, right: &dyn Val) -> Option<(Box<dyn Val + 'v>, Box<dyn Val + 'v>)> {
    let number = |value: &dyn Val| {
        let whole = value.downcast_ref::<CelInt>().map(|number| Number::Int(*number.inner()));
        let unsigned = || value.downcast_ref::<CelUInt>().map(|number| Number::UInt(*number.inner()));
        let double = || value.downcast_ref::<CelDouble>().map(|number| Number::Double(*number.inner()));
        whole.or_else(unsigned).or_else(double)
    };
    let (left, right) = (number(left)?, number(right)?);
    if std::mem::discriminant(&left) == std::mem::discriminant(&right) {
        return None;
    }
    if let (Number::Double(_), _) | (_, Number::Double(_)) = (left, right) {
        return Some((Box::new(CelDouble::from(left.double())), Box::new(CelDouble::from(right.double()))));
    }
    left.int().zip(right.int()).or_else(|| left.uint().zip(right.uint()))
}

#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    UInt(u64),
    Double(f64),
}

// === impl Number ===

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "as `double()` of CEL")]
    fn double(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::UInt(number) => number as f64,
            Self::Double(number) => number,
        }
    }

    fn int(self) -> Option<Box<dyn Val>> {
        let number = match self {
            Self::Int(number) => Some(number),
            Self::UInt(number) => i64::try_from(number).ok(),
            Self::Double(_) => None,
        };
        number.map(|number| Box::new(CelInt::from(number)) as Box<dyn Val>)
    }

    fn uint(self) -> Option<Box<dyn Val>> {
        let number = match self {
            Self::Int(number) => u64::try_from(number).ok(),
            Self::UInt(number) => Some(number),
            Self::Double(_) => None,
        };
        number.map(|number| Box::new(CelUInt::from(number)) as Box<dyn Val>)
    }
}

fn of_text(context: &mut Context<'_, '_>, budget: &Budget) {
    add(context, "join", {
        let budget = budget.clone();
        Box::new(move |call| {
            let list = argument(call, 0)?;
            let list = list.downcast_ref::<CelList<'_>>().ok_or_else(|| error("it joins a list"))?;
            let by = if count(call) > 1 { text_of(call, 1)? } else { String::new() };
            let texts: Option<Vec<&str>> =
                list.inner().iter().map(|item| Some(item.downcast_ref::<CelString<'_>>()?.inner())).collect();
            let texts = texts.ok_or_else(|| error("it joins a list of text"))?;
            budget.text(texts.len().saturating_mul(by.len()))?;
            Ok(text(texts.join(&by)))
        })
    });
    add(context, "split", {
        let budget = budget.clone();
        Box::new(move |call| {
            let (whole, by) = (text_of(call, 0)?, text_of(call, 1)?);
            budget.pay(whole.len() as u64)?;
            let part = |part: &str| Box::new(CelString::from(part.to_owned())) as Box<dyn Val>;
            let parts: Vec<Box<dyn Val>> = whole.split(&by).map(part).collect();
            Ok(CowVal::owned(CelList::from(parts)))
        })
    });
    add(context, "replace", {
        let budget = budget.clone();
        Box::new(move |call| {
            let (whole, from, to) = (text_of(call, 0)?, text_of(call, 1)?, text_of(call, 2)?);
            budget.text(whole.matches(&from).count().saturating_mul(to.len()))?;
            Ok(text(whole.replace(&from, &to)))
        })
    });
    add(context, "trim", Box::new(|call| Ok(text(text_of(call, 0)?.trim().to_owned()))));
    add(context, "lowerAscii", Box::new(|call| Ok(text(text_of(call, 0)?.to_ascii_lowercase()))));
    add(context, "upperAscii", Box::new(|call| Ok(text(text_of(call, 0)?.to_ascii_uppercase()))));
}

/// Names are CEL's no function has, so that adding one cannot fail.
fn add(context: &mut Context<'_, '_>, name: &str, function: Function) {
    context.add_function(name, function).unwrap_or_default();
}

fn first<'context, 'call>(call: &mut FunctionContext<'context, 'call>) -> Made<'context, 'call> {
    if call.args.is_empty() {
        Err(ExecutionError::MissingArgumentOrTarget)
    } else {
        Ok(call.args.swap_remove(0))
    }
}

/// An argument, where what a method is called on is the first.
fn argument<'a, 'context, 'call>(
    call: &'a FunctionContext<'context, 'call>,
    index: usize,
) -> Result<&'a CowVal<'context, 'call>, ExecutionError> {
    call.this.iter().chain(&call.args).nth(index).ok_or(ExecutionError::MissingArgumentOrTarget)
}

fn count(call: &FunctionContext<'_, '_>) -> usize {
    usize::from(call.this.is_some()) + call.args.len()
}

fn text_of(call: &FunctionContext<'_, '_>, index: usize) -> Result<String, ExecutionError> {
    let value = argument(call, index)?;
    let text = value.downcast_ref::<CelString<'_>>().map(|text| text.inner().to_owned());
    text.ok_or_else(|| error(&format!("`{}` is for text, not for {}", call.name, value.get_type().name())))
}

fn text<'context, 'call>(text: String) -> CowVal<'context, 'call> {
    CowVal::owned(CelString::from(text))
}

fn error(message: &str) -> ExecutionError {
    ExecutionError::function_error("flow", message)
}
