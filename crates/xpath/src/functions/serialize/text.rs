//! Text as it is written: normalized, mapped and escaped (Serialization 3.1 §4, §11).

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::parameters::{Method, Parameters};
use crate::error::{Error, Result};
use crate::eval::Eval;

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Element,
    Attribute,
}

/// Takes the steps off that a text may take when it is written.
pub(super) fn charge(text: &str, parameters: &Parameters, eval: &Eval<'_>) -> Result<()> {
    eval.charge_text(text.len().saturating_mul(parameters.characters.longest.max(1)))
}

/// Writes a text as it is, but for the character map.
pub(super) fn plain(text: &str, parameters: &Parameters, to: &mut String) -> Result<()> {
    each(text, parameters, to, |one, _, to| {
        if !parameters.encoding.has(one) {
            let text = format!("the encoding does not have U+{:04X}", u32::from(one));
            return Err(Error::new("SERE0008", text));
        }
        to.push(one);
        Ok(())
    })
}

/// Writes a text so that XML or HTML reads it as it is.
pub(super) fn escaped(text: &str, place: Place, parameters: &Parameters, to: &mut String) -> Result<()> {
    let html = parameters.method == Method::Html;
    let attribute = place == Place::Attribute;
    each(text, parameters, to, |one, next, to| {
        match one {
            '&' if html && attribute && next == Some('{') => to.push('&'),
            '<' if html && attribute => to.push('<'),
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' if attribute => to.push_str("&quot;"),
            '\u{a0}' if html => to.push_str("&nbsp;"),
            '\u{7f}'..='\u{9f}' if html => {
                let text = format!("HTML does not have U+{:04X}", u32::from(one));
                return Err(Error::new("SERE0014", text));
            }
            '\t' | '\n' if attribute && !html => reference(one, to),
            '\r' | '\u{7f}'..='\u{9f}' | '\u{2028}' => reference(one, to),
            other if parameters.encoding.has(other) => to.push(other),
            other => reference(other, to),
        }
        Ok(())
    })
}

/// Writes a character reference.
pub(super) fn reference(one: char, to: &mut String) {
    let text = format!("&#x{:X};", u32::from(one));
    to.push_str(&text);
}

/// Writes each character of a text, as the character map says or else as `write` does, which is told the next one as well.
pub(super) fn each(
    text: &str,
    parameters: &Parameters,
    to: &mut String,
    mut write: impl FnMut(char, Option<char>, &mut String) -> Result<()>,
) -> Result<()> {
    let text = normalized(text, parameters);
    let mut left = text.chars().peekable();
    while let Some(one) = left.next() {
        match parameters.characters.get(one) {
            Some(text) => to.push_str(text),
            None => write(one, left.peek().copied(), to)?,
        }
    }
    Ok(())
}

/// A text in the normalization form of the parameters.
pub(super) fn normalized<'a>(text: &'a str, parameters: &Parameters) -> Cow<'a, str> {
    match &*parameters.normalization {
        "NFC" => text.nfc().collect::<String>().into(),
        "NFD" => text.nfd().collect::<String>().into(),
        "NFKC" => text.nfkc().collect::<String>().into(),
        "NFKD" => text.nfkd().collect::<String>().into(),
        _ => text.into(),
    }
}
