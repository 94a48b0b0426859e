//! Request heads (RFC 9112 §3, §5, §6).

mod line;
mod target;

use message::{Fields, Known, Method, Reason, RequestHead, Scheme, Version};

use crate::head::{Cursor, Host, Notes, Rules, Section, SpacedColon};
use crate::hop::Options;
use crate::length::{self, Stated};
use crate::{Framing, Limits, Reject, Scan, authority, list};

/// A request head that was taken, and what it says about body and connection.
#[derive(Clone, Debug)]
pub struct Request {
    /// The head. `Host` is not among its fields; every other field is, as it came.
    pub head: RequestHead,
    /// Bytes of the buffer that the head took, with an empty line before it if there was one.
    pub consumed: usize,
    /// How the body ends; never [`Framing::UntilClose`].
    pub framing: Framing,
    /// Whether the client allows another request on the connection (RFC 9112 §9.3).
    pub keep_alive: bool,
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    pub expect_continue: bool,
    /// Whether the client asks for another protocol (RFC 9110 §7.8); see [`crate::hop::strip`] for which.
    pub upgrade: bool,
}

static RULES: Rules = Rules {
    malformed: Reason::MalformedRequest,
    ambiguous: Reason::AmbiguousLength,
    coding: Reason::UnsupportedCoding,
    line_too_long: Reason::TargetTooLong,
    too_large: Reason::HeadTooLarge,
    spaced_colon: SpacedColon::Refuse,
    host: Host::Note,
};

/// Parses the request head at the start of `buf`. `Ok(None)` means that it is not complete: read on and
/// call again with the grown buffer and the same `scan`. `scheme` is that of the connection.
pub fn parse(
    buf: &[u8],
    limits: &Limits,
    scheme: Scheme,
    scan: &mut Scan,
) -> Result<Option<Request>, Reject> {
    let Some(skipped) = leading_line(buf)? else { return Ok(None) };
    let head = buf.get(skipped..).unwrap_or_default();
    if head.is_empty() || !scan.is_worth_parsing(head, limits) {
        return Ok(None);
    }
    let mut cursor = Cursor::new(head);
    let Some(line) = cursor.first_line(&RULES, limits)? else {
        scan.incomplete(head);
        return Ok(None);
    };
    let start = line::parse(line)?;
    let Some(section) = cursor.fields(&RULES, limits)? else {
        scan.incomplete(head);
        return Ok(None);
    };
    finish(start, section, scheme, skipped).map(Some)
}

/// The length of the one empty line that may stand before a request (RFC 9112 §2.2); `None` if that
/// cannot be told yet.
fn leading_line(buf: &[u8]) -> Result<Option<usize>, Reject> {
    let malformed = |detail| Err(Reject::new(Reason::MalformedRequest, detail));
    match buf {
        [] | [b'\r'] => Ok(None),
        [b'\r', b'\n', b'\r' | b'\n', ..] => {
            malformed("more than one empty line before the request (RFC 9112 §2.2)")
        }
        [b'\r', b'\n', ..] => Ok(Some(2)),
        [b'\r', ..] => malformed("a CR stands without LF (RFC 9112 §2.2)"),
        [b'\n', ..] => malformed("a line ends in LF without CR (RFC 9112 §2.2)"),
        _ => Ok(Some(0)),
    }
}

/// Judges the head as a whole, once all its lines are sound.
fn finish(
    start: line::Line,
    section: Section,
    connection: Scheme,
    skipped: usize,
) -> Result<Request, Reject> {
    let Section { mut fields, notes, len } = section;
    let line::Line { method, version, target } = start;
    let host = host(&fields, notes, version)?;
    let stated = length::stated(&fields, notes, version, &RULES)?;
    let framing = match stated {
        Stated::Nothing => Framing::None,
        Stated::Length(length) => Framing::Length(length),
        Stated::Chunked => Framing::Chunked,
    };
    if method == Method::Trace && !framing.is_empty() {
        return Err(malformed("a TRACE request has content (RFC 9110 §9.3.8)"));
    }
    let options = if notes.has(Notes::CONNECTION) {
        Options::of(&fields).map_err(malformed)?
    } else {
        Options::default()
    };
    let expects = expects_continue(&mut fields, notes, version, framing)?;
    if version == Version::Http10 && notes.has(Notes::UPGRADE) {
        fields.remove(Known::Upgrade); // RFC 9110 §7.8: ignored in an HTTP/1.0 request
    }
    let upgrade = options.upgrade && notes.has(Notes::UPGRADE) && version != Version::Http10;
    let scheme = target.scheme(connection)?;
    let spans = target.spans(&mut fields, host);
    let mut head = RequestHead::from_spans(method, version, fields, spans);
    head.scheme = scheme;
    Ok(Request {
        head,
        consumed: skipped + len,
        framing,
        keep_alive: options.keeps(version),
        expect_continue: expects && !framing.is_empty(),
        upgrade,
    })
}

fn malformed(detail: &'static str) -> Reject {
    Reject::new(Reason::MalformedRequest, detail)
}

/// `Host`: exactly one in HTTP/1.1, at most one in HTTP/1.0, and a valid one (RFC 9112 §3.2).
fn host(fields: &Fields, notes: Notes, version: Version) -> Result<message::Span, Reject> {
    let invalid = |detail| Err(Reject::new(Reason::InvalidHost, detail));
    if notes.has_twice(Notes::HOST) {
        return invalid("Host is given more than once (RFC 9112 §3.2)");
    }
    if !notes.has(Notes::HOST) {
        return match version {
            Version::Http10 => Ok(message::Span::default()),
            _ => invalid("Host is missing (RFC 9112 §3.2)"),
        };
    }
    match authority::check(fields.bytes(notes.host)) {
        Ok(_) => Ok(notes.host),
        Err(detail) => invalid(detail),
    }
}

/// Whether `100-continue` is expected; from HTTP/1.0 it is ignored, and neither there nor without content may
/// it go on (RFC 9110 §10.1.1).
fn expects_continue(
    fields: &mut Fields,
    notes: Notes,
    version: Version,
    framing: Framing,
) -> Result<bool, Reject> {
    if !notes.has(Notes::EXPECT) {
        return Ok(false);
    }
    if version == Version::Http10 {
        fields.remove(Known::Expect);
        return Ok(false);
    }
    let mut found = false;
    for expectation in list::members(fields, Known::Expect) {
        if !expectation.eq_ignore_ascii_case(b"100-continue") {
            let detail = "an expectation is not 100-continue (RFC 9110 §10.1.1)";
            return Err(Reject::new(Reason::ExpectationFailed, detail));
        }
        found = true;
    }
    if framing.is_empty() {
        fields.remove(Known::Expect);
        return Ok(false);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
