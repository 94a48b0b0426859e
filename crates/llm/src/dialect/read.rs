//! Reading a client's request: values of the type they must have, mistakes by the path that the client knows.

use json::{Data, Text, Value};

use crate::RequestError;
use crate::canonical::Source;

/// The mistake of a value that is of another type.
pub(super) fn wrong(path: impl Into<String>, expected: &str, value: &Value<'_>) -> RequestError {
    RequestError::wrong_type(path, expected, value.token().noun())
}

pub(super) fn string<'a>(path: &str, value: &Value<'a>) -> Result<Text<'a>, RequestError> {
    value.as_text().ok_or_else(|| wrong(path, "a string", value))
}

/// A string, if there is one.
pub(super) fn maybe_string<'a>(path: &str, value: &Value<'a>) -> Result<Option<Text<'a>>, RequestError> {
    if value.is_null() { Ok(None) } else { string(path, value).map(Some) }
}

/// A number, as it is written.
pub(super) fn number<'a>(path: &str, value: &Value<'a>) -> Result<&'a str, RequestError> {
    if let Data::Number(number) = value.data { Ok(number) } else { Err(wrong(path, "a number", value)) }
}

/// A number, unless it is zero.
pub(super) fn penalty<'a>(path: &str, value: &Value<'a>) -> Result<Option<&'a str>, RequestError> {
    let number = number(path, value)?;
    Ok((number.parse() != Ok(0.0_f64)).then_some(number))
}

pub(super) fn boolean(path: &str, value: &Value<'_>) -> Result<bool, RequestError> {
    value.as_bool().ok_or_else(|| wrong(path, "a boolean", value))
}

/// The items of an array; none of what is not there.
pub(super) fn array<'v, 'a>(path: &str, value: &'v Value<'a>) -> Result<&'v [Value<'a>], RequestError> {
    match &value.data {
        Data::Null => Ok(&[]),
        Data::Array(items) => Ok(items),
        _ => Err(wrong(path, "an array", value)),
    }
}

pub(super) fn strings<'a>(path: &str, value: &Value<'a>) -> Result<Vec<Text<'a>>, RequestError> {
    let items = array(path, value)?.iter().enumerate();
    items.map(|(i, item)| string(&format!("{path}[{i}]"), item)).collect()
}

/// Whether a member is there for form's sake.
pub(super) fn says_nothing(value: &Value<'_>) -> bool {
    match &value.data {
        Data::Null | Data::Bool(false) => true,
        Data::String(text) => text.is_empty(),
        Data::Array(items) => items.is_empty(),
        Data::Object(members) => members.is_empty(),
        Data::Bool(true) | Data::Number(_) => false,
    }
}

/// Puts a path within a message under that message.
pub(super) fn within(index: usize, mut error: RequestError) -> RequestError {
    let inner = error.param.take().unwrap_or_default();
    let dot = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    let path = format!("messages[{index}]{dot}{inner}");
    error.message = error.message.replacen(&format!("`{inner}`"), &format!("`{path}`"), 1);
    error.param = Some(path);
    error
}

/// A picture by its address: http, https, or data with base64.
pub(super) fn picture<'a>(path: &str, url: Text<'a>) -> Result<Source<'a>, RequestError> {
    let refuse = |why: &str| RequestError::unsupported(path, format!("`{path}` cannot be carried: {why}"));
    let data = url.split_once(";base64,").and_then(|(head, data)| {
        let (before, media_type) = head.split_once("data:")?;
        let essence = media_type.split_once(";").map(|(essence, _)| essence).unwrap_or(media_type);
        before.is_empty().then_some((essence, data))
    });
    let Some((media_type, data)) = data else {
        let far = ["https://", "http://"].iter().any(|scheme| url.decode().starts_with(scheme));
        return if far {
            Ok(Source::Url { url, media_type: None })
        } else {
            Err(refuse("the address is neither http, https nor data with base64"))
        };
    };
    let media_type = match &*media_type.decode() {
        "image/jpg" | "image/jpeg" => "image/jpeg",
        "image/png" => "image/png",
        "image/gif" => "image/gif",
        "image/webp" => "image/webp",
        other => {
            let why = format!("images of type `{other}` are not taken, only jpeg, png, gif and webp");
            return Err(refuse(&why));
        }
    };
    Ok(Source::Base64 { media_type: Text::from_literal(media_type), data })
}
