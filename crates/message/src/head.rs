//! Request and response heads.

use crate::{Fields, Known, Method, Span};

/// The protocol that carried a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0 (RFC 1945).
    Http10,
    /// HTTP/1.1 (RFC 9112).
    #[default]
    Http11,
    /// HTTP/2 (RFC 9113).
    Http2,
}

/// The scheme of the connection or of an absolute target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http`
    #[default]
    Http,
    /// `https`
    Https,
}

/// A request head. Authority, path and query lie in the same byte block as the fields. The fields hold
/// no `Host`: it is [`RequestHead::authority`], from whichever of the request line, `Host` and
/// `:authority` counts (RFC 9112 §3.3, RFC 9113 §8.3.1), and the writer of a request makes its own.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// The method.
    pub method: Method,
    /// The protocol by which the request came.
    pub version: Version,
    /// The scheme.
    pub scheme: Scheme,
    /// The fields.
    pub fields: Fields,
    authority: Span,
    path: Span,
    query: Option<Span>,
}

/// A response head. The reason phrase is not carried on: it means nothing (RFC 9110 §15.1).
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseHead {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The protocol by which the response came.
    pub version: Version,
    /// The fields.
    pub fields: Fields,
}

// === impl Version ===

impl Version {
    /// As `Via` and logs write it: `1.0`, `1.1`, `2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
        }
    }
}

// === impl Scheme ===

impl Scheme {
    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// 80 or 443.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

// === impl RequestHead ===

impl RequestHead {
    /// A head without fields. `target` is a path with or without a query, `*`, or for `CONNECT` empty.
    pub fn new(method: Method, authority: &str, target: &str) -> Self {
        Self::with_fields(method, authority, target, Fields::with_capacity(256, 8))
    }

    /// The same with these fields.
    pub fn with_fields(method: Method, authority: &str, target: &str, mut fields: Fields) -> Self {
        let authority = fields.store(authority.as_bytes());
        let mut head = Self {
            method,
            version: Version::Http11,
            scheme: Scheme::Http,
            fields,
            authority,
            path: Span::default(),
            query: None,
        };
        head.set_target(target);
        head
    }

    /// For codecs: a head whose parts lie already in the block of `fields`, checked to be visible ASCII.
    pub fn from_spans(
        method: Method,
        version: Version,
        fields: Fields,
        (authority, path, query): (Span, Span, Option<Span>),
    ) -> Self {
        Self { method, version, scheme: Scheme::Http, fields, authority, path, query }
    }

    /// Host and, where given, port (RFC 3986 §3.2); empty if the request had none.
    pub fn authority(&self) -> &str {
        text(self.fields.bytes(self.authority))
    }

    /// Adds a field that repeats the authority.
    pub fn push_authority(&mut self, known: Known) {
        self.fields.push_span(known, self.authority);
    }

    /// The bytes of [`RequestHead::authority`].
    pub fn authority_bytes(&self) -> &[u8] {
        self.fields.bytes(self.authority)
    }

    /// The bytes of [`RequestHead::path`].
    pub fn path_bytes(&self) -> &[u8] {
        self.fields.bytes(self.path)
    }

    /// The bytes of [`RequestHead::query`].
    pub fn query_bytes(&self) -> Option<&[u8]> {
        self.query.map(|query| self.fields.bytes(query))
    }

    /// The path as it came, `*` for `OPTIONS *`, empty for `CONNECT`.
    pub fn path(&self) -> &str {
        text(self.fields.bytes(self.path))
    }

    /// The query without its `?`, as it came.
    pub fn query(&self) -> Option<&str> {
        self.query.map(|query| text(self.fields.bytes(query)))
    }

    /// Replaces the authority.
    pub fn set_authority(&mut self, authority: &str) {
        self.authority = self.fields.store(authority.as_bytes());
    }

    /// Replaces the path and leaves the query.
    pub fn set_path(&mut self, path: &str) {
        self.path = self.fields.store(path.as_bytes());
    }

    /// Takes so many bytes off the front of the path and puts `before` there; a path begins with a slash
    /// all the same.
    pub fn change_path(&mut self, strip: usize, before: &str) {
        let strip = u32::try_from(strip).unwrap_or(u32::MAX).min(self.path.len);
        let rest = Span { at: self.path.at + strip, len: self.path.len - strip };
        let slash = if self.fields.bytes(rest).starts_with(b"/") { "" } else { "/" };
        self.path = match (before, slash) {
            ("", "") => rest,
            _ => self.fields.store_before(&[before, slash], rest),
        };
    }

    /// Replaces or removes the query.
    pub fn set_query(&mut self, query: Option<&str>) {
        self.query = query.map(|query| self.fields.store(query.as_bytes()));
    }

    /// Replaces path and query by `path?query`.
    pub fn set_target(&mut self, target: &str) {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        self.set_path(path);
        self.set_query(query);
    }
}

// === impl ResponseHead ===

impl ResponseHead {
    /// A head without fields.
    pub fn new(status: u16) -> Self {
        Self { status, version: Version::Http11, fields: Fields::with_capacity(256, 8) }
    }

    /// Whether a response of this status to a request of this method has no body by definition
    /// (RFC 9110 §6.4.1, RFC 9112 §6.3).
    pub fn is_bodiless(&self, method: &Method) -> bool {
        *method == Method::Head || matches!(self.status, 100..=199 | 204 | 304)
    }
}

/// Codecs let through visible ASCII alone, so that nothing is lost here.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_split_at_its_first_question_mark() {
        let mut head = RequestHead::new(Method::Get, "a.example:8080", "/x/y?a=1?b");
        assert_eq!((head.path(), head.query()), ("/x/y", Some("a=1?b")));
        head.set_path("/z");
        assert_eq!((head.authority(), head.path(), head.query()), ("a.example:8080", "/z", Some("a=1?b")));
        head.set_target("/only");
        assert_eq!((head.path(), head.query()), ("/only", None));
        for (path, strip, before, expected) in [
            ("/a/b", 2, "", "/b"),
            ("/a/b", 4, "", "/"),
            ("/a/b", 3, "/x", "/x/b"),
            ("/a/b", 0, "/x", "/x/a/b"),
            ("/a", 99, "/x", "/x/"),
        ] {
            head.set_path(path);
            head.change_path(strip, before);
            assert_eq!(head.path(), expected, "{path} {strip} {before}");
        }
    }
}
