//! Functions on URIs (Functions and Operators 3.1 §6), by RFC 3986.

use super::{Args, Entry, nothing};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::function::Call;
use crate::functions::string::made;
use crate::item::{Sequence, one};
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V20, "fn:resolve-uri(xs:string?) as xs:anyURI?", resolve_uri),
    (Version::V20, "fn:resolve-uri(xs:string?, xs:string) as xs:anyURI?", resolve_uri),
    (Version::V20, "fn:encode-for-uri(xs:string?) as xs:string", encode_for_uri),
    (Version::V20, "fn:iri-to-uri(xs:string?) as xs:string", iri_to_uri),
    (Version::V20, "fn:escape-html-uri(xs:string?) as xs:string", escape_html_uri),
];

/// The parts of a reference (RFC 3986 §3), without the signs around them.
struct Reference<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

fn resolve_uri(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(relative) = args.text(0) else {
        return nothing();
    };
    let base = args.string(1);
    call.eval.charge_text(relative.len().saturating_add(base.len()))?;
    let reference = Reference::parse(relative).ok_or_else(|| wrong(relative, "no URI"))?;
    if reference.scheme.is_some() {
        return Ok(one(Atomic::uri(relative.clone())));
    }
    if args.len() < 2 {
        return Err(Error::new("FONS0005", "there is no base URI"));
    }
    let base = Reference::parse(base).filter(Reference::is_base).ok_or_else(|| wrong(base, "no base URI"))?;
    Ok(one(Atomic::uri(reference.resolved(&base))))
}

/// Whether a URI begins with a scheme.
pub(super) fn is_absolute(uri: &str) -> bool {
    Reference::parse(uri).is_some_and(|uri| uri.scheme.is_some())
}

/// What a URI stands for at a place; `None` where one of the two is none.
pub(super) fn resolved(uri: &str, base: &str) -> Option<String> {
    Some(Reference::parse(uri)?.resolved(&Reference::parse(base).filter(Reference::is_base)?))
}

fn wrong(uri: &str, what: &str) -> Error {
    Error::new("FORG0002", format_args!("`{uri}` is {what}"))
}

fn encode_for_uri(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    escaped(call, args, |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

fn iri_to_uri(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    escaped(call, args, |byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte))
}

fn escape_html_uri(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    escaped(call, args, |byte| (b' '..=b'~').contains(&byte))
}

/// A text whose bytes are escaped but for those that stay.
fn escaped(call: &Call<'_>, args: &Args, stays: fn(u8) -> bool) -> Result<Sequence> {
    let text = args.string(0);
    call.eval.charge_text(text.len())?;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) {
            escaped.push(byte.into()); // only ASCII does
        } else {
            let code = format!("%{byte:02X}");
            escaped.push_str(&code);
        }
    }
    made(call, escaped)
}

// === impl Reference ===

impl<'a> Reference<'a> {
    /// Reads a URI or what is relative to one. Characters beyond ASCII and spaces are let through, as IRIs may have them.
    fn parse(text: &'a str) -> Option<Self> {
        let (rest, fragment) = cut(text, '#');
        let (rest, query) = cut(rest, '?');
        let first = rest.split('/').next().unwrap_or_default();
        let (scheme, rest) = match first.split_once(':') {
            Some((scheme, _)) if is_scheme(scheme) => (Some(scheme), rest.get(scheme.len() + 1..)?),
            Some(_) => return None,
            None => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(after) => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        let valid = |part: &str, brackets: bool| {
            let wrong = |byte: u8| {
                byte.is_ascii_control()
                    || b"<>\"{}|\\^`#".contains(&byte)
                    || (!brackets && matches!(byte, b'[' | b']'))
            };
            !part.bytes().any(wrong) && has_whole_escapes(part)
        };
        let all = valid(path, false)
            && [authority, query, fragment].into_iter().flatten().all(|one| valid(one, true));
        all.then_some(Self { scheme, authority, path, query, fragment })
    }

    /// Whether references can be resolved against it: it has a scheme, a hierarchy and no fragment.
    fn is_base(&self) -> bool {
        self.scheme.is_some()
            && self.fragment.is_none()
            && (self.authority.is_some() || self.path.starts_with('/'))
    }

    /// What a relative one stands for (§5.2.2).
    fn resolved(&self, base: &Self) -> String {
        let (authority, path, query) = if self.authority.is_some() {
            (self.authority, without_dots(self.path), self.query)
        } else if self.path.is_empty() {
            (base.authority, base.path.to_owned(), self.query.or(base.query))
        } else if self.path.starts_with('/') {
            (base.authority, without_dots(self.path), self.query)
        } else {
            let folder = base.path.rfind('/').and_then(|at| base.path.get(..=at));
            let path = format!("{}{}", folder.unwrap_or("/"), self.path);
            (base.authority, without_dots(&path), self.query)
        };
        let mut text = String::new();
        let mut part = |before: &str, part: Option<&str>, after: &str| {
            if let Some(part) = part {
                text.extend([before, part, after]);
            }
        };
        part("", base.scheme, ":");
        part("//", authority, "");
        part("", Some(&path), "");
        part("?", query, "");
        part("#", self.fragment, "");
        text
    }
}

/// A text up to a sign, and what follows this.
fn cut(text: &str, sign: char) -> (&str, Option<&str>) {
    text.split_once(sign).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether two digits follow each `%`.
fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        [digits.next(), digits.next()].iter().all(|one| one.is_some_and(|byte| byte.is_ascii_hexdigit()))
    })
}

/// A path without `.` and `..` (§5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." && kept.len() > 1 {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    kept.join("/")
}
