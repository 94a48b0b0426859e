//! The request target in its four forms (RFC 9112 §3.2).

use message::{Fields, Method, Reason, Scheme, Span};

use crate::head::span;
use crate::{Reject, authority, chars};

/// A request target.
#[derive(Debug)]
pub(super) struct Target {
    scheme: Option<Scheme>,
    authority: Option<Span>,
    path: Path,
    query: Option<Span>,
}

#[derive(Debug)]
enum Path {
    At(Span),
    /// Not on the wire, but meant (RFC 9112 §3.2.1, §3.2.4).
    Implied(&'static [u8]),
}

/// Parses the target, which starts at byte `at` of the request line.
pub(super) fn parse(method: &Method, target: &[u8], at: usize) -> Result<Target, Reject> {
    match (method, target) {
        (_, []) => Err(malformed("the target is empty (RFC 9112 §3.2)")),
        (Method::Connect, _) => connect(target, at),
        (_, [b'/', ..]) => {
            let (path, query) = path_and_query(target, at)?;
            Ok(Target { scheme: None, authority: None, path: Path::At(path), query })
        }
        (Method::Options, b"*") => {
            Ok(Target { scheme: None, authority: None, path: Path::At(span(at, 1)), query: None })
        }
        (_, b"*") => Err(malformed("the target * is for OPTIONS alone (RFC 9112 §3.2.4)")),
        _ => absolute(method, target, at),
    }
}

fn malformed(detail: &'static str) -> Reject {
    Reject::new(Reason::MalformedRequest, detail)
}

/// Authority-form: host and port, both (RFC 9112 §3.2.3, RFC 9110 §9.3.6).
fn connect(target: &[u8], at: usize) -> Result<Target, Reject> {
    match authority::check(target) {
        Ok(Some(1..)) => Ok(Target {
            scheme: None,
            authority: Some(span(at, target.len())),
            path: Path::Implied(b""),
            query: None,
        }),
        Ok(_) => Err(malformed("a CONNECT target names no port, or port 0 (RFC 9110 §9.3.6)")),
        Err(_) => Err(malformed("a CONNECT target is not a host and a port (RFC 9112 §3.2.3)")),
    }
}

/// Absolute-form: its authority counts, not `Host` (RFC 9112 §3.2.2).
fn absolute(method: &Method, target: &[u8], at: usize) -> Result<Target, Reject> {
    let Some((scheme, start)) = scheme_of(target) else {
        return Err(malformed("the target is neither a path nor an http or https URI (RFC 9112 §3.2)"));
    };
    let rest = target.get(start..).unwrap_or_default();
    let len = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(len).unwrap_or_default();
    if let Err(detail) = authority::check(authority) {
        return Err(Reject::new(Reason::InvalidHost, detail));
    }
    let rest_at = at + start + len;
    let (path, query) = match rest {
        [] if *method == Method::Options => (Path::Implied(b"*"), None),
        [] => (Path::Implied(b"/"), None),
        [b'/', ..] => {
            let (path, query) = path_and_query(rest, rest_at)?;
            (Path::At(path), query)
        }
        _ => {
            let (_, query) = path_and_query(rest, rest_at)?;
            (Path::Implied(b"/"), query)
        }
    };
    Ok(Target { scheme: Some(scheme), authority: Some(span(at + start, len)), path, query })
}

/// The scheme of an absolute target and the length of `scheme://`; schemes are case-insensitive.
fn scheme_of(target: &[u8]) -> Option<(Scheme, usize)> {
    for (name, scheme) in [(&b"http://"[..], Scheme::Http), (b"https://", Scheme::Https)] {
        if target.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return Some((scheme, name.len()));
        }
    }
    None
}

/// Splits `path [ "?" query ]`; escapes are left for the router to read.
fn path_and_query(target: &[u8], at: usize) -> Result<(Span, Option<Span>), Reject> {
    let len = chars::path_len(target);
    let path = span(at, len);
    match target.get(len..).unwrap_or_default() {
        [] => Ok((path, None)),
        [b'?', query @ ..] if chars::is_query(query) => Ok((path, Some(span(at + len + 1, query.len())))),
        [b'#', ..] => Err(malformed("the target has a fragment (RFC 9112 §3.2)")),
        [b'?', query @ ..] if query.contains(&b'#') => {
            Err(malformed("the target has a fragment (RFC 9112 §3.2)"))
        }
        rest if rest.contains(&b' ') => Err(malformed("the target has a space in it (RFC 9112 §3.2)")),
        _ => Err(malformed("the target has a character that no URI has (RFC 3986 §2)")),
    }
}

// === impl Target ===

impl Target {
    /// The scheme that the request is for. An `https` URI is served over a secured connection alone
    /// (RFC 9110 §7.4).
    pub(super) fn scheme(&self, connection: Scheme) -> Result<Scheme, Reject> {
        match (self.scheme, connection) {
            (Some(Scheme::Https), Scheme::Http) => Err(Reject::new(
                Reason::MisdirectedRequest,
                "an https target came over a connection without TLS (RFC 9110 §7.4)",
            )),
            (Some(scheme), _) => Ok(scheme),
            (None, connection) => Ok(connection),
        }
    }

    /// Authority, path and query as spans of `fields`' block.
    pub(super) fn spans(&self, fields: &mut Fields, host: Span) -> (Span, Span, Option<Span>) {
        let path = match self.path {
            Path::At(path) => path,
            Path::Implied(path) => fields.store(path),
        };
        (self.authority.unwrap_or(host), path, self.query)
    }
}
