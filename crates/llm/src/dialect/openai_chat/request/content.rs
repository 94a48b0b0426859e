//! The content of a message: a string, or a list of parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Data, Text, Value};

use super::{string, wrong};
use crate::RequestError;
use crate::canonical::{Content, Detail, Part, Source};

/// The marker that a cache breakpoint of OpenAI's dialect stands for.
const EPHEMERAL: &str = r#"{"type":"ephemeral"}"#;

/// Reads the content of message `index`. Empty text is left out, since it says nothing and some targets
/// refuse it.
pub(super) fn read<'a>(index: usize, message: &Value<'a>) -> Result<Vec<Part<'a>>, RequestError> {
    let content = message.get("content");
    let mut parts = match &content.data {
        Data::Null => Vec::new(),
        Data::String(text) => text_part(text.clone()).into_iter().collect(),
        Data::Array(items) => {
            let mut parts = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                parts.extend(part(index, i, item)?);
            }
            parts
        }
        _ => return Err(wrong("content", "a string or an array of parts", content)),
    };
    // A marker on the message itself is for its last part.
    if let (Some(marker), Some(last)) = (marker(message), parts.last_mut()) {
        last.cache.get_or_insert(marker);
    }
    Ok(parts)
}

/// A text, unless it is blank.
pub(super) fn text_part(text: Text<'_>) -> Option<Part<'_>> {
    (!text.is_blank()).then(|| Part::new(Content::Text(text.sane())))
}

/// Refuses content with parts that are no text.
pub(super) fn only_text(message: &Value<'_>) -> Result<(), RequestError> {
    let other = message.get("content").items().iter().position(|part| !part.get("type").is("text"));
    other.map_or(Ok(()), |index| {
        let path = format!("content[{index}]");
        Err(RequestError::unsupported(
            path.clone(),
            format!("`{path}` must be text in a message of this role"),
        ))
    })
}

fn marker<'a>(value: &Value<'a>) -> Option<&'a str> {
    let marker = value.get("cache_control");
    if matches!(marker.data, Data::Object(_)) {
        return Some(marker.raw);
    }
    value.get("prompt_cache_breakpoint").get("mode").is("explicit").then_some(EPHEMERAL)
}

fn part<'a>(message: usize, index: usize, value: &Value<'a>) -> Result<Option<Part<'a>>, RequestError> {
    let at = |name: &str| format!("content[{index}]{name}");
    let kind = string(&at(".type"), value.get("type"))?;
    let mut detail = None;
    let content = match &*kind.decode() {
        word @ ("text" | "refusal") => {
            let part = text_part(string(&at(&format!(".{word}")), value.get(word))?);
            return Ok(part.map(|part| Part { cache: marker(value), ..part }));
        }
        "image_url" => {
            let image = value.get("image_url");
            let path = format_args!("messages[{message}].content[{index}].image_url.detail");
            detail = Detail::of(image.get("detail").as_text(), path);
            let url = string(&at(".image_url.url"), image.get("url"))?;
            Content::Image(image_source(&at(""), url)?)
        }
        "input_audio" => audio(&at(""), value.get("input_audio"))?,
        "file" => file(&at(""), value.get("file"))?,
        other => {
            let message =
                format!("`{}` is of type `{other}`, which the chosen model's provider cannot take", at(""));
            return Err(RequestError::unsupported(at(""), message));
        }
    };
    Ok(Some(Part { cache: marker(value), detail, ..Part::new(content) }))
}

/// An image's address: `data:` with base64, or `http(s)`.
fn image_source<'a>(path: &str, url: Text<'a>) -> Result<Source<'a>, RequestError> {
    let refuse = |why: &str| RequestError::unsupported(path, format!("`{path}` cannot be carried: {why}"));
    let Some((media_type, data)) = data_url(&url) else {
        let plain = url.decode();
        return if plain.starts_with("https://") || plain.starts_with("http://") {
            drop(plain);
            Ok(Source::Url { url, media_type: None })
        } else {
            Err(refuse("the address is neither http, https nor data with base64"))
        };
    };
    let media_type = match &*media_type.decode() {
        "image/jpg" => Text::from_literal("image/jpeg"),
        "image/jpeg" | "image/png" | "image/gif" | "image/webp" => media_type,
        other => {
            return Err(refuse(&format!(
                "images of type `{other}` are not taken, only jpeg, png, gif and webp"
            )));
        }
    };
    Ok(Source::Base64 { media_type, data })
}

/// The media type and the data of a `data:` URL with base64.
fn data_url<'a>(url: &Text<'a>) -> Option<(Text<'a>, Text<'a>)> {
    let (head, data) = url.split_once(";base64,")?;
    let (before, media_type) = head.split_once("data:")?;
    let essence = media_type.split_once(";").map(|(essence, _)| essence);
    before.is_empty().then(|| (essence.unwrap_or(media_type), data))
}

/// A recording, in base64 with its format's name.
fn audio<'a>(path: &str, audio: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let at = |name: &str| format!("{path}.input_audio.{name}");
    let format = string(&at("format"), audio.get("format"))?;
    let media_type = match &*format.decode() {
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        other => {
            let message = format!("`{}` is `{other}`; it must be wav or mp3", at("format"));
            return Err(RequestError::invalid(at("format"), message));
        }
    };
    let data = string(&at("data"), audio.get("data"))?;
    Ok(Content::Audio(Source::Base64 { media_type: Text::from_literal(media_type), data }))
}

fn file<'a>(path: &str, file: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let refuse = |why: &str| RequestError::unsupported(path, format!("`{path}` cannot be carried: {why}"));
    if !file.get("file_id").is_null() {
        return Err(refuse("a file's id is known to its own vendor alone; send `file_data`"));
    }
    let data = string(&format!("{path}.file.file_data"), file.get("file_data"))?;
    let title = file.get("filename").as_text().filter(|name| !name.is_blank());
    let Some((media_type, data)) = data_url(&data) else {
        return Err(refuse("`file_data` must be a data URL with base64"));
    };
    let essence = media_type.decode().into_owned();
    match essence.as_str() {
        "application/pdf" => Ok(Content::Document { source: Source::Base64 { media_type, data }, title }),
        "text/plain" => {
            let bytes =
                STANDARD.decode(data.decode().as_bytes()).map_err(|_| refuse("the data is not base64"))?;
            let text = String::from_utf8(bytes).map_err(|_| refuse("the text is not UTF-8"))?;
            Ok(Content::Document { source: Source::Text(Text::from_plain(&text)), title })
        }
        "image/jpeg" | "image/png" | "image/gif" | "image/webp" => {
            Ok(Content::Image(Source::Base64 { media_type, data }))
        }
        other => {
            Err(refuse(&format!("files of type `{other}` are not taken, only pdf, plain text and images")))
        }
    }
}
