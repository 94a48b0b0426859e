//! Answers to the calls of a run.

use message::{Quoted, parts};
use serde_json::Value;

use super::encoding;
use crate::sieve::Sieve;
use crate::values::{Answer, Headers};

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its header fields, names in lower case.
    pub headers: Headers,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It did not come in time.
    Timeout,
    /// The call could not be made, or broke off.
    Unreachable(Box<str>),
    /// A bound was reached, such as that of the answer's length.
    Bound(Box<str>),
}

// === impl Lost ===

impl Lost {
    /// An answer has more bytes than these.
    pub fn too_long(most: u64) -> Self {
        Self::Bound(format!("its answer is longer than {most} bytes").into())
    }
}

/// An answer before anything is asked of it.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

// === impl Raw ===

impl Raw {
    pub(super) fn new(reply: Reply) -> Self {
        Self { status: reply.status, headers: reply.headers, body: reply.body }
    }

    /// What expressions can ask of it. A body is read as JSON if its media type says so, or if nothing says what it is
    /// and it can be, no further than it is asked for; it is text otherwise.
    pub(super) fn read(&self, asked: &Sieve) -> Answer {
        let body =
            if self.body.is_empty() || asked.is_empty() { Ok(Value::Null) } else { self.read_body(asked) };
        let (body, flaw) = body.map_or_else(|flaw| (Value::Null, Some(flaw.into())), |body| (body, None));
        Answer { status: self.status, headers: self.headers.clone(), body, flaw }
    }

    fn read_body(&self, asked: &Sieve) -> Result<Value, String> {
        let coding = self.headers.get("content-encoding").map(str::trim).unwrap_or_default();
        if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
            return Err(format!("its body has the content coding `{coding}`, which is not read"));
        }
        let said = self.headers.get("content-type");
        let kind = said.map(|kind| kind.split(';').next().unwrap_or_default().trim());
        let is_json = kind.is_some_and(|kind| {
            let end = kind.len().checked_sub(5).and_then(|at| kind.get(at..));
            kind.eq_ignore_ascii_case("application/json")
                || end.is_some_and(|end| end.eq_ignore_ascii_case("+json"))
        });
        if is_json || kind.is_none() {
            // A byte order mark may be passed over (RFC 8259 §8.1).
            let text = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
            match asked.read(text) {
                Ok(value) => return Ok(value),
                Err(error) if is_json => return Err(format!("its body is no JSON, as it says: {error}")),
                Err(_) => {}
            }
        }
        if asked.is_whole() { encoding::text(&self.body, said).map(Value::String) } else { Ok(Value::Null) }
    }
}

/// What a proxy tells of the service that it could not have an answer from (RFC 9209 §2.3); none where it had one, or
/// refused the request itself.
pub(super) fn lost(answer: &Answer) -> Option<Lost> {
    let last = answer.headers.get("proxy-status").filter(|_| answer.status >= 500)?;
    let last = parts(last, b',', Quoted::String).last().unwrap_or_default();
    let member = |name: &str| {
        let mut named =
            parts(last, b';', Quoted::String).skip(1).filter_map(|member| member.trim().split_once('='));
        named.find(|(other, _)| *other == name).map(|(_, value)| value.trim_matches('"'))
    };
    match member("error")? {
        "dns_timeout"
        | "connection_timeout"
        | "connection_read_timeout"
        | "connection_write_timeout"
        | "http_response_timeout" => Some(Lost::Timeout),
        error @ ("dns_error"
        | "destination_not_found"
        | "destination_unavailable"
        | "destination_ip_unroutable"
        | "connection_refused"
        | "connection_terminated"
        | "tls_protocol_error"
        | "tls_certificate_error"
        | "tls_alert_received") => Some(Lost::Unreachable(member("details").unwrap_or(error).into())),
        _ => None,
    }
}
