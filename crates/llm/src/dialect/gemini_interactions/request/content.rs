//! Content: text, and what stands in base64 or at an address.

use json::{Data, Text, Value};

use crate::RequestError;
use crate::canonical::{Content, Dropped, Part, Source};
use crate::dialect::gemini::state;
use crate::dialect::gemini::usual_base64;
use crate::dialect::read::{array, maybe_string, says_nothing, string, wrong};

/// The kinds of content.
pub(super) const KINDS: [&str; 5] = ["audio", "document", "image", "text", "video"];

/// Members that say what content is.
const KNOWN: [&str; 5] = ["type", "text", "data", "uri", "mime_type"];

/// Reads a list of content, or one text.
pub(super) fn list<'a>(
    path: &str,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Vec<Part<'a>>, RequestError> {
    if let Some(said) = value.as_text() {
        return Ok(text(said).into_iter().collect());
    }
    let items = array(path, value)?.iter().enumerate();
    let parts = items.map(|(at, item)| one(&format!("{path}[{at}]"), item, dropped));
    parts.filter_map(Result::transpose).collect()
}

/// A text, unless it says nothing.
pub(super) fn text(said: Text<'_>) -> Option<Part<'_>> {
    (!said.is_blank()).then(|| Part::new(Content::Text(said.sane())))
}

/// Reads one piece; none if it says nothing.
pub(super) fn one<'a>(
    path: &str,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Option<Part<'a>>, RequestError> {
    if !matches!(value.data, Data::Object(_)) {
        return Err(wrong(path, "an object", value));
    }
    let kind = string(&format!("{path}.type"), value.get("type"))?;
    for (key, value) in value.members() {
        if !KNOWN.iter().any(|name| key.is(name)) && !says_nothing(value) {
            dropped.add(format_args!("input[].content[].{}", key.decode()));
        }
    }
    match &*kind.decode() {
        "text" => Ok(text(string(&format!("{path}.text"), value.get("text"))?)),
        kind @ ("image" | "audio" | "document") => medium(path, kind, value).map(Part::new).map(Some),
        other => {
            let message =
                format!("`{path}` is of type `{other}`, which the chosen model's provider cannot take");
            Err(RequestError::unsupported(path, message))
        }
    }
}

/// A picture, a recording or a document.
fn medium<'a>(path: &str, kind: &str, value: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let refuse = |why: &str| RequestError::unsupported(path, format!("`{path}` cannot be carried: {why}"));
    let media_type = maybe_string(&format!("{path}.mime_type"), value.get("mime_type"))?;
    let media_type = media_type.filter(|media_type| !media_type.is_empty());
    let essence = media_type.as_ref().map(essence).unwrap_or_default();
    if let Some(url) = maybe_string(&format!("{path}.uri"), value.get("uri"))?.filter(|uri| !uri.is_empty()) {
        let plain = url.decode().into_owned();
        if !plain.starts_with("https://") && !plain.starts_with("http://") {
            return Err(refuse("the file is known to its own vendor alone; send `data`"));
        }
        if plain.contains("generativelanguage.googleapis.com/") {
            return Err(refuse("files at Google are known to it alone; send `data`"));
        }
        taken(kind, &essence, true).map_err(|why| refuse(&why))?;
        let media_type = media_type.map(|told| usual(&essence).map_or(told, Text::from_literal));
        return Ok(made(kind, Source::Url { url, media_type }));
    }
    let data = string(&format!("{path}.data"), value.get("data"))?;
    let Some(media_type) = media_type else {
        return Err(RequestError::missing(format!("{path}.mime_type")));
    };
    taken(kind, &essence, false).map_err(|why| refuse(&why))?;
    if kind == "document" && essence != "application/pdf" {
        let bytes = state::decode(&data.decode()).ok_or_else(|| refuse("the data is not base64"))?;
        let text = String::from_utf8(bytes).map_err(|_| refuse("the text is not UTF-8"))?;
        return Ok(made(kind, Source::Text(Text::from_plain(&text))));
    }
    let media_type = usual(&essence).map_or(media_type, Text::from_literal);
    Ok(made(kind, Source::Base64 { media_type, data: usual_base64(data) }))
}

fn made<'a>(kind: &str, source: Source<'a>) -> Content<'a> {
    match kind {
        "image" => Content::Image(source),
        "audio" => Content::Audio(source),
        _ => Content::Document { source, title: None },
    }
}

fn essence(media_type: &Text<'_>) -> String {
    let plain = media_type.decode();
    plain.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a medium of this type can be carried; why not. What stands at an address may have no type.
fn taken(kind: &str, essence: &str, at_address: bool) -> Result<(), String> {
    let fits = match kind {
        "image" => matches!(essence, "image/jpeg" | "image/jpg" | "image/png" | "image/gif" | "image/webp"),
        "audio" => essence.starts_with("audio/"),
        _ => {
            essence.starts_with("text/")
                || matches!(essence, "application/pdf" | "application/json" | "application/xml")
        }
    };
    if fits || (at_address && essence.is_empty() && kind != "document") {
        return Ok(());
    }
    Err(format!(
        "files of type `{essence}` are not taken, only images (jpeg, png, gif, webp), audio, pdf and text"
    ))
}

/// The name that others have for a type of Google's.
fn usual(essence: &str) -> Option<&'static str> {
    match essence {
        "image/jpg" => Some("image/jpeg"),
        "audio/mp3" => Some("audio/mpeg"),
        "audio/x-wav" | "audio/wave" => Some("audio/wav"),
        _ => None,
    }
}
