//! Values from text (Functions and Operators 3.1 §19.2; XML Schema 1.1 part 2).

use std::borrow::Cow;
use std::sync::Arc;

use super::{binary, name};
use crate::atomic::{QName, Value};
use crate::character::is_blank;
use crate::error::{Error, Result, shown};
use crate::eval::Eval;
use crate::types::Type;
use crate::{duration, moment, number};

/// The value of a type that a text is written for: of any type but those of texts.
pub(super) fn value(text: &str, to: Type, eval: &Eval<'_>) -> Result<Value> {
    let text = collapse(text);
    let base = to.base();
    let value = match base {
        Type::Uri => is_uri(&text).then(|| Value::Text(text.as_ref().into())),
        Type::Boolean => match text.as_ref() {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Type::Integer => number::integer(&text).map(Value::Integer),
        Type::Decimal => number::decimal(&text).map(Value::Decimal),
        Type::Float => number::float(&text).map(Value::Float),
        Type::Double if eval.compatible() && !is_old_number(&text) => None,
        Type::Double => number::double(&text).map(Value::Double),
        Type::Duration | Type::YearMonthDuration | Type::DayTimeDuration => {
            return duration::read(base, &text).map(Value::Duration);
        }
        Type::HexBinary => binary::read_hex(&text).map(|bytes| Value::Binary(bytes.into())),
        Type::Base64Binary => binary::read_base64(&text).map(|bytes| Value::Binary(bytes.into())),
        Type::QName => return qname(&text, eval).map(|name| Value::QName(Arc::new(name))),
        _ => return moment::read(base, &text).map(Value::Moment),
    };
    value.ok_or_else(|| Error::new(code(&text, to), format_args!("`{}` is no {to}", shown(&text))))
}

/// Whether a text is a number of `XPath` 1.0 (§4.4): one without an exponent and without a plus sign.
fn is_old_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Why a text is no value: it is too large for one, or not written so.
fn code(text: &str, to: Type) -> &'static str {
    let digits = text.trim_start_matches(['+', '-']);
    let signs = text.len() - digits.len();
    let is_number = |points: usize| {
        signs < 2
            && digits.bytes().any(|byte| byte.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && digits.bytes().filter(|byte| *byte == b'.').count() <= points
    };
    match to {
        Type::Integer if is_number(0) => "FOCA0003",
        Type::Decimal if is_number(1) => "FOCA0001",
        _ => "FORG0001",
    }
}

/// Whether a text may be a URI. XML Schema lets nearly all be one; a lone `%` and nothing before the first `:` are wrong in
/// every reference (RFC 3987 §2.2).
fn is_uri(text: &str) -> bool {
    let is_escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    !text.starts_with(':') && text.split('%').skip(1).all(is_escape)
}

/// A name with a prefix of the expression's.
fn qname(text: &str, eval: &Eval<'_>) -> Result<QName> {
    let (prefix, local) = text.split_once(':').map_or((None, text), |(prefix, local)| (Some(prefix), local));
    if !name::is_ncname(local) || prefix.is_some_and(|prefix| !name::is_ncname(prefix)) {
        return Err(Error::new("FORG0001", format_args!("`{}` is no {}", shown(text), Type::QName)));
    }
    let namespace = match prefix {
        None => "",
        Some(prefix) => eval.namespace(prefix)?.ok_or_else(|| {
            Error::new("FONS0004", format_args!("the prefix `{}` is not declared", shown(prefix)))
        })?,
    };
    Ok(QName { prefix: prefix.unwrap_or_default().into(), namespace: namespace.into(), local: local.into() })
}

/// A text with each white space as a blank (`whiteSpace` of `replace`).
pub(super) fn replace(text: &str) -> Cow<'_, str> {
    if text.contains(['\t', '\n', '\r']) { text.replace(['\t', '\n', '\r'], " ").into() } else { text.into() }
}

/// A text without white space at its ends and with one blank for any other (`whiteSpace` of `collapse`).
pub(super) fn collapse(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(is_blank);
    if !text.contains("  ") && !text.contains(['\t', '\n', '\r']) {
        return text.into();
    }
    text.split(is_blank).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").into()
}
