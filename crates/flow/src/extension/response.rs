//! What a workflow answers where it is published.

use expr::Pointer;
use serde_json::Value;

use super::formula::{Formula, Named};
use super::walk::Walk;
use crate::document::{Member, Object};
use crate::mistakes::Mistakes;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// Its status; 200 if it is not said.
    pub status: Option<Status>,
    /// Fields of its header.
    pub headers: Vec<Named>,
    /// Its body; the workflow's outputs if it is not said.
    pub body: Option<Formula>,
    /// The step whose answer's body is handed on as it comes, in place of one that is made.
    pub stream: Option<(Pointer, Box<str>)>,
    /// The steps that it waits for, beside those that it refers to; all steps if it is not said.
    pub from: Option<Vec<(Pointer, Box<str>)>>,
}

/// A status.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// It is known.
    Fixed(u16),
    /// It is computed; what is no status is a failure.
    Formula(Formula),
}

// === impl Response ===

impl Response {
    pub(super) fn read(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::open(member, "`x-weir-response`", mistakes)?;
        let (status, headers, body) = (object.take("status"), object.take("headers"), object.take("body"));
        let stream = object.text("stream").map(|step| (object.at.join("stream"), step.into()));
        if let (Some((at, _)), Some(_)) = (&stream, &body) {
            object.mistakes.add(at, "an answer has `body` or `stream`");
        }
        let is_from = object.peek("from").is_some();
        let from = object.texts("from").into_iter().map(|(at, step)| (at, step.into())).collect();
        object.close();
        let status = status.and_then(|status| Status::read(status, mistakes));
        let headers = headers.map(|(at, value)| fields((&at, value), mistakes)).unwrap_or_default();
        let body = body.and_then(|body| Formula::read(body, mistakes));
        Some(Self { status, headers, body, stream, from: is_from.then_some(from) })
    }

    pub(super) fn walk<'s>(&'s self, walk: &mut Walk<'s>) {
        if let Some(Status::Formula(formula)) = &self.status {
            walk.formula(formula);
        }
        self.headers.iter().for_each(|field| walk.formula(&field.value));
        self.body.iter().for_each(|body| walk.formula(body));
    }
}

// === impl Status ===

impl Status {
    fn read((at, value): Member<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let Value::Number(number) = value else {
            return Formula::read((at, value), mistakes).map(Self::Formula);
        };
        let status = number.as_u64().and_then(|number| u16::try_from(number).ok());
        let status = status.filter(|status| (200..600).contains(status));
        if status.is_none() {
            mistakes.add(&at, format_args!("a status is from 200 to 599, not {number}"));
        }
        status.map(Self::Fixed)
    }
}

/// Header fields: names are tokens (RFC 9110 §5.1), and none is of the connection or the body's framing.
fn fields((at, value): (&Pointer, &Value), mistakes: &mut Mistakes) -> Vec<Named> {
    let Value::Object(members) = value else {
        mistakes.add(at, "`headers` is an object");
        return Vec::new();
    };
    let mut fields = Vec::new();
    for (name, value) in members {
        let place = at.join(name);
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let own =
            ["connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive"];
        if name.is_empty() || !name.bytes().all(token) {
            mistakes.add(&place, format_args!("`{name}` is no name of a header field"));
        } else if own.contains(&name.to_ascii_lowercase().as_str()) {
            mistakes.add(&place, format_args!("`{name}` is set by Weir alone"));
        }
        if let Some(value) = Formula::read((place, value), mistakes) {
            fields.push(Named { name: name.as_str().into(), value });
        }
    }
    fields
}
