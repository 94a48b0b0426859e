//! Request methods (RFC 9110 §9, RFC 5789, RFC 10008 for QUERY).

use std::fmt;

/// A request method. Methods are case-sensitive (RFC 9110 §9.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the method it is spelled as")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Trace,
    Connect,
    Query,
    /// Any other token.
    Other(Box<str>),
}

impl Method {
    /// The method of this name; `None` if it is not a token (RFC 9110 §5.6.2).
    pub fn parse(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"PATCH" => Self::Patch,
            b"DELETE" => Self::Delete,
            b"OPTIONS" => Self::Options,
            b"TRACE" => Self::Trace,
            b"CONNECT" => Self::Connect,
            b"QUERY" => Self::Query,
            other if crate::fields::is_token(other) => Self::Other(std::str::from_utf8(other).ok()?.into()),
            _ => return None,
        })
    }

    /// The name as it stands on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Connect => "CONNECT",
            Self::Query => "QUERY",
            Self::Other(name) => name,
        }
    }

    /// Defined as not changing anything at the origin (RFC 9110 §9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace | Self::Query)
    }

    /// Defined as having the same effect once or many times (RFC 9110 §9.2.2), so that it may be retried.
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self, Self::Put | Self::Delete)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
