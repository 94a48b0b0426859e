//! The content of an item: a string, or a list of parts.

use json::{Data, Text, Value};

use super::sources::{audio, file, image};
use super::{says_nothing, string, wrong};
use crate::RequestError;
use crate::canonical::{Content, Detail, Dropped, Part};

/// The marker that a cache breakpoint of OpenAI's stands for.
const EPHEMERAL: &str = r#"{"type":"ephemeral"}"#;

/// Reads the content that stands at `path`. Empty text is left out, since it says nothing and some targets
/// refuse it.
pub(super) fn read<'a>(
    path: &str,
    content: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Vec<Part<'a>>, RequestError> {
    match &content.data {
        Data::Null => Ok(Vec::new()),
        Data::String(text) => Ok(text_part(text.clone()).into_iter().collect()),
        Data::Array(items) => {
            let mut parts = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                parts.extend(part(&format!("{path}[{index}]"), item, dropped)?);
            }
            Ok(parts)
        }
        _ => Err(wrong(path, "a string or an array of parts", content)),
    }
}

/// A text, unless it is blank.
pub(super) fn text_part(text: Text<'_>) -> Option<Part<'_>> {
    (!text.is_blank()).then(|| Part::new(Content::Text(text.sane())))
}

/// A marker of prompt caches, in OpenAI's words or in Anthropic's.
pub(super) fn marker<'a>(value: &Value<'a>) -> Option<&'a str> {
    let marker = value.get("cache_control");
    if matches!(marker.data, Data::Object(_)) {
        return Some(marker.raw);
    }
    value.get("prompt_cache_breakpoint").get("mode").is("explicit").then_some(EPHEMERAL)
}

fn part<'a>(path: &str, value: &Value<'a>, dropped: &mut Dropped) -> Result<Option<Part<'a>>, RequestError> {
    let kind = string(&format!("{path}.type"), value.get("type"))?;
    let mut looked = None;
    let content = match &*kind.decode() {
        "input_text" | "output_text" | "text" => {
            for member in ["annotations", "logprobs"] {
                if !says_nothing(value.get(member)) {
                    dropped.add(format_args!("{path}.{member}"));
                }
            }
            return said(path, "text", value);
        }
        "refusal" => return said(path, "refusal", value),
        "input_image" => {
            looked = Detail::of(value.get("detail").as_text(), format_args!("{path}.detail"));
            Content::Image(image(path, value)?)
        }
        "input_file" => {
            detail(path, value, dropped);
            file(path, value)?
        }
        "input_audio" => audio(path, value.get("input_audio"))?,
        other => {
            let message =
                format!("`{path}` is of type `{other}`, which the chosen model's provider cannot take");
            return Err(RequestError::unsupported(path, message));
        }
    };
    Ok(Some(Part { cache: marker(value), detail: looked, ..Part::new(content) }))
}

fn said<'a>(path: &str, member: &str, value: &Value<'a>) -> Result<Option<Part<'a>>, RequestError> {
    let part = text_part(string(&format!("{path}.{member}"), value.get(member))?);
    Ok(part.map(|part| Part { cache: marker(value), ..part }))
}

/// How closely a file is to be looked at is for the target to choose.
fn detail(path: &str, value: &Value<'_>, dropped: &mut Dropped) {
    let detail = value.get("detail");
    if !detail.is_null() && !detail.is("auto") {
        dropped.add(format_args!("{path}.detail"));
    }
}
