//! The request line: method, one space, target, one space, version (RFC 9112 §3).

use memchr::memrchr;
use message::{Method, Reason, Version};

use super::target::{self, Target};
use crate::{Reject, chars};

/// A request line that was taken. Its target's spans count from the start of the line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) target: Target,
}

pub(super) fn parse(line: &[u8]) -> Result<Line, Reject> {
    let malformed = |detail| Reject::new(Reason::MalformedRequest, detail);
    let method_len = chars::token_len(line);
    let (name, rest) = line.split_at_checked(method_len).unwrap_or_default();
    let (Some(method), [b' ', rest @ ..]) = (Method::parse(name), rest) else {
        return Err(malformed("the request line does not start with a method and one space (RFC 9112 §3)"));
    };
    let Some(cut) = memrchr(b' ', rest) else {
        return Err(malformed("the request line has no version (RFC 9112 §3)"));
    };
    let (target, version) = rest.split_at_checked(cut).unwrap_or_default();
    let version = parse_version(version)?;
    let target = target::parse(&method, target, method_len + 1)?;
    Ok(Line { method, version, target })
}

/// The version with the space before it. A higher minor version of HTTP/1 is read as 1.1, the highest that
/// is spoken here (RFC 9110 §2.5).
fn parse_version(version: &[u8]) -> Result<Version, Reject> {
    match version {
        b" HTTP/1.1" => Ok(Version::Http11),
        b" HTTP/1.0" => Ok(Version::Http10),
        [b' ', b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', b'0'..=b'9'] => match major {
            b'1' => Ok(Version::Http11),
            _ => {
                Err(Reject::new(Reason::UnsupportedVersion, "the major version is not 1 (RFC 9110 §15.6.6)"))
            }
        },
        _ => Err(Reject::new(
            Reason::MalformedRequest,
            "the request line does not end in one space and HTTP/ with two digits (RFC 9112 §2.3)",
        )),
    }
}
