//! Forms with files: `multipart/form-data` (RFC 7578), read whole.

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::error::ApiError;
use crate::synth;

/// The most parts that a form can have.
const MOST_PARTS: usize = 256;

/// The fields of a form, in their order.
#[derive(Debug, Default)]
pub(super) struct Form {
    parts: Vec<Part>,
}

/// One field.
#[derive(Debug)]
pub(super) struct Part {
    name: String,
    /// There if it is a file.
    pub(super) filename: Option<String>,
    pub(super) bytes: Bytes,
}

// === impl Form ===

impl Form {
    pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, ApiError> {
        let kind =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("multipart/form-data") {
            let message = format!(
                "Unsupported content type: '{}'. This API method only accepts 'multipart/form-data' requests, but \
                 you specified the header 'Content-Type: {}'. Please try again with a supported content type.",
                synth::cut(kind, 64),
                synth::cut(kind, 64)
            );
            let error = ApiError::invalid(http::StatusCode::BAD_REQUEST, message);
            return Err(error.code("unsupported_content_type"));
        }
        let boundary = parameter(kind, "boundary").filter(|text| !text.is_empty()).ok_or_else(broken)?;
        let mut form = Self::default();
        let delimiter = format!("--{boundary}").into_bytes();
        let mut at = find(body, &delimiter, 0).ok_or_else(broken)? + delimiter.len();
        while !body.get(at..).unwrap_or_default().starts_with(b"--") {
            at = find(body, b"\r\n", at).ok_or_else(broken)? + 2;
            let head_end = find(body, b"\r\n\r\n", at.saturating_sub(2)).ok_or_else(broken)?;
            let next = [b"\r\n".as_slice(), &delimiter].concat();
            let end = find(body, &next, head_end + 2).ok_or_else(broken)?;
            let head = body.get(at..head_end).unwrap_or_default();
            form.add(head, body.slice((head_end + 4).min(end)..end))?;
            at = end + next.len();
        }
        Ok(form)
    }

    fn add(&mut self, head: &[u8], bytes: Bytes) -> Result<(), ApiError> {
        let head = std::str::from_utf8(head).map_err(|_| broken())?;
        let disposition = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim())
        });
        let disposition = disposition.ok_or_else(broken)?;
        let name = parameter(disposition, "name").ok_or_else(broken)?;
        if self.parts.len() >= MOST_PARTS {
            return Err(broken());
        }
        self.parts.push(Part { name, filename: parameter(disposition, "filename"), bytes });
        Ok(())
    }

    /// The file of this name, or one of the files that are named as a list.
    pub(super) fn file(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| bare(&part.name) == name && part.filename.is_some())
    }

    /// The first text of this name.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let part = self.parts.iter().find(|part| bare(&part.name) == name && part.filename.is_none())?;
        Some(String::from_utf8_lossy(&part.bytes).into_owned())
    }

    /// The texts as the fields of an object, so that they are checked as JSON's are: what reads as a number
    /// or a truth value is one, but for those in `texts`. Files are left out.
    pub(super) fn fields(&self, texts: &[&str]) -> Map<String, Value> {
        let mut fields = Map::new();
        for part in self.parts.iter().filter(|part| part.filename.is_none()) {
            let text = String::from_utf8_lossy(&part.bytes).into_owned();
            let name = bare(&part.name).to_owned();
            let value = match serde_json::from_str::<Value>(&text) {
                Ok(value @ (Value::Number(_) | Value::Bool(_))) if !texts.contains(&name.as_str()) => value,
                _ => Value::from(text),
            };
            if part.name.ends_with("[]") {
                let list = fields.entry(name).or_insert_with(|| Value::from(Vec::<Value>::new()));
                if let Some(list) = list.as_array_mut() {
                    list.push(value);
                }
            } else {
                fields.insert(name, value);
            }
        }
        fields
    }
}

/// `name` of `name[]`, and `name` of `name[inner]`.
fn bare(name: &str) -> &str {
    name.split('[').next().unwrap_or_default()
}

fn broken() -> ApiError {
    let message = "Could not parse multipart form.";
    ApiError::invalid(http::StatusCode::BAD_REQUEST, message)
}

/// A parameter of a header's value, without its quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Where `part` begins in `bytes`, from `start` on.
fn find(bytes: &[u8], part: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    rest.windows(part.len()).position(|window| window == part).map(|at| at + start)
}

/// The type of a body that has this boundary; for tests.
#[cfg(test)]
fn kind(boundary: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value =
        http::HeaderValue::from_str(&format!("multipart/form-data; boundary=\"{boundary}\"")).unwrap();
    headers.insert(header::CONTENT_TYPE, value);
    headers
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_and_files_are_read() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--x\r\n\
                    content-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n\
                    R\r\n-IFF\r\n--x\r\nContent-Disposition: form-data; name=\"n[]\"\r\n\r\n1\r\n--x\r\n\
                    Content-Disposition: form-data; name=\"n[]\"\r\n\r\ntrue\r\n--x\r\n\
                    Content-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--x--\r\n";
        let form = Form::read(&kind("x"), &Bytes::from(body)).unwrap();
        assert_eq!(form.text("model").as_deref(), Some("whisper-1"));
        assert_eq!(form.file("file").unwrap().bytes, "R\r\n-IFF");
        let fields = form.fields(&[]);
        assert_eq!(Value::Object(fields), json!({"model": "whisper-1", "n": [1, true], "empty": ""}));
    }

    #[test]
    fn broken_forms_are_refused() {
        let start = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1";
        for body in ["", "--x", "--x\r\n", start, &format!("{start}\r\n--y--"), "--x\r\n\r\n\r\n1\r\n--x--"] {
            assert!(Form::read(&kind("x"), &Bytes::from(body.to_owned())).is_err(), "{body:?}");
        }
        assert!(Form::read(&HeaderMap::new(), &Bytes::new()).is_err());
    }
}
