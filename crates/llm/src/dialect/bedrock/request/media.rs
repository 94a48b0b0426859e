//! Pictures, files and recordings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Text, Value};

use super::path::Path;
use crate::RequestError;
use crate::canonical::{Content, Dropped, Source};

const PICTURES: [(&str, &str); 4] =
    [("png", "image/png"), ("jpeg", "image/jpeg"), ("gif", "image/gif"), ("webp", "image/webp")];

const FILES: [(&str, &str); 9] = [
    ("pdf", "application/pdf"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("html", "text/html"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
];

const RECORDINGS: [(&str, &str); 6] = [
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("mpeg", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("aac", "audio/aac"),
];

/// Reads a picture.
pub(super) fn image<'a>(at: &Path, value: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let media_type = media_type(&at.name("format"), at.object(value)?.get("format"), &PICTURES)?;
    source(&at.name("source"), value.get("source"), media_type).map(Content::Image)
}

/// Reads a recording.
pub(super) fn audio<'a>(at: &Path, value: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let media_type = media_type(&at.name("format"), at.object(value)?.get("format"), &RECORDINGS)?;
    source(&at.name("source"), value.get("source"), media_type).map(Content::Audio)
}

/// Reads a file. What is text in it is carried as text, which every provider takes that takes files.
pub(super) fn document<'a>(
    at: &Path,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Content<'a>, RequestError> {
    let title = at.name("name").text(at.object(value)?.get("name"))?;
    for (name, told) in
        [("context", value.get("context")), ("citations", value.get("citations").get("enabled"))]
    {
        if !super::says_nothing(told) {
            dropped.add(format_args!("messages[].content[].document.{name}"));
        }
    }
    let format = value.get("format");
    let is_text = format.is_null() || ["txt", "md", "csv", "html"].iter().any(|word| format.is(word));
    let media_type =
        if format.is_null() { "text/plain" } else { media_type(&at.name("format"), format, &FILES)? };
    let at = at.name("source");
    let (kind, inner) = at.union(value.get("source"))?;
    let within = at.name(&kind.decode());
    let source = match &*kind.decode() {
        "text" => Source::Text(within.text(inner)?),
        "content" => Source::Text(joined(&within, inner)?),
        "bytes" if is_text => {
            let data = within.text(inner)?;
            let bytes =
                STANDARD.decode(data.decode().as_bytes()).map_err(|_| within.invalid("is not base64"))?;
            let text = String::from_utf8(bytes).map_err(|_| within.invalid("is not UTF-8"))?;
            Source::Text(Text::from_plain(&text))
        }
        _ => source(&at, value.get("source"), media_type)?,
    };
    Ok(Content::Document { source, title: Some(title) })
}

fn joined(at: &Path, value: &Value<'_>) -> Result<Text<'static>, RequestError> {
    let mut text = String::new();
    for (i, item) in at.list(value)?.iter().enumerate() {
        let at = at.item(i).name("text");
        text.push_str(if i > 0 { "\n" } else { "" });
        text.push_str(&at.text(item.get("text"))?.decode());
    }
    Ok(Text::from_plain(&text))
}

fn media_type(
    at: &Path,
    format: &Value<'_>,
    known: &[(&str, &'static str)],
) -> Result<&'static str, RequestError> {
    let word = at.text(format)?;
    let found = known.iter().find(|(name, _)| word.is(name)).map(|(_, media_type)| *media_type);
    found.ok_or_else(|| at.unsupported(&format!("is `{}`, which is not taken", word.decode())))
}

fn source<'a>(at: &Path, value: &Value<'a>, media_type: &'static str) -> Result<Source<'a>, RequestError> {
    let (kind, inner) = at.union(value)?;
    let within = at.name(&kind.decode());
    let media_type = Text::from_literal(media_type);
    match &*kind.decode() {
        "bytes" => Ok(Source::Base64 { media_type, data: within.text(inner)? }),
        "s3Location" => Err(within.unsupported("can be read by Amazon alone; send the bytes")),
        _ => Err(within.unsupported("is not known")),
    }
}
