//! One request of a batch.

use bytes::Bytes;
use expr::Pointer;
use flow::Mistakes;
use message::{Fields, Known, Method};

use crate::answer::Answer;
use crate::content::Content;
use crate::reference::{Lacking, Reference};
use crate::text::Text;

/// One request of a batch.
#[derive(Debug)]
pub struct Item {
    /// What its sender calls it.
    pub id: Option<Box<str>>,
    /// The method.
    pub method: Method,
    pub(crate) target: Text,
    pub(crate) headers: Vec<(Box<str>, Text)>,
    pub(crate) content: Content,
    /// The items that it waits for because it says so or refers to them, each once.
    pub(crate) needs: Vec<usize>,
}

/// A request to be made.
#[derive(Debug)]
pub struct Request {
    /// The path and, behind `?`, the query.
    pub target: String,
    /// Header fields.
    pub fields: Fields,
    /// The body.
    pub body: Bytes,
}

// === impl Item ===

impl Item {
    /// Whether it may run beside others: GET, HEAD and QUERY do, as in flows.
    pub(crate) fn is_safe(&self) -> bool {
        matches!(self.method, Method::Get | Method::Head | Method::Query)
    }

    /// The references in it.
    pub(crate) fn references(&self) -> Vec<&Reference> {
        let headers = self.headers.iter().flat_map(|(_, value)| value.references());
        self.target.references().chain(headers).chain(self.content.references()).collect()
    }

    /// The item with those that it refers to among what it needs.
    pub(crate) fn with_needs(mut self) -> Self {
        let referred: Vec<usize> = self.references().iter().map(|reference| reference.item).collect();
        self.needs.extend(referred);
        self.needs.sort_unstable();
        self.needs.dedup();
        self
    }

    /// Its path and query as they are written, with references in braces.
    pub fn path(&self) -> String {
        self.target.written()
    }

    /// The items that must have come out well before it is made.
    pub fn needs(&self) -> &[usize] {
        &self.needs
    }

    /// Whether it says something of a header field.
    pub fn has_header(&self, name: &[u8]) -> bool {
        self.headers.iter().any(|(own, _)| own.as_bytes().eq_ignore_ascii_case(name))
    }

    /// Its request, with what other answers have; their values make up at most so many bytes of its body.
    pub fn request(&self, answers: &[Option<Answer>], room: usize) -> Result<Request, Lacking> {
        let target = self.target.target(answers)?;
        let mut fields = Fields::new();
        for (name, value) in &self.headers {
            fields.push_named(name.as_bytes(), value.field(answers)?.as_bytes());
        }
        let body = self.content.write(answers, room)?;
        if matches!(self.content, Content::Json(..)) && !fields.has(Known::ContentType) {
            fields.push(Known::ContentType, b"application/json");
        }
        Ok(Request { target, fields, body })
    }
}

/// Reads a method.
pub(crate) fn method((at, text): (&Pointer, &str), mistakes: &mut Mistakes) -> Method {
    let known =
        Method::parse(text.as_bytes()).filter(|_| !text.bytes().any(|byte| byte.is_ascii_lowercase()));
    match known {
        Some(Method::Connect | Method::Trace) => {
            mistakes.add(at, format_args!("{text} cannot stand in a batch"));
            Method::Get
        }
        Some(method) => method,
        None => {
            mistakes.add(at, format_args!("`{text}` is not a method; methods are upper case"));
            Method::Get
        }
    }
}

/// Checks what of a path and query stands for itself.
pub(crate) fn check_target((at, target): (&Pointer, &Text), mistakes: &mut Mistakes) {
    if !target.starts_with('/') {
        mistakes.add(at, "a path begins with `/`, and is as this service's own paths are");
    }
    for text in target.plain() {
        let odd = text.chars().find(|c| !c.is_ascii_graphic() || "\"#<>\\^`{|}".contains(*c));
        if let Some(odd) = odd {
            let message =
                format!("`{}` must be percent-encoded in a path or query (RFC 3986 §3)", odd.escape_debug());
            mistakes.add(at, message);
        }
        let mut escapes = text.split('%').skip(1);
        if !escapes.all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2) {
            mistakes.add(at, "`%` is followed by two hexadecimal digits (RFC 3986 §2.1)");
        }
    }
}

/// Checks a header field.
pub(crate) fn check_header((at, name): (&Pointer, &str), value: &Text, mistakes: &mut Mistakes) {
    if !Fields::new().push_named(name.as_bytes(), b"") {
        mistakes.add(at, format_args!("`{name}` is not a header field's name (RFC 9110 §5.1)"));
    } else if is_ours(name) {
        mistakes.add(at, format_args!("`{name}` is not an item's to set: the gateway does"));
    }
    if value.plain().any(|text| !Fields::new().push_named(b"x", text.as_bytes())) {
        mistakes.add(at, "a header field has no control characters (RFC 9110 §5.5)");
    }
}

/// Whether a field speaks of a connection, of a message's length or of the way that it took.
fn is_ours(name: &str) -> bool {
    let known = Known::of(name.as_bytes());
    let own = matches!(
        known,
        Known::Host
            | Known::ContentLength
            | Known::Expect
            | Known::Trailer
            | Known::Forwarded
            | Known::MaxForwards
            | Known::ProxyAuthorization
            | Known::Traceparent
            | Known::Via
            | Known::XRequestId
    );
    let name = name.to_ascii_lowercase();
    own || known.is_hop_by_hop() || name.starts_with("x-forwarded-") || name.starts_with("sec-websocket-")
}
