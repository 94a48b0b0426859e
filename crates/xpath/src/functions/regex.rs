//! Functions with regular expressions (Functions and Operators 3.1 §5.6). They are matched by the crate `regex`, whose time
//! grows with the text alone; so there are no back-references.

mod analyze;
mod blocks;
mod case;
mod pattern;
mod translate;

use std::rc::Rc;

use regex::Captures;

use self::pattern::Pattern;
use super::string::{made, words};
use super::{Args, Entry, nothing};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::function::Call;
use crate::item::{Item, Sequence, one};
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V20, "fn:matches(xs:string?, xs:string) as xs:boolean", matches),
    (Version::V20, "fn:matches(xs:string?, xs:string, xs:string) as xs:boolean", matches),
    (Version::V20, "fn:replace(xs:string?, xs:string, xs:string) as xs:string", replace),
    (Version::V20, "fn:replace(xs:string?, xs:string, xs:string, xs:string) as xs:string", replace),
    (Version::V31, "fn:tokenize(xs:string?) as xs:string*", tokenize_words),
    (Version::V20, "fn:tokenize(xs:string?, xs:string) as xs:string*", tokenize),
    (Version::V20, "fn:tokenize(xs:string?, xs:string, xs:string) as xs:string*", tokenize),
    (
        Version::V30,
        "fn:analyze-string(xs:string?, xs:string) as element(fn:analyze-string-result)",
        analyze::analyze_string,
    ),
    (
        Version::V30,
        "fn:analyze-string(xs:string?, xs:string, xs:string) as element(fn:analyze-string-result)",
        analyze::analyze_string,
    ),
];

/// A part of what replaces a match.
enum Part {
    Text(String),
    /// What a group has matched; the whole is 0.
    Group(usize),
}

/// The pattern of the second argument, with the flags of another one; `FORX0003` where it matches the empty text.
fn splitting(call: &Call<'_>, args: &Args, flags: usize) -> Result<Rc<Pattern>> {
    let pattern = Pattern::of(args.string(1), args.string(flags), call.eval)?;
    if pattern.empty {
        return Err(Error::new("FORX0003", "the regular expression matches the empty text"));
    }
    Ok(pattern)
}

fn matches(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let pattern = Pattern::of(args.string(1), args.string(2), call.eval)?;
    Ok(one(pattern.is_match(args.string(0), call.eval)?))
}

fn replace(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let pattern = splitting(call, args, 3)?;
    let parts = if pattern.is_literal() {
        vec![Part::Text(args.string(2).to_owned())]
    } else {
        replacement(args.string(2), pattern.groups.len() - 1)?
    };
    let (text, mut replaced, mut done) = (args.string(0), String::new(), 0);
    pattern.each(text, call.eval, |captures| {
        let found = captures.get_match();
        replaced.push_str(text.get(done..found.start()).unwrap_or_default());
        done = found.end();
        for part in &parts {
            let part = part.of(captures);
            call.eval.charge_text(part.len())?;
            replaced.push_str(part);
        }
        Ok(())
    })?;
    replaced.push_str(text.get(done..).unwrap_or_default());
    made(call, replaced)
}

/// Reads what replaces a match, in which `$1` is a group (§5.6.4); `FORX0004` where it is none.
fn replacement(text: &str, groups: usize) -> Result<Vec<Part>> {
    let (mut parts, mut plain) = (Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(escaped @ ('\\' | '$')) => plain.push(escaped),
                _ => return Err(Error::new("FORX0004", "a `\\` in a replacement is before no `\\` or `$`")),
            },
            '$' => {
                let mut digit = || characters.next_if(char::is_ascii_digit).and_then(|one| one.to_digit(10));
                let Some(first) = digit() else {
                    return Err(Error::new("FORX0004", "a `$` in a replacement is before no digit"));
                };
                let mut group = first as usize;
                // as many digits as a group has
                while let Some(next) = characters.peek().and_then(|one| one.to_digit(10)) {
                    let more = group * 10 + next as usize;
                    if more > groups {
                        break;
                    }
                    group = more;
                    characters.next();
                }
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Group(group));
            }
            other => plain.push(other),
        }
    }
    parts.push(Part::Text(plain));
    Ok(parts)
}

/// A token for each of a text's words.
fn tokenize_words(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let text = args.string(0);
    call.eval.charge_text(text.len())?;
    call.eval.charge(words(text).count())?;
    Ok(words(text).map(|word| Item::Atomic(word.into())).collect())
}

fn tokenize(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let pattern = splitting(call, args, 2)?;
    let (text, mut tokens, mut done) = (args.string(0), Vec::new(), 0);
    if text.is_empty() {
        return nothing();
    }
    let mut token = |from: usize, to: usize| {
        let token = text.get(from..to).unwrap_or_default();
        tokens.push(Item::Atomic(Atomic::from(token)));
        call.eval.charge_text(token.len())
    };
    pattern.each(text, call.eval, |captures| {
        let found = captures.get_match();
        token(done, found.start())?;
        done = found.end();
        Ok(())
    })?;
    token(done, text.len())?;
    Ok(tokens)
}

// === impl Part ===

impl Part {
    fn of<'a>(&'a self, captures: &'a Captures<'_>) -> &'a str {
        match self {
            Self::Text(text) => text,
            Self::Group(group) => captures.get(*group).map_or("", |found| found.as_str()),
        }
    }
}

#[cfg(test)]
mod tests;
