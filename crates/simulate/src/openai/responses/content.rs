//! What stands inside of items: texts, pictures, files.

use serde_json::Value;

use super::super::check::{self, Object, path};
use super::super::error::ApiError;
use super::super::messages::{self, MEDIA_TOKENS, Prompt};
use crate::synth;

/// What callers say.
pub(super) const INPUT: [&str; 3] = ["input_text", "input_image", "input_file"];
/// What models said.
pub(super) const OUTPUT: [&str; 2] = ["output_text", "refusal"];

/// A string or a list of parts; counts it into the prompt and gives its text.
pub(super) fn read(
    prompt: &mut Prompt,
    content: &Value,
    at: &str,
    kinds: &[&str],
) -> Result<String, ApiError> {
    if let Some(text) = content.as_str() {
        add(prompt, text);
        return Ok(text.to_owned());
    }
    let parts = content.as_array();
    let parts =
        parts.ok_or_else(|| check::wrong_type(at, "one of an array of objects or string", content))?;
    let mut texts = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let at = format!("{at}[{number}]");
        let map = check::object(&at, part)?;
        let kind = check::one_of(&path(&at, "type"), check::required(map, &at, "type")?, kinds)?;
        match kind {
            "input_image" => image(map, &at)?,
            "input_file" => file(map, &at)?,
            _ => {
                let text = text(map, &at, kind)?;
                add(prompt, text);
                texts.push(text);
                continue;
            }
        }
        prompt.tokens = prompt.tokens.saturating_add(MEDIA_TOKENS);
    }
    Ok(texts.join("\n"))
}

/// Counts a text into the prompt.
pub(super) fn add(prompt: &mut Prompt, text: &str) {
    prompt.tokens = prompt.tokens.saturating_add(synth::count(text));
    prompt.text.push_str(text);
    prompt.text.push('\n');
}

fn text<'a>(map: &'a Object, at: &str, kind: &str) -> Result<&'a str, ApiError> {
    let name = if kind == "refusal" { "refusal" } else { "text" };
    let known: &[&str] = match kind {
        "input_text" => &["type", "text", "prompt_cache_breakpoint"],
        "output_text" => &["type", "text", "annotations", "logprobs"],
        _ => &["type", "refusal"],
    };
    check::only(map, at, known)?;
    check::string(&path(at, name), check::required(map, at, name)?)
}

fn image(map: &Object, at: &str) -> Result<(), ApiError> {
    check::only(map, at, &["type", "image_url", "file_id", "detail", "prompt_cache_breakpoint"])?;
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    if let Some(detail) = given("detail") {
        check::one_of(&path(at, "detail"), detail, &["low", "high", "auto", "original"])?;
    }
    let param = path(at, "image_url");
    match (given("image_url"), given("file_id")) {
        (Some(url), None) => messages::image_url(&param, check::string(&param, url)?),
        (None, Some(id)) => check::string(&path(at, "file_id"), id).map(drop),
        (Some(_), Some(_)) => {
            let message = format!("Mutually exclusive parameters: '{param}' and '{}'.", path(at, "file_id"));
            Err(ApiError::of(&param, message).code("mutually_exclusive_parameters"))
        }
        (None, None) => Err(ApiError::missing(&param)),
    }
}

fn file(map: &Object, at: &str) -> Result<(), ApiError> {
    let known = ["type", "detail", "file_data", "file_id", "file_url", "filename", "prompt_cache_breakpoint"];
    check::only(map, at, &known)?;
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    let sources: Vec<_> = ["file_data", "file_id", "file_url"]
        .into_iter()
        .filter_map(|name| Some((name, given(name)?)))
        .collect();
    let [(name, value)] = sources.as_slice() else {
        let message = "Exactly one of 'file_data', 'file_id' and 'file_url' must be provided.";
        return Err(ApiError::of(at, message).code("invalid_value"));
    };
    let param = path(at, name);
    let text = check::string(&param, value)?;
    if *name == "file_data" && !(text.starts_with("data:") && text.contains(";base64,")) {
        let message = format!(
            "Invalid '{param}'. Expected a base64-encoded data URL with a MIME type, but got a value without one."
        );
        return Err(ApiError::of(&param, message).code("invalid_value"));
    }
    given("filename").map_or(Ok(()), |name| check::string(&path(at, "filename"), name).map(drop))
}
