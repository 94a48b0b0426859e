//! Response heads (RFC 9112 §4, §5, §6).

use message::{Method, Reason, ResponseHead, Version};

use crate::head::{Cursor, Host, Notes, Rules, Section, SpacedColon};
use crate::hop::Options;
use crate::length::{self, Stated};
use crate::{Framing, Limits, Reject, Scan};

/// What a response head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1xx other than 101: another head follows (RFC 9110 §15.2).
    Interim,
    /// 101, or 2xx to CONNECT: what follows belongs to the new protocol or the tunnel.
    Switched,
    /// The answer.
    Final,
}

/// A response head that was taken, and what it says about body and connection.
#[derive(Clone, Debug)]
pub struct Response {
    /// The head, with every field as it came.
    pub head: ResponseHead,
    /// Bytes of the buffer that the head took.
    pub consumed: usize,
    /// How the body ends.
    pub framing: Framing,
    /// Whether the connection may carry another request after the body (RFC 9112 §9.3).
    pub keep_alive: bool,
    /// What the head is.
    pub kind: Kind,
}

static RULES: Rules = Rules {
    malformed: Reason::UpstreamMalformed,
    ambiguous: Reason::UpstreamMalformed,
    coding: Reason::UpstreamMalformed,
    line_too_long: Reason::UpstreamHeadTooLarge,
    too_large: Reason::UpstreamHeadTooLarge,
    spaced_colon: SpacedColon::Remove,
    host: Host::Keep,
};

/// Parses the response head at the start of `buf`, an answer to a request of `request_method`.
/// `Ok(None)` means that it is not complete: read on and call again with the grown buffer and the same
/// `scan`. Of the two ways that RFC 9112 §5.2 gives for a folded line, the answer is refused.
pub fn parse(
    buf: &[u8],
    limits: &Limits,
    request_method: &Method,
    scan: &mut Scan,
) -> Result<Option<Response>, Reject> {
    if buf.is_empty() || !scan.is_worth_parsing(buf, limits) {
        return Ok(None);
    }
    let mut cursor = Cursor::new(buf);
    let Some(line) = cursor.first_line(&RULES, limits)? else {
        scan.incomplete(buf);
        return Ok(None);
    };
    let start = status_line(line)?;
    let Some(section) = cursor.fields(&RULES, limits)? else {
        scan.incomplete(buf);
        return Ok(None);
    };
    finish(start, section, request_method).map(Some)
}

fn malformed(detail: &'static str) -> Reject {
    Reject::new(Reason::UpstreamMalformed, detail)
}

/// Version and status. The reason phrase is not looked at, and where it is left out the space before it
/// may be too, as many servers do.
fn status_line(line: &[u8]) -> Result<(Version, u16), Reject> {
    let [b'H', b'T', b'T', b'P', b'/', major, b'.', minor, rest @ ..] = line else {
        return Err(malformed("the answer does not start with HTTP/ and a version (RFC 9112 §4)"));
    };
    let version = match (major, minor) {
        (b'1', b'0') => Version::Http10,
        (b'1', b'1'..=b'9') => Version::Http11,
        _ => return Err(malformed("the answer's version is not HTTP/1 (RFC 9112 §4)")),
    };
    let ([b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9']
    | [b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', b' ', ..]) = rest
    else {
        return Err(malformed("the status is not three digits between single spaces (RFC 9112 §4)"));
    };
    let digit = |b: &u8| u16::from(b - b'0');
    Ok((version, digit(a) * 100 + digit(b) * 10 + digit(c)))
}

/// Judges the head as a whole, once all its lines are sound.
fn finish(
    (version, status): (Version, u16),
    section: Section,
    request_method: &Method,
) -> Result<Response, Reject> {
    let Section { fields, notes, len } = section;
    let stated = length::stated(&fields, notes, version, &RULES)?;
    let options = if notes.has(Notes::CONNECTION) {
        Options::of(&fields).map_err(malformed)?
    } else {
        Options::default()
    };
    let kind = match status {
        101 => Kind::Switched,
        100..=199 => Kind::Interim,
        200..=299 if *request_method == Method::Connect => Kind::Switched,
        _ => Kind::Final,
    };
    if kind == Kind::Interim && !matches!(stated, Stated::Nothing | Stated::Length(0)) {
        return Err(malformed("an interim response states a length (RFC 9110 §8.6, RFC 9112 §6.1)"));
    }
    let head = ResponseHead { status, version, fields };
    let framing = match stated {
        _ if kind != Kind::Final || head.is_bodiless(request_method) => Framing::None,
        Stated::Chunked => Framing::Chunked,
        Stated::Length(length) => Framing::Length(length),
        Stated::Nothing => Framing::UntilClose,
    };
    // A 204 has no body; one that states a length may send one all the same, and those bytes would be
    // taken for the next answer.
    let lies = status == 204 && !matches!(stated, Stated::Nothing | Stated::Length(0));
    let keep_alive =
        options.keeps(version) && framing != Framing::UntilClose && kind != Kind::Switched && !lies;
    Ok(Response { head, consumed: len, framing, keep_alive, kind })
}

#[cfg(test)]
mod tests;
