//! Names and tokens (XML 1.0 §2.3; Namespaces in XML 1.0 §4; XML Schema 1.1 part 2 §3.4).

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
    text.chars().next().is_some_and(starts) && text.chars().all(continues)
}

/// `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let short = |part: &str| (1..=8).contains(&part.len());
    parts.next().is_some_and(|first| short(first) && first.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && parts.all(|part| short(part) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether a name may start with it (`NameStartChar`).
fn starts(character: char) -> bool {
    matches!(character,
        ':' | 'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Whether a name may have it (`NameChar`).
fn continues(character: char) -> bool {
    starts(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
