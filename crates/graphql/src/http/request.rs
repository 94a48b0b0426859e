//! What a request asks for, from the query of a GET or the JSON of a POST.

use message::percent::{self, Plus};
use message::{Fields, Known, Method, RequestHead};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::accept::is_utf8;
use crate::Error;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The document's text. Absent only where `extensions` name one that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The operation of it that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// The values of its variables.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// What else is said.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
}

/// Why something is no GraphQL request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// The status, whatever the client takes.
    pub status: u16,
    /// What is wrong.
    pub error: Error,
    /// The methods that there are, where the one that came is not among them.
    pub allow: Option<&'static str>,
}

/// As it stands in a body. Members that occur twice are refused, since two readers could see two requests.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a JSON object")]
struct Wire {
    #[serde(default)]
    query: Option<Value>,
    #[serde(default)]
    operation_name: Option<Value>,
    #[serde(default)]
    variables: Option<Value>,
    #[serde(default)]
    extensions: Option<Value>,
}

/// Reads a request; `body` is looked at for POST alone.
pub fn read(head: &RequestHead, body: &[u8]) -> Result<Request, RequestError> {
    let request = match head.method {
        Method::Get | Method::Head => of_query(head.query().unwrap_or_default())?,
        Method::Post => of_body(&head.fields, body)?,
        _ => {
            let error = Error::new(format!("{} is not a method of GraphQL", head.method));
            return Err(RequestError { allow: Some("GET, HEAD, POST"), ..RequestError::new(405, error) });
        }
    };
    if request.query.is_none() && !request.extensions.contains_key("persistedQuery") {
        return Err(bad("`query` is missing", "send the document's text as `query`"));
    }
    Ok(request)
}

fn of_query(query: &str) -> Result<Request, RequestError> {
    let mut wire = Request::default();
    let mut seen: Vec<String> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name);
        if !["query", "operationName", "variables", "extensions"].contains(&&*name) {
            continue;
        }
        let value = decoded(value);
        if seen.contains(&name) {
            return Err(bad(&format!("`{name}` occurs twice"), "send each parameter once"));
        }
        match &*name {
            "query" => wire.query = Some(value),
            "operationName" => wire.operation_name = Some(value).filter(|name| !name.is_empty()),
            _ if value.is_empty() => {}
            "variables" => wire.variables = map(&name, json(&name, &value)?)?,
            _ => wire.extensions = map(&name, json(&name, &value)?)?,
        }
        seen.push(name);
    }
    Ok(wire)
}

fn of_body(fields: &Fields, body: &[u8]) -> Result<Request, RequestError> {
    media_type(fields)?;
    if body.is_empty() {
        return Err(bad("the body is missing", "send a JSON object with the member `query`"));
    }
    let trimmed = body.trim_ascii_start();
    if trimmed.first() == Some(&b'[') {
        return Err(bad("a list of requests is not taken", "send each request by itself"));
    }
    let wire: Wire = serde_json::from_slice(body).map_err(|error| {
        let what = if error.is_data() { "the body is no GraphQL request" } else { "the body is no JSON" };
        bad(&format!("{what}: {error}"), "send a JSON object with the member `query`")
    })?;
    Ok(Request {
        query: text("query", wire.query)?,
        operation_name: text("operationName", wire.operation_name)?.filter(|name| !name.is_empty()),
        variables: map("variables", wire.variables.unwrap_or_default())?,
        extensions: map("extensions", wire.extensions.unwrap_or_default())?,
    })
}

fn media_type(fields: &Fields) -> Result<(), RequestError> {
    let Some(value) = fields.get_str(Known::ContentType) else {
        let error =
            Error::new("the body's media type is missing").hinted("send `Content-Type: application/json`");
        return Err(RequestError::new(415, error));
    };
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    if !kind.eq_ignore_ascii_case("application/json") || charset.is_some_and(|(_, charset)| !is_utf8(charset))
    {
        let error = Error::new(format!("a body of `{value}` is not taken"));
        return Err(RequestError::new(415, error.hinted("send `Content-Type: application/json` in UTF-8")));
    }
    Ok(())
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, RequestError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(&format!("`{name}` is not a string"), "it is a string, or absent")),
    }
}

fn map(name: &str, value: Value) -> Result<Map<String, Value>, RequestError> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        _ => Err(bad(&format!("`{name}` is not an object"), "it is a JSON object, or absent")),
    }
}

fn json(name: &str, text: &str) -> Result<Value, RequestError> {
    serde_json::from_str(text)
        .map_err(|error| bad(&format!("`{name}` is no JSON: {error}"), "it is a JSON object"))
}

fn bad(message: &str, hint: &str) -> RequestError {
    RequestError::new(400, Error::new(message).hinted(hint).coded("BAD_REQUEST"))
}

/// As `application/x-www-form-urlencoded` is read (WHATWG URL §5.1).
fn decoded(text: &str) -> String {
    percent::decoded(text, Plus::Space)
}

// === impl Request ===

impl Request {
    /// As the body of a POST: what is sent on is what was read, and nothing beside it.
    pub fn to_body(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Request {
    /// As the parameters of a GET.
    pub fn to_query(&self) -> Vec<String> {
        let json = |map: &Map<String, Value>| {
            (!map.is_empty()).then(|| serde_json::to_string(map).unwrap_or_default())
        };
        let parts = [
            ("query", self.query.clone()),
            ("operationName", self.operation_name.clone()),
            ("variables", json(&self.variables)),
            ("extensions", json(&self.extensions)),
        ];
        parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(&value?)))).collect()
    }
}

/// Text as a value of a query, every byte that is not a letter, a digit or one of `-._~` escaped.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0').to_ascii_uppercase();
            out.extend([digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

// === impl RequestError ===

impl RequestError {
    pub(super) fn new(status: u16, error: Error) -> Self {
        Self { status, error, allow: None }
    }

    /// The client takes no media type that there is.
    pub fn not_acceptable() -> Self {
        let error = Error::new("none of the media types that you take is spoken here");
        Self::new(406, error.hinted("accept `application/graphql-response+json` or `application/json`"))
    }

    /// It stands in the address and in the body.
    pub fn twice() -> Self {
        let error = Error::new("the address of a POST says what is asked for too");
        Self::new(
            400,
            error.hinted("send `query`, `variables`, `operationName` and `extensions` in the body alone"),
        )
    }

    /// The body is compressed.
    pub fn encoded() -> Self {
        Self::new(415, Error::new("the body is compressed").hinted("send it without `Content-Encoding`"))
    }

    /// What changes something is asked for by a method that must not.
    pub fn unsafe_by_get() -> Self {
        let error = Error::new("a mutation must not be asked for by GET").hinted("send it by POST");
        Self { allow: Some("POST"), ..Self::new(405, error) }
    }
}
