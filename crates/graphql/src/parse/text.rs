//! What strings mean (September 2025, §2.9.4).

use std::iter::Peekable;
use std::str::Chars;

use async_graphql_parser::Pos;

use crate::Error;
use crate::tokens::unreadable;

/// The value of a string as it is written, quotes and all.
pub(super) fn value(quoted: &str, place: Pos) -> Result<String, Error> {
    if let Some(block) = quoted.strip_prefix("\"\"\"") {
        return Ok(block_value(&block.strip_suffix("\"\"\"").unwrap_or(block).replace("\\\"\"\"", "\"\"\"")));
    }
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
    let mut letters = inner.chars().peekable();
    let mut out = String::with_capacity(inner.len());
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        out.push(match letters.next() {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => character(&mut letters)
                .ok_or_else(|| unreadable("`\\u` in a string names no character of Unicode's", place))?,
            Some(other) => {
                return Err(unreadable(&format!("`\\{other}` in a string means nothing"), place));
            }
            None => return Err(unreadable("a string ends in the midst of an escape", place)),
        });
    }
    Ok(out)
}

/// What stands behind `\u`: four digits, twice where they are a surrogate pair, or digits in braces.
fn character(letters: &mut Peekable<Chars<'_>>) -> Option<char> {
    if letters.next_if_eq(&'{').is_some() {
        let mut digits = String::new();
        while let Some(digit) = letters.next_if(char::is_ascii_hexdigit) {
            digits.push(digit);
        }
        letters.next_if_eq(&'}')?;
        return char::from_u32(u32::from_str_radix(&digits, 16).ok()?);
    }
    let first = four(letters)?;
    if !(0xD800..0xDC00).contains(&first) {
        return char::from_u32(first);
    }
    letters.next_if_eq(&'\\')?;
    letters.next_if_eq(&'u')?;
    let second = four(letters).filter(|second| (0xDC00..0xE000).contains(second))?;
    char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
}

fn four(letters: &mut Peekable<Chars<'_>>) -> Option<u32> {
    (0..4).try_fold(0, |so_far, _| Some((so_far << 4) | letters.next()?.to_digit(16)?))
}

/// `BlockStringValue`: without the indent that all lines have, and without empty lines around.
fn block_value(raw: &str) -> String {
    let lines: Vec<&str> = raw.split("\r\n").flat_map(|part| part.split(['\r', '\n'])).collect();
    let blank = |line: &&str| line.chars().all(is_white);
    let indent = |line: &&str| line.chars().take_while(|letter| is_white(*letter)).count();
    let common = lines.iter().skip(1).filter(|line| !blank(line)).map(indent).min().unwrap_or(0);
    let told = lines.iter().enumerate().map(|(at, line)| {
        let from = if at == 0 { 0 } else { common.min(line.len()) };
        line.get(from..).unwrap_or_default()
    });
    let mut told: Vec<&str> = told.skip_while(blank).collect();
    while told.last().is_some_and(blank) {
        told.pop();
    }
    told.join("\n")
}

fn is_white(letter: char) -> bool {
    matches!(letter, ' ' | '\t')
}
