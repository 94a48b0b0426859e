//! The parts of a turn.

use std::borrow::Cow;

use json::{Data, Text, Value, compact};

use crate::RequestError;
use crate::canonical::{Content, Dropped, Part, Source, ToolResult, ToolUse};
use crate::dialect::gemini::members::{camel, list, member, says_nothing, string, wrong};
use crate::dialect::gemini::state;

/// Members that say what a part is.
const KINDS: [&str; 3] = ["text", "inlineData", "fileData"];

/// Members that go with what a part is.
const BESIDE: [&str; 2] = ["thought", "thoughtSignature"];

/// A text, unless it says nothing and carries nothing.
pub(super) fn text<'a>(text: Text<'a>, signature: Option<Text<'a>>) -> Option<Part<'a>> {
    let state = signature.map(state::open);
    let says = !text.is_blank() || state.is_some();
    says.then(|| Part { state, ..Part::new(Content::Text(text.sane())) })
}

/// The signature of a part.
fn signature<'a>(path: &str, part: &Value<'a>) -> Result<Option<Text<'a>>, RequestError> {
    let signature = member(part, "thoughtSignature");
    if says_nothing(signature) {
        Ok(None)
    } else {
        string(&format!("{path}.thoughtSignature"), signature).map(Some)
    }
}

/// Reads a part of any kind but calls and results; none if it says nothing.
pub(super) fn said<'a>(
    path: &str,
    part: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Option<Part<'a>>, RequestError> {
    if !matches!(part.data, Data::Object(_)) {
        return Err(wrong(path, "an object", part));
    }
    let mut kind = None;
    for (key, value) in part.members().iter().filter(|(_, value)| !value.is_null()) {
        let name = camel(&key.decode());
        if KINDS.contains(&name.as_str()) {
            kind = Some(name);
        } else if ["videoMetadata", "mediaResolution", "partMetadata", "mediaProcessing"]
            .contains(&name.as_str())
        {
            if !says_nothing(value) {
                dropped.add(format_args!("contents[].parts[].{name}"));
            }
        } else if !BESIDE.contains(&name.as_str()) {
            let message =
                format!("`{path}` has `{name}`, which the chosen model's provider cannot take here");
            return Err(RequestError::unsupported(path, message));
        }
    }
    let signature = signature(path, part)?;
    let value = kind.as_ref().map_or(&Value::NULL, |kind| member(part, kind));
    Ok(match kind.as_deref() {
        Some("inlineData") => Some(Part::new(inline(&format!("{path}.inlineData"), value)?)),
        Some("fileData") => Some(Part::new(file(&format!("{path}.fileData"), value)?)),
        _ => {
            let said =
                if value.is_null() { Text::default() } else { string(&format!("{path}.text"), value)? };
            if part.get("thought").as_bool() == Some(true) {
                let says = !said.is_empty() || signature.is_some();
                says.then(|| Part::new(state::thinking(said, signature)))
            } else {
                text(said, signature)
            }
        }
    })
}

/// What base64 of a type is.
fn inline<'a>(path: &str, value: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let media_type = string(&format!("{path}.mimeType"), member(value, "mimeType"))?;
    let data = string(&format!("{path}.data"), value.get("data"))?;
    let title = member(value, "displayName").as_text().filter(|name| !name.is_blank());
    let essence = essence(&media_type);
    let data = usual_base64(data);
    let source = |media_type| Source::Base64 { media_type, data: data.clone() };
    match kind(&essence) {
        Kind::Image => {
            let media_type =
                if essence == "image/jpg" { Text::from_literal("image/jpeg") } else { media_type };
            Ok(Content::Image(source(media_type)))
        }
        Kind::Audio => {
            Ok(Content::Audio(source(usual_audio(&essence).map_or(media_type, Text::from_literal))))
        }
        Kind::Pdf => Ok(Content::Document { source: source(media_type), title }),
        Kind::Text => {
            let refuse =
                |why: &str| RequestError::unsupported(path, format!("`{path}` cannot be carried: {why}"));
            let bytes = state::decode(&data.decode()).ok_or_else(|| refuse("the data is not base64"))?;
            let text = String::from_utf8(bytes).map_err(|_| refuse("the text is not UTF-8"))?;
            Ok(Content::Document { source: Source::Text(Text::from_plain(&text)), title })
        }
        Kind::Other => Err(other(path, &essence)),
    }
}

/// Base64 in its usual alphabet, which every other vendor wants; Google's libraries write the one for addresses.
pub(crate) fn usual_base64(data: Text<'_>) -> Text<'_> {
    let literal = data.literal();
    if memchr::memchr2(b'-', b'_', literal.as_bytes()).is_none() {
        return data;
    }
    let mut usual = literal.replace('-', "+").replace('_', "/");
    while !usual.len().is_multiple_of(4) {
        usual.push('=');
    }
    Text::from_owned_literal(usual)
}

/// What stands at an address.
fn file<'a>(path: &str, value: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let refuse = |why: &str| RequestError::unsupported(path, format!("`{path}` cannot be carried: {why}"));
    let url = string(&format!("{path}.fileUri"), member(value, "fileUri"))?;
    let media_type = member(value, "mimeType").as_text().filter(|kind| !kind.is_empty());
    let plain = url.decode().into_owned();
    if !plain.starts_with("https://") && !plain.starts_with("http://") {
        return Err(refuse("the file is known to its own vendor alone; send `inlineData`"));
    }
    if plain.contains("generativelanguage.googleapis.com/") {
        return Err(refuse("files at Google are known to it alone; send `inlineData`"));
    }
    let title = member(value, "displayName").as_text().filter(|name| !name.is_blank());
    let essence = media_type.as_ref().map(essence).unwrap_or_default();
    let source = Source::Url { url, media_type };
    match kind(&essence) {
        Kind::Image => Ok(Content::Image(source)),
        Kind::Audio => Ok(Content::Audio(source)),
        Kind::Pdf | Kind::Text => Ok(Content::Document { source, title }),
        Kind::Other if essence.is_empty() => {
            let path = format!("{path}.mimeType");
            let message = format!("`{path}` is required, to tell what stands at the address");
            Err(RequestError::new(path, "missing_required_parameter", message))
        }
        Kind::Other => Err(other(path, &essence)),
    }
}

/// What a type is to the canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Image,
    Audio,
    Pdf,
    Text,
    Other,
}

fn kind(essence: &str) -> Kind {
    match essence {
        "image/jpeg" | "image/jpg" | "image/png" | "image/gif" | "image/webp" => Kind::Image,
        "application/pdf" => Kind::Pdf,
        "application/json" | "application/xml" => Kind::Text,
        other if other.starts_with("audio/") => Kind::Audio,
        other if other.starts_with("text/") => Kind::Text,
        _ => Kind::Other,
    }
}

fn essence(media_type: &Text<'_>) -> String {
    let plain = media_type.decode();
    plain.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The name that others have for a type of Google's.
fn usual_audio(essence: &str) -> Option<&'static str> {
    match essence {
        "audio/mp3" => Some("audio/mpeg"),
        "audio/x-wav" | "audio/wave" => Some("audio/wav"),
        _ => None,
    }
}

fn other(path: &str, essence: &str) -> RequestError {
    let message = format!(
        "`{path}` cannot be carried: files of type `{essence}` are not taken, only images (jpeg, png, gif, webp), audio, pdf and text"
    );
    RequestError::unsupported(path, message)
}

/// Reads a call. Its id may be empty.
pub(super) fn call<'a>(path: &str, part: &Value<'a>, call: &Value<'a>) -> Result<Part<'a>, RequestError> {
    let at = |name: &str| format!("{path}.functionCall.{name}");
    let name = string(&at("name"), call.get("name"))?;
    let id = call.get("id");
    let id = if id.is_null() { Text::default() } else { string(&at("id"), id)? };
    for (key, value) in call.members() {
        let name = camel(&key.decode());
        if !["id", "name", "args"].contains(&name.as_str()) && !says_nothing(value) {
            let message = format!("`{}` cannot be carried; send the call whole", at(&name));
            return Err(RequestError::unsupported(at(&name), message));
        }
    }
    let arguments = match call.get("args") {
        Value { data: Data::Null, .. } => Cow::Borrowed("{}"),
        args @ Value { data: Data::Object(_), .. } => compact(args.raw),
        args => return Err(wrong(&at("args"), "an object", args)),
    };
    let state = signature(path, part)?.map(state::open);
    let call = ToolUse { id, name, arguments };
    Ok(Part { state, ..Part::new(Content::ToolUse(call)) })
}

/// Reads a call's result. Its id may be empty.
pub(super) fn result<'a>(
    path: &str,
    response: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<ToolResult<'a>, RequestError> {
    let at = |name: &str| format!("{path}.functionResponse.{name}");
    let name = string(&at("name"), response.get("name"))?;
    let id = response.get("id");
    let id = if id.is_null() { Text::default() } else { string(&at("id"), id)? };
    for (key, value) in response.members() {
        let name = camel(&key.decode());
        if !["id", "name", "response", "parts"].contains(&name.as_str()) && !says_nothing(value) {
            dropped.add(format_args!("contents[].parts[].functionResponse.{name}"));
        }
    }
    let told = response.get("response");
    let (text, is_error) = match &told.data {
        Data::Null => (Text::default(), false),
        Data::Object(members) => match members.as_slice() {
            [(key, value)] if key.is("output") || key.is("result") => (plain(value), false),
            [(key, value)] if key.is("error") => (plain(value), true),
            _ => (Text::from_plain(&compact(told.raw)), false),
        },
        _ => return Err(wrong(&at("response"), "an object", told)),
    };
    let mut parts: Vec<Part<'a>> = Vec::new();
    if !text.is_empty() {
        parts.push(Part::new(Content::Text(text.sane())));
    }
    for (i, value) in list(&at("parts"), response.get("parts"))?.into_iter().enumerate() {
        parts.extend(said(&format!("{}[{i}]", at("parts")), value, dropped)?);
    }
    Ok(ToolResult { id, name: Some(name), is_error, parts })
}

/// A string as it is, anything else as JSON.
fn plain<'a>(value: &Value<'a>) -> Text<'a> {
    value.as_text().unwrap_or_else(|| Text::from_plain(&compact(value.raw)))
}
