//! Names and tokens (XML 1.0 §2.3; Namespaces in XML 1.0 §4; XML Schema 1.1 part 2 §3.4).

use crate::parse::lex::{continues_name, starts_name};
use crate::types::Type;

/// Whether a text, with its white space collapsed, is of a type of texts.
pub(super) fn is_valid(text: &str, of: Type) -> bool {
    match of {
        Type::Language => is_language(text),
        Type::NmToken => !text.is_empty() && text.chars().all(continues),
        Type::Name => is_name(text),
        Type::NcName | Type::Id | Type::IdRef | Type::Entity => is_ncname(text),
        _ => true,
    }
}

/// Whether it is a name without a colon.
pub(crate) fn is_ncname(text: &str) -> bool {
    is_name(text) && !text.contains(':')
}

fn is_name(text: &str) -> bool {
    text.chars().next().is_some_and(|first| first == ':' || starts_name(first)) && text.chars().all(continues)
}

/// `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let short = |part: &str| (1..=8).contains(&part.len());
    parts.next().is_some_and(|first| short(first) && first.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && parts.all(|part| short(part) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a name may have it (XML 1.0 §2.3, `NameChar`).
fn continues(character: char) -> bool {
    character == ':' || continues_name(character)
}
