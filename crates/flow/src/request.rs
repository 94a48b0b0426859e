//! The request of a step: its operation's path and parameters, written as the description says, and its body. Values never
//! break out of the place that they are given.

mod body;
mod form;
pub mod plain;

use openapi::style::{Form, Style};
use openapi::{Operation, Place};
use serde_json::Value;

use crate::document::{self, Body, Parameter};
use crate::values::{Exchange, Lacking, Scope};

/// A request to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The method.
    pub method: Box<str>,
    /// The path and, behind `?`, the query.
    pub target: String,
    /// Header fields, without the body's.
    pub headers: Vec<(Box<str>, String)>,
    /// The body and its media type.
    pub body: Option<(Box<str>, Vec<u8>)>,
}

/// Why there is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A value is lacking.
    #[error(transparent)]
    Lacking(#[from] Lacking),
    /// A parameter of the path is not given.
    #[error("the path's parameter `{0}` is not given")]
    Path(Box<str>),
    /// A value cannot stand where it is to stand.
    #[error("parameter `{0}`: {1}")]
    Value(Box<str>, &'static str),
    /// The body cannot be written.
    #[error("the request's body: {0}")]
    Body(Box<str>),
}

impl Request {
    /// The same request for comparison, where that is another: of a body in JSON the order of members says nothing.
    #[must_use]
    pub fn canonical(&self) -> Option<Self> {
        let (kind, bytes) = self.body.as_ref().filter(|(kind, _)| body::is_json(kind))?;
        let body = Some((kind.clone(), expr::canonical_bytes(bytes)?));
        let (method, target, headers) = (self.method.clone(), self.target.clone(), self.headers.clone());
        Some(Self { method, target, headers, body })
    }
}

/// Writes the request of a step, and notes in the exchange, if there is one, what expressions may ask for later.
pub fn write(
    (parameters, body): (&[Parameter], Option<&Body>),
    operation: &Operation,
    scope: &Scope<'_>,
    mut exchange: Option<&mut Exchange>,
) -> Result<Request, RequestError> {
    let mut writer = Writer::of(operation);
    for parameter in parameters {
        if parameter.place != Some(document::Place::Path) && scope.is_left_out(&parameter.value) {
            continue;
        }
        let value = scope.give(&parameter.value)?;
        writer.take(parameter, value, exchange.as_deref_mut())?;
    }
    let body = body.filter(|body| body.is_there());
    let body = body.map(|body| body::write(body, operation, scope)).transpose()?;
    let body = body.map(|(kind, value, bytes)| {
        if let Some(exchange) = exchange.as_deref_mut() {
            exchange.body = value;
        }
        (kind, bytes)
    });
    let request = writer.request(body)?;
    if let Some(exchange) = exchange {
        exchange.url.clone_from(&request.target);
        exchange.method = operation.method.clone();
        exchange.headers = request.headers.iter().cloned().collect();
    }
    Ok(request)
}

struct Writer<'o> {
    operation: &'o Operation,
    path: Vec<(&'o str, String)>,
    query: Vec<String>,
    headers: Vec<(Box<str>, String)>,
    cookies: Vec<String>,
}

// === impl Writer ===

impl<'o> Writer<'o> {
    fn of(operation: &'o Operation) -> Self {
        let (path, query, headers, cookies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { operation, path, query, headers, cookies }
    }

    fn take(
        &mut self,
        parameter: &'o Parameter,
        value: Value,
        exchange: Option<&mut Exchange>,
    ) -> Result<(), RequestError> {
        let name = &parameter.name;
        let wrong = |why| RequestError::Value(name.clone(), why);
        let Some(place) = parameter.place else { return Ok(()) };
        // What is null is not sent, but for a part of the path, which must be there.
        if value.is_null() && place != document::Place::Path {
            return Ok(());
        }
        match place {
            document::Place::Path => {
                let text = self.written(name, Place::Path, &value);
                if text.is_empty() || text == "." || text == ".." {
                    return Err(wrong("a part of the path is not empty, `.` or `..`"));
                }
                if let Some(exchange) = exchange {
                    exchange.path.push(name.clone(), value);
                }
                self.path.push((name, text));
            }
            document::Place::Query => {
                let text = self.written(name, Place::Query, &value);
                if let Some(exchange) = exchange {
                    exchange.query.push(name.clone(), value);
                }
                // A list without items and an object without members have nothing to say.
                if !text.is_empty() {
                    self.query.push(text);
                }
            }
            document::Place::QueryString => {
                let text = value.as_str().ok_or_else(|| wrong("the whole query is text"))?;
                if text.bytes().any(|byte| byte <= b' ' || byte >= 0x7f || byte == b'#') {
                    return Err(wrong("the whole query is given as it is to be sent, encoded"));
                }
                self.query.push(text.to_owned());
            }
            document::Place::Header => {
                let text = self.written(name, Place::Header, &value);
                if text.bytes().any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f) {
                    return Err(wrong("a header field has no control characters (RFC 9110 §5.5)"));
                }
                if !document::is_token(name) {
                    return Err(wrong("this is no header field's name (RFC 9110 §5.1)"));
                }
                self.headers.push((name.to_ascii_lowercase().into(), text));
            }
            document::Place::Cookie => {
                let text = self.written(name, Place::Cookie, &value);
                if !text.is_empty() {
                    self.cookies.push(text);
                }
            }
        }
        Ok(())
    }

    /// A value as the description wants it written; as the style of its place has it, where it says nothing.
    fn written(&self, name: &str, place: Place, value: &Value) -> String {
        let described = self.operation.parameters.iter().find(|known| {
            known.place == place
                && if place == Place::Header {
                    known.name.eq_ignore_ascii_case(name)
                } else {
                    *known.name == *name
                }
        });
        let (style, explode) = match place {
            Place::Path | Place::Header => (Style::Simple, false),
            Place::Query | Place::QueryString | Place::Cookie => (Style::Form, true),
        };
        let default = Form { style, explode, reserved: false, encoded: place != Place::Header };
        match described.map(|described| described.form) {
            // By its media type, which is JSON where it is a value of several parts.
            Some(None) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                default.write(name, &Value::String(text))
            }
            Some(Some(form)) => form.write(name, value),
            None => default.write(name, value),
        }
    }

    /// The request of all that was taken.
    fn request(mut self, body: Option<(Box<str>, Vec<u8>)>) -> Result<Request, RequestError> {
        let length = |texts: &[String]| texts.iter().map(|text| text.len() + 1).sum::<usize>();
        let path: usize = self.path.iter().map(|(_, text)| text.len()).sum();
        let mut target = String::with_capacity(self.operation.path.len() + path + length(&self.query));
        self.path_into(&mut target)?;
        for (at, pair) in self.query.iter().enumerate() {
            target.push(if at == 0 { '?' } else { '&' });
            target.push_str(pair);
        }
        if !self.cookies.is_empty() {
            self.headers.push(("cookie".into(), self.cookies.join("; ")));
        }
        Ok(Request { method: self.operation.method.clone(), target, headers: self.headers, body })
    }

    /// The path with its parameters.
    fn path_into(&self, target: &mut String) -> Result<(), RequestError> {
        // A byte of ASCII is no part of another character.
        let parted = |text: &'o str, mark: u8| {
            let at = text.bytes().position(|byte| byte == mark)?;
            Some((text.get(..at)?, text.get(at + 1..)?))
        };
        let mut rest = &*self.operation.path;
        while let Some((before, behind)) = parted(rest, b'{') {
            let Some((name, after)) = parted(behind, b'}') else { break };
            target.push_str(before);
            let given = self.path.iter().rfind(|(other, _)| *other == name);
            target.push_str(&given.ok_or_else(|| RequestError::Path(name.into()))?.1);
            rest = after;
        }
        target.push_str(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
